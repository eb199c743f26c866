"""The system's clipboard, where this machine is the user's own; the terminal's own way (OSC 52) is Textual's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from smtui.engine.offloop import OffLoop

PATIENCE_SECONDS = 2.0
_OVER_SSH = ("SSH_CONNECTION", "SSH_TTY")


def _system_copy(text: str) -> None:
    import pyperclip

    pyperclip.copy(text)


class SystemClipboard:
    """Best effort: there may be no clipboard at all, and its helper programs may hang."""

    def __init__(
        self, off_loop: OffLoop, environ: Mapping[str, str], copy: Callable[[str], None] = _system_copy
    ) -> None:
        self._off_loop = off_loop
        self._is_remote = any(name in environ for name in _OVER_SSH)
        self._copy = copy

    async def put(self, text: str) -> bool:
        """Whether the system took it. Over SSH it is not asked: that clipboard is another machine's."""
        if self._is_remote:
            return False
        try:
            await asyncio.wait_for(self._off_loop.call(lambda: self._copy(text)), PATIENCE_SECONDS)
        except Exception:  # pyperclip raises whatever its helper programs bring about
            return False
        return True
