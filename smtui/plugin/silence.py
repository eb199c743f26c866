"""Notices when nothing comes from a plugin or a session, and makes the note for the user.

`Watchdog` covers the time before the first output, `Silence` the time after the user typed something.
"""

from __future__ import annotations

import math
import re
import time

from smtui.domain.text import harmless

_BANNER_BYTES = b"Starting session with SessionId: "
_WHOLE_BANNER = re.compile(re.escape(_BANNER_BYTES) + rb"[^\r\n]*[\r\n]")
_BLANK = b" \t\r\n\b\x07"
_MOST_KEPT = 4096
_ESC = b"\x1b"


class FirstWord:
    """Notices when a plugin has written more than its banner: the far end is there.

    While the plugin connects, its terminal still echoes what the user types ahead; echo does not count.
    """

    def __init__(self) -> None:
        self.spoken = False
        self._output = b""
        self._echo = b""

    def typed(self, keys: bytes) -> None:
        """Record typed keys, whose echo will come back."""
        if not self.spoken:
            self._echo += b"".join(_echo_of(key) for key in keys)

    def feed(self, output: bytes) -> None:
        """Look at output; sets `spoken` once it holds more than the banner and echo."""
        if self.spoken:
            return
        self._output += output
        self.spoken = len(self._output) > _MOST_KEPT or not self._is_waiting()

    def _is_waiting(self) -> bool:
        rest = _WHOLE_BANNER.sub(b"", self._output)
        begun = rest.find(_BANNER_BYTES[:1])
        if begun >= 0 and _could_be_banner(rest[begun:]):
            rest = rest[:begun]
        echo = iter(self._echo)
        return all(byte in echo for byte in rest if byte not in _BLANK)


def _could_be_banner(text: bytes) -> bool:
    return text.startswith(_BANNER_BYTES) or _BANNER_BYTES.startswith(text)


def _echo_of(key: int) -> bytes:
    """Return what a terminal shows for a typed byte (stty echo echoctl)."""
    if key < 0x20:
        return b"^" + bytes((key ^ 0x40,))
    return bytes((key,))


class Watchdog:
    """Makes one note if nothing has come from `label` for `patience` seconds after it was made; inf: makes none."""

    def __init__(self, first_word: FirstWord, label: str, patience: float) -> None:
        self._first_word = first_word
        self._label = harmless(label)
        self._patience = patience
        self._due = time.monotonic() + patience if math.isfinite(patience) else 0.0

    def due(self) -> float | None:
        """Return the monotonic time at which to ask for `line`; None if never again."""
        return None if self._first_word.spoken else self._due or None

    def line(self) -> bytes:
        """Return the note if it is due, else b""."""
        due = self.due()
        if due is None or time.monotonic() < due:
            return b""
        self._due = 0.0
        text = f"smtui: no answer from {self._label} for {self._patience:.0f} s. Still waiting; Ctrl-C leaves."
        return text.encode("utf-8", "replace")


class Silence:
    """Makes one note in each silence that follows typing.

    While nothing is typed the user waits for a program, which may be silent as long as it likes.
    """

    def __init__(self, label: str, patience: float) -> None:
        self._label = harmless(label)
        self._patience = patience
        self._due: float | None = None
        self._noted = False

    def typed(self, keys: bytes) -> None:
        """Record typed keys. Keys that begin with ESC may be the terminal's own reply, which nothing answers."""
        if keys and not keys.startswith(_ESC) and self._due is None and not self._noted:
            self._due = time.monotonic() + self._patience

    def broken(self) -> None:
        """Record that output came."""
        self._due = None
        self._noted = False

    def due(self) -> float | None:
        """Return the monotonic time at which to ask for `line`; None while no note is due."""
        return self._due

    def line(self) -> bytes:
        """Return the note for a raw terminal if it is due, else b""."""
        if self._due is None or time.monotonic() < self._due:
            return b""
        self._due = None
        self._noted = True
        text = f"smtui: no answer from {self._label} for {self._patience:.0f} s."
        how = "smtui: after a new line ~. ends the session, ~? lists the escapes."
        return f"\r\n\x1b[2m{text}\r\n{how}\x1b[22m\r\n".encode("utf-8", "replace")
