"""Names what helps against a failure: a topic, its likeliest causes, and the checks that can prove them."""

from __future__ import annotations

from dataclasses import dataclass

UNKNOWN_FAILURE = "unknown-failure"

UNCHECKED = frozenset(
    {"idle-timeout", "local-port-in-use", "no-terminal", "remote-port-refused", "run-as-user", "session-limit"}
)
"""Topics of failures that no check can find: after one of these a diagnosis would say that all is well."""


@dataclass(frozen=True, slots=True)
class Likely:
    """The topic that helps, the causes behind it as sentences, and the checks that can prove them; likeliest first."""

    topic: str
    """Its id."""
    causes: tuple[str, ...]
    look_at: tuple[str, ...] = ()
    """Codes of checks."""


UNKNOWN = Likely(
    UNKNOWN_FAILURE,
    ("smtui does not know these words; everything that is known stands above.",),
    ("local.credentials", "local.endpoints", "node.connection"),
)
