"""How a far end behaves: the settings of a simulated agent and service, and the faults that a test can ask for.

The defaults are friendly; the comments say how the real ones differ (measured with the agent 3.3.987.0).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smtui.channel.encryption import AgentEncryption
from smtui.channel.handshake import SessionType
from smtui.channel.stream import WINDOW


@dataclass(frozen=True, slots=True)
class FarEndManners:
    """Seconds, unless a name says otherwise."""

    agent_version: str = "3.3.987.0"
    """Four parts, or the official plugin takes it for ancient."""

    handshake: bool = False
    """The real agent shakes hands for ports and commands, and for shells only when they are encrypted."""

    encryption: AgentEncryption | None = None
    """The real agent never has ports encrypted."""

    customer_message: str = ""
    session_type: SessionType = SessionType.STANDARD_STREAM
    properties: Mapping[str, Any] | None = None
    """Of the session document, in the handshake; the real agent tells them for ports alone."""

    acknowledge_delay: float = 0.0015
    """The official plugin writes a message before it expects its acknowledgement: below 1 ms that goes wrong."""

    acknowledges_old: bool = True
    replays_on_reconnect: bool = True
    """The real agent resends only its oldest message."""

    first_output_delay: float = 0.0
    """The real agent's pump sleeps 1 s first."""

    store_and_forward: bool = True
    """Whether the service keeps messages for an absent client; it is not known which way the real one does it."""

    pauses_for_absent: bool = True
    pacing: float = 0.0
    """Sleep after each message; the real agent's is 0.001."""

    drain: float = 2.0
    """How long the end of a session waits for its last output to be acknowledged."""

    handshake_limit: float = 15.0
    linger: float = 1.0
    """How long a client may take to hang up after channel_closed."""

    window: int = WINDOW
    """Messages. The real agent keeps up to 100,000 and relies on its pacing."""


@dataclass(slots=True)
class FarEndFaults:
    """What goes wrong; may be changed while sessions run."""

    mute: bool = False
    """Accept and read, and never send."""

    drop_after_bytes: int | None = None
    """Reset the connection once, after so many bytes of output; back to None when it happened."""

    for_good: bool = False
    """Refuse every connection but a session's first."""

    corrupt: int = 0
    """So many of the next stream messages to the client get a byte turned over."""

    delay: float = 0.0
    """Seconds by which everything reaches the client later."""
