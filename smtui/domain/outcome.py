"""How a session ended, judged from how the plugin ended and from its last words.

The official plugin exits 0 for every ending but a panic, so its words decide, not its status.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

_LARGEST_STATUS = 255
_AGENTS_HEADING = re.compile(r"^\s*-+ERROR-+\s+")

BLANK_SECONDS = 8.0
"""So long nothing but the banner, and the screen counts as blank. A shell answers within 1 to 3 s, a slow PowerShell
within 5, and a plugin whose service does not answer has made its six tries in 6; at 8 s smtui itself tells the user
that no word has come, so that whoever leaves after that has seen a failure, and whoever leaves before is impatient.
"""


class PluginWord(StrEnum):
    """The last thing a plugin says before it ends."""

    NOTHING = "nothing"
    BANNER = "banner only"
    EXITED = "exiting session"
    TERMINATED = "terminate signal received"
    """A port session was ended here: the plugin has asked the node's agent to end it."""
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
    """The remote command's status, where the plugin told it in words."""


@dataclass(frozen=True, slots=True)
class PluginRun:
    """One run of the plugin from its start to its end. At most one of `exit_status` and `signal` is set."""

    exit_status: int | None = None
    signal: int | None = None
    tail: str = ""
    """The end of its output, at most 8 KiB, without escape sequences and control characters."""
    words: PluginWords = field(default_factory=PluginWords)
    spoke: bool = False
    """Whether anything came beyond the banner."""
    left: bool = False
    """The user left with Ctrl-C while it was still connecting."""
    stopped: bool = False
    """smtui was told to end it."""
    hung_up: bool = False
    """The user's terminal, or the reader of our output, went away."""
    error: str = ""
    """Why it could not be started, or was given up; a sentence."""
    duration: float = 0.0
    """Seconds."""

    @classmethod
    def never(cls, error: str) -> PluginRun:
        """A run that did not come about."""
        return cls(error=error)

    @property
    def started(self) -> bool:
        return self.exit_status is not None or self.signal is not None


class SessionEnding(StrEnum):
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
    """What to tell the user of a session that is over."""

    ending: SessionEnding
    sentence: str
    next_step: str = ""
    """Empty where nothing need be done."""
    ended_by_itself: bool = False
    """True when TerminateSession is unnecessary."""

    @property
    def well(self) -> bool:
        """Whether nobody need be told more than that it is over."""
        return self.ending in (SessionEnding.ENDED, SessionEnding.LEFT, SessionEnding.STOPPED)


def judge(run: PluginRun, *, may_be_silent: bool = False) -> SessionOutcome:
    """What our side did comes first, then the plugin's words, then how its process ended.

    `may_be_silent`: it runs a command, which need not say anything.
    """
    if run.left and not may_be_silent and run.duration >= BLANK_SECONDS and not (run.hung_up or run.stopped):
        return SessionOutcome(
            SessionEnding.BLANK,
            f"Nothing came from the node for {run.duration:.0f} s.",
            "The checks of smtui find out why.",
        )
    return _judge_our_side(run) or _judge_words(run.words) or _judge_process(run)


def command_status(run: PluginRun, *, ours: bool) -> int | None:
    """The remote command's exit status; None where the plugin did not tell it.

    Our own plugin has it as its own status, the official one puts it into words. One that no process can have, such
    as -1 after a signal, is 255.
    """
    told = run.exit_status if ours else run.words.exit_code
    if told is None:
        return None
    return told if 0 <= told <= _LARGEST_STATUS else _LARGEST_STATUS


def _judge_our_side(run: PluginRun) -> SessionOutcome | None:
    if run.hung_up:
        return SessionOutcome(SessionEnding.TERMINAL_LOST, "The terminal went away during the session.")
    if run.stopped:
        return SessionOutcome(SessionEnding.STOPPED, "The session was stopped.")
    if run.left:
        return SessionOutcome(
            SessionEnding.LEFT,
            "You left before the node answered.",
            "Look at the node's badge and its reasons, then try again.",
        )
    if not run.started:
        return SessionOutcome(
            SessionEnding.NOT_STARTED,
            f"The plugin could not be started: {run.error or 'no reason is known.'}",
            "Check it with smtui plugin status, or set SMTUI_PLUGIN=builtin.",
        )
    if run.error:
        return SessionOutcome(SessionEnding.PLUGIN_FAILED, run.error, "Start the session again.")
    return None


def _judge_words(words: PluginWords) -> SessionOutcome | None:
    if words.word in (PluginWord.EXITED, PluginWord.TERMINATED):
        # After its own terminate request the plugin does not wait to see it granted.
        return SessionOutcome(
            SessionEnding.ENDED,
            "The session has ended.",
            ended_by_itself=words.word is PluginWord.EXITED,
        )
    if words.word is PluginWord.CLOSED:
        return SessionOutcome(
            SessionEnding.SERVICE_CLOSED,
            f"Session Manager closed the session: {_in_one_line(words.text)}",
            "Start it again; the text says what the node or the service objected to.",
            ended_by_itself=True,
        )
    if words.word is PluginWord.TIMED_OUT:
        return SessionOutcome(
            SessionEnding.TIMED_OUT,
            "The connection was lost and the session could not be resumed.",
            "Check the network and the credentials' age, then start it again.",
        )
    if words.word in _FAILURES:
        wrong, next_step = _FAILURES[words.word]
        text = f"{wrong} {words.text}".rstrip()
        return SessionOutcome(SessionEnding.PLUGIN_FAILED, text, next_step)
    return None


_FAILURES: dict[PluginWord, tuple[str, str]] = {
    PluginWord.CANNOT_START: (
        "The plugin could not go on with the session:",
        "Check the network path to the ssmmessages endpoint, then try again.",
    ),
    PluginWord.MISUSED: (
        "The plugin did not understand how it was called.",
        "Install the newest Session Manager plugin, or set SMTUI_PLUGIN=builtin.",
    ),
    PluginWord.PANIC: (
        "The plugin crashed:",
        "Install the newest Session Manager plugin, or set SMTUI_PLUGIN=builtin.",
    ),
    PluginWord.UNEXPECTED_SEQUENCE: (
        "The plugin lost its place in the session's messages:",
        "Start the session again; SMTUI_PLUGIN=builtin does not have this fault.",
    ),
}


def _judge_process(run: PluginRun) -> SessionOutcome:
    if run.signal is not None:
        return SessionOutcome(
            SessionEnding.PLUGIN_KILLED,
            f"The plugin was killed by signal {run.signal}.",
            "Start the session again.",
        )
    if run.exit_status == 0 and run.spoke:
        # No farewell was seen, so nobody vouches for the session's end.
        return SessionOutcome(SessionEnding.ENDED, "The session has ended.")
    said = _last_line(run.tail) if run.words.word is PluginWord.OTHER else ""
    how = f"The plugin ended with status {run.exit_status}" + (f": {said}" if said else " and no explanation.")
    return SessionOutcome(
        SessionEnding.PLUGIN_FAILED,
        how,
        "Check the network; the checks of smtui find out more.",
    )


def _in_one_line(text: str) -> str:
    """Without the agent's line `----------ERROR-------` above its words."""
    return " ".join(_AGENTS_HEADING.sub("", text).split())


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else ""
