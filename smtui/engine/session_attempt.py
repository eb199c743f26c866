"""Runs one session, from the choice of a plugin to its end. A session that it started is ended or reported."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from smtui.domain.fault import AwsCallFailed, Fault
from smtui.domain.outcome import PluginRun, SessionEnding, SessionOutcome, command_status, judge
from smtui.domain.plugin_grade import ours_for_a_program, ours_to_resume
from smtui.domain.request import SessionRequest, StartedSession, perhaps_open, still_open
from smtui.domain.text import error_words
from smtui.engine.session_start import start_session
from smtui.plugin.companions import NOBODY, Companions

if TYPE_CHECKING:
    from collections.abc import Callable

    from smtui.domain.document import SessionDocument
    from smtui.domain.plugin_grade import PluginPick
    from smtui.domain.request import PluginCredentials
    from smtui.engine.protocols import Journal, SessionAws
    from smtui.plugin.handoff import RunningPlugin, Streams
    from smtui.plugin.plugin_host import PluginHost
    from smtui.topics.failure import Failure

# `topics.failure` is imported where something has failed: a session that goes well starts without it.
log = logging.getLogger(__name__)

_FAILED = 1
_LEFT = 130
"""What a shell reports for a command that Ctrl-C ended."""
_STOPPED = 143
_LEAVES_A_RESUMED_ONE = frozenset({SessionEnding.PLUGIN_FAILED, SessionEnding.NOT_STARTED, SessionEnding.BLANK})
"""Endings after which the user never had the session: it was there before and stays."""
_GOES_ON = "The session goes on as it was."
_EXIT_STATUS = {SessionEnding.LEFT: _LEFT, SessionEnding.BLANK: _LEFT, SessionEnding.STOPPED: _STOPPED}


@dataclass(frozen=True, slots=True)
class SessionResult:
    """How an attempt to run a session went."""

    sentence: str
    """For a notification: `The session on web-1 ended after 3 min.`"""
    failure: Failure | None = None
    exit_status: int = 0
    """What `smtui connect` exits with."""
    ending_signal: int = 0
    """The signal that asked smtui itself to end meanwhile; 0 if none did."""
    note: str = ""
    """A remark on a session that went well: that the command's exit status is not known."""
    reported_status: int | None = None
    """The command's status as the node reported it to a program of ours, -1 after a signal; None if it did not."""
    fault: Fault | None = None
    """The call that failed, if the session did not start for that."""
    recording: str = ""
    """A sentence about its recording: where it is, or what went wrong; empty if there is none."""
    refused: bool = False
    """Whether the user's own hook kept it from starting."""
    left_open: str = ""
    """That it may still be open, and how to end it by hand; empty if it has ended."""

    @property
    def has_started(self) -> bool:
        """Whether there was a session: of an attempt without one nothing is known but its failure."""
        return not self.refused and (self.failure is None or self.sentence != self.failure.title)


@dataclass(frozen=True, slots=True)
class Resumption:
    """A session that exists already, to go on with instead of starting one."""

    session_id: str
    call: Callable[[], StartedSession | None]
    """ResumeSession: blocks, raises `AwsCallFailed`, returns None if the session has ended."""


class AttemptFailed(Exception):
    """The session did not start, and nothing is left of it."""

    def __init__(self, failure: Failure, fault: Fault | None = None) -> None:
        """`fault` is the call that failed, where it was one."""
        super().__init__(failure.title)
        self.failure = failure
        self.fault = fault


class SessionAttempt:
    """The steps of one session; they block, so run them in a thread. Call `cancel` from any thread at any time."""

    def __init__(  # noqa: PLR0913 - a session needs all of them
        self,
        aws: SessionAws,
        plugins: PluginHost,
        journal: Journal,
        request: SessionRequest,
        label: str,
        document: SessionDocument | None = None,
        streams: Streams | None = None,
        *,
        companions: Companions = NOBODY,
        resumption: Resumption | None = None,
    ) -> None:
        """`document` is the one that the request names, if it could be read.

        `streams` are those of a program that reads and writes the session; without them it gets our own. With
        `resumption` no session is started, and one that fails before the user has it goes on as it was.
        """
        self._aws = aws
        self._plugins = plugins
        self._request = request
        self._label = label
        self._streams = streams
        self._resumption = resumption
        self._companions = companions
        self._journal = journal
        self._command = document if document is not None and document.runs_without_terminal else None
        self._session_type = document.session_type if document is not None else ""
        self._builtin = False
        self._asked = False
        self._started: StartedSession | None = None
        self._running: RunningPlugin | None = None
        self._cancelled = threading.Event()
        self._lock = threading.Lock()

    def begin(self) -> RunningPlugin:
        """Choose the plugin, start the session, start the plugin; raises `AttemptFailed`."""
        title = f"The session on {self._label} {'was not resumed' if self._resumption else 'did not start'}"
        try:
            pick = self._pick()
            if not pick.usable:
                from smtui.topics.failure import from_pick

                raise AttemptFailed(from_pick(title, pick))
            self._builtin = pick.builtin
            credentials = self._aws.plugin_credentials()
            started = self._started = self._start(title)
        except AwsCallFailed as failed:
            log.info("no session on %s: %s %s", self._request.target, failed.fault.action, failed.fault.code)
            raise AttemptFailed(self._not_begun(title, failed.fault), failed.fault) from failed
        log.info("session %s started on %s, %s", started.session_id, self._request.target, pick.because)
        if self._cancelled.is_set():
            raise AttemptFailed(self._given_up(title, started))
        try:
            running = self._start_plugin(pick, started, credentials)
        except Exception as error:  # whatever it is, the session must be ended
            raise AttemptFailed(self._without_plugin(started, error)) from error
        with self._lock:
            self._running = running
        self._journal.opened(started, self._request.place, self._label, running.pid)
        if self._cancelled.is_set():
            running.stop()
        return running

    def _pick(self) -> PluginPick:
        if self._resumption is not None:
            return ours_to_resume()
        if self._streams is not None:
            return ours_for_a_program()
        return self._plugins.pick(endpoint_is_aws=self._aws.endpoint_is_aws(), on_pipes=self._command is not None)

    def _start_plugin(self, pick: PluginPick, started: StartedSession, credentials: PluginCredentials) -> RunningPlugin:
        if self._streams is not None:
            return self._plugins.start_for_program(
                started, self._request, credentials, self._streams, session_type=self._session_type
            )
        return self._plugins.start(
            pick,
            started,
            self._request,
            credentials,
            self._label,
            on_pipes=self._command is not None,
            session_type=self._session_type,
            resumes=self._resumption is not None,
            companions=self._companions,
        )

    @property
    def began(self) -> bool:
        """Whether a session was started that must be ended."""
        return self._started is not None

    def left_open(self) -> str:
        """For a smtui that ends first: a sentence if this session is, or may be, left open; else empty."""
        if self._started is not None:
            return still_open(self._label, self._started.session_id, self._request.place)
        return perhaps_open(self._label, self._request.place) if self._asked else ""

    def cancel(self) -> None:
        """End the session as soon as possible, before the plugin runs or while it does."""
        with self._lock:
            self._cancelled.set()
            running = self._running
        if running is not None:
            running.stop()

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled.is_set()

    def words_on(self, run: PluginRun) -> str:
        """How the session went, in sentences, before it is ended at AWS."""
        outcome = self._judged(run)
        if outcome.ending is not SessionEnding.ENDED:
            return f"{self._label}: {outcome.sentence}"
        ended = self._ended(run)
        return f"{ended.sentence} {ended.note}".rstrip()

    def finish(self, run: PluginRun) -> SessionResult:
        """Judge how the plugin ended, and end the session if it did not end by itself."""
        assert self._started is not None, "finish comes after begin"  # noqa: S101 - a wrong order is a bug of ours
        session_id = self._started.session_id
        outcome = self._judged(run)
        log.info("session %s: %s", session_id, outcome.ending)
        fault = None
        goes_on = self._resumption is not None and (run.left or outcome.ending in _LEAVES_A_RESUMED_ONE)
        if outcome.ended_by_itself or goes_on:
            self._journal.closed(session_id)
        else:
            fault = self._terminate(session_id)
        if outcome.ending is SessionEnding.ENDED:
            ended = self._ended(run)
        else:
            ended = SessionResult(f"{self._label}: {outcome.sentence}", None, _EXIT_STATUS.get(outcome.ending, _FAILED))
        if self._streams is not None:
            ended = replace(ended, reported_status=run.words.exit_code)
        if outcome.well and fault is None:
            return ended
        from smtui.topics.failure import from_run, not_ended

        if fault is None:
            failure = from_run(self._label, session_id, outcome, run)
            return replace(ended, failure=replace(failure, meaning=_GOES_ON) if goes_on else failure)
        failure = not_ended(self._label, session_id, fault, self._request.place)
        status = (ended.exit_status or _FAILED) if outcome.well else ended.exit_status
        left_open = f"{fault.sentence()} {self.left_open()}"
        return replace(ended, failure=failure, exit_status=status, left_open=left_open)

    def _judged(self, run: PluginRun) -> SessionOutcome:
        return judge(run, may_be_silent=self._command is not None)

    def _ended(self, run: PluginRun) -> SessionResult:
        """A session that went well. A shell has no exit status, unless our plugin received one."""
        after = f"after {_duration(run.duration)}"
        reported = command_status(run, ours=self._builtin)
        if self._command is None:
            status = (reported or 0) if self._builtin else 0
            return SessionResult(f"The session on {self._label} ended {after}.", None, status)
        if reported is None or not self._command.separates_output(self._request.parameters):
            note = (
                f"{self._command.label} does not report the command's exit status: "
                "0 means that it ended, not that it succeeded."
            )
            sentence = f"The command on {self._label} ended {after}; its exit status is not known."
            return SessionResult(sentence, note="" if self._builtin else note)
        return SessionResult(f"The command on {self._label} ended with status {reported} {after}.", None, reported)

    def _start(self, title: str) -> StartedSession:
        with self._lock:
            if self._cancelled.is_set():
                from smtui.topics.failure import told_to_end

                raise AttemptFailed(told_to_end(title, "", "No session was started."))
            self._asked = self._resumption is None
        if self._resumption is not None:
            return self._resumed(title, self._resumption)
        return start_session(self._aws, self._journal, self._request, self._label)

    def _resumed(self, title: str, resumption: Resumption) -> StartedSession:
        started = resumption.call()
        if started is None:
            from smtui.topics.failure import has_ended

            raise AttemptFailed(has_ended(title, resumption.session_id))
        self._journal.opened(started, self._request.place, self._label, 0)
        return started

    def _not_begun(self, title: str, fault: Fault) -> Failure:
        from smtui.topics.failure import from_fault

        failure = from_fault(title, fault, self._request if self._resumption is None else None)
        if self._asked and fault.may_be_done:
            return replace(failure, meaning=f"{failure.meaning} {perhaps_open(self._label, self._request.place)}")
        return failure

    def _terminate(self, session_id: str) -> Fault | None:
        try:
            self._aws.terminate_session(session_id)
        except AwsCallFailed as failed:
            log.warning("session %s could not be ended: %s", session_id, failed.fault.code)
            return failed.fault
        self._journal.closed(session_id)
        return None

    def _given_up(self, title: str, started: StartedSession) -> Failure:
        from smtui.topics.failure import not_ended, told_to_end

        if self._resumption is not None:
            self._journal.closed(started.session_id)
            return told_to_end(title, f"session {started.session_id}", _GOES_ON)
        fault = self._terminate(started.session_id)
        if fault is not None:
            return not_ended(self._label, started.session_id, fault, self._request.place)
        return told_to_end(title, f"session {started.session_id}", "It has been ended again.")

    def _without_plugin(self, started: StartedSession, error: Exception) -> Failure:
        from smtui.topics.failure import from_run, not_ended

        run = PluginRun.never(error_words(error))
        if self._resumption is not None:
            self._journal.closed(started.session_id)
            return replace(from_run(self._label, started.session_id, judge(run), run), meaning=_GOES_ON)
        fault = self._terminate(started.session_id)
        if fault is not None:
            return not_ended(self._label, started.session_id, fault, self._request.place)
        return from_run(self._label, started.session_id, judge(run), run)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
