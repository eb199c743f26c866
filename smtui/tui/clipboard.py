"""Copies to the system's clipboard if this machine is the user's own. The terminal's way (OSC 52) is Textual's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smtui.engine.offloop import OffLoop

PATIENCE_SECONDS = 2.0
"""How long a helper program of the clipboard may take."""
_OVER_SSH = ("SSH_CONNECTION", "SSH_TTY")


def _system_copy(text: str) -> None:
    import pyperclip

    pyperclip.copy(text)


class SystemClipboard:
    """Copies if it can: there may be no clipboard at all, and its helper programs may hang."""

    def __init__(
        self, off_loop: OffLoop, environ: Mapping[str, str], copy: Callable[[str], None] = _system_copy
    ) -> None:
        self._off_loop = off_loop
        self._is_remote = any(name in environ for name in _OVER_SSH)
        self._copy = copy

    async def put(self, text: str) -> bool:
        """Copy the text; return whether the system took it. Not over SSH: that clipboard is another machine's."""
        if self._is_remote:
            return False
        try:
            await asyncio.wait_for(self._off_loop.call(lambda: self._copy(text)), PATIENCE_SECONDS)
        except Exception:  # pyperclip passes on whatever its helper programs raise
            return False
        return True
