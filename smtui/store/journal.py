"""Which sessions and plugins are ours, so that a smtui that was killed leaves nothing behind for good.

One file for each smtui process, readable by its owner only, with no token in it. An entry belongs to a smtui that is
gone when no process has its id, start time and executable; entries of a living one are never touched.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from smtui.domain.place import Place
from smtui.domain.request import StartedSession
from smtui.domain.tunnel import Leftover
from smtui.store.private_file import replace_text
from smtui.store.processes import ProcessId, identify, is_running, kill, system_id

FORMAT = 1
_NAMES = "sessions-*.json"
_LONGEST_IDLE = timedelta(days=1)
"""A session without its plugin is idle, and the longest idle time-out of Session Manager is an hour."""

log = logging.getLogger(__name__)


class SessionJournal:
    """Implements `engine.ports.Journal`. Every method blocks, may be called from any thread, and never raises."""

    def __init__(self, folder: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._folder = folder
        self._now = now
        self._lock = threading.Lock()
        self._sessions: dict[str, dict[str, Any]] = {}
        self._smtui: ProcessId | None = None

    def opened(self, session: StartedSession, place: Place, label: str, plugin_pid: int) -> None:
        """A session of ours has begun, with this process as its plugin; 0 when there is none yet."""
        plugin = identify(plugin_pid) if plugin_pid else None
        with self._lock:
            self._sessions[session.session_id] = {
                "label": label,
                "profile": place.profile,
                "region": session.region,
                "endpoint": session.endpoint_url,
                "started_at": self._now().isoformat(),
                "plugin": asdict(plugin) if plugin else None,
            }
            self._write()

    def closed(self, session_id: str) -> None:
        """It has ended, plugin and all."""
        with self._lock:
            if self._sessions.pop(session_id, None) is not None:
                self._write()

    def leftovers(self) -> tuple[Leftover, ...]:
        """Entries of every smtui that is gone, the oldest first. Those that are long over are dropped."""
        with self._lock:
            told = [_leftover(path, *entry) for path, told in self._of_others() for entry in told["sessions"].items()]
        found = [each for each in told if each is not None]
        over = [each for each in found if not each.plugin_runs and self._now() - each.started_at > _LONGEST_IDLE]
        for leftover in over:
            self.settle(leftover)
        return tuple(sorted((each for each in found if each not in over), key=lambda each: each.started_at))

    def end_plugin(self, leftover: Leftover) -> None:
        """Kill its plugin, if that very process still runs."""
        with self._lock:
            entry = self._stored(leftover)
        plugin = _plugin(entry) if entry else None
        if plugin is not None and kill(plugin):
            log.info("left-over plugin %s of session %s killed", plugin.pid, leftover.session_id)

    def settle(self, leftover: Leftover) -> None:
        """Nothing is left of it: drop the entry, and its file with the last one."""
        path = self._folder / leftover.entry
        with self._lock, contextlib.suppress(OSError, ValueError):
            told = _read(path)
            if told is not None and told["sessions"].pop(leftover.session_id, None) is not None:
                _replace(path, told)

    def _stored(self, leftover: Leftover) -> dict[str, Any] | None:
        told = _read(self._folder / leftover.entry)
        entry = told["sessions"].get(leftover.session_id) if told else None
        return entry if isinstance(entry, dict) else None

    def _of_others(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        here = system_id()
        for path in sorted(self._folder.glob(_NAMES)):
            told = _read(path)
            if told is not None and told["system"] == here and not _lives(told):
                yield path, told

    def _write(self) -> None:
        self._smtui = self._smtui or identify(os.getpid())
        if self._smtui is None:
            return  # a system that does not tell processes apart: nobody could trust what we write
        told = {
            "format": FORMAT,
            "system": system_id(),
            "smtui": asdict(self._smtui),
            "sessions": self._sessions,
        }
        try:
            _replace(self._folder / _file_name(self._smtui), told)
        except OSError as error:
            log.warning("the journal of sessions cannot be written: %s", error)


def _file_name(smtui: ProcessId) -> str:
    digest = hashlib.sha256(f"{system_id()}\n{smtui.started}".encode()).hexdigest()
    return f"sessions-{smtui.pid}-{digest[:12]}.json"


def _replace(path: Path, told: dict[str, Any]) -> None:
    if told["sessions"]:
        replace_text(path, json.dumps(told, indent=1))
    else:
        path.unlink(missing_ok=True)


def _read(path: Path) -> dict[str, Any] | None:
    """What a journal tells; None for what is none of ours, or broken: it is left as it is."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        understood = told["format"] == FORMAT and isinstance(told["sessions"], dict) and isinstance(told["system"], str)
        return told if understood and _process(told["smtui"]) is not None else None
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def _lives(told: dict[str, Any]) -> bool:
    smtui = _process(told["smtui"])
    return smtui is None or is_running(smtui)


def _process(told: Any) -> ProcessId | None:
    if not isinstance(told, dict):
        return None
    pid, started, executable = told.get("pid"), told.get("started"), told.get("executable")
    if type(pid) is not int or pid <= 1 or not isinstance(started, str) or not isinstance(executable, str):
        return None
    return ProcessId(pid, started, executable)


def _plugin(entry: dict[str, Any]) -> ProcessId | None:
    return _process(entry.get("plugin"))


def _leftover(path: Path, session_id: str, entry: Any) -> Leftover | None:
    try:
        plugin = _plugin(entry)
        return Leftover(
            session_id=session_id,
            label=str(entry["label"]),
            place=Place(str(entry["profile"]), str(entry["region"])),
            started_at=datetime.fromisoformat(entry["started_at"]),
            plugin_pid=plugin.pid if plugin else 0,
            plugin_runs=plugin is not None and is_running(plugin),
            entry=path.name,
            endpoint=str(entry["endpoint"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
