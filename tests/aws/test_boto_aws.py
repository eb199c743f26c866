"""The operations: real calls to a scripted AWS on loopback, or botocore's Stubber where the wire form is XML."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.stub import Stubber

from smtui.aws.places import BotoAws, BotoPlaces
from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.node import ConnectionStatus, PingStatus
from smtui.domain.orphaned_session import ActiveSession
from smtui.domain.place import Caller, PendingCall, Place
from tests.aws.conftest import Answer, ScriptedAws

ARN = "arn:aws:iam::123456789012:user/me"
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.fixture
def aws(scripted: ScriptedAws) -> BotoAws:
    places = BotoPlaces.fixed(scripted.url, "AKID", "secret", "eu-west-1")
    places._now = lambda: NOW
    return places.at(Place())


@pytest.fixture
def ec2(aws: BotoAws) -> Iterator[Stubber]:
    connection = aws._connection
    with Stubber(connection.client(connection.opened(), "ec2")) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def fault_of_listing(pages: Iterator[Any]) -> Fault:
    with pytest.raises(AwsCallFailed) as raised:
        list(pages)
    return raised.value.fault


def test_the_caller(aws: BotoAws) -> None:
    connection = aws._connection
    with Stubber(connection.client(connection.opened(), "sts")) as stubber:
        stubber.add_response("get_caller_identity", {"Account": "123456789012", "Arn": ARN, "UserId": "AIDA"}, {})
        assert aws.caller() == Caller("123456789012", ARN, "AIDA", "eu-west-1")


def test_who_we_are_is_known_once_it_was_asked_and_until_credentials_change(aws: BotoAws) -> None:
    connection = aws._connection
    assert aws.known_caller() == Caller("", "", "", "eu-west-1")
    with Stubber(connection.client(connection.opened(), "sts")) as stubber:
        stubber.add_response("get_caller_identity", {"Account": "123456789012", "Arn": ARN, "UserId": "AIDA"}, {})
        caller = aws.caller()
    assert aws.known_caller() == caller
    connection._forget(connection.opened())
    assert aws.known_caller() == Caller("", "", "", "eu-west-1")


def test_active_sessions_by_owner_and_node(aws: BotoAws, scripted: ScriptedAws) -> None:
    began = {"SessionId": "ops-1", "Target": "i-1", "Owner": ARN, "StartDate": 1763798400.5, "Status": "Connecting"}
    scripted.will_answer(
        {"Sessions": [{**began, "DocumentName": "Doc", "Reason": "why", "OutputUrl": {}}], "NextToken": "t1"},
        {"Sessions": [{"SessionId": "ops-2", "StartDate": 1}, {"SessionId": "ops-3"}, {"Target": "i-1"}]},
    )
    first, second = aws.active_sessions(owner=ARN, target="i-1")
    at = datetime.fromtimestamp(1763798400.5, UTC)
    assert first == ActiveSession("ops-1", "i-1", ARN, at, "Connecting", "Doc", "why")
    assert second == ActiveSession("ops-2", "", "", datetime.fromtimestamp(1, UTC)), "what lacks an id or a date goes"
    filters = [{"key": "Owner", "value": ARN}, {"key": "Target", "value": "i-1"}]
    asked = {"State": "Active", "Filters": filters, "MaxResults": 200}
    assert [json.loads(request.body) for request in scripted.requests] == [asked, {**asked, "NextToken": "t1"}]
    scripted.will_answer({"Sessions": []})
    assert aws.active_sessions() == []
    assert json.loads(scripted.requests[-1].body) == {"State": "Active", "MaxResults": 200}
    scripted.will_fail("AccessDeniedException")
    with pytest.raises(AwsCallFailed) as denied:
        aws.active_sessions(session_id="ops-1")
    assert (denied.value.fault.kind, denied.value.fault.action) == (FaultKind.DENIED, "ssm:DescribeSessions")
    scripted.will_answer({})
    with pytest.raises(AwsCallFailed):
        aws.active_sessions(session_id="ops-1")


def test_managed_nodes_come_page_by_page(aws: BotoAws, scripted: ScriptedAws) -> None:
    scripted.will_answer(
        {"InstanceInformationList": [{"InstanceId": "i-1", "PingStatus": "Online"}], "NextToken": "t1"},
        {"InstanceInformationList": [], "NextToken": "t2"},
        {"InstanceInformationList": [{"InstanceId": "mi-2", "LastPingDateTime": 1763798400.5}]},
    )
    pages = aws.managed_nodes()
    (first,) = next(pages)
    assert (first.node_id, first.ping_status, first.seen_at) == ("i-1", PingStatus.ONLINE, NOW)
    assert len(scripted.requests) == 1
    assert next(pages) == []
    (last,) = next(pages)
    assert last.last_ping == datetime.fromtimestamp(1763798400.5, UTC)
    assert list(pages) == []
    assert [json.loads(request.body) for request in scripted.requests] == [
        {"MaxResults": 50},
        {"MaxResults": 50, "NextToken": "t1"},
        {"MaxResults": 50, "NextToken": "t2"},
    ]


def test_one_managed_node_is_asked_for_by_its_id(aws: BotoAws, scripted: ScriptedAws) -> None:
    scripted.will_answer({"InstanceInformationList": [{"InstanceId": "i-1", "AgentVersion": "3.3.987.0"}]})
    node = aws.managed_node("i-1")
    assert node is not None
    assert (node.node_id, node.agent_version) == ("i-1", "3.3.987.0")
    filters = [{"Key": "InstanceIds", "Values": ["i-1"]}]
    assert json.loads(scripted.requests[0].body) == {"Filters": filters, "MaxResults": 50}
    scripted.will_answer({"InstanceInformationList": []})
    assert aws.managed_node("i-2") is None


@pytest.mark.parametrize("code", ["InvalidInstanceId", "InvalidFilterValue"])
def test_a_managed_node_that_systems_manager_does_not_know_is_none(
    aws: BotoAws, scripted: ScriptedAws, code: str
) -> None:
    scripted.will_fail(code, "The instance ID i-2 does not exist.")
    assert aws.managed_node("i-2") is None


def test_a_managed_node_that_may_not_be_read_is_a_fault(aws: BotoAws, scripted: ScriptedAws) -> None:
    scripted.will_fail("AccessDeniedException")
    with pytest.raises(AwsCallFailed) as raised:
        aws.managed_node("i-2")
    assert (raised.value.fault.kind, raised.value.fault.action) == (
        FaultKind.DENIED,
        "ssm:DescribeInstanceInformation",
    )


def test_a_page_token_that_comes_twice_is_a_fault_and_no_end(aws: BotoAws, scripted: ScriptedAws) -> None:
    page = {"InstanceInformationList": [], "NextToken": "round"}
    scripted.will_answer(page, page, page, page)
    fault = fault_of_listing(aws.managed_nodes())
    assert (fault.kind, fault.action) == (FaultKind.SERVICE, "ssm:DescribeInstanceInformation")
    assert len(scripted.requests) == 2


@pytest.mark.parametrize("when", ['"garbage"', "1e300", "null", '"0000-00-00T00:00:00Z"'])
def test_one_odd_date_does_not_lose_the_page(aws: BotoAws, scripted: ScriptedAws, when: str) -> None:
    scripted.answers[:] = [
        Answer(
            body=f'{{"InstanceInformationList": [{{"InstanceId": "i-1", "LastPingDateTime": {when}}},'
            '{"InstanceId": "i-2"}]}'
        )
    ]
    ((first, second),) = aws.managed_nodes()
    assert (first.node_id, first.last_ping, second.node_id) == ("i-1", None, "i-2")


def test_a_denied_listing_names_its_action_after_the_pages_it_gave(aws: BotoAws, scripted: ScriptedAws) -> None:
    scripted.will_answer({"InstanceInformationList": [{"InstanceId": "i-1"}], "NextToken": "t"})
    pages = aws.managed_nodes()
    assert len(next(pages)) == 1
    scripted.will_fail("AccessDeniedException", "User: x is not authorized")
    fault = fault_of_listing(pages)
    assert (fault.kind, fault.action) == (FaultKind.DENIED, "ssm:DescribeInstanceInformation")
    assert (fault.message, fault.request_id, fault.at) == ("User: x is not authorized", "request-1", NOW)


def test_instances_come_page_by_page_without_the_terminated(aws: BotoAws, ec2: Stubber) -> None:
    def page(*ids: str, state: str = "running") -> dict[str, Any]:
        return {"Reservations": [{"Instances": [{"InstanceId": one, "State": {"Name": state}}]} for one in ids]}

    ec2.add_response("describe_instances", page("i-1", "i-2") | {"NextToken": "t"}, {"MaxResults": 1000})
    ec2.add_response("describe_instances", page("i-3", state="terminated"), {"MaxResults": 1000, "NextToken": "t"})
    assert [[one.node_id for one in found] for found in aws.instances()] == [["i-1", "i-2"], []]


def test_instances_denied(aws: BotoAws, ec2: Stubber) -> None:
    ec2.add_client_error("describe_instances", "UnauthorizedOperation", "You are not authorized.", 403)
    fault = fault_of_listing(aws.instances())
    assert (fault.kind, fault.action) == (FaultKind.DENIED, "ec2:DescribeInstances")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("connected", ConnectionStatus.CONNECTED),
        ("Connected", ConnectionStatus.CONNECTED),
        ("notconnected", ConnectionStatus.NOT_CONNECTED),
        ("NotConnected", ConnectionStatus.NOT_CONNECTED),
    ],
)
def test_the_connection_status(aws: BotoAws, scripted: ScriptedAws, said: str, status: ConnectionStatus) -> None:
    scripted.will_answer({"Target": "i-1", "Status": said})
    fact = aws.connection_status("i-1")
    assert (fact.status, fact.probed_at) == (status, NOW)


@pytest.mark.parametrize("answer", [{"Status": "perhaps"}, {}])
def test_an_unknown_connection_status_is_no_guess(aws: BotoAws, scripted: ScriptedAws, answer: dict[str, str]) -> None:
    scripted.will_answer(answer)
    with pytest.raises(AwsCallFailed) as raised:
        aws.connection_status("i-1")
    assert raised.value.fault.kind is FaultKind.SERVICE


def test_terminating_says_which_session(aws: BotoAws, scripted: ScriptedAws) -> None:
    scripted.will_answer({"SessionId": "me-1"})
    aws.terminate_session("me-1")
    (request,) = scripted.requests
    assert (request.operation, request.body) == ("TerminateSession", '{"SessionId": "me-1"}')


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("DoesNotExistException", "Session me-1 does not exist"),
        ("ValidationException", "Session me-1 is not in a valid state"),
    ],
)
def test_terminating_what_has_ended_is_success(aws: BotoAws, scripted: ScriptedAws, code: str, message: str) -> None:
    scripted.will_fail(code, message)
    aws.terminate_session("me-1")


@pytest.mark.parametrize(
    ("code", "kind"),
    [("AccessDeniedException", FaultKind.DENIED), ("ValidationException", FaultKind.INVALID_REQUEST)],
)
def test_terminating_in_vain_raises(aws: BotoAws, scripted: ScriptedAws, code: str, kind: FaultKind) -> None:
    scripted.will_fail(code, "User: x is not authorized to perform: ssm:TerminateSession")
    with pytest.raises(AwsCallFailed) as raised:
        aws.terminate_session("me-1")
    assert (raised.value.fault.kind, raised.value.fault.action) == (kind, "ssm:TerminateSession")


def test_reading_calls_are_tried_again(aws: BotoAws, scripted: ScriptedAws) -> None:
    scripted.answers[:] = [Answer(500), Answer(body='{"Status": "connected"}')]
    assert aws.connection_status("i-1").status is ConnectionStatus.CONNECTED
    assert len(scripted.requests) == 2


def test_calls_say_who_calls(aws: BotoAws, scripted: ScriptedAws) -> None:
    scripted.will_answer({"Status": "connected"})
    aws.connection_status("i-1")
    assert "smtui/" in scripted.requests[0].headers["User-Agent"]


def test_a_refused_port_is_unreachable(aws: BotoAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtui.aws.boto_session._ATTEMPTS", 1)
    refused = BotoPlaces.fixed("http://127.0.0.1:9", "A", "b", "eu-west-1").at(Place())
    with pytest.raises(AwsCallFailed) as raised:
        refused.connection_status("i-1")
    assert (raised.value.fault.kind, raised.value.fault.code) == (
        FaultKind.UNREACHABLE,
        "EndpointConnectionError",
    )


def test_a_mute_service_times_out(scripted: ScriptedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtui.aws.boto_session._ATTEMPTS", 1)
    monkeypatch.setattr("smtui.aws.boto_session.READ_TIMEOUT", 0.2)
    scripted.answers[:] = [Answer(mute=True)]
    mute = BotoPlaces.fixed(scripted.url, "A", "b", "eu-west-1").at(Place())
    with pytest.raises(AwsCallFailed) as raised:
        mute.connection_status("i-1")
    assert raised.value.fault.kind is FaultKind.TIMED_OUT


@pytest.mark.parametrize("body", ["<html>please sign in</html>", "", "{}"])
def test_an_answer_that_is_no_list_is_no_empty_list(aws: BotoAws, scripted: ScriptedAws, body: str) -> None:
    scripted.answers[:] = [Answer(body=body)]
    assert fault_of_listing(aws.managed_nodes()).action == "ssm:DescribeInstanceInformation"
    assert fault_of_listing(aws.instances()).action == "ec2:DescribeInstances"


def test_a_mute_endpoint_is_named_while_it_is_waited_for_and_in_the_time_out(
    scripted: ScriptedAws, keys: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smtui.aws.boto_session._ATTEMPTS", 1)
    monkeypatch.setattr("smtui.aws.boto_session.READ_TIMEOUT", 0.3)
    monkeypatch.setenv("AWS_ENDPOINT_URL", scripted.url)
    scripted.answers[:] = [Answer(mute=True)]
    aws = BotoPlaces().at(Place())
    seen: list[PendingCall] = []
    faults: list[Fault] = []

    def ask() -> None:
        try:
            aws.connection_status("i-1")
        except AwsCallFailed as failed:
            faults.append(failed.fault)

    asking = threading.Thread(target=ask)
    asking.start()
    while asking.is_alive():
        seen += aws.pending()
        asking.join(0.01)
    assert "ssm:GetConnectionStatus at 127.0.0.1" in {call.what for call in seen}
    assert faults[0].kind is FaultKind.TIMED_OUT
    assert re.fullmatch(r"ssm:GetConnectionStatus got no answer from 127\.0\.0\.1 within \d+ s\.", faults[0].sentence())
    assert aws.pending() == []


def test_a_source_of_credentials_that_does_not_answer_is_named(
    config: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    reached, released = threading.Event(), threading.Event()

    def hang(*_: object) -> None:
        reached.set()
        released.wait(60)

    monkeypatch.setattr("botocore.credentials.ProcessProvider.load", hang)
    config("[profile p]\nregion = eu-west-1\n")
    aws = BotoPlaces().at(Place("p"))
    asking = threading.Thread(target=lambda: suppress_failure(aws.caller))
    asking.start()
    assert reached.wait(60)
    pending = aws.pending()
    released.set()
    asking.join()
    assert [call.what for call in pending] == ["the credentials of profile p"]
    assert pending[0].sentence(pending[0].since + timedelta(seconds=12)) == (
        "Waiting for the credentials of profile p: no answer for 12 s."
    )


def suppress_failure(call: Callable[[], object]) -> None:
    with suppress(AwsCallFailed):
        call()
