"""Where a report lies, with a key to copy its path."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content

from smtui.domain.text import harmless
from smtui.tui.commands import Scope, bindings
from smtui.tui.screens.sheet import Sheet


class ReportSavedScreen(Sheet):
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.REPORT)

    def __init__(self, path: str) -> None:
        super().__init__("The report is saved")
        self._path = path

    def text(self) -> Content:
        return Content("\n").join(
            [
                Content.styled(harmless(self._path), "bold"),
                Content.empty(),
                Content.styled("Only you can read it. Look through it before you hand it on.", "$foreground 65%"),
            ]
        )

    def action_copy_path(self) -> None:
        self.app.copy_to_clipboard(self._path)
        self.dismiss(True)
