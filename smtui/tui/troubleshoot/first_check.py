"""Finds the check that explains what failed, or what is wrong; the cursor goes there."""

from __future__ import annotations

from smtui.diagnosis.check_result import Certainty, CheckStatus, Diagnosis, Layer
from smtui.topics.causes import UNKNOWN_FAILURE
from smtui.topics.failure import Failure


def cause(diagnosis: Diagnosis, failure: Failure | None) -> str:
    """Return the code of the check that explains the failure, or without one what is wrong; empty if none does.

    A closed security group does not explain a denied StartSession: the check must lie in a layer from which such a
    failure comes. A proven cause counts at once, before the last check is done.
    """
    verdict = diagnosis.verdict
    if failure is None:
        return verdict.code if verdict is not None else ""
    if verdict is None:
        return _proven(diagnosis, failure)
    if failure.topic == UNKNOWN_FAILURE:
        return verdict.code if _fails(diagnosis, verdict.code) else ""
    if verdict.code and _layer(verdict.code) in map(_layer, failure.look_at):
        return verdict.code
    return next((code for code in failure.look_at if _fails(diagnosis, code)), "")


def _proven(diagnosis: Diagnosis, failure: Failure) -> str:
    """Return the nearest proven cause so far; preferences count only if the failure points at them."""
    layers = set(map(_layer, failure.look_at)) - {Layer.PREFERENCES.value}
    for result in diagnosis.results:
        explains = result.layer.value in layers or result.code in failure.look_at
        if result.certainty is Certainty.CERTAIN and explains and failure.topic != UNKNOWN_FAILURE:
            return result.code
    return ""


def _layer(code: str) -> str:
    return code.partition(".")[0]


def _fails(diagnosis: Diagnosis, code: str) -> bool:
    result = diagnosis.result(code)
    return result is not None and result.status is CheckStatus.FAIL
