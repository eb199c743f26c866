"""Starts our own plugin before its session exists, so that its imports run beside the calls that start the session.

It waits in its pty, with its signals blocked, for a pipe to bring argv and environment of its launch. If the pipe ends
without them, because no session starts or smtui is gone, it exits and nothing was done (POSIX).
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import termios
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from smtui.plugin.builtin.signals import held_back
from smtui.plugin.child import PASSED_AS, PtyChild, spawn_in_pty
from smtui.plugin.contract import AWAIT_LAUNCH
from smtui.user_terminal import plugin_modes

if TYPE_CHECKING:
    from smtui.plugin.contract import Launch

_REAPING_SECONDS = 1.0


class PluginAhead:
    """A plugin that waits for its launch: call `launched` or `discard`, once."""

    def __init__(self, program: Sequence[str], environment: Mapping[str, str], streams: tuple[int, int]) -> None:
        """`program` starts our plugin on the user's terminal. Raises OSError if it cannot be started."""
        try:
            size, modes = termios.tcgetwinsize(streams[1]), plugin_modes(streams[0])
        except termios.error as error:
            raise OSError(*error.args) from error
        self._program = tuple(program)
        self._streams = streams
        reading, self._writing = os.pipe()
        passed = fcntl.fcntl(reading, fcntl.F_DUPFD_CLOEXEC, PASSED_AS + 1)
        try:
            self._pty = spawn_in_pty((*program, AWAIT_LAUNCH), environment, modes, size, held_back(), passed)
        except BaseException:
            os.close(self._writing)
            raise
        finally:
            os.close(reading)
            os.close(passed)

    def launched(self, launch: Launch) -> PtyChild | None:
        """Hand the launch over; returns the process, or None where another one must be started."""
        arguments = launch.argv[len(self._program) :]
        told = json.dumps({"arguments": arguments, "environment": dict(launch.environment)})
        if (*self._program, *arguments) != launch.argv or self._pty.child.poll() is not None:
            self.discard()
            return None
        with contextlib.suppress(termios.error):
            termios.tcsetwinsize(self._pty.master, termios.tcgetwinsize(self._streams[1]))
        try:
            with os.fdopen(self._writing, "wb") as pipe:
                pipe.write(told.encode())
        except OSError:
            self._end()
            return None
        return self._pty

    def discard(self) -> None:
        """End the process, which has no session."""
        os.close(self._writing)
        self._end()

    def _end(self) -> None:
        self._pty.child.kill(signal.SIGKILL)
        self._pty.child.wait(_REAPING_SECONDS)
        self._pty.child.close()
        os.close(self._pty.master)
