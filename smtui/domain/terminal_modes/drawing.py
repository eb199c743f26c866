"""Records what a remote program changes in how and where characters are drawn.

Sources: ECMA-35 and ECMA-48 (SGR); xterm; DEC's VT510 manual.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial

from smtui.domain.terminal_modes.sequences import numbers

PLAIN = 0

_SGR_GROUPS = (
    ((1, 2), (22,)),
    ((3, 20), (23,)),
    ((4, 21), (24,)),
    ((5, 6), (25,)),
    ((7,), (27,)),
    ((8,), (28,)),
    ((9,), (29,)),
    (tuple(range(11, 20)), (10,)),
    ((*range(30, 39), *range(90, 98)), (39,)),
    ((*range(40, 49), *range(100, 108)), (49,)),
    ((51, 52), (54,)),
    ((53,), (55,)),
    ((58,), (59,)),
    ((73, 74), (75,)),
)
_SETS = {code: 1 << bit for bit, (codes, _) in enumerate(_SGR_GROUPS) for code in codes}
_CLEARS = {code: 1 << bit for bit, (_, codes) in enumerate(_SGR_GROUPS) for code in codes}
_EVERY_ATTRIBUTE = (1 << len(_SGR_GROUPS)) - 1
_COLOUR_ARGUMENTS = {2: 4, 5: 2}
"""After 38, 48 or 58: `2;R;G;B` or `5;N`."""

_SHIFT_OUT, _SHIFT_IN = "\x0e", "\x0f"
_SETS_OF = {"(": b"(", ")": b")", "*": b"*", "+": b"+", "-": b")", ".": b"*", "/": b"+"}
"""The characters that designate a set of 94 or 96 characters, and the one that designates ASCII there."""
_ASCII = "B"
_TAB = 8
_ALL_TABS = (0, 3)


@dataclass(frozen=True, slots=True)
class _SavedWithCursor:
    attributes: int = PLAIN
    shifted: bool = False
    charsets: frozenset[bytes] = frozenset()


class Drawing:
    """The state of drawing. `screen` is 0 for the main screen, 1 for the alternate one, which saves its own cursor."""

    def __init__(self) -> None:
        self.screen = 0
        self._saved = [_SavedWithCursor(), _SavedWithCursor()]
        self.handlers: Mapping[str, Callable[[str], None]] = {
            "[m": self._on_rendition,
            "[r": self._on_region,
            "[g": self._on_clear_tab,
            "H": self._on_set_tab,
            "%": self._on_coding,
            _SHIFT_OUT: partial(self._on_shift, True),
            _SHIFT_IN: partial(self._on_shift, False),
            "n": partial(self._on_shift, True),
            "o": partial(self._on_shift, True),
            **{kind: partial(self._on_charset, kind) for kind in _SETS_OF},
        }
        self.reset()

    def reset(self) -> None:
        """Follow a full reset; in some terminals the state saved with the cursor survives it."""
        self._tabs = False
        self._foreign_coding = False
        self.reset_softly()

    def reset_softly(self) -> None:
        """Follow a soft reset (DECSTR)."""
        self._attributes = PLAIN
        self._shifted = False
        self._charsets: frozenset[bytes] = frozenset()
        self._region: tuple[int, int] | None = None

    @property
    def has_region(self) -> bool:
        """Whether only a part of the screen scrolls."""
        return self._region is not None

    def save_cursor(self) -> None:
        """Follow a saved cursor."""
        self._saved[self.screen] = _SavedWithCursor(self._attributes, self._shifted, self._charsets)

    def restore_cursor(self) -> None:
        """Follow a restored cursor. Not all terminals save all of its state, so earlier changes stay recorded."""
        saved = self._saved[self.screen]
        self._attributes |= saved.attributes
        self._shifted |= saved.shifted
        self._charsets |= saved.charsets

    def undo_characters(self) -> bytes:
        """Undo attributes, character sets and codings."""
        undo = [b"\x0f"] if self._shifted else []
        undo += [b"\x1b%sB" % place for place in sorted(self._charsets)]
        if self._foreign_coding:
            undo.append(b"\x1b%G")
        if self._attributes != PLAIN:
            undo.append(b"\x1b[0m")
        return b"".join(undo)

    def undo_places(self, rows: int, columns: int) -> bytes:
        """Undo the scroll region and tab stops, and keep the cursor's place; `rows` and `columns` are 0 if unknown."""
        undo = []
        if self._region and not _is_whole_screen(self._region, rows):
            undo.append(b"\x1b[r")
        if self._tabs:
            # Not all terminals know DECST8C, which reaches beyond the present width.
            stops = b"\x1b[%dC\x1bH" % _TAB * ((columns - 1) // _TAB)
            undo.append((b"\r\x1b[3g" + stops if columns else b"") + b"\x1b[?5W")
        return b"\x1b7" + b"".join(undo) + b"\x1b8" if undo else b""

    def _on_rendition(self, parameters: str) -> None:
        cleared, added = graphic_rendition(parameters)
        self._attributes = (self._attributes & ~cleared) | added

    def _on_region(self, parameters: str) -> None:
        top, bottom, *_ = [*numbers(parameters), 0]
        self._region = (top, bottom) if top > 1 or bottom else None

    def _on_set_tab(self, rest: str) -> None:
        self._tabs = True

    def _on_clear_tab(self, parameters: str) -> None:
        self._tabs |= numbers(parameters)[0] in _ALL_TABS

    def _on_coding(self, rest: str) -> None:
        self._foreign_coding = rest == "@"

    def _on_shift(self, out: bool, rest: str) -> None:
        self._shifted = out

    def _on_charset(self, kind: str, rest: str) -> None:
        place = _SETS_OF[kind]
        if (kind.encode(), rest) == (place, _ASCII):
            self._charsets -= {place}
        else:
            self._charsets |= {place}


@lru_cache(maxsize=512)
def graphic_rendition(parameters: str) -> tuple[int, int]:
    """Return which groups of attributes an SGR sequence clears and which it sets, as two bit sets."""
    cleared = added = 0
    parts = parameters.split(";")
    index = 0
    while index < len(parts):
        code, _, detail = parts[index].partition(":")
        number = int(code or 0)
        index += 1
        if number == 0:
            cleared, added = _EVERY_ATTRIBUTE, 0
        elif number in _CLEARS or (number == 4 and detail == "0"):
            bit = _CLEARS.get(number, _SETS[4])
            cleared, added = cleared | bit, added & ~bit
        elif number in _SETS:
            added |= _SETS[number]
        if number in (38, 48, 58) and not detail and index < len(parts):
            kind = parts[index]
            index += _COLOUR_ARGUMENTS.get(int(kind), 1) if kind.isdigit() else 1
    return cleared, added


def _is_whole_screen(region: tuple[int, int], rows: int) -> bool:
    top, bottom = region
    return top <= 1 and 0 < rows <= bottom
