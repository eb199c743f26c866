"""All checks over the evidence so far."""

from __future__ import annotations

from smtui.diagnosis import handshake, identity, local, node, path, preferences
from smtui.diagnosis.checking import Check
from smtui.diagnosis.values import known_values
from smtui.diagnosis.weighing import SYMPTOMS, verdict, weighed
from smtui.domain.check import CheckResult, CheckStatus, Diagnosis
from smtui.domain.evidence.record import Evidence, Subject

CHECKS: tuple[Check, ...] = (
    *local.CHECKS,
    *node.CHECKS,
    *identity.CHECKS,
    *path.CHECKS,
    *handshake.CHECKS,
    *preferences.CHECKS,
)
"""In the order of the chain."""


def checks_for(subject: Subject) -> tuple[Check, ...]:
    """Without a node only this machine is examined."""
    return CHECKS if subject.node_id else local.CHECKS


def judged(evidence: Evidence) -> Diagnosis:
    """Cheap enough to be called after each reading. A symptom that is not well stays pending to the end."""
    checks = checks_for(evidence.subject)
    found = {check.code: check.result(evidence) for check in checks}
    results = [result for result in found.values() if result is not None]
    complete = len(results) == len(checks)
    if not complete:
        results = [result for result in results if not _waits(result)]
    results = list(weighed(results, evidence))
    settled = {result.code for result in results}
    return Diagnosis(
        target=evidence.subject.node_id,
        results=tuple(results),
        pending=tuple(check.code for check in checks if check.code not in settled),
        verdict=verdict(results, evidence) if complete else None,
        values=known_values(evidence),
    )


def _waits(result: CheckResult) -> bool:
    return result.code in SYMPTOMS and result.status is CheckStatus.FAIL
