"""What a simulated Region can be told to do wrong, and how often each action was called.

A fault is named and valued as in JSON: `{"deny": ["ssm:StartSession"], "latency": {"*": 2}, "mute": true}`; an action
is `ssm:StartSession`, `ssm:*` or `*`. Setting a fault replaces that fault alone; a false, empty or null value ends it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from smtui.demo.errors import Refusal
from smtui.demo.fault_values import ON_CHANNEL, checked, parse_text


@dataclass(frozen=True, slots=True)
class Fate:
    """What befalls one call: a wait of so many seconds, then no answer at all, or a refusal, or nothing."""

    delay: float = 0.0
    hang: bool = False
    refusal: Refusal | None = None


@dataclass(slots=True)
class _Calls:
    count: int = 0
    peak: int = 0
    """Most calls within any one second."""
    recent: deque[float] = field(default_factory=deque)

    def add(self, now: float) -> None:
        self.count += 1
        self.recent.append(now)
        while self.recent[0] <= now - 1.0:
            self.recent.popleft()
        self.peak = max(self.peak, len(self.recent))


class Faults:
    """The switches of one Region; safe to use from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._set: dict[str, Any] = {}
        self._calls: dict[str, _Calls] = {}
        self._granted: dict[str, deque[float]] = {}
        self._listeners: list[Callable[[Mapping[str, Any]], None]] = []

    def apply(self, settings: Mapping[str, Any]) -> None:
        """Sets the named faults; `reset` ends all others first. Raises ValueError for a name or value unknown."""
        wanted = {name: checked(name, value) for name, value in settings.items() if name != "reset"}
        for_channel = {name: value for name, value in wanted.items() if name in ON_CHANNEL}
        with self._lock:
            if settings.get("reset"):
                self._set.clear()
                for_channel = dict.fromkeys(ON_CHANNEL) | for_channel
            self._set.update(wanted)
            self._set = {name: value for name, value in self._set.items() if value and name != "drop_now"}
        for listener in list(self._listeners):
            listener(for_channel)

    def apply_text(self, text: str) -> None:
        """The same from `deny=ssm:StartSession;latency=2;mute`."""
        self.apply(parse_text(text))

    def on_channel_faults(self, listener: Callable[[Mapping[str, Any]], None]) -> None:
        """`listener` gets the data channel's faults that are in force, then each that is set; None ends one."""
        with self._lock:
            in_force = {name: value for name, value in self._set.items() if name in ON_CHANNEL}
        listener(in_force)
        self._listeners.append(listener)

    def meet(self, action: str) -> Fate:
        """Counts a call of `ssm:StartSession` and says what befalls it; counted faults are used up by it."""
        with self._lock:
            now = self._clock()
            self._calls.setdefault(action, _Calls()).add(now)
            delay = float(self._valued("latency", action) or 0.0)
            if self._names("hang", action):
                return Fate(delay, hang=True)
            return Fate(delay, refusal=self._refusal(action, now))

    def state(self) -> dict[str, Any]:
        """The faults in force, the number of calls by action, and the most within any one second."""
        with self._lock:
            return {
                "faults": dict(self._set),
                "calls": {action: calls.count for action, calls in self._calls.items()},
                "peaks": {action: calls.peak for action, calls in self._calls.items()},
            }

    def calls(self, action: str) -> int:
        with self._lock:
            calls = self._calls.get(action)
            return calls.count if calls is not None else 0

    def denies(self, action: str) -> bool:
        """Whether calls of `ssm:StartSession` are refused for want of permission; it counts as no call."""
        with self._lock:
            return self._names("deny", action)

    def switches(self) -> frozenset[str]:
        """What is wrong with the account as a whole; see `smtui.demo.switches`."""
        with self._lock:
            return frozenset(self._set.get("switch", ()))

    @property
    def expired(self) -> bool:
        with self._lock:
            return bool(self._set.get("expired"))

    def _refusal(self, action: str, now: float) -> Refusal | None:
        if self._names("deny", action):
            return Refusal.DENIED
        if self._use_up("throttle", action) or self._over_rate(action, now):
            return Refusal.THROTTLED
        if self._use_up("server_error", action):
            return Refusal.SERVER
        return None

    def _over_rate(self, action: str, now: float) -> bool:
        allowed = self._valued("rate", action)
        if not allowed:
            return False
        granted = self._granted.setdefault(action, deque())
        while granted and granted[0] <= now - 1.0:
            granted.popleft()
        if len(granted) >= allowed:
            return True
        granted.append(now)
        return False

    def _names(self, fault: str, action: str) -> bool:
        return any(_fits(pattern, action) for pattern in self._set.get(fault, ()))

    def _valued(self, fault: str, action: str) -> float | None:
        values: Mapping[str, float] = self._set.get(fault, {})
        return next((value for pattern, value in values.items() if _fits(pattern, action)), None)

    def _use_up(self, fault: str, action: str) -> bool:
        left: dict[str, int] = self._set.get(fault, {})
        for pattern, count in left.items():
            if count > 0 and _fits(pattern, action):
                left[pattern] = count - 1
                return True
        return False


def _fits(pattern: str, action: str) -> bool:
    if pattern.endswith("*"):
        return action.startswith(pattern[:-1])
    return pattern == action
