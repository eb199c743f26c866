"""What a user is told of a failure: the exact words first, and nothing twice."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from smtui.domain.fault import Fault, FaultKind
from smtui.domain.outcome import PluginRun, PluginWord, PluginWords, judge
from smtui.domain.place import Place
from smtui.domain.request import SessionRequest
from smtui.topics.failure import from_fault, from_run, not_ended
from smtui.topics.next_step import after_fault

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_the_words_are_not_reported_twice() -> None:
    fault = Fault(
        FaultKind.TARGET_NOT_CONNECTED, "ssm:StartSession", "TargetNotConnected", "i-1 is not connected.", at=AT
    )
    failure = from_fault("The session on web-1 did not start", fault)
    assert failure.details().splitlines() == [
        "The session on web-1 did not start.",
        "TargetNotConnected: i-1 is not connected.",
        "(ssm:StartSession, 03:04:05 UTC)",
        after_fault(fault),
        "Likely causes:",
        *(f"  {number}. {cause}" for number, cause in enumerate(failure.causes, 1)),
    ]
    assert failure.causes


def test_what_the_words_do_not_say_is_reported() -> None:
    fault = Fault(FaultKind.DENIED, "ssm:StartSession", "AccessDeniedException", "not authorized", at=AT)
    told = from_fault("The session on web-1 did not start", fault).details()
    assert fault.sentence() in told
    assert after_fault(fault) in told


@pytest.mark.parametrize("action", ["", "ssm:StartSession"])
def test_awss_words_without_a_stop_get_one_before_the_next_step(action: str) -> None:
    sentence = Fault(FaultKind.OTHER, action, "", "Invalid endpoint: foo", AT).sentence()
    assert sentence.endswith("Invalid endpoint: foo.")
    assert Fault(FaultKind.OTHER, action, "", "Is it?", AT).sentence().endswith("Is it?")


def test_what_the_session_knows_fills_the_topics_commands() -> None:
    refused = Fault(FaultKind.INVALID_DOCUMENT, "ssm:StartSession", "InvalidDocument", "no", AT)
    assert from_fault("t", refused, SessionRequest("i-1", document_name="Acme")).values == {"document": "Acme"}
    lost = PluginRun(exit_status=0, spoke=True, words=PluginWords(PluginWord.TIMED_OUT))
    assert from_run("web-1", "ops-1", judge(lost), lost).values == {"session_id": "ops-1"}
    assert not_ended("web-1", "ops-1", refused, Place()).values == {"session_id": "ops-1"}


def test_what_the_node_may_have_printed_is_not_for_others() -> None:
    run = PluginRun(exit_status=1, spoke=True, tail="$ cat key\nSECRET\n", words=PluginWords(PluginWord.OTHER))
    failure = from_run("web-1", "ops-1", judge(run), run)
    assert failure.words == "The plugin ended with status 1: SECRET"
    assert failure.without_output().words == "The plugin ended with status 1: …"
    assert "SECRET" not in failure.without_output().details()


def test_the_plugins_own_words_are() -> None:
    run = PluginRun(exit_status=2, spoke=True, tail="x\npanic: boom", words=PluginWords(PluginWord.PANIC, "boom"))
    failure = from_run("web-1", "ops-1", judge(run), run)
    assert failure.without_output().words == failure.words == "The plugin crashed: boom"
    assert failure.without_output().tail == ()
