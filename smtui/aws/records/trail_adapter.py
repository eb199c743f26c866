"""Reads CloudTrail's events of sessions, and who is notified of them.

Sources: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html (one attribute, at most 50
events a page, two requests a second for an account and Region),
https://docs.aws.amazon.com/eventbridge/latest/APIReference/ (API_ListRules, API_ListTargetsByRule) and
https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from smtui.aws.api_calls import mappings, text, when
from smtui.aws.session_adapter import Pace, Paces
from smtui.domain.records.notification import EventRule, RuleTarget, Subscription
from smtui.domain.records.trail import SOURCES, TrailEvent, read_event

if TYPE_CHECKING:
    from smtui.aws.api_calls import ApiCalls

LOOKUP_SECONDS = 0.55
"""Between two calls of LookupEvents."""
_LOOKUP = "cloudtrail:LookupEvents"
_EVENTS_A_PAGE = 50
"""The largest page that AWS gives."""
_PACES = Paces(lambda: Pace(LOOKUP_SECONDS))
"""Of all places: an adapter is made for each use."""


class TrailAdapter:
    """Implements `TrailAws`. Every method blocks and raises `AwsCallFailed`, whose fault names the IAM action."""

    def __init__(self, calls: ApiCalls, paces: Paces = _PACES) -> None:
        self._calls = calls
        self._paces = paces

    def events(self, name: str, since: datetime, until: datetime) -> Iterator[list[TrailEvent]]:
        """cloudtrail:LookupEvents of one event name, page by page, the newest first; paced below 2 calls a second.

        Events of other services than Systems Manager are left out.
        """
        given: dict[str, Any] = {
            "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": name}],
            "StartTime": since,
            "EndTime": until,
            "MaxResults": _EVENTS_A_PAGE,
        }
        token = ""
        while True:
            self._pace().wait()
            answer = self._calls.call(_LOOKUP, **given, **({"NextToken": token} if token else {}))
            yield [event for event in _events(answer, name) if _is_ours(event)]
            following = text(answer, "NextToken")
            if not following:
                return
            if following == token:
                raise self._calls.odd_answer(_LOOKUP, "The answer leads to itself.")
            token = following

    def rules(self) -> list[EventRule]:
        """events:ListRules of the default bus."""
        return [
            EventRule(text(entry, "Name"), text(entry, "EventPattern"), is_enabled=text(entry, "State") != "DISABLED")
            for entry in self._calls.entries("events:ListRules")
        ]

    def targets(self, rule: str) -> list[RuleTarget]:
        """events:ListTargetsByRule."""
        found = self._calls.entries("events:ListTargetsByRule", Rule=rule)
        return [RuleTarget(arn) for entry in found if (arn := text(entry, "Arn"))]

    def subscriptions(self, topic_arn: str) -> list[Subscription]:
        """sns:ListSubscriptionsByTopic."""
        return [
            Subscription(
                text(entry, "Protocol"),
                text(entry, "Endpoint"),
                is_confirmed=text(entry, "SubscriptionArn").startswith("arn:"),
            )
            for entry in self._calls.entries("sns:ListSubscriptionsByTopic", TopicArn=topic_arn)
        ]

    def _pace(self) -> Pace:
        connection = self._calls.connection
        opened = connection.opened(_LOOKUP)
        return self._paces.of(connection.account or connection.place.profile, opened.region)


def _events(answer: Mapping[str, Any], name: str) -> Iterator[TrailEvent]:
    for entry in mappings(answer.get("Events")):
        yield read_event(
            text(entry, "CloudTrailEvent"),
            name=text(entry, "EventName") or name,
            at=when(entry.get("EventTime")),
            event_id=text(entry, "EventId"),
            user_name=text(entry, "Username"),
            source=text(entry, "EventSource"),
        )


def _is_ours(event: TrailEvent) -> bool:
    return event.source in SOURCES or (event.is_broken and not event.source)
