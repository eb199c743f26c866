"""Cuts and pads text by terminal cells, for widgets that draw line by line."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size

from smtui.domain.text import cell_width, fit, fit_middle, harmless, printable

NOTHING = "–"
"""Shown where a fact does not exist or is not known."""


def cell(text: str, width: int, *, right: bool = False, middle: bool = False) -> str:
    """Return untrusted text made harmless and exactly `width` cells wide, as Textual counts them.

    With `right` the text ends at the last cell; with `middle` a text that is too long loses its middle, not its tail.
    """
    shown = harmless(text)
    fitted = fit_middle(shown, width) if middle else fit(shown, width)
    # Textual counts cells by Rich's newer table; where the two differ, the next columns must still line up.
    if not fitted.isascii() and cell_len(fitted) != width:
        fitted = set_cell_size(fitted, width)
    return fitted if not right else " " * (width - cell_len(fitted.rstrip(" "))) + fitted.rstrip(" ")


def cells_needed(text: str) -> int:
    """Return how many cells `cell` needs to show this text whole, or somewhat more where secrets are masked."""
    if text.isascii():
        return len(text)
    shown = printable(text)
    return max(cell_width(shown), cell_len(shown))


def chop(word: str, width: int) -> list[str]:
    """Cut one word into pieces of at most `width` cells; a wider character gets a piece of its own."""
    pieces = [""]
    for character in word:
        if pieces[-1] and cell_len(pieces[-1] + character) > width:
            pieces.append("")
        pieces[-1] += character
    return pieces
