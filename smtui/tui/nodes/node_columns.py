"""Defines the columns of the node list: what each shows, how it sorts, and which of them fit a width."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from smtui.domain.ages import age
from smtui.domain.platform_name import short_platform
from smtui.domain.readiness import Badge, Readiness
from smtui.domain.short_reason import short_reason
from smtui.domain.text import blank_last
from smtui.domain.version import Version
from smtui.tui.parts.table_layout import MARKED_GUTTER, Fitting, Slot

if TYPE_CHECKING:
    from smtui.domain.node import Node

SortKey = Any
"""Comparable within one column; never across two."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A column of plain text, sorted with blanks last; each is a key of its own."""

    id: str
    title: str
    least: int
    """The narrowest it is shown."""
    most: int
    """The widest it gets, as far as its cells need it."""
    value: Callable[[Node], str]
    right: bool = False
    """Whether the cells end at the same cell, as numbers and ages do."""
    middle: bool = False
    """Whether a text that is too long loses its middle, not its tail."""

    def text(self, node: Node, judged: Readiness, now: datetime) -> str:
        """Return the text of this node's cell; not yet harmless."""
        return self.value(node)

    def sort_key(self, node: Node, judged: Readiness, now: datetime) -> SortKey:
        """Return what this node sorts by in this column."""
        return blank_last(self.text(node, judged, now))

    def width(self, widest: int) -> int:
        """Return the width for a list whose widest cell has so many cells."""
        return max(self.least, min(self.most, widest))


class _BadgeColumn(Column):
    __slots__ = ()

    def text(self, node: Node, judged: Readiness, now: datetime) -> str:
        return f"{judged.badge.mark} {judged.badge.word}"

    def sort_key(self, node: Node, judged: Readiness, now: datetime) -> SortKey:
        return judged.badge.rank


class _AgentColumn(Column):
    __slots__ = ()

    def sort_key(self, node: Node, judged: Readiness, now: datetime) -> SortKey:
        version = Version.parse(node.agent_version)
        return (version is None, version.parts if version else ())


class _PingColumn(Column):
    __slots__ = ()

    def text(self, node: Node, judged: Readiness, now: datetime) -> str:
        return age(node.ssm.last_ping, now) if node.ssm and node.ssm.last_ping else ""

    def sort_key(self, node: Node, judged: Readiness, now: datetime) -> SortKey:
        pinged = node.ssm.last_ping if node.ssm else None
        return -pinged.timestamp() if pinged else float("inf")


class _WhyColumn(Column):
    __slots__ = ()

    def text(self, node: Node, judged: Readiness, now: datetime) -> str:
        return short_reason(node, judged, now)


def _tags(node: Node) -> str:
    return "  ".join([f"{key}={value}" for key, value in node.tags.items() if key != "Name"])


_STATUS_WIDTH = 2 + max(len(badge.word) for badge in Badge)
_ID_WIDTH = 20
_LONGEST_AGE = len("119 min")
_ANY = 10_000

BADGE = _BadgeColumn("badge", "STATUS", _STATUS_WIDTH, _STATUS_WIDTH, lambda node: "")
NAME = Column("name", "NAME", 12, 44, lambda node: node.name)
PLACE = Column("place", "PLACE", 16, 20, lambda node: node.place_label, middle=True)
PROFILE = Column("profile", "PROFILE", 8, 16, lambda node: node.place.profile, middle=True)
REGION = Column("region", "REGION", 9, 16, lambda node: node.region)
NODE = Column("node", "NODE", _ID_WIDTH, _ID_WIDTH, lambda node: node.node_id)
ADDRESS = Column("address", "ADDRESS", 9, 46, lambda node: node.address)
PLATFORM = Column("platform", "PLATFORM", 12, 22, lambda node: short_platform(node.platform))
AGENT = _AgentColumn("agent", "AGENT", 10, 16, lambda node: node.agent_version)
STATE = Column("state", "STATE", 8, 13, lambda node: node.state)
PING = _PingColumn("ping", "PING", _LONGEST_AGE, _LONGEST_AGE, lambda node: "", right=True)
WHY = _WhyColumn("why", "WHY", 24, 44, lambda node: "")
ZONE = Column("zone", "ZONE", 10, 18, lambda node: node.ec2.zone if node.ec2 else "")
TYPE = Column("type", "TYPE", 10, 18, lambda node: node.ec2.instance_type if node.ec2 else "")
VPC = Column("vpc", "VPC", 12, 22, lambda node: node.ec2.vpc_id if node.ec2 else "")
TAGS = Column("tags", "TAGS", 20, _ANY, _tags)

COLUMNS: tuple[Column, ...] = (
    BADGE, NAME, PLACE, PROFILE, REGION, NODE, ADDRESS, PLATFORM, AGENT, STATE, PING, WHY, ZONE, TYPE, VPC, TAGS
)  # fmt: skip
"""In the order in which they are shown. STATE is shown only if the user wants it, since WHY tells it."""

BY_ID: Mapping[str, Column] = {column.id: column for column in COLUMNS}
BY_NAME: Mapping[str, Column] = {"status" if column is BADGE else column.id: column for column in COLUMNS}
"""By the names that settings have for them."""
PLACE_COLUMNS: tuple[Column, ...] = (PLACE, PROFILE, REGION)
"""What tells places apart."""
OTHER_MEASURED: tuple[Column, ...] = (NAME, ADDRESS, PLATFORM, AGENT, WHY, ZONE, TYPE, VPC, TAGS)
MEASURED: tuple[Column, ...] = (*PLACE_COLUMNS, *OTHER_MEASURED)
"""The columns whose width depends on their cells."""

_BY_WORTH: tuple[Column, ...] = (WHY, PLATFORM, AGENT, ZONE, TYPE, TAGS, VPC)
"""Each comes if all before it have come; before them come those that are shown whenever they fit."""
_CUT_TO_FIT = (PLATFORM, WHY, TAGS)
"""These come as soon as their least width fits; the others whole or not at all."""
_LEFT_OUT_EMPTY = (ZONE, TYPE, TAGS, VPC)
_WIDE = 139
"""Cells from which WHY is shown, and profile and Region have a column each: the list of a screen of 140."""
_COMFORTABLE_NAME = 22
_NAME_BESIDE_PLACES = 15
"""Cells of a name that are worth more than addresses, where names occur in several places."""


@dataclass(frozen=True, slots=True)
class Extent:
    """What the cells of the whole list need."""

    widest: tuple[int, ...] = (0,) * len(MEASURED)
    """Cells of the widest cell of each column of `MEASURED`."""
    profiles: int = 1
    """How many different ones there are."""
    regions: int = 1

    def places(self, width: int) -> tuple[Column, ...]:
        """Return the columns that tell places apart: none whose cells are all the same."""
        if self.profiles > 1 and self.regions > 1:
            return (PROFILE, REGION) if width >= _WIDE else (PLACE,)
        return (PROFILE,) if self.profiles > 1 else (REGION,) if self.regions > 1 else ()


@lru_cache(maxsize=4)  # every drawn line asks
def lay_out(width: int, extent: Extent, wanted: tuple[Column, ...] = ()) -> tuple[Slot[Column], ...]:
    """Return the columns that fit `width` cells: those that are wanted, in their order, or those that are worth most.

    Unless the user wants others, the id is whole as long as there is any room for it.
    """
    widest = dict(zip(MEASURED, extent.widest, strict=True))
    if wanted:
        return _lay_out_wanted(width, widest, wanted)
    needs = {column: column.width(widest.get(column, column.least)) for column in COLUMNS}
    places = extent.places(width)
    fitting = Fitting(width, {column: column.least for column in (BADGE, NAME, *places, NODE)}, MARKED_GUTTER)
    fitting.cut(BADGE, 1)
    fitting.drop(places)
    fitting.shrink(NAME)
    if places:
        _grow(fitting, needs, *places)
        fitting.grow(NAME, min(needs[NAME], _NAME_BESIDE_PLACES))
    fitting.add(ADDRESS, needs[ADDRESS])
    _grow(fitting, needs, *places)
    fitting.grow(NAME, min(needs[NAME], _COMFORTABLE_NAME))
    fitting.add(PING, needs[PING])
    _add_by_worth(fitting, width, widest, needs)
    _grow(fitting, needs, NAME, WHY, TAGS)
    return fitting.slots(COLUMNS)


def _lay_out_wanted(width: int, widest: Mapping[Column, int], wanted: Sequence[Column]) -> tuple[Slot[Column], ...]:
    """Return the user's own columns; if they do not all fit, the last ones are left out."""
    fitting = Fitting(width, {column: column.least for column in wanted}, MARKED_GUTTER)
    if BADGE in wanted:
        fitting.cut(BADGE, 1)
    fitting.drop(reversed(wanted[1:]))
    fitting.shrink(wanted[0])
    if fitting.room >= _STATUS_WIDTH - 1:  # whole, or its mark alone
        fitting.grow(BADGE, _STATUS_WIDTH)
    others = [column for column in wanted if column is not BADGE]
    _grow(fitting, {column: column.width(widest.get(column, column.most)) for column in others}, *others)
    return fitting.slots(wanted)


def _add_by_worth(
    fitting: Fitting[Column], width: int, widest: Mapping[Column, int], needs: Mapping[Column, int]
) -> None:
    for column in _BY_WORTH:
        if (column is WHY and width < _WIDE) or (column in _LEFT_OUT_EMPTY and not widest[column]):
            continue
        if not fitting.add(column, column.least if column in _CUT_TO_FIT else needs[column]):
            return
        if column is PLATFORM:
            _grow(fitting, needs, PLATFORM)


def _grow(fitting: Fitting[Column], needs: Mapping[Column, int], *columns: Column) -> None:
    for column in columns:
        fitting.grow(column, needs[column])
