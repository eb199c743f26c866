"""Finds the control sequences in a terminal's output, which comes in pieces of any size.

Sources: ECMA-35 and ECMA-48; what terminals do with C1 controls in UTF-8 (xterm, VTE). Made for speed: output without
a control sequence is only searched for ESC, SO, SI and C1.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Generator, Iterator

Sequence = tuple[str, str]
"""Kind and parameters. The kind is `[` with the private marker, the intermediate and the final character of a control
sequence (`[?h`, `[ q`); or the character that introduces a string (`]` for OSC), whose parameters are its text, cut
after 2048 characters; or the first character of a shorter escape sequence, whose parameters are the rest (`(` and
`0`); or SO or SI.
"""

_MOST_PARAMETERS = 1024
_MOST_CARRIED = _MOST_PARAMETERS + 8
_MOST_TEXT = 2048

# A pattern that begins with one fixed character is searched for many times faster.
_ESCAPED = (
    rf"\x1b(?:\[([<=>?]?)([0-9;:]{{0,{_MOST_PARAMETERS}}})([ !\"$'*]?)([cfghilmnpqrsuxz}}~])"
    r"|([\]PX^_])|([ -/]{0,2}[0-OQ-WYZ\\`-~]))"
)
_SEQUENCE = re.compile(_ESCAPED)
_SEQUENCE_OR_SHIFT = re.compile(_ESCAPED + r"|([\x0e\x0f])")
_CONTROL, _STRING, _ESCAPE = 4, 5, 6
"""The last group that matches a sequence of each kind."""

_OSC = "]"
_OSC_END = re.compile(r"[\x07\x18\x1a\x1b]")
_STRING_END = re.compile(r"[\x18\x1a\x1b]")
_CANCELLED = "\x18\x1a"
_INCOMPLETE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[ -/]+)?\Z")
_CUT_CHARACTER = "[\udce0-\udcef][\udc80-\udcbf]|[\udcf0-\udcf4][\udc80-\udcbf]{1,2}"
"""The bytes of a character that is cut off: a terminal shows a substitute for them."""
_C1 = re.compile(_CUT_CHARACTER + "|([\x80-\x9f\udc80-\udc9f])")
"""As a character, or as a byte that is no part of one."""


class SequenceReader:
    """Reads everything that the terminal is shown."""

    def __init__(self) -> None:
        self.seen_any = False
        """Whether anything but plain text has come."""
        self._decode = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode
        self._carry = ""
        self._string = ""
        self._text = ""

    @property
    def is_inside(self) -> bool:
        """Whether the terminal waits for the rest of a sequence."""
        return bool(self._string or self._carry)

    @property
    def unfinished(self) -> Sequence:
        """The string that has begun and not ended; empty if there is none."""
        return self._string, self._text

    def read(self, output: bytes) -> Iterator[Sequence]:
        """Yield the sequences that end in this output."""
        text = self._decode(output)
        if not text.isascii():
            text = _C1.sub(_as_escape, text)
        shifts = "\x0e" in text or "\x0f" in text
        if self._carry:
            text = self._carry + text
            self._carry = ""
        elif not self._string and not shifts and "\x1b" not in text:
            return
        self.seen_any = True
        yield from self._scan(text, _SEQUENCE_OR_SHIFT if shifts else _SEQUENCE)

    def _scan(self, text: str, pattern: re.Pattern[str]) -> Iterator[Sequence]:
        position = 0
        while True:
            if self._string:
                end = (_OSC_END if self._string == _OSC else _STRING_END).search(text, position)
                self._keep(text, position, end.start() if end else len(text))
                if end is None:
                    return
                # An ESC ends a string and begins the next sequence, which may be the string terminator.
                position = end.start() if end[0] == "\x1b" else end.end()
                string, self._string = self.unfinished, ""
                if end[0] not in _CANCELLED:
                    yield string
            found = yield from self._until_string(text, position, pattern)
            if found < 0:
                break
            position = found
        last = text.rfind("\x1b", position)
        if last >= 0 and _INCOMPLETE.match(text, last):
            # A longer rest is too long to be obeyed, and must not look complete later.
            self._carry = text[last : last + _MOST_CARRIED]

    def _until_string(self, text: str, position: int, pattern: re.Pattern[str]) -> Generator[Sequence, None, int]:
        """Yield the sequences up to the next string; return where its text begins, or -1 at the end."""
        for found in pattern.finditer(text, position):
            kind = found.lastindex
            if kind == _CONTROL:
                yield f"[{found[1]}{found[3]}{found[4]}", found[2]
            elif kind == _STRING:
                self._string, self._text = found[5], ""
                return found.end()
            elif kind == _ESCAPE:
                yield found[6][0], found[6][1:]
            else:
                yield found[7], ""
        return -1

    def _keep(self, text: str, start: int, end: int) -> None:
        room = _MOST_TEXT - len(self._text)
        self._text += text[start : min(end, start + room)]


def _as_escape(found: re.Match[str]) -> str:
    """Return the two-character form of a C1 control."""
    return "\x1b" + chr((ord(found[1]) & 0x1F) + 0x40) if found[1] else "\N{REPLACEMENT CHARACTER}"


def numbers(parameters: str) -> list[int]:
    """Return the numeric parameters, at least one; missing ones, and ones with subparameters, count as 0."""
    return [int(part) if part.isdecimal() else 0 for part in parameters.split(";")]
