"""Keeps the rules of EventBridge and the topics of SNS of a simulated Region."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

_CHANGES = '{"source":["aws.ec2"],"detail-type":["EC2 Instance State-change Notification"]}'


@dataclass(slots=True)
class DemoRule:
    """One rule of the default bus."""

    name: str
    pattern: str = ""
    schedule: str = ""
    state: str = "ENABLED"
    description: str = ""
    targets: dict[str, str] = field(default_factory=dict)
    """Id -> ARN."""


@dataclass(slots=True)
class DemoTopic:
    """One topic."""

    arn: str
    policy: str = ""
    subscribers: list[tuple[str, str, str]] = field(default_factory=list)
    """Protocol, endpoint, ARN of the subscription; the ARN is empty until it is confirmed."""


class NotificationBook:
    """No rule matches sessions at first. Hold `lock` from reading to writing."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.rules = {
            "acme-instance-changes": DemoRule("acme-instance-changes", _CHANGES),
            "acme-nightly": DemoRule("acme-nightly", schedule="cron(0 2 * * ? *)"),
        }
        self.topics: dict[str, DemoTopic] = {}
