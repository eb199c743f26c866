"""Identifies processes, so that an id that another process has by now is not taken for the old one."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ProcessId:
    """One process for all time; two values are the same process when all three fields agree.

    `started` is text to compare, not to parse: on Linux the boot and the clock ticks since it, elsewhere seconds
    since 1970.
    """

    pid: int
    started: str
    executable: str


def system_id() -> str:
    """Names the machine, and the container on it, in which process ids are comparable."""
    try:
        return f"{platform.node()} {os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115 - a text, not a path
    except OSError:
        return platform.node()


def identify(pid: int) -> ProcessId | None:
    """Return None if there is no such process, if it is a zombie, or if the system does not let us see it."""
    import psutil  # 13 ms that most runs do not need

    with contextlib.suppress(psutil.Error, OSError):
        process = psutil.Process(pid)
        # A zombie has no executable any more: ZombieProcess.
        return ProcessId(pid, _started(process.create_time()), process.exe())
    return None


def is_running(process: ProcessId) -> bool:
    """Tell whether that very process still runs."""
    return identify(process.pid) == process


def kill(process: ProcessId) -> bool:
    """Kill it if it still is that very process; returns whether it was."""
    import psutil

    if not is_running(process):
        return False
    with contextlib.suppress(psutil.Error):
        psutil.Process(process.pid).kill()
    return True


def _started(created: float) -> str:
    """Linux derives `created` from the boot time, which moves whenever the clock is set: take it out again."""
    import psutil

    if sys.platform != "linux":
        return str(created)
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return f"{boot} {round((created - psutil.boot_time()) * os.sysconf('SC_CLK_TCK'))}"
