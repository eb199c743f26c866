"""What a user is told of a failure: the exact words first, and nothing twice."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from smtui.domain.failure import from_fault
from smtui.domain.fault import Fault, FaultKind

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_the_words_are_not_told_twice() -> None:
    fault = Fault(
        FaultKind.TARGET_NOT_CONNECTED, "ssm:StartSession", "TargetNotConnected", "i-1 is not connected.", at=AT
    )
    failure = from_fault("The session on web-1 did not start", fault)
    assert failure.details().splitlines() == [
        "The session on web-1 did not start.",
        "TargetNotConnected: i-1 is not connected.",
        "(ssm:StartSession, 03:04:05 UTC)",
        fault.next_step(),
        "Likely causes:",
        *(f"  {number}. {cause}" for number, cause in enumerate(failure.causes, 1)),
    ]
    assert failure.causes


def test_what_the_words_do_not_say_is_told() -> None:
    fault = Fault(FaultKind.DENIED, "ssm:StartSession", "AccessDeniedException", "not authorized", at=AT)
    told = from_fault("The session on web-1 did not start", fault).details()
    assert fault.sentence() in told
    assert fault.next_step() in told


@pytest.mark.parametrize("action", ["", "ssm:StartSession"])
def test_awss_words_without_a_stop_get_one_before_the_next_step(action: str) -> None:
    sentence = Fault(FaultKind.OTHER, action, "", "Invalid endpoint: foo", AT).sentence()
    assert sentence.endswith("Invalid endpoint: foo.")
    assert Fault(FaultKind.OTHER, action, "", "Is it?", AT).sentence().endswith("Is it?")
