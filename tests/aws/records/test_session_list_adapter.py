"""DescribeSessions by pages, ResumeSession and TerminateSession: a scripted AWS and the simulated Region."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from smtui.aws.places import BotoPlaces
from smtui.aws.records.session_list_adapter import SessionListAdapter
from smtui.demo.region import SimulatedRegion, demo_fleet
from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.place import Place
from smtui.domain.records.account_session import AccountSession, SessionState
from smtui.domain.request import SessionRequest, StartedSession
from smtui.domain.text import KNOWN_SECRETS, masked
from tests.aws.conftest import ScriptedAws

ARN = "arn:aws:sts::111122223333:assumed-role/ops/ana"


@pytest.fixture
def sessions(scripted: ScriptedAws) -> SessionListAdapter:
    return BotoPlaces.fixed(scripted.url, "AKID", "secret", "eu-west-1").records_at(Place()).sessions


def test_a_session_with_everything_that_aws_tells(sessions: SessionListAdapter, scripted: ScriptedAws) -> None:
    whole = {
        "SessionId": "ana-1",
        "Target": "i-1",
        "Status": "Connected",
        "StartDate": 1763798400.5,
        "EndDate": 1763798460,
        "DocumentName": "AWS-StartSSHSession",
        "Owner": ARN,
        "Reason": "CHG-88",
        "Details": "said",
        "OutputUrl": {"S3OutputUrl": "https://s3", "CloudWatchOutputUrl": "https://logs"},
        "MaxSessionDuration": "1045",
        "AccessType": "JustInTime",
    }
    scripted.will_answer({"Sessions": [whole]})
    assert list(sessions.sessions(SessionState.ACTIVE)) == [
        [
            AccountSession(
                place=Place(),
                session_id="ana-1",
                target="i-1",
                owner=ARN,
                status="Connected",
                started_at=datetime.fromtimestamp(1763798400.5, UTC),
                ended_at=datetime.fromtimestamp(1763798460, UTC),
                document_name="AWS-StartSSHSession",
                reason="CHG-88",
                details="said",
                access_type="JustInTime",
                max_minutes=1045,
                s3_url="https://s3",
                log_group_url="https://logs",
            )
        ]
    ]


def test_pages_come_one_by_one_and_what_aws_leaves_out_is_empty(
    sessions: SessionListAdapter, scripted: ScriptedAws
) -> None:
    odd = {"SessionId": "s-2", "MaxSessionDuration": "an hour", "OutputUrl": {}, "Owner": 7}
    scripted.will_answer(
        {"Sessions": [{"SessionId": "s-1", "MaxSessionDuration": ""}, {"Target": "i-1"}], "NextToken": "t1"},
        {"Sessions": [], "NextToken": "t2"},
        {"Sessions": [odd]},
    )
    pages = sessions.sessions(SessionState.HISTORY)
    assert next(pages) == [AccountSession(Place(), "s-1")]
    assert len(scripted.requests) == 1
    assert list(pages) == [[], [AccountSession(Place(), "s-2")]]
    assert [json.loads(request.body) for request in scripted.requests] == [
        {"State": "History", "MaxResults": 200},
        {"State": "History", "MaxResults": 200, "NextToken": "t1"},
        {"State": "History", "MaxResults": 200, "NextToken": "t2"},
    ]


def test_a_denied_list_names_the_action(sessions: SessionListAdapter, scripted: ScriptedAws) -> None:
    scripted.will_fail("AccessDeniedException", "not you")
    with pytest.raises(AwsCallFailed) as denied:
        list(sessions.sessions(SessionState.ACTIVE))
    fault = denied.value.fault
    assert (fault.kind, fault.action, fault.message) == (FaultKind.DENIED, "ssm:DescribeSessions", "not you")


def test_a_resumed_session_has_a_new_token_which_is_a_secret(
    sessions: SessionListAdapter, scripted: ScriptedAws
) -> None:
    scripted.will_answer({"SessionId": "s-1", "StreamUrl": "wss://x", "TokenValue": "a-token-of-this-test"})
    assert sessions.resume("s-1") == StartedSession("s-1", "wss://x", "a-token-of-this-test", "eu-west-1", scripted.url)
    assert KNOWN_SECRETS.masked("a-token-of-this-test") == masked("a-token-of-this-test") == "***"
    assert [json.loads(request.body) for request in scripted.requests] == [{"SessionId": "s-1"}]


def test_a_session_that_has_ended_is_not_resumed(sessions: SessionListAdapter, scripted: ScriptedAws) -> None:
    scripted.will_answer({"SessionId": "s-1"})
    assert sessions.resume("s-1") is None
    scripted.will_fail("DoesNotExistException", "Session s-1 does not exist.")
    assert sessions.resume("s-1") is None
    scripted.will_answer({"SessionId": "s-1", "TokenValue": "another-token-of-this-test"})
    with pytest.raises(AwsCallFailed, match="lacks its address"):
        sessions.resume("s-1")
    scripted.will_fail("AccessDeniedException", "not yours")
    with pytest.raises(AwsCallFailed) as denied:
        sessions.resume("s-1")
    assert (denied.value.fault.kind, denied.value.fault.action) == (FaultKind.DENIED, "ssm:ResumeSession")


def test_the_end_of_a_session_says_whether_it_was_over(sessions: SessionListAdapter, scripted: ScriptedAws) -> None:
    scripted.will_answer({"SessionId": "s-1"})
    assert sessions.terminate("s-1")
    scripted.will_fail("ValidationException", "Session s-1 is not in a valid state to be terminated.")
    assert not sessions.terminate("s-1")
    scripted.will_fail("AccessDeniedException", "not yours")
    with pytest.raises(AwsCallFailed):
        sessions.terminate("s-1")


@pytest.fixture
def region() -> Iterator[SimulatedRegion]:
    with SimulatedRegion(demo_fleet(300)) as region:
        yield region


def test_the_same_against_a_region(region: SimulatedRegion) -> None:
    places = BotoPlaces.fixed(region.endpoint_url, region.access_key_id, region.secret_access_key, region.region)
    aws, adapter = places.at(Place()), places.records_at(Place()).sessions
    nodes = {one.node_id: one.name for page in aws.instances() for one in page}
    hybrid = {one.node_id: one.name for page in aws.managed_nodes() for one in page if one.node_id.startswith("mi-")}
    found = adapter.node_names([*nodes, *hybrid, "i-00000000000000000", "mi-00000000000000000"])
    assert len(nodes) > 200
    assert len(hybrid) > 1
    assert found == {node_id: name for node_id, name in {**nodes, **hybrid}.items() if name}
    web = next(node_id for node_id, name in nodes.items() if name == "web-1")
    started = aws.start_session(SessionRequest(web, reason="why"))
    mine = [one for page in adapter.sessions(SessionState.ACTIVE) for one in page if one.owner == aws.caller().arn]
    assert [(one.session_id, one.target, one.reason) for one in mine] == [(started.session_id, web, "why")]
    resumed = adapter.resume(started.session_id)
    assert resumed is not None
    assert resumed.token != started.token
    assert adapter.terminate(started.session_id)
    assert not adapter.terminate(started.session_id)
    assert adapter.resume(started.session_id) is None
    past = [one for page in adapter.sessions(SessionState.HISTORY) for one in page]
    assert started.session_id in [one.session_id for one in past]
