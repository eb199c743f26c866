"""The use cases behind the screen and the command line, in one place that both are given."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from smtui.domain.failure import Failure

LendTerminal = Callable[[], AbstractContextManager[None]]
"""Gives the terminal away for the length of a `with` block: Textual's suspend, or nothing on a bare command line."""


@dataclass(frozen=True, slots=True)
class SessionResult:
    """How an attempt at a session went."""

    sentence: str
    """For a passing note: `The session on web-1 ended after 3 min.`"""
    failure: Failure | None = None
    exit_status: int = 0
    """What `smtui connect` exits with."""
