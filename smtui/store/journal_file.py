"""Writes the journal file of one smtui process, and reads it back without trusting it.

Only its owner can read it. It holds no token and no parameter of a session, which may be secret. Processes are
identified so that an id that another process has by now is not taken for the old one.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from smtui.store.file_access import (
    WrongShape,
    field,
    instant,
    read_json,
    replace_text,
    table,
    text,
    understanding,
    whole,
    words,
)

FORMAT = 1
MOST_BYTES = 4 << 20
_HIGHEST_PID = 2**31 - 1
_Entry = TypeVar("_Entry")


@dataclass(frozen=True, slots=True)
class SessionEntry:
    """The record of one session."""

    label: str
    profile: str
    region: str
    endpoint: str
    owner: str
    started_at: datetime
    plugin: ProcessId | None

    @classmethod
    def read(cls, value: Any) -> SessionEntry:
        """Read an entry from JSON values; raises `WrongShape`."""
        return cls(
            label=field(table(value), "label", text),
            profile=field(value, "profile", text),
            region=field(value, "region", text),
            endpoint=field(value, "endpoint", text),
            owner=field(value, "owner", text),
            started_at=field(value, "started_at", instant),
            plugin=field(value, "plugin", lambda plugin: None if plugin is None else _process(plugin)),
        )

    def written(self) -> dict[str, Any]:
        """Return the entry as JSON values."""
        return {**asdict(self), "started_at": self.started_at.isoformat()}


@dataclass(frozen=True, slots=True)
class StartEntry:
    """The record of a StartSession without an answer. It leaves out the parameters, which may be secret."""

    label: str
    profile: str
    region: str
    endpoint: str
    owner: str
    target: str
    document_name: str
    reason: str
    asked_at: datetime

    @classmethod
    def read(cls, value: Any) -> StartEntry:
        """Read an entry from JSON values; raises `WrongShape`."""
        texts = ("label", "profile", "region", "endpoint", "owner", "target", "document_name", "reason")
        given = {name: field(table(value), name, text) for name in texts}
        return cls(**given, asked_at=field(value, "asked_at", instant))

    def written(self) -> dict[str, Any]:
        """Return the entry as JSON values."""
        return {**asdict(self), "asked_at": self.asked_at.isoformat()}


@dataclass(frozen=True, slots=True)
class JournalFile:
    """The records of one smtui process."""

    system: str
    smtui: ProcessId
    sessions: dict[str, SessionEntry]
    starts: dict[str, StartEntry]

    def replace(self, path: Path) -> None:
        """Write the file, or remove it if it holds nothing. Raises OSError."""
        if not self.sessions and not self.starts:
            path.unlink(missing_ok=True)
            return
        written = {
            "format": FORMAT,
            "system": self.system,
            "smtui": asdict(self.smtui),
            "sessions": {session_id: session.written() for session_id, session in self.sessions.items()},
            "starts": {start_id: start.written() for start_id, start in self.starts.items()},
        }
        replace_text(path, json.dumps(written, indent=1))


def read_journal(path: Path) -> tuple[JournalFile, str] | None:
    """Return the file's contents, and what is wrong with entries that were skipped.

    None if there is no file, or one of another format, which a newer smtui may still need. Raises `UnusableFile` if
    nothing can be read.
    """
    stored = read_json(path, MOST_BYTES)
    if stored is None or ("format" in stored and stored["format"] != FORMAT):
        return None
    wrong: list[WrongShape] = []
    with understanding(path):
        field(stored, "format", lambda value: whole(value, FORMAT, FORMAT))
        sessions = _understood(field(stored, "sessions", table), SessionEntry.read, wrong)
        starts = _understood(field(stored, "starts", table), StartEntry.read, wrong)
        file = JournalFile(field(stored, "system", text), field(stored, "smtui", _process), sessions, starts)
        if wrong and not sessions and not starts:
            raise wrong[0]
    return file, str(wrong[0]) if wrong else ""


def _understood(
    entries: Mapping[str, Any], read: Callable[[Any], _Entry], wrong: list[WrongShape]
) -> dict[str, _Entry]:
    """Return the entries that can be read; adds the errors of the others to `wrong`."""
    found = {}
    for name, value in entries.items():
        try:
            found[words(name)] = read(value)
        except WrongShape as this:
            wrong.append(this.within("an entry"))
    return found


def _process(value: Any) -> ProcessId:
    """Raises `WrongShape`."""
    return ProcessId(
        field(table(value), "pid", lambda pid: whole(pid, 2, _HIGHEST_PID)),
        field(value, "started", text),
        field(value, "executable", text),
    )


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
