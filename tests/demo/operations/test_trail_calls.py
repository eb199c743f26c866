"""CloudTrail of the demo: the calls that came, and those of the story; and who is notified of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from smtui.demo.region import SimulatedRegion
from tests.demo.support import client, quiet_region, set_faults
from tests.demo.test_aws_cli import answer, aws


@pytest.fixture
def region() -> Iterator[SimulatedRegion]:
    """One in which other people have sessions, now and earlier."""
    with quiet_region(past_sessions=60) as running:
        yield running


def events(region: SimulatedRegion, name: str = "StartSession", **asked: Any) -> list[dict[str, Any]]:
    attribute = {"AttributeKey": "EventName", "AttributeValue": name}
    found = client(region, "cloudtrail").lookup_events(LookupAttributes=[attribute], **asked)["Events"]
    return [{**json.loads(event["CloudTrailEvent"]), "Username": event["Username"]} for event in found]


def code(call: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return str(caught.value.response["Error"]["Code"])


def node_id(region: SimulatedRegion) -> str:
    return next(node.node_id for node in region._fleet.story if node.can_start_session)


def test_a_call_that_came_is_recorded_without_its_token(region: SimulatedRegion) -> None:
    started = client(region, "ssm").start_session(Target=node_id(region), Reason="INC-1")
    newest = events(region, StartTime=datetime.now(UTC) - timedelta(minutes=1))[0]
    assert newest["requestParameters"] == {"target": node_id(region), "reason": "INC-1"}
    assert newest["responseElements"]["sessionId"] == started["SessionId"]
    assert newest["responseElements"]["tokenValue"] == "Value hidden due to security reasons."
    assert newest["sourceIPAddress"] == "127.0.0.1"
    assert newest["userAgent"].startswith("Boto3/")
    assert newest["userIdentity"]["accessKeyId"] == region.access_key_id
    assert started["TokenValue"] not in json.dumps(newest)


def test_a_denied_call_is_recorded_with_its_error(region: SimulatedRegion) -> None:
    set_faults(region, deny=["ssm:TerminateSession"])
    assert code(client(region, "ssm").terminate_session, SessionId="ana-0") == "AccessDeniedException"
    newest = events(region, "TerminateSession")[0]
    assert newest["errorCode"] == "AccessDeniedException"
    assert newest["requestParameters"] == {"sessionId": "ana-0"}


def test_sessions_of_the_story_have_their_events(region: SimulatedRegion) -> None:
    other = next(session for session in region.sessions.active() if session.owner.endswith("/ana"))
    since = other.started_at - timedelta(minutes=1)
    found = events(region, StartTime=since, EndTime=other.started_at + timedelta(minutes=1))
    (own,) = [each for each in found if each["responseElements"]["sessionId"] == other.session_id]
    assert own["userIdentity"]["arn"] == other.owner


def test_pages_and_what_is_refused(region: SimulatedRegion) -> None:
    trail = client(region, "cloudtrail")
    first = trail.lookup_events(MaxResults=5)
    second = trail.lookup_events(MaxResults=5, NextToken=first["NextToken"])
    assert first["Events"][-1]["EventTime"] >= second["Events"][0]["EventTime"]
    two = [{"AttributeKey": "EventName", "AttributeValue": name} for name in ("StartSession", "ResumeSession")]
    with pytest.raises(ClientError):
        trail.lookup_events(LookupAttributes=two)
    now = datetime.now(UTC)
    assert code(trail.lookup_events, StartTime=now, EndTime=now - timedelta(1)) == "InvalidTimeRangeException"


def test_the_aws_cli_makes_somebody_be_notified(region: SimulatedRegion) -> None:
    assert len(answer(region, "cloudtrail", "lookup-events", "--max-items", "3")["Events"]) == 3
    topic = answer(region, "sns", "create-topic", "--name", "sessions")["TopicArn"]
    pattern = '{"source":["aws.ssm"]}'
    assert answer(region, "events", "put-rule", "--name", "sessions", "--event-pattern", pattern)["RuleArn"]
    target = f"Id=1,Arn={topic}"
    done = answer(region, "events", "put-targets", "--rule", "sessions", "--targets", target)
    assert done["FailedEntryCount"] == 0
    rules = answer(region, "events", "list-rules")["Rules"]
    assert [rule["Name"] for rule in rules] == ["acme-instance-changes", "acme-nightly", "sessions"]
    assert answer(region, "events", "list-targets-by-rule", "--rule", "sessions")["Targets"] == [
        {"Id": "1", "Arn": topic}
    ]
    mail = ["--protocol", "email", "--notification-endpoint", "ops@acme.example"]
    answer(region, "sns", "subscribe", "--topic-arn", topic, *mail)
    (subscriber,) = answer(region, "sns", "list-subscriptions-by-topic", "--topic-arn", topic)["Subscriptions"]
    assert (subscriber["Endpoint"], subscriber["SubscriptionArn"]) == ("ops@acme.example", "PendingConfirmation")


def test_what_the_rules_and_topics_refuse(region: SimulatedRegion) -> None:
    rules, topics = client(region, "events"), client(region, "sns")
    assert code(rules.put_rule, Name="x", EventPattern="no") == "InvalidEventPatternException"
    assert code(rules.list_targets_by_rule, Rule="none") == "ResourceNotFoundException"
    assert code(topics.list_subscriptions_by_topic, TopicArn="arn:aws:sns:eu-west-1:111122223333:none") == "NotFound"
    set_faults(region, deny=["events:ListRules", "sns:ListSubscriptionsByTopic"])
    assert "events:ListRules" in aws(region, "events", "list-rules").stderr
