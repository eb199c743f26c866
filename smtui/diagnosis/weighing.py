"""Weighs each result against the others: causes explain symptoms, and live evidence outranks configuration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from smtui.diagnosis.check_result import Certainty, CheckResult, CheckStatus, Layer
from smtui.diagnosis.evidence.reading import Unseen, seen
from smtui.diagnosis.evidence.record import LOOKUPS, Evidence
from smtui.domain.ages import seconds_between
from smtui.domain.node import ConnectionStatus, PingStatus
from smtui.domain.readiness import LISTING_TRUSTED_SECONDS, trusted_connection

SYMPTOMS = ("node.registered", "node.ping", "node.connection")
"""Checks that fail because something else does: they stay pending until all others are known."""

_LONG_SESSION = "log-retention"
"""The topic of a ping that was lost during a long session, and then of the node's other symptoms too."""

LINKS = (Layer.IDENTITY, Layer.PATH, Layer.HANDSHAKE)
"""The layers that an agent needs to connect; preferences matter only after that."""

_SEEN_CUT_OFF = ("node.state", "node.registered", "node.connection")
"""Checks in which AWS itself says that the node is cut off; a lost ping may only be late."""

_CAUSES_AT_THE_NODE = ("node.state", "node.status_checks", "node.agent_version", "node.tier")
_NEEDED_BY_SSMMESSAGES = {
    "identity.policy",
    "path.endpoint_ssmmessages",
    "path.endpoint_ec2messages",
    "path.private_dns",
    "path.endpoint_security_group",
    "path.endpoint_policy",
}
"""Checks whose fault may break the connection of an agent that still reports to Systems Manager."""


def weighed(results: Sequence[CheckResult], evidence: Evidence) -> tuple[CheckResult, ...]:
    """The results of all checks, each weighed against the others."""
    outranked = [_outranked(result, results, evidence) for result in results]
    return tuple(_explained(result, outranked, evidence) for result in outranked)


def explains(result: CheckResult) -> bool:
    """Whether this FAIL or WARN may be why the node's agent is not connected."""
    broken = result.status in (CheckStatus.WARN, CheckStatus.FAIL)
    return broken and result.certainty is not Certainty.ASIDE and _may_explain(result)


def _may_explain(result: CheckResult) -> bool:
    return result.layer in LINKS or result.code in _CAUSES_AT_THE_NODE


def is_cut_off(results: Sequence[CheckResult]) -> bool:
    """Whether AWS says that no session can reach the node now, for whatever reason."""
    return any(
        result.code in _SEEN_CUT_OFF and result.status in (CheckStatus.WARN, CheckStatus.FAIL) for result in results
    )


def is_connected(results: Sequence[CheckResult], evidence: Evidence) -> bool:
    """Whether AWS says so now. A machine that is not running is not connected, whatever its agent last reported."""
    if any(result.code == "node.state" and result.status is CheckStatus.FAIL for result in results):
        return False
    return trusted_connection(seen(evidence.connection), evidence.now) is ConnectionStatus.CONNECTED


def _outranked(result: CheckResult, results: Sequence[CheckResult], evidence: Evidence) -> CheckResult:
    """Downgrades what live evidence contradicts.

    A configuration fault on a working node becomes a warning; a path that smtui cannot follow to its end is skipped.
    """
    if result.status is CheckStatus.UNKNOWN and result.layer is Layer.PATH:
        return _moot(result) if _is_out_of_sight(result, evidence) and is_connected(results, evidence) else result
    if result.status is not CheckStatus.FAIL:
        return result
    links = result.layer in LINKS or result.code in ("node.status_checks", "node.registered")
    if links and is_connected(results, evidence):
        return _warning(result, "the node is connected anyway")
    if result.layer in LINKS and result.code not in _NEEDED_BY_SSMMESSAGES and _reports(results, evidence):
        return _warning(result, "the node reports to Systems Manager anyway")
    return result


def _is_out_of_sight(result: CheckResult, evidence: Evidence) -> bool:
    """Whether no permission would show more; a check that failed because of a bug has no topic."""
    readings = (lookup.of(evidence) for lookup in LOOKUPS)
    missing = {reading.fault.sentence() for reading in readings if isinstance(reading, Unseen)}
    return bool(result.topic) and result.finding not in missing


def _moot(result: CheckResult) -> CheckResult:
    finding = f"{result.finding.removesuffix('.')}; the node is connected anyway."
    return replace(result, status=CheckStatus.SKIPPED, finding=finding, topic="")


def _reports(results: Sequence[CheckResult], evidence: Evidence) -> bool:
    """Whether the agent pinged a moment ago, where its connection itself could not be seen."""
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
    told = (*result.evidence, *evidence)
    return replace(result, status=CheckStatus.WARN, finding=finding, evidence=told, certainty=Certainty.LIKELY)


def _explained(result: CheckResult, results: Sequence[CheckResult], evidence: Evidence) -> CheckResult:
    if result.code not in SYMPTOMS or result.status is not CheckStatus.FAIL:
        return result
    cause = cause_among(results)
    if cause is not None:
        told = f"{cause.code} {cause.status}: {cause.finding}"
        explained = _warning(result, f"this follows from {cause.code}", told)
        return replace(explained, topic=cause.topic, values=cause.values, each=cause.each)
    unseen = next(iter(_unseen(result, results)), None)
    if unseen is not None:
        return _warning(result, f"what could not be seen may explain it ({unseen.code})")
    return replace(result, topic=_topic(result, results, evidence))


def cause_among(results: Sequence[CheckResult]) -> CheckResult | None:
    """The best explanation why the node is not connected: the nearest FAIL, else the nearest WARN."""
    causes = [result for result in results if explains(result)]
    failed = (result for result in causes if result.status is CheckStatus.FAIL)
    return next(failed, causes[0] if causes else None)


def _unseen(symptom: CheckResult, results: Sequence[CheckResult]) -> Iterator[CheckResult]:
    """Unknown results that may explain the symptom; an unseen connection may be fine, and the ping only late."""
    for result in results:
        lags = result.code == "node.connection" and symptom.code != result.code
        if result.status is CheckStatus.UNKNOWN and (lags or _may_explain(result)):
            yield result


def _topic(symptom: CheckResult, results: Sequence[CheckResult], evidence: Evidence) -> str:
    """The topic when nothing else is wrong: an agent that has pinged before has stopped, another was never set up."""
    managed = seen(evidence.managed)
    if managed is not None and managed.ping_status in (PingStatus.CONNECTION_LOST, PingStatus.INACTIVE):
        ping = next((result for result in results if result.code == "node.ping"), symptom)
        return ping.topic if ping.topic == _LONG_SESSION else "agent-stopped"
    if evidence.managed is not None and managed is None and not isinstance(evidence.managed, Unseen):
        return symptom.topic if symptom.code == "node.registered" else "node-not-listed"
    return symptom.topic
