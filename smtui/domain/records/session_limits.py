"""Says when AWS ends a session by itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """The limits of sessions that start now in one place; those that run already keep theirs."""

    idle_minutes: int | None
    """Minutes without input; None where they are not known."""
    max_minutes: int | None
    """Minutes in all; None where there is no such limit, or it is not known."""
    version: str = ""
    """Version of the account's preferences that sets them; empty where none were saved and AWS's defaults hold."""
