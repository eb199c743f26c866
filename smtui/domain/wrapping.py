"""Wraps sentences and command lines to a width; every line is harmless for a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from smtui.domain.shellquote import Shell, join
from smtui.domain.text import cell_width, harmless

_CONTINUES = {Shell.POSIX: " \\", Shell.POWERSHELL: " `", Shell.PWSH: " `", Shell.CMD: " ^"}
_INDENT = "    "
_NARROWEST = 4
_URL = re.compile("https?://")


def wrapped(text: str, width: int, lead: str = "", rest: str | None = None) -> list[str]:
    """Return lines of at most `width` cells: `lead` before the first, `rest` or as many blanks before the others.

    A word that is longer than a line is cut. A URL makes its line longer, since a cut one is useless.
    """
    room = max(_NARROWEST, width - cell_width(lead))
    lines = [""]
    for word in harmless(text).split():
        for piece in _pieces(word, room):
            longer = f"{lines[-1]} {piece}".lstrip()
            if not lines[-1] or cell_width(longer) <= room:
                lines[-1] = longer
            else:
                lines.append(piece)
    rest = " " * cell_width(lead) if rest is None else rest
    return [(lead + lines[0]).rstrip(), *(rest + line for line in lines[1:])]


def folded(argv: Sequence[str], shell: Shell, width: int) -> list[str]:
    """Return one command on several lines that the shell reads as one. Raises `Unquotable` for control characters.

    A word that is too long for a line is cut where the shell allows it: in a POSIX shell, and not if it holds a URL.
    Others make the line longer: pasted line by line, the rest of a cut word would be a command of its own.
    """
    mark = _CONTINUES[shell]
    room = width - cell_width(_INDENT + mark)
    lines: list[str] = []
    line = ""
    for phrase in _phrases(argv, shell, room):
        words = _joined(phrase, shell)
        if cell_width(words) > room:
            lines += [line + mark] if line else []
            *cut, line = _cut(phrase[0], shell, width - len(mark))
            lines += cut
        elif not line or cell_width(f"{line} {words}{mark}") > width:
            lines += [line + mark] if line else []
            line = _INDENT + words if lines else words
        else:
            line = f"{line} {words}"
    return [*lines, line]


def _phrases(argv: Sequence[str], shell: Shell, room: int) -> Iterator[Sequence[str]]:
    """Yield an option with its values if they fit on one line, else word by word."""
    starts = [at for at, word in enumerate(argv) if at == 0 or word.startswith("-")]
    for start, end in zip(starts, [*starts[1:], len(argv)], strict=True):
        phrase = argv[start:end]
        if cell_width(_joined(phrase, shell)) <= room:
            yield phrase
        else:
            yield from ([word] for word in phrase)


def _joined(words: Sequence[str], shell: Shell) -> str:
    return harmless(join(words, shell))


def _cut(word: str, shell: Shell, width: int) -> Iterator[str]:
    if shell is Shell.POSIX and not _URL.search(word):
        return _posix_pieces(word, width)
    return iter([_joined([word], shell)])


def _posix_pieces(word: str, width: int) -> Iterator[str]:
    """Split a word over lines: after a backslash it goes on in the first column of the next line, without a blank."""
    piece = ""
    for character in word:
        if piece and cell_width(_joined([piece + character], Shell.POSIX)) > width:
            yield _joined([piece], Shell.POSIX) + "\\"
            piece = ""
        piece += character
    yield _joined([piece], Shell.POSIX)


def _pieces(word: str, room: int) -> Iterator[str]:
    if _URL.search(word):
        yield word
        return
    piece, taken = "", 0
    for character in word:
        cells = cell_width(character)
        if piece and taken + cells > room:
            yield piece
            piece, taken = "", 0
        piece, taken = piece + character, taken + cells
    yield piece
