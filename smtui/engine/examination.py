"""One diagnosis: its readings side by side, each with its own time-out, judged as they come in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from smtui.diagnosis.judging import checks_for, judged
from smtui.domain.check import Diagnosis
from smtui.domain.evidence.reading import NotAsked, Reading, Seen, Unseen, seen
from smtui.domain.evidence.record import Evidence, Subject
from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.plugin import PluginPick
from smtui.engine.evidence_ports import EvidenceAws, PluginChoice, ThisMachine
from smtui.engine.evidence_reads import OF_A_NODE, OF_THIS_MACHINE, Inherited, NothingToAsk, Read
from smtui.engine.offloop import OffLoop

PATIENCE_SECONDS = 15.0
"""How long one reading may take, from when it is asked."""

_LIVE = "connection"
"""It outranks configuration as long as it is fresh, so every run reads it."""

_LOOKED_AT = {
    "plugin": "the plugin",
    "aws_cli": "the AWS CLI",
    "credentials": "the credentials",
    "endpoints": "the endpoints in use",
    "reach_ssm": "the way to the ssm endpoint",
    "reach_ssmmessages": "the way to the ssmmessages endpoint",
}
"""Readings that are no calls of AWS, in words."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the readings come from."""

    aws: EvidenceAws
    plugins: PluginChoice
    machine: ThisMachine
    off_loop: OffLoop
    """Its own, wide enough that calls which hang hold up nobody."""
    clock: Callable[[], datetime]
    patience: float = PATIENCE_SECONDS


class Examination:
    """The checks of one subject. Lives on the event loop; may be run again, whole or in part."""

    def __init__(self, subject: Subject, sources: Sources) -> None:
        self.subject = subject
        self._sources = sources
        self._reads = {read.field: read for read in self._all_reads()}
        self._evidence = Evidence(subject=subject, now=sources.clock())
        self._awaited: set[str] = set()
        """Fields that are to be read in the run under way; those read before keep their old reading until then."""
        self._listeners: list[Callable[[], None]] = []
        self._running: asyncio.Task[None] | None = None
        self.diagnosis = judged(self._evidence)

    @property
    def running(self) -> bool:
        return self._running is not None and not self._running.done()

    def subscribe(self, listener: Callable[[], None]) -> None:
        """Be told of each reading, on the event loop."""
        self._listeners.append(listener)

    async def run(self, codes: Collection[str] = ()) -> Diagnosis:
        """Read and judge everything, or anew what the named checks rest on; another run gives up this one.

        Cancelling it gives up the readings under way: what was read before stands.
        """
        if self._running is not None:
            self._running.cancel()
        self._awaited = self._fields_of(codes) if codes else set(self._reads)
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

    def _all_reads(self) -> tuple[Read, ...]:
        here = (
            Read("plugin", "", self._plugin, ("endpoints",)),
            Read("aws_cli", "", lambda _aws, _: self._sources.machine.aws_cli()),
            *OF_THIS_MACHINE,
        )
        return (*here, *OF_A_NODE) if self.subject.node_id else here

    def _plugin(self, _aws: EvidenceAws, evidence: Evidence) -> PluginPick:
        endpoints = seen(evidence.endpoints)
        return self._sources.plugins.pick(endpoint_is_aws=endpoints is None or endpoints.is_aws)

    def _fields_of(self, codes: Collection[str]) -> set[str]:
        """What the checks rest on, what was never read, and whether the node is connected now."""
        rested_on = {
            name for check in checks_for(self.subject) if check.code in codes for name in (*check.needs, *check.uses)
        }
        return {
            name for name in self._reads if name in rested_on or name == _LIVE or getattr(self._evidence, name) is None
        }

    async def _read_all(self) -> None:
        under_way: dict[str, asyncio.Task[None]] = {}
        for read in self._reads.values():
            under_way[read.field] = asyncio.ensure_future(self._read(read, under_way))
        try:
            await asyncio.gather(*under_way.values())
        finally:
            for task in under_way.values():
                task.cancel()

    async def _read(self, read: Read, under_way: dict[str, asyncio.Task[None]]) -> None:
        await asyncio.sleep(0)  # until every reading is in `under_way`
        if read.after:
            await asyncio.wait([under_way[name] for name in read.after])
        if read.field in self._awaited:
            self._came(read, await self._asked(read))

    def _came(self, read: Read, reading: Reading[Any]) -> None:
        """What rests on a reading that came out otherwise than before is read anew too."""
        if getattr(self._evidence, read.field) != reading:
            self._awaited |= {other.field for other in self._reads.values() if read.field in other.after}
        self._awaited.discard(read.field)
        told: dict[str, Any] = {read.field: reading}
        # Until live evidence has come anew, the old counts as it did: no fault flares up for lack of it.
        told["now"] = self._evidence.now if _LIVE in self._awaited else self._sources.clock()
        self._evidence = replace(self._evidence, **told)
        self._tell()

    async def _asked(self, read: Read) -> Reading[Any]:
        evidence, aws = self._evidence, self._sources.aws
        try:
            call = self._sources.off_loop.call(lambda: read.ask(aws, evidence))
            return Seen(await asyncio.wait_for(call, self._sources.patience))
        except NothingToAsk as nothing:
            return NotAsked(str(nothing))
        except Inherited as inherited:
            return inherited.reading
        except AwsCallFailed as failed:
            return Unseen(failed.fault)
        except TimeoutError:
            return Unseen(self._late(read))
        except Exception as error:  # one reading's fault of ours must not cost the others
            return Unseen(self._fault(FaultKind.OTHER, read, f"{type(error).__name__}: {error}"))

    def _late(self, read: Read) -> Fault:
        """What asks nothing of AWS is no call of ours."""
        if read.action:
            return self._fault(FaultKind.TIMED_OUT, read, "")
        return self._fault(FaultKind.OTHER, read, f"Looking at {_LOOKED_AT.get(read.field, read.field)} took too long.")

    def _fault(self, kind: FaultKind, read: Read, message: str) -> Fault:
        return Fault(kind, read.action, "", message, self._sources.clock())

    def _tell(self) -> None:
        self.diagnosis = judged(self._evidence, self._awaited)
        for listener in list(self._listeners):
            listener()
