"""Runs all checks over the evidence that has come so far."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from smtui.diagnosis.check import Check
from smtui.diagnosis.check_result import CheckResult, CheckStatus, Diagnosis
from smtui.diagnosis.checks import handshake_checks as handshake
from smtui.diagnosis.checks import identity_checks as identity
from smtui.diagnosis.checks import local_checks as local
from smtui.diagnosis.checks import node_checks as node
from smtui.diagnosis.checks import preferences_checks as preferences
from smtui.diagnosis.checks.path import path_checks as path
from smtui.diagnosis.evidence.lookup import Lookup
from smtui.diagnosis.evidence.record import Evidence, Subject
from smtui.diagnosis.topic_values import known_values
from smtui.diagnosis.verdict import verdict
from smtui.diagnosis.weighing import SYMPTOMS, weighed
from smtui.domain.text import error_words

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
        told = f"{type(error).__name__}: {error_words(error)}"
        return CheckResult(check.code, CheckStatus.UNKNOWN, "This check failed because of a bug in smtui.", (told,))


def _waits(result: CheckResult) -> bool:
    """Whether nothing explains it yet, but something still may."""
    return result.code in SYMPTOMS and result.status is CheckStatus.FAIL
