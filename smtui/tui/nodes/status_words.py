"""Says in one sentence why a node has its status, for the status line."""

from __future__ import annotations

from datetime import datetime

from smtui.domain.ages import age
from smtui.domain.node import ConnectionStatus, Node, PingStatus, Sighting, SsmFacts
from smtui.domain.readiness import Badge, Readiness, readiness, trusted_connection
from smtui.domain.version import AgentAbility, missing_abilities
from smtui.tui.parts.shown_keys import key_of


def status_words(node: Node, now: datetime, *, with_place: bool = False) -> tuple[str, ...]:
    """Return the sentence, and then shorter forms of it; `with_place` where several places are listed."""
    name = node.name or node.node_id
    name = f"{node.place_label}/{name}" if with_place else name
    return tuple(f"{name}: {words}" for words in dict.fromkeys(_words(node, readiness(node, now), now)))


def _words(node: Node, judged: Readiness, now: datetime) -> tuple[str, ...]:
    if judged.badge is Badge.UNKNOWN:
        return _unknown(node)
    if judged.badge is Badge.UNMANAGED:
        lacks = node.ec2 is not None and not node.ec2.instance_profile_arn
        why = ": it has no instance profile" if lacks else ""
        return (
            f"running, but Systems Manager does not list it{why}. {_finds_out()}",
            f"not in Systems Manager's list{why.replace('it has ', '')}. {_why()}",
        )
    if judged.badge is Badge.OFFLINE and node.ec2 is not None and node.ec2.state != "running":
        words = f"the instance is {node.ec2.state} (EC2, {age(node.ec2.seen_at, now)} ago)."
        return (words,)
    return _listed(node, node.ssm, judged, now) if node.ssm is not None else ("",)


def _unknown(node: Node) -> tuple[str, ...]:
    if node.ssm_side is Sighting.PENDING:
        return ("Systems Manager's list is still being read.",)
    unseen = "Systems Manager's list could not be seen"
    short = f"{unseen}. {key_of('details')} tells more."
    return tuple(sorted({f"{unseen}: {node.ssm_trouble}" if node.ssm_trouble else short, short}, key=len, reverse=True))


def _listed(node: Node, ssm: SsmFacts, judged: Readiness, now: datetime) -> tuple[str, ...]:
    agent, probe, (ping, briefly) = ssm.agent, _probe(node, now), _ping(ssm, now)
    if agent is not None and agent < AgentAbility.SESSIONS.minimum:
        too_old = f"agent {agent} is too old for sessions"
        return f"{too_old}, which need {AgentAbility.SESSIONS.minimum}.", f"{too_old}."
    if judged.badge is Badge.LIMITED and agent is not None:
        missing = [ability.phrase for ability in missing_abilities(agent)]
        return (
            f"agent {agent} is too old for {', '.join(missing)}; {probe}.",
            f"agent {agent} is too old for {len(missing)} kinds of session ({key_of('details')} tells which); {probe}.",
            f"agent {agent} is too old for {len(missing)} kinds of session.",
        )
    if judged.badge is Badge.NOT_CONNECTED:
        return f"{ping}, but {probe}. {_finds_out()}", f"{briefly}, but {_short_probe(node, now)}. {_why()}"
    if judged.badge is Badge.OFFLINE:
        also = f", and {probe}" if node.connection is not None else ""
        return f"{ping}{also}. {_finds_out()}", f"{ping}. {_finds_out()}", f"{briefly}. {_why()}"
    if ssm.ping_status is not PingStatus.ONLINE:
        return f"{probe}, although the ping is {_word(ssm)}.", f"{probe}; ping {_word(ssm)}."
    return f"{ping}, {probe}.", f"{briefly}, {probe}."


def _ping(ssm: SsmFacts, now: datetime) -> tuple[str, str]:
    """Return the ping's status with its age, and the same in fewer words."""
    word = _word(ssm)
    if ssm.last_ping is None:
        return f"ping {word}, none on record", word
    ago = f"{age(ssm.last_ping, now)} ago"
    if ssm.ping_status is PingStatus.ONLINE:
        return f"ping {word} {ago}", f"{word} {ago}"
    return f"ping {word}, the last one {ago}", f"{word}, last ping {ago}"


def _word(ssm: SsmFacts) -> str:
    return ssm.ping_status.value or "unknown"


def _probe(node: Node, now: datetime) -> str:
    fact = node.connection
    if fact is None:
        return "not probed yet"
    ago = f"{age(fact.probed_at, now)} ago"
    if fact.status is ConnectionStatus.NOT_CONNECTED:
        return f"GetConnectionStatus says notconnected (probed {ago})"
    if trusted_connection(fact, now) is None:
        return f"connected {ago}, too long ago to rely on"
    return f"connected (probed {ago})"


def _short_probe(node: Node, now: datetime) -> str:
    return f"not connected (probed {age(node.connection.probed_at, now)} ago)" if node.connection else "not probed yet"


def _finds_out() -> str:
    return f"{key_of('troubleshoot')} finds out why."


def _why() -> str:
    return f"{key_of('troubleshoot')}: why"
