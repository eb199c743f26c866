"""Sentences and command lines cut into lines of a width; every line is harmless for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smtui.domain.shellquote import Shell, join
from smtui.domain.text import cell_width, harmless

_CONTINUES = {Shell.POSIX: " \\", Shell.POWERSHELL: " `", Shell.CMD: " ^"}
_INDENT = "    "
_NARROWEST = 4


def wrapped(text: str, width: int, lead: str = "") -> list[str]:
    """Lines of at most `width` cells: `lead` before the first, as many blanks before the others.

    A word that is longer than a line is cut.
    """
    room = max(_NARROWEST, width - cell_width(lead))
    lines = [""]
    for word in harmless(text).split():
        for piece in _pieces(word, room):
            longer = f"{lines[-1]} {piece}".lstrip()
            if cell_width(longer) <= room:
                lines[-1] = longer
            else:
                lines.append(piece)
    indent = " " * cell_width(lead)
    return [(lead + lines[0]).rstrip(), *(indent + line for line in lines[1:])]


def folded(argv: Sequence[str], shell: Shell, width: int) -> list[str]:
    """One command over several lines that the shell reads as one. Raises `Unquotable` on control characters.

    A word that is too long for a line is cut where the shell allows it: in a POSIX shell. In others a cut word does
    not survive a copy of these lines; the command on one line does.
    """
    mark = _CONTINUES[shell]
    lines: list[str] = []
    line = ""
    for word in argv:
        quoted = harmless(join([word], shell))
        longer = f"{line} {quoted}" if line.strip() else f"{line}{quoted}"
        if cell_width(longer) + len(mark) <= width:
            line = longer
            continue
        if line.strip():
            lines.append(line + mark)
        *full, line = _fitting(word, shell, width, mark)
        lines += full
    return [*lines, line]


def _fitting(word: str, shell: Shell, width: int, mark: str) -> list[str]:
    """The word on an indented line, or in as many as it needs."""
    quoted = _INDENT + harmless(join([word], shell))
    if cell_width(quoted) + len(mark) <= width:
        return [quoted]
    if shell is not Shell.POSIX:
        return list(_pieces(quoted.strip(), width))
    return list(_posix_pieces(word, width))


def _posix_pieces(word: str, width: int) -> Iterator[str]:
    """A line that ends in a backslash goes on in the first column of the next: not a blank comes between."""
    piece = ""
    for character in word:
        if cell_width(join([piece + character], Shell.POSIX)) + 1 > width and piece:
            yield join([piece], Shell.POSIX) + "\\"
            piece = ""
        piece += character
    yield join([piece], Shell.POSIX)


def _pieces(word: str, room: int) -> Iterator[str]:
    piece, taken = "", 0
    for character in word:
        cells = cell_width(character)
        if taken + cells > room:
            yield piece
            piece, taken = "", 0
        piece, taken = piece + character, taken + cells
    yield piece
