"""Works out the rows of the Regions: what was read of each, and whether the account has it enabled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from smtui.domain.ages import age
from smtui.domain.places.region_fact import RegionFact, RegionList
from smtui.domain.text import has_words
from smtui.tui.parts.cells import NOTHING
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.row_table import TableRow
from smtui.tui.parts.shown_keys import key_of
from smtui.tui.parts.table_layout import TableColumn
from smtui.tui.places.place_marks import Marks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from smtui.domain.places.choice import Choice

REGION_COLUMNS = (
    TableColumn("REGION", 14, most=20),
    TableColumn("NODES", 6, right=True),
    TableColumn("LAST ANSWER", 15, most=24),
)
_KEY = "region "


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read of one Region, of all profiles that are chosen."""

    nodes: int = 0
    answered_at: datetime | None = None
    """When the oldest of the lists was read; None for never."""
    waits_since: datetime | None = None
    """Since when a call there waits for its answer; None for none that waits unusually long."""
    fault: str = ""
    """Why it could not be read, in a word or two."""
    is_partial: bool = False
    """Whether that is so of some profiles, not of all."""


@dataclass(frozen=True, slots=True)
class RegionsShown:
    """What the list of Regions is made of."""

    lists: Mapping[str, RegionList] = field(default_factory=dict)
    """Of the profiles that are chosen, by name, as far as they are known."""
    in_use: Sequence[str] = ()
    recent: Sequence[str] = ()
    seen: Mapping[str, Seen] = field(default_factory=dict)
    marks: Marks = field(default_factory=Marks)
    filter_text: str = ""
    is_reading: bool = False
    """Whether AWS is still asked which are enabled."""


def row_key(name: str) -> str:
    """Return the key of a Region's row."""
    return _KEY + name


def region_of_key(key: str) -> str | None:
    """Return the Region of a row's key; None for no row."""
    return key.removeprefix(_KEY) if key.startswith(_KEY) else None


def recent_regions(choices: Sequence[Choice]) -> tuple[str, ...]:
    """Return the Regions that were chosen last."""
    return tuple(dict.fromkeys(name for choice in choices for name in choice.regions))


def regions_of(shown: RegionsShown) -> list[RegionFact]:
    """Return every Region once: those in use, recent ones, then by name, so that answers move none.

    A Region counts as enabled if any of the profiles has it.
    """
    facts: dict[str, RegionFact] = {}
    for name in (*shown.in_use, *shown.recent):
        facts[name] = RegionFact(name, "", "")
    listed = [region for each in shown.lists.values() for region in each.regions]
    for region in sorted(listed, key=lambda region: region.name):
        known = facts.get(region.name)
        facts[region.name] = region if known is None or not known.title else _either(known, region)
    exist = {region.name for region in listed}
    return [fact for name, fact in facts.items() if name in exist or name in shown.in_use or not exist]


def _either(one: RegionFact, other: RegionFact) -> RegionFact:
    return one if one.is_enabled or other.is_enabled is False else other


def enabled(shown: RegionsShown) -> tuple[str, ...]:
    """Return the Regions that are certainly enabled."""
    return tuple(region.name for region in regions_of(shown) if region.is_enabled)


def region_rows(shown: RegionsShown, now: datetime) -> list[TableRow]:
    """Return the rows, and below them what is known of all."""
    found = [region for region in regions_of(shown) if has_words(shown.filter_text, region.name, region.title)]
    rows = [_row(region, shown, now) for region in found]
    if not rows and shown.filter_text.strip():
        return [TableRow("", heading=f"No Region matches  {shown.filter_text.strip()}")]
    return [*rows, TableRow("", heading=enabled_words(shown))]


def enabled_words(shown: RegionsShown) -> str:
    """Return how many Regions are enabled, and the key that marks them."""
    if shown.is_reading:
        return "asking which are enabled …"
    number = len(enabled(shown))
    return f"{number} enabled: {key_of('places.all')} marks them all" if number else "not known which are enabled"


def _row(region: RegionFact, shown: RegionsShown, now: datetime) -> TableRow:
    seen = shown.seen.get(region.name, Seen())
    nodes = f"{seen.nodes:,}" if seen.answered_at or seen.nodes else NOTHING
    words, look = last_answer(region, seen, now)
    return TableRow(
        row_key(region.name),
        ((region.name, Look.PLAIN), (nodes, Look.QUIET), (words, look)),
        mark=shown.marks.look_of(region.name),
    )


def last_answer(region: RegionFact, seen: Seen, now: datetime) -> tuple[str, Look]:
    """Return what the column LAST ANSWER says, and how it looks."""
    if seen.waits_since is not None:
        return f"no answer, {age(seen.waits_since, now)}", Look.WARN
    if seen.fault:
        return f"in part: {seen.fault}" if seen.is_partial else seen.fault, Look.WARN
    if seen.answered_at is not None:
        return f"{age(seen.answered_at, now)} ago", Look.QUIET
    if region.is_enabled is False:
        return "not enabled", Look.QUIET
    return ("" if region.is_enabled else "not known"), Look.QUIET
