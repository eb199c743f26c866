"""Shows what helps against what is wrong with the preferences, and asks whether a difference shall be written."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content

from smtui.domain.ages import age
from smtui.tui.commands import Scope, bindings
from smtui.tui.parts.confirm import Question
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.form_sheet import FormSheet
from smtui.tui.parts.page import PageText
from smtui.tui.parts.row_table import RowTable, TableRow
from smtui.tui.parts.sheet import Sheet
from smtui.tui.parts.table_layout import TableColumn
from smtui.tui.sessions.rules_page import difference_page, fix_page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from smtui.diagnosis.evidence.rules_facts import RulesVersion
    from smtui.sessions.preferences.preference_words import RuleLine
    from smtui.topics.machines import Machines

_TEXT_WIDTH = 98
_LEAST_WIDTH = 30


class RulesFixSheet(Sheet):
    """The topics that help, with their commands filled in."""

    def __init__(self, lines: Sequence[RuleLine], values: Mapping[str, str], machines: Machines) -> None:
        super().__init__("What helps", lines[0].topic if len(lines) == 1 else f"{len(lines)} topics")
        self._lines = lines
        self._values = values
        self._machines = machines

    def text(self) -> Content:
        """The topics, wrapped to the width of the terminal."""
        width = max(_LEAST_WIDTH, min(_TEXT_WIDTH, self.app.size.width - 8))
        return Content("\n".join(fix_page(self._lines, self._values, self._machines, width)))


class DifferenceQuestion(Question):
    """Shows the difference between two versions; dismissed with True to write the new one."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.CONFIRM)
    DEFAULT_CSS = """
    DifferenceQuestion > #sheet { width: 104; }
    """
    footer_labels = MappingProxyType({"confirm.yes": "Write it"})

    def __init__(self, label: str, notes: Sequence[str], difference: Sequence[str]) -> None:
        super().__init__("Write this as the new version?", (), label, "for everybody's next session")
        self._notes = tuple(notes)
        self._difference = tuple(difference)

    def body(self) -> ComposeResult:
        """What to know, and the difference."""
        yield PageText(lambda width: difference_page(self._notes, self._difference, width))


_COLUMNS = (
    TableColumn("VERSION", 9, 12),
    TableColumn("SAVED (UTC)", 16, 16),
    TableColumn("AGE", 6, 8),
    TableColumn("NOTE", 12, 40),
)


class VersionsScreen(FormSheet["str | None"]):
    """Lists the earlier versions, the newest first. Dismissed with the number of the chosen one, or None."""

    AUTO_FOCUS = "RowTable"
    not_in_footer = ("form.start",)
    footer_labels = MappingProxyType({"form.next": "Show the difference"})
    DEFAULT_CSS = """
    VersionsScreen > #sheet { width: 68; }
    VersionsScreen #versions { height: auto; max-height: 16; }
    """

    def __init__(self, label: str, versions: Sequence[RulesVersion], own: str, now: datetime) -> None:
        """`own` is the version before the last change that this smtui made; empty for none."""
        super().__init__("Go back to an earlier version", label)
        self._versions = versions
        self._own = own
        self._now = now

    def body(self) -> ComposeResult:
        """The versions."""
        yield RowTable(_COLUMNS, id="versions")

    def on_mount(self) -> None:
        """List them, the cursor on the one before the last change."""
        table = self.query_one(RowTable)
        table.show([self._row(each) for each in self._versions])
        if self._own:
            table.go_to(self._own)

    def _row(self, version: RulesVersion) -> TableRow:
        at = version.created_at
        notes = ["before your last change"] if version.version == self._own else []
        notes += ["the default one"] if version.is_default else []
        return TableRow(
            version.version,
            (
                (version.version, Look.PLAIN),
                (f"{at:%Y-%m-%d %H:%M}" if at is not None else "not known", Look.QUIET),
                (age(at, self._now) if at is not None else "", Look.QUIET),
                (", ".join(notes), Look.QUIET),
            ),
        )

    @on(RowTable.Chosen)
    def action_start(self) -> None:
        """Choose the version under the cursor."""
        chosen = self.query_one(RowTable).current
        if chosen:
            self.dismiss(chosen)
