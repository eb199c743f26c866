"""What one result means beside the others: symptoms that a found cause explains, faults that live evidence outranks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace

from smtui.domain.ages import seconds_between
from smtui.domain.check import CheckResult, CheckStatus, Layer
from smtui.domain.evidence.reading import Unseen, seen
from smtui.domain.evidence.record import Evidence
from smtui.domain.node import ConnectionStatus, PingStatus
from smtui.domain.readiness import LISTING_TRUSTED_SECONDS, trusted_connection

SYMPTOMS = ("node.registered", "node.ping", "node.connection")
"""They fail because something else does: they wait for all others before they are called FAIL."""

LINKS = (Layer.IDENTITY, Layer.PATH, Layer.HANDSHAKE)
"""What an agent needs to be connected; preferences come into play only after that."""

_CAUSES_AT_THE_NODE = ("node.state", "node.status_checks", "node.agent_version", "node.tier")
_LIMITS_ONLY = {"node.agent_version", "path.endpoint_ec2messages"}
"""As a WARN these keep no agent from its connection: it can do less, or needs that endpoint no more."""

_NEEDED_BY_SSMMESSAGES = {
    "identity.policy",
    "path.endpoint_ssmmessages",
    "path.endpoint_ec2messages",
    "path.private_dns",
    "path.endpoint_security_group",
    "path.endpoint_policy",
}
"""They may break the connection of an agent that reports to Systems Manager."""


def weighed(results: Sequence[CheckResult], evidence: Evidence) -> tuple[CheckResult, ...]:
    """The results of all checks, each as it stands beside the others."""
    outranked = [_outranked(result, results, evidence) for result in results]
    return tuple(_explained(result, outranked, evidence) for result in outranked)


def explains(result: CheckResult) -> bool:
    """Whether a result, broken as it is, may be why the node's agent is not connected."""
    if result.status is CheckStatus.WARN:
        return _may_explain(result) and result.code not in _LIMITS_ONLY
    return result.status is CheckStatus.FAIL and _may_explain(result)


def _may_explain(result: CheckResult) -> bool:
    return result.layer in LINKS or result.code in _CAUSES_AT_THE_NODE


def is_connected(results: Sequence[CheckResult], evidence: Evidence) -> bool:
    """Whether AWS says so now. A machine that does not run is not, whatever is remembered of its agent."""
    if any(result.code == "node.state" and result.status is CheckStatus.FAIL for result in results):
        return False
    return trusted_connection(seen(evidence.connection), evidence.now) is ConnectionStatus.CONNECTED


def _outranked(result: CheckResult, results: Sequence[CheckResult], evidence: Evidence) -> CheckResult:
    """A fault of configuration on a node that works all the same is worth a warning; a path that leads out of our
    sight has led there, and is worth no word."""
    if result.status is CheckStatus.UNKNOWN and result.layer is Layer.PATH:
        return _moot(result) if _is_out_of_sight(result, evidence) and is_connected(results, evidence) else result
    if result.status is not CheckStatus.FAIL:
        return result
    links = result.layer in LINKS or result.code in ("node.status_checks", "node.registered")
    if links and is_connected(results, evidence):
        return _warning(result, "the node is connected all the same")
    if result.layer in LINKS and result.code not in _NEEDED_BY_SSMMESSAGES and _reports(results, evidence):
        return _warning(result, "the node reports to Systems Manager all the same")
    return result


def _is_out_of_sight(result: CheckResult, evidence: Evidence) -> bool:
    """Whether no permission of ours would show more; a check that failed by our own fault has no topic."""
    readings = (getattr(evidence, field.name) for field in fields(evidence))
    missing = {reading.fault.sentence() for reading in readings if isinstance(reading, Unseen)}
    return bool(result.topic) and result.finding not in missing


def _moot(result: CheckResult) -> CheckResult:
    finding = f"{result.finding.removesuffix('.')}; the node is connected all the same."
    return replace(result, status=CheckStatus.SKIPPED, finding=finding, topic="")


def _reports(results: Sequence[CheckResult], evidence: Evidence) -> bool:
    """Whether the agent was heard of a moment ago, where its connection itself could not be seen."""
    if not isinstance(evidence.connection, Unseen):
        return False
    if any(result.code == "node.state" and result.status is CheckStatus.FAIL for result in results):
        return False
    managed = seen(evidence.managed)
    if managed is None or managed.ping_status is not PingStatus.ONLINE or managed.last_ping is None:
        return False
    return seconds_between(managed.last_ping, evidence.now) <= LISTING_TRUSTED_SECONDS


def _warning(result: CheckResult, why: str, *evidence: str) -> CheckResult:
    finding = f"{result.finding.removesuffix('.')}; {why}."
    return replace(result, status=CheckStatus.WARN, finding=finding, evidence=(*result.evidence, *evidence))


def _explained(result: CheckResult, results: Sequence[CheckResult], evidence: Evidence) -> CheckResult:
    if result.code not in SYMPTOMS or result.status is not CheckStatus.FAIL:
        return result
    cause = cause_among(results)
    if cause is not None:
        told = f"{cause.code} {cause.status}: {cause.finding}"
        explained = _warning(result, f"this follows from {cause.code}", told)
        return replace(explained, topic=cause.topic, values=cause.values)
    unseen = next(iter(_unseen(result, results)), None)
    if unseen is not None:
        return _warning(result, f"what could not be seen may explain it ({unseen.code})")
    return replace(result, topic=_topic(result, evidence))


def cause_among(results: Sequence[CheckResult]) -> CheckResult | None:
    """What best explains that the node is not connected: the nearest FAIL, else the nearest WARN."""
    causes = [result for result in results if explains(result)]
    certain = (result for result in causes if result.status is CheckStatus.FAIL)
    return next(certain, causes[0] if causes else None)


def _unseen(symptom: CheckResult, results: Sequence[CheckResult]) -> Iterator[CheckResult]:
    """What could not be seen and may explain the symptom; an unseen connection may be well, and the ping lag."""
    for result in results:
        lags = result.code == "node.connection" and symptom.code != result.code
        if result.status is CheckStatus.UNKNOWN and (lags or _may_explain(result)):
            yield result


def _topic(symptom: CheckResult, evidence: Evidence) -> str:
    """Nothing else is wrong: an agent that was heard of before has stopped, one that never was is not set up."""
    managed = seen(evidence.managed)
    if managed is not None and managed.ping_status in (PingStatus.CONNECTION_LOST, PingStatus.INACTIVE):
        return "agent-stopped"
    if evidence.managed is not None and managed is None and not isinstance(evidence.managed, Unseen):
        return symptom.topic if symptom.code == "node.registered" else "node-not-listed"
    return symptom.topic
