"""The use cases behind the screen and the command line, in one place that both are given."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from smtui.domain.document import SessionDocument
from smtui.domain.evidence.record import Subject
from smtui.domain.outcome import PluginRun
from smtui.domain.place import Place
from smtui.domain.plugin import PluginPick
from smtui.domain.request import SessionRequest, aws_argv
from smtui.domain.shellquote import Shell, join
from smtui.domain.topic import System
from smtui.engine.automations import Automations
from smtui.engine.documents import DocumentLibrary
from smtui.engine.evidence_ports import EvidencePlaces, NoMachine, ThisMachine
from smtui.engine.fleet import Fleet
from smtui.engine.offloop import OffLoop
from smtui.engine.ports import Plugins, RunningPlugin
from smtui.engine.presets import Presets, PresetsInMemory
from smtui.engine.reports import NoReports, Reports
from smtui.engine.sessions import AttemptFailed, SessionAttempt, SessionResult
from smtui.engine.targets import FoundTarget, find_target
from smtui.engine.tunnel_ports import NoForwardPlugins
from smtui.engine.tunnels import Tunnels

if TYPE_CHECKING:
    from smtui.engine.examination import Examination

LendTerminal = Callable[[], AbstractContextManager[None]]
"""Gives the terminal away for the length of a `with` block: Textual's suspend, or nothing on a bare command line."""

Pause = Callable[[str, Callable[[], bool]], None]
"""Says a sentence and waits until the user has read it, or the function answers True; never raises."""

_FAILED = 1
SETTLE_SECONDS = 0.5
"""Quitting takes less than a second even while a call hangs; a call that answers in time loses no session."""
EXAMINING_THREADS = 120
"""Some times what a node has readings: those that hang hold up no other, nor the next run. Made as they are needed."""
LAST_STEPS_SECONDS = 8.0
"""A session that has a plugin is ended for certain: as long as that plugin and TerminateSession may take."""


class PreparationFailed(Exception):
    """What smtui stands on could not be set up; the message is a sentence for the user."""


async def _nothing_to_prepare() -> None:
    return


@dataclass(frozen=True, slots=True)
class Setup:
    """What this run of smtui is like."""

    shell: Shell = Shell.POSIX
    """Where a copied command line will be pasted."""
    demo: bool = False
    read_only: bool = False
    default_profile: str = "default"
    """What to call the credentials of a place that names no profile."""
    system: System = System.ANY
    """Which commands fit this machine; ANY where it is none that we know."""
    architecture: str = ""
    """`x86_64`, `x86` or `arm64`; empty for another."""


_PLAIN_SETUP = Setup()


class Launcher:
    """Lists, starts sessions, knows the plugin. Made by `smtui.wiring`, or by a test with other parts."""

    def __init__(  # noqa: PLR0913 - the parts it is made of
        self,
        fleet: Fleet,
        plugins: Plugins,
        off_loop: OffLoop,
        *,
        setup: Setup = _PLAIN_SETUP,
        prepare: Callable[[], Awaitable[None]] = _nothing_to_prepare,
        documents: DocumentLibrary | None = None,
        presets: Presets | None = None,
        tunnels: Tunnels | None = None,
        evidence: EvidencePlaces | None = None,
        machine: ThisMachine | None = None,
        automations: Automations | None = None,
        reports: Reports | None = None,
    ) -> None:
        self.fleet = fleet
        self.off_loop = off_loop
        self.setup = setup
        self.prepare = prepare
        """Awaited once before anything else; raises `PreparationFailed`."""
        self.documents = documents or DocumentLibrary(off_loop, fleet.aws_places)
        self.presets = presets or Presets(off_loop, PresetsInMemory())
        self.tunnels = tunnels or Tunnels(fleet.aws, NoForwardPlugins())
        self.automations = automations or Automations(None, off_loop)
        self.reports = reports or Reports(off_loop, NoReports())
        self._plugins = plugins
        self._evidence = evidence
        self._machine = machine or NoMachine()
        self._examining: OffLoop | None = None
        self._attempts: set[SessionAttempt] = set()
        self._under_way: set[asyncio.Future[SessionResult]] = set()
        self._hurried = asyncio.Event()
        self._has_settled = False

    async def inspect_plugin(self, place: Place) -> PluginPick:
        """Which plugin a session there would get; raises `AwsCallFailed` where the place cannot be reached at all."""
        aws = self.fleet.aws(place)
        return await self.off_loop.call(lambda: self._plugins.pick(endpoint_is_aws=aws.endpoint_is_aws()))

    async def find_target(self, target: str) -> FoundTarget:
        return await find_target(self.fleet, target)

    def command_line(self, request: SessionRequest) -> str:
        """The equivalent `aws` command for this system's shell; raises `Unquotable` on control characters."""
        caller = self.fleet.caller(request.place)
        place = replace(request.place, region=request.place.region or (caller.region if caller else ""))
        return join(aws_argv(replace(request, place=place)), self.setup.shell)

    def examine(self, subject: Subject) -> Examination:
        """The checks of a node, or of this machine alone; nothing is read before `run`."""
        from smtui.engine.examination import Examination, Sources

        if self._evidence is None:
            raise ValueError("this launcher was made without evidence")
        if self._examining is None:
            self._examining = OffLoop(EXAMINING_THREADS)
        aws = self._evidence.evidence_at(subject.place)
        return Examination(subject, Sources(aws, self._plugins, self._machine, self._examining, self.fleet.clock))

    async def open_session(
        self,
        request: SessionRequest,
        label: str,
        lend: LendTerminal,
        document: SessionDocument | None = None,
        pause: Pause | None = None,
    ) -> SessionResult:
        """Start the session, hand the terminal over, take it back, see the session ended. Never raises a failure.

        `document` is the one that the request names, where it could be read: commands without a terminal get pipes.
        `pause` keeps what a session has said in sight: it runs in a thread, before the terminal is taken back.
        """
        attempt = SessionAttempt(
            self.fleet.aws(request.place), self._plugins, request, label, document, journal=self.tunnels.journal
        )
        self._attempts.add(attempt)
        going = asyncio.ensure_future(self._go_through(attempt, lend, pause))
        going.add_done_callback(lambda done: self._concluded(attempt, done))
        self._under_way.add(going)
        going.add_done_callback(self._under_way.discard)
        try:
            return await asyncio.shield(going)
        except AttemptFailed as failed:
            return SessionResult(failed.failure.title, failed.failure, _FAILED)
        except asyncio.CancelledError:
            attempt.cancel()  # `settle` waits for the rest
            raise

    def _concluded(self, attempt: SessionAttempt, going: asyncio.Future[SessionResult]) -> None:
        if going.cancelled():
            return  # the loop closes; `loose_ends` still knows of it
        going.exception()  # where nobody waits any more, asyncio would print it as never retrieved
        self._attempts.discard(attempt)

    async def _go_through(self, attempt: SessionAttempt, lend: LendTerminal, pause: Pause | None) -> SessionResult:
        def attach() -> PluginRun:
            run = running.attach()
            if pause is not None:
                pause(attempt.words_on(run), lambda: attempt.cancelled)
            return run

        running = await self.off_loop.call(attempt.begin)
        run, ending_signal = await self._attached(running, attach, lend)
        result = await self.off_loop.call(lambda: attempt.finish(run))
        return replace(result, ending_signal=ending_signal)

    async def _attached(
        self, running: RunningPlugin, attach: Callable[[], PluginRun], lend: LendTerminal
    ) -> tuple[PluginRun, int]:
        """The hand-over itself. Nothing may be raised inside the loan: Textual would never take the terminal back."""
        error: Exception | None = None
        ending_signal = 0
        with lend():
            try:
                with running.guard() as caught:
                    run = await self.off_loop.call(attach)
                ending_signal = caught.ending_signal
            except Exception as raised:  # a fault of ours must cost a session, not the terminal
                error = raised
        if error is not None:
            await self.off_loop.call(running.abandon)
            run = PluginRun.never(f"{type(error).__name__}: {error}")
        return run, ending_signal

    async def settle(self, patience: float = SETTLE_SECONDS) -> None:
        """Before the program ends: end what is under way, once. A start that hangs is given `patience` seconds."""
        self.stop_sessions()
        self.automations.close()
        if self._has_settled:
            return
        settling = (self._settle_sessions(patience), self.tunnels.close_all(), self.documents.settle(patience))
        await self._unless_hurried(asyncio.gather(*settling))
        self._has_settled = True

    async def _settle_sessions(self, patience: float) -> None:
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=patience)
        if any(attempt.began for attempt in self._attempts):
            await asyncio.wait(self._under_way, timeout=LAST_STEPS_SECONDS)

    async def _unless_hurried(self, settling: asyncio.Future[Any]) -> None:
        hurried = asyncio.ensure_future(self._hurried.wait())
        await asyncio.wait([hurried, settling], return_when=asyncio.FIRST_COMPLETED)
        hurried.cancel()
        settling.cancel()

    def hurry(self) -> None:
        """The user will not wait for the rest: `settle` returns, and `loose_ends` tells what is left."""
        self._hurried.set()

    def loose_ends(self) -> tuple[str, ...]:
        """After `settle`: a sentence for each session that is, or may be, left open."""
        sessions = (sentence for attempt in self._attempts if (sentence := attempt.loose_end()))
        return (*sessions, *self.tunnels.loose_ends())

    def stop_sessions(self) -> None:
        """smtui is told to end: every session under way ends now, and `open_session` returns soon."""
        for attempt in list(self._attempts):
            attempt.cancel()
