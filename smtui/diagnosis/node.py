"""The checks of the node itself: whether it runs, whether Systems Manager knows it and hears of it.

Sources: the state and status words of the Amazon EC2 API reference, PingStatus and GetConnectionStatus of the Systems
Manager API reference, and the tier that sessions on hybrid nodes need (the Systems Manager endpoints and quotas page).
"""

from __future__ import annotations

import re

from smtui.diagnosis.checking import Check, Judgement, failed, passed, skipped, unknown, warned
from smtui.domain.agent import missing_abilities
from smtui.domain.ages import age
from smtui.domain.evidence.reading import seen, value
from smtui.domain.evidence.record import Evidence
from smtui.domain.node import ConnectionStatus, NodeKind, PingStatus, SsmFacts
from smtui.domain.readiness import trusted_connection

_EC2_ID = re.compile(r"i-([0-9a-f]{8}|[0-9a-f]{17})", re.ASCII)
_NOT_LISTED = "Systems Manager does not list the node."
_WELL = {"ok", "not-applicable", ""}
"""An empty word is a check that EC2 does not tell."""


def _state(evidence: Evidence) -> Judgement:
    instance, node_id = value(evidence.instance), evidence.subject.node_id
    if instance is None:
        told = f"ec2:DescribeInstances: nothing for {node_id}"
        if not _EC2_ID.fullmatch(node_id):
            return failed(f"{node_id} is not the id of an instance: those are i- and 8 or 17 hex digits.", told)
        return failed(f"EC2 knows no instance {node_id}{_where(evidence)}.", told)
    told = f"ec2:DescribeInstances: {instance.node_id} is {instance.state}"
    if instance.state == "running":
        return passed("The instance is running.", told)
    return failed(f"The instance is {instance.state}, not running.", told, topic="instance-not-running")


def _where(evidence: Evidence) -> str:
    """` in eu-west-1 of account 111122223333`, as far as both are known by now: no check waits for them."""
    endpoints, caller = seen(evidence.endpoints), seen(evidence.caller)
    region = evidence.subject.place.region or (endpoints.region if endpoints else "")
    return (f" in {region}" if region else " here") + (f" of account {caller.account}" if caller else "")


def _status_checks(evidence: Evidence) -> Judgement:
    checks = value(evidence.status_checks)
    if checks is None:
        return skipped("EC2 checks the status of running instances only.")
    words = {"instance": checks.instance, "system": checks.system}
    told = ", ".join(f"{side} {word}" for side, word in words.items())
    told = f"ec2:DescribeInstanceStatus: {told}"
    impaired = [side for side, word in words.items() if word == "impaired"]
    if impaired:
        return failed(f"EC2's {' and '.join(impaired)} status check fails.", told)
    unsettled = [f"{side} {word}" for side, word in words.items() if word not in _WELL]
    if unsettled:
        return warned(f"EC2's status checks have not passed yet: {', '.join(unsettled)}.", told)
    return passed("EC2's status checks pass.", told)


def _registered(evidence: Evidence) -> Judgement:
    managed = value(evidence.managed)
    if managed is None:
        told = f"ssm:DescribeInstanceInformation: nothing for {evidence.subject.node_id}"
        hybrid = evidence.subject.kind is NodeKind.HYBRID
        topic = "target-elsewhere" if hybrid else ""
        return failed(f"Systems Manager lists no node {evidence.subject.node_id}{_where(evidence)}.", told, topic=topic)
    since = f" since {managed.registered_at:%Y-%m-%d %H:%M} UTC" if managed.registered_at else ""
    return passed("The node is registered with Systems Manager.", f"ssm:DescribeInstanceInformation: listed{since}")


def _ping(evidence: Evidence) -> Judgement:
    """Whether the agent reports to Systems Manager; a live connection outranks a heartbeat that lags."""
    managed = value(evidence.managed)
    if managed is None:
        return skipped(_NOT_LISTED)
    heard = f"last heard of {age(managed.last_ping, evidence.now)} ago" if managed.last_ping else "never heard of"
    word = managed.ping_status
    told = f"ssm:DescribeInstanceInformation: PingStatus {word.value or 'not told'}, {heard}"
    if word is PingStatus.ONLINE:
        return passed(f"The agent reports to Systems Manager ({heard}).", told)
    if trusted_connection(seen(evidence.connection), evidence.now) is ConnectionStatus.CONNECTED:
        return passed(f"The ping lags ({heard}), but the node is connected.", told)
    if word is PingStatus.UNRECOGNISED:
        return unknown("Systems Manager gives the node no ping status that smtui knows.", told)
    return failed(f"The agent does not report to Systems Manager: {word.value}, {heard}.", told)


def _connection(evidence: Evidence) -> Judgement:
    fact = value(evidence.connection)
    told = f"ssm:GetConnectionStatus: {fact.status.value}"
    if fact.status is ConnectionStatus.CONNECTED:
        return passed("The agent is connected to Session Manager.", told)
    managed = seen(evidence.managed)
    if managed is not None and managed.ping_status is PingStatus.ONLINE:
        return failed("The agent reports to Systems Manager, but has no connection to Session Manager.", told)
    return failed("The agent has no connection to Session Manager.", told)


def _agent_version(evidence: Evidence) -> Judgement:
    managed = value(evidence.managed)
    if managed is None:
        return skipped("Systems Manager does not list the node, so its agent's version is not known.")
    return _agent_told(managed, evidence)


def _agent_told(managed: SsmFacts, evidence: Evidence) -> Judgement:
    agent, told = managed.agent, f"ssm:DescribeInstanceInformation: AgentVersion {managed.agent_version or 'not told'}"
    if agent is None:
        return unknown("Systems Manager tells no version of the agent that could be read.", told)
    missing = missing_abilities(agent)
    needed = next((ability for ability in missing if ability.minimum <= evidence.subject.needs.minimum), None)
    if needed is not None:
        lacking = f"SSM Agent {agent} is too old for {needed.phrase}: that takes {needed.minimum} or newer."
        return failed(lacking, told)
    if missing:
        phrases = " and ".join(f"{ability.phrase} ({ability.minimum})" for ability in missing)
        return warned(f"SSM Agent {agent} is too old for {phrases}.", told)
    return passed(f"SSM Agent {agent} is new enough for every kind of session.", told)


def _activation(evidence: Evidence) -> Judgement:
    """An activation only lets nodes register: what became of it since does no harm to one that is registered."""
    activation = value(evidence.activation)
    if activation is None:
        return passed("The node's activation was deleted, which does no harm to a node that is registered.")
    ends = f", until {activation.expires_at:%Y-%m-%d %H:%M} UTC" if activation.expires_at else ""
    used = f"{activation.registrations} of {activation.limit} registrations used"
    told = f"ssm:DescribeActivations: {activation.activation_id}, {used}{ends}"
    if activation.expired:
        return passed("The node's activation has expired, which does no harm to a node that is registered.", told)
    if activation.registrations >= activation.limit:
        return passed("The node's activation is used up, which does no harm to a node that is registered.", told)
    return passed("The node's activation is valid.", told)


def _tier(evidence: Evidence) -> Judgement:
    tier = value(evidence.tier)
    told = f"ssm:GetServiceSetting: /ssm/managed-instance/activation-tier is {tier}"
    if tier == "standard":
        return failed("Sessions on hybrid nodes need the advanced-instances tier, and this Region has standard.", told)
    return passed(f"The Region has the {tier}-instances tier, as sessions on hybrid nodes need it.", told)


CHECKS: tuple[Check, ...] = (
    Check("node.state", "target-elsewhere", ("instance",), _state),
    Check("node.status_checks", "instance-impaired", ("status_checks",), _status_checks),
    Check("node.registered", "node-not-listed", ("managed",), _registered),
    Check("node.ping", "agent-stopped", ("managed",), _ping),
    Check("node.connection", "target-not-connected", ("connection",), _connection),
    Check("node.agent_version", "agent-too-old", ("managed",), _agent_version),
    Check("node.activation", "activation-invalid", ("activation",), _activation),
    Check("node.tier", "advanced-tier", ("tier",), _tier),
)
