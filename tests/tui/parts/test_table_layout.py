"""Columns that fit any width, and a table whose cursor stays with its row."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from smtui.tui.documents.document_form import DOCUMENT_COLUMNS
from smtui.tui.forward.choose_node import _COLUMNS as CHOICE_COLUMNS
from smtui.tui.forward.forward_form import PRESET_COLUMNS
from smtui.tui.parts.cells import cell
from smtui.tui.parts.table_layout import GAP, Fitting, TableColumn, place_columns, slot_at
from smtui.tui.presets.preset_rows import PRESETS_COLUMNS
from smtui.tui.tunnels.tunnel_rows import TUNNEL_COLUMNS

COLUMNS = (
    TableColumn("A", 10),
    TableColumn("B", 8, 20, dispensable=1),
    TableColumn("C", 6, 40, dispensable=2),
    TableColumn("D", 10, 200),
)


TABLES = (TUNNEL_COLUMNS, PRESETS_COLUMNS, PRESET_COLUMNS, DOCUMENT_COLUMNS, CHOICE_COLUMNS)


def test_ages_end_at_the_right_and_what_ends_in_a_port_or_a_region_keeps_its_end() -> None:
    found = [column for table in TABLES for column in table]
    assert {column.title for column in found if column.right} == {"FOR"}
    assert {column.title for column in found if column.middle and column.title} == {"LOCAL", "TO", "PLACE"}
    assert all(column.middle for table in TABLES for column in table if column.title in ("TO", "PLACE"))
    assert cell("orders.cluster-abc.eu-west-1.rds.amazonaws.com:5432", 20, middle=True).endswith(":5432")


def test_the_most_dispensable_leaves_first() -> None:
    assert [COLUMNS[slot.column].title for slot in place_columns(COLUMNS, [0] * 4, 80)] == ["A", "B", "C", "D"]
    assert [COLUMNS[slot.column].title for slot in place_columns(COLUMNS, [0] * 4, 38)] == ["A", "B", "D"]
    assert [COLUMNS[slot.column].title for slot in place_columns(COLUMNS, [0] * 4, 30)] == ["A", "D"]
    assert [COLUMNS[slot.column].title for slot in place_columns(COLUMNS, [0] * 4, 5)] == ["A", "D"]


def test_a_column_grows_no_wider_than_its_content_and_its_limit() -> None:
    widths = [slot.width for slot in place_columns(COLUMNS, [99, 12, 99, 30], 200)]
    assert widths == [10, 12, 40, 30]


@given(st.integers(1, 300), st.lists(st.integers(0, 300), min_size=4, max_size=4))
def test_columns_never_overlap(width: int, widest: list[int]) -> None:
    slots = place_columns(COLUMNS, widest, width)
    for one, following in pairwise(slots):
        assert one.start + one.width + GAP == following.start
    if width >= 30:
        assert slots[-1].start + slots[-1].width <= width


def test_the_gap_behind_a_column_belongs_to_it() -> None:
    slots = place_columns(COLUMNS, [0] * 4, 80)
    assert slot_at(slots, 0) is None
    assert [slot_at(slots, x) for x in (2, 11, 12, 13, 14, 200)] == [0, 0, 0, 0, 1, 3]


def test_a_column_is_cut_only_where_the_line_does_not_fit() -> None:
    roomy, tight = Fitting(14, {"A": 10}), Fitting(11, {"A": 10})
    for fitting in (roomy, tight):
        fitting.cut("A", 1)
    assert [slot.width for slot in (*roomy.slots("A"), *tight.slots("A"))] == [10, 1]
