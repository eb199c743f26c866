"""Shows where a report was saved, with a key to copy its path."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content

from smtui.domain.text import harmless
from smtui.tui.commands import Scope, bindings
from smtui.tui.parts.sheet import Sheet


class ReportSavedScreen(Sheet):
    """Dismissed with True once the path is copied."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.REPORT)

    def __init__(self, path: str, *, in_demo: bool) -> None:
        super().__init__("Report saved")
        self._path = path
        self._in_demo = in_demo

    def text(self) -> Content:
        """Return the path, and advice on sharing the report."""
        advice = "Only you can read it. Check it before you share it."
        demo = " It is deleted when the demo ends." if self._in_demo else ""
        return Content("\n").join(
            [
                Content.styled(harmless(self._path), "bold"),
                Content.empty(),
                Content.styled(advice + demo, "$muted"),
            ]
        )

    def action_copy_path(self) -> None:
        """Copy the path and close."""
        self.app.copy_to_clipboard(self._path)
        self.dismiss(True)
