"""Why there is nothing in the list, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ListState:
    """What is known when nothing is in view."""

    total: int
    filter_text: str
    trouble: str
    """Why the list cannot be read at all; a sentence, or empty."""
    problems: Sequence[str]
    """What could not be seen, as sentences."""
    reading: bool
    was_read: bool
    """To its end, at least once."""
    regions: str
    pending: Sequence[str] = ()
    """What is waited for unusually long, as sentences."""


def why_empty(state: ListState) -> tuple[str, ...]:
    """One sentence a line; the last one says what to do."""
    if state.total:
        return (f"No node matches {state.filter_text.strip()!r}.", "Press escape to clear the filter.")
    if state.trouble:
        return (state.trouble, "Press r to try again.")
    return _why_none_known(state) if state.was_read else _why_not_read(state)


def _why_not_read(state: ListState) -> tuple[str, ...]:
    if state.problems and not state.reading:
        return ("The nodes could not be read:", *state.problems, "Press t to check this machine, r to try again.")
    return ("Reading the nodes …", *state.pending)


def _why_none_known(state: ListState) -> tuple[str, ...]:
    where = f" in {state.regions}" if state.regions else ""
    if state.problems:
        return (f"No nodes{where} could be seen:", *state.problems)
    return (
        f"There are no nodes{where}: Systems Manager manages none, and EC2 has no instances.",
        "Another Region or profile may have some: start smtui with --region or --profile.",
    )
