"""Runs a script of Run Command on a demo node: the real shell of this machine, with its outputs in files."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from smtui.demo.far_end.node_programs import end_session, environment, spawn

if TYPE_CHECKING:
    from smtui.demo.story.demo_node import DemoNode

_LOOK = 0.02
_POWERSHELL = ("pwsh", "powershell")


class NodeScript:
    """A `Script`: the lines in a file, which `sh` reads, or PowerShell on a node with Windows."""

    def __init__(self, node: DemoNode, lines: list[str]) -> None:
        """Start it. Raises OSError, also where this machine has no PowerShell."""
        self._home = Path(tempfile.mkdtemp(prefix="smtui-demo-"))
        try:
            argv = self._argv(node, lines)
            actions = [
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                *(
                    (os.POSIX_SPAWN_OPEN, number, str(self._home / name), os.O_WRONLY | os.O_CREAT, 0o600)
                    for number, name in ((1, "stdout"), (2, "stderr"))
                ),
            ]
            self._pid = spawn(argv, environment(os.environ, self._home, node.name), actions)
        except BaseException:
            shutil.rmtree(self._home, ignore_errors=True)
            raise

    def _argv(self, node: DemoNode, lines: list[str]) -> list[str]:
        is_windows = node.platform.kind == "Windows"
        script = self._home / ("_script.ps1" if is_windows else "_script.sh")
        script.write_text("\n".join(lines) + "\n", "utf-8")
        if not is_windows:
            return ["/bin/sh", str(script)]
        shell = next(filter(None, map(shutil.which, _POWERSHELL)), None)
        if shell is None:
            raise FileNotFoundError("This is your own machine, playing a Windows node, and it has no PowerShell.")
        return [shell, "-NoProfile", "-NonInteractive", "-File", str(script)]

    def wait(self, seconds: float) -> int | None:
        """See `Script`. The process stays unreaped until `end`, which reserves its id."""
        deadline = time.monotonic() + seconds
        while True:
            ended = os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOWAIT | os.WNOHANG)
            if ended is not None:
                return ended.si_status if ended.si_code == os.CLD_EXITED else -1
            if time.monotonic() >= deadline:
                return None
            time.sleep(_LOOK)

    def outputs(self) -> tuple[bytes, bytes]:
        """See `Script`."""
        stdout, stderr = (self._read(name) for name in ("stdout", "stderr"))
        return stdout, stderr

    def _read(self, name: str) -> bytes:
        try:
            return (self._home / name).read_bytes()
        except OSError:
            return b""

    def end(self) -> None:
        """See `Script`."""
        end_session(self._pid, None)
        shutil.rmtree(self._home, ignore_errors=True)
