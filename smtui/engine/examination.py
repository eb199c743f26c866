"""Runs one diagnosis: its lookups side by side, each with its own time-out, judged as their readings come in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from smtui.diagnosis.evidence.reading import Inherited, Lookup, NotAsked, NothingToAsk, Reading, Seen, Unseen
from smtui.diagnosis.evidence.record import LOOKUPS, OF_THIS_MACHINE, Evidence, EvidenceAws, Subject
from smtui.diagnosis.judging import checks_for, judged
from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.text import error_words

if TYPE_CHECKING:
    from smtui.diagnosis.check_result import Diagnosis
    from smtui.diagnosis.evidence.local_facts import ThisMachine
    from smtui.engine.offloop import OffLoop

PATIENCE_SECONDS = 15.0
"""How long one lookup may take, from when it is asked."""

_LIVE = Evidence.connection
"""It outranks configuration as long as it is fresh, so every run reads it."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where lookups get their answers (`EvidenceSources`), and how they are run."""

    aws: EvidenceAws
    machine: ThisMachine
    off_loop: OffLoop
    """Threads of its own, so many that calls which hang delay nothing else."""
    clock: Callable[[], datetime]
    patience: float = PATIENCE_SECONDS


class Examination:
    """The checks of one subject. Lives on the event loop; may be run again, whole or in part."""

    def __init__(self, subject: Subject, sources: Sources) -> None:
        self.subject = subject
        self._sources = sources
        self._lookups = LOOKUPS if subject.node_id else OF_THIS_MACHINE
        self._evidence = Evidence(subject=subject, now=sources.clock())
        self._awaited: set[Lookup[Any]] = set()
        """Lookups without an answer in the current run; each keeps its earlier reading until then."""
        self._listeners: list[Callable[[], None]] = []
        self._running: asyncio.Task[None] | None = None
        self.diagnosis = judged(self._evidence)

    @property
    def running(self) -> bool:
        """Whether lookups are under way."""
        return self._running is not None and not self._running.done()

    def subscribe(self, listener: Callable[[], None]) -> None:
        """Call the listener after each reading, on the event loop."""
        self._listeners.append(listener)

    async def run(self, codes: Collection[str] = ()) -> Diagnosis:
        """Read and judge everything, or only what the named checks depend on. A second run replaces this one.

        Cancelling drops the readings under way and keeps the earlier ones.
        """
        if self._running is not None:
            self._running.cancel()
        self._awaited = self._needed_by(codes) if codes else set(self._lookups)
        self._tell()
        running = self._running = asyncio.ensure_future(self._read_all())
        try:
            await running
        except asyncio.CancelledError:
            own = asyncio.current_task()
            if self._running is running or (own is not None and own.cancelling()):
                raise
        finally:
            running.cancel()
            if self._running is running and self._awaited:
                self._awaited = set()
                self._tell()
        return self.diagnosis

    def _needed_by(self, codes: Collection[str]) -> set[Lookup[Any]]:
        """What the checks depend on, what was never read, and whether the node is connected now."""
        rested_on = {each for check in checks_for(self.subject) if check.code in codes for each in check.rests_on}
        return {each for each in self._lookups if each in rested_on or each is _LIVE or each.of(self._evidence) is None}

    async def _read_all(self) -> None:
        under_way: dict[Lookup[Any], asyncio.Task[None]] = {}
        for lookup in self._lookups:
            under_way[lookup] = asyncio.ensure_future(self._read(lookup, under_way))
        try:
            await asyncio.gather(*under_way.values())
        finally:
            for task in under_way.values():
                task.cancel()

    async def _read(self, lookup: Lookup[Any], under_way: dict[Lookup[Any], asyncio.Task[None]]) -> None:
        await asyncio.sleep(0)  # until every lookup is in `under_way`
        earlier = [under_way[each] for each in lookup.after if each in under_way]
        if earlier:
            await asyncio.wait(earlier)
        if lookup in self._awaited:
            self._came(lookup, await self._asked(lookup))

    def _came(self, lookup: Lookup[Any], reading: Reading[Any]) -> None:
        """Record the reading; where it has changed, lookups that come after it are done again too."""
        if lookup.of(self._evidence) != reading:
            self._awaited |= {other for other in self._lookups if lookup in other.after}
        self._awaited.discard(lookup)
        news: dict[str, Any] = {lookup.name: reading}
        # Until live evidence is read again, the old one counts: no check may fail for lack of it.
        news["now"] = self._evidence.now if _LIVE in self._awaited else self._sources.clock()
        self._evidence = replace(self._evidence, **news)
        self._tell()

    async def _asked(self, lookup: Lookup[Any]) -> Reading[Any]:
        evidence, sources = self._evidence, self._sources
        try:
            call = sources.off_loop.call(lambda: lookup.ask(sources, evidence))
            return Seen(await asyncio.wait_for(call, self._sources.patience))
        except NothingToAsk as nothing:
            return NotAsked(str(nothing))
        except Inherited as inherited:
            return inherited.reading
        except AwsCallFailed as failed:
            return Unseen(failed.fault)
        except TimeoutError:
            return Unseen(self._late(lookup))
        except Exception as error:  # a bug in one lookup must not cost the others
            return Unseen(self._fault(FaultKind.OTHER, lookup, f"{type(error).__name__}: {error_words(error)}"))

    def _late(self, lookup: Lookup[Any]) -> Fault:
        """A lookup without an action makes no call that could be named."""
        if lookup.action:
            return self._fault(FaultKind.TIMED_OUT, lookup, "")
        return self._fault(FaultKind.OTHER, lookup, f"Looking at {lookup.what or lookup.name} took too long.")

    def _fault(self, kind: FaultKind, lookup: Lookup[Any], message: str) -> Fault:
        return Fault(kind, lookup.action, "", message, self._sources.clock())

    def _tell(self) -> None:
        self.diagnosis = judged(self._evidence, self._awaited)
        for listener in list(self._listeners):
            listener()
