"""Answers CloudTrail's LookupEvents from the calls that the Region received and from those of the story.

Source: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html. Athena's StartSession is
among the events, as in an account where somebody uses Spark.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Any

from smtui.demo.account.call_trail import RecordedCall
from smtui.demo.wire.service_errors import AwsError

if TYPE_CHECKING:
    from smtui.demo.account.region_state import Handler, Params, RegionState

_OPERATION = "LookupEvents"
_KEPT = timedelta(days=90)
_PAGE = 50
_FACTS: Mapping[str, Callable[[RecordedCall], str]] = {
    "EventId": lambda call: call.event_id,
    "EventName": lambda call: call.name,
    "EventSource": lambda call: call.source,
    "Username": lambda call: call.user_name,
    "AccessKeyId": lambda call: call.access_key_id,
    "ReadOnly": lambda _: "false",
    "ResourceName": lambda _: "",
    "ResourceType": lambda _: "",
}


def lookup_events(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Lists events, the newest first; one attribute at most."""
    attributes = params.get("LookupAttributes", ())
    if len(attributes) > 1:
        raise AwsError("InvalidLookupAttributesException", "You can specify only one lookup attribute.")
    now = datetime.now(UTC)
    since, until = max(params.get("StartTime", now - _KEPT), now - _KEPT), params.get("EndTime", now)
    if since > until:
        raise AwsError("InvalidTimeRangeException", "The start time is after the end time.")
    sessions = chain(region.sessions.active(), region.sessions.history())
    calls = [*region.trail.calls(sessions, region.name, since, until), *_of_athena(now, since, until)]
    for one in attributes:
        fact = _FACTS[one["AttributeKey"]]
        calls = [call for call in calls if fact(call) == one["AttributeValue"]]
    start = region.tokens.read(_OPERATION, params.get("NextToken"))
    if start is None:
        raise AwsError("InvalidNextTokenException", "The specified token isn't valid.")
    end = start + params.get("MaxResults", _PAGE)
    return {
        "Events": [_event(call) for call in calls[start:end]],
        "NextToken": region.tokens.make(_OPERATION, end) if end < len(calls) else None,
    }


def _of_athena(now: datetime, since: datetime, until: datetime) -> list[RecordedCall]:
    at, source = now.replace(minute=0, second=0, microsecond=0), "athena.amazonaws.com"
    if not since <= at <= until:
        return []
    text = json.dumps({"eventName": "StartSession", "eventSource": source, "responseElements": {"sessionId": "spark"}})
    return [RecordedCall(at, "StartSession", source, "analyst", "ASIADEMO000000000001", f"athena-{at:%H}", text)]


def _event(call: RecordedCall) -> dict[str, Any]:
    return {
        "EventId": call.event_id,
        "EventName": call.name,
        "ReadOnly": "false",
        "AccessKeyId": call.access_key_id,
        "EventTime": call.at,
        "EventSource": call.source,
        "Username": call.user_name,
        "Resources": [],
        "CloudTrailEvent": call.text,
    }


HANDLERS: Mapping[str, Handler] = {_OPERATION: lookup_events}
