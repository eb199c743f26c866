"""Judges how a session ended, from how the plugin ended and from its last words.

The official plugin exits 0 for every ending but a panic, so its words decide, not its status.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

_LARGEST_STATUS = 255
_AGENTS_HEADING = re.compile(r"^\s*-+ERROR-+\s+")

BLANK_SECONDS = 8.0
"""After this long with nothing but the banner the screen counts as blank. A shell answers within 1 to 3 s, a slow
PowerShell within 5, and a plugin whose service does not answer has made its six attempts in 6. At 8 s smtui prints a
note, so a user who leaves later has seen a failure; one who leaves earlier was impatient.
"""


class PluginWord(StrEnum):
    """The last thing that a plugin prints before it ends."""

    NOTHING = "nothing"
    BANNER = "banner only"
    EXITED = "exiting session"
    TERMINATED = "terminate signal received"
    """A port session was ended here: the plugin asked the node's agent to end it."""
    CLOSED = "closed by the service"
    TIMED_OUT = "timed out"
    CANNOT_START = "cannot perform start session"
    MISUSED = "invalid operation"
    PANIC = "panic"
    UNEXPECTED_SEQUENCE = "unexpected sequence"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PluginWords:
    """The last words, understood. `text` is what follows them (the service's output, the plugin's error)."""

    word: PluginWord = PluginWord.NOTHING
    text: str = ""
    session_id: str = ""
    exit_code: int | None = None
    """The remote command's status, if the plugin printed it."""


@dataclass(frozen=True, slots=True)
class PluginRun:
    """One run of the plugin from its start to its end. At most one of `exit_status` and `signal` is set."""

    exit_status: int | None = None
    signal: int | None = None
    tail: str = ""
    """The end of its output, at most 8 KiB, without escape sequences and control characters."""
    words: PluginWords = field(default_factory=PluginWords)
    spoke: bool = False
    """Whether anything came after the banner."""
    left: bool = False
    """The user left with Ctrl-C while it was still connecting."""
    escaped: bool = False
    """The user ended it with `~.`; `left` as well if it was still connecting."""
    stopped: bool = False
    """smtui was asked to end it."""
    hung_up: bool = False
    """The user's terminal, or the reader of our output, is gone."""
    error: str = ""
    """Why it could not be started or was given up, as a sentence."""
    duration: float = 0.0
    """Seconds."""

    @classmethod
    def never(cls, error: str) -> PluginRun:
        """Make the run of a plugin that was never started."""
        return cls(error=error)

    @property
    def started(self) -> bool:
        """Whether there was a process."""
        return self.exit_status is not None or self.signal is not None


class SessionEnding(StrEnum):
    """How a session ended."""

    ENDED = "ended"
    SERVICE_CLOSED = "closed by the service"
    TIMED_OUT = "timed out"
    PLUGIN_FAILED = "plugin failed"
    PLUGIN_KILLED = "plugin killed"
    LEFT = "left"
    BLANK = "blank screen"
    """The user left it after nothing had come for `BLANK_SECONDS`."""
    STOPPED = "stopped"
    TERMINAL_LOST = "terminal lost"
    NOT_STARTED = "not started"


@dataclass(frozen=True, slots=True)
class SessionOutcome:
    """How a session ended, for the user."""

    ending: SessionEnding
    sentence: str
    ended_by_itself: bool = False
    """Whether TerminateSession is unnecessary."""

    @property
    def well(self) -> bool:
        """Whether the sentence is all that the user needs."""
        return self.ending in (SessionEnding.ENDED, SessionEnding.LEFT, SessionEnding.STOPPED)


def judge(run: PluginRun, *, may_be_silent: bool = False) -> SessionOutcome:
    """Judge a run: what our side did comes first, then the plugin's words, then how its process ended.

    `may_be_silent`: it runs a command, which may print nothing.
    """
    if run.left and not may_be_silent and run.duration >= BLANK_SECONDS and not (run.hung_up or run.stopped):
        return SessionOutcome(
            SessionEnding.BLANK,
            f"Nothing came from the node for {run.duration:.0f} s.",
        )
    return _judge_our_side(run) or _judge_words(run.words) or _judge_process(run)


def command_status(run: PluginRun, *, ours: bool) -> int | None:
    """Return the remote command's exit status; None if the plugin did not report it.

    Our own plugin exits with it, the official one prints it. A status that no process can have, such as -1 after a
    signal, becomes 255.
    """
    status = run.exit_status if ours else run.words.exit_code
    if status is None:
        return None
    return status if 0 <= status <= _LARGEST_STATUS else _LARGEST_STATUS


def _judge_our_side(run: PluginRun) -> SessionOutcome | None:
    if run.hung_up:
        return SessionOutcome(SessionEnding.TERMINAL_LOST, "The terminal was closed during the session.")
    if run.stopped:
        return SessionOutcome(SessionEnding.STOPPED, "The session was stopped.")
    if run.left or run.escaped:
        return _judge_leaving(run)
    if not run.started:
        return SessionOutcome(
            SessionEnding.NOT_STARTED,
            f"The plugin could not be started: {run.error or 'no reason is known.'}",
        )
    if run.error:
        return SessionOutcome(SessionEnding.PLUGIN_FAILED, run.error)
    return None


def _judge_leaving(run: PluginRun) -> SessionOutcome:
    if run.left:
        return SessionOutcome(
            SessionEnding.LEFT,
            "You left before the node answered.",
        )
    return SessionOutcome(SessionEnding.LEFT, "You ended the session with ~.")


def _judge_words(words: PluginWords) -> SessionOutcome | None:
    if words.word in (PluginWord.EXITED, PluginWord.TERMINATED):
        # The plugin does not wait for an answer to its own terminate request.
        return SessionOutcome(
            SessionEnding.ENDED,
            "The session has ended.",
            ended_by_itself=words.word is PluginWord.EXITED,
        )
    if words.word is PluginWord.CLOSED:
        return SessionOutcome(
            SessionEnding.SERVICE_CLOSED,
            f"Session Manager closed the session: {_in_one_line(words.text)}",
            ended_by_itself=True,
        )
    if words.word is PluginWord.TIMED_OUT:
        return SessionOutcome(
            SessionEnding.TIMED_OUT,
            "The connection was lost and the session could not be resumed.",
        )
    if words.word is PluginWord.CANNOT_START and refused_answer(words.text):
        return SessionOutcome(
            SessionEnding.PLUGIN_FAILED,
            f"The plugin refused the answer of the service: {words.text}",
        )
    if words.word in _FAILURES:
        return SessionOutcome(SessionEnding.PLUGIN_FAILED, f"{_FAILURES[words.word]} {words.text}".rstrip())
    return None


NOTHING_STARTED = "Nothing was started on this machine."
"""What smtui's own plugin prints after an unexpected answer."""
_REFUSED_ANSWERS = (
    NOTHING_STARTED.casefold(),
    "is not an endpoint of session manager",
    "the stream url ",
    "without tls",
)


def refused_answer(text: str) -> bool:
    """Tell whether smtui's own plugin refused an answer of the service, which is no fault of the network."""
    return any(words in text.casefold() for words in _REFUSED_ANSWERS)


_FAILURES: dict[PluginWord, str] = {
    PluginWord.CANNOT_START: "The plugin could not go on with the session:",
    PluginWord.MISUSED: "The plugin did not understand how it was called.",
    PluginWord.PANIC: "The plugin crashed:",
    PluginWord.UNEXPECTED_SEQUENCE: "The plugin received messages in an unexpected order:",
}


def _judge_process(run: PluginRun) -> SessionOutcome:
    if run.signal is not None:
        return SessionOutcome(
            SessionEnding.PLUGIN_KILLED,
            f"The plugin was killed by signal {run.signal}.",
        )
    if run.exit_status == 0 and run.spoke:
        # Without a farewell the end of the session is not certain.
        return SessionOutcome(SessionEnding.ENDED, "The session has ended.")
    said = _last_line(run.tail) if run.words.word is PluginWord.OTHER else ""
    how = f"The plugin ended with status {run.exit_status}" + (f": {said}" if said else " and no explanation.")
    return SessionOutcome(SessionEnding.PLUGIN_FAILED, how)


def _in_one_line(text: str) -> str:
    """Join the lines, without the agent's heading `----------ERROR-------`."""
    return " ".join(_AGENTS_HEADING.sub("", text).split())


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else ""
