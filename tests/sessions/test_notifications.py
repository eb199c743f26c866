"""Who is notified of sessions: rules that match, their targets and subscribers, and what nobody can tell."""

from __future__ import annotations

import json

import pytest

from smtui.domain.records.notification import EventRule, RuleTarget, Subscription
from smtui.sessions.event_patterns import Match, matched_events
from smtui.sessions.notifications import find_notification, notification_sentences
from tests.sessions.record_fakes import FakeTrail

PATTERN = {
    "source": ["aws.ssm"],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {
        "eventSource": ["ssm.amazonaws.com"],
        "eventName": ["StartSession", "ResumeSession", "TerminateSession"],
    },
}
TOPIC = "arn:aws:sns:eu-west-1:111122223333:sessions"
LAMBDA = "arn:aws:lambda:eu-west-1:111122223333:function:note"


def rule(pattern: object = PATTERN, name: str = "sessions", **more: bool) -> EventRule:
    return EventRule(name, json.dumps(pattern), **more)


def detail(**changes: object) -> dict[str, object]:
    return {"source": ["aws.ssm"], "detail": {"eventName": ["StartSession"], **changes}}


@pytest.mark.parametrize(
    ("pattern", "match"),
    [
        (PATTERN, Match.YES),
        ({"source": ["aws.ssm"]}, Match.YES),
        ({"source": [{"prefix": "aws."}]}, Match.YES),
        ({"source": ["aws.ec2"]}, Match.NO),
        ({"source": ["aws.ssm"], "detail-type": ["EC2 State Manager Association State Change"]}, Match.NO),
        (detail(), Match.YES),
        (detail(eventName=["SendCommand"]), Match.NO),
        (detail(eventName=[{"wildcard": "Start*ion"}]), Match.YES),
        (detail(eventName=[{"anything-but": ["SendCommand", "StartSession"]}]), Match.NO),
        (detail(eventName=[{"anything-but": {"prefix": "Get"}}]), Match.UNKNOWN),
        (detail(eventName=[{"equals-ignore-case": "startsession"}]), Match.YES),
        (detail(eventName=[{"exists": True}]), Match.YES),
        (detail(requestParameters={"target": ["i-1"]}), Match.UNKNOWN),
        (detail(eventName=["SendCommand"], requestParameters={"target": ["i-1"]}), Match.NO),
        ({"$or": [{"source": ["aws.ec2"]}, {"source": ["aws.ssm"]}]}, Match.YES),
        ({"account": ["111122223333"], "source": ["aws.ssm"]}, Match.UNKNOWN),
        ("no object", Match.UNKNOWN),
    ],
)
def test_patterns(pattern: object, match: Match) -> None:
    assert matched_events(json.dumps(pattern))["StartSession"] is match


def test_a_rule_with_a_schedule_or_a_broken_pattern() -> None:
    assert set(matched_events("").values()) == {Match.NO}
    assert set(matched_events("{").values()) == {Match.UNKNOWN}


def said(aws: FakeTrail) -> tuple[str, ...]:
    return notification_sentences(find_notification(aws))


def test_nobody_is_notified() -> None:
    aws = FakeTrail(all_rules=[rule({"source": ["aws.ec2"]}), EventRule("nightly")])
    assert find_notification(aws).reaches_nobody
    assert said(aws) == (
        "EventBridge notifies nobody of sessions here.",
        "No rule of EventBridge matches StartSession.",
    )


def test_subscribers_by_name() -> None:
    people = [Subscription("email", "ops@acme.example"), Subscription("sms", "+491234567", is_confirmed=False)]
    aws = FakeTrail(all_rules=[rule()], all_targets={"sessions": [RuleTarget(TOPIC)]}, topics={TOPIC: people})
    assert not find_notification(aws).reaches_nobody
    assert said(aws) == (
        "The rule sessions sends sessions to the SNS topic sessions: email ops@acme.example, sms +491234567 (not "
        "confirmed yet).",
    )


@pytest.mark.parametrize(
    ("aws", "sentence"),
    [
        (FakeTrail(all_rules=[rule()]), "The rule sessions matches sessions, but has no target."),
        (
            FakeTrail(all_rules=[rule()], all_targets={"sessions": [RuleTarget(TOPIC)]}),
            "The rule sessions sends sessions to the SNS topic sessions, which nobody has subscribed to.",
        ),
        (FakeTrail(all_rules=[rule(is_enabled=False)]), "The rule sessions matches sessions, but is disabled."),
    ],
)
def test_a_rule_that_reaches_nobody(aws: FakeTrail, sentence: str) -> None:
    assert find_notification(aws).reaches_nobody
    assert said(aws) == ("EventBridge notifies nobody of sessions here.", sentence)


def test_a_subscriber_who_has_not_confirmed_is_not_notified() -> None:
    waiting = {TOPIC: [Subscription("email", "ops@acme.example", is_confirmed=False)]}
    aws = FakeTrail(all_rules=[rule()], all_targets={"sessions": [RuleTarget(TOPIC)]}, topics=waiting)
    assert find_notification(aws).reaches_nobody
    assert "ops@acme.example (not confirmed yet)" in said(aws)[1]


def test_other_targets_and_events_that_a_rule_leaves_out() -> None:
    aws = FakeTrail(all_rules=[rule(detail())], all_targets={"sessions": [RuleTarget(LAMBDA)]})
    assert not find_notification(aws).reaches_nobody
    assert said(aws) == (f"The rule sessions sends sessions (not ResumeSession and TerminateSession) to {LAMBDA}.",)


def test_a_rule_of_which_nobody_can_tell() -> None:
    aws = FakeTrail(all_rules=[rule(detail(requestParameters={"target": ["i-1"]}))])
    assert not find_notification(aws).reaches_nobody
    assert "may match sessions" in said(aws)[0]


@pytest.mark.parametrize("action", ["events:ListRules", "events:ListTargetsByRule", "sns:ListSubscriptionsByTopic"])
def test_each_denial_is_named_and_never_taken_for_nobody(action: str) -> None:
    aws = FakeTrail(all_rules=[rule()], all_targets={"sessions": [RuleTarget(TOPIC)]}, denies={action})
    found = find_notification(aws)
    assert not found.reaches_nobody
    assert [fault.action for fault in found.faults] == [action]
    assert f"{action} was denied." in " ".join(notification_sentences(found))
