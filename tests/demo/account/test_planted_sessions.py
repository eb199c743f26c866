"""The sessions of others and of the past: the same each time, on the wire as AWS gives them, and not the caller's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from smtui.demo.account.planted_sessions import PEOPLE, past_sessions, sessions_of_others
from smtui.demo.region import SimulatedRegion, demo_fleet
from smtui.demo.story.account_facts import CALLER_ARN
from smtui.demo.story.story_nodes import story
from tests.demo.support import client

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
NODES = {node.node_id: node for node in story()}


def test_they_are_the_same_each_time() -> None:
    assert list(sessions_of_others(story(), NOW)) == list(sessions_of_others(story(), NOW))
    later = NOW + timedelta(hours=1)
    first, second = (list(past_sessions(story(), at, 60)) for at in (NOW, later))
    assert [each.session_id for each in first] == [each.session_id for each in second]
    assert all(one.started_at + timedelta(hours=1) == two.started_at for one, two in zip(first, second, strict=True))


def test_others_are_on_nodes_that_take_sessions() -> None:
    found = list(sessions_of_others(story(), NOW))
    assert len(found) == 4
    assert CALLER_ARN not in {each.owner for each in found}
    assert len({each.owner for each in found}) == 4
    assert {each.access_type for each in found} == {"Standard", "JustInTime"}
    assert all(NODES[each.node_id].can_start_session for each in found)
    assert [each.started_at for each in found] == sorted(each.started_at for each in found)
    assert list(sessions_of_others([], NOW)) == []
    assert list(past_sessions([], NOW, 3)) == []


def test_the_past_is_of_everybody_and_within_thirty_days() -> None:
    found = list(past_sessions(story(), NOW, 5_000))
    assert len({each.session_id for each in found}) == 5_000
    assert {each.owner for each in found} == {person.arn for person in PEOPLE}
    assert {each.status for each in found} == {"Terminated", "Failed"}
    for each in found:
        assert each.ended_at is not None
        assert NOW - timedelta(days=30) < each.started_at < each.ended_at < NOW
        assert each.max_minutes is None or each.access_type == "JustInTime"
        assert each.ended_at - each.started_at <= timedelta(minutes=each.max_minutes or 480)
    ends = [each.ended_at for each in found if each.ended_at is not None]
    assert ends == sorted(ends)


@pytest.fixture
def peopled() -> Iterator[SimulatedRegion]:
    with SimulatedRegion(demo_fleet(), past_sessions=450) as region:
        yield region


def listed(region: SimulatedRegion, **asked: Any) -> list[dict[str, Any]]:
    pages = client(region, "ssm").get_paginator("describe_sessions").paginate(**asked)
    return [session for page in pages for session in page["Sessions"]]


def having(**conditions: str) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in conditions.items()]


def test_they_are_listed_as_aws_lists_them(peopled: SimulatedRegion) -> None:
    active = listed(peopled, State="Active")
    assert len(active) == 4
    [granted] = listed(peopled, State="Active", Filters=having(AccessType="JustInTime"))
    assert (granted["Reason"], granted["AccessType"], granted["MaxSessionDuration"]) == ("CHG-88", "JustInTime", "60")
    assert granted["Owner"].endswith(":assumed-role/ops/ana")
    assert "MaxSessionDuration" not in active[0]
    [left] = listed(peopled, State="Active", Filters=having(Status="Disconnected"))
    assert left["Reason"] == "INC-4802"
    past = listed(peopled, State="History")
    assert len(past) == 450
    granted_once = listed(peopled, State="History", Filters=having(AccessType="JustInTime"))
    assert 0 < len(granted_once) < 450
    by_ana = listed(peopled, State="History", Filters=having(Owner=granted["Owner"]))
    assert {session["Owner"] for session in by_ana} == {granted["Owner"]}
    ends = [session["EndDate"] for session in past]
    assert ends == sorted(ends, reverse=True)


def test_the_usual_policy_allows_ones_own_sessions_alone(peopled: SimulatedRegion) -> None:
    ssm = client(peopled, "ssm")
    [anas] = listed(peopled, State="Active", Filters=having(AccessType="JustInTime"))
    for call in (ssm.terminate_session, ssm.resume_session):
        for session_id in (anas["SessionId"], "nobody-00000000000000000"):
            with pytest.raises(ClientError, match=f"not authorized to perform.*session/{session_id}"):
                call(SessionId=session_id)
    with pytest.raises(ClientError, match="DoesNotExist"):
        ssm.terminate_session(SessionId="demo-operator-00000000000000000")
    peopled.faults.apply({"switch": ["others-sessions"]})
    assert ssm.resume_session(SessionId=anas["SessionId"])["TokenValue"]
    ssm.terminate_session(SessionId=anas["SessionId"])
    assert len(listed(peopled, State="Active")) == 3
    assert listed(peopled, State="History")[0]["SessionId"] == anas["SessionId"]


def test_without_them_every_session_is_the_callers(region: SimulatedRegion) -> None:
    assert listed(region, State="Active") == []
    assert {session["Owner"] for session in listed(region, State="History")} <= {CALLER_ARN}


def test_a_new_session_has_the_maximum_duration_of_the_preferences(region: SimulatedRegion) -> None:
    ssm, name, node = client(region, "ssm"), "SSM-SessionManagerRunShell", "i-0a1b2c3d4e5f60718"
    ssm.start_session(Target=node)
    content = json.loads(ssm.get_document(Name=name)["Content"])
    content["inputs"]["maxSessionDuration"] = "1045"
    ssm.update_document(Name=name, Content=json.dumps(content), DocumentFormat="JSON", DocumentVersion="$LATEST")
    ssm.start_session(Target=node)
    newer, older = listed(region, State="Active")
    assert newer["MaxSessionDuration"] == "1045"
    assert "MaxSessionDuration" not in older
