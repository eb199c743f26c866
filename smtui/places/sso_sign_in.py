"""Signs in to IAM Identity Center: through the browser, or with a code on any device.

One sign-in is one task of the event loop: whoever cancels it frees its port at once. Calls of AWS and the file are in
threads that nobody waits for then; a token that comes too late is dropped.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from smtui.domain.fault import PASSING_KINDS, AwsCallFailed
from smtui.domain.places.sign_in_progress import SignInProgress, Stage
from smtui.domain.places.sso_values import USUAL_INTERVAL, AskedTooOften, TokenNotKept
from smtui.domain.text import error_words
from smtui.places import sign_in_rules as rules
from smtui.topics.failure_topics import of_fault

if TYPE_CHECKING:
    from smtui.domain.places.profile import SsoSession
    from smtui.domain.places.sso_values import ClientRegistration, DeviceCode, SsoToken
    from smtui.engine.offloop import OffLoop
    from smtui.places.place_protocols import SsoAws
    from smtui.places.sign_in_rules import BrowserAnswer, Failure


_T = TypeVar("_T")


class Listener(Protocol):
    """A port of 127.0.0.1 that waits for the browser; see `loopback_listener`."""

    async def open(self) -> int:
        """Listen, and return the port; raises OSError."""

    async def close(self) -> None:
        """Free the port."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a sign-in uses of this machine."""

    off_loop: OffLoop
    listener: Callable[[Callable[[str, str], BrowserAnswer]], Listener]
    start_browser: Callable[[str], bool]
    """Opens the page and returns whether a browser was started. Blocks, in a thread, for a few seconds at most."""
    why_with_a_code: str = ""
    """Why the code comes first on this machine, as a sentence; empty where the browser does."""
    now: Callable[[], datetime] = _utc_now


class _Failed(Exception):
    """The sign-in cannot go on."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.says)
        self.failure = failure


class SignIn:
    """One sign-in, from `SignIns.begin`. It belongs to the event loop; none of its methods blocks."""

    def __init__(
        self, aws: SsoAws, session: SsoSession, around: Surroundings, *, by_browser: bool, opens_browser: bool
    ) -> None:
        self._aws = aws
        self._around = around
        self._opens_browser = opens_browser
        self._listeners: list[Callable[[], None]] = []
        self._way: asyncio.Task[None] | None = None
        self._is_by_browser = by_browser
        self._over = asyncio.Event()
        self.progress = SignInProgress(
            session, Stage.STARTING, around.now(), note="" if by_browser else around.why_with_a_code
        )
        """How far it has come; replaced as a whole at each change."""
        self._begin_way(by_browser=by_browser)

    def watch(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after each change of `progress`; returns what ends that."""
        self._listeners.append(listener)

        def stop() -> None:
            with suppress(ValueError):
                self._listeners.remove(listener)

        return stop

    def use_code(self) -> None:
        """Go on with a code instead of the browser; nothing happens where it is one already, or the token is near."""
        if self._is_by_browser and self.progress.stage in {Stage.STARTING, Stage.BROWSER}:
            self._change(note="")
            self._begin_way(by_browser=False)

    def cancel(self) -> None:
        """End it: the port is freed, the code is asked about no more, and no token is written."""
        if not self.progress.stage.is_over:
            self._change(stage=Stage.CANCELLED, port=0)
            self._stop_way()
            self._over.set()

    async def open_page(self) -> bool:
        """Open the page in a browser of this machine; returns whether one was started."""
        address = self.progress.address
        if not address:
            return False
        started = await self._around.off_loop.call(lambda: self._around.start_browser(address))
        if not started and not self.progress.stage.is_over:
            self._change(note=rules.NO_BROWSER)
        return started

    async def done(self) -> bool:
        """Wait until it is over; returns whether the token is there."""
        await self._over.wait()
        if self._way is not None:
            await asyncio.wait([self._way])
        return self.progress.stage is Stage.DONE

    # The two ways --------------------------------------------------------------------------------

    def _begin_way(self, *, by_browser: bool) -> None:
        """Begin a way, once the one before has freed its port."""
        earlier, self._is_by_browser = self._stop_way(), by_browser
        way = self._through_browser if by_browser else self._with_code
        self._way = asyncio.ensure_future(self._run(way, earlier))

    def _stop_way(self) -> asyncio.Task[None] | None:
        if self._way is not None:
            self._way.cancel()
        return self._way

    async def _run(self, way: Callable[[], Awaitable[None]], earlier: asyncio.Task[None] | None) -> None:
        if earlier is not None:
            await asyncio.wait([earlier])
        try:
            await way()
        except _Failed as failed:
            self._fail(failed.failure)
        except TokenNotKept as failed:
            self._fail(rules.not_kept(str(failed)))
        except AwsCallFailed as failed:
            self._fail(rules.of_call(failed.fault, of_fault(failed.fault).topic))
        except Exception as error:  # a fault of ours: whoever waits must not wait for ever
            logging.getLogger(__name__).exception("sign-in")
            self._fail(rules.unexpected(f"{type(error).__name__}: {error_words(error)}"))

    async def _through_browser(self) -> None:
        session = self.progress.session
        client = await self._call(lambda: self._aws.register(session, by_browser=True))
        came: asyncio.Future[BrowserAnswer] = asyncio.get_running_loop().create_future()
        state = ""

        def answer(method: str, target: str) -> BrowserAnswer:
            found = rules.browser_answer(method, target, state)
            if found.strange:
                self._change(note=found.strange)
            if found.settles and not came.done():
                came.set_result(found)
            return found

        listener = self._around.listener(answer)
        try:
            port = await listener.open()
        except OSError as error:
            raise _Failed(rules.no_port(error.strerror or error_words(error))) from error
        try:
            asked = rules.new_question(port)
            state = asked.state
            address = await self._call(lambda: self._aws.authorize_url(session, client, asked))
            ends = self._around.now() + rules.BROWSER_PATIENCE
            self._change(stage=Stage.BROWSER, address=address, port=port, gives_up_at=ends)
            found = await self._answered(came)
        finally:
            await listener.close()
        if found.refusal:
            raise _Failed(rules.refused_by_user(found.refusal))
        self._change(stage=Stage.FINISHING, port=0, gives_up_at=None, note="")
        token = await self._call(lambda: self._aws.token_for_code(session, client, found.code, asked))
        await self._keep(client, token)

    async def _answered(self, came: asyncio.Future[BrowserAnswer]) -> BrowserAnswer:
        opening = asyncio.ensure_future(self.open_page()) if self._opens_browser else None
        try:
            async with asyncio.timeout(rules.BROWSER_PATIENCE.total_seconds()):
                return await came
        except TimeoutError:
            raise _Failed(rules.nobody_answered()) from None
        finally:
            if opening is not None:
                opening.cancel()

    async def _with_code(self) -> None:
        self._change(stage=Stage.STARTING, address="", port=0, gives_up_at=None)
        session = self.progress.session
        client = await self._call(lambda: self._aws.register(session, by_browser=False))
        code = await self._call(lambda: self._aws.device_code(session, client))
        token = await self._asked_for(client, code, shown=False)
        if token is None:
            self._change(
                stage=Stage.CODE,
                address=code.address_with_code or code.address,
                plain_address=code.address,
                user_code=code.user_code,
                gives_up_at=code.expires_at,
            )
            token = await self._allowed(client, code)
        self._change(stage=Stage.FINISHING, gives_up_at=None, note="")
        await self._keep(client, token)

    async def _allowed(self, client: ClientRegistration, code: DeviceCode) -> SsoToken:
        """Ask again and again, until the user has allowed the code; at AWS's pace."""
        pause, trouble = code.interval or USUAL_INTERVAL, ""
        while self._around.now() < code.expires_at + timedelta(seconds=pause):
            await asyncio.sleep(pause)
            try:
                token = await self._asked_for(client, code, shown=True)
            except AskedTooOften:
                pause += rules.SLOWER_BY
                continue
            except AwsCallFailed as failed:
                if failed.fault.kind not in PASSING_KINDS:
                    raise
                pause += rules.SLOWER_BY
                trouble = f"{failed.fault.sentence()} The code is still good; smtui asks again."
                self._change(note=trouble)
                continue
            if token is not None:
                return token
            if trouble and self.progress.note == trouble:  # not that no browser could be started
                self._change(note="")
        raise _Failed(rules.code_expired())

    async def _asked_for(self, client: ClientRegistration, code: DeviceCode, *, shown: bool) -> SsoToken | None:
        """Ask once; before the code is shown, since some clients are allowed from the start."""
        session = self.progress.session
        try:
            return await self._call(lambda: self._aws.token_for_device(session, client, code))
        except AskedTooOften:
            if shown:
                raise
            return None

    async def _keep(self, client: ClientRegistration, token: SsoToken) -> None:
        session = self.progress.session
        path = await self._call(lambda: self._aws.keep(session, client, token))
        self._change(
            stage=Stage.DONE,
            token_path=path,
            until=token.expires_at,
            renews_itself=bool(token.refresh_token) and bool(session.name),
            warning=rules.clock_warning(token.clock_ahead),
        )
        self._over.set()

    # ----------------------------------------------------------------------------------------------

    async def _call(self, ask: Callable[[], _T]) -> _T:
        return await self._around.off_loop.call(ask)

    def _fail(self, failure: Failure) -> None:
        self._change(
            stage=Stage.FAILED, failure=failure.says, topic=failure.topic, port=0, gives_up_at=None, user_code=""
        )
        self._over.set()

    def _change(self, **changes: Any) -> None:
        if self.progress.stage.is_over:
            return
        self.progress = replace(self.progress, **changes)
        for listener in tuple(self._listeners):
            listener()


class SignIns:
    """The sign-ins of this smtui: at most one at a time for each SSO session."""

    def __init__(self, aws: SsoAws, around: Surroundings) -> None:
        self._aws = aws
        self._around = around
        self._running: dict[str, SignIn] = {}
        self._listeners: list[Callable[[SsoSession], None]] = []

    @property
    def why_with_a_code(self) -> str:
        """Why the code comes first on this machine, as a sentence; empty where the browser does."""
        return self._around.why_with_a_code

    def begin(self, session: SsoSession, *, by_browser: bool, opens_browser: bool = True) -> SignIn:
        """Begin to sign in, or return the sign-in to this session that is under way. Call it in the event loop.

        `opens_browser` starts a browser with the page by itself; with a code nothing is opened before `open_page`.
        """
        running = self.under_way(session)
        if running is not None:
            if not by_browser:
                running.use_code()
            return running
        sign_in = SignIn(self._aws, session, self._around, by_browser=by_browser, opens_browser=opens_browser)
        self._running[session.cache_key] = sign_in
        sign_in.watch(lambda: self._report(sign_in))
        return sign_in

    def under_way(self, session: SsoSession) -> SignIn | None:
        """The sign-in to this session that is not over; None for none."""
        running = self._running.get(session.cache_key)
        return running if running is not None and not running.progress.stage.is_over else None

    def when_done(self, listener: Callable[[SsoSession], None]) -> None:
        """Call `listener` with the session after each sign-in that worked: what failed for it can go on."""
        self._listeners.append(listener)

    def close(self) -> None:
        """End all that are under way: smtui is ending."""
        for sign_in in self._running.values():
            sign_in.cancel()

    def _report(self, sign_in: SignIn) -> None:
        if sign_in.progress.stage is Stage.DONE:
            for listener in tuple(self._listeners):
                listener(sign_in.progress.session)
