"""Why a tunnel did not open or did not stay open, and whether trying again can help."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from smtui.domain import failure_topics
from smtui.domain.fault import Fault, FaultKind
from smtui.domain.outcome import PluginRun, PluginWord, SessionEnding, judge
from smtui.domain.request import SessionRequest
from smtui.domain.text import harmless


class Lasting(Enum):
    """How long a reason is likely to hold."""

    PASSING = "passing"
    ONCE_OPEN = "passing for a tunnel that has been open; else it will stay as it is"
    PERMANENT = "permanent"


@dataclass(frozen=True, slots=True)
class Reason:
    sentence: str
    """What went wrong and, where something can be done, what to do; harmless."""
    lasting: Lasting = Lasting.PASSING
    topic: str = ""
    """The id of the topic that helps; empty for none."""


_KINDS = {
    FaultKind.DENIED: Lasting.PERMANENT,
    FaultKind.MFA_NEEDED: Lasting.PERMANENT,
    FaultKind.NO_REGION: Lasting.PERMANENT,
    FaultKind.UNKNOWN_PROFILE: Lasting.PERMANENT,
    FaultKind.BROKEN_CONFIG: Lasting.PERMANENT,
    FaultKind.INVALID_TARGET: Lasting.PERMANENT,
    FaultKind.INVALID_DOCUMENT: Lasting.PERMANENT,
    FaultKind.INVALID_REQUEST: Lasting.PERMANENT,
    FaultKind.TARGET_NOT_CONNECTED: Lasting.ONCE_OPEN,
    # The user may be signing in anew right now; EXPIRED_CREDENTIALS is passing, since a second call reads new ones.
    FaultKind.INVALID_CREDENTIALS: Lasting.ONCE_OPEN,
    FaultKind.NO_CREDENTIALS: Lasting.ONCE_OPEN,
    FaultKind.CREDENTIAL_SOURCE: Lasting.ONCE_OPEN,
    FaultKind.SSO_SIGN_IN: Lasting.ONCE_OPEN,
    FaultKind.CLOCK_SKEW: Lasting.ONCE_OPEN,
}

_HOPELESS_WORDS = (
    "address already in use",
    "permission denied",
    "cannot assign requested address",
    "only one usage of each socket address",  # Windows
    "forbidden by its access permissions",  # Windows
)
"""How the systems' words for a local end that cannot be had begin or end, in the plugin's `listen …: bind: …`."""


def of_fault(fault: Fault, request: SessionRequest | None = None) -> Reason:
    """A call of AWS that failed; `request` is the session that it was to start, where it was one."""
    said = f" ({fault.code}: {fault.message})" if fault.code and fault.message else ""
    sentence = f"{fault.sentence()}{said if fault.message not in fault.sentence() else ''} {fault.next_step()}"
    topic = failure_topics.of_fault(fault, request).topic
    return Reason(harmless(sentence), _KINDS.get(fault.kind, Lasting.PASSING), topic)


def of_run(run: PluginRun) -> Reason:
    """A plugin that ended though nobody had asked it to."""
    outcome = judge(run)
    what = outcome.sentence if outcome.sentence.endswith((".", "?", "!")) else f"{outcome.sentence}."
    sentence = harmless(f"{what} {outcome.next_step}".strip())
    topic = failure_topics.of_run(run).topic
    if outcome.ending is SessionEnding.NOT_STARTED or run.words.word is PluginWord.MISUSED:
        return Reason(sentence, Lasting.PERMANENT, topic)
    if run.words.word is PluginWord.CANNOT_START and any(hopeless in run.words.text for hopeless in _HOPELESS_WORDS):
        return Reason(harmless(f"The plugin could not listen: {run.words.text}."), Lasting.PERMANENT, topic)
    if outcome.ending is SessionEnding.SERVICE_CLOSED:
        return Reason(sentence, Lasting.ONCE_OPEN, topic)
    return Reason(sentence, topic=topic)
