"""The last gate in front of the terminal: whatever a widget has drawn, nothing in it is obeyed."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from smtui.domain.text import printable


class Gate(LineFilter):
    """For every line of every widget.

    Texts are made `harmless` where their width still counts. What was forgotten there is only harmless here, and may
    stand a cell beside its column.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        if all(segment.text.isprintable() for segment in segments):
            return segments
        return [Segment(printable(segment.text), segment.style, segment.control) for segment in segments]
