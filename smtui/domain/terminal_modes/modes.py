"""Records what a remote program changes in the user's terminal, and makes the bytes that undo exactly that.

The rule: whatever was switched is switched back, whatever was set is reset. Sources: xterm's control
sequences; DEC's VT510 manual; console_codes(4). Checked in xterm 379.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from smtui.domain.terminal_modes.drawing import Drawing
from smtui.domain.terminal_modes.keyboard_modes import KeyboardModes
from smtui.domain.terminal_modes.osc import TerminalStrings, Titles
from smtui.domain.terminal_modes.sequences import SequenceReader, numbers

_ANSI_ON = frozenset((12,))
_ANSI_OFF = frozenset((2, 4, 20))
_ON = frozenset((2, 7, 8, 25))
_OFF = frozenset(
    (
        *(1, 4, 5, 6, 12, 42, 45, 66, 67, 69),  # keys, screen, cursor, margins
        *(9, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1015, 1016),  # mouse and focus
        *(2004, 2026, 2031, 2048, 9001),  # paste, synchronized output, theme and size reports, win32 input
    )
)
_SURVIVING_ON = frozenset((1034, 1035, 1040, 1070))
_SURVIVING_OFF = frozenset((18, 19, 40, 80, 8452, 1037, *range(1041, 1046), *range(1050, 1054), 1060, 1061))
"""Modes of xterm's keys, clipboard, bell, printer and pictures, which a full reset (RIS) does not change."""
_ALTERNATE_SCREEN = frozenset((47, 1047, 1049))
_ALTERNATE_SCREEN_AND_CURSOR = 1049
_SAVED_CURSOR = 1048
_COLUMNS_132 = 3
"""Never switched back: that would clear the screen."""
_VT52_WHEN_OFF = 2
_LAST_ROW = 999
_REVERSE, _ORIGIN, _CURSOR, _MARGINS, _SYNCHRONIZED = 5, 6, 25, 69, 2026
_RESET_SOFTLY = frozenset((1, _ORIGIN, 25, 66, _MARGINS))
_ANSI_RESET_SOFTLY = frozenset((2, 4))

_CANCEL = b"\x18\x1b\\"
_SOFT_RESET = b"\x1b[!p\x1b[?7h"
"""DECSTR keeps the screen and the scrollback. Some terminals switch autowrap off by it."""

_SETTINGS: dict[str, tuple[frozenset[int], bytes]] = {
    "[ q": (frozenset((0,)), b"\x1b[0 q"),  # the cursor's style
    '["q': (frozenset((0, 2)), b'\x1b[0"q'),  # whether characters are protected
    "[q": (frozenset((0,)), b"\x1b[0q"),  # the keyboard's lights
    "[$}": (frozenset((0,)), b"\x1b[0$}"),  # whether output goes to the status line
    "[$~": (frozenset((0,)), b"\x1b[0$~"),  # the status line
    "[*x": (frozenset((0, 1)), b"\x1b[0*x"),  # how rectangles are meant
    "['z": (frozenset((0,)), b"\x1b[0'z"),  # the locator, another kind of mouse
    "[>p": (frozenset((1,)), b"\x1b[>1p"),  # when the mouse pointer is hidden
    "[?c": (frozenset((0,)), b"\x1b[?0c"),  # the Linux console's cursor
}
"""By sequence: the first parameters that mean its default, and the bytes that set it."""
_PRINTER = {"[i": b"\x1b[4i", "[?i": b"\x1b[?4i"}
"""Sequences that send output to a printer, and those that end it."""
_TO_PRINTER, _NOT_TO_PRINTER = 5, 4
_MOST_UNKNOWN = 256
"""More than any terminal has; a remote program must not fill our memory."""
_LARGEST = 99_999


class TerminalModes:
    """Filters all output for the terminal, in pieces of any size: show what `pass_on` returns."""

    def __init__(self) -> None:
        self._reader = SequenceReader()
        self._titles = Titles()
        self._strings = TerminalStrings()
        self._keyboard = KeyboardModes()
        self._drawing = Drawing()
        self._private = NumberedModes(_ON | _SURVIVING_ON, _OFF | _SURVIVING_OFF)
        self._ansi = NumberedModes(_ANSI_ON, _ANSI_OFF)
        self._origin_saved = [False, False]
        self._handlers = self._all_handlers()
        self._reset()

    def _all_handlers(self) -> dict[str, Callable[[str], None]]:
        return {
            **self._drawing.handlers,
            **self._keyboard.handlers,
            "]": self._strings.obey,
            "[?h": partial(self._switch, True),
            "[?l": partial(self._switch, False),
            "[?s": self._save,
            "[?r": self._restore,
            "[h": partial(self._switch_ansi, True),
            "[l": partial(self._switch_ansi, False),
            "[s": self._save_cursor,
            "[u": self._restore_cursor,
            "7": self._save_cursor,
            "8": self._restore_cursor,
            "[!p": self._reset_softly,
            "c": self._reset,
            "<": self._leave_vt52,
            " ": self._choose_replies,
            **{kind: partial(self._set, kind) for kind in _SETTINGS},
            **{kind: partial(self._print, kind) for kind in _PRINTER},
        }

    @property
    def at_rest(self) -> bool:
        """Whether a line of our own is harmless now: on the main screen, and not inside a sequence."""
        return not (self._entered_by or self._reader.is_inside)

    @property
    def is_full_screen(self) -> bool:
        """Whether a program seems to draw the whole screen, even if not on the alternate one."""
        return bool(self._entered_by) or _CURSOR in self._private.changed or self._drawing.has_region

    def pass_on(self, output: bytes) -> bytes:
        """Return what to show: the same output, with the title saved before it is overwritten."""
        shown = self._titles.guard(output)
        for kind, parameters in self._reader.read(shown):
            obey = self._handlers.get(kind)
            if obey is not None:
                obey(parameters)
        return shown

    def _reset(self, _rest: str = "") -> None:
        """Follow a full reset (RIS); in some terminals titles and colours survive it."""
        self._entered_by = 0
        """The mode that entered the alternate screen; 0 on the main screen."""
        self._saved_entered_by: int | None = None
        self._settings: set[str] = set()
        self._printing: set[str] = set()
        self._wide_replies = False
        """Whether the terminal sends C1 controls as one byte."""
        self._private.changed -= _ON | _OFF
        self._ansi.changed.clear()
        self._keyboard.reset()
        self._drawing.reset()
        self._show_screen(0)

    def _reset_softly(self, _parameters: str) -> None:
        self._private.changed -= _RESET_SOFTLY
        self._ansi.changed -= _ANSI_RESET_SOFTLY
        self._settings.discard('["q')
        self._keyboard.reset_softly()
        self._drawing.reset_softly()

    # Modes.

    def _switch(self, on: bool, parameters: str) -> None:
        for number in numbers(parameters):
            if number in _ALTERNATE_SCREEN:
                self._switch_screen(number, on=on)
            elif number == _SAVED_CURSOR:
                (self._save_cursor if on else self._restore_cursor)("")
            elif number != _COLUMNS_132:
                self._private.switch(number, on=on)

    def _switch_screen(self, number: int, *, on: bool) -> None:
        if on:
            if number == _ALTERNATE_SCREEN_AND_CURSOR and not self._entered_by:
                self._save_cursor("")
            # The largest number undoes most.
            self._show_screen(max(number, self._entered_by))
        else:
            self._show_screen(0)
            if number == _ALTERNATE_SCREEN_AND_CURSOR:
                self._restore_cursor("")

    def _show_screen(self, entered_by: int) -> None:
        self._entered_by = entered_by
        self._keyboard.screen = self._drawing.screen = int(entered_by > 0)

    def _save(self, parameters: str) -> None:
        for number in numbers(parameters):
            if number in _ALTERNATE_SCREEN:
                self._saved_entered_by = self._entered_by
            else:
                self._private.save(number)

    def _restore(self, parameters: str) -> None:
        for number in numbers(parameters):
            if number in _ALTERNATE_SCREEN:
                if self._saved_entered_by is not None:
                    self._show_screen(self._saved_entered_by)
            elif number not in (_SAVED_CURSOR, _COLUMNS_132):
                self._private.restore(number)

    def _switch_ansi(self, on: bool, parameters: str) -> None:
        for number in numbers(parameters):
            self._ansi.switch(number, on=on)

    def _save_cursor(self, parameters: str) -> None:
        # `CSI s` sets the left and right margins while there are any.
        if not parameters:
            self._drawing.save_cursor()
            self._origin_saved[self._drawing.screen] = _ORIGIN in self._private.changed

    def _restore_cursor(self, _parameters: str) -> None:
        self._drawing.restore_cursor()
        if self._origin_saved[self._drawing.screen]:
            self._private.changed.add(_ORIGIN)

    def _leave_vt52(self, _rest: str) -> None:
        self._private.changed.discard(_VT52_WHEN_OFF)

    # What is set to a value.

    def _set(self, kind: str, parameters: str) -> None:
        if numbers(parameters)[0] in _SETTINGS[kind][0]:
            self._settings.discard(kind)
        else:
            self._settings.add(kind)

    def _print(self, kind: str, parameters: str) -> None:
        if _TO_PRINTER in numbers(parameters):
            self._printing.add(kind)
        elif _NOT_TO_PRINTER in numbers(parameters):
            self._printing.discard(kind)

    def _choose_replies(self, rest: str) -> None:
        if rest in ("F", "G"):
            self._wide_replies = rest == "G"

    # The end.

    def undo(self, rows: int = 0, columns: int = 0, *, softly_reset: bool = False) -> bytes:
        """Return the bytes that restore the terminal; empty if nothing changed. Call it once, at the end.

        `rows` and `columns` are the terminal's size, 0 if unknown. `softly_reset` also resets, without clearing
        anything, what cannot be seen from here, unless the terminal was shown only plain text.
        """
        undo = [_CANCEL] if self._reader.is_inside else []
        kind, text = self._reader.unfinished
        if kind == "]":
            self._strings.obey(text)  # some terminals end it rather than cancel it
        undo += [_PRINTER[each] for each in sorted(self._printing)]
        if _VT52_WHEN_OFF in self._private.changed:
            undo.append(b"\x1b<")
        undo.append(self._undo_mode(_SYNCHRONIZED))
        undo += [_SETTINGS[each][1] for each in sorted(self._settings)]
        if self._entered_by:
            undo += [self._keyboard.undo_flags(1), b"\x1b[?%dl" % self._entered_by]
            self._switch_screen(self._entered_by, on=False)
        undo += [self._keyboard.undo_flags(0), self._titles.undo()]
        undo += [self._undo_mode(_REVERSE), self._strings.undo()]  # reversed, the colours are exchanged
        if softly_reset and self._reader.seen_any:
            undo.append(_SOFT_RESET)
        undo += [self._drawing.undo_characters(), self._undo_ansi_modes(), self._undo_mode(_MARGINS)]
        if _ORIGIN in self._private.changed:
            # It moves the cursor home, where it would overwrite what is shown.
            undo += [self._undo_mode(_ORIGIN), b"\x1b[%d;1H" % (rows or _LAST_ROW)]
        undo.append(self._drawing.undo_places(rows, columns))
        others = self._private.changed - {_VT52_WHEN_OFF, _SYNCHRONIZED, _REVERSE, _MARGINS, _ORIGIN}
        undo += [self._undo_mode(number) for number in sorted(others)]
        undo.append(self._keyboard.undo())
        if self._wide_replies:
            undo.append(b"\x1b F")
        return b"".join(undo)

    def _undo_mode(self, number: int) -> bytes:
        if number not in self._private.changed:
            return b""
        return b"\x1b[?%d%s" % (number, b"h" if self._private.default(number) else b"l")

    def _undo_ansi_modes(self) -> bytes:
        return b"".join(
            b"\x1b[%d%s" % (number, b"h" if self._ansi.default(number) else b"l")
            for number in sorted(self._ansi.changed)
        )


class NumberedModes:
    """Modes of one kind, ANSI's or the private ones.

    `on` and `off` are the modes with the same default on all terminals. The first switch of any other mode shows what
    it was before: the opposite.
    """

    def __init__(self, on: Iterable[int], off: Iterable[int]) -> None:
        self.changed: set[int] = set()
        self._defaults = dict.fromkeys(on, True) | dict.fromkeys(off, False)
        self._most = len(self._defaults) + _MOST_UNKNOWN
        self._saved: dict[int, bool] = {}

    def switch(self, number: int, *, on: bool) -> None:
        """Follow a mode that is set or reset."""
        if number not in self._defaults and 0 < number <= _LARGEST and len(self._defaults) < self._most:
            self._defaults[number] = not on
        if number in self._defaults:
            self._note(number, changed=on != self._defaults[number])

    def save(self, number: int) -> None:
        """Follow a saved mode."""
        if number in self._defaults or (0 < number <= _LARGEST and len(self._saved) < self._most):
            self._saved[number] = number in self.changed

    def restore(self, number: int) -> None:
        """Follow a restored mode. Terminals differ on a mode that was never saved, so it counts as changed."""
        self._note(number, changed=number in self._defaults and self._saved.get(number, True))

    def default(self, number: int) -> bool:
        """Return the default of a changed mode."""
        return self._defaults[number]

    def _note(self, number: int, *, changed: bool) -> None:
        if changed:
            self.changed.add(number)
        else:
            self.changed.discard(number)
