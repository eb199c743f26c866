"""How long the hand-over waits for what."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds."""

    word: float = 8.0
    """For the plugin's first word, before the user is told."""
    leaving: float = 0.3
    """For a plugin that got Ctrl-C while connecting, before it is killed."""
    stopping: float = 1.0
    """For a plugin that got SIGTERM, before it is killed."""
    draining: float = 1.0
    """For a reader that takes nothing, or a writer that says nothing, once the plugin has ended."""
