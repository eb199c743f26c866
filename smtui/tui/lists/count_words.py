"""Words how many rows are listed and how old the list is, for the right end of the filter line."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows are listed, and how old the list is."""

    shown: int = 0
    total: int = 0
    filtered: bool = False
    marked: int = 0
    age: str = ""
    """The age of the list, `8 s`; empty before the first reading."""
    loading: bool = False
    only: str = ""
    """Which rows alone are shown, whatever the filter: `not ready`; empty for all."""
    noun: str = "nodes"
    """What is counted."""
    said: tuple[str, ...] = ()
    """What is said instead of all that, then shorter forms of it."""


def counted(number: int, noun: str) -> str:
    """Return `1 Region`, `17 Regions`: the noun takes an s."""
    return f"{number:,} {noun}{'s' if number != 1 else ''}"


def count_words(count: Count, room: int) -> str:
    """Return `23 of 41 nodes · 3 marked · 8 s ago`, shortened to `room` cells: the number goes last."""
    return next((words for words in _shorter(count) if cell_len(words) <= room), "")


def _shorter(count: Count) -> tuple[str, ...]:
    if count.said:
        return count.said
    number = f"{count.shown:,} of {count.total:,}" if count.filtered or count.only else f"{count.total:,}"
    if not count.age:
        return (f"reading… {count.total:,} {count.noun}",) if count.loading else ("not read yet",)
    again, mark = (", reading…", " ↻") if count.loading else ("", "")
    only = f" · {count.only} only" if count.only else ""
    marked = f"{only} · {count.marked:,} marked" if count.marked else only
    short = f"{number} ◆{count.marked:,}" if count.marked else number
    return (
        f"{number} {count.noun}{marked} · {count.age} ago{again}",
        f"{number} {count.noun}{marked} · {count.age} ago{mark}",
        f"{number} {count.noun}{marked} · {count.age}{mark}",
        f"{number} {count.noun}{marked}",
        short,
        number,
    )
