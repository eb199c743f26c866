"""Runs the use cases that the screen and the command line share: sessions, sign-ins, checks, an orderly end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from smtui.domain.outcome import PluginRun
from smtui.domain.request import SessionRequest, aws_argv
from smtui.domain.shellquote import Shell, command_line, offered_line
from smtui.domain.text import error_words
from smtui.engine.offloop import OffLoop
from smtui.engine.orphans import Orphans
from smtui.engine.session_attempt import AttemptFailed, SessionAttempt, SessionResult
from smtui.plugin.handoff import PluginNotStarted, RunningPlugin, terminal_guard
from smtui.topics.failure import told_to_end
from smtui.topics.machines import Machines, Package, System

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.record import Subject
    from smtui.domain.document import SessionDocument
    from smtui.domain.place import Place
    from smtui.domain.plugin_grade import PluginPick
    from smtui.engine.automation_runs import Automations
    from smtui.engine.document_library import DocumentLibrary
    from smtui.engine.examination import Examination
    from smtui.engine.fleet import Fleet
    from smtui.engine.notices import Notices
    from smtui.engine.preset_book import Presets
    from smtui.engine.protocols import EvidencePlaces, ReportStore
    from smtui.plugin.plugin_host import PluginHost
    from smtui.tunnels.supervisor import Tunnels

LendTerminal = Callable[[], AbstractContextManager[None]]
"""Gives the terminal up for the length of a `with` block: Textual's suspend, or nothing on the command line.

Entering raises `TerminalRefused` if a session can no longer have it.
"""

Pause = Callable[[str, Callable[[], bool]], None]
"""Shows a sentence and waits until the user has read it, or the function returns True; never raises."""

_FAILED = 1
SETTLE_SECONDS = 0.5
"""Quitting takes less than a second even if a call hangs; a call that answers in time loses no session."""
EXAMINING_THREADS = 120
"""Several times a node's lookups: those that hang delay no other, nor the next run. Threads are made on demand."""
LAST_STEPS_SECONDS = 8.0
"""A running plugin and TerminateSession may take so long; the session is then certainly ended."""


class TerminalRefused(Exception):
    """The session cannot have the terminal, because smtui is ending or cannot release it."""


class PreparationFailed(Exception):
    """What smtui needs could not be set up; the message is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Setup:
    """The settings and the machine of this run."""

    shell: Shell = Shell.POSIX
    """The shell that a copied command is pasted into."""
    demo: bool = False
    read_only: bool = False
    default_profile: str = "default"
    """The name to show for the credentials of a place without a profile."""
    system: System = System.ANY
    """Which commands fit this machine; ANY if it is not known."""
    architecture: str = ""
    """`x86_64`, `x86` or `arm64`; empty for any other."""
    package: Package = Package.ANY
    """What this machine's distribution installs; ANY if that is not known."""

    def machines(self, node: System = System.ANY) -> Machines:
        """The machines that a text is written for: this one, and a node of this system."""
        return Machines(self.shell, self.system, self.architecture, node, self.package)


class Launcher:
    """What a front end is given. Made by `smtui.wiring`, or by a test with other parts."""

    def __init__(  # noqa: PLR0913 - the parts it is made of
        self,
        fleet: Fleet,
        plugins: PluginHost,
        off_loop: OffLoop,
        *,
        setup: Setup,
        prepare: Callable[[], Awaitable[None]],
        documents: DocumentLibrary,
        presets: Presets,
        tunnels: Tunnels,
        evidence: EvidencePlaces,
        automations: Automations,
        reports: ReportStore,
        notices: Notices,
    ) -> None:
        self.fleet = fleet
        self.off_loop = off_loop
        self.setup = setup
        self.prepare = prepare
        """Awaited once before anything else; raises `PreparationFailed`."""
        self.documents = documents
        self.presets = presets
        self.tunnels = tunnels
        self.automations = automations
        self.notices = notices
        self.orphans = Orphans(tunnels.journal, fleet.aws, off_loop, fleet.clock, read_only=setup.read_only)
        self._plugins = plugins
        self._evidence = evidence
        self._reports = reports
        self._examining: OffLoop | None = None
        self._attempts: set[SessionAttempt] = set()
        self._under_way: set[asyncio.Future[SessionResult]] = set()
        self._on_terminal: RunningPlugin | None = None
        """A program other than a plugin that has the terminal."""
        self._hurried = asyncio.Event()
        self._has_settled = False
        self._closing = False

    @property
    def closing(self) -> bool:
        """True once smtui is ending: no session starts any more."""
        return self._closing

    @property
    def has_sessions(self) -> bool:
        """Whether a session is starting, running or being ended."""
        return bool(self._under_way)

    async def inspect_plugin(self, place: Place) -> PluginPick:
        """Which plugin a session there would get; raises `AwsCallFailed` if the place cannot be reached at all."""
        aws = self.fleet.aws(place)
        return await self.off_loop.call(lambda: self._plugins.pick(endpoint_is_aws=aws.endpoint_is_aws()))

    def command_line(self, request: SessionRequest) -> str:
        """The equivalent `aws` command for this system's shell; raises `Unquotable` on control characters."""
        caller = self.fleet.caller(request.place)
        place = replace(request.place, region=request.place.region or (caller.region if caller else ""))
        return command_line(aws_argv(replace(request, place=place)), self.setup.shell)

    def examine(self, subject: Subject) -> Examination:
        """The checks of a node, or of this machine only; nothing is read before `run`."""
        from smtui.engine.examination import Examination, Sources

        if self._examining is None:
            self._examining = OffLoop(EXAMINING_THREADS)
        aws = self._evidence.evidence_at(subject.place)
        return Examination(subject, Sources(aws, self._plugins, self._examining, self.fleet.clock))

    async def save_report(self, name: str, lines: Iterable[str]) -> str:
        """Save the lines as a new file that only the user can read; returns its path. Raises `ReportNotSaved`."""
        text = "".join(f"{line}\n" for line in lines)
        return await self.off_loop.call(lambda: self._reports.save(name, text))

    async def open_session(
        self,
        request: SessionRequest,
        label: str,
        lend: LendTerminal,
        document: SessionDocument | None = None,
        pause: Pause | None = None,
    ) -> SessionResult:
        """Start the session, hand the terminal over, take it back, and end the session. A failure is in the result.

        `document` is the one that the request names, if it could be read: commands without a terminal get pipes.
        `pause` keeps the output in sight: it runs in a thread, before the terminal is taken back.
        """
        if self._closing:
            ended = told_to_end(f"The session on {label} did not start", "", "No session was started.")
            return SessionResult(ended.title, ended, _FAILED)
        attempt = SessionAttempt(
            self.fleet.aws(request.place), self._plugins, self.tunnels.journal, request, label, document
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
            attempt.cancel()  # `settle` waits for it to end
            raise

    async def sign_in(self, argv: tuple[str, ...], lend: LendTerminal) -> str:
        """Run the AWS CLI's sign-in on the user's terminal to its end; returns what went wrong, or an empty text."""
        line = offered_line(argv)
        if self._closing:
            return "smtui is about to end."
        try:
            running = await self.off_loop.call(lambda: self._plugins.start_program(argv))
        except FileNotFoundError:
            return f"The AWS CLI is not on PATH. On a machine that has it, run: {line}"
        except (OSError, PluginNotStarted) as error:
            return f"{argv[0]} could not be started: {error_words(error)}."
        self._on_terminal = running
        try:
            run, _ = await self._attached(running, running.attach, lend)
        finally:
            self._on_terminal = None
        return _went_wrong(line, run)

    def _concluded(self, attempt: SessionAttempt, going: asyncio.Future[SessionResult]) -> None:
        _retrieved(going)
        if going.cancelled():
            return  # the loop closes; `left_open` still names it
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
        """Attaches the plugin to the terminal, or ends it if it cannot have the terminal."""
        error: Exception | None = None
        ending_signal = 0
        try:
            with lend():
                try:
                    with terminal_guard(running) as caught:
                        run = await self.off_loop.call(attach)
                    ending_signal = caught.ending_signal
                except Exception as raised:  # a bug of ours may cost the session, never the terminal
                    error = raised
        except TerminalRefused:
            return await self.off_loop.call(running.abandon), ending_signal
        if error is not None:
            await self.off_loop.call(running.abandon)
            run = PluginRun.never(f"{type(error).__name__}: {error_words(error)}")
        return run, ending_signal

    async def settle(self, patience: float = SETTLE_SECONDS) -> None:
        """End everything under way, once, before the program ends. A start that hangs gets `patience` seconds."""
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
        settling.add_done_callback(_retrieved)
        hurried = asyncio.ensure_future(self._hurried.wait())
        await asyncio.wait([hurried, settling], return_when=asyncio.FIRST_COMPLETED)
        hurried.cancel()
        settling.cancel()

    def hurry(self) -> None:
        """Do not wait any longer: `settle` returns, and `left_open` names what is left."""
        self._hurried.set()

    def left_open(self) -> tuple[str, ...]:
        """A sentence for each session that is, or may be, left open; call it after `settle`."""
        sessions = (sentence for attempt in self._attempts if (sentence := attempt.left_open()))
        return (*sessions, *self.tunnels.left_open())

    def stop_sessions(self) -> None:
        """End every session under way now, and start no other: smtui is ending."""
        self._closing = True
        if self._on_terminal is not None:
            self._on_terminal.stop()
        for attempt in list(self._attempts):
            attempt.cancel()


def _went_wrong(line: str, run: PluginRun) -> str:
    if run.exit_status == 0:
        return ""
    if run.left or run.escaped or run.stopped:
        return f"You left {line} before it was done."
    said = next((text.strip() for text in reversed(run.tail.splitlines()) if text.strip()), "")
    how = run.error or (f"status {run.exit_status}" if run.exit_status is not None else f"signal {run.signal}")
    return f"{line} did not sign you in ({how}): {said}" if said else f"{line} did not sign you in ({how})."


def _retrieved(future: asyncio.Future[Any]) -> None:
    """Retrieves the exception: if nobody waits any more, asyncio would print it as never retrieved."""
    if not future.cancelled():
        future.exception()
