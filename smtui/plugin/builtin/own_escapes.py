"""Handles escapes and notes on silence if smtui relays no terminal: under the AWS CLI, in a Windows console."""

from __future__ import annotations

import asyncio

from smtui.plugin.builtin.output_stream import OutputStream
from smtui.plugin.escapes import HELP_BYTES, Escape, Escapes
from smtui.plugin.silence import Silence

ANSWER_SECONDS = 10.0
"""For any output after the user typed, before the user gets a note."""

_LOOKED_FOR = 0.5


class OwnEscapes:
    """Filters all that is typed. Sets `end_requested` once the user typed `~.`."""

    def __init__(self, screen: OutputStream, label: str) -> None:
        self._screen = screen
        self._escapes = Escapes()
        self._silence = Silence(label, ANSWER_SECONDS)
        self.end_requested = False

    def typed(self, keys: bytes) -> bytes:
        """Return the keys that are for the session."""
        passed, escapes = self._escapes.feed(keys)
        for escape in escapes:
            if escape is Escape.END:
                self.end_requested = True
            else:
                self._screen.put(HELP_BYTES)
        self._silence.typed(passed)
        return passed

    def answered(self) -> None:
        """Record that output came."""
        self._silence.broken()

    async def run(self) -> None:
        """Print the notes on silence, until cancelled."""
        while True:
            await asyncio.sleep(_LOOKED_FOR)
            line = self._silence.line()
            if line and self._screen.at_rest:
                self._screen.put(line)
