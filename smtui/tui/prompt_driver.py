"""Textual's Linux driver, with a keyboard that is given up at once.

Textual's own reading thread looks up every 0.1 s and then waits 0.1 s more, which would be most of the time from
`enter` to the remote's first byte. This one is woken.
"""

from __future__ import annotations

import os
import select
from codecs import getincrementaldecoder
from typing import Any

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

_TICK_SECONDS = 0.1
"""How often an unfinished escape sequence is looked at again."""
_READ_BYTES = 4096


class PromptDriver(LinuxDriver):
    """Used where Textual would use `LinuxDriver`."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._waking, self._wake = os.pipe()

    def run_input_thread(self) -> None:
        parser = XTermParser(self._debug)
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
