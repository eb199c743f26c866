"""Sums up all results in one sentence: what is broken, how certain that is, what else is wrong or unseen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from smtui.diagnosis.check_result import Certainty, CheckResult, CheckStatus, Layer, Verdict
from smtui.diagnosis.evidence.reading import Unseen
from smtui.diagnosis.evidence.record import LOOKUPS, Evidence
from smtui.diagnosis.weighing import LINKS, SYMPTOMS, cause_among, is_connected, is_cut_off
from smtui.domain.fault import FaultKind

_MOST_CODES = 3
_MOST_ACTIONS = 3
_BESIDE_A_CONNECTION = frozenset({"node.agent_version", "node.tier", "identity.policy"})
"""Checks that may still prevent a session on a connected node, apart from this machine and the preferences. The
connection itself proves the rest."""

_NOT_NAMES = {"The", "A", "An", "No", "It", "Its", "There", "This", "None", "Nothing", "Neither", "What", "Sessions"}
"""First words of findings that get a small letter in mid-sentence; others may be names or ids."""


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
        return Verdict(f"No session can start from here ({_sure(certain)}): {said}", can_start=False, certain=certain)
    if first.layer is Layer.PREFERENCES:
        return Verdict(f"{node} can be reached, but its sessions may fail (likely): {said}")
    if is_connected(results, evidence):
        sentence = f"{node} is connected, but the session that was asked for cannot start ({_sure(certain)}): {said}"
        return Verdict(sentence, can_start=False, certain=certain)
    certain = is_cut_off(results) and (certain or first.code in SYMPTOMS)
    nothing_else = ", and nothing else explains it" if first.code in SYMPTOMS else ""
    sentence = f"{node} cannot be reached ({_sure(certain)}){nothing_else}: {said}"
    return Verdict(sentence, can_start=False, certain=certain)


def _sure(certain: bool) -> str:
    return "certain" if certain else "likely"


def _nothing_broken(results: Sequence[CheckResult], evidence: Evidence) -> Verdict:
    node = evidence.subject.called
    if not node:
        unseen = any(result.status is CheckStatus.UNKNOWN for result in results)
        return Verdict("Nothing broken was found here" if unseen else "This machine has what sessions need")
    if is_connected(results, evidence):
        certain = not any(_leaves_doubt(result) for result in results)
        sentence = f"{node} is connected and a session can start ({_sure(certain)})"
        return Verdict(sentence, can_start=True, certain=certain)
    if any(result.code in SYMPTOMS and _is_wrong(result) for result in results):
        sentence = f"{node} is not connected, but nothing broken was found in what could be seen"
        return Verdict(sentence, can_start=False, certain=is_cut_off(results))
    return Verdict(f"Nothing broken was found at {node} (likely)")


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
