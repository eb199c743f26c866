"""Says why a tunnel cannot open or stay open, and whether a retry can help."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from smtui.domain.fault import Fault, FaultKind
from smtui.domain.forward import Forward, LocalSocket
from smtui.domain.outcome import PluginRun, PluginWord, SessionEnding, judge
from smtui.domain.text import harmless
from smtui.domain.version import AgentAbility
from smtui.topics import failure_topics
from smtui.topics.next_step import after_fault, after_run

if TYPE_CHECKING:
    from smtui.domain.node import Node
    from smtui.domain.request import SessionRequest


class Lasting(Enum):
    """How long a reason is likely to last."""

    PASSING = "passing"
    ONCE_OPEN = "passing for a tunnel that has been open; else it will stay as it is"
    PERMANENT = "permanent"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a tunnel is not open."""

    sentence: str
    """What went wrong and, if anything can be done, what to do; harmless for a terminal."""
    lasting: Lasting = Lasting.PASSING
    topic: str = ""
    """The id of the topic that helps; empty if there is none."""


_KINDS = {
    FaultKind.DENIED: Lasting.PERMANENT,
    FaultKind.NO_REGION: Lasting.PERMANENT,
    FaultKind.REGION_NOT_ENABLED: Lasting.PERMANENT,
    FaultKind.UNKNOWN_PROFILE: Lasting.PERMANENT,
    FaultKind.BROKEN_CONFIG: Lasting.PERMANENT,
    FaultKind.CERTIFICATE: Lasting.PERMANENT,
    FaultKind.INVALID_TARGET: Lasting.PERMANENT,
    FaultKind.INVALID_DOCUMENT: Lasting.PERMANENT,
    FaultKind.INVALID_REQUEST: Lasting.PERMANENT,
    FaultKind.TARGET_NOT_CONNECTED: Lasting.ONCE_OPEN,
    # The user may be signing in right now. EXPIRED_CREDENTIALS passes, because a second call reads new ones.
    FaultKind.INVALID_CREDENTIALS: Lasting.ONCE_OPEN,
    FaultKind.NO_CREDENTIALS: Lasting.ONCE_OPEN,
    FaultKind.CREDENTIAL_SOURCE: Lasting.ONCE_OPEN,
    FaultKind.MFA_NEEDED: Lasting.ONCE_OPEN,
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
"""Parts of the system's words for a local end that cannot be used, in the plugin's `listen …: bind: …`."""


def objection(forward: Forward, node: Node | None) -> Reason | None:
    """Why the forward cannot work: no document serves it, or the node's agent is too old. None if nothing is known."""
    if forward.destination.host and isinstance(forward.local, LocalSocket):
        sentence = (
            "Session Manager forwards a local socket to the node's own ports only: use a local port for a remote host."
        )
        return Reason(sentence, Lasting.PERMANENT)
    if node is None or node.ssm is None or node.ssm.agent is None:
        return None
    needs = AgentAbility.REMOTE_HOST if forward.destination.host else AgentAbility.PORT_FORWARDING
    if node.ssm.agent >= needs.minimum:
        return None
    sentence = (
        f"The agent of {forward.label} is version {node.ssm.agent}, too old for {needs.phrase}: "
        f"{needs.minimum} or newer is needed."
    )
    return Reason(sentence, Lasting.PERMANENT, failure_topics.of_old_agent().topic)


def of_fault(fault: Fault, request: SessionRequest | None = None) -> Reason:
    """The reason for a failed AWS call; `request` is the session that it was to start, if any."""
    said = f" ({fault.code}: {fault.message})" if fault.code and fault.message else ""
    sentence = f"{fault.sentence()}{said if fault.message not in fault.sentence() else ''} {after_fault(fault)}"
    topic = failure_topics.of_fault(fault, request).topic
    return Reason(harmless(sentence), _KINDS.get(fault.kind, Lasting.PASSING), topic)


def of_run(run: PluginRun) -> Reason:
    """The reason for a plugin that ended by itself."""
    outcome = judge(run)
    what = outcome.sentence if outcome.sentence.endswith((".", "?", "!")) else f"{outcome.sentence}."
    sentence = harmless(f"{what} {after_run(run, outcome)}".strip())
    topic = failure_topics.of_run(run).topic
    if outcome.ending is SessionEnding.NOT_STARTED or run.words.word is PluginWord.MISUSED:
        return Reason(sentence, Lasting.PERMANENT, topic)
    if run.words.word is PluginWord.CANNOT_START and any(hopeless in run.words.text for hopeless in _HOPELESS_WORDS):
        return Reason(harmless(f"The plugin could not listen: {run.words.text}."), Lasting.PERMANENT, topic)
    if outcome.ending is SessionEnding.SERVICE_CLOSED:
        return Reason(sentence, Lasting.ONCE_OPEN, topic)
    return Reason(sentence, topic=topic)
