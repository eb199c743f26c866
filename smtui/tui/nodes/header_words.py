"""Words the header line, shortened to a width without losing account, Region, plugin, count or age."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from rich.cells import cell_len

from smtui.domain.plugin_grade import PluginGrade, PluginPick
from smtui.domain.text import harmless
from smtui.tui.parts.cells import cell

APP = "smtui"
_SEPARATOR = " · "
_SHORTEST_WHERE = 8


class Tone(Enum):
    """How a piece of the header is drawn."""

    PLAIN = "plain"
    NAME = "name"
    QUIET = "quiet"
    GOOD = "good"
    WARN = "warn"


Piece = tuple[str, Tone]
Pieces = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class HeaderFacts:
    """What the header line shows."""

    who: str
    """The profile, or `demo`."""
    account: str
    regions: str
    plugin: PluginPick | None
    """None until the plugin is known."""
    plugin_sought: bool
    """Whether the plugin was looked for; if `plugin` is still None then, looking failed."""
    shown: int
    total: int
    filtered: bool
    age: str
    """The age of the list, `8 s`; empty before the first reading."""
    loading: bool
    read_only: bool = False
    tunnels: str = ""
    """`2 tunnels`; empty without any."""
    failed_tunnels: str = ""
    """`1 failed`; empty without any."""


def several(names: Iterable[str]) -> str:
    """Join the distinct names in their order; leave out blanks."""
    return ", ".join(dict.fromkeys(harmless(name) for name in names if name))


def header_line(facts: HeaderFacts, width: int) -> Pieces:
    """Return a line of exactly `width` cells: account and Region on the left, plugin and list on the right."""
    for left, right in _variants(facts):
        room = width - _length(left) - _length(right)
        if room >= 1:
            return (*left, (" " * room, Tone.PLAIN), *right)
    right = ((" ", Tone.PLAIN), *right)
    room = width - _length(_title()) - _length(right)
    if room < _SHORTEST_WHERE:
        return ((cell("".join(text for text, _ in right).strip(), width), Tone.PLAIN),)
    where = "".join(text for text, _ in left[1:])
    return (*_title(), (cell(where, room), Tone.PLAIN), *right)


def _variants(facts: HeaderFacts) -> Iterator[tuple[Pieces, Pieces]]:
    """Yield the halves of the line, from the fullest to the shortest."""
    full = (facts.who, facts.account, facts.regions)
    short = (facts.who, facts.regions or facts.account)
    yield _left(facts, full), _right(facts, plugin_long=True, count_long=True)
    yield _left(facts, full), _right(facts, plugin_long=False, count_long=True)
    yield _left(facts, full), _right(facts, plugin_long=False, count_long=False)
    yield _left(facts, short), _right(facts, plugin_long=False, count_long=False)


def _title() -> Pieces:
    return ((f" {APP}  ", Tone.NAME),)


def _left(facts: HeaderFacts, where: Iterable[str]) -> Pieces:
    words = [*where, "read-only" if facts.read_only else ""]
    return (*_title(), (_SEPARATOR.join(word for word in words if word), Tone.PLAIN))


def _right(facts: HeaderFacts, *, plugin_long: bool, count_long: bool) -> Pieces:
    return (
        *_tunnels(facts, long=count_long),
        *_plugin(facts, long=plugin_long),
        ("   ", Tone.PLAIN),
        *_count(facts, long=count_long),
        (" ", Tone.PLAIN),
    )


_GRADES = {
    PluginGrade.OUTDATED: "outdated",
    PluginGrade.KNOWN_BAD: "known bad",
    PluginGrade.CANNOT_HIDE_TOKEN: "too old",
    PluginGrade.TOO_OLD: "too old",
    PluginGrade.UNREADABLE: "unreadable",
    PluginGrade.MISSING: "missing",
}


def _plugin(facts: HeaderFacts, *, long: bool) -> Pieces:
    pick = facts.plugin
    if pick is None:
        return ((f"plugin {'?' if facts.plugin_sought else '…'}", Tone.QUIET),)
    which = "built-in" if pick.builtin else str(pick.version or "")
    wrong = _GRADES.get(pick.grade)
    if wrong is None:
        return ((f"plugin {which} " if long else f"{which} ", Tone.QUIET), ("✓", Tone.GOOD))
    return ((f"plugin {which} ".replace("  ", " ") if long else "plugin ", Tone.QUIET), (f"! {wrong}", Tone.WARN))


def _tunnels(facts: HeaderFacts, *, long: bool) -> Pieces:
    failed = f"✕ {facts.failed_tunnels}" if facts.failed_tunnels else ""
    counts = [(text, tone) for text, tone in ((facts.tunnels, Tone.NAME), (failed, Tone.WARN)) if text]
    gap = ("   " if long else " ", Tone.PLAIN)
    between = [piece for text, tone in counts for piece in ((text, tone), gap)]
    return (*between, gap) if between else ()


def _count(facts: HeaderFacts, *, long: bool) -> Pieces:
    if not facts.age:
        return ((f"reading… {facts.total:,} nodes" if facts.loading else "not read yet", Tone.PLAIN),)
    count = f"{facts.shown:,} of {facts.total:,}" if facts.filtered else f"{facts.total:,}"
    again = ", reading…" if long else " ↻"
    aged = f"{_SEPARATOR}{facts.age} ago{again if facts.loading else ''}"
    return ((f"{count} nodes" if long or not facts.filtered else count, Tone.PLAIN), (aged, Tone.QUIET))


def _length(pieces: Pieces) -> int:
    return sum(cell_len(text) for text, _ in pieces)
