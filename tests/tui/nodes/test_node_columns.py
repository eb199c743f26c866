"""Which columns fit, and that the node's id is never cut while there is room for it."""

from __future__ import annotations

from typing import Any

import pytest

from smtui.tui.nodes.node_columns import NODE, lay_out, natural
from smtui.tui.parts.table_layout import slot_at

NARROWEST = 38
"""Cells for a badge's mark, a short name and the whole id."""
EVERYTHING = ["badge", "name", "node", "platform", "agent", "address", "state", "ping"]


def ids(width: int, **given: Any) -> list[str]:
    return [slot.column.id for slot in lay_out(width, several_places=given.get("several_places", False))]


def test_140_columns_show_everything() -> None:
    assert ids(140) == EVERYTHING


def test_80_columns_show_badge_name_node_and_ping() -> None:
    assert ids(79) == ["badge", "name", "node", "ping"]


def test_several_places_have_a_column() -> None:
    assert "place" in ids(80, several_places=True)


@pytest.mark.parametrize("several_places", [False, True])
def test_columns_never_overlap_nor_overflow_and_the_id_is_whole(several_places: bool) -> None:
    for width in range(NARROWEST, 260):
        slots = lay_out(width, several_places=several_places)
        ends = [slot.start + slot.width for slot in slots]
        assert all(end < following.start for end, following in zip(ends, slots[1:], strict=False)), width
        assert ends[-1] <= width
        assert next(slot.width for slot in slots if slot.column is NODE) == NODE.width


def test_a_click_finds_its_column() -> None:
    slots = lay_out(140, several_places=False)
    for slot in slots:
        assert slot_at(slots, slot.start) is slot.column
        assert slot_at(slots, slot.start + slot.width) is slot.column
    assert slot_at(slots, 0) is None


def test_natural_order_is_that_of_numbers() -> None:
    assert sorted(["web-10", "Web-9", "web-2"], key=natural) == ["web-2", "Web-9", "web-10"]
