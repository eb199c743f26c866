"""Compares dotted versions, and says which kinds of sessions an SSM Agent can serve by its version.

Versions are compared number by number: 3.3.987.0 is newer than 3.3.99.0.
Source: Start a session and Troubleshooting Session Manager in the AWS documentation, and the agent's release notes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache, total_ordering

_DOTTED = re.compile(r"\d{1,9}(\.\d{1,9}){0,3}", re.ASCII)
_PARTS = 4


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """One to four numbers; missing ones count as zero, so 3.1 equals 3.1.0.0."""

    parts: tuple[int, int, int, int]

    @classmethod
    @lru_cache(maxsize=1024)  # a fleet has few versions and asks for every row
    def parse(cls, text: str) -> Version | None:
        """Read `3.3.987.0`; None for anything that is not a dotted version of at most four numbers."""
        text = text.strip()
        if not _DOTTED.fullmatch(text):
            return None
        numbers = [int(part) for part in text.split(".")]
        numbers += [0] * (_PARTS - len(numbers))
        return cls((numbers[0], numbers[1], numbers[2], numbers[3]))

    @classmethod
    def of(cls, text: str) -> Version:
        """Like `parse`, for constants: raises ValueError on text that is not a version."""
        version = cls.parse(text)
        if version is None:
            raise ValueError(f"not a dotted version: {text!r}")
        return version

    def __lt__(self, other: Version) -> bool:
        return self.parts < other.parts

    def __str__(self) -> str:
        return ".".join(map(str, self.parts))


class AgentAbility(Enum):
    """A kind of session, with the oldest agent that can serve it and its name in a sentence."""

    SESSIONS = ("2.3.68.0", "sessions")
    PORT_FORWARDING = ("2.3.672.0", "port forwarding and SSH")
    NON_INTERACTIVE = ("3.0.1124.0", "non-interactive commands")
    REMOTE_HOST = ("3.1.1374.0", "forwarding to a remote host")

    def __init__(self, minimum: str, phrase: str) -> None:
        self.minimum = Version.of(minimum)
        self.phrase = phrase


@lru_cache(maxsize=1024)
def missing_abilities(agent: Version) -> tuple[AgentAbility, ...]:
    """Return the abilities that this agent is too old for, lowest minimum first."""
    return tuple(ability for ability in AgentAbility if agent < ability.minimum)
