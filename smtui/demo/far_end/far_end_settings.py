"""Defines the settings of a simulated agent and service, and the faults that tests can set.

The defaults make sessions fast; comments say how the real agent and service differ (measured with agent 3.3.987.0).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from smtui.channel.handshake import SessionType
from smtui.channel.stream import WINDOW

if TYPE_CHECKING:
    from smtui.channel.encryption import AgentEncryption

VerifyUpgrade = Callable[[str, Mapping[str, str]], bool]
"""Whether a websocket upgrade is signed with the Region's key: from its path with query, and its headers by name."""


@dataclass(frozen=True, slots=True)
class FarEndSettings:
    """How a far end behaves. Times are in seconds."""

    agent_version: str = "3.3.987.0"
    """Needs four parts: the official plugin treats any other as very old."""

    handshake: bool = False
    """The real agent shakes hands for ports and commands, and for shells only when they are encrypted."""

    encryption: AgentEncryption | None = None
    """The real agent never encrypts port sessions."""

    customer_message: str = ""
    session_type: SessionType = SessionType.STANDARD_STREAM
    properties: Mapping[str, Any] | None = None
    """The session document's, for the handshake; the real agent sends them for ports only."""

    acknowledge_delay: float = 0.0015
    """The official plugin registers a message only after it has sent it: below 1 ms the acknowledgement is lost."""

    acknowledges_old: bool = True
    replays_on_reconnect: bool = True
    """The real agent resends only its oldest message."""

    processing: float = 0.0
    """The time the agent takes for a message of input; later ones wait unread at its connection."""

    counts_after_acknowledging: bool = False
    """The real agent does: if a reset cuts off the acknowledgement, the message is passed on twice."""

    first_output_delay: float = 0.0
    """The real agent waits 1 s before it reads output."""

    store_and_forward: bool = True
    """Whether the service keeps messages for a disconnected end; it is unknown whether the real one does."""

    reconnecting: float = 0.1
    """How long the agent takes to reconnect after a reset; the real one first waits 0.1 to 0.2."""

    pauses_for_absent: bool = True
    pacing: float = 0.0
    """The pause after each message; the real agent's is 0.001."""

    drain: float = 2.0
    """How long the end of a session waits for its last output to be acknowledged."""

    handshake_limit: float = 15.0
    linger: float = 1.0
    """How long a client may take to hang up after channel_closed."""

    window: int = WINDOW
    """The most unacknowledged messages. The real agent keeps up to 100,000 and relies on its pacing."""


@dataclass(slots=True)
class FarEndFaults:
    """The faults of all sessions; may be changed while they run."""

    mute: bool = False
    """Accept connections and read, but send nothing."""

    mute_after_bytes: int | None = None
    """Send nothing more in a session after so many bytes of output."""

    drop_after_bytes: int | None = None
    """Reset the client's connection once, after so many bytes of output; None again afterwards."""

    reset_agent_after_bytes: int | None = None
    """Reset the agent's connection once, after so many bytes of input; None again afterwards."""

    for_good: bool = False
    """Refuse every reconnection."""

    corrupt: int = 0
    """The number of the next stream messages to the client in which one byte is inverted."""

    delay: float = 0.0
    """Delays everything for the client by so many seconds."""
