"""Which check the cursor is led to, once all have their results."""

from __future__ import annotations

from smtui.domain.check import CheckStatus, Diagnosis
from smtui.domain.failure import Failure
from smtui.domain.failure_table import UNKNOWN_FAILURE


def cause(diagnosis: Diagnosis, failure: Failure | None) -> str:
    """The code of the check that says what is wrong, or what made the session fail; empty where none does.

    A denied StartSession is not explained by a closed security group, however broken that is: what was found must lie
    where such a failure comes from.
    """
    verdict = diagnosis.verdict
    if verdict is None:
        return ""
    if failure is None:
        return verdict.code
    if failure.topic == UNKNOWN_FAILURE:
        return verdict.code if _fails(diagnosis, verdict.code) else ""
    if verdict.code and _layer(verdict.code) in map(_layer, failure.look_at):
        return verdict.code
    return next((code for code in failure.look_at if _fails(diagnosis, code)), "")


def _layer(code: str) -> str:
    return code.partition(".")[0]


def _fails(diagnosis: Diagnosis, code: str) -> bool:
    result = diagnosis.result(code)
    return result is not None and result.status is CheckStatus.FAIL
