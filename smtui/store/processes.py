"""Which process is which: a process id alone may belong to another one by now."""

from __future__ import annotations

import contextlib
import os
import platform
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_SYSTEM: str = sys.platform
_START_TIME = 19
"""Its place among the fields of /proc/PID/stat that follow the name (proc_pid_stat(5), field 22)."""
_PATIENCE = 3.0


@dataclass(frozen=True, slots=True)
class ProcessId:
    """One process for all time, as far as this system tells; two are the same when all three agree."""

    pid: int
    started: str
    executable: str


def system_id() -> str:
    """Where process ids mean what they mean here: this machine, and this container on it."""
    try:
        return f"{platform.node()} {os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115 - a text, not a path
    except OSError:
        return platform.node()


def identify(pid: int) -> ProcessId | None:
    """None when there is no such process, when it has ended (a zombie), or when the system does not tell."""
    if _SYSTEM == "linux":
        return _by_proc(pid)
    return None if _SYSTEM == "win32" else _by_ps(pid)


def is_running(process: ProcessId) -> bool:
    return identify(process.pid) == process


def kill(process: ProcessId) -> bool:
    """SIGKILL, when it is still that very process; whether it was. On Linux no other can be hit in between."""
    if _SYSTEM == "linux":
        with contextlib.suppress(OSError):
            handle = os.pidfd_open(process.pid)
            try:
                if not is_running(process):
                    return False
                signal.pidfd_send_signal(handle, signal.SIGKILL)
                return True
            finally:
                os.close(handle)
        return False
    if not is_running(process):
        return False
    with contextlib.suppress(OSError):
        os.kill(process.pid, signal.SIGKILL)
    return True


def _by_proc(pid: int) -> ProcessId | None:
    folder = Path("/proc", str(pid))
    try:
        fields = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        if fields[0] in ("Z", "X"):
            return None
        executable = os.readlink(folder / "exe").removesuffix(" (deleted)")  # noqa: PTH115 - a text, not a path
        return ProcessId(pid, f"{boot} {fields[_START_TIME]}", executable)
    except (OSError, IndexError):
        return None


def _by_ps(pid: int) -> ProcessId | None:
    asked = ["/bin/ps", "-o", "lstart=,stat=,comm=", "-p", str(pid)]
    try:
        done = subprocess.run(
            asked, capture_output=True, text=True, timeout=_PATIENCE, check=False, env={"LC_ALL": "C", "TZ": "UTC"}
        )
    except (OSError, subprocess.SubprocessError):
        return None
    *date, status, command = done.stdout.split(None, 6) or ["", ""]
    if done.returncode or status.startswith("Z"):
        return None
    return ProcessId(pid, " ".join(date), command.strip())
