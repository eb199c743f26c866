"""Decides what happens to one tunnel, as a pure state machine: events and the time go in, actions come out.

A tunnel has at most one attempt (a session with its plugin) at a time. Every attempt that began is ended by `END`
before the next one begins, and before the tunnel counts as closed or failed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from smtui.tunnels.reasons import Lasting, Reason
from smtui.tunnels.tunnel import TunnelState


class Action(Enum):
    """What the machine asks for; the values say how each is answered."""

    START = "start a session and its plugin; answered by Started or NotStarted"
    CANCEL = "give up the start under way; it still answers"
    PROBE = "connect once, end to end; answered by Probed"
    END = "end plugin and session; answered by Ended"


@dataclass(frozen=True, slots=True)
class Begin:
    """The user starts or restarts the tunnel."""


@dataclass(frozen=True, slots=True)
class Stop:
    """The user stops the tunnel."""


@dataclass(frozen=True, slots=True)
class Tick:
    """The time of `StateMachine.deadline` may have come."""


@dataclass(frozen=True, slots=True)
class Started:
    """The session exists and its plugin runs."""


@dataclass(frozen=True, slots=True)
class NotStarted:
    """The attempt failed, and nothing is left of it."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Listening:
    """The plugin reported that the local end is open."""


@dataclass(frozen=True, slots=True)
class Probed:
    """Why the probe failed; None if the connection went through as far as can be seen."""

    trouble: Reason | None = None


@dataclass(frozen=True, slots=True)
class PluginOver:
    """The plugin ended by itself."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Ended:
    """Nothing is left of the attempt."""


Event = Begin | Stop | Tick | Started | NotStarted | Listening | Probed | PluginOver | Ended


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, and numbers of attempts in a row."""

    first_attempts: int = 4
    """For a tunnel that was never open, because its user is waiting."""
    most_attempts: int = 40
    longest_trouble: float = 900.0
    shortest_wait: float = 1.0
    longest_wait: float = 30.0
    jitter: float = 0.2
    """A wait is longer or shorter by up to this part: thirty tunnels of one broken network must not start together."""
    opening: float = 20.0
    """From the plugin's start to an open local end. The official plugin sometimes hangs there for ever."""
    steady: float = 30.0
    """After so long open, earlier failures no longer count; those of a flapping tunnel do."""


class _Phase(Enum):
    IDLE = "idle"
    BEGINNING = "beginning"
    OPENING = "opening"
    PROBING = "probing"
    OPEN = "open"
    ENDING = "ending"
    WAITING = "waiting"
    FAILED = "failed"
    CLOSED = "closed"


class _Goal(Enum):
    """What follows after an attempt has ended."""

    RUN = "run"
    RESTART = "start again"
    CLOSE = "close"


_ATTEMPTING = (_Phase.OPENING, _Phase.PROBING, _Phase.OPEN)
_DEFAULT_LIMITS = Limits()


class StateMachine:
    """Call `handle` with one event at a time; `now` is in seconds and never goes back. `jitter` returns -1 to 1."""

    def __init__(self, jitter: Callable[[], float], limits: Limits = _DEFAULT_LIMITS) -> None:
        self.deadline: float | None = None
        """When a Tick is due, in the seconds of `now`; None if none is."""
        self.reason = ""
        """Why the tunnel is not open, as a sentence."""
        self.topic = ""
        """The id of the topic that helps; empty if there is none."""
        self.attempt = 0
        """Which attempt in a row this is; 0 while the tunnel is open."""
        self._jitter = jitter
        self._limits = limits
        self._phase = _Phase.IDLE
        self._goal = _Goal.RUN
        self._was_open = False
        self._tried = 0
        self._trouble: Reason | None = None
        self._trouble_since: float | None = None
        self._open_since = 0.0

    @property
    def state(self) -> TunnelState:
        """The state to show."""
        match self._phase:
            case _Phase.OPEN:
                return TunnelState.OPEN
            case _Phase.FAILED:
                return TunnelState.FAILED
            case _Phase.CLOSED:
                return TunnelState.CLOSED
        if self._goal is _Goal.CLOSE:
            return TunnelState.STOPPING
        begins = self._goal is _Goal.RESTART or not (self._tried or self._was_open)
        return TunnelState.STARTING if begins else TunnelState.RECONNECTING

    @property
    def waiting(self) -> bool:
        """Whether `deadline` is the time of the next attempt."""
        return self._phase is _Phase.WAITING

    @property
    def stopping(self) -> bool:
        """Whether it is being ended because the user stopped it."""
        return self.state is TunnelState.STOPPING

    @property
    def restarting(self) -> bool:
        """Whether it is being ended because the user restarts it."""
        return self._goal is _Goal.RESTART and self._phase in (_Phase.BEGINNING, _Phase.ENDING)

    def handle(self, event: Event, now: float) -> tuple[Action, ...]:
        """The actions to take now. An event that does not fit the state came late, and is ignored."""
        match event:
            case Begin():
                return self._wanted(_Goal.RESTART)
            case Stop():
                return self._wanted(_Goal.CLOSE)
            case Tick():
                return self._tick(now)
            case Started() | NotStarted():
                return self._begun(event, now)
            case Ended():
                return self._ended(now) if self._phase is _Phase.ENDING else ()
        return self._during(event, now)

    def _wanted(self, goal: _Goal) -> tuple[Action, ...]:
        if self._phase is _Phase.BEGINNING:
            self._goal = goal
            return (Action.CANCEL,)
        if self._phase is _Phase.ENDING:
            self._goal = goal
            return ()
        if self._phase in _ATTEMPTING:
            self._goal = goal
            return self._end()
        if goal is _Goal.RESTART:
            return self._restart()
        if self._phase is not _Phase.FAILED:
            self._settle(_Phase.CLOSED)
        return ()

    def _restart(self) -> tuple[Action, ...]:
        self._was_open = False
        self._tried = 0
        self._trouble = None
        self._trouble_since = None
        self._well()
        return self._start()

    def _start(self) -> tuple[Action, ...]:
        self._settle(_Phase.BEGINNING)
        self._goal = _Goal.RUN
        self.attempt = self._tried + 1
        return (Action.START,)

    def _begun(self, event: Started | NotStarted, now: float) -> tuple[Action, ...]:
        if self._phase is not _Phase.BEGINNING:
            return ()
        if isinstance(event, NotStarted):
            self._trouble = event.reason
            return self._ended(now)
        if self._goal is not _Goal.RUN:
            return self._end()
        self._settle(_Phase.OPENING, now + self._limits.opening)
        return ()

    def _during(self, event: Listening | Probed | PluginOver, now: float) -> tuple[Action, ...]:
        if self._phase not in _ATTEMPTING:
            return ()
        match event:
            case PluginOver(reason):
                return self._broken(reason, now)
            case Listening() if self._phase is _Phase.OPENING:
                self._settle(_Phase.PROBING, now + self._limits.opening)
                return (Action.PROBE,)
            case Probed(None) if self._phase is _Phase.PROBING:
                self._opened(now)
            case Probed(Reason() as trouble) if self._phase is _Phase.PROBING:
                return self._broken(trouble, now)
        return ()

    def _opened(self, now: float) -> None:
        self._settle(_Phase.OPEN)
        self._was_open = True
        self._open_since = now
        self.attempt = 0
        self._well()

    def _well(self) -> None:
        self.reason = self.topic = ""

    def _tick(self, now: float) -> tuple[Action, ...]:
        if self.deadline is None or now < self.deadline:
            return ()
        if self._phase is _Phase.WAITING:
            return self._start()
        seconds = f"{self._limits.opening:.0f} s"
        if self._phase is _Phase.PROBING:
            return self._broken(Reason(f"No connection went through the plugin within {seconds}."), now)
        return self._broken(Reason(f"The plugin opened no local end within {seconds}."), now)

    def _broken(self, trouble: Reason, now: float) -> tuple[Action, ...]:
        if self._phase is _Phase.OPEN and now - self._open_since >= self._limits.steady:
            self._tried = 0
            self._trouble_since = None
        self._trouble = trouble
        self.reason, self.topic = trouble.sentence, trouble.topic
        return self._end()

    def _end(self) -> tuple[Action, ...]:
        self._settle(_Phase.ENDING)
        return (Action.END,)

    def _ended(self, now: float) -> tuple[Action, ...]:
        """Decides what follows when nothing of the attempt runs any more."""
        if self._goal is _Goal.CLOSE:
            self._settle(_Phase.CLOSED)
            return ()
        if self._goal is _Goal.RESTART:
            return self._restart()
        self._retry_or_fail(self._trouble or Reason("It ended for no known reason."), now)
        return ()

    def _retry_or_fail(self, trouble: Reason, now: float) -> None:
        self._tried += 1
        self._trouble_since = now if self._trouble_since is None else self._trouble_since
        self.reason, self.topic = trouble.sentence, trouble.topic
        if self._hopeless(trouble):
            self._settle(_Phase.FAILED)
        elif self._tried >= self._most_attempts():
            self._give_up(f"Given up after {self._tried} attempts.")
        elif now - self._trouble_since >= self._limits.longest_trouble:
            self._give_up(f"Given up after {self._limits.longest_trouble / 60:.0f} minutes.")
        else:
            self._settle(_Phase.WAITING, now + self._wait())
            self.attempt = self._tried + 1

    def _give_up(self, words: str) -> None:
        self._settle(_Phase.FAILED)
        self.reason = f"{self.reason} {words}"

    def _hopeless(self, trouble: Reason) -> bool:
        if trouble.lasting is Lasting.ONCE_OPEN:
            return not self._was_open
        return trouble.lasting is Lasting.PERMANENT

    def _most_attempts(self) -> int:
        return self._limits.most_attempts if self._was_open else self._limits.first_attempts

    def _wait(self) -> float:
        doubled = self._limits.shortest_wait * 2.0 ** min(self._tried - 1, 16)
        return min(doubled, self._limits.longest_wait) * (1.0 + self._limits.jitter * self._jitter())

    def _settle(self, phase: _Phase, deadline: float | None = None) -> None:
        self._phase = phase
        self.deadline = deadline
