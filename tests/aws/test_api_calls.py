"""One call, lists page by page, calls side by side, and calls that give up in time."""

from __future__ import annotations

import json
import threading
import time

import pytest

from smtui.aws import connection
from smtui.aws.api_calls import ApiCalls, side_by_side
from smtui.aws.boto_session import FixedAccess, SessionMaker
from smtui.aws.connection import Patience
from smtui.aws.places import BotoPlaces
from smtui.domain.fault import FaultKind
from smtui.domain.place import Place
from tests.aws.conftest import Answer, ScriptedAws
from tests.aws.evidence_support import NOW, fault_of
from tests.waiting import wait_until

NODE = "i-0123456789abcdef0"


def test_answers_come_in_the_order_of_the_questions() -> None:
    later = threading.Event()

    def ask(number: int) -> int:
        if number == 1:
            assert later.wait(60)
        else:
            later.set()
        return number * 10

    assert side_by_side(ask, [1, 2, 3]) == [10, 20, 30]


def test_nothing_to_ask() -> None:
    assert side_by_side(lambda number: number, []) == []


def test_the_first_failure_is_raised() -> None:
    def ask(number: int) -> int:
        raise ValueError(f"no {number}")

    with pytest.raises(ValueError, match="no"):
        side_by_side(ask, list(range(20)))


def test_threads_that_hang_do_not_hold_up_the_end_of_the_program() -> None:
    seen: list[bool] = []
    side_by_side(lambda _: seen.append(threading.current_thread().daemon), [1, 2])
    assert seen == [True, True]


def test_a_call_that_hangs_gives_up_in_time_and_says_so(scripted: ScriptedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_BRIEF_READ", 0.2)
    scripted.answers[:] = [Answer(mute=True)]
    evidence = BotoPlaces.fixed(scripted.url, "AKID", "secret", "eu-west-1").evidence_at(Place())
    began = time.monotonic()
    fault = fault_of(lambda: evidence.connection_status(NODE))
    assert (fault.kind, fault.action) == (FaultKind.TIMED_OUT, "ssm:GetConnectionStatus")
    assert len(scripted.requests) == 2
    assert time.monotonic() - began < 30, "botocore's own patience is a minute each time"


def test_calls_that_hang_hold_up_no_other(scripted: ScriptedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_BRIEF_READ", 100)
    scripted.answers[:] = [*(Answer(mute=True) for _ in range(30)), Answer(body='{"Status": "connected"}')]
    evidence = BotoPlaces.fixed(scripted.url, "AKID", "secret", "eu-west-1").evidence_at(Place())

    def hang() -> None:
        evidence.connection_status(NODE)

    threads = [threading.Thread(target=lambda: fault_of(hang), daemon=True) for _ in range(30)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(scripted.requests) == 30, lambda: scripted.requests)
    evidence.connection_status(NODE)
    assert [thread for thread in threads if not thread.is_alive()] == [], "none of them gave up its place"
    scripted.answers[:] = [Answer(status=400)]
    scripted.closing.set()
    for thread in threads:
        thread.join(60)


# One call, and lists ---------------------------------------------------------------------------


@pytest.fixture
def calls(scripted: ScriptedAws) -> ApiCalls:
    access = FixedAccess(scripted.url, "AKID", "secret", "eu-west-1")
    return ApiCalls(connection.Connection(Place(), SessionMaker(access), lambda: NOW), lambda: NOW)


def test_the_action_gives_service_and_operation(calls: ApiCalls, scripted: ScriptedAws) -> None:
    scripted.will_answer({"Content": "{}"})
    assert calls.call("ssm:GetDocument", Name="Doc")["Content"] == "{}"
    (request,) = scripted.requests
    assert (request.operation, json.loads(request.body)) == ("GetDocument", {"Name": "Doc"})


def test_an_operation_of_another_name_fails_under_the_permission_that_it_takes(
    calls: ApiCalls, scripted: ScriptedAws
) -> None:
    scripted.will_fail("AccessDeniedException", status=403)
    fault = fault_of(lambda: calls.call("ssm:GetParameters", "get_document", Name="Doc"))
    assert scripted.requests[0].operation == "GetDocument"
    assert (fault.kind, fault.action, fault.at) == (FaultKind.DENIED, "ssm:GetParameters", NOW)


def test_pages_before_a_broken_one_are_given_and_the_broken_one_is_a_fault(
    calls: ApiCalls, scripted: ScriptedAws
) -> None:
    scripted.will_answer({"Sessions": [{"SessionId": "a"}], "NextToken": "t"}, {"Sessions": None})
    pages = calls.pages("ssm:DescribeSessions", page_size=7, State="Active")
    assert next(pages) == [{"SessionId": "a"}]
    fault = fault_of(lambda: next(pages))
    assert (fault.kind, fault.action, fault.message) == (
        FaultKind.SERVICE,
        "ssm:DescribeSessions",
        "The answer holds no list.",
    )
    assert json.loads(scripted.requests[1].body) == {"State": "Active", "MaxResults": 7, "NextToken": "t"}


def test_no_page_is_asked_for_before_it_is_wanted(calls: ApiCalls, scripted: ScriptedAws) -> None:
    scripted.will_answer({"Sessions": [], "NextToken": "t"}, {"Sessions": []})
    pages = calls.pages("ssm:DescribeSessions", State="Active")
    assert scripted.requests == []
    assert next(pages) == []
    assert len(scripted.requests) == 1
    assert list(pages) == [[]]


def test_entries_that_are_none_are_left_out_and_items_are_not(calls: ApiCalls, scripted: ScriptedAws) -> None:
    scripted.answers[:] = [
        Answer(
            body="<ListRolePoliciesResponse><ListRolePoliciesResult><PolicyNames><member>one</member></PolicyNames>"
            "</ListRolePoliciesResult></ListRolePoliciesResponse>"
        )
    ]
    assert list(calls.items("iam:ListRolePolicies", RoleName="web")) == ["one"]
    assert list(calls.entries("iam:ListRolePolicies", RoleName="web")) == []


def test_every_page_is_asked_with_credentials_that_hold(
    calls: ApiCalls, scripted: ScriptedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewed: list[str] = []
    held = calls.connection.renewed

    def renew(action: str = "") -> connection.Opened:
        renewed.append(action)
        return held(action)

    monkeypatch.setattr(calls.connection, "renewed", renew)
    scripted.will_answer({"Sessions": [], "NextToken": "t"}, {"Sessions": []})
    assert list(calls.items("ssm:DescribeSessions", State="Active")) == []
    assert len(renewed) >= 2
    assert set(renewed) == {"ssm:DescribeSessions"}


def test_each_patience_has_a_client_of_its_own_and_once_a_new_one_each_time(calls: ApiCalls) -> None:
    opened = calls.connection.opened()
    usual, brief, once = ([calls.connection.client(opened, "ssm", patience) for _ in range(2)] for patience in Patience)
    assert usual[0] is usual[1] is not brief[0]
    assert brief[0] is brief[1]
    assert once[0] is not once[1]
    attempts = [pair[0].meta.config.retries["total_max_attempts"] for pair in (usual, brief, once)]
    assert attempts == [3, 2, 1]
