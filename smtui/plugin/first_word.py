"""Whether the far end has said anything yet, and what to tell a user who waits for it."""

from __future__ import annotations

import re
import time

from smtui.domain.text import harmless

_BANNER_BYTES = b"Starting session with SessionId: "
_WHOLE_BANNER = re.compile(re.escape(_BANNER_BYTES) + rb"[^\r\n]*[\r\n]")
_BLANK = b" \t\r\n\b\x07"
_MOST_KEPT = 4096


class FirstWord:
    """Notices when a plugin has said more than its banner: the far end is there.

    While it connects, the plugin's terminal still echoes what the user types ahead; echo is no word.
    """

    def __init__(self) -> None:
        self.spoken = False
        self._output = b""
        self._echo = b""

    def typed(self, keys: bytes) -> None:
        if not self.spoken:
            self._echo += b"".join(_echo_of(key) for key in keys)

    def feed(self, output: bytes) -> None:
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
    """What a terminal shows for a typed byte (stty echo echoctl)."""
    if key < 0x20:
        return b"^" + bytes((key ^ 0x40,))
    return bytes((key,))


class Watchdog:
    """Tells once, after `patience` seconds, that no word has come from `label`. The clock starts with it."""

    def __init__(self, first_word: FirstWord, label: str, patience: float) -> None:
        self._first_word = first_word
        self._label = harmless(label)
        self._patience = patience
        self._due = time.monotonic() + patience

    def due(self) -> float | None:
        """The monotonic time at which `line` is to be asked; None when never again."""
        return None if self._first_word.spoken else self._due or None

    def line(self) -> bytes:
        """What to show now; mostly nothing."""
        due = self.due()
        if due is None or time.monotonic() < due:
            return b""
        self._due = 0.0
        text = f"smtui: no word from {self._label} for {self._patience:.0f} s. Ctrl-C leaves; waiting goes on."
        return text.encode("utf-8", "replace")
