"""Logs, CloudTrail and EventBridge of one place in memory; any call can be denied."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from smtui.domain.fault import AwsCallFailed
from smtui.domain.place import Place
from smtui.domain.records.notification import EventRule, RuleTarget, Subscription
from smtui.domain.records.session_log import DocumentVersion, ObjectPart, StreamEvent, StreamPage
from smtui.domain.records.trail import TrailEvent
from smtui.sessions.records_protocols import RecordPlaces
from tests.sessions.session_fakes import denied

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
CONTENT = '{"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": {%s}}'


@dataclass
class FakeLogs:
    """`LogAws`: documents by name with their versions, objects and streams by container and name."""

    documents: dict[str, list[str]] = field(default_factory=dict)
    """The contents of the versions, a day apart from `BEGAN` on."""
    objects: dict[tuple[str, str], bytes] = field(default_factory=dict)
    streams: dict[tuple[str, str], list[StreamEvent]] = field(default_factory=dict)
    denies: set[str] = field(default_factory=set)
    page: int = 3
    calls: list[tuple[str, Any]] = field(default_factory=list)

    def _asked(self, action: str, what: object = None) -> None:
        self.calls.append((action, what))
        if action in self.denies:
            raise AwsCallFailed(denied(action))

    def document_versions(self, name: str) -> Sequence[DocumentVersion]:
        self._asked("ssm:ListDocumentVersions", name)
        numbers = range(len(self.documents.get(name, ())))
        return [DocumentVersion(str(number + 1), BEGAN + timedelta(days=number), "Active") for number in numbers]

    def document_text(self, name: str, version: str = "") -> str:
        self._asked("ssm:GetDocument", (name, version))
        texts = self.documents.get(name, [])
        return texts[int(version) - 1 if version else -1] if texts else ""

    def object_part(self, bucket: str, key: str, start: int, end: int = 0) -> ObjectPart | None:
        self._asked("s3:GetObject", (start, end))
        data = self.objects.get((bucket, key))
        if data is None:
            return None
        first = max(0, len(data) + start) if start < 0 else start
        return ObjectPart(data[first : end or None], first, len(data))

    def stream_page(self, group: str, stream: str, *, token: str = "", from_head: bool = False) -> StreamPage | None:
        self._asked("logs:GetLogEvents", token)
        events = self.streams.get((group, stream))
        if events is None:
            return None
        way, _, place = (token or ("f/0" if from_head else f"b/{len(events)}")).partition("/")
        at = int(place)
        first, last = (at, min(len(events), at + self.page)) if way == "f" else (max(0, at - self.page), at)
        return StreamPage(tuple(events[first:last]), f"f/{last}", f"b/{first}")


@dataclass
class FakeTrail:
    """`TrailAws`: pages of events by name, rules with their targets, topics with their subscribers."""

    pages: dict[str, list[list[TrailEvent]]] = field(default_factory=dict)
    all_rules: list[EventRule] = field(default_factory=list)
    all_targets: dict[str, list[RuleTarget]] = field(default_factory=dict)
    topics: dict[str, list[Subscription]] = field(default_factory=dict)
    denies: set[str] = field(default_factory=set)
    asked: list[tuple[str, datetime, datetime]] = field(default_factory=list)

    def _check(self, action: str) -> None:
        if action in self.denies:
            raise AwsCallFailed(denied(action))

    def events(self, name: str, since: datetime, until: datetime) -> Iterator[Sequence[TrailEvent]]:
        self.asked.append((name, since, until))
        self._check("cloudtrail:LookupEvents")
        self._check(f"cloudtrail:LookupEvents {name}")
        yield from self.pages.get(name, [[]])

    def rules(self) -> Sequence[EventRule]:
        self._check("events:ListRules")
        return self.all_rules

    def targets(self, rule: str) -> Sequence[RuleTarget]:
        self._check("events:ListTargetsByRule")
        return self.all_targets.get(rule, [])

    def subscriptions(self, topic_arn: str) -> Sequence[Subscription]:
        self._check("sns:ListSubscriptionsByTopic")
        return self.topics.get(topic_arn, [])


@dataclass
class Records:
    """`RecordPlaces` with the same logs and trail everywhere."""

    logs: FakeLogs = field(default_factory=FakeLogs)
    trail: FakeTrail = field(default_factory=FakeTrail)

    def records_at(self, _place: Place) -> Any:
        return self


def places(logs: FakeLogs | None = None, trail: FakeTrail | None = None) -> RecordPlaces:
    return cast("RecordPlaces", Records(logs or FakeLogs(), trail or FakeTrail()))


def preferences(**inputs: object) -> str:
    import json

    return CONTENT % ", ".join(f'"{name}": {json.dumps(value)}' for name, value in inputs.items())
