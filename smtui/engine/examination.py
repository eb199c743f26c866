"""One diagnosis: its readings side by side, each with its own time-out, judged as they come in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from smtui.diagnosis.judging import checks_for, judged
from smtui.domain.check import Diagnosis
from smtui.domain.evidence.reading import NotAsked, Reading, Seen, Unseen
from smtui.domain.evidence.record import Evidence, Subject
from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.engine.evidence_ports import EvidenceAws, ThisMachine
from smtui.engine.evidence_reads import OF_A_NODE, OF_THIS_MACHINE, Inherited, NothingToAsk, Read
from smtui.engine.offloop import OffLoop
from smtui.engine.ports import Plugins

PATIENCE_SECONDS = 15.0
"""How long one reading may take, from when it is asked."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the readings come from."""

    aws: EvidenceAws
    plugins: Plugins
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
        """Read and judge everything, or anew what the named checks rest on. Cancelling it gives up the readings."""
        if self._running is not None and not self._running.done():
            self._running.cancel()
        fields = self._fields_of(codes) if codes else tuple(self._reads)
        self._set(**dict.fromkeys(fields))
        self._running = asyncio.ensure_future(self._read_all(fields))
        try:
            await self._running
        finally:
            self._running.cancel()
        return self.diagnosis

    def _all_reads(self) -> tuple[Read, ...]:
        here = (
            Read("plugin", "", lambda aws, _: self._sources.plugins.pick(endpoint_is_aws=aws.endpoints().is_aws)),
            Read("aws_cli", "", lambda _aws, _: self._sources.machine.aws_cli()),
            *OF_THIS_MACHINE,
        )
        return (*here, *OF_A_NODE) if self.subject.node_id else here

    def _fields_of(self, codes: Collection[str]) -> tuple[str, ...]:
        """What the checks rest on, and what rests on that."""
        wanted = {name for check in checks_for(self.subject) if check.code in codes for name in check.needs}
        wanted |= {name for check in checks_for(self.subject) if check.code in codes for name in check.uses}
        growing = True
        while growing:
            more = {read.field for read in self._reads.values() if wanted.intersection(read.after)} - wanted
            wanted |= more
            growing = bool(more)
        return tuple(name for name in self._reads if name in wanted)

    async def _read_all(self, fields: Iterable[str]) -> None:
        under_way: dict[str, asyncio.Task[None]] = {}
        for name in fields:
            under_way[name] = asyncio.ensure_future(self._read(self._reads[name], under_way))
        try:
            await asyncio.gather(*under_way.values())
        finally:
            for task in under_way.values():
                task.cancel()

    async def _read(self, read: Read, under_way: dict[str, asyncio.Task[None]]) -> None:
        await asyncio.sleep(0)  # until every reading is in `under_way`
        earlier = [under_way[name] for name in read.after if name in under_way]
        if earlier:
            await asyncio.wait(earlier)
        self._set(**{read.field: await self._asked(read)})

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
            return Unseen(self._fault(FaultKind.TIMED_OUT, read, ""))
        except Exception as error:  # one reading's fault of ours must not cost the others
            return Unseen(self._fault(FaultKind.OTHER, read, f"{type(error).__name__}: {error}"))

    def _fault(self, kind: FaultKind, read: Read, message: str) -> Fault:
        return Fault(kind, read.action, "", message, self._sources.clock())

    def _set(self, **readings: Any) -> None:
        self._evidence = replace(self._evidence, now=self._sources.clock(), **readings)
        self.diagnosis = judged(self._evidence)
        for listener in list(self._listeners):
            listener()
