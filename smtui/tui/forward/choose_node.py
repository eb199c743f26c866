"""Asks which node is meant where a preset's target names several."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult

from smtui.domain.node import Node
from smtui.domain.readiness import Badge, readiness
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.form_sheet import FormSheet
from smtui.tui.parts.row_table import RowTable, TableRow
from smtui.tui.parts.table_layout import TableColumn

if TYPE_CHECKING:
    from smtui.domain.preset import Preset

_COLUMNS = (
    TableColumn("STATUS", 15),
    TableColumn("NAME", 12, 40),
    TableColumn("NODE", 20, 22),
    TableColumn("PLACE", 14, 44, dispensable=1, middle=True),
)
"""The last one is left out where all nodes are in one place: the title names it."""


class ChooseNodeScreen(FormSheet[Node | None]):
    """Lists the nodes, ready ones first. Dismissed with the chosen one, or None."""

    AUTO_FOCUS = "RowTable"
    not_in_footer = ("form.start",)
    footer_labels = MappingProxyType({"form.next": "Choose"})

    def __init__(self, preset: Preset, nodes: Sequence[Node], now: datetime) -> None:
        places = {node.place_label for node in nodes}
        self._columns = _COLUMNS if len(places) > 1 else _COLUMNS[:-1]
        title = f"{preset.name}: {len(nodes)} nodes match {preset.target}"
        super().__init__(title, *(places if len(places) == 1 else ()))
        self._choices = tuple(sorted(nodes, key=lambda node: readiness(node, now).badge.rank))
        self._now = now

    def body(self) -> ComposeResult:
        """The nodes."""
        yield RowTable(self._columns, id="choices")

    def on_mount(self) -> None:
        """List the nodes."""
        rows = [_row(index, node, self._now) for index, node in enumerate(self._choices)]
        self.query_one(RowTable).show(rows)

    @on(RowTable.Chosen)
    def action_start(self) -> None:
        """Choose the node under the cursor."""
        chosen = self.query_one(RowTable).current
        if chosen:
            self.dismiss(self._choices[int(chosen)])


def _row(index: int, node: Node, now: datetime) -> TableRow:
    badge = readiness(node, now).badge
    look = Look.GOOD if badge is Badge.READY else Look.QUIET
    return TableRow(
        str(index),
        (
            (f"{badge.mark} {badge.word}", look),
            (node.name, Look.PLAIN),
            (node.node_id, Look.QUIET),
            (node.place_label, Look.QUIET),
        ),
    )
