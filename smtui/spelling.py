"""Lets every character be printed, also where a stream's encoding does not have it: by one of the same width.

A terminal or a file in Latin-1, or in a code page of Windows, has no `●`. Python would fail on it, or spell it in six
characters that shift all that follows.
"""

from __future__ import annotations

import codecs
from typing import TextIO
from unicodedata import combining, east_asian_width

_HANDLER = "smtui-spelling"
_UNKNOWN = "?"
_SPELLINGS = {
    **dict.fromkeys("●★◆⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "*"),
    **dict.fromkeys("◐◌○", "o"),
    **dict.fromkeys("✕✗×", "x"),
    **dict.fromkeys("─━═–—‐", "-"),
    **dict.fromkeys("│┃║▌▐█", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯", "+"),
    **dict.fromkeys("▸→›", ">"),
    **dict.fromkeys("←‹", "<"),
    **dict.fromkeys("▲↑", "^"),
    **dict.fromkeys("▼▾↓", "v"),
    **dict.fromkeys("“”„", '"'),
    **dict.fromkeys("‘’‚", "'"),
    "✓": "v",
    "…": "~",
    "·": ".",
    "€": "E",
}
"""What is drawn with instead."""


def spell_out(*streams: TextIO | None) -> None:
    """Let these streams spell what their encoding does not have; those in UTF-8, and closed ones, stay as they are."""
    for stream in streams:
        if stream is not None and not _has_everything(stream.encoding) and hasattr(stream, "reconfigure"):
            codecs.register_error(_HANDLER, _spelled)
            stream.reconfigure(errors=_HANDLER)


def _has_everything(encoding: str | None) -> bool:
    try:
        return codecs.lookup(encoding or "").name.startswith("utf")
    except LookupError:
        return False


def _spelled(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(map(spelling, missing)), error.end


def spelling(character: str) -> str:
    """Return ASCII of the same width as this character."""
    if known := _SPELLINGS.get(character):
        return known
    if combining(character):
        return ""
    return _UNKNOWN * (2 if east_asian_width(character) in "WF" else 1)
