"""Describes CloudTrail's events of sessions, and reads them from the JSON that CloudTrail keeps.

Sources: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html and
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html. Whoever
calls AWS writes part of an event (user agent, reason, parameters), and a large event may be cut: nothing in it is
trusted to be there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

SOURCES = frozenset({"ssm.amazonaws.com", "ssmmessages.amazonaws.com"})
"""Athena has a StartSession, too."""
EVENT_NAMES = ("StartSession", "ResumeSession", "TerminateSession", "OpenDataChannel")
_HIDDEN = frozenset({"tokenvalue", "streamurl"})
_SHOWN_APART = frozenset({"sessionid", "target", "documentname", "reason"})
_MOST_PARAMETERS = 40


@dataclass(frozen=True, slots=True)
class TrailEvent:
    """One event. Texts are as CloudTrail has them, empty where it has none."""

    name: str
    at: datetime | None
    event_id: str = ""
    source: str = ""
    """`ssm.amazonaws.com`."""
    arn: str = ""
    """Who called, as a full ARN."""
    user_name: str = ""
    address: str = ""
    """Where the call came from: an IP address, or the name of an AWS service."""
    user_agent: str = ""
    session_id: str = ""
    target: str = ""
    document: str = ""
    reason: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    """The other parameters in clear, such as those of a forward."""
    error_code: str = ""
    error_message: str = ""
    is_broken: bool = False
    """Whether its JSON could not be read, so that only what CloudTrail gives beside it is known."""


def read_event(
    text: str, *, name: str, at: datetime | None, event_id: str = "", user_name: str = "", source: str = ""
) -> TrailEvent:
    """Read one event; what stands beside the JSON in CloudTrail's answer is given by name."""
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        held = None
    if not isinstance(held, dict):
        return TrailEvent(name, at, event_id, source, user_name=user_name, is_broken=True)
    asked, answered = _mapping(held, "requestParameters"), _mapping(held, "responseElements")
    identity = _mapping(held, "userIdentity")
    return TrailEvent(
        name=_text(held, "eventName") or name,
        at=at,
        event_id=_text(held, "eventID") or event_id,
        source=_text(held, "eventSource") or source,
        arn=_text(identity, "arn"),
        user_name=user_name or _text(identity, "userName") or _text(identity, "invokedBy"),
        address=_text(held, "sourceIPAddress"),
        user_agent=_text(held, "userAgent"),
        session_id=_text(answered, "sessionId") or _text(asked, "sessionId"),
        target=_text(asked, "target"),
        document=_text(asked, "documentName"),
        reason=_text(asked, "reason"),
        parameters=tuple(_parameters(asked)),
        error_code=_text(held, "errorCode"),
        error_message=_text(held, "errorMessage"),
    )


def _parameters(asked: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    flat = [
        *((name, value) for name, value in asked.items() if name.lower() not in _SHOWN_APART | {"parameters"}),
        *_mapping(asked, "parameters").items(),
    ]
    for name, value in flat[:_MOST_PARAMETERS]:
        if name.lower() in _HIDDEN:
            continue
        values = value if isinstance(value, list) else [value]
        yield name, ", ".join(one if isinstance(one, str) else json.dumps(one) for one in values)


def _mapping(held: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = held.get(name)
    return value if isinstance(value, dict) else {}


def _text(held: Mapping[str, Any], name: str) -> str:
    value = held.get(name)
    return value if isinstance(value, str) else ""
