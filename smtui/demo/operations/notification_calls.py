"""Answers the operations of EventBridge and SNS that say who is notified, and those that make somebody be notified.

Sources: the EventBridge API reference (default bus alone) and the SNS API reference. Nothing is ever sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from smtui.demo.account.notification_book import DemoRule, DemoTopic
from smtui.demo.wire.service_errors import AwsError

if TYPE_CHECKING:
    from smtui.demo.account.region_state import Handler, Params, RegionState

_RULES, _TARGETS, _SUBSCRIPTIONS = "ListRules", "ListTargetsByRule", "ListSubscriptionsByTopic"
_PAGE = 100
_UNCONFIRMED = "PendingConfirmation"
_CONFIRMS = frozenset({"email", "email-json", "http", "https"})
"""Protocols whose subscriber has to confirm."""
_NAME = re.compile(r"[\w-]{1,256}", re.ASCII)


def list_rules(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Lists the rules of the default bus by name."""
    names = sorted(name for name in region.notifications.rules if name.startswith(params.get("NamePrefix", "")))
    chosen, token = _slice(region, _RULES, names, params, params.get("Limit", _PAGE))
    return {"Rules": [_rule(region, name) for name in chosen], "NextToken": token}


def list_targets(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Lists the targets of a rule."""
    targets = sorted(_existing(region, params["Rule"]).targets.items())
    chosen, token = _slice(region, _TARGETS, targets, params, params.get("Limit", _PAGE))
    return {"Targets": [{"Id": name, "Arn": arn} for name, arn in chosen], "NextToken": token}


def put_rule(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Makes a rule, or changes it; its targets stay."""
    name, pattern, schedule = params["Name"], params.get("EventPattern", ""), params.get("ScheduleExpression", "")
    if not pattern and not schedule:
        raise AwsError("ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified.")
    if pattern:
        _check_pattern(pattern)
    with region.notifications.lock:
        rule = region.notifications.rules.setdefault(name, DemoRule(name))
        rule.pattern, rule.schedule = pattern, schedule
        rule.state, rule.description = params.get("State", "ENABLED"), params.get("Description", "")
    return {"RuleArn": _rule_arn(region, name)}


def _check_pattern(pattern: str) -> None:
    try:
        held = json.loads(pattern)
    except (ValueError, RecursionError):
        held = None
    if not isinstance(held, dict) or not held:
        raise AwsError("InvalidEventPatternException", "Event pattern is not valid. Reason: it is not a JSON object")


def put_targets(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Adds targets to a rule, or changes those with the same ids."""
    with region.notifications.lock:
        rule = _existing(region, params["Rule"])
        rule.targets.update({target["Id"]: target["Arn"] for target in params["Targets"]})
    return {"FailedEntryCount": 0, "FailedEntries": []}


def create_topic(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Makes a topic; one that is there already is returned."""
    if not _NAME.fullmatch(params["Name"]):
        raise AwsError("InvalidParameter", "Invalid parameter: Topic Name")
    arn = region.place.arn("sns", params["Name"])
    with region.notifications.lock:
        region.notifications.topics.setdefault(arn, DemoTopic(arn))
    return {"TopicArn": arn}


def set_topic_attributes(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Changes the policy of a topic; other attributes are accepted and kept nowhere."""
    topic = _topic(region, params["TopicArn"])
    if params["AttributeName"] == "Policy":
        try:
            json.loads(params.get("AttributeValue", ""))
        except ValueError:
            raise AwsError("InvalidParameter", "Invalid parameter: Policy Error: null") from None
        topic.policy = params["AttributeValue"]
    return {}


def subscribe(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Subscribes an endpoint; a mail address has to confirm, which nobody here does."""
    topic, protocol = _topic(region, params["TopicArn"]), params["Protocol"]
    arn = "" if protocol in _CONFIRMS else region.account.new_id(f"{topic.arn}:sub")
    with region.notifications.lock:
        topic.subscribers.append((protocol, params.get("Endpoint", ""), arn))
    return {"SubscriptionArn": arn or "pending confirmation"}


def list_subscriptions(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Lists the subscribers of a topic."""
    topic = _topic(region, params["TopicArn"])
    chosen, token = _slice(region, _SUBSCRIPTIONS, topic.subscribers, params, _PAGE)
    listed = [
        {
            "SubscriptionArn": arn or _UNCONFIRMED,
            "Owner": region.place.account,
            "Protocol": protocol,
            "Endpoint": endpoint,
            "TopicArn": topic.arn,
        }
        for protocol, endpoint, arn in chosen
    ]
    return {"Subscriptions": listed, "NextToken": token}


def _slice(
    region: RegionState, operation: str, found: list[Any], params: Params, size: int
) -> tuple[list[Any], str | None]:
    start = region.tokens.read(operation, params.get("NextToken"))
    if start is None:
        raise AwsError("ValidationException", "The specified token isn't valid.")
    end = start + size
    return found[start:end], region.tokens.make(operation, end) if end < len(found) else None


def _rule(region: RegionState, name: str) -> dict[str, Any]:
    rule = region.notifications.rules[name]
    return {
        "Name": name,
        "Arn": _rule_arn(region, name),
        "EventPattern": rule.pattern or None,
        "ScheduleExpression": rule.schedule or None,
        "State": rule.state,
        "Description": rule.description or None,
        "EventBusName": "default",
    }


def _rule_arn(region: RegionState, name: str) -> str:
    return region.place.arn("events", f"rule/{name}")


def _existing(region: RegionState, name: str) -> DemoRule:
    rule = region.notifications.rules.get(name)
    if rule is None:
        raise AwsError("ResourceNotFoundException", f"Rule {name} does not exist on EventBus default.")
    return rule


def _topic(region: RegionState, arn: str) -> DemoTopic:
    topic = region.notifications.topics.get(arn)
    if topic is None:
        raise AwsError("NotFound", "Topic does not exist", 404)
    return topic


EVENTS_HANDLERS: Mapping[str, Handler] = {
    _RULES: list_rules,
    _TARGETS: list_targets,
    "PutRule": put_rule,
    "PutTargets": put_targets,
}
SNS_HANDLERS: Mapping[str, Handler] = {
    "CreateTopic": create_topic,
    "SetTopicAttributes": set_topic_attributes,
    "Subscribe": subscribe,
    _SUBSCRIPTIONS: list_subscriptions,
}
