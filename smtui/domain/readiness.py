"""Judges from dated facts whether a session can start on a node now. What smtui could not read stays unknown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from smtui.domain.ages import age, seconds_between
from smtui.domain.node import ConnectionFact, ConnectionStatus, Ec2Facts, Node, NodeKind, PingStatus, Sighting, SsmFacts
from smtui.domain.version import AgentAbility, missing_abilities

PROBE_TRUSTED_SECONDS = 120.0
"""An older `connected` proves nothing about now."""
LISTING_TRUSTED_SECONDS = 600.0
"""Older listings are shown as unconfirmed (the agent's heartbeat is about 5 minutes)."""


class Badge(Enum):
    """The status in the list, from most to least ready."""

    READY = ("●", "Ready", "A session can start now; pale until a probe has confirmed it.")
    LIMITED = ("◐", "Limited", "Sessions can start, but the agent is too old for some kinds of them.")
    NOT_CONNECTED = ("◌", "Not connected", "The agent is online, but has no connection to Session Manager.")
    OFFLINE = ("○", "Offline", "The instance is not running, or its agent does not answer or is too old for sessions.")
    UNMANAGED = ("✕", "Unmanaged", "The instance is running, but Systems Manager does not list it.")
    UNKNOWN = ("?", "Unknown", "Systems Manager's list could not be seen, or is still being read.")

    def __init__(self, mark: str, word: str, meaning: str) -> None:
        self.mark = mark
        self.word = word
        self.meaning = meaning

    @property
    def rank(self) -> int:
        """The order of readiness; 0 is the most ready."""
        return _RANKS[self]


_RANKS = {badge: rank for rank, badge in enumerate(Badge)}


@dataclass(frozen=True, slots=True)
class Readiness:
    """A badge, and whether the evidence is fresh enough to confirm it (drawn dim if not)."""

    badge: Badge
    confirmed: bool = True


def readiness(node: Node, now: datetime) -> Readiness:
    """Return the badge by the table in ARCHITECTURE.md; cheap, called for every row."""
    if node.ec2 is not None and node.ec2.state != "running" and not ec2_is_outdated(node.ec2, node, now):
        return Readiness(Badge.OFFLINE, _is_fresh(node.ec2, now))
    if node.ssm is None:
        return _unlisted(node, now)
    return _listed(node.ssm, node, now)


def ec2_is_outdated(ec2: Ec2Facts, node: Node, now: datetime) -> bool:
    """Tell whether EC2's state is old, as when EC2 calls are denied by now, and the agent has answered since."""
    if node.ssm is None or _is_fresh(ec2, now):
        return False
    if trusted_connection(node.connection, now) is ConnectionStatus.CONNECTED:
        return True
    pinged = node.ssm.last_ping
    return node.ssm.ping_status is PingStatus.ONLINE and pinged is not None and pinged > ec2.seen_at


def _listed(ssm: SsmFacts, node: Node, now: datetime) -> Readiness:
    connection, fresh = trusted_connection(node.connection, now), _is_fresh(ssm, now)
    if node.ssm_trouble and not fresh and connection is not ConnectionStatus.CONNECTED:
        return Readiness(Badge.UNKNOWN)
    agent = ssm.agent
    if agent is not None and agent < AgentAbility.SESSIONS.minimum:
        return Readiness(Badge.OFFLINE, fresh)
    online = ssm.ping_status is PingStatus.ONLINE
    if connection is ConnectionStatus.NOT_CONNECTED:
        return Readiness(Badge.NOT_CONNECTED if online else Badge.OFFLINE, fresh)
    if connection is None and not online:
        return Readiness(Badge.OFFLINE, fresh)
    limited = agent is not None and bool(missing_abilities(agent))
    confirmed = connection is ConnectionStatus.CONNECTED and fresh
    return Readiness(Badge.LIMITED if limited else Badge.READY, confirmed)


def _unlisted(node: Node, now: datetime) -> Readiness:
    if node.ssm_side is Sighting.ABSENT:
        return Readiness(Badge.UNMANAGED, node.ec2 is not None and _is_fresh(node.ec2, now))
    return Readiness(Badge.UNKNOWN, confirmed=node.ssm_side is not Sighting.PENDING)


def _is_fresh(facts: SsmFacts | Ec2Facts, now: datetime) -> bool:
    return seconds_between(facts.seen_at, now) <= LISTING_TRUSTED_SECONDS


def trusted_connection(fact: ConnectionFact | None, now: datetime) -> ConnectionStatus | None:
    """Return what the last probe still proves. `notconnected` counts until the next probe; `connected` expires."""
    if fact is None:
        return None
    if fact.status is ConnectionStatus.NOT_CONNECTED:
        return fact.status
    fresh = seconds_between(fact.probed_at, now) <= PROBE_TRUSTED_SECONDS
    return fact.status if fresh else None


def reasons(node: Node, now: datetime) -> tuple[str, ...]:
    """Return the reasons of the badge: sentences, the deciding one first, each with the age of its evidence."""
    return tuple(_sentences(node, now))


def _sentences(node: Node, now: datetime) -> Iterator[str]:
    badge = readiness(node, now).badge
    if node.ec2 is not None and node.ec2.state != "running":
        state, seen = node.ec2.state, age(node.ec2.seen_at, now)
        if ec2_is_outdated(node.ec2, node, now):
            yield f"EC2 reported the instance {state} {seen} ago, but its agent has answered since."
        else:
            yield f"The EC2 instance is {state} (seen {seen} ago)."
    if node.ssm is None:
        yield from _unlisted_reasons(node, badge, now)
        yield from _probe_reasons(node, now)
    else:
        if badge is Badge.UNKNOWN:
            yield f"Systems Manager's list could not be seen: {node.ssm_trouble}"
        is_cut_off = badge is Badge.NOT_CONNECTED
        yield from _probe_reasons(node, now) if is_cut_off else _agent_reasons(node.ssm)
        yield from _listed_reasons(node.ssm, now)
        yield from _agent_reasons(node.ssm) if is_cut_off else _probe_reasons(node, now)
    if node.ec2_side in {Sighting.DENIED, Sighting.FAILED} and node.kind is NodeKind.EC2:
        yield f"EC2's side could not be seen: {node.ec2_trouble}"


def _unlisted_reasons(node: Node, badge: Badge, now: datetime) -> Iterator[str]:
    if node.ssm_side is Sighting.ABSENT:
        if badge is Badge.UNMANAGED:
            yield "The EC2 instance is running, but Systems Manager does not list it."
            yield from _likely_cause(node)
        else:
            yield "Systems Manager does not list it, as usual for a stopped instance."
        if node.ec2 is not None and not _is_fresh(node.ec2, now):
            yield f"This was seen {age(node.ec2.seen_at, now)} ago: refresh before relying on it."
    elif node.organisation is not None:
        yield node.organisation.sentence(now)
        if node.no_way_in:
            yield f"No profile of yours leads to account {node.account}."
    elif node.ssm_side is Sighting.PENDING:
        yield "Systems Manager's list is still being read."
    else:
        yield f"Systems Manager's list could not be seen: {node.ssm_trouble}"


def _likely_cause(node: Node) -> Iterator[str]:
    if node.ec2 is not None and not node.ec2.instance_profile_arn:
        yield (
            "It has no instance profile, so its agent has no permissions unless the account uses "
            "Default Host Management Configuration."
        )
    else:
        yield "It has an instance profile: the role's policy, the network path or the agent itself may be at fault."


def _listed_reasons(ssm: SsmFacts, now: datetime) -> Iterator[str]:
    yield _ping_sentence(ssm, now)
    if ssm.agent is None:
        yield "The agent's version is not known, so what it can do is not known either."
    if not _is_fresh(ssm, now):
        yield f"This was listed {age(ssm.seen_at, now)} ago: refresh before relying on it."


def _agent_reasons(ssm: SsmFacts) -> Iterator[str]:
    """Yield what the agent is too old for."""
    agent = ssm.agent
    if agent is None:
        return
    if agent < AgentAbility.SESSIONS.minimum:
        yield f"SSM Agent {agent} is too old for sessions, which need {AgentAbility.SESSIONS.minimum}."
    else:
        for ability in missing_abilities(agent):
            yield f"SSM Agent {agent} is too old for {ability.phrase}, which needs {ability.minimum}."


def _ping_sentence(ssm: SsmFacts, now: datetime) -> str:
    pinged = f"last ping {age(ssm.last_ping, now)} ago" if ssm.last_ping else "no ping on record"
    listed = f"listed {age(ssm.seen_at, now)} ago"
    match ssm.ping_status:
        case PingStatus.ONLINE:
            return f"Its ping status is Online ({pinged}, {listed})."
        case PingStatus.CONNECTION_LOST:
            return f"Its agent stopped answering: ping status ConnectionLost ({pinged}, {listed})."
        case PingStatus.INACTIVE:
            return f"Its ping status is Inactive ({pinged}, {listed})."
        case _:
            return f"Systems Manager reports an unknown ping status ({pinged}, {listed})."


def _probe_reasons(node: Node, now: datetime) -> Iterator[str]:
    fact = node.connection
    if fact is None:
        if node.ssm is not None and node.ssm.ping_status is PingStatus.ONLINE:
            yield "Its connection has not been probed yet."
        return
    probed = f"probed {age(fact.probed_at, now)} ago"
    if fact.status is ConnectionStatus.NOT_CONNECTED:
        why = "its network path to ssmmessages, its role or its agent may be the cause"
        yield f"It has no connection to Session Manager ({probed}); {why}."
    elif trusted_connection(fact, now) is None:
        yield f"It was connected {age(fact.probed_at, now)} ago, too long ago to rely on."
    elif node.ssm is not None and node.ssm.ping_status is not PingStatus.ONLINE:
        yield f"It is connected to Session Manager anyway ({probed}): the ping lags."
    else:
        yield f"It is connected to Session Manager ({probed})."
