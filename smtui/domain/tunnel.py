"""A tunnel: one running port forward in the background, as it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from smtui.domain.forward import Forward
from smtui.domain.place import Place
from smtui.domain.text import harmless


class TunnelState(StrEnum):
    STARTING = "starting"
    OPEN = "open"
    RECONNECTING = "reconnecting"
    """It was open or is meant to be; smtui tries again by itself, on the same local port."""
    FAILED = "failed"
    """Given up, for a reason that is named; nothing of it is left running."""
    CLOSED = "closed"
    """Stopped because somebody wanted so."""

    @property
    def over(self) -> bool:
        return self in (TunnelState.FAILED, TunnelState.CLOSED)


@dataclass(frozen=True, slots=True)
class TunnelView:
    """What is known of a tunnel at one moment; every text is harmless for a terminal."""

    tunnel_id: str
    forward: Forward
    """With the local port that was chosen; it stays the same over restarts."""
    state: TunnelState
    since: datetime
    """When it came into this state; aware, UTC."""
    local: str
    """Where to connect: `127.0.0.1:5432`, or a socket's path."""
    connections_now: int | None = None
    """None where the plugin does not tell (the official one)."""
    connections_total: int = 0
    bytes_in: int | None = None
    """From the far end to us; None where the plugin does not tell."""
    bytes_out: int | None = None
    last_word: str = ""
    """The last that was said about it: by the plugin, by AWS or by smtui; a failed one's reason."""
    attempt: int = 0
    """Which attempt in a row this is; 0 once it has opened."""
    next_try_at: datetime | None = None
    preset: str = ""
    command: tuple[str, ...] = ()
    """What to run once it is open, with every value filled in; empty for none."""
    topic: str = ""
    """The id of the topic that helps against what is wrong; empty where nothing is, or none is known."""
    warning: str = ""
    """What the user should know while it runs, such as a local address that others can reach."""


def title_of(forward: Forward) -> str:
    """`db.internal:5432 through bastion-1`, or `port 80 of web-1`; harmless."""
    if forward.destination.host:
        return harmless(f"{forward.destination} through {forward.label}")
    return harmless(f"port {forward.destination.port} of {forward.label}")


@dataclass(frozen=True, slots=True)
class Leftover:
    """A session of a smtui that is gone: it was killed, or its machine went down."""

    session_id: str
    label: str
    """What it was, in words: `db.internal:5432 through bastion-1`, or the node's name for a shell."""
    place: Place
    """Its Region is filled in."""
    started_at: datetime
    plugin_pid: int
    plugin_runs: bool
    """Whether its plugin still runs, beyond doubt; only then is it ended."""
    entry: str
    """Names the journal's entry."""
    endpoint: str = ""
    """The ssm endpoint that knows the session; empty when unknown."""

    @property
    def region(self) -> str:
        return self.place.region
