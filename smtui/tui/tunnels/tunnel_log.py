"""What happened to a tunnel and what its plugin said, as it goes on."""

from __future__ import annotations

from collections.abc import Callable

from textual.content import Content
from textual.widgets import Static

from smtui.domain.text import harmless
from smtui.tui.parts.reading_pane import ReadingPane
from smtui.tui.parts.sheet import Sheet

TICK_SECONDS = 1.0


class TunnelLogScreen(Sheet):
    """Follows the log's end until the reader scrolls up."""

    def __init__(self, title: str, log: Callable[[], tuple[str, ...]]) -> None:
        super().__init__(title)
        self._log_lines = log
        self._shown: tuple[str, ...] = ()

    def text(self) -> Content:
        self._shown = self._log_lines()
        return Content("\n".join(map(harmless, self._shown)) or "Nothing has been said yet.")

    def on_mount(self) -> None:
        self._pane.scroll_end(animate=False)
        self.set_interval(TICK_SECONDS, self._follow)

    @property
    def _pane(self) -> ReadingPane:
        return self.query_one(ReadingPane)

    def _follow(self) -> None:
        if not self.is_current or self._log_lines() == self._shown:
            return
        at_end = self._pane.scroll_offset.y >= self._pane.max_scroll_y
        self._pane.query_one(Static).update(self.text())
        if at_end:
            self._pane.scroll_end(animate=False)
