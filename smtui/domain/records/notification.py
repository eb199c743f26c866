"""Describes who is notified of sessions: rules of EventBridge, their targets, and the subscribers of SNS topics.

EventBridge has no event of its own for sessions. A rule can match the calls that CloudTrail records. Sources:
https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-auditing.html and the API references of
ListRules, ListTargetsByRule and ListSubscriptionsByTopic.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smtui.domain.fault import Fault


@dataclass(frozen=True, slots=True)
class EventRule:
    """One rule of the default bus."""

    name: str
    pattern: str = field(default="", repr=False)
    """JSON; empty for a rule with a schedule."""
    is_enabled: bool = True


@dataclass(frozen=True, slots=True)
class RuleTarget:
    """What a rule sends its events to."""

    arn: str

    @property
    def is_topic(self) -> bool:
        """Whether it is an SNS topic."""
        return self.arn.split(":")[2:3] == ["sns"]


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscriber of a topic."""

    protocol: str
    """`email`, `sms`, `https`, `lambda`, …"""
    endpoint: str
    is_confirmed: bool = True


@dataclass(frozen=True, slots=True)
class NotifiedBy:
    """A rule that matches sessions, and whom it reaches as far as that could be seen."""

    rule: EventRule
    targets: tuple[RuleTarget, ...] | Fault = ()
    subscriptions: tuple[tuple[str, tuple[Subscription, ...] | Fault], ...] = ()
    """For each topic among the targets, its subscribers."""
