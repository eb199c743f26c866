"""The last filter before the terminal: replaces control characters in whatever a widget has drawn."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from smtui.domain.text import printable


class Gate(LineFilter):
    """Applied to every line of every widget.

    Widgets make texts `harmless` before they measure them. A text that one forgot becomes harmless only here, and may
    shift what follows it by a cell.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments with every character printable."""
        if all(segment.text.isprintable() for segment in segments):
            return segments
        return [Segment(printable(segment.text), segment.style, segment.control) for segment in segments]
