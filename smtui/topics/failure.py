"""Describes a failure to the user: the exact words first, then what they mean and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from smtui.domain.outcome import PluginRun, PluginWord, SessionOutcome
from smtui.domain.request import SessionRequest, end_by_hand
from smtui.domain.text import harmless, harmless_lines
from smtui.topics.causes import UNKNOWN_FAILURE, Likely
from smtui.topics.failure_topics import of_fault, of_grade, of_run
from smtui.topics.next_step import after_fault, after_grade, after_run
from smtui.topics.topic import NO_VALUES

if TYPE_CHECKING:
    from smtui.domain.fault import Fault
    from smtui.domain.place import Place
    from smtui.domain.plugin_grade import PluginPick

_SHORT_IDS = 8
_TAIL_LINES = 20


@dataclass(frozen=True, slots=True)
class Failure:
    """Everything the failure pane shows; every text is harmless for a terminal."""

    title: str
    """What did not happen: `The session on web-lost did not start`."""
    words: str
    """AWS's or the plugin's own message."""
    context: str
    """Which call, when, which request: `ssm:StartSession, 05:12:44 UTC, request 7f3a…`."""
    meaning: str
    next_step: str
    tail: tuple[str, ...] = ()
    """The last lines of the plugin's output."""
    topic: str = UNKNOWN_FAILURE
    """The id of the topic that helps; empty where nothing has to be repaired."""
    causes: tuple[str, ...] = ()
    """Sentences, the likeliest first."""
    look_at: tuple[str, ...] = ()
    """Codes of the checks that can prove a cause, the likeliest first."""
    values: Mapping[str, str] = field(default_factory=lambda: NO_VALUES)
    """Values that only the failed session knows of the topic's placeholders (`topic.PLACEHOLDERS`), unchanged: control
    characters are refused where they are put into a command."""
    sign_in: tuple[str, ...] = ()
    """The AWS CLI's command that renews the credentials, where they have failed."""
    wants_sign_in: bool = False
    """Whether signing in may mend it."""
    quoted: str = ""
    """The end of `words` that may come from the node, such as the last line of a shell; empty for none."""

    def explanation(self) -> tuple[str, ...]:
        """What it means and what to do next, unless the words themselves say it."""
        return tuple(text for text in (self.meaning, self.next_step) if text and self.words not in text)

    def without_output(self) -> Failure:
        """The same for others to read: without anything that the node may have printed."""
        words = f"{self.words.removesuffix(self.quoted)}…" if self.quoted else self.words
        return replace(self, words=words, tail=(), quoted="")

    def details(self) -> str:
        """All of it as plain lines, for the clipboard and for stderr."""
        lines = [
            f"{self.title}.",
            self.words,
            f"({self.context})" if self.context else "",
            *self.explanation(),
        ]
        if self.causes:
            lines += ["Likely causes:", *(f"  {number}. {cause}" for number, cause in enumerate(self.causes, 1))]
        if self.tail:
            lines += ["Last output of the plugin:", *(f"  {line}" for line in self.tail)]
        return "\n".join(line for line in lines if line)


def from_fault(title: str, fault: Fault, request: SessionRequest | None = None) -> Failure:
    """A failed AWS call as the user sees it; `request` is the session that it was to start, where it was one."""
    words = ": ".join(part for part in (fault.code, fault.message) if part)
    context = [fault.action, f"{fault.at:%H:%M:%S} UTC"]
    if fault.request_id:
        context.append(f"request {fault.request_id[:_SHORT_IDS]}…")
    failure = Failure(
        title=harmless(title),
        words=harmless(words or fault.sentence()),
        context=harmless(", ".join(part for part in context if part)),
        meaning=harmless(fault.sentence()),
        next_step=harmless(after_fault(fault)),
        values={"document": request.document_name} if request is not None else NO_VALUES,
        sign_in=fault.sign_in,
        wants_sign_in=fault.wants_sign_in,
    )
    return _pointing_at(of_fault(fault, request), failure)


def from_run(label: str, session_id: str, outcome: SessionOutcome, run: PluginRun) -> Failure:
    """A session that ended badly, with the plugin's last lines as proof."""
    how = "broke off" if run.spoke and not run.left else "did not start"
    lines = [line for line in harmless_lines(run.tail) if line.strip()]
    failure = Failure(
        title=harmless(f"The session on {label} {how}"),
        words=harmless(outcome.sentence),
        context=harmless(f"session {session_id}, after {run.duration:.0f} s"),
        meaning="The session has been ended, nothing is left open.",
        next_step=harmless(after_run(run, outcome)),
        tail=tuple(lines[-_TAIL_LINES:]),
        values={"session_id": session_id},
        quoted=_quoted(outcome, lines) if run.words.word is PluginWord.OTHER else "",
    )
    return _pointing_at(of_run(run), failure)


def from_pick(title: str, pick: PluginPick) -> Failure:
    """No session was started, since the plugin that was asked for cannot be given one."""
    failure = Failure(
        title=harmless(title),
        words=harmless(pick.complaint),
        context="before StartSession was called",
        meaning="No session was started.",
        next_step=after_grade(pick.grade),
    )
    return _pointing_at(of_grade(pick.grade), failure)


def has_ended(title: str, session_id: str) -> Failure:
    """A session that cannot be resumed, because there is none any more; nothing has to be repaired."""
    words = "The session has ended, and one that has ended cannot be resumed."
    return Failure(harmless(title), words, harmless(f"session {session_id}"), "", "Start a new one.", topic="")


def told_to_end(title: str, context: str, meaning: str) -> Failure:
    """Nothing failed: smtui itself was asked to end meanwhile."""
    return Failure(harmless(title), "smtui was told to end.", harmless(context), meaning, "", topic="")


def not_ended(label: str, session_id: str, fault: Fault, place: Place) -> Failure:
    """TerminateSession failed: the session may go on at the node until its idle time-out."""
    failure = from_fault(f"The session on {label} could not be ended", fault)
    return replace(
        failure,
        context=harmless(f"session {session_id}; {failure.context}"),
        meaning="It may stay open at the node until its idle time-out ends it.",
        next_step=harmless(end_by_hand(session_id, place)),
        values={"session_id": session_id},
    )


def _pointing_at(likely: Likely, failure: Failure) -> Failure:
    return replace(failure, topic=likely.topic, causes=likely.causes, look_at=likely.look_at)


def _quoted(outcome: SessionOutcome, lines: list[str]) -> str:
    last = lines[-1].strip() if lines else ""
    return last if harmless(outcome.sentence).endswith(last) else ""
