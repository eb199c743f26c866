"""Makes text from outside safe to show: secrets masked, length bounded, nothing left that a terminal obeys.

Everything that smtui prints, draws or logs passes this gate: names, tags, AWS's answers, the words of plugins and
libraries, files, the environment. Only the output of a session's remote program does not.
"""

from __future__ import annotations

import re
import unicodedata

from smtui.domain.masking import masked, masked_strictly

LONGEST_LINE = 8_000
LONGEST_TEXT = 100_000
MOST_LINES = 1_000
"""The limits of one text on a screen; a note says how much was cut off."""
LONGEST_MESSAGE = 2_000
"""Characters that are kept of an error message."""

_LOOK_AHEAD = 8_192
"""A secret may begin before a cut and end after it."""
_ROOM_FOR_COUNT = 48
_CONTROL_PICTURES = 0x2400
_DELETE_PICTURE = "\N{SYMBOL FOR DELETE}"
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS = "\u034f\u180b-\u180d\u180f\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef"
"""Parts of emoji and of some scripts. Terminals disagree on the width of what they join, which would break columns."""
_BLANK_LETTERS = "\u115f\u1160\u17b4\u17b5\u3164\uffa0"
"""Letters and marks, by their category, that no terminal shows."""
_INVISIBLE = re.compile(f"[{_JOINERS}{_BLANK_LETTERS}]")
_JOINER = re.compile(f"[{_JOINERS}]")
_JOINING_JAMO = re.compile("[\u1160-\u11ff\ud7b0-\ud7ff]")
"""Vowels and final consonants of Hangul, drawn in the cells of the syllable's first consonant."""


def composed(text: str) -> str:
    """Return the text in Unicode's composed form (NFC), so that an `é` of two code points equals one of one."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def folded(text: str) -> str:
    """Return the text for comparing, whatever its case and however accents are encoded."""
    return composed(composed(text).casefold())


def harmless(text: str) -> str:
    """Return the text as one line to show: secrets masked, cut if very long, and `printable`."""
    return printable(_bounded(masked(text[: LONGEST_LINE + _LOOK_AHEAD]), LONGEST_LINE, len(text)))


def harmless_lines(text: str) -> list[str]:
    """Return the lines of a text, each `harmless`; carriage returns before line ends are dropped."""
    shown = _bounded(masked(text[: LONGEST_TEXT + _LOOK_AHEAD]), LONGEST_TEXT, len(text))
    lines = shown.split("\n")
    if len(lines) > MOST_LINES:
        lines[MOST_LINES - 1 :] = [f"… ({len(lines) - MOST_LINES + 1:,} more lines)"]
    return [harmless(line.rstrip("\r").expandtabs()) for line in lines]


def kept_message(text: str) -> str:
    """Return an error message from outside with secrets masked and its length bounded; not yet `printable`."""
    return _bounded(masked(text[: LONGEST_MESSAGE + _LOOK_AHEAD]), LONGEST_MESSAGE, len(text))


def error_words(error: BaseException) -> str:
    """Return the text of a library's exception, as `kept_message` does; its class name if it has none."""
    said = str(error)
    kept = masked_strictly(said[: LONGEST_MESSAGE + _LOOK_AHEAD])
    return _bounded(kept, LONGEST_MESSAGE, len(said)) or type(error).__name__


def printable(text: str) -> str:
    """Return the text on one line with nothing in it that a terminal obeys; input fields may hold it.

    Control characters become their pictures (ESC is `␛`), so that a strange name stays recognisable; marks that
    change the direction of writing, lone surrogates and unassigned code points become U+FFFD.
    """
    if text.isprintable() and (text.isascii() or not _INVISIBLE.search(text)):
        return text
    return "".join(map(_shown, _JOINER.sub("", text)))


def hidden_in(text: str) -> str:
    """Return the first character that a terminal does not show as it is, except joiners; "" for none."""
    if text.isprintable() and (text.isascii() or not _INVISIBLE.search(text)):
        return ""
    return next((character for character in _JOINER.sub("", text) if _shown(character) != character), "")


def _bounded(text: str, limit: int, whole: int) -> str:
    """Cut the text to `limit` characters, with a note of how many are missing; `whole` is its original length."""
    if len(text) <= limit and whole <= limit + _LOOK_AHEAD:
        return text
    kept = text[: limit - _ROOM_FOR_COUNT]
    return f"{kept} … ({max(whole, len(text)) - len(kept):,} more characters)"


def _shown(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(_CONTROL_PICTURES + code)
    if code == 0x7F:
        return _DELETE_PICTURE
    if character in _BLANK_LETTERS or unicodedata.category(character) in _UNPRINTABLE:
        return _REPLACEMENT
    return character


def cell_width(text: str) -> int:
    """Count the terminal cells of harmless text, by East Asian width, as rich does; combining marks take none."""
    if text.isascii():
        return len(text)
    return sum(_cells(character) for character in text)


def _cells(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Mc", "Me"} or _JOINING_JAMO.match(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def fit(text: str, width: int) -> str:
    """Cut harmless text with an ellipsis, or pad it with blanks, to exactly `width` cells."""
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
