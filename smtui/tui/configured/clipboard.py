"""Copies to the system's clipboard, or by the user's own command. The terminal's way (OSC 52) is Textual's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from smtui.domain.text import error_words, harmless

if TYPE_CHECKING:
    from smtui.engine.offloop import OffLoop

PATIENCE_SECONDS = 2.0
"""How long a helper program of the clipboard may take."""
_OVER_SSH = ("SSH_CONNECTION", "SSH_TTY")
_MOST_BYTES = 2_000
"""How much of a failed command's output is read."""


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
        return not self._is_remote and not await self.copy(text)

    async def copy(self, text: str) -> str:
        """Copy the text; return why that failed, as the rest of a sentence, or an empty text."""
        try:
            await asyncio.wait_for(self._off_loop.call(lambda: self._copy(text)), PATIENCE_SECONDS)
        except TimeoutError:
            return f"the system's clipboard did not answer within {PATIENCE_SECONDS:.0f} s."
        except Exception:  # pyperclip passes on whatever its helper programs raise
            return "this system has no clipboard that smtui can reach."
        return ""

    async def run(self, argv: Sequence[str], text: str) -> str:
        """Give the text to a command on its standard input; return what went wrong, as `copy` does."""
        if not argv:
            return "the setting clipboard is command, and clipboard_command is empty."
        return await self._off_loop.call(lambda: _run(argv, text))


def _run(argv: Sequence[str], text: str) -> str:
    """Run the command to its end. A program that it leaves behind to keep the text would hold a pipe open."""
    import os
    import subprocess
    import tempfile

    from smtui.engine.hooks.hook_runner import kill_group

    program = os.path.expanduser(argv[0])  # noqa: PTH111 - a program's name, maybe no path
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said:
        given.write(text.encode("utf-8", "replace"))
        given.seek(0)
        try:
            process = subprocess.Popen(
                [program, *argv[1:]], stdin=given, stdout=subprocess.DEVNULL, stderr=said, start_new_session=True
            )
        except (OSError, ValueError) as error:
            return f"{argv[0]} cannot be started: {getattr(error, 'strerror', None) or error_words(error)}."
        try:
            status = process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            kill_group(process)
            return f"{argv[0]} took longer than {PATIENCE_SECONDS:.0f} s."
        if not status:
            return ""
        said.seek(0)
        words = said.read(_MOST_BYTES).decode("utf-8", "replace").strip().partition("\n")[0].strip()
    return harmless(f"{argv[0]} failed with exit status {status}{f': {words}' if words else ''}.")
