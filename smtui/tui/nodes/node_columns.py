"""Defines the columns of the node list: what each shows, how it sorts, and which of them fit a width."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from smtui.domain.ages import age
from smtui.domain.node import Node
from smtui.domain.readiness import Badge, Readiness
from smtui.domain.version import Version
from smtui.tui.parts.table_layout import Fitting, Slot

_NUMBER = re.compile(r"\d+")
_LONGEST_NUMBER = 12

SortKey = Any
"""Comparable within one column; never across two."""


def natural(text: str) -> str:
    """Return a sort key in which `web-2` comes before `web-10`, whatever the case."""
    return _NUMBER.sub(lambda digits: digits.group().zfill(_LONGEST_NUMBER), text.casefold())


def blank_last(text: str) -> tuple[bool, str]:
    """Return a sort key of natural order with empty text last."""
    return (not text, natural(text))


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A column of plain text, sorted with blanks last; each is a key of its own."""

    id: str
    title: str
    width: int
    """Cells that hold all but unusual content."""
    value: Callable[[Node], str]

    def text(self, node: Node, judged: Readiness, now: datetime) -> str:
        """Return the text of this node's cell; not yet harmless."""
        return self.value(node)

    def sort_key(self, node: Node, judged: Readiness) -> SortKey:
        """Return what this node sorts by in this column."""
        return blank_last(self.value(node))


class _BadgeColumn(Column):
    __slots__ = ()

    def text(self, node: Node, judged: Readiness, now: datetime) -> str:
        return f"{judged.badge.mark} {judged.badge.word}"

    def sort_key(self, node: Node, judged: Readiness) -> SortKey:
        return judged.badge.rank


class _AgentColumn(Column):
    __slots__ = ()

    def sort_key(self, node: Node, judged: Readiness) -> SortKey:
        version = Version.parse(node.agent_version)
        return (version is None, version.parts if version else ())


class _PingColumn(Column):
    __slots__ = ()

    def text(self, node: Node, judged: Readiness, now: datetime) -> str:
        return age(node.ssm.last_ping, now) if node.ssm and node.ssm.last_ping else ""

    def sort_key(self, node: Node, judged: Readiness) -> SortKey:
        pinged = node.ssm.last_ping if node.ssm else None
        return -pinged.timestamp() if pinged else float("inf")


BADGE = _BadgeColumn("badge", "STATUS", 2 + max(len(badge.word) for badge in Badge), lambda node: "")
NAME = Column("name", "NAME", 18, lambda node: node.name)
NODE = Column("node", "NODE", 20, lambda node: node.node_id)
PLACE = Column("place", "PLACE", 16, lambda node: node.place_label)
PLATFORM = Column("platform", "PLATFORM", 19, lambda node: node.platform)
AGENT = _AgentColumn("agent", "AGENT", 10, lambda node: node.agent_version)
ADDRESS = Column("address", "ADDRESS", 15, lambda node: node.address)
STATE = Column("state", "STATE", 8, lambda node: node.state)
PING = _PingColumn("ping", "PING", 7, lambda node: "")

COLUMNS: tuple[Column, ...] = (BADGE, NAME, NODE, PLACE, PLATFORM, AGENT, ADDRESS, STATE, PING)
"""In the order in which they are shown."""

_OPTIONAL: tuple[Column, ...] = (ADDRESS, STATE, PLATFORM, AGENT)
"""The first to come as the width allows first."""
_SHORTEST_NAME = 12
_COMFORTABLE_NAME = 24
_GROWTH = ((NAME, 28), (PLATFORM, 26), (NAME, 44), (PLATFORM, 40))
"""Which column takes the cells that are left over, up to which width, in turn."""


@lru_cache(maxsize=4)  # every drawn line asks
def lay_out(width: int, *, several_places: bool) -> tuple[Slot[Column], ...]:
    """Return the columns that fit `width` cells; the id is whole as long as there is any room for it."""
    widths = {BADGE: BADGE.width, NAME: _SHORTEST_NAME, NODE: NODE.width, PING: PING.width}
    fitting = Fitting(width, widths | ({PLACE: PLACE.width} if several_places else {}))
    fitting.drop((PLACE, PING))
    fitting.cut(BADGE, 1)
    fitting.grow(NAME, _COMFORTABLE_NAME)
    for column in _OPTIONAL:
        fitting.add(column, column.width)
    for column, most in _GROWTH:
        fitting.grow(column, most)
    return fitting.slots(COLUMNS)
