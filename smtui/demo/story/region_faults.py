"""Applies faults to the calls of a simulated Region, and counts the calls of each action.

A fault has a name and a JSON value: `{"deny": ["ssm:StartSession"], "latency": {"*": 2}, "mute": true}`; an action
is `ssm:StartSession`, `ssm:*` or `*`; `ssm:StartSession@document/NAME` denies sessions with that document alone, and
`ssm:StartSession@node/ID` those on that node. `@region/us-east-1`, `@account/444455556666` or
`@place/444455556666/us-east-1` behind an action confines any fault of calls to that place.
Setting a fault replaces only that fault; a false, empty or null value ends it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from smtui.demo.story.account_facts import HOME, SILENT_REGION, SWITCHES, DemoPlace
from smtui.demo.wire.service_errors import Refusal

_NAMED = frozenset({"deny", "hang"})
"""A list of actions."""
_LISTED = frozenset({"switch"})
"""A list of switches of the Region."""
_COUNTED = frozenset({"throttle", "server_error"})
"""The next N calls, by action."""
_MEASURED = frozenset({"latency", "rate"})
"""Seconds to wait, or calls a second to allow, by action."""
_FLAGS = frozenset({"expired", "mute", "drop_for_good", "drop_now"})
_AMOUNTS = frozenset({"mute_after_bytes", "drop_after_bytes", "corrupt", "channel_delay"})
"""Bytes of output, messages, seconds."""
_ON_CHANNEL = frozenset({"mute", "drop_for_good", "drop_now"}) | _AMOUNTS
"""The faults of the data channel, such as a connection that drops once, or for good."""
_SCOPES = ("region/", "account/", "place/")
_SPEEDS = frozenset({"boot", "connect", "decision", "grant", "minute"})
"""Seconds from StartInstances to the first ping, and from there to the control channel; both 0 by themselves.

Seconds from a request for access to its decision, those for which an access lasts, and those of a minute of the
sessions' limits; 0 for the usual ones.
"""
_NAMES = _SPEEDS | _NAMED | _LISTED | _COUNTED | _MEASURED | _FLAGS | _AMOUNTS


@dataclass(frozen=True, slots=True)
class Fate:
    """What happens to one call: a delay in seconds, then no answer (`hang`), a refusal, or neither."""

    delay: float = 0.0
    hang: bool = False
    refusal: Refusal | None = None


@dataclass(slots=True)
class _Calls:
    count: int = 0
    peak: int = 0
    """The most calls within one second."""
    recent: deque[float] = field(default_factory=deque)

    def add(self, now: float) -> None:
        self.count += 1
        self.recent.append(now)
        while self.recent[0] <= now - 1.0:
            self.recent.popleft()
        self.peak = max(self.peak, len(self.recent))


class Faults:
    """The faults and switches of one Region; safe to use from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._set: dict[str, Any] = {}
        self._calls: dict[str, _Calls] = {}
        self._granted: dict[tuple[str, DemoPlace], deque[float]] = {}
        self._listeners: list[Callable[[Mapping[str, Any]], None]] = []
        self._switched: list[Callable[[], None]] = []

    def apply(self, settings: Mapping[str, Any]) -> None:
        """Sets the named faults; `reset` ends all others first. Raises ValueError for an unknown name or value."""
        wanted = {name: _checked(name, value) for name, value in settings.items() if name != "reset"}
        for_channel = {name: value for name, value in wanted.items() if name in _ON_CHANNEL}
        with self._lock:
            if settings.get("reset"):
                self._set.clear()
                for_channel = dict.fromkeys(_ON_CHANNEL) | for_channel
            self._set.update(wanted)
            self._set = {name: value for name, value in self._set.items() if value and name != "drop_now"}
        for listener in list(self._listeners):
            listener(for_channel)
        if "switch" in wanted:
            for switched in list(self._switched):
                switched()

    def on_switches(self, listener: Callable[[], None]) -> None:
        """Calls `listener` whenever switches have been set."""
        self._switched.append(listener)

    def apply_text(self, text: str) -> None:
        """The same from `deny=ssm:StartSession;latency=2;mute`."""
        self.apply(_parse_text(text))

    def on_channel_faults(self, listener: Callable[[Mapping[str, Any]], None]) -> None:
        """Passes the data channel's faults to `listener`: those in force now, then each one set; None ends one."""
        with self._lock:
            in_force = {name: value for name, value in self._set.items() if name in _ON_CHANNEL}
        listener(in_force)
        self._listeners.append(listener)

    def fate_of(self, action: str, place: DemoPlace = HOME) -> Fate:
        """Counts a call of an action such as `ssm:StartSession` and returns its fate; uses up counted faults."""
        with self._lock:
            now = self._clock()
            self._calls.setdefault(action, _Calls()).add(now)
            delay = float(self._valued("latency", action, place) or 0.0)
            if place.region == SILENT_REGION or self._names("hang", action, place):
                return Fate(delay, hang=True)
            return Fate(delay, refusal=self._refusal(action, now, place))

    def state(self) -> dict[str, Any]:
        """The faults in force, the number of calls by action, and the most within any one second."""
        with self._lock:
            return {
                "faults": dict(self._set),
                "calls": {action: calls.count for action, calls in self._calls.items()},
                "peaks": {action: calls.peak for action, calls in self._calls.items()},
            }

    def calls(self, action: str) -> int:
        """The number of calls of an action so far."""
        with self._lock:
            calls = self._calls.get(action)
            return calls.count if calls is not None else 0

    def denies(self, action: str, place: DemoPlace = HOME) -> bool:
        """Whether calls of an action such as `ssm:StartSession` are denied; does not count as a call."""
        with self._lock:
            return self._names("deny", action, place)

    def switches(self) -> frozenset[str]:
        """The switches that are on; see `story.account_switches`."""
        with self._lock:
            return frozenset(self._set.get("switch", ()))

    def seconds(self, name: str) -> float:
        """How long `boot`, `connect`, `decision` or `grant` takes."""
        with self._lock:
            return float(self._set.get(name) or 0.0)

    @property
    def expired(self) -> bool:
        """Whether the credentials count as expired."""
        with self._lock:
            return bool(self._set.get("expired"))

    def _refusal(self, action: str, now: float, place: DemoPlace) -> Refusal | None:
        if self._names("deny", action, place):
            return Refusal.DENIED
        if self._use_up("throttle", action, place) or self._over_rate(action, now, place):
            return Refusal.THROTTLED
        if self._use_up("server_error", action, place):
            return Refusal.SERVER
        return None

    def _over_rate(self, action: str, now: float, place: DemoPlace) -> bool:
        """AWS allows each account and Region its own rate."""
        allowed = self._valued("rate", action, place)
        if not allowed:
            return False
        granted = self._granted.setdefault((action, place), deque())
        while granted and granted[0] <= now - 1.0:
            granted.popleft()
        if len(granted) >= allowed:
            return True
        granted.append(now)
        return False

    def _names(self, fault: str, action: str, place: DemoPlace) -> bool:
        return any(_fits(pattern, action, place) for pattern in self._set.get(fault, ()))

    def _valued(self, fault: str, action: str, place: DemoPlace) -> float | None:
        values: Mapping[str, float] = self._set.get(fault, {})
        return next((value for pattern, value in values.items() if _fits(pattern, action, place)), None)

    def _use_up(self, fault: str, action: str, place: DemoPlace) -> bool:
        left: dict[str, int] = self._set.get(fault, {})
        for pattern, count in left.items():
            if count > 0 and _fits(pattern, action, place):
                left[pattern] = count - 1
                return True
        return False


def _fits(pattern: str, action: str, place: DemoPlace) -> bool:
    pattern, at, where = pattern.partition("@")
    if at and where.startswith(_SCOPES):
        here = (f"region/{place.region}", f"account/{place.account}", f"place/{place.account}/{place.region}")
        return where in here and _fits(pattern, action, place)
    pattern += at + where
    if pattern.endswith("*"):
        return action.startswith(pattern[:-1])
    return pattern == action


def _checked(name: str, value: Any) -> Any:
    """The value in the form of its fault. Raises ValueError, a sentence, for an unknown name or value."""
    if name not in _NAMES:
        raise ValueError(f"There is no fault named {name!r}. There are: {', '.join(sorted(_NAMES))}.")
    if name in _NAMED:
        return _names(name, value, "actions")
    if name in _LISTED:
        return _switches(_names(name, value, "names"))
    if name in _COUNTED | _MEASURED:
        return _by_action(name, value)
    if name in _FLAGS:
        return bool(value)
    return _number(name, value or 0)


def _parse_text(text: str) -> dict[str, Any]:
    """`deny=ssm:StartSession,ec2:*;latency=2;throttle=ssm:StartSession@3;mute` as a mapping, values unchecked."""
    settings: dict[str, Any] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, given, value = part.partition("=")
        name = name.strip().replace("-", "_")
        settings[name] = _value(name, value.strip()) if given else _bare(name)
    return settings


def _bare(name: str) -> Any:
    if name in _NAMED:
        return ["*"]
    if name in _COUNTED | _MEASURED | _AMOUNTS | _SPEEDS | _LISTED:
        example = next(iter(SWITCHES)) if name in _LISTED else "2"
        raise ValueError(f"The fault {name!r} needs a value, as in {name}={example}.")
    return True


def _value(name: str, text: str) -> Any:
    if name in _COUNTED | _MEASURED:
        return dict(_pair(name, part) for part in text.split(","))
    if name in _AMOUNTS | _SPEEDS:
        return _parsed(name, text)
    if name in _FLAGS:
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
        if name not in SWITCHES:
            raise ValueError(f"There is no switch named {name!r}. There are: {', '.join(SWITCHES)}.")
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
