"""Records which sessions and plugins are ours, so that a later smtui can clean up after one that was killed.

A start is recorded before StartSession is called. Once the answer is known it becomes a session, or is removed.

Each smtui process has one file, readable by its owner only, without tokens. Its smtui is gone if no process has its id,
start time and executable; entries of a running one are never touched.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from smtui.domain.orphaned_session import LONGEST_UNJOINED, OrphanedSession, Remains, UnansweredStart
from smtui.domain.place import Caller, Place
from smtui.store.file_access import Tell, UnusableFile, no_one
from smtui.store.journal_file import (
    JournalFile,
    ProcessId,
    SessionEntry,
    StartEntry,
    identify,
    is_running,
    kill,
    read_journal,
    system_id,
)

if TYPE_CHECKING:
    from smtui.domain.request import SessionRequest, StartedSession

_NAME = "sessions-"
_LONGEST_IDLE = timedelta(days=1)
"""A session without its plugin is idle, and Session Manager ends an idle session within an hour."""
_BY_HAND = "It may have named open sessions, which aws ssm describe-sessions --state Active lists."

log = logging.getLogger(__name__)


class SessionJournal:
    """Implements `engine.protocols.Journal`. Blocks, never raises, safe from any thread.

    `tell` gets a sentence when a journal cannot be read or written.
    """

    def __init__(
        self, folder: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC), *, tell: Tell = no_one
    ) -> None:
        self._folder = folder
        self._now = now
        self._tell = tell
        self._lock = threading.Lock()
        self._sessions: dict[str, SessionEntry] = {}
        self._starts: dict[str, StartEntry] = {}
        self._smtui: ProcessId | None = None

    def asked(self, request: SessionRequest, label: str, caller: Caller, endpoint: str) -> str:
        """Record that StartSession is about to be called; returns the start's id."""
        start_id = uuid.uuid4().hex
        with self._lock:
            self._starts[start_id] = StartEntry(
                label=label,
                profile=request.place.profile,
                region=request.place.region or caller.region,
                endpoint=endpoint,
                owner=caller.arn,
                target=request.target,
                document_name=request.document_name,
                reason=request.reason,
                asked_at=self._now(),
            )
            self._write()
        return start_id

    def identified(self, start_id: str, owner: str) -> None:
        """Record who called, once that is known; does nothing if the answer came first."""
        with self._lock:
            start = self._starts.get(start_id)
            if start is not None:
                self._starts[start_id] = replace(start, owner=owner)
                self._write()

    def refused(self, start_id: str) -> None:
        """Record that the start certainly began no session."""
        with self._lock:
            if self._starts.pop(start_id, None) is not None:
                self._write()

    def opened(self, session: StartedSession, place: Place, label: str, plugin_pid: int, start_id: str = "") -> None:
        """Record that a session of ours has begun; `plugin_pid` is 0 if it has no plugin yet."""
        plugin = identify(plugin_pid) if plugin_pid else None
        with self._lock:
            start, earlier = self._starts.pop(start_id, None), self._sessions.get(session.session_id)
            self._sessions[session.session_id] = SessionEntry(
                label=label,
                profile=place.profile,
                region=session.region,
                endpoint=session.endpoint_url,
                owner=start.owner if start else earlier.owner if earlier else "",
                started_at=earlier.started_at if earlier else self._now(),
                plugin=plugin,
            )
            self._write()

    def closed(self, session_id: str) -> None:
        """Record that the session and its plugin have ended."""
        with self._lock:
            if self._sessions.pop(session_id, None) is not None:
                self._write()

    def remains(self) -> Remains:
        """Return the records of every smtui that is gone, and drop expired ones."""
        with self._lock:
            files = list(self._files())
        in_use = {session_id for _, file, gone in files if not gone for session_id in file.sessions}
        sessions = [
            _orphan(path, *entry)
            for path, file, gone in files
            if gone
            for entry in file.sessions.items()
            if entry[0] not in in_use  # resumed by a smtui that runs
        ]
        starts = [_unanswered(path, *entry) for path, file, gone in files if gone for entry in file.starts.items()]
        under_way = [
            _unanswered(path, *entry) for path, file, gone in files if not gone for entry in file.starts.items()
        ]
        now = self._now()
        over = [each for each in sessions if not each.plugin_runs and now - each.started_at > _LONGEST_IDLE]
        past = [each for each in starts if now - each.asked_at > LONGEST_UNJOINED]
        for orphan in over:
            self.settle(orphan)
        for start in past:
            self.forget(start)
        return Remains(
            tuple(sorted((each for each in sessions if each not in over), key=lambda each: each.started_at)),
            tuple(sorted((each for each in starts if each not in past), key=lambda each: each.asked_at)),
            frozenset(session_id for _, file, _ in files for session_id in file.sessions),
            tuple(under_way),
        )

    def end_plugin(self, orphan: OrphanedSession) -> None:
        """Kill its plugin, if that very process still runs."""
        with self._lock:
            file = self._read(self._folder / orphan.entry)
        session = file.sessions.get(orphan.session_id) if file else None
        if session is not None and session.plugin is not None and kill(session.plugin):
            log.info("left-over plugin %s of session %s killed", session.plugin.pid, orphan.session_id)

    def settle(self, orphan: OrphanedSession) -> None:
        """Drop the record of an orphaned session that has ended, or of its start; the last one removes the file."""
        if orphan.start is not None:
            self.forget(orphan.start)
        else:
            self._drop(orphan.entry, lambda file: file.sessions.pop(orphan.session_id, None))

    def forget(self, start: UnansweredStart) -> None:
        """Drop the record of a start that can begin nothing any more; the last one removes the file."""
        self._drop(start.entry, lambda file: file.starts.pop(start.start_id, None))

    def _drop(self, entry: str, drop: Callable[[JournalFile], SessionEntry | StartEntry | None]) -> None:
        path = self._folder / entry
        with self._lock:
            file = self._read(path)
            if file is not None and drop(file) is not None:
                self._replace(path, file)

    def _files(self) -> Iterator[tuple[Path, JournalFile, bool]]:
        """Yield the journals of this system, and whether their smtui is gone."""
        here = system_id()
        for path in self._paths():
            file = self._read(path)
            if file is not None and file.system == here:
                yield path, file, not is_running(file.smtui)

    def _paths(self) -> list[Path]:
        try:
            paths = sorted(self._folder.iterdir())
        except FileNotFoundError:
            return []
        except OSError as error:
            why = error.strerror or error
            self._tell(f"{self._folder} cannot be read: {why}. Sessions that an earlier smtui left open are not found.")
            return []
        return [path for path in paths if path.name.startswith(_NAME) and path.suffix == ".json"]

    def _read(self, path: Path) -> JournalFile | None:
        try:
            found = read_journal(path)
        except UnusableFile as unusable:
            self._tell(f"{unusable.set_aside()} {_BY_HAND}")
            return None
        if found is None:
            return None
        file, wrong = found
        if wrong:
            self._tell(f"{path} can be read only in part: {wrong}. {_BY_HAND}")
        return file

    def _write(self) -> None:
        self._smtui = self._smtui or identify(os.getpid())
        if self._smtui is None:
            return  # without an identity nobody could trust what we write
        file = JournalFile(system_id(), self._smtui, self._sessions, self._starts)
        self._replace(self._folder / _file_name(self._smtui), file)

    def _replace(self, path: Path, file: JournalFile) -> None:
        try:
            file.replace(path)
        except OSError as error:
            why = error.strerror or error
            self._tell(f"{path} cannot be written: {why}. No later smtui can find and end what this one leaves open.")


def _file_name(smtui: ProcessId) -> str:
    digest = hashlib.sha256(f"{system_id()}\n{smtui.started}".encode()).hexdigest()
    return f"{_NAME}{smtui.pid}-{digest[:12]}.json"


def _orphan(path: Path, session_id: str, session: SessionEntry) -> OrphanedSession:
    return OrphanedSession(
        session_id=session_id,
        label=session.label,
        place=Place(session.profile, session.region),
        started_at=session.started_at,
        plugin_pid=session.plugin.pid if session.plugin else 0,
        plugin_runs=session.plugin is not None and is_running(session.plugin),
        entry=path.name,
        endpoint=session.endpoint,
        owner=session.owner,
    )


def _unanswered(path: Path, start_id: str, start: StartEntry) -> UnansweredStart:
    return UnansweredStart(
        start_id=start_id,
        entry=path.name,
        label=start.label,
        place=Place(start.profile, start.region),
        endpoint=start.endpoint,
        owner=start.owner,
        target=start.target,
        document_name=start.document_name,
        reason=start.reason,
        asked_at=start.asked_at,
    )
