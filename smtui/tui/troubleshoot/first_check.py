"""Which check the cursor is led to: the one that explains what failed, or what is wrong."""

from __future__ import annotations

from smtui.diagnosis.check_result import Certainty, CheckStatus, Diagnosis, Layer
from smtui.topics.causes import UNKNOWN_FAILURE
from smtui.topics.failure import Failure


def cause(diagnosis: Diagnosis, failure: Failure | None) -> str:
    """The code of the check that says what is wrong, or what made the session fail; empty where none does.

    A denied StartSession is not explained by a closed security group, however broken that is: what was found must lie
    where such a failure comes from. A failure's cause is known as soon as one is proven, before the last check is in.
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
    """The nearest proven cause so far. A nearer one may still come; preferences only explain what points at them."""
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
