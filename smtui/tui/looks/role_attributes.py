"""Draws the roles of the plain theme with attributes, for terminals with 16 colours and for NO_COLOR.

Styles name roles by their colours alone. Here `$muted` becomes dim, `$primary` bold, a bar or the cursor's row reverse
and a field underlined, so no style has to say it twice. What is reversed is drawn in one piece: dim or coloured text
would be a patch in it.
"""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from smtui.tui.looks.themes import PLAIN

_PLAIN = Style(color="default", bgcolor="default")
_DIM = Style(dim=True)
_BOLD = Style(bold=True)

_TEXTS = {
    PLAIN.variables["muted"]: _DIM,
    PLAIN.panel: _DIM,  # lines between panes, scroll bars
    PLAIN.primary: _BOLD,
    PLAIN.success: Style(color="green"),
    PLAIN.variables["unprobed"]: Style(color="green", dim=True),
    PLAIN.warning: Style(color="yellow"),
    PLAIN.error: Style(color="red", bold=True),
}


class RoleAttributes(LineFilter):
    """Applied to every line of every widget while the plain theme is in use, before all other filters."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments without any colour but green, yellow and red."""
        return [Segment(text, style if style is None else _drawn(style), control) for text, style, control in segments]


@lru_cache(2048)
def _drawn(style: Style) -> Style:
    text, ground = _name(style.color), _name(style.bgcolor)
    add = _TEXTS.get(text, Style.null())
    if ground == PLAIN.variables["field"]:
        return style + _PLAIN + add + Style(underline=True)
    if ground == PLAIN.background:
        return style + _PLAIN + add
    if style.reverse:  # a part that stands out of what is reversed
        return style + _PLAIN + add + Style(reverse=False)
    return style + _PLAIN + Style(reverse=True, dim=False, bold=style.bold or add.bold)


def _name(color: RichColor | None) -> str:
    """Return Textual's name of this colour, as the theme has it."""
    return "ansi_default" if color is None else Color.from_rich_color(color).hex
