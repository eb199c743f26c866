"""The names of the faults, what value each takes, and their short form on one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smtui.demo.switches import SWITCHES as REGION_SWITCHES

NAMED = frozenset({"deny", "hang"})
"""A list of actions."""
LISTED = frozenset({"switch"})
"""A list of switches of the Region."""
COUNTED = frozenset({"throttle", "server_error"})
"""The next N calls, by action."""
MEASURED = frozenset({"latency", "rate"})
"""Seconds to wait, or calls a second to allow, by action."""
SWITCHES = frozenset({"expired", "mute", "drop_for_good", "drop_now"})
AMOUNTS = frozenset({"drop_after_bytes", "corrupt", "channel_delay"})
"""Bytes of output, messages, seconds."""
ON_CHANNEL = frozenset({"mute", "drop_for_good", "drop_now"}) | AMOUNTS
"""The faults of the data channel: it drops once after so many bytes or at once, and for good refuses to come back."""
NAMES = NAMED | LISTED | COUNTED | MEASURED | SWITCHES | AMOUNTS


def checked(name: str, value: Any) -> Any:
    """The value in its own form; raises ValueError, in a sentence, for an unknown name or an unfit value."""
    if name not in NAMES:
        raise ValueError(f"There is no fault named {name!r}. There are: {', '.join(sorted(NAMES))}.")
    if name in NAMED:
        return _names(name, value, "actions")
    if name in LISTED:
        return _switches(_names(name, value, "names"))
    if name in COUNTED | MEASURED:
        return _by_action(name, value)
    if name in SWITCHES:
        return bool(value)
    return _number(name, value or 0)


def parse_text(text: str) -> dict[str, Any]:
    """`deny=ssm:StartSession,ec2:*;latency=2;throttle=ssm:StartSession@3;mute` as a mapping, values unchecked."""
    settings: dict[str, Any] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, given, value = part.partition("=")
        name = name.strip().replace("-", "_")
        settings[name] = _value(name, value.strip()) if given else _bare(name)
    return settings


def _bare(name: str) -> Any:
    if name in NAMED:
        return ["*"]
    if name in COUNTED | MEASURED | AMOUNTS | LISTED:
        example = next(iter(REGION_SWITCHES)) if name in LISTED else "2"
        raise ValueError(f"The fault {name!r} needs a value, as in {name}={example}.")
    return True


def _value(name: str, text: str) -> Any:
    if name in COUNTED | MEASURED:
        return dict(_pair(name, part) for part in text.split(","))
    if name in AMOUNTS:
        return _parsed(name, text)
    if name in SWITCHES:
        raise ValueError(f"The fault {name!r} takes no value.")
    return [each.strip() for each in text.split(",")]


def _pair(name: str, text: str) -> tuple[str, float]:
    """`ssm:StartSession@3`, or `3` for every action."""
    action, at, amount = text.strip().rpartition("@")
    return (action if at else "*"), _parsed(name, amount)


def _parsed(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"The fault {name!r} needs a number, not {text!r}.") from None


def _switches(names: list[str]) -> list[str]:
    for name in names:
        if name not in REGION_SWITCHES:
            raise ValueError(f"There is no switch named {name!r}. There are: {', '.join(REGION_SWITCHES)}.")
    return names


def _names(name: str, value: Any, what: str) -> list[str]:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return list(value)
    if not value:
        return []
    raise ValueError(f"The fault {name!r} needs a list of {what}.")


def _by_action(name: str, value: Any) -> dict[str, float]:
    if isinstance(value, (int, float)):
        value = {"*": value}
    if not isinstance(value, Mapping):
        if not value:
            return {}
        raise ValueError(f"The fault {name!r} needs a number for each action.")
    return {str(action): _number(name, amount) for action, amount in value.items()}


def _number(name: str, value: Any) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1e9:
        return int(value) if value == int(value) else value
    raise ValueError(f"The fault {name!r} needs a number from 0 to 1e9, not {value!r}.")
