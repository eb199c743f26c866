"""Lists and reads the session documents of every place, and remembers how they were used."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtui.domain.document import (
    DEFAULT_DOCUMENT,
    BrokenDocument,
    DocumentSide,
    DocumentSummary,
    SessionDocument,
    SessionType,
    parse_document,
)
from smtui.domain.document_history import DocumentHistory
from smtui.domain.fault import AwsCallFailed, Fault, FaultKind

if TYPE_CHECKING:
    from smtui.domain.place import Place
    from smtui.engine.offloop import OffLoop
    from smtui.engine.protocols import AwsPlaces, DocumentMemory

KEPT_SECONDS = 300.0
"""Seconds that a list or a document counts as current: somebody may be editing it in the console."""
_READ_AT_ONCE = 4
"""AWS does not publish the rate limit of GetDocument."""
_ORDER = {DocumentSide.SELF: 0, DocumentSide.PRIVATE: 1, DocumentSide.AMAZON: 2}
UNSAVED_PREFERENCES = "The account's shell. Its preferences have not been saved here, so AWS's defaults apply."

Document = SessionDocument | BrokenDocument


@dataclass(frozen=True, slots=True)
class DocumentList:
    """Recently used ones first, then the account's own, shared ones, Amazon's."""

    documents: tuple[DocumentSummary, ...] = ()
    faults: tuple[Fault, ...] = ()
    """Why some owner's documents could not be listed."""

    @property
    def problems(self) -> tuple[str, ...]:
        """The faults as sentences, each once."""
        return tuple(dict.fromkeys(fault.sentence() for fault in self.faults))


@dataclass(frozen=True, slots=True)
class _Listed:
    at: float
    documents: tuple[DocumentSummary, ...]
    faults: tuple[Fault, ...]


class DocumentLibrary:
    """Lives on the event loop; AWS is called off it. Without a memory nothing is kept after the program ends."""

    def __init__(
        self,
        off_loop: OffLoop,
        aws_places: AwsPlaces,
        memory: DocumentMemory | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._off_loop = off_loop
        self._aws_places = aws_places
        self._memory = memory
        self._clock = clock
        self._lists: dict[Place, _Listed] = {}
        self._documents: dict[tuple[Place, str], tuple[float, Document]] = {}
        self._remembered = DocumentHistory()
        self._recalled = False
        self._recalling = asyncio.Lock()

    async def summaries(self, place: Place) -> DocumentList:
        """Every session document that the place lets us list; a failed listing is tried again next time."""
        await self._recall()
        listed = self._lists.get(place)
        if listed is None or listed.faults or not self._current(listed.at):
            listed = await self._list(place)
            self._lists[place] = listed
            if listed.documents:
                self._keep_names()
        return DocumentList(self._ordered(listed.documents), listed.faults)

    async def document(self, place: Place, name: str) -> Document:
        """One document; raises `AwsCallFailed`. Account preferences that were never saved are not a failure."""
        await self._recall()
        kept = self._documents.get((place, name))
        if kept is not None and self._current(kept[0]):
            return kept[1]
        document = await self._read(place, name)
        self._documents[place, name] = (self._clock(), document)
        return document

    async def read_all(self, place: Place, summaries: Sequence[DocumentSummary]) -> list[Document | Fault]:
        """These documents in the same order, each read, or the fault that prevented it."""
        room = asyncio.Semaphore(_READ_AT_ONCE)

        async def read(summary: DocumentSummary) -> Document | Fault:
            async with room:
                try:
                    return await self.document(place, summary.name)
                except AwsCallFailed as failed:
                    return failed.fault

        return list(await asyncio.gather(*map(read, summaries)))

    def remembered(self, document_name: str, node_id: str) -> dict[str, str]:
        """The last typed values for this document and node, by parameter; known after the first list or document."""
        return dict(self._remembered.texts(document_name, node_id))

    def remember(self, document_name: str, node_id: str, texts: Mapping[str, str]) -> None:
        """Remember these values as the last ones. Secrets are left out; the file is written in the background."""
        self._remembered = self._remembered.with_entry(document_name, node_id, texts)
        memory = self._memory
        if memory is not None:
            kept = dict(texts)
            self._off_loop.change(lambda: memory.add(document_name, node_id, kept), "keeping the typed values")

    async def near(self, place: Place, name: str) -> str:
        """The name of a document of the place that was most likely meant; empty if none is near."""
        from smtui.domain.query.near_words import near_word

        return near_word(name, [summary.name for summary in (await self.summaries(place)).documents])

    def _keep_names(self) -> None:
        memory = self._memory
        if memory is not None:
            names = sorted({summary.name for listed in self._lists.values() for summary in listed.documents})
            self._off_loop.change(lambda: memory.keep_names(names), "keeping the names of documents")

    async def _recall(self) -> None:
        async with self._recalling:
            if self._memory is not None and not self._recalled:
                self._remembered = await self._off_loop.call(self._memory.load)
                self._recalled = True

    async def _list(self, place: Place) -> _Listed:
        sides = await asyncio.gather(*(self._side(place, side) for side in DocumentSide))
        found = {
            summary.name: summary for documents, _ in reversed(sides) for summary in documents
        }  # its own side wins
        return _Listed(self._clock(), tuple(found.values()), tuple(fault for _, fault in sides if fault is not None))

    async def _side(self, place: Place, side: DocumentSide) -> tuple[list[DocumentSummary], Fault | None]:
        """One owner's documents; the pages before a failure count."""
        found: list[DocumentSummary] = []
        try:
            async for page in self._off_loop.stream(lambda: self._aws_places.at(place).session_documents(side)):
                found += page
        except AwsCallFailed as failed:
            return found, failed.fault
        return found, None

    async def _read(self, place: Place, name: str) -> Document:
        try:
            read = await self._off_loop.call(lambda: self._aws_places.at(place).document(name))
        except AwsCallFailed as failed:
            if name == DEFAULT_DOCUMENT and failed.fault.kind is FaultKind.INVALID_DOCUMENT:
                return SessionDocument(name, "", SessionType.STANDARD_STREAM, UNSAVED_PREFERENCES)
            raise
        return parse_document(name, self._owner(place, name), read.content, read.version)

    def _owner(self, place: Place, name: str) -> str:
        listed = self._lists.get(place)
        found = (summary.owner for summary in listed.documents if summary.name == name) if listed else ()
        return next(iter(found), "")

    def _ordered(self, documents: Sequence[DocumentSummary]) -> tuple[DocumentSummary, ...]:
        used = {name: rank for rank, name in enumerate(self._remembered.recent)}
        return tuple(
            sorted(
                documents,
                key=lambda summary: (used.get(summary.name, len(used)), _ORDER[summary.side], summary.label.casefold()),
            )
        )

    def _current(self, at: float) -> bool:
        return self._clock() - at < KEPT_SECONDS
