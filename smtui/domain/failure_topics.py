"""From what failed to the topic that helps: a table over AWS's errors, the plugin's words, its end and its timing."""

from __future__ import annotations

UNKNOWN_FAILURE = "unknown-failure"
