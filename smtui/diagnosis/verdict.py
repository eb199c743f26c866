"""One sentence over all results: what is broken first, how sure we are, what else is wrong, what could not be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from smtui.diagnosis.weighing import SYMPTOMS, cause_among, is_connected
from smtui.domain.check import CheckResult, CheckStatus, Layer, Verdict
from smtui.domain.evidence.reading import Unseen
from smtui.domain.evidence.record import Evidence
from smtui.domain.fault import FaultKind

_MOST_CODES = 3
_MOST_ACTIONS = 3
_OF_NAMES = ("path.private_dns", "path.vpc_dns")
"""Private hosted zones, or DNS servers of one's own, may give the node the names all the same."""

_NOT_NAMES = {"The", "A", "An", "No", "It", "Its", "There", "This", "None", "Nothing", "Neither", "What", "Sessions"}
"""First words of findings that are written small in mid-sentence; others may be names or ids."""


def verdict(results: Sequence[CheckResult], evidence: Evidence) -> Verdict:
    """The nearest broken link comes first: this machine, then the chain from the node to its preferences."""
    first = _first_broken(results)
    unknown = [result for result in results if result.status is CheckStatus.UNKNOWN]
    others = [result for result in results if _is_wrong(result) and result is not first]
    parts = [
        _opening(first, results, evidence),
        _also(first, [result for result in others if result.code not in SYMPTOMS]),
        _not_seen(unknown, evidence),
    ]
    sentence = "; ".join(part for part in parts if part)
    return Verdict(f"{sentence}.", first.code if first else "")


def _is_wrong(result: CheckResult) -> bool:
    return result.status in (CheckStatus.FAIL, CheckStatus.WARN)


def _first_broken(results: Sequence[CheckResult]) -> CheckResult | None:
    """The first FAIL of the chain; a symptom counts only where nothing explains it; else what explains a symptom."""
    failed = [result for result in results if result.status is CheckStatus.FAIL]
    causes = (result for result in failed if result.code not in SYMPTOMS and result.layer is not Layer.PREFERENCES)
    symptoms = [result for result in results if result.code in SYMPTOMS and _is_wrong(result)]
    likely = cause_among(results) if symptoms else None
    return next(causes, None) or likely or next(iter(failed), None)


def _opening(first: CheckResult | None, results: Sequence[CheckResult], evidence: Evidence) -> str:
    node = evidence.subject.called
    if first is None:
        return _nothing_broken(results, evidence)
    said = _in_mid_sentence(first.finding)
    if first.layer is Layer.LOCAL:
        return f"No session can start from here (certain): {said}"
    if first.layer is Layer.PREFERENCES:
        return f"{node} can be reached, but its sessions may fail (likely): {said}"
    if is_connected(results, evidence):
        return f"{node} is connected, but the session that was asked for cannot start (certain): {said}"
    if first.code in SYMPTOMS:
        return f"{node} cannot be reached (certain), and nothing else explains it: {said}"
    return f"{node} cannot be reached ({_how_sure(first, results)}): {said}"


def _how_sure(cause: CheckResult, results: Sequence[CheckResult]) -> str:
    """Certain is a broken link of a node that was seen to be cut off; or a machine that does not run."""
    if cause.status is not CheckStatus.FAIL or cause.code in _OF_NAMES:
        return "likely"
    cut_off = any(result.code in SYMPTOMS and _is_wrong(result) for result in results)
    return "certain" if cut_off or cause.layer is Layer.NODE else "likely"


def _nothing_broken(results: Sequence[CheckResult], evidence: Evidence) -> str:
    node = evidence.subject.called
    if not node:
        unseen = any(result.status is CheckStatus.UNKNOWN for result in results)
        return "Nothing broken was found here" if unseen else "This machine has what sessions need"
    if is_connected(results, evidence):
        return f"{node} is connected and a session can start (certain)"
    if any(result.code in SYMPTOMS and _is_wrong(result) for result in results):
        return f"{node} is not connected, but nothing broken was found in what could be seen"
    return f"Nothing broken was found at {node} (likely)"


def _also(first: CheckResult | None, others: Sequence[CheckResult]) -> str:
    """The other things wrong, those that are broken before those that are only worth a look."""
    codes = [result.code for result in sorted(others, key=lambda result: result.status is not CheckStatus.FAIL)]
    return f"{'also wrong' if first else 'worth a look'}: {_some(codes, _MOST_CODES)}" if codes else ""


def _not_seen(unknown: Sequence[CheckResult], evidence: Evidence) -> str:
    """The permissions that are missing, or else the checks that could not be judged."""
    if not unknown:
        return ""
    denied = _denied_actions(evidence)
    return f"not seen: {_some(denied or [result.code for result in unknown], _MOST_ACTIONS)}"


def _denied_actions(evidence: Evidence) -> list[str]:
    readings = (getattr(evidence, field.name) for field in fields(evidence))
    faults = (reading.fault for reading in readings if isinstance(reading, Unseen))
    return list(dict.fromkeys(fault.action for fault in faults if fault.kind is FaultKind.DENIED and fault.action))


def _some(names: Sequence[str], most: int) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def _in_mid_sentence(finding: str) -> str:
    first, blank, rest = finding.rstrip(".").partition(" ")
    return f"{first.lower() if first in _NOT_NAMES else first}{blank}{rest}"
