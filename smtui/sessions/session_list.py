"""Lists the sessions of every place, active or past, page by page as they come, and terminates them."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING

from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.records.account_session import AccountSession, SessionState
from smtui.domain.text import harmless
from smtui.sessions.session_words import how_long, named, who

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from smtui.domain.place import Caller, Place
    from smtui.engine.offloop import OffLoop
    from smtui.engine.protocols import Aws
    from smtui.sessions.records_protocols import RecordPlaces, SessionListAws

log = logging.getLogger(__name__)

TERMINATES_NOTHING = "smtui is read-only, so it terminates no sessions."
OWN_ONLY = "Policies usually let you terminate only your own sessions."
FRESH = timedelta(minutes=2)
"""For so long a list that nobody refreshes may be mentioned on other screens."""
BEAT = 0.2
"""Seconds between two calls of a listener: pages may come faster than a screen can use them."""


class Ending(Enum):
    """What became of an order to terminate a session."""

    ENDED = "ended"
    ALREADY_ENDED = "already ended"
    DENIED = "denied"
    FAILED = "failed"
    REFUSED = "refused"
    """smtui is read-only; AWS was not asked."""


@dataclass(frozen=True, slots=True)
class Ended:
    """One session that was to be terminated, and what became of it."""

    session: AccountSession
    ending: Ending
    sentence: str
    """What happened, and after a failure what to do; harmless."""
    fault: Fault | None = None

    @property
    def ok(self) -> bool:
        """Whether the session is over."""
        return self.ending in (Ending.ENDED, Ending.ALREADY_ENDED)


@dataclass(slots=True)
class _Part:
    """The sessions of one place in one state."""

    known: dict[str, AccountSession] = field(default_factory=dict)
    """Of the last reading, by id."""
    fresh: dict[str, AccountSession] | None = None
    """Of the reading under way; None while there is none."""
    fault: Fault | None = None
    read_at: datetime | None = None

    def sessions(self) -> Iterable[AccountSession]:
        """What is known now: until a reading is complete, its sessions join those of the last one."""
        return (self.known | self.fresh if self.fresh is not None else self.known).values()


class SessionList:
    """The account's sessions. Call the methods on the event loop; none blocks it."""

    def __init__(
        self,
        places: Callable[[], Sequence[Place]],
        aws: Callable[[Place], Aws],
        records: RecordPlaces,
        off_loop: OffLoop,
        now: Callable[[], datetime],
        name_of: Callable[[Place, str], str],
        *,
        read_only: bool,
    ) -> None:
        """`name_of` gives the Name of a node as far as it is listed, else an empty text."""
        self._listed = places
        self._aws = aws
        self._records = records
        self._off_loop = off_loop
        self._now = now
        self._name_of = name_of
        self._read_only = read_only
        self._parts: defaultdict[tuple[Place, SessionState], _Part] = defaultdict(_Part)
        """Also of places that were listed earlier."""
        self._callers: dict[Place, Caller] = {}
        self._caller_faults: dict[Place, Fault] = {}
        self._names: dict[tuple[Place, str], str] = {}
        """Names of nodes that the fleet does not list; empty for nodes without a Name."""
        self._name_faults: dict[Place, Fault] = {}
        self._sorted: dict[SessionState, tuple[AccountSession, ...]] = {}
        self._sorted_for: tuple[Place, ...] = ()
        self._refreshing: dict[tuple[Place, SessionState], asyncio.Task[None]] = {}
        self._listeners: list[Callable[[], None]] = []
        self._beat: asyncio.TimerHandle | None = None
        self._is_due = False

    @property
    def _places(self) -> tuple[Place, ...]:
        return tuple(self._listed())

    # What is known -----------------------------------------------------------------------------

    def sessions(self, state: SessionState) -> tuple[AccountSession, ...]:
        """The sessions of every place: the caller's own first, then the newest first."""
        if self._sorted_for != self._places:
            self._sorted, self._sorted_for = {}, self._places
        if state not in self._sorted:
            found = [session for place in self._places for session in self._parts[place, state].sessions()]
            self._sorted[state] = tuple(sorted(found, key=self._rank))
        return self._sorted[state]

    def _rank(self, session: AccountSession) -> tuple[bool, float, str]:
        """AWS promises no order. A session without a start comes last."""
        started = session.started_at.timestamp() if session.started_at is not None else float("-inf")
        return not self.is_mine(session), -started, session.session_id

    def find(self, session_id: str) -> tuple[AccountSession, ...]:
        """The sessions of that id, one for each place that lists it; active ones alone where it is active."""
        for state in SessionState:
            if found := tuple(each for each in self.sessions(state) if each.session_id == session_id):
                return found
        return ()

    def lately_active(self) -> tuple[AccountSession, ...]:
        """The active sessions for what only mentions them; none if they were read more than two minutes ago."""
        read_at = self.read_at(SessionState.ACTIVE)
        if read_at is None or self._now() - read_at > FRESH:
            return ()
        return tuple(session for session in self.sessions(SessionState.ACTIVE) if not session.is_over)

    def words_on(self, place: Place, node_id: str) -> str:
        """Who is on a node: `2 active: you 12 min, ana (ops) 3 min`; empty for nobody, or where that is not known."""
        there = [each for each in self.lately_active() if (each.place, each.target) == (place, node_id)]
        now = self._now()
        people = [f"{'you' if self.is_mine(each) else self.who(each)} {how_long(each, now)}" for each in there]
        return f"{len(there)} active: {', '.join(people)}" if there else ""

    def is_mine(self, session: AccountSession) -> bool | None:
        """Whether the caller started it; None if the caller or the session's owner is not known.

        Another program with the same role session counts as the caller: AWS does not tell them apart.
        """
        caller = self._callers.get(session.place)
        return session.owner == caller.arn if caller is not None and session.owner else None

    def caller(self, place: Place) -> Caller | None:
        """Who the caller is there; None if that is not known."""
        return self._callers.get(place)

    def node_name(self, session: AccountSession) -> str:
        """The Name of its node; empty if it has none, or none that is known."""
        return self._name_of(session.place, session.target) or self._names.get((session.place, session.target), "")

    def named(self, session: AccountSession) -> str:
        """`your shell on web-1`, `ana's port forward on web-1`; harmless."""
        return named(session, self.node_name(session), mine=self.is_mine(session))

    def who(self, session: AccountSession) -> str:
        """`you (ops)`, `ana (ops)`; harmless."""
        return who(session, mine=self.is_mine(session))

    def problems(self, state: SessionState) -> tuple[str, ...]:
        """A sentence for each thing that could not be seen: the place, the IAM action, AWS's own words, what helps."""
        return tuple(_not_seen(what, place, fault) for what, place, fault in self._faults(state))

    def faults(self, state: SessionState) -> tuple[Fault, ...]:
        """The failed calls behind `problems`."""
        return tuple(fault for _, _, fault in self._faults(state))

    def _faults(self, state: SessionState) -> Iterator[tuple[str, Place, Fault]]:
        kind = "active" if state is SessionState.ACTIVE else "past"
        for place in self._places:
            if (fault := self._parts[place, state].fault) is not None:
                yield f"Not all {kind} sessions", place, fault
            elif (fault := self._caller_faults.get(place)) is not None:
                yield "Which sessions are yours", place, fault
            if (fault := self._name_faults.get(place)) is not None:
                yield "Not all names of nodes", place, fault

    def is_whole(self, state: SessionState) -> bool:
        """Whether the last reading of every place came to its end."""
        return all(self._parts[place, state].fault is None for place in self._places)

    def is_reading(self, state: SessionState) -> bool:
        """Whether a refresh is under way."""
        return any((place, state) in self._refreshing for place in self._places)

    def read_at(self, state: SessionState) -> datetime | None:
        """When the place with the oldest list was last read completely; None before every place was."""
        times = [self._parts[place, state].read_at for place in self._places]
        known = [time for time in times if time is not None]
        return min(known) if known and len(known) == len(times) else None

    # Keeping it current ------------------------------------------------------------------------

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` on the event loop after changes, at most five times a second; returns what stops it."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    async def refresh(self, state: SessionState) -> None:
        """Read the sessions of every place again, none twice at once. Failures are `problems`."""
        readings = [self._begun(place, state) for place in self._places]
        self._changed()
        await asyncio.wait(readings)
        for reading in readings:
            reading.result()

    def _begun(self, place: Place, state: SessionState) -> asyncio.Task[None]:
        task = self._refreshing.get((place, state))
        if task is None:
            task = self._refreshing[place, state] = asyncio.create_task(self._read_place(place, state))
            task.add_done_callback(lambda _: self._refreshed(place, state))
        return task

    def _refreshed(self, place: Place, state: SessionState) -> None:
        self._refreshing.pop((place, state), None)
        log.info("read %d %s sessions", len(self._parts[place, state].known), state)
        self._changed()

    async def read_names(self, state: SessionState) -> None:
        """Look up the Names of nodes that the fleet does not list, each once; a failure is among the `problems`."""
        async with asyncio.TaskGroup() as reading:
            for place in self._places:
                wanted = {session.target for session in self._parts[place, state].sessions() if session.target}
                unknown = [
                    node for node in wanted if not self._name_of(place, node) and (place, node) not in self._names
                ]
                if unknown:
                    reading.create_task(self._read_names(place, sorted(unknown)))

    async def _read_names(self, place: Place, node_ids: Sequence[str]) -> None:
        try:
            found = await self._off_loop.call(lambda: self._at(place).node_names(node_ids))
        except AwsCallFailed as failed:
            self._name_faults[place] = failed.fault
        else:
            self._name_faults.pop(place, None)
            self._names.update({(place, node_id): found.get(node_id, "") for node_id in node_ids})
        self._changed()

    def _at(self, place: Place) -> SessionListAws:
        return self._records.records_at(place).sessions

    async def _read_place(self, place: Place, state: SessionState) -> None:
        async with asyncio.TaskGroup() as reading:
            reading.create_task(self._read_caller(place))
            reading.create_task(self._read(place, state))

    async def _read_caller(self, place: Place) -> None:
        def ask() -> Caller:
            aws = self._aws(place)
            known = aws.known_caller()
            return known if known.arn else aws.caller()

        try:
            self._callers[place] = await self._off_loop.call(ask)
            self._caller_faults.pop(place, None)
        except AwsCallFailed as failed:
            self._callers.pop(place, None)
            self._caller_faults[place] = failed.fault
        self._changed()

    async def _read(self, place: Place, state: SessionState) -> None:
        part = self._parts[place, state]
        fresh: dict[str, AccountSession] = {}
        part.fresh = fresh

        def pages() -> Iterator[Sequence[AccountSession]]:
            return self._at(place).sessions(state)

        try:
            async for page in self._off_loop.stream(pages):
                fresh.update((session.session_id, session) for session in page)
                self._changed()
        except AwsCallFailed as failed:
            part.fault = failed.fault
            part.known = part.known | fresh
        else:
            part.fault = None
            part.known = fresh
            part.read_at = self._now()
        finally:
            part.fresh = None
            self._changed()

    def _changed(self) -> None:
        self._sorted.clear()
        self._is_due = True
        if self._beat is None:
            self._notify()

    def _notify(self) -> None:
        """Tell the listeners, and again after a beat if something has changed by then."""
        self._beat = None
        if not self._is_due:
            return
        self._is_due = False
        self._beat = asyncio.get_running_loop().call_later(BEAT, self._notify)
        for listener in tuple(self._listeners):
            listener()

    # Terminating -------------------------------------------------------------------------------

    async def terminate(self, sessions: Iterable[AccountSession]) -> tuple[Ended, ...]:
        """Terminate these sessions side by side; the results come in their order."""
        chosen = tuple(sessions)
        if self._read_only:
            return tuple(Ended(session, Ending.REFUSED, TERMINATES_NOTHING) for session in chosen)
        done = await asyncio.gather(*map(self._terminating, chosen))
        for result in done:
            if result.ok:
                self._mark_ended(result.session)
        self._changed()
        return tuple(done)

    def _terminating(self, session: AccountSession) -> Awaitable[Ended]:
        end, what = partial(self._terminate, session), f"terminating session {session.session_id}"
        return self._off_loop.change(end, what, lambda ended: "" if ended.ok else ended.sentence)

    def _terminate(self, session: AccountSession) -> Ended:
        what = self.named(session)
        try:
            ended = self._at(session.place).terminate(session.session_id)
        except AwsCallFailed as failed:
            return _not_ended(session, what, failed.fault, mine=self.is_mine(session))
        log.info("session %s: terminated", session.session_id)
        if ended:
            return Ended(session, Ending.ENDED, f"{_capital(what)} is terminated.")
        return Ended(session, Ending.ALREADY_ENDED, f"{_capital(what)} had already ended.")

    def _mark_ended(self, session: AccountSession) -> None:
        """AWS lists it as active for a moment longer; the next reading says what it has become."""
        part = self._parts[session.place, SessionState.ACTIVE]
        for listed in (part.known, part.fresh or {}):
            if session.session_id in listed:
                listed[session.session_id] = replace(listed[session.session_id], status="Terminating")


def _not_ended(session: AccountSession, what: str, fault: Fault, *, mine: bool | None) -> Ended:
    from smtui.topics.next_step import after_fault

    denied = fault.kind is FaultKind.DENIED
    helps = after_fault(fault) if mine or not denied else OWN_ONLY
    # AWS's words come last: they are long, and a status line cuts them.
    sentence = f"{_capital(what)} was not terminated: {fault.sentence()} {helps}{_quoted(fault)}"
    return Ended(session, Ending.DENIED if denied else Ending.FAILED, harmless(sentence.strip()), fault)


def _not_seen(what: str, place: Place, fault: Fault) -> str:
    from smtui.topics.next_step import after_fault

    where = "/".join(filter(None, (place.profile, place.region)))
    verb = "are known" if what.startswith("Not all") else "is not known"
    at = f" in {where}" if where else ""
    return harmless(f"{what}{at} {verb}: {fault.sentence()}{_quoted(fault)} {after_fault(fault)}".strip())


def _quoted(fault: Fault) -> str:
    """AWS's own words, where the fault's sentence leaves them out."""
    said = fault.message.strip().rstrip(".")
    return f" AWS: “{said}”." if said and said not in fault.sentence() else ""


def _capital(text: str) -> str:
    """The beginning of a sentence; the name of a user keeps its case."""
    return text[:1].upper() + text[1:] if text.startswith(("your ", "the ", "session ")) else text
