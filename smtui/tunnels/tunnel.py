"""Describes a tunnel, a port forward that runs in the background, as it is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from smtui.domain.text import harmless

if TYPE_CHECKING:
    from smtui.domain.forward import Forward
    from smtui.plugin.plugin_output import PluginLine

_OURS = "smtui: "


class TunnelState(StrEnum):
    """The states that a user sees."""

    STARTING = "starting"
    OPEN = "open"
    RECONNECTING = "reconnecting"
    """It was open, or should be; smtui retries by itself, on the same local port."""
    STOPPING = "stopping"
    """The user stops it; its plugin and its session are being ended."""
    FAILED = "failed"
    """smtui gave up, for a reason that is named; nothing of the tunnel runs any more."""
    CLOSED = "closed"
    """The user stopped it."""

    @property
    def over(self) -> bool:
        """Whether nothing of the tunnel runs any more."""
        return self in (TunnelState.FAILED, TunnelState.CLOSED)

    @property
    def in_trouble(self) -> bool:
        """Whether it has a reason to be told; one that the user stops may still keep that of its last trouble."""
        return self in (TunnelState.FAILED, TunnelState.RECONNECTING)


@dataclass(frozen=True, slots=True)
class TunnelView:
    """A tunnel at one moment; every text is harmless for a terminal."""

    tunnel_id: str
    forward: Forward
    """With the local port that was chosen; restarts keep it."""
    state: TunnelState
    since: datetime
    """When it entered this state; aware, UTC."""
    local: str
    """Where to connect: `127.0.0.1:5432`, or a socket's path."""
    connections_now: int | None = None
    """None if the plugin does not report it (the official one)."""
    connections_total: int = 0
    bytes_in: int | None = None
    """From the far end to us; None if the plugin does not report it."""
    bytes_out: int | None = None
    last_word: str = ""
    """The last message about it, from the plugin, AWS or smtui; a failed tunnel's reason."""
    attempt: int = 0
    """Which attempt in a row this is; 0 while it is open."""
    next_try_at: datetime | None = None
    preset: str = ""
    command: tuple[str, ...] = ()
    """What to run once it is open, with every value filled in; empty if nothing."""
    topic: str = ""
    """The id of the topic that helps; empty if nothing is wrong, or no topic is known."""
    refusal: str = ""
    """A sentence about the destination that refused a connection of the open tunnel; empty once data comes from it."""
    stalled: str = ""
    """A sentence about a client that reads nothing and holds up the others; empty once data goes through again."""
    warning: str = ""
    """What the user should know while it runs, for example that other machines can reach the local address."""
    session_id: str = ""
    """The session that carries it now; empty if none does."""

    @property
    def words(self) -> str:
        """The state for a status column: `open`, `open, refused` or `open, stalled`."""
        trouble = self.trouble
        return f"{self.state}, {trouble}" if trouble else str(self.state)

    @property
    def trouble(self) -> str:
        """What is wrong with an open tunnel, in one word: `refused` or `stalled`; empty if nothing is."""
        return "refused" if self.refusal else "stalled" if self.stalled else ""

    @property
    def far_end(self) -> str:
        """`db.internal:5432`, or `web-1:80` for a port of the node itself."""
        destination = self.forward.destination
        return str(destination) if destination.host else f"{self.forward.label}:{destination.port}"


def title_of(forward: Forward) -> str:
    """`db.internal:5432 through bastion-1`, or `port 80 of web-1`; harmless."""
    if forward.destination.host:
        return harmless(f"{forward.destination} through {forward.label}")
    return harmless(f"port {forward.destination.port} of {forward.label}")


@dataclass(frozen=True, slots=True)
class TunnelCount:
    """How many tunnels run, and how many have failed."""

    active: int = 0
    failed: int = 0

    @property
    def words(self) -> str:
        """`2 tunnels`, of those that run; empty if none does."""
        return tunnels_in_words(self.active) if self.active else ""


def tunnels_in_words(number: int) -> str:
    """Return `1 tunnel`, or `2 tunnels`."""
    return f"{number} tunnel" if number == 1 else f"{number} tunnels"


def count_tunnels(views: Iterable[TunnelView]) -> TunnelCount:
    """Count the tunnels that run and those that have failed."""
    states = Counter(view.state for view in views)
    active = sum(number for state, number in states.items() if not state.over)
    return TunnelCount(active, states[TunnelState.FAILED])


class Tally:
    """Adds up what went through a tunnel over all its attempts, without the connections that probed it.

    A plugin counts from zero each time it starts.
    """

    def __init__(self) -> None:
        self._now: int | None = None
        self._total = self._total_before = 0
        self._probes = 0
        self._in: int | None = None
        self._out: int | None = None
        self._in_before = self._out_before = 0
        self.stalled = ""
        """A sentence about a connection that reads nothing and holds up the others."""

    def take(self, line: PluginLine) -> None:
        """Take over what the plugin counted; None leaves the last count."""
        if line.reports_stall:
            said = line.text.removeprefix(_OURS)
            self.stalled = said[:1].upper() + said[1:]
        elif (line.bytes_in or 0) > (self._in or 0) or (line.now is not None and line.now < (self._now or 0)):
            # It reads again, or has closed: before that nothing gets through to anybody.
            self.stalled = ""
        self._now = self._now if line.now is None else line.now
        self._total = self._total if line.total is None else line.total
        self._in = self._in if line.bytes_in is None else line.bytes_in
        self._out = self._out if line.bytes_out is None else line.bytes_out

    def probe(self) -> None:
        """Leave out one connection, which is ours; the plugin may count it later."""
        self._probes += 1

    def new_plugin(self) -> None:
        """Begin with a plugin that counts from zero."""
        self._total_before = self.total
        self._in_before += self._in or 0
        self._out_before += self._out or 0
        self._total = self._probes = 0
        self.stalled = ""
        if self._now is not None:
            self._now, self._in, self._out = 0, 0, 0

    @property
    def now(self) -> int | None:
        """Connections that are open; None where the plugin does not say."""
        return self._now

    @property
    def total(self) -> int:
        """Connections since the tunnel began."""
        return self._total_before + max(self._total - self._probes, 0)

    @property
    def bytes_in(self) -> int | None:
        """Bytes from the far end; None where the plugin does not say."""
        return None if self._in is None else self._in_before + self._in

    @property
    def bytes_out(self) -> int | None:
        """Bytes to the far end; None where the plugin does not say."""
        return None if self._out is None else self._out_before + self._out
