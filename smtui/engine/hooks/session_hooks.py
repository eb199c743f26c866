"""Runs the user's hooks around a session: a failing one before it keeps the session from starting."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from smtui.domain.fault import AwsCallFailed
from smtui.domain.settings.setting_table import AFTER_SESSION, BEFORE_SESSION
from smtui.engine.hooks.session_facts import HookEvent, SessionFacts, before
from smtui.engine.session_attempt import SessionResult

if TYPE_CHECKING:
    from smtui.domain.forward import Forward
    from smtui.domain.place import Place
    from smtui.domain.request import SessionRequest
    from smtui.domain.settings.settings_values import Settings
    from smtui.engine.launcher import Launcher
    from smtui.engine.offloop import OffLoop
    from smtui.plugin.companions import Companions

_FAILED = 1
_ACCOUNT_SECONDS = 3.0
"""The endpoint of STS may be out of reach where sessions are not."""
_KEYS_BEFORE = (BEFORE_SESSION.key, BEFORE_SESSION.path[-1])
"""In a line that is not TOML the key has no table."""


class SessionHooks:
    """The hooks of one session, as the settings name them at its start."""

    def __init__(
        self,
        settings: Settings,
        facts: SessionFacts,
        off_loop: OffLoop,
        environment: Mapping[str, str] = os.environ,
        *,
        unreadable: str = "",
    ) -> None:
        """`unreadable` says why it is not known what runs before the session; then none starts."""
        self._before = settings[BEFORE_SESSION]
        self._after = settings[AFTER_SESSION]
        self._unreadable = unreadable
        self._facts = facts
        self._off_loop = off_loop
        self._environment = environment
        self._began = monotonic()

    async def around(self, session: Callable[[], Awaitable[SessionResult]]) -> SessionResult:
        """Run the hook before, the session, and the hook after, which runs however the session ended."""
        if refusal := await self.before():
            return SessionResult(refusal, exit_status=_FAILED, refused=True)
        result = await session()
        has_failed = result.failure is not None
        said = await self.after(result.sentence, has_started=result.has_started, has_failed=has_failed)
        return replace(result, note=" ".join(filter(None, (result.note, said)))) if said else result

    async def before(self) -> str:
        """Run the hook before the session; return the sentence that says why none may start, or an empty text."""
        none = f"No session was started on {self._facts.name}"
        if self._unreadable:
            return f"{none}: its before_session hook cannot be read. {self._unreadable}"
        wrong = await self._run(self._before, self._facts) if self._before else ""
        self._began = monotonic()
        return f"{none}: the hook before it, {self._before[0]}, {wrong}." if wrong else ""

    async def after(self, said: str, *, has_started: bool, has_failed: bool) -> str:
        """Run the hook after the session; return the sentence that says what went wrong with it, or an empty text."""
        if not self._after:
            return ""
        outcome = ("failed" if has_failed else "ended") if has_started else "not started"
        seconds = round(monotonic() - self._began)
        facts = replace(self._facts, event=HookEvent.AFTER, outcome=outcome, said=said, seconds=seconds)
        wrong = await self._run(self._after, facts)
        return f"The hook after the session, {self._after[0]}, {wrong}." if wrong else ""

    async def _run(self, argv: tuple[str, ...], facts: SessionFacts) -> str:
        from smtui.engine.hooks.hook_runner import HookRun

        hook = HookRun(argv, facts, self._environment)
        try:
            return await self._off_loop.call(hook.run)
        except asyncio.CancelledError:
            hook.stop()
            raise


async def hooks_of(
    launcher: Launcher, request: SessionRequest, label: str, destination: str = ""
) -> SessionHooks | None:
    """Return the user's hooks for this session; None if there are none. The demo has none."""
    settings = launcher.setup.settings.now
    unreadable = next((str(mistake) for mistake in settings.mistakes if mistake.key in _KEYS_BEFORE), "")
    if launcher.setup.demo or not (settings[BEFORE_SESSION] or settings[AFTER_SESSION] or unreadable):
        return None
    if unreadable:
        return SessionHooks(settings, before(request, label), launcher.off_loop, unreadable=unreadable)
    fleet, place = launcher.fleet, request.place
    region = place.region or fleet.region(place) or await launcher.off_loop.call(fleet.aws(place).region)
    account = await _account(launcher, place)
    facts = before(request, label, destination, region=region, account=account)
    return SessionHooks(settings, facts, launcher.off_loop)


async def tunnel_hooks(launcher: Launcher, forward: Forward) -> SessionHooks | None:
    """Return the user's hooks for this tunnel; None if there are none."""
    return await hooks_of(launcher, forward.request(), forward.label, str(forward.destination))


async def with_hooks(
    launcher: Launcher,
    request: SessionRequest,
    label: str,
    companions: Companions,
    session: Callable[[], Awaitable[SessionResult]],
) -> SessionResult:
    """Run a session with the user's hooks around it, if there are any. A recording is closed."""
    hooks = await hooks_of(launcher, request, label)
    if hooks is None:
        return await session()
    result = await hooks.around(session)
    return await _without_recording(result, launcher, companions) if result.refused else result


async def _account(launcher: Launcher, place: Place) -> str:
    """Return the account, by which a hook may refuse a session; empty if AWS does not say it in time."""
    if known := launcher.fleet.caller(place):
        return known.account
    try:
        asking = launcher.off_loop.call(launcher.fleet.aws(place).caller)
        return (await asyncio.wait_for(asking, _ACCOUNT_SECONDS)).account
    except (AwsCallFailed, TimeoutError):
        return ""


async def _without_recording(result: SessionResult, launcher: Launcher, companions: Companions) -> SessionResult:
    if companions.tap is None:
        return result
    return replace(result, recording=await launcher.off_loop.call(companions.tap.close))
