from __future__ import annotations

from typing import Any

import pytest

from smtui.demo.wire.service_errors import Refusal, Refused
from smtui.demo.wire.service_models import service_model, validate

SSM = service_model("ssm")


def violations(operation: str, params: dict[str, Any]) -> str:
    with pytest.raises(Refused) as caught:
        validate(params, SSM.operation_model(operation).input_shape)
    assert caught.value.refusal is Refusal.INVALID
    return caught.value.detail


def test_values_up_to_the_limits_pass() -> None:
    for results in (5, 50):
        validate({"MaxResults": results}, SSM.operation_model("DescribeInstanceInformation").input_shape)
    assert "MaxResults" in violations("DescribeInstanceInformation", {"MaxResults": 4}).replace(
        "maxResults", "MaxResults"
    )
    validate({"Target": "i-0", "Reason": "r" * 256}, SSM.operation_model("StartSession").input_shape)
    assert "reason" in violations("StartSession", {"Target": "i-0", "Reason": "r" * 257})
    validate({}, None)


@pytest.mark.parametrize(
    ("operation", "params", "words"),
    [
        (
            "DescribeInstanceInformation",
            {"MaxResults": 51},
            "1 validation error detected: Value '51' at 'maxResults' failed to satisfy constraint: "
            "Member must have value less than or equal to 50",
        ),
        (
            "DescribeInstanceInformation",
            {"MaxResults": 4},
            "1 validation error detected: Value '4' at 'maxResults' failed to satisfy constraint: "
            "Member must have value greater than or equal to 5",
        ),
        (
            "StartSession",
            {},
            "1 validation error detected: Value null at 'target' failed to satisfy constraint: Member must not be null",
        ),
        (
            "DescribeSessions",
            {"State": "Past"},
            "1 validation error detected: Value 'Past' at 'state' failed to satisfy constraint: "
            "Member must satisfy enum value set: [Active, History]",
        ),
    ],
)
def test_a_violated_constraint_is_reported_in_awss_words(operation: str, params: dict[str, Any], words: str) -> None:
    assert violations(operation, params) == words


def test_every_violation_is_reported() -> None:
    told = violations("StartSession", {"Target": "", "Reason": "r" * 257, "DocumentName": "a b"})
    assert told.startswith("4 validation errors detected: ")
    assert "at 'target' failed to satisfy constraint: Member must have length greater than or equal to 1" in told
    assert "at 'reason' failed to satisfy constraint: Member must have length less than or equal to 256" in told
    assert "at 'documentName' failed to satisfy constraint: Member must satisfy regular expression pattern" in told


def test_members_of_lists_are_named_by_their_place() -> None:
    told = violations("DescribeSessions", {"State": "Active", "Filters": [{"key": "Target", "value": ""}]})
    assert "at 'filters.1.member.value'" in told
