"""Finds the logs of sessions, by the preferences of their time, and opens them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from smtui.diagnosis.evidence.preference_facts import SessionPreferences, parse_preferences
from smtui.domain.document import BrokenDocument, SessionType, parse_document
from smtui.domain.fault import AwsCallFailed
from smtui.domain.records.account_session import SessionKind
from smtui.domain.records.console_links import log_link
from smtui.domain.records.session_log import Logged, Whereabouts
from smtui.sessions.log_place import ACCOUNTS_OWN, NEVER, never_logged, version_in_force, whereabouts
from smtui.sessions.log_reading import OpenLog, open_log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from smtui.domain.fault import Fault
    from smtui.domain.place import Place
    from smtui.domain.records.account_session import AccountSession
    from smtui.domain.records.session_log import DocumentVersion, LogPlace
    from smtui.engine.offloop import OffLoop
    from smtui.engine.protocols import Aws
    from smtui.sessions.records_protocols import LogAws, RecordPlaces

_NOT_LISTED = "AWS does not say what kind of session it is: this holds only for shells and commands."


class SessionLogs:
    """The logs of the sessions of every place. Call the methods on the event loop; none blocks it."""

    def __init__(
        self, aws: Callable[[Place], Aws], records: RecordPlaces, off_loop: OffLoop, now: Callable[[], datetime]
    ) -> None:
        self._aws = aws
        self._records = records
        self._off_loop = off_loop
        self._now = now
        self._learned: dict[Place, _Learned] = {}

    async def where(self, session: AccountSession) -> Whereabouts:
        """Where the session's log is, as far as that can be seen. Never raises `AwsCallFailed`."""
        never = never_logged(session.kind)
        if never is not None:
            return never
        return await self._off_loop.call(partial(self._where, session))

    async def open(self, session: AccountSession, where: Whereabouts) -> OpenLog:
        """Open the first log that can be read. Raises `LogNotOpened`."""
        return await open_log(self._logs(session.place), where, self._off_loop, is_over=session.is_over)

    async def learn(self, sessions: Iterable[AccountSession]) -> bool:
        """Read what `words` needs for these sessions; returns whether anything was read. Never raises `AwsCallFailed`.

        The versions of a place are read again once a session has started since; a version never changes.
        """
        wanted: dict[Place, list[AccountSession]] = {}
        for session in sessions:
            if session.kind not in NEVER and session.kind is not SessionKind.OTHER:
                wanted.setdefault(session.place, []).append(session)
        found = [
            await self._off_loop.call(partial(self._learn, place, each))
            for place, each in wanted.items()
            if self._is_news(place, each)
        ]
        return any(found)

    def words(self, session: AccountSession) -> str:
        """Where the session's log is, in a few words, by what was learned; empty where that does not tell."""
        learned = self._learned.get(session.place)
        if never_logged(session.kind) is not None:
            return Logged.NEVER.value
        if learned is None or session.kind is SessionKind.OTHER or session.started_at is None:
            return ""
        in_force = version_in_force(learned.versions, session.started_at)
        if in_force.is_gone or in_force.version not in learned.preferences:
            return ""
        return whereabouts(session, learned.preferences[in_force.version], ()).words

    def _is_news(self, place: Place, sessions: Iterable[AccountSession]) -> bool:
        learned = self._learned.get(place)
        if learned is None or any(each.started_at and each.started_at > learned.read_at for each in sessions):
            return True
        versions = (version_in_force(learned.versions, each.started_at).version for each in sessions)
        return bool(learned.preferences) and not all(version in learned.preferences for version in versions)

    def links(self, session: AccountSession, where: Whereabouts) -> tuple[str, ...]:
        """The pages of the logs: those that AWS names, then those of its console."""
        region = self._region(session.place)
        given = tuple(url for url in (session.s3_url, session.log_group_url) if url.startswith("https://"))
        made = tuple(link for place in where.places if (link := log_link(place, region)))
        return (*given, *made)

    def link(self, session: AccountSession, place: LogPlace) -> str:
        """The console's page of one log; empty where the Region's console is not known."""
        return log_link(place, self._region(session.place))

    def _logs(self, place: Place) -> LogAws:
        return self._records.records_at(place).logs

    def _region(self, place: Place) -> str:
        return place.region or self._aws(place).region()

    # Blocking ----------------------------------------------------------------------------------

    def _learn(self, place: Place, sessions: Iterable[AccountSession]) -> bool:
        known = self._learned.get(place)
        learned = _Learned(self._now(), {"": None} if known is None else known.preferences)
        logs = self._logs(place)
        try:
            learned.versions = tuple(logs.document_versions(ACCOUNTS_OWN))
            for each in sessions:
                version = version_in_force(learned.versions, each.started_at).version
                if version not in learned.preferences:
                    learned.preferences[version] = parse_preferences(logs.document_text(ACCOUNTS_OWN, version))
        except AwsCallFailed:
            # It is asked for again with the next session that starts; until then nobody knows.
            learned = _Learned(learned.read_at, {})
        self._learned[place] = learned
        return True

    def _where(self, session: AccountSession) -> Whereabouts:
        if session.kind is not SessionKind.OTHER:
            return self._by_preferences(session)
        name = session.document_name
        read = self._read(session, name)
        document = parse_document(name, "", read.content)
        if read.unknown:
            return Whereabouts(Logged.UNKNOWN, why=read.unknown, faults=read.faults)
        if isinstance(document, BrokenDocument):
            why = f"The document {name} says nothing that can be used. {document.reason}"
            return Whereabouts(Logged.UNKNOWN, why=why, faults=read.faults)
        if document.session_type is SessionType.PORT:
            return Whereabouts(Logged.NEVER, why=NEVER[SessionKind.PORT], notes=read.notes)
        if document.session_type is SessionType.STANDARD_STREAM:
            own = f"The document {name} has preferences of its own."
            return read.with_faults(whereabouts(session, parse_preferences(read.content), (own, *read.notes)))
        return self._by_preferences(session)

    def _by_preferences(self, session: AccountSession) -> Whereabouts:
        read = self._read(session, ACCOUNTS_OWN)
        if read.unknown:
            return Whereabouts(Logged.UNKNOWN, why=read.unknown, faults=read.faults)
        preferences = parse_preferences(read.content) if read.content else None
        is_listed = bool(session.owner or session.document_name)
        notes = read.notes if is_listed else (_NOT_LISTED, *read.notes)
        return read.with_faults(whereabouts(session, preferences, notes))

    def _read(self, session: AccountSession, name: str) -> _Read:
        """The document as it was when the session started."""
        logs = self._logs(session.place)
        version = ""
        notes: tuple[str, ...] = ()
        faults: tuple[Fault, ...] = ()
        try:
            in_force = version_in_force(logs.document_versions(name), session.started_at)
        except AwsCallFailed as failed:
            faults = (failed.fault,)
            notes = (f"{failed.fault.sentence()} So this is by today's preferences, not by those of its start.",)
        else:
            if in_force.is_gone:
                why = (
                    f"AWS no longer has every version of {name}, so nobody can tell which was in force when the "
                    "session started."
                )
                return _Read(unknown=why)
            notes = (in_force.note,) if in_force.note else ()
            version = in_force.version
            if not version:
                return _Read(notes=notes)
        try:
            return _Read(logs.document_text(name, version), notes, faults)
        except AwsCallFailed as failed:
            why = f"{failed.fault.sentence()} Only the preferences say where logs are."
            return _Read(faults=(*faults, failed.fault), unknown=why)


@dataclass(slots=True)
class _Learned:
    """What was read of one place for the list of sessions."""

    read_at: datetime
    preferences: dict[str, SessionPreferences | None]
    """By version; the one without a name stands for no preferences at all. Empty where they may not be seen."""
    versions: tuple[DocumentVersion, ...] = ()


@dataclass(frozen=True, slots=True)
class _Read:
    """A document as far as it could be read."""

    content: str = ""
    """Empty where there was none."""
    notes: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    unknown: str = ""
    """Why nobody can tell what it said, as a sentence."""

    def with_faults(self, found: Whereabouts) -> Whereabouts:
        """The answer with what failed on the way."""
        return replace(found, faults=self.faults)
