"""Wraps sentences and command lines to a width; every line is harmless for a terminal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from smtui.domain.shellquote import Shell, join
from smtui.domain.text import cell_width, harmless

_CONTINUES = {Shell.POSIX: " \\", Shell.POWERSHELL: " `", Shell.PWSH: " `", Shell.CMD: " ^"}
_INDENT = "    "
_HANG = "  "
_BEST_SEPARATORS = " ,"
_SEPARATORS = "/:;=&?"
_NARROWEST = 4
_URL = re.compile("https?://")


def wrapped(text: str, width: int, lead: str = "", rest: str | None = None) -> list[str]:
    """Return lines of at most `width` cells: `lead` before the first, `rest` or as many blanks before the others.

    Only a word that is longer than a whole line is cut. A URL makes its line longer, since a cut one is useless.
    """
    text = harmless(text)
    if rest is not None:
        room = width - max(cell_width(lead), cell_width(rest))
        first, *others = hanging(text, room, 0, keep_urls=True)
        return [(lead + first.text).rstrip(), *(rest + line.text for line in others)]
    first, *others = hanging(text, width, cell_width(lead), keep_urls=True)
    lines = [(lead + first.text).rstrip(), *(" " * line.column + line.text for line in others)]
    return lines[1:] if others and not lines[0] else lines


@dataclass(frozen=True, slots=True)
class HangingLine:
    """A line of a paragraph, and the column in which it begins."""

    column: int
    text: str


def hanging(
    text: str | Sequence[str],
    width: int,
    hang: int,
    measure: Callable[[str], int] = cell_width,
    *,
    first: int | None = None,
    gap: str = " ",
    keep_urls: bool = False,
) -> list[HangingLine]:
    """Break harmless text so that each line begins in the column `hang`; the first in `first`, behind a longer lead.

    The text is broken at its blanks; a sequence holds words that may have blanks of their own, and are joined by `gap`.
    A word that does not fit there has a line of its own, further left, and is whole: an id, an ARN, an option. Then the
    first line, which has its lead on its left, may be empty. A word that is longer than `width` is cut after a
    separator, or with `keep_urls` makes its line longer if it is a URL.
    """
    hang = max(0, min(hang, width - _NARROWEST))
    room = max(1, width - hang)
    lines = [HangingLine(hang if first is None else first, "")]
    is_full = False
    for word in text.split() if isinstance(text, str) else text:
        last = lines[-1]
        longer = f"{last.text}{gap}{word}" if last.text else word
        if not is_full and last.column + measure(longer) <= width:
            lines[-1] = HangingLine(last.column, longer)
            continue
        is_full = room < measure(word)
        if not is_full:
            lines.append(HangingLine(hang, word))
        elif measure(word) <= width:
            lines.append(HangingLine(width - measure(word), word))
        else:
            whole = keep_urls and _URL.search(word)
            pieces = [word] if whole else list(_pieces(word, room, measure))
            if not last.text and last.column == hang:
                lines.pop()
            lines += [HangingLine(hang, piece) for piece in pieces]
    return lines


def laid_out(argv: Sequence[str], shell: Shell, width: int, measure: Callable[[str], int] = cell_width) -> list[str]:
    """Return one command on several lines to be read, not to be pasted. Raises `Unquotable` for control characters.

    An option stays with its value if a line can hold both. A word that is longer than a line is cut after a separator.
    """
    room = max(_NARROWEST, width - cell_width(_HANG))
    lines = [""]
    for phrase in _phrases(argv, shell, room):
        words = _joined(phrase, shell)
        longer = f"{lines[-1]} {words}" if lines[-1] else words
        if measure(longer) <= width:
            lines[-1] = longer
        elif measure(words) <= width:
            lines.append(" " * min(len(_HANG), width - measure(words)) + words)
        else:
            lines += [_HANG + piece for piece in _pieces(words, room, measure)]
    return lines if lines[0] else lines[1:]


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


def _pieces(word: str, room: int, measure: Callable[[str], int]) -> Iterator[str]:
    """Cut a word that is longer than a line: after a blank or a comma, else after a separator in the second half."""
    while measure(word) > room:
        fitting = 1
        while measure(word[: fitting + 1]) <= room:
            fitting += 1
        cut = max(word.rfind(separator, 0, fitting) for separator in _BEST_SEPARATORS) + 1
        if not cut:
            cut = next((at for at in range(fitting, fitting // 2, -1) if word[at - 1] in _SEPARATORS), fitting)
        yield word[:cut]
        word = word[cut:]
    if word:
        yield word
