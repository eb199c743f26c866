"""Finds out who is notified of sessions, and says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtui.domain.fault import AwsCallFailed, Fault
from smtui.domain.records.notification import NotifiedBy, Subscription
from smtui.domain.text import harmless
from smtui.sessions.event_patterns import SESSION_EVENTS, Match, matched_events

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from smtui.domain.records.notification import EventRule, RuleTarget
    from smtui.sessions.records_protocols import TrailAws

TOPIC = "session-notifications"
"""The topic with the rule to copy."""


@dataclass(frozen=True, slots=True)
class Notification:
    """Who is notified of sessions in one place, as far as that could be seen."""

    by: tuple[NotifiedBy, ...] = ()
    """The enabled rules that match sessions for certain."""
    perhaps: tuple[EventRule, ...] = ()
    """Enabled rules of which nobody can tell."""
    disabled: tuple[EventRule, ...] = ()
    """Rules that would match."""
    fault: Fault | None = None
    """Why the rules could not be listed."""

    @property
    def reaches_nobody(self) -> bool:
        """Whether it is certain that nobody is notified; then the rule to copy is of use."""
        return self.fault is None and not self.perhaps and not any(map(_may_reach, self.by))

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Every call that failed."""
        of_targets = [one.targets for one in self.by if isinstance(one.targets, Fault)]
        of_topics = [found for one in self.by for _, found in one.subscriptions if isinstance(found, Fault)]
        return tuple(fault for fault in (self.fault, *of_targets, *of_topics) if fault is not None)


def find_notification(aws: TrailAws) -> Notification:
    """Read rules, targets and subscribers. Blocks; never raises `AwsCallFailed`."""
    try:
        rules = aws.rules()
    except AwsCallFailed as failed:
        return Notification(fault=failed.fault)
    matching = [(rule, _match(rule)) for rule in rules]
    return Notification(
        by=tuple(_reached(aws, rule) for rule, match in matching if match is Match.YES and rule.is_enabled),
        perhaps=tuple(rule for rule, match in matching if match is Match.UNKNOWN and rule.is_enabled),
        disabled=tuple(rule for rule, match in matching if match is Match.YES and not rule.is_enabled),
    )


def _match(rule: EventRule) -> Match:
    found = matched_events(rule.pattern)
    start = found["StartSession"]
    return start if start is not Match.NO else Match.NO


def _reached(aws: TrailAws, rule: EventRule) -> NotifiedBy:
    try:
        targets = tuple(aws.targets(rule.name))
    except AwsCallFailed as failed:
        return NotifiedBy(rule, failed.fault)
    return NotifiedBy(
        rule, targets, tuple((target.arn, _subscribers(aws, target)) for target in targets if target.is_topic)
    )


def _subscribers(aws: TrailAws, target: RuleTarget) -> tuple[Subscription, ...] | Fault:
    try:
        return tuple(aws.subscriptions(target.arn))
    except AwsCallFailed as failed:
        return failed.fault


def _may_reach(one: NotifiedBy) -> bool:
    if isinstance(one.targets, Fault):
        return True
    others = [target for target in one.targets if not target.is_topic]
    return bool(others) or any(
        isinstance(found, Fault) or any(each.is_confirmed for each in found) for _, found in one.subscriptions
    )


def notification_sentences(found: Notification) -> tuple[str, ...]:
    """Return who is notified, a sentence each; the first one answers the question."""
    return tuple(map(harmless, _sentences(found)))


def _sentences(found: Notification) -> Iterator[str]:
    if found.fault is not None:
        yield f"Nobody can tell who is notified of sessions: {found.fault.sentence()}"
        return
    if found.reaches_nobody:
        yield "EventBridge notifies nobody of sessions here."
    if not found.by and not found.perhaps and not found.disabled:
        yield "No rule of EventBridge matches StartSession."
    for one in found.by:
        yield from _rule_sentences(one)
    for rule in found.perhaps:
        yield f"The rule {rule.name} may match sessions: its pattern asks for more than smtui can judge."
    for rule in found.disabled:
        yield f"The rule {rule.name} matches sessions, but is disabled."


def _rule_sentences(one: NotifiedBy) -> Iterator[str]:
    name = f"The rule {one.rule.name}"
    partly = [event for event, match in matched_events(one.rule.pattern).items() if match is Match.NO]
    but = f" (not {_listed(partly)})" if partly else ""
    if isinstance(one.targets, Fault):
        yield f"{name} matches sessions{but}; its targets were not seen: {one.targets.sentence()}"
        return
    if not one.targets:
        yield f"{name} matches sessions{but}, but has no target."
        return
    topics = dict(one.subscriptions)
    for target in one.targets:
        yield f"{name} sends sessions{but} to {_target_words(target, topics)}"


def _target_words(target: RuleTarget, topics: dict[str, tuple[Subscription, ...] | Fault]) -> str:
    if not target.is_topic:
        return f"{target.arn}."
    found, name = topics.get(target.arn, ()), target.arn.rpartition(":")[2]
    if isinstance(found, Fault):
        return f"the SNS topic {name}; its subscribers were not seen: {found.sentence()}"
    if not found:
        return f"the SNS topic {name}, which nobody has subscribed to."
    return f"the SNS topic {name}: {', '.join(map(_subscriber, found))}."


def _subscriber(one: Subscription) -> str:
    return f"{one.protocol} {one.endpoint}{'' if one.is_confirmed else ' (not confirmed yet)'}"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(names) if len(names) < len(SESSION_EVENTS) else "any of them"
