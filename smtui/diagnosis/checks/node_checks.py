"""Checks the node itself: whether it runs, and whether it is registered with Systems Manager and reports to it.

Sources: the state and status words of the Amazon EC2 API reference, PingStatus and GetConnectionStatus of the Systems
Manager API reference, and the tier that sessions on hybrid nodes need (the Systems Manager endpoints and quotas page).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from smtui.diagnosis.check import Check, Judgement, failed, passed, proven, skipped, unknown, warned
from smtui.diagnosis.evidence.reading import seen, value
from smtui.diagnosis.evidence.record import Evidence
from smtui.domain.ages import age
from smtui.domain.node import ConnectionStatus, NodeKind, PingStatus, SsmFacts
from smtui.domain.readiness import trusted_connection
from smtui.domain.version import missing_abilities

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.node_facts import SessionSpan

_EC2_ID = re.compile(r"i-([0-9a-f]{8}|[0-9a-f]{17})", re.ASCII)
_NOT_LISTED = "Systems Manager does not list the node."
_GONE_FOR_GOOD = ("shutting-down", "terminated")
_STATES = {"stopped": "stopped_instance", "stopping": "stopping_instance", "pending": "starting_instance"}
"""The topics' placeholder that holds the instance's id in each of these states."""
LONG_SESSION = timedelta(hours=12)
"""How long a session lasts before the logs that the agent keeps of it may matter."""
_NOTICED_AFTER = timedelta(minutes=10)
"""How far apart the end of a session and the last ping of its node may be."""
_WELL = {"ok", "not-applicable", ""}
"""An empty word is a check that EC2 does not report."""


def _state(evidence: Evidence) -> Judgement:
    instance, node_id = value(evidence.instance), evidence.subject.node_id
    if instance is None:
        line = f"ec2:DescribeInstances: nothing for {node_id}"
        if not _EC2_ID.fullmatch(node_id):
            finding = f"{node_id} is not an instance id: those are i- and 8 or 17 hex digits."
            return proven(finding, line, by=(evidence.instance,))
        return proven(f"EC2 knows no instance {node_id}{_where(evidence)}.", line, by=(evidence.instance,))
    line = f"ec2:DescribeInstances: {instance.node_id} is {instance.state}"
    if instance.state == "running":
        return passed("The instance is running.", line)
    finding = f"The instance is {instance.state}, not running."
    if instance.state in _GONE_FOR_GOOD:
        return proven(finding, line, by=(evidence.instance,))
    values = {_STATES[instance.state]: instance.node_id} if instance.state in _STATES else {}
    return proven(finding, line, by=(evidence.instance,), topic="instance-not-running", **values)


def _where(evidence: Evidence) -> str:
    """` in eu-west-1 of account 111122223333`, as far as both are known: no check waits for them."""
    endpoints, caller = seen(evidence.endpoints), seen(evidence.caller)
    region = evidence.subject.place.region or (endpoints.region if endpoints else "")
    return (f" in {region}" if region else " here") + (f" of account {caller.account}" if caller else "")


def _status_checks(evidence: Evidence) -> Judgement:
    checks = value(evidence.status_checks)
    if checks is None:
        return skipped("EC2 checks the status of running instances only.")
    words = {"instance": checks.instance, "system": checks.system}
    states = ", ".join(f"{side} {word}" for side, word in words.items())
    line = f"ec2:DescribeInstanceStatus: {states}"
    impaired = [side for side, word in words.items() if word == "impaired"]
    if impaired:
        values = {f"impaired_{impaired[-1]}": evidence.subject.node_id}  # the system's comes last, and weighs more
        return failed(f"EC2's {' and '.join(impaired)} status check fails.", line, **values)
    unsettled = [f"{side} {word}" for side, word in words.items() if word not in _WELL]
    if unsettled:
        finding = f"EC2's status checks have not passed yet: {', '.join(unsettled)}."
        return warned(finding, line, starting_instance=evidence.subject.node_id)
    return passed("EC2's status checks pass.", line)


def _registered(evidence: Evidence) -> Judgement:
    managed = value(evidence.managed)
    if managed is None:
        line = f"ssm:DescribeInstanceInformation: nothing for {evidence.subject.node_id}"
        hybrid = evidence.subject.kind is NodeKind.HYBRID
        topic = "target-elsewhere" if hybrid else ""
        finding = f"Systems Manager lists no node {evidence.subject.node_id}{_where(evidence)}."
        return proven(finding, line, by=(evidence.managed,), topic=topic)
    since = f" since {managed.registered_at:%Y-%m-%d %H:%M} UTC" if managed.registered_at else ""
    return passed("The node is registered with Systems Manager.", f"ssm:DescribeInstanceInformation: listed{since}")


def _ping(evidence: Evidence) -> Judgement:
    """Whether the agent reports to Systems Manager; a live connection outranks a heartbeat that lags."""
    managed = value(evidence.managed)
    if managed is None:
        return skipped(_NOT_LISTED)
    last = f"last ping {age(managed.last_ping, evidence.now)} ago" if managed.last_ping else "no ping yet"
    word = managed.ping_status
    line = f"ssm:DescribeInstanceInformation: PingStatus {word.value or 'not reported'}, {last}"
    if word is PingStatus.ONLINE:
        return passed(f"The agent reports to Systems Manager ({last}).", line)
    if trusted_connection(seen(evidence.connection), evidence.now) is ConnectionStatus.CONNECTED:
        return passed(f"The ping lags ({last}), but the node is connected.", line)
    if word is PingStatus.UNRECOGNISED:
        return unknown("Systems Manager reports a ping status that smtui does not know.", line)
    finding = f"The agent does not report to Systems Manager: {word.value}, {last}"
    sessions = seen(evidence.sessions)
    longest = _open_for_long(managed.last_ping, sessions) if managed.last_ping and sessions else None
    if longest is None or managed.last_ping is None:
        return failed(f"{finding}.", line)
    lasted = age(longest.started_at, managed.last_ping)
    since = f"ssm:DescribeSessions: {longest.session_id} since {longest.started_at:%Y-%m-%d %H:%M} UTC"
    finding = f"{finding}, while a session had been open for {lasted}: its logs may have filled the node's disk."
    return failed(finding, line, since, topic="log-retention")


def _open_for_long(last: datetime, sessions: Sequence[SessionSpan]) -> SessionSpan | None:
    """The session that had been open longest at the node's last ping, if that was long. `last` is aware, UTC."""
    then = (one for one in sessions if one.ended_at is None or one.ended_at >= last - _NOTICED_AFTER)
    long = [one for one in then if last - one.started_at >= LONG_SESSION]
    return min(long, key=lambda one: one.started_at, default=None)


def _connection(evidence: Evidence) -> Judgement:
    fact = value(evidence.connection)
    line = f"ssm:GetConnectionStatus: {fact.status.value}"
    if fact.status is ConnectionStatus.CONNECTED:
        return passed("The agent is connected to Session Manager.", line)
    managed = seen(evidence.managed)
    if managed is not None and managed.ping_status is PingStatus.ONLINE:
        finding = "The agent reports to Systems Manager, but has no connection to Session Manager."
        return proven(finding, line, by=(evidence.connection,))
    return proven("The agent has no connection to Session Manager.", line, by=(evidence.connection,))


def _agent_version(evidence: Evidence) -> Judgement:
    managed = value(evidence.managed)
    if managed is None:
        return skipped("Systems Manager does not list the node, so its agent's version is not known.")
    return _judge_agent(managed, evidence)


def _judge_agent(managed: SsmFacts, evidence: Evidence) -> Judgement:
    agent, line = (
        managed.agent,
        f"ssm:DescribeInstanceInformation: AgentVersion {managed.agent_version or 'not reported'}",
    )
    if agent is None:
        return unknown("Systems Manager reports no agent version that smtui can read.", line)
    missing = missing_abilities(agent)
    needed = next((ability for ability in missing if ability.minimum <= evidence.subject.needs.minimum), None)
    if needed is not None:
        lacking = f"SSM Agent {agent} is too old for {needed.phrase}: that needs {needed.minimum} or newer."
        return proven(lacking, line, by=(evidence.managed,))
    if missing:
        phrases = " and ".join(f"{ability.phrase} ({ability.minimum})" for ability in missing)
        return warned(f"SSM Agent {agent} is too old for {phrases}.", line).aside()
    return passed(f"SSM Agent {agent} is new enough for every kind of session.", line)


def _activation(evidence: Evidence) -> Judgement:
    """Judges the activation, which matters only while a node registers."""
    activation = value(evidence.activation)
    if activation is None:
        return passed("The node's activation was deleted, which does not matter to a registered node.")
    ends = f", until {activation.expires_at:%Y-%m-%d %H:%M} UTC" if activation.expires_at else ""
    used = f"{activation.registrations} of {activation.limit} registrations used"
    line = f"ssm:DescribeActivations: {activation.activation_id}, {used}{ends}"
    if activation.expired:
        return passed("The node's activation has expired, which does not matter to a registered node.", line)
    if activation.registrations >= activation.limit:
        return passed("The node's activation is used up, which does not matter to a registered node.", line)
    return passed("The node's activation is valid.", line)


def _tier(evidence: Evidence) -> Judgement:
    tier = value(evidence.tier)
    line = f"ssm:GetServiceSetting: /ssm/managed-instance/activation-tier is {tier}"
    if tier == "standard":
        finding = "Sessions on hybrid nodes need the advanced-instances tier, and this Region has the standard tier."
        return proven(finding, line, by=(evidence.tier,))
    return passed(f"The Region has the {tier}-instances tier, which sessions on hybrid nodes need.", line)


CHECKS: tuple[Check, ...] = (
    Check("node.state", "target-elsewhere", (Evidence.instance,), _state),
    Check("node.status_checks", "instance-impaired", (Evidence.status_checks,), _status_checks),
    Check("node.registered", "node-not-listed", (Evidence.managed,), _registered),
    Check("node.ping", "agent-stopped", (Evidence.managed,), _ping, uses=(Evidence.sessions,)),
    Check("node.connection", "target-not-connected", (Evidence.connection,), _connection),
    Check("node.agent_version", "agent-too-old", (Evidence.managed,), _agent_version),
    Check("node.activation", "activation-invalid", (Evidence.activation,), _activation),
    Check("node.tier", "advanced-tier", (Evidence.tier,), _tier),
)
