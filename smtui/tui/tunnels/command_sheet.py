"""The command that goes with a tunnel, to be copied."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content

from smtui.domain.text import harmless
from smtui.tui.commands import Scope, bindings
from smtui.tui.parts.sheet import Sheet


class CommandSheet(Sheet):
    """Copies as it opens: most often nothing more is wanted."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.COMMAND)

    def __init__(self, far_end: str, line: str, warning: str = "") -> None:
        """`line` is quoted for the user's shell; `warning` says why it may not work now."""
        super().__init__(f"Command for {far_end}")
        self._line = line
        self._warning = warning

    def text(self) -> Content:
        lines = [Content.styled(harmless(self._line), "bold")]
        if self._warning:
            lines += [Content.empty(), Content.styled(harmless(self._warning), "$warning")]
        lines += [
            Content.empty(),
            Content.styled("It is on the clipboard. Paste it into another terminal.", "$foreground 65%"),
        ]
        return Content("\n").join(lines)

    def on_mount(self) -> None:
        self.app.copy_to_clipboard(self._line)

    def action_copy_text(self) -> None:
        self.app.copy_to_clipboard(self._line)
        self.dismiss(True)
