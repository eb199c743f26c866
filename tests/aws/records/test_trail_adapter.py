"""CloudTrail's pages, and rules with their targets and subscribers, against scripted answers and against moto."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from smtui.aws.boto_session import FixedAccess
from smtui.aws.places import BotoPlaces
from smtui.aws.records.trail_adapter import TrailAdapter
from smtui.aws.session_adapter import Pace, Paces
from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.place import Place
from smtui.domain.records.notification import EventRule, RuleTarget, Subscription
from tests.aws.conftest import ScriptedAws

SINCE, UNTIL = datetime(2026, 11, 29, 12, tzinfo=UTC), datetime(2026, 11, 29, 13, tzinfo=UTC)


class Waits:
    """Paces that note how long a call was held back, on a clock that stands still."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.paces = Paces(lambda: Pace(0.55, clock=lambda: 0.0, sleep=self.seconds.append))


def trail_at(url: str, waits: Waits) -> TrailAdapter:
    calls = BotoPlaces(FixedAccess(url, "AKID", "secret", "eu-west-1")).records_at(Place()).trail._calls
    return TrailAdapter(calls, waits.paces)


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def trail(scripted: ScriptedAws, waits: Waits) -> TrailAdapter:
    return trail_at(scripted.url, waits)


@pytest.fixture
def moto() -> Iterator[str]:
    server = pytest.importorskip("moto.server").ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def entry(source: str, text: str = "", **more: Any) -> dict[str, Any]:
    held = text or json.dumps({"eventSource": source, "eventName": "StartSession"})
    return {
        "EventName": "StartSession",
        "EventSource": source,
        "EventTime": 1_764_000_000,
        "CloudTrailEvent": held,
        **more,
    }


def test_every_page_is_read_with_one_attribute_and_at_the_pace(
    trail: TrailAdapter, scripted: ScriptedAws, waits: Waits
) -> None:
    scripted.will_answer(
        {"Events": [entry("ssm.amazonaws.com"), entry("athena.amazonaws.com")], "NextToken": "two"},
        {"Events": [entry("ssm.amazonaws.com", "{broken", Username="ana")]},
    )
    first, second = list(trail.events("StartSession", SINCE, UNTIL))
    assert [event.source for event in first] == ["ssm.amazonaws.com"]
    assert [(event.is_broken, event.user_name) for event in second] == [(True, "ana")]
    asked = [json.loads(request.body) for request in scripted.requests]
    assert asked[0] == {
        "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "StartSession"}],
        "StartTime": SINCE.timestamp(),
        "EndTime": UNTIL.timestamp(),
        "MaxResults": 50,
    }
    assert asked[1] == {**asked[0], "NextToken": "two"}
    assert waits.seconds == [0.55]


def test_a_token_that_leads_to_itself_ends_the_reading(trail: TrailAdapter, scripted: ScriptedAws) -> None:
    scripted.will_answer({"Events": [], "NextToken": "same"})
    with pytest.raises(AwsCallFailed) as raised:
        list(trail.events("StartSession", SINCE, UNTIL))
    assert raised.value.fault.kind is FaultKind.SERVICE


@pytest.mark.parametrize(
    ("ask", "action"),
    [
        (lambda trail: list(trail.events("StartSession", SINCE, UNTIL)), "cloudtrail:LookupEvents"),
        (lambda trail: trail.rules(), "events:ListRules"),
        (lambda trail: trail.targets("sessions"), "events:ListTargetsByRule"),
    ],
)
def test_a_denial_names_the_action(trail: TrailAdapter, scripted: ScriptedAws, ask: Any, action: str) -> None:
    scripted.will_fail("AccessDeniedException", "no")
    with pytest.raises(AwsCallFailed) as raised:
        ask(trail)
    assert (raised.value.fault.kind, raised.value.fault.action) == (FaultKind.DENIED, action)


def test_rules_targets_and_subscribers_of_moto(moto: str, waits: Waits) -> None:
    def client(service: str) -> Any:
        return boto3.client(
            service,
            region_name="eu-west-1",
            endpoint_url=moto,
            aws_access_key_id="AKID",
            aws_secret_access_key="secret",
        )

    topic = client("sns").create_topic(Name="sessions")["TopicArn"]
    client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="ops@acme.example")
    events = client("events")
    events.put_rule(Name="sessions", EventPattern='{"source": ["aws.ssm"]}')
    events.put_rule(Name="nightly", ScheduleExpression="rate(1 day)", State="DISABLED")
    events.put_targets(Rule="sessions", Targets=[{"Id": "1", "Arn": topic}])
    trail = trail_at(moto, waits)
    assert sorted(trail.rules(), key=lambda rule: rule.name) == [
        EventRule("nightly", "", is_enabled=False),
        EventRule("sessions", '{"source": ["aws.ssm"]}'),
    ]
    assert trail.targets("sessions") == [RuleTarget(topic)]
    assert trail.subscriptions(topic) == [Subscription("email", "ops@acme.example")]
