"""Textual's Linux driver, with a keyboard that is given up at once and an escape that is never lost.

Textual's own reading thread looks up every 0.1 s and then waits 0.1 s more, which would be most of the time from
`enter` to the remote's first byte. This one is woken.
"""

from __future__ import annotations

import os
import select
from codecs import getincrementaldecoder
from collections.abc import Iterable
from typing import Any

from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

_TICK_SECONDS = 0.1
"""How often an unfinished escape sequence is looked at again."""
_READ_BYTES = 4096
_ESCAPE = "\x1b"
_INTRODUCERS = "[O"
"""What follows the escape of a longer sequence."""


class PromptParser(XTermParser):
    """Reads an escape and a key right behind it as the two keys that they mostly are.

    On a bad connection they arrive together, which Textual takes for the second with alt or for the second alone:
    `escape` `enter` would answer a question with yes. What it has names for (alt+backspace, say) stays what it is.
    """

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        if _is_escape_and_key(sequence):
            yield events.Key("escape", _ESCAPE)
            sequence = sequence[1:]
        yield from super()._sequence_to_key_events(sequence, alt)


def _is_escape_and_key(sequence: str) -> bool:
    return (
        len(sequence) == len(_ESCAPE) + 1
        and sequence[0] == _ESCAPE
        and sequence[1] not in _INTRODUCERS
        and not isinstance(ANSI_SEQUENCES_KEYS.get(sequence), tuple)
    )


class PromptDriver(LinuxDriver):
    """Used where Textual would use `LinuxDriver`."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._waking, self._wake = os.pipe()

    def run_input_thread(self) -> None:
        parser = PromptParser(self._debug)
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        while not self.exit_event.is_set():
            ready, _, _ = select.select([self.fileno, self._waking], [], [], _TICK_SECONDS)
            if self._waking in ready:
                os.read(self._waking, _READ_BYTES)
                self.exit_event.wait(_TICK_SECONDS)
                continue
            if self.fileno in ready:
                data = self._read()
                if not data:
                    return  # the terminal is gone; looking again would only burn the processor
                for event in parser.feed(decode(data)):
                    self.process_message(event)
            for event in parser.tick():
                self.process_message(event)

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, _READ_BYTES)
        except OSError:
            return b""

    def disable_input(self) -> None:
        os.write(self._wake, b"\0")
        super().disable_input()

    def close(self) -> None:
        super().close()
        self._drain()

    def _drain(self) -> None:
        """A wake-up that no thread was there to hear must not wake the next one."""
        while select.select([self._waking], [], [], 0)[0]:
            os.read(self._waking, _READ_BYTES)
