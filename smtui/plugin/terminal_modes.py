"""What a remote program has left switched on in the user's terminal, and the bytes that undo exactly that.

Source: xterm's control sequences; the kitty keyboard protocol. Made for speed: output without escape sequences is
only searched for ESC, SO and SI.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

_ON_BY_DEFAULT = frozenset((7, 25))
_OFF_BY_DEFAULT = frozenset(
    (
        *(1, 5, 6, 66),  # cursor keys, reverse, origin, keypad
        *(9, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1015, 1016),  # mouse and focus
        *(2004, 2026, 2031, 2048),  # paste, synchronized output, theme and size reports
    )
)
_ALTERNATE_SCREEN = frozenset((47, 1047, 1049))
_RESET_BY_DECSTR = frozenset((1, 6, 25, 66))

_ESCAPED = rb"\x1b(?:\[([<=>?!]?)([\d;:]{0,128})( ?)([hlmnpqru])|([\]PX^_])|([=>c])|\(([0-~]))"
# A pattern that begins with one fixed byte is searched for many times faster.
_SEQUENCE = re.compile(_ESCAPED)
_SEQUENCE_OR_SHIFT = re.compile(_ESCAPED + rb"|([\x0e\x0f])")
_STRING_END = re.compile(rb"[\x07\x18\x1a\x1b]")
_OTHER_STRING_END = re.compile(rb"[\x18\x1a\x1b]")
_INCOMPLETE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*|[ -/]+)?\Z")
_MOST_CARRIED = 256
_PLAIN_SGR = 0

_CANCEL = b"\x18\x1b\\"


class TerminalModes:
    """Feed it everything the terminal is shown, in pieces of any size."""

    def __init__(self) -> None:
        self._carry = b""
        self._string_end: re.Pattern[bytes] | None = None
        self._forget()

    def _forget(self) -> None:
        """As after a full reset (RIS)."""
        self._changed: set[int] = set()
        self._screen = 0
        """The number that the alternate screen was entered by; 0 on the main screen."""
        self._keyboard_pushes = [0, 0]
        """Kitty keyboard modes pushed on the main and on the alternate screen."""
        self._keyboard_set = [False, False]
        self._other_keys = False
        self._cursor_style = False
        self._region: tuple[int, int] | None = None
        self._insert = False
        self._keypad = False
        self._shifted = False
        self._charset = False
        self._attributes = _PLAIN_SGR

    def feed(self, output: bytes) -> None:
        shifts = b"\x0e" in output or b"\x0f" in output
        if self._carry:
            output = self._carry + output
            self._carry = b""
        elif self._string_end is None and not shifts and b"\x1b" not in output:
            return
        self._scan(output, _SEQUENCE_OR_SHIFT if shifts else _SEQUENCE)

    def _scan(self, output: bytes, sequence: re.Pattern[bytes]) -> None:
        position = 0
        while True:
            if self._string_end is not None:
                end = self._string_end.search(output, position)
                if end is None:
                    return
                self._string_end = None
                # An ESC ends a string and begins the next sequence, which may be the string terminator.
                position = end.start() if end[0] == b"\x1b" else end.end()
            found = self._obey_until_string(sequence.finditer(output, position))
            if found < 0:
                break
            position = found
        last = output.rfind(b"\x1b", max(position, len(output) - _MOST_CARRIED))
        if last >= 0 and _INCOMPLETE.match(output, last):
            self._carry = output[last:]

    def _obey_until_string(self, sequences: Iterator[re.Match[bytes]]) -> int:
        """Obey all sequences up to the next string (OSC, DCS, …); where it begins, or -1 at the end."""
        for found in sequences:
            kind = found.lastindex
            if kind == 4:
                self._obey_control(found[1], found[2], found[3], found[4])
            elif kind == 5:
                self._string_end = _STRING_END if found[5] == b"]" else _OTHER_STRING_END
                return found.end()
            elif kind == 6:
                self._obey_escape(found[6])
            elif kind == 7:
                self._charset = found[7] != b"B"
            else:
                self._shifted = found[8] == b"\x0e"
        return -1

    def _obey_escape(self, final: bytes) -> None:
        if final == b"c":
            self._forget()
        else:
            self._keypad = final == b"="

    def _obey_control(self, private: bytes, parameters: bytes, middle: bytes, final: bytes) -> None:
        kind = private + middle + final
        if kind == b"m":
            cleared, added = _sgr(parameters)
            self._attributes = (self._attributes & ~cleared) | added
        elif kind in (b"?h", b"?l"):
            self._switch(parameters, on=final == b"h")
        elif kind in (b"h", b"l"):
            if b"4" in parameters.split(b";"):
                self._insert = final == b"h"
        elif kind == b" q":
            self._cursor_style = _numbers(parameters) != [0]
        elif kind == b"r":
            top, bottom, *_ = [*_numbers(parameters), 0]
            self._region = (top, bottom) if top > 1 or bottom else None
        elif kind == b"!p":
            self._soft_reset()
        elif kind in (b">u", b"<u", b"=u"):
            self._keyboard(kind, parameters)
        elif kind in (b">m", b">n"):
            self._modify_other_keys(final, _numbers(parameters))

    def _switch(self, parameters: bytes, *, on: bool) -> None:
        for number in _numbers(parameters):
            if number in _ALTERNATE_SCREEN:
                self._screen = number if on else 0
            elif number in _OFF_BY_DEFAULT or number in _ON_BY_DEFAULT:
                if on == (number in _ON_BY_DEFAULT):
                    self._changed.discard(number)
                else:
                    self._changed.add(number)

    def _keyboard(self, kind: bytes, parameters: bytes) -> None:
        numbers = _numbers(parameters)
        screen = 1 if self._screen else 0
        if kind == b">u":
            self._keyboard_pushes[screen] += 1
        elif kind == b"<u":
            pops = max(numbers[0], 1)
            self._keyboard_pushes[screen] = max(self._keyboard_pushes[screen] - pops, 0)
        else:
            self._keyboard_set[screen] = numbers[0] != 0

    def _modify_other_keys(self, final: bytes, numbers: list[int]) -> None:
        if numbers[0] == 4:
            self._other_keys = final == b"m" and len(numbers) > 1 and numbers[1] != 0
        elif numbers == [0] and final == b"m":
            self._other_keys = False

    def _soft_reset(self) -> None:
        self._changed -= _RESET_BY_DECSTR
        self._insert = self._keypad = self._shifted = self._charset = False
        self._region = None
        self._attributes = _PLAIN_SGR

    def undo(self, rows: int = 0) -> bytes:
        """The bytes that put the terminal back; empty when nothing was left. `rows` is the terminal's height."""
        undo = [_CANCEL] if self._string_end is not None or self._carry else []
        if 2026 in self._changed:
            undo.append(b"\x1b[?2026l")
        if self._screen:
            undo += [self._undo_keyboard(1), b"\x1b[?%dl" % self._screen]
        undo.append(self._undo_keyboard(0))
        undo += self._undo_drawing(rows)
        for number in sorted(self._changed - {2026}):
            undo.append(b"\x1b[?%d%s" % (number, b"h" if number in _ON_BY_DEFAULT else b"l"))
        if self._cursor_style:
            undo.append(b"\x1b[0 q")
        if self._other_keys:
            undo.append(b"\x1b[>4m")
        if self._keypad:
            undo.append(b"\x1b>")
        return b"".join(undo)

    def _undo_keyboard(self, screen: int) -> bytes:
        pushes = self._keyboard_pushes[screen]
        popped = b"\x1b[<%du" % pushes if pushes else b""
        return popped + (b"\x1b[=0;1u" if self._keyboard_set[screen] else b"")

    def _undo_drawing(self, rows: int) -> list[bytes]:
        undo = []
        if self._shifted:
            undo.append(b"\x0f")
        if self._charset:
            undo.append(b"\x1b(B")
        if self._attributes != _PLAIN_SGR:
            undo.append(b"\x1b[0m")
        if self._insert:
            undo.append(b"\x1b[4l")
        if self._region and not _is_whole_screen(self._region, rows):
            # Setting the margins moves the cursor home.
            undo.append(b"\x1b7\x1b[r\x1b8")
        return undo


def _is_whole_screen(region: tuple[int, int], rows: int) -> bool:
    top, bottom = region
    return top <= 1 and 0 < rows <= bottom


def _numbers(parameters: bytes) -> list[int]:
    """At least one number; what is left out counts as zero."""
    return [int(part) if part.isdigit() else 0 for part in parameters.split(b";")]


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


@lru_cache(maxsize=512)
def _sgr(parameters: bytes) -> tuple[int, int]:
    """Which attribute groups one SGR sequence clears and which it sets, as bit sets."""
    cleared = added = 0
    parts = parameters.split(b";")
    index = 0
    while index < len(parts):
        code, _, detail = parts[index].partition(b":")
        number = int(code or 0)
        index += 1
        if number == 0:
            cleared, added = _EVERY_ATTRIBUTE, 0
        elif number in _CLEARS or (number == 4 and detail == b"0"):
            bit = _CLEARS.get(number, _SETS[4])
            cleared, added = cleared | bit, added & ~bit
        elif number in _SETS:
            added |= _SETS[number]
        if number in (38, 48, 58) and not detail and index < len(parts):
            kind = parts[index]
            index += _COLOUR_ARGUMENTS.get(int(kind), 1) if kind.isdigit() else 1
    return cleared, added
