"""Runs sessions and programs on the user's terminal: starts, hands the terminal over, takes it back, ends."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from smtui.domain.outcome import PluginRun
from smtui.domain.request import SessionRequest
from smtui.domain.text import error_words
from smtui.engine.offloop import OffLoop
from smtui.engine.protocols import TerminalRefused
from smtui.engine.session_attempt import AttemptFailed, Resumption, SessionAttempt, SessionResult
from smtui.plugin.companions import NOBODY, Companions
from smtui.plugin.handoff import PluginNotStarted, RunningPlugin, terminal_guard

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from smtui.domain.document import SessionDocument
    from smtui.domain.place import Place
    from smtui.domain.records.account_session import AccountSession
    from smtui.domain.request import StartedSession
    from smtui.engine.piped_session import PipedSession
    from smtui.engine.protocols import Aws, Journal, LendTerminal, Pause, SessionAws
    from smtui.plugin.companions import Reminder, Tap
    from smtui.plugin.handoff import Streams
    from smtui.plugin.plugin_host import PluginHost

_FAILED = 1
_PIPED_THREADS = 64
"""As many piped sessions at once; each has a thread for its whole life."""
LAST_STEPS_SECONDS = 8.0
"""A running plugin and TerminateSession may take so long; the session is then certainly ended."""


def _nobody(_: str) -> None:
    """Tell nobody."""


class Sessions:
    """All sessions on the terminal, one at a time. Call the methods on the event loop; none blocks it."""

    def __init__(
        self,
        aws: Callable[[Place], Aws],
        plugins: PluginHost,
        journal: Journal,
        off_loop: OffLoop,
        tell: Callable[[str], object] = _nobody,
    ) -> None:
        """`tell` gets a sentence for each piped session that may still be open: its program has an end of its own."""
        self._aws = aws
        self._tell = tell
        self._plugins = plugins
        self._journal = journal
        self._off_loop = off_loop
        self._attempts: set[SessionAttempt] = set()
        self._under_way: set[asyncio.Future[SessionResult]] = set()
        self._on_terminal: RunningPlugin | None = None
        """A program other than a plugin that has the terminal."""
        self._piping = OffLoop(_PIPED_THREADS)
        self._closing = False

    @property
    def under_way(self) -> bool:
        """Whether a session is starting, running or being ended."""
        return bool(self._under_way)

    async def open(
        self,
        request: SessionRequest,
        label: str,
        lend: LendTerminal,
        document: SessionDocument | None = None,
        pause: Pause | None = None,
        companions: Companions = NOBODY,
        aws: SessionAws | None = None,
    ) -> SessionResult:
        """Start the session, hand the terminal over, take it back, and end the session. A failure is in the result.

        `document` is the one that the request names, if it could be read: commands without a terminal get pipes.
        `pause` keeps the output in sight: it runs in a thread, before the terminal is taken back. `aws` makes this
        session's calls in place of the place's own.
        """
        calls = aws or self._aws(request.place)
        attempt = SessionAttempt(calls, self._plugins, self._journal, request, label, document, companions=companions)
        return await self._accompanied(attempt, companions, label, lambda: self._go_through(attempt, lend, pause))

    async def _accompanied(
        self,
        attempt: SessionAttempt,
        companions: Companions,
        label: str,
        go_through: Callable[[], Coroutine[Any, Any, SessionResult]],
    ) -> SessionResult:
        """Run a session to its end, and then close its recording."""
        recording = ""

        async def close_recording() -> None:
            nonlocal recording
            if companions.tap is not None:
                recording = await self._off_loop.call(companions.tap.close)

        async def go_and_close() -> SessionResult:
            try:
                return await go_through()
            finally:
                await close_recording()

        if self._closing:  # nothing is under way: the screen may close at once
            await close_recording()
            return replace(_no_start(label), recording=recording)
        return replace(await self._tracked(attempt, go_and_close), recording=recording)

    async def resume(
        self,
        session: AccountSession,
        label: str,
        lend: LendTerminal,
        call: Callable[[], StartedSession | None],
        pause: Pause | None = None,
        recorder: Tap | None = None,
        reminder: Reminder | None = None,
    ) -> SessionResult:
        """Go on with a session that exists already, as `open` does with one that it starts.

        `call` is ResumeSession: it blocks, raises `AwsCallFailed`, and returns None if the session has ended.
        """
        companions = Companions(recorder, reminder)
        request = SessionRequest(session.target, session.place, session.document_name)
        resumption = Resumption(session.session_id, call)
        calls = self._aws(session.place)
        attempt = SessionAttempt(
            calls, self._plugins, self._journal, request, label, companions=companions, resumption=resumption
        )
        return await self._accompanied(attempt, companions, label, lambda: self._go_through(attempt, lend, pause))

    async def _tracked(
        self, attempt: SessionAttempt, go_through: Callable[[], Coroutine[Any, Any, SessionResult]]
    ) -> SessionResult:
        self._attempts.add(attempt)
        going = asyncio.ensure_future(go_through())
        going.add_done_callback(lambda done: self._concluded(attempt, done))
        self._under_way.add(going)
        going.add_done_callback(self._under_way.discard)
        try:
            return await asyncio.shield(going)
        except AttemptFailed as failed:
            return SessionResult(failed.failure.title, failed.failure, _FAILED, fault=failed.fault)
        except asyncio.CancelledError:
            attempt.cancel()  # `settle` waits for it to end
            raise

    def piped(
        self,
        request: SessionRequest,
        label: str,
        document: SessionDocument | None = None,
        aws: SessionAws | None = None,
    ) -> PipedSession:
        """A session that a program reads and writes; it begins when it is entered. `document`, `aws` as for `open`."""
        from smtui.engine.piped_session import PipedSession

        attempt: SessionAttempt | None = None

        async def run(streams: Streams) -> SessionResult:
            nonlocal attempt
            if self._closing:
                return _no_start(label)
            calls = aws or self._aws(request.place)
            attempt = SessionAttempt(calls, self._plugins, self._journal, request, label, document, streams)
            return await self._tracked(attempt, lambda: self._on_pipes(attempt, session.began.set))

        def stop() -> None:
            if attempt is not None:
                attempt.cancel()

        session = PipedSession(run, stop)
        return session

    async def on_streams(self, request: SessionRequest, label: str, streams: Streams) -> SessionResult:
        """Run a session to its end on these streams (stdin, stdout, stderr), with the remote's bytes alone in them.

        A failure is in the result.
        """
        if self._closing:
            return _no_start(label)
        attempt = SessionAttempt(self._aws(request.place), self._plugins, self._journal, request, label, None, streams)
        return await self._tracked(attempt, lambda: self._on_pipes(attempt, lambda: None))

    async def _on_pipes(self, attempt: SessionAttempt, began: Callable[[], None]) -> SessionResult:
        loop = asyncio.get_running_loop()

        def whole() -> SessionResult:
            running = attempt.begin()
            with contextlib.suppress(RuntimeError):  # the loop has closed; the session ends in order all the same
                loop.call_soon_threadsafe(began)
            result = attempt.finish(running.attach())
            if result.left_open:
                self._tell(result.left_open)
            return result

        return await self._piping.call(whole)

    async def sign_in(self, argv: tuple[str, ...], lend: LendTerminal) -> str:
        """Run the AWS CLI's sign-in on the user's terminal to its end; returns what went wrong, or an empty text."""
        from smtui.domain.shellquote import offered_line

        line = offered_line(argv)
        if self._closing:
            return "smtui is about to end."
        try:
            run = await self.run_program(argv, {}, lend)
        except FileNotFoundError:
            return f"The AWS CLI is not on PATH. On a machine that has it, run: {line}"
        except (OSError, PluginNotStarted) as error:
            return f"{argv[0]} could not be started: {error_words(error)}."
        return _went_wrong(line, run)

    async def run_program(
        self,
        argv: tuple[str, ...],
        more: Mapping[str, str],
        lend: LendTerminal,
        after: Callable[[PluginRun], None] | None = None,
    ) -> PluginRun:
        """Run a program on the user's terminal to its end, with `more` variables than our own.

        `after` runs in a thread before the terminal is taken back. Raises FileNotFoundError if PATH has no such
        program, OSError and `PluginNotStarted`.
        """
        running = await self._off_loop.call(lambda: self._plugins.start_program(argv, more))
        self._on_terminal = running

        def attach() -> PluginRun:
            run = running.attach()
            if after is not None:
                after(run)
            return run

        try:
            if self._closing:
                running.stop()
            run, _ = await self._attached(running, attach, lend)
        finally:
            self._on_terminal = None
        return run

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

        running = await self._off_loop.call(attempt.begin)
        run, ending_signal = await self._attached(running, attach, lend)
        result = await self._off_loop.call(lambda: attempt.finish(run))
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
                        run = await self._off_loop.call(attach)
                    ending_signal = caught.ending_signal
                except Exception as raised:  # a bug of ours may cost the session, never the terminal
                    error = raised
        except TerminalRefused:
            return await self._off_loop.call(running.abandon), ending_signal
        if error is not None:
            await self._off_loop.call(running.abandon)
            run = PluginRun.never(f"{type(error).__name__}: {error_words(error)}")
        return run, ending_signal

    async def settle(self, patience: float) -> None:
        """Wait until every session has ended; a start that hangs gets `patience` seconds."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=patience)
        if any(attempt.began for attempt in self._attempts):
            await asyncio.wait(self._under_way, timeout=LAST_STEPS_SECONDS)

    def left_open(self) -> tuple[str, ...]:
        """A sentence for each session that is, or may be, left open; call it after `settle`."""
        return tuple(sentence for attempt in self._attempts if (sentence := attempt.left_open()))

    def stop(self) -> None:
        """End every session under way now, and start no other: smtui is ending."""
        self._closing = True
        if self._on_terminal is not None:
            self._on_terminal.stop()
        for attempt in list(self._attempts):
            attempt.cancel()


def _no_start(label: str) -> SessionResult:
    from smtui.topics.failure import told_to_end

    ended = told_to_end(f"The session on {label} did not start", "", "No session was started.")
    return SessionResult(ended.title, ended, _FAILED)


def _went_wrong(line: str, run: PluginRun) -> str:
    if run.exit_status == 0:
        return ""
    if run.left or run.escaped or run.stopped:
        return f"You left {line} before it was done."
    lines = [text.strip() for text in run.tail.splitlines() if text.strip()]
    # Wrong usage (`aws sso login` of AWS CLI v1) ends with a list of what would be right.
    said = next((text for text in lines if text.startswith("aws: error")), lines[-1] if lines else "")
    how = run.error or (f"status {run.exit_status}" if run.exit_status is not None else f"signal {run.signal}")
    return f"{line} did not sign you in ({how}): {said}" if said else f"{line} did not sign you in ({how})."


def _retrieved(future: asyncio.Future[Any]) -> None:
    """Retrieves the exception: if nobody waits any more, asyncio would print it as never retrieved."""
    if not future.cancelled():
        future.exception()
