"""Shows what belongs to one tunnel over the list of tunnels: its command, to be copied, and its log."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content

from smtui.domain.text import harmless
from smtui.tui.commands import Scope, bindings
from smtui.tui.parts.hanging import HangingText
from smtui.tui.parts.reading_pane import ReadingPane
from smtui.tui.parts.sheet import Sheet

_WORDS_AT = len("12:34:56 ")
TICK_SECONDS = 1.0
"""How often the log is looked at for new lines."""


class CommandSheet(Sheet):
    """Shows the command that goes with a tunnel, and copies it at once: that is what most users want."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.COMMAND)

    def __init__(self, far_end: str, line: str, warning: str = "") -> None:
        """`line` is quoted for the user's shell; `warning` says why it may not work now."""
        super().__init__(f"Command for {far_end}")
        self._line = line
        self._warning = warning

    def text(self) -> Content:
        """The command, the warning, and where to paste it."""
        lines = [Content(harmless(self._line))]
        if self._warning:
            lines += [Content.empty(), Content.styled(harmless(self._warning), "$warning")]
        lines += [
            Content.empty(),
            Content.styled("It is on the clipboard. Paste it into another terminal.", "$muted"),
        ]
        return Content("\n").join(lines)

    def on_mount(self) -> None:
        """Copy the command."""
        self.app.copy_to_clipboard(self._line)

    def action_copy_text(self) -> None:
        """Copy the command again, and go back."""
        self.app.copy_to_clipboard(self._line)
        self.dismiss(True)


class TunnelLogScreen(Sheet):
    """Shows what happened to a tunnel and what its plugin printed; follows the end until the user scrolls up."""

    DEFAULT_CSS = """
    TunnelLogScreen > #sheet { height: 24; }
    """

    def __init__(self, title: str, log: Callable[[], tuple[str, ...]]) -> None:
        """`log` returns the lines so far."""
        super().__init__(title)
        self._log_lines = log
        self._shown: tuple[str, ...] = ()

    def body(self) -> ComposeResult:
        """The lines so far."""
        yield HangingText(self._hanging())

    def _hanging(self) -> tuple[tuple[int, str], ...]:
        """The lines, further ones of each below its first word."""
        self._shown = self._log_lines()
        return tuple((_WORDS_AT, line) for line in self._shown) or ((0, "The log is empty."),)

    def on_mount(self) -> None:
        """Begin at the end of the log, and follow it."""
        self._pane.scroll_end(animate=False)
        self.set_interval(TICK_SECONDS, self._follow)

    @property
    def _pane(self) -> ReadingPane:
        return self.query_one(ReadingPane)

    def _follow(self) -> None:
        if not self.is_current or self._log_lines() == self._shown:
            return
        at_end = self._pane.scroll_offset.y >= self._pane.max_scroll_y
        self._pane.query_one(HangingText).lines = self._hanging()
        if at_end:
            self._pane.scroll_end(animate=False)
