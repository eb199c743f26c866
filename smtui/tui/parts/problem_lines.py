"""Shows what could not be read, for as long as that is true, in two lines at most."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from smtui.domain.text import harmless
from smtui.tui.parts.cells import cell
from smtui.tui.parts.hanging import hang
from smtui.tui.parts.shown_keys import key_of

MOST_LINES = 2
_MARK = "! "


def problem_lines(sentences: Sequence[str], width: int) -> list[str]:
    """Return at most two lines of `width` cells: one problem in both, several one a line.

    The second says how many more there are.
    """
    if not sentences:
        return []
    room = max(1, width - len(_MARK))
    if len(sentences) == 1:
        first, *others = hang(harmless(sentences[0]), room) or [""]
        return [f"{_MARK}{first}", *([f"  {_cut(' '.join(others), room, '')}"] if others else [])]
    more = len(sentences) - MOST_LINES
    ends = ("", f"  and {more} more: {key_of('messages')}" if more else "")
    return [f"{_MARK}{_cut(sentence, room, end)}" for sentence, end in zip(sentences, ends, strict=False)]


def _cut(sentence: str, room: int, end: str) -> str:
    text = harmless(sentence)
    if cell_len(text + end) <= room:
        return text + end
    end = end or f" {key_of('messages')}"  # which shows it whole
    left = room - cell_len(end)
    return f"{cell(text, left).rstrip().removesuffix('…')}…{end}" if left > 0 else cell(text, room)


class ProblemLines(Widget):
    """Hidden while there are no problems; a click shows all of them whole."""

    DEFAULT_CSS = """
    ProblemLines {
        height: auto;
        display: none;
        padding: 0 1;
        color: $warning;
        &.-some { display: block; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.sentences: tuple[str, ...] = ()
        """All problems, each whole."""

    def show(self, sentences: Sequence[str]) -> None:
        """Show these sentences; hide when there are none."""
        if tuple(sentences) == self.sentences:
            return
        self.sentences = tuple(sentences)
        self.set_class(bool(sentences), "-some")
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return how many lines there are."""
        return len(problem_lines(self.sentences, width))

    def render(self) -> Content:
        """Return the lines."""
        return Content("\n".join(problem_lines(self.sentences, self.scrollable_content_region.width)))

    async def on_click(self) -> None:
        """Show all problems whole."""
        await self.screen.run_action("app.messages")
