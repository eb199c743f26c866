"""Keeps the line that the remote program is drawing, so that it can be drawn again below a line of our own.

A shell knows where the cursor is only from what it has written itself. What it wrote since the last line end, written
again at the start of a line, puts the screen and the cursor where it believes them to be.
"""

from __future__ import annotations

import codecs
import re

from smtui.domain.terminal_modes.drawing_filter import DrawingFilter

_MOST = 2**17
"""Bytes: a line of readline's through which somebody looks for an older command is drawn again and again."""
_LONGEST_SEQUENCE = 32
_LONGEST_CHARACTER = 4
_RESTART = re.compile(rb"\x1b\[\?(?:1049|1047|47)l|\x1b\[(?:1;1)?H\x1b\[[0-3]?J|\x1b\[2J\x1b\[(?:1;1)?H|\x1bc|\x1b\[3J")
"""Left an alternate screen, or cleared the screen: what follows is a new line."""
_ADDRESSED = re.compile(rb"\x1b\[[0-9;]*[Hfdr]|\x1bM")
"""Moves to a row of the screen, as full-screen programs do."""


class PromptLine:
    """Gets all that is shown of the session."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._is_whole = True
        self._is_addressed = False

    def feed(self, shown: bytes) -> None:
        """Follow what is shown."""
        end = shown.rfind(b"\n")
        if end >= 0:
            self._begin(shown[end + 1 :])
            new = 0
        else:
            new = max(len(self._line) - _LONGEST_SEQUENCE, 0)
            self._line += shown
        if self._line.find(b"\x1b", new) >= 0:
            while restart := _RESTART.search(self._line, new):
                self._begin(self._line[restart.end() :])
                new = 0
            self._is_addressed = self._is_addressed or _ADDRESSED.search(self._line, new) is not None
        if len(self._line) > _MOST:
            self._line.clear()
            self._is_whole = False

    def _begin(self, line: bytes | bytearray) -> None:
        self._line, self._is_whole, self._is_addressed = bytearray(line), True, False

    @property
    def is_busy(self) -> bool:
        """Whether the program draws on rows that it chose itself, or is in the middle of a character."""
        if self._is_addressed:
            return True
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        decoder.decode(self._line[-_LONGEST_CHARACTER:])
        return bool(decoder.getstate()[0])

    def below(self, text: str) -> bytes:
        """Return the bytes that show the text on a line of its own, and the program's line again below it."""
        # Questions, titles and keyboard modes must not take effect a second time.
        again = DrawingFilter().feed(self._line.decode("utf-8", "replace")) if self._is_whole else ""
        return f"\r\n\x1b[J\x1b[2m{text}\x1b[22m\r\n{again}".encode("utf-8", "replace")
