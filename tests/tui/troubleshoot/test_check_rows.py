"""Which check is the cause: what was found must lie where such a failure comes from."""

from __future__ import annotations

import pytest

from smtui.diagnosis.check_result import CheckResult, CheckStatus, Diagnosis, Verdict
from smtui.topics.failure import Failure
from smtui.tui.troubleshoot.check_rows import cause

NODE = ("node.state", "identity.policy", "path.route")


def diagnosed(code: str, *failing: str) -> Diagnosis:
    results = tuple(CheckResult(each, CheckStatus.FAIL, "It is broken.") for each in failing)
    return Diagnosis("i-1", results, verdict=Verdict("It is broken.", code))


def failure(topic: str, *look_at: str) -> Failure:
    return Failure("It failed", "words", "", "", "", topic=topic, look_at=look_at)


@pytest.mark.parametrize(
    ("diagnosis", "failed", "code"),
    [
        (diagnosed("path.route", "path.route"), None, "path.route"),
        (diagnosed(""), None, ""),
        (diagnosed("path.network_acl", "path.network_acl"), failure("target-not-connected", *NODE), "path.network_acl"),
        (diagnosed("path.route", "path.route"), failure("no-permission-to-start", "local.permission"), ""),
        (diagnosed("path.route", "path.route", "local.clock"), failure("x", "local.clock"), "local.clock"),
        (diagnosed("path.route", "path.route"), failure("idle-timeout"), ""),
        (diagnosed("path.route", "path.route"), failure("unknown-failure", "local.clock"), "path.route"),
        (diagnosed("path.route"), failure("unknown-failure"), ""),
        (Diagnosis("i-1", ()), None, ""),
    ],
)  # fmt: skip
def test_the_cause(diagnosis: Diagnosis, failed: Failure | None, code: str) -> None:
    assert cause(diagnosis, failed) == code
