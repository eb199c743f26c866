"""Says which kinds of sessions an SSM Agent can serve, by its version.

Source: Start a session and Troubleshooting Session Manager in the AWS documentation, and the agent's release notes.
"""

from __future__ import annotations

from enum import Enum

from smtui.domain.version import Version


class AgentAbility(Enum):
    """A kind of session, with the oldest agent that can serve it and its name in a sentence."""

    SESSIONS = ("2.3.68.0", "sessions")
    PORT_FORWARDING = ("2.3.672.0", "port forwarding and SSH")
    NON_INTERACTIVE = ("3.0.1124.0", "non-interactive commands")
    REMOTE_HOST = ("3.1.1374.0", "forwarding to a remote host")

    def __init__(self, minimum: str, phrase: str) -> None:
        self.minimum = Version.of(minimum)
        self.phrase = phrase


def missing_abilities(agent: Version) -> tuple[AgentAbility, ...]:
    """Return the abilities that this agent is too old for, lowest minimum first."""
    return tuple(ability for ability in AgentAbility if agent < ability.minimum)
