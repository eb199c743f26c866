"""All checks over the evidence so far."""

from __future__ import annotations

from collections.abc import Collection

from smtui.diagnosis import handshake, identity, local, node, path, preferences
from smtui.diagnosis.checking import Check
from smtui.diagnosis.values import known_values
from smtui.diagnosis.verdict import verdict
from smtui.diagnosis.weighing import SYMPTOMS, weighed
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


def judged(evidence: Evidence, awaited: Collection[str] = ()) -> Diagnosis:
    """Cheap enough to be called after each reading. A symptom that is not well stays pending until it is explained.

    `awaited` are fields that are being read anew: what rests on them is pending, and goes on counting as it was.
    """
    checks = checks_for(evidence.subject)
    judged_now = {check.code: result for check in checks if (result := _result(check, evidence)) is not None}
    anew = {check.code for check in checks if not set(awaited).isdisjoint((*check.needs, *check.uses))}
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
    except Exception as error:  # one check's fault of ours must not cost the others
        told = f"{type(error).__name__}: {error}"
        return CheckResult(check.code, CheckStatus.UNKNOWN, "This check failed by a fault of smtui's own.", (told,))


def _waits(result: CheckResult) -> bool:
    """Nothing explains it yet, but more may come."""
    return result.code in SYMPTOMS and result.status is CheckStatus.FAIL
