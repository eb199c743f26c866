"""The status line: why the selected row has its status, and for a while what has just happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Size
from textual.notifications import SeverityLevel
from textual.reactive import reactive
from textual.widget import Widget

from smtui.domain.text import harmless_lines
from smtui.tui.parts.cells import cell
from smtui.tui.parts.hanging import hang
from smtui.tui.parts.shown_keys import key_of

if TYPE_CHECKING:
    from smtui.tui.news import Message

MOST_LINES = 2
"""Lines of a failure in a main screen, and of a status."""
MARKS: dict[SeverityLevel, str] = {"information": "", "warning": "! ", "error": "✕ "}
"""In front of a message."""


def news_lines(news: Sequence[Message], width: int, *, most: int, key: str) -> list[str]:
    """Return the newest message in at most `most` lines of `width` cells, with how many more there are.

    What is cut ends in `…`. `key` shows all messages; empty where there is no such key.
    """
    newest, *others = news
    mark = MARKS[newest.severity]
    room = max(1, width - len(mark))
    end = f"  +{len(others)}{f': {key}' if key else ''}" if others else ""
    lines = hang(" ".join(harmless_lines(newest.text)), room) or [""]
    if len(lines) <= most and cell_len(lines[-1] + end) <= room:
        lines[-1] += end
    elif len(lines) < most:
        lines.append(end.strip())
    else:
        end = end or (f" {key}" if key else "")
        rest = cell(" ".join(lines[most - 1 :]), max(0, room - cell_len(end))).rstrip()
        lines[most - 1 :] = [f"{rest.removesuffix('…')}…{end}" if room > cell_len(end) else "…"]
    return [f"{' ' * len(mark) if number else mark}{line}" for number, line in enumerate(lines)]


def status_lines(variants: Sequence[str], width: int, *, most: int) -> list[str]:
    """Return the first of `variants`, the longest first, that fits; else the last one, cut.

    A text with line breaks takes so many lines.
    """
    for text in variants or ("",):
        lines = harmless_lines(text)[:most] or [""]
        if all(cell_len(line) <= width for line in lines):
            return lines
    return [cell(line, width) for line in lines]


class StatusLine(Widget):
    """As high as its news, and at least `least` lines; a dialog's own is empty without news."""

    ALLOW_SELECT = True
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"status-line--{severity}" for severity in MARKS}
    DEFAULT_CSS = """
    StatusLine {
        height: auto;
        width: 1fr;
        padding: 0 1;
        color: $muted;
        & > .status-line--information { color: $foreground; }
        & > .status-line--warning { color: $warning; }
        & > .status-line--error { color: $error; }
    }
    """

    variants: reactive[tuple[str, ...]] = reactive(())
    """What it says without news: one text, then shorter forms of it."""
    news: reactive[tuple[Message, ...]] = reactive((), layout=True)
    """What takes the place of that, the newest first."""

    def __init__(self, *, least: int = 1, most: int = MOST_LINES, command: str = "messages") -> None:
        """The key of `command` shows all messages; none in a dialog, where it would be typed."""
        super().__init__()
        self._least = least
        self._most = most
        self._command = command

    def watch_news(self) -> None:
        """Come up where the screen is so low that the line is shown only when used."""
        self.set_class(bool(self.news), "-used")

    def on_mount(self) -> None:
        """Show the news that the screen came with."""
        self.app._refresh_notifications()  # noqa: SLF001 - as each screen of Textual does when it is shown

    def lines(self, width: int) -> list[str]:
        """Return what it says now, in lines of at most `width` cells."""
        if not self.news:
            return status_lines(self.variants, width, most=self._most)
        is_failure = self.news[0].severity != "information" or not self._command
        most = self._most if is_failure else max(1, self._least)
        return news_lines(self.news, width, most=most, key=key_of(self._command) if self._command else "")

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return how many lines it takes."""
        return max(self._least, len(self.lines(width))) if self.news else self._least

    def render(self) -> Content:
        """Return the lines."""
        lines = "\n".join(self.lines(self.scrollable_content_region.width))
        if not self.news:
            return Content(lines)
        return Content.styled(lines, self.get_visual_style(f"status-line--{self.news[0].severity}", partial=True))
