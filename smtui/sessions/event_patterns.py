"""Judges whether a rule's event pattern matches the events that CloudTrail has of sessions.

Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html. A pattern may use filters that
are not known here; then nobody can tell, which is not the same as no match.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any

SESSION_EVENTS = ("StartSession", "ResumeSession", "TerminateSession")


class Match(Enum):
    """Whether a pattern matches."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


def matched_events(pattern: str) -> Mapping[str, Match]:
    """Return for each event name of sessions whether the pattern (JSON) matches such an event.

    The event has a place for everything, but a pattern that asks for a certain user or node matches only some of them:
    it counts as matching if it matches what all sessions have in common.
    """
    try:
        held = json.loads(pattern) if pattern else None
    except (ValueError, RecursionError):
        held = None
    if not isinstance(held, dict):
        return dict.fromkeys(SESSION_EVENTS, Match.UNKNOWN if pattern else Match.NO)
    return {name: _of_structure(held, _event(name)) for name in SESSION_EVENTS}


def _event(name: str) -> dict[str, Any]:
    """What is certain of the event; `_OPEN` stands for what differs from session to session."""
    return {
        "source": "aws.ssm",
        "detail-type": "AWS API Call via CloudTrail",
        "account": _OPEN,
        "region": _OPEN,
        "resources": _OPEN,
        "detail": {"eventSource": "ssm.amazonaws.com", "eventName": name},
    }


_OPEN = object()


def _of_structure(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> Match:
    found = []
    for key, wanted in pattern.items():
        if key == "$or" and isinstance(wanted, list):
            parts = [_of_structure(one, event) for one in wanted if isinstance(one, dict)]
            found.append(_any(parts))
            continue
        value = event.get(key, _OPEN)
        if isinstance(wanted, dict):
            found.append(_of_structure(wanted, value) if isinstance(value, dict) else Match.UNKNOWN)
        elif isinstance(wanted, list):
            found.append(_any([_of_filter(one, value) for one in wanted]))
        else:
            found.append(Match.UNKNOWN)
    return _all(found)


def _of_filter(wanted: object, value: object) -> Match:
    if value is _OPEN:
        return Match.UNKNOWN
    if not isinstance(wanted, dict):
        return _of(wanted == value)
    if len(wanted) != 1 or not isinstance(value, str):
        return Match.UNKNOWN
    ((name, given),) = wanted.items()
    return _of_named_filter(name, given, value)


def _of_named_filter(name: str, given: object, value: str) -> Match:
    if name == "exists" and isinstance(given, bool):
        return _of(given)
    if name == "anything-but" and isinstance(given, str | list):
        return _of(value not in (given if isinstance(given, list) else [given]))
    judge = _JUDGES.get(name)
    return _of(judge(value, given)) if judge is not None and isinstance(given, str) else Match.UNKNOWN


_JUDGES: Mapping[str, Callable[[str, str], bool]] = {
    "prefix": str.startswith,
    "suffix": str.endswith,
    "equals-ignore-case": lambda value, given: value.casefold() == given.casefold(),
    "wildcard": lambda value, given: re.fullmatch(".*".join(map(re.escape, given.split("*"))), value) is not None,
}


def _of(matches: bool) -> Match:
    return Match.YES if matches else Match.NO


def _any(found: Sequence[Match]) -> Match:
    if Match.YES in found:
        return Match.YES
    return Match.UNKNOWN if Match.UNKNOWN in found else Match.NO


def _all(found: Sequence[Match]) -> Match:
    if Match.NO in found:
        return Match.NO
    return Match.UNKNOWN if Match.UNKNOWN in found else Match.YES
