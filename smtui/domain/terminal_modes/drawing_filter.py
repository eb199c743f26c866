"""Keeps of a terminal's output only what draws, for output that must not do anything else.

A recording may come from anyone, and what is drawn a second time must not have its other effects a second time. So a
list says what may pass: characters, the cursor, colours, erasing, scrolling, and the modes that change how characters
are drawn. Everything else is dropped: questions, which the terminal would answer as if typed; all strings (clipboard,
title, colours, pictures); the modes of keys and mouse; the printer; the window. The scrollback is never erased.
"""

from __future__ import annotations

import re

_LARGEST = 9999
_CONTROLS = "\b\t\n\v\f\r\x0e\x0f"
_DROPPED = {code: None for code in (*range(0x20), 0x7F) if chr(code) not in _CONTROLS} | dict.fromkeys(
    range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}"
)
_TO_CLEAN = re.compile("[\x00-\x06\x07\x10-\x1f\x7f\ud800-\udfff]")
_C1 = re.compile("[\x80-\x9f]")

_SEQUENCE = re.compile(
    r"\x1b(?:\[(?P<marker>[<=>?]?)(?P<numbers>[0-9;:]*)(?P<between>[ -/]*)(?P<final>[@-~])"
    r"|(?P<string>[\]PX^_])|(?P<escape>[ -/]*[0-OQ-WYZ\\`-~]))"
)
_INCOMPLETE = re.compile(r"\x1b(?:\[[<=>?]?[0-9;:]*[ -/]*|[ -/]*)\Z")
_MOST_CARRIED = 1024
_OSC = "]"
_END_OF_OSC, _END_OF_STRING = re.compile(r"[\x07\x18\x1a\x1b]"), re.compile(r"[\x18\x1a\x1b]")

_DRAWING = frozenset("@ABCDEFGHIJKLMPSTXZ`abdefgmrsu") | {
    *("!p", " q", '"q', " @", " A", "'}", "'~"),
    *("$r", "$t", "$v", "$x", "$z", "${", "*x"),
    *("?J", "?K"),
}
"""Control sequences by private marker, intermediate and final character."""
_ERASE = frozenset({"J", "?J"})
_SCROLLBACK = "3"
_SCROLL_DOWN = "T"
"""With more than one number it is another sequence, which asks."""
_MODES = {
    "h": frozenset((4, 20)),
    "l": frozenset((4, 20)),
    "?h": frozenset((5, 6, 7, 12, 25, 45, 47, 69, 1047, 1048, 1049, 2026)),
}
_MODES |= dict.fromkeys(("?l", "?s", "?r"), _MODES["?h"])
_ALTERNATE = frozenset((47, 1047, 1049))
_ESCAPE = re.compile(r"[78DEHMNOno|}~]\Z|#[34568]\Z|[()*+\-./][ -/]?[0-~]\Z")
_RESET = "c"
_LIKE_A_RESET = "\x1b[!p\x1b[?5;69;2026l\x1b[?7;25h\x1b[4;20l\x1b[r\x1b(B\x1b)B\x1b*B\x1b+B\x0f\x1b[0m\x1b[H\x1b[2J"
"""A full reset would also change what is not ours: titles, keys, and in some terminals the scrollback."""


class DrawingFilter:
    """Filters output that comes in pieces of any size; the rest of a cut sequence waits for the next piece."""

    def __init__(self) -> None:
        self._carry = ""
        self._string = ""
        self._alternate = 0
        """The mode that entered the alternate screen; 0 on the main screen."""

    def feed(self, text: str) -> str:
        """Return what of this text draws."""
        if self._carry:
            text, self._carry = self._carry + text, ""
        if not text.isascii():
            text = _C1.sub(lambda found: f"\x1b{chr(ord(found[0]) - 0x40)}", text)
        if "\x1b" not in text and not self._string:
            return _clean(text)
        return "".join(self._pieces(text))

    def _pieces(self, text: str) -> list[str]:
        pieces: list[str] = []
        at = 0
        while at < len(text):
            if self._string:
                end = (_END_OF_OSC if self._string == _OSC else _END_OF_STRING).search(text, at)
                if end is None:
                    break
                self._string = ""
                at = end.start() if end[0] == "\x1b" else end.end()
                continue
            escape = text.find("\x1b", at)
            if escape < 0:
                pieces.append(_clean(text[at:]))
                break
            pieces.append(_clean(text[at:escape]))
            found = _SEQUENCE.match(text, escape)
            if found is None:
                if len(text) - escape < _MOST_CARRIED and _INCOMPLETE.match(text, escape):
                    self._carry = text[escape:]
                    break
                at = escape + 1
                continue
            at = found.end()
            pieces.append(self._sequence(found))
        return pieces

    def _sequence(self, found: re.Match[str]) -> str:
        if found["string"]:
            self._string = found["string"]
            return ""
        if found["final"]:
            return self._control(found["marker"] + found["between"] + found["final"], found)
        if found["escape"] == _RESET:
            left = f"\x1b[?{self._alternate}l" if self._alternate else ""
            self._alternate = 0
            return left + _LIKE_A_RESET
        return found[0] if _ESCAPE.match(found["escape"]) else ""

    def _control(self, kind: str, found: re.Match[str]) -> str:
        numbers = found["numbers"].split(";")
        if kind in _MODES:
            kept = [number for number in numbers if number.isdecimal() and int(number[:6]) in _MODES[kind]]
            for number in kept:
                if int(number[:6]) in _ALTERNATE:
                    self._alternate = int(number[:6]) if kind == "?h" else 0
            return f"\x1b[{found['marker']}{';'.join(kept)}{found['final']}" if kept else ""
        if kind not in _DRAWING:
            return ""
        if kind in _ERASE and numbers[0].lstrip("0") == _SCROLLBACK:
            return ""
        if kind == _SCROLL_DOWN and len(numbers) > 1:
            return ""
        bounded = ";".join(map(_bounded, numbers))
        return f"\x1b[{found['marker']}{bounded}{found['between']}{found['final']}"


def _bounded(number: str) -> str:
    """A terminal may be busy for minutes if it is asked to repeat or to scroll very often."""
    return str(_LARGEST) if number.isdecimal() and (len(number) > 6 or int(number) > _LARGEST) else number


def _clean(text: str) -> str:
    return text.translate(_DROPPED) if _TO_CLEAN.search(text) else text


_CONTROL_OR_ESCAPE = re.compile(r"\x1b(?:\[[<=>?]?[0-9;:]*[ -/]*[@-~]|[ -/]*[0-~])|[\b\v\f\x0e\x0f]")


class PlainText:
    """Turns output into lines of text: what it draws, without how. Overprinted lines follow each other."""

    def __init__(self) -> None:
        self._filter = DrawingFilter()
        self._is_line_empty = True
        self._held = ""

    def feed(self, text: str) -> str:
        """Return the text in this output."""
        plain = self._held + _CONTROL_OR_ESCAPE.sub("", self._filter.feed(text))
        self._held = ""
        if plain.endswith("\r"):
            plain, self._held = plain[:-1], "\r"
        if "\r" not in plain:
            self._note(plain)
            return plain
        pieces = []
        for part in re.split(r"(\r+\n?|\n)", plain):
            if not part.startswith("\r"):
                pieces.append(part)
                self._note(part)
            elif part.endswith("\n") or not self._is_line_empty:
                pieces.append("\n")
                self._is_line_empty = True
        return "".join(pieces)

    def _note(self, part: str) -> None:
        if part:
            self._is_line_empty = part.endswith("\n")
