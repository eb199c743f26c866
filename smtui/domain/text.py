"""Untrusted text (names, tags, plugin output, API messages) made harmless for a terminal."""

from __future__ import annotations

import unicodedata

_CONTROL_PICTURES = 0x2400
_DELETE_PICTURE = "\N{SYMBOL FOR DELETE}"
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_DROPPED = {"\N{ZERO WIDTH JOINER}", "\N{VARIATION SELECTOR-16}", "\N{VARIATION SELECTOR-15}"}
"""Terminals disagree on the width of what these join, which would break the columns."""
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def harmless(text: str) -> str:
    """The same text on one line with nothing in it that a terminal obeys.

    Control characters become their pictures (ESC is `␛`), so that a strange name stays recognisable; marks that
    change the direction of writing, lone surrogates and unassigned code points become U+FFFD.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def harmless_lines(text: str) -> list[str]:
    """Like `harmless`, for text of several lines; carriage returns before line ends are dropped."""
    return [harmless(line.rstrip("\r")) for line in text.split("\n")]


def _shown(character: str) -> str:
    if character in _DROPPED:
        return ""
    code = ord(character)
    if code < 0x20:
        return chr(_CONTROL_PICTURES + code)
    if code == 0x7F:
        return _DELETE_PICTURE
    if unicodedata.category(character) in _UNPRINTABLE:
        return _REPLACEMENT
    return character


def cell_width(text: str) -> int:
    """How many terminal cells harmless text takes, by East Asian width; combining marks take none."""
    if text.isascii():
        return len(text)
    return sum(_cells(character) for character in text)


def _cells(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def fit(text: str, width: int) -> str:
    """Harmless text cut with an ellipsis, or padded with blanks, to exactly `width` cells."""
    own = cell_width(text)
    if own <= width:
        return text + " " * (width - own)
    kept: list[str] = []
    room = width - 1
    for character in text:
        cells = _cells(character)
        if cells > room:
            break
        kept.append(character)
        room -= cells
    return "".join(kept) + "…" + " " * room if width > 0 else ""
