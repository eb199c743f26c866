"""Judges the evidence that has come so far: runs all checks, weighs their results, and sums them up in a verdict.

Causes explain symptoms, and live evidence outranks configuration. The verdict is one sentence: what is broken, how
certain that is, what else is wrong or unseen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from smtui.diagnosis.check_result import (
    SYMPTOMS,
    Certainty,
    CheckResult,
    CheckStatus,
    Diagnosis,
    Layer,
    Verdict,
)
from smtui.diagnosis.checks import handshake_checks as handshake
from smtui.diagnosis.checks import identity_checks as identity
from smtui.diagnosis.checks import local_checks as local
from smtui.diagnosis.checks import node_checks as node
from smtui.diagnosis.checks import preferences_checks as preferences
from smtui.diagnosis.checks.path import path_checks as path
from smtui.diagnosis.evidence.reading import Lookup, Unseen, seen
from smtui.diagnosis.evidence.record import LOOKUPS, Evidence, Subject
from smtui.diagnosis.topic_values import known_values
from smtui.domain.ages import seconds_between
from smtui.domain.fault import FaultKind
from smtui.domain.node import ConnectionStatus, PingStatus
from smtui.domain.readiness import LISTING_TRUSTED_SECONDS, trusted_connection
from smtui.domain.text import error_words

if TYPE_CHECKING:
    from smtui.diagnosis.check import Check

CHECKS: tuple[Check, ...] = (
    *local.CHECKS,
    *node.CHECKS,
    *identity.CHECKS,
    *path.CHECKS,
    *handshake.CHECKS,
    *preferences.CHECKS,
)
"""In the order of the chain."""

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
_MOST_CODES = 3
_MOST_ACTIONS = 3
_BESIDE_A_CONNECTION = frozenset({"node.agent_version", "node.tier", "identity.policy"})
"""Checks that may still prevent a session on a connected node, apart from this machine and the preferences. The
connection itself proves the rest."""

_NOT_NAMES = {"The", "A", "An", "No", "It", "Its", "There", "This", "None", "Nothing", "Neither", "What", "Sessions"}
"""First words of findings that get a small letter in mid-sentence; others may be names or ids."""


def checks_for(subject: Subject) -> tuple[Check, ...]:
    """All checks for a node; only those of this machine where there is none."""
    return CHECKS if subject.node_id else local.CHECKS


def judged(evidence: Evidence, awaited: Collection[Lookup[Any]] = ()) -> Diagnosis:
    """Judge the evidence; cheap enough for every reading. A failed symptom stays pending until all checks are known.

    `awaited` are lookups being done again: the checks that rest on them are pending, and their old results still
    count for the others.
    """
    checks = checks_for(evidence.subject)
    judged_now = {check.code: result for check in checks if (result := _result(check, evidence)) is not None}
    anew = {check.code for check in checks if not set(awaited).isdisjoint(check.rests_on)}
    all_known = len(judged_now) == len(checks)
    known = weighed(list(judged_now.values()), evidence)
    results = [result for result in known if result.code not in anew and (all_known or not _waits(result))]
    settled = {result.code for result in results}
    return Diagnosis(
        target=evidence.subject.node_id,
        results=tuple(results),
        pending=tuple(check.code for check in checks if check.code not in settled),
        verdict=verdict(results, evidence) if all_known and not anew else None,
        values=known_values(evidence),
    )


def _result(check: Check, evidence: Evidence) -> CheckResult | None:
    try:
        return check.result(evidence)
    except Exception as error:  # a bug in one check must not cost the others
        line = f"{type(error).__name__}: {error_words(error)}"
        return CheckResult(check.code, CheckStatus.UNKNOWN, "This check failed because of a bug in smtui.", (line,))


def _waits(result: CheckResult) -> bool:
    """Whether nothing explains it yet, but something still may."""
    return result.code in SYMPTOMS and result.status is CheckStatus.FAIL


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
    lines = (*result.evidence, *evidence)
    return replace(result, status=CheckStatus.WARN, finding=finding, evidence=lines, certainty=Certainty.LIKELY)


def _explained(result: CheckResult, results: Sequence[CheckResult], evidence: Evidence) -> CheckResult:
    if result.code not in SYMPTOMS or result.status is not CheckStatus.FAIL:
        return result
    cause = cause_among(results)
    if cause is not None:
        line = f"{cause.code} {cause.status}: {cause.finding}"
        explained = _warning(result, f"this follows from {cause.code}", line)
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


def verdict(results: Sequence[CheckResult], evidence: Evidence) -> Verdict:
    """The verdict on the nearest broken link: this machine first, then the chain from the node to its preferences."""
    first = _first_broken(results)
    unknown = [result for result in results if result.status is CheckStatus.UNKNOWN]
    others = [result for result in results if _is_wrong(result) and result is not first]
    opening = _opening(first, results, evidence)
    parts = [
        opening.sentence,
        _also(first, [result for result in others if result.code not in SYMPTOMS]),
        _not_seen(unknown, evidence),
    ]
    sentence = "; ".join(part for part in parts if part)
    return replace(opening, sentence=f"{sentence}.", code=first.code if first else "")


def _is_wrong(result: CheckResult) -> bool:
    return result.status in (CheckStatus.FAIL, CheckStatus.WARN)


def _first_broken(results: Sequence[CheckResult]) -> CheckResult | None:
    """The first FAIL of the chain; a symptom counts only where nothing explains it; else what explains a symptom."""
    failed = [result for result in results if result.status is CheckStatus.FAIL]
    causes = (result for result in failed if result.code not in SYMPTOMS and result.layer is not Layer.PREFERENCES)
    symptoms = [result for result in results if result.code in SYMPTOMS and _is_wrong(result)]
    likely = cause_among(results) if symptoms else None
    return next(causes, None) or likely or next(iter(failed), None)


def _opening(first: CheckResult | None, results: Sequence[CheckResult], evidence: Evidence) -> Verdict:
    """The verdict's first part. "Certain" is said only here, and only of what a check has proven."""
    node = evidence.subject.called
    if first is None:
        return _nothing_broken(results, evidence)
    said = _in_mid_sentence(first.finding)
    certain = first.certainty is Certainty.CERTAIN
    if first.layer is Layer.LOCAL:
        opening = "No session can start from here"
        return _sure_verdict(opening, opening, said, certain=certain)
    if first.layer is Layer.PREFERENCES:
        headline = "Can be reached, but sessions may fail · likely"
        return Verdict(f"{node} can be reached, but its sessions may fail (likely): {said}", headline=headline)
    if is_connected(results, evidence):
        opening = f"{node} is connected, but the session that was asked for cannot start"
        return _sure_verdict(opening, "Connected, but this session cannot start", said, certain=certain)
    certain = is_cut_off(results) and (certain or first.code in SYMPTOMS)
    nothing_else = ", and nothing else explains it" if first.code in SYMPTOMS else ""
    return _sure_verdict(f"{node} cannot be reached", "Cannot be reached", said, nothing_else, certain=certain)


def _sure_verdict(opening: str, headline: str, said: str, nothing_else: str = "", *, certain: bool) -> Verdict:
    """The verdict that no session can start."""
    sentence = f"{opening} ({_sure(certain)}){nothing_else}: {said}"
    return Verdict(sentence, can_start=False, certain=certain, headline=f"{headline} · {_sure(certain)}")


def _sure(certain: bool) -> str:
    return "certain" if certain else "likely"


def _nothing_broken(results: Sequence[CheckResult], evidence: Evidence) -> Verdict:
    node = evidence.subject.called
    if not node:
        unseen = any(result.status is CheckStatus.UNKNOWN for result in results)
        sentence = "Nothing broken was found here" if unseen else "This machine has what sessions need"
        return Verdict(sentence, headline=sentence)
    if is_connected(results, evidence):
        certain = not any(_leaves_doubt(result) for result in results)
        sentence = f"{node} is connected and a session can start ({_sure(certain)})"
        return Verdict(sentence, can_start=True, certain=certain, headline=f"A session can start · {_sure(certain)}")
    if any(result.code in SYMPTOMS and _is_wrong(result) for result in results):
        sentence = f"{node} is not connected, but nothing broken was found in what could be seen"
        headline = "Not connected, and nothing broken was found"
        return Verdict(sentence, can_start=False, certain=is_cut_off(results), headline=headline)
    return Verdict(f"Nothing broken was found at {node} (likely)", headline="Nothing broken was found · likely")


def _leaves_doubt(result: CheckResult) -> bool:
    """Whether this result means that a session on a connected node may still fail to start."""
    if result.code == "local.aws_cli" or result.certainty is Certainty.ASIDE:
        return False
    if result.layer in (Layer.LOCAL, Layer.PREFERENCES) or result.code in _BESIDE_A_CONNECTION:
        return result.status is CheckStatus.UNKNOWN or _is_wrong(result)
    return result.layer in LINKS and _is_wrong(result)


def _also(first: CheckResult | None, others: Sequence[CheckResult]) -> str:
    """The codes of the other problems, failures before warnings."""
    codes = [result.code for result in sorted(others, key=lambda result: result.status is not CheckStatus.FAIL)]
    return f"{'also wrong' if first else 'worth a look'}: {_some(codes, _MOST_CODES)}" if codes else ""


def _not_seen(unknown: Sequence[CheckResult], evidence: Evidence) -> str:
    """The missing permissions, or else the checks that could not be judged."""
    if not unknown:
        return ""
    denied = _denied_actions(evidence)
    return f"not seen: {_some(denied or [result.code for result in unknown], _MOST_ACTIONS)}"


def _denied_actions(evidence: Evidence) -> list[str]:
    readings = (lookup.of(evidence) for lookup in LOOKUPS)
    faults = (reading.fault for reading in readings if isinstance(reading, Unseen))
    return list(dict.fromkeys(fault.action for fault in faults if fault.kind is FaultKind.DENIED and fault.action))


def _some(names: Sequence[str], most: int) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def _in_mid_sentence(finding: str) -> str:
    first, blank, rest = finding.rstrip(".").partition(" ")
    return f"{first.lower() if first in _NOT_NAMES else first}{blank}{rest}"
