"""Documents of a place: listed by owner, read once in a while, used ones first."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from smtui.domain.document import (
    DEFAULT_DOCUMENT,
    BrokenDocument,
    DocumentSide,
    DocumentSummary,
    SessionDocument,
    SessionType,
)
from smtui.domain.document_history import DocumentHistory
from smtui.domain.fault import AwsCallFailed, Fault
from smtui.domain.place import Place
from smtui.engine.document_library import DocumentLibrary
from smtui.engine.offloop import OffLoop
from tests.engine.fakes import FakeAws, FakePlaces, fault

HERE = Place()
NODE = "i-0000000000000000a"
AMAZONS = DocumentSummary("AWS-StartSSHSession", "Amazon", DocumentSide.AMAZON)
OWN = DocumentSummary("Acme-Tail", "111122223333", DocumentSide.SELF)
OWN_TOO = DocumentSummary("acme-exit", "111122223333", DocumentSide.SELF)
SHARED = DocumentSummary("arn:aws:ssm:eu-west-1:4:document/Z", "4", DocumentSide.PRIVATE)


def content(**parts: Any) -> str:
    return json.dumps({"schemaVersion": "1.0", "sessionType": "InteractiveCommands", **parts})


def library_of(aws: FakeAws, off_loop: OffLoop | None = None, **parts: Any) -> DocumentLibrary:
    return DocumentLibrary(off_loop or OffLoop(), FakePlaces(aws), **parts)


def full_aws() -> FakeAws:
    return FakeAws(documents=dict.fromkeys([AMAZONS, OWN, SHARED, OWN_TOO], content()))


class FakeMemory:
    def __init__(self, kept: DocumentHistory) -> None:
        self.kept = kept
        self.added = asyncio.Event()
        self.may_write = threading.Event()
        self.may_write.set()
        self._loop = asyncio.get_running_loop()

    def load(self) -> DocumentHistory:
        return self.kept

    def add(self, document_name: str, node_id: str, texts: Mapping[str, str]) -> bool:
        self.may_write.wait(60)
        self.kept = self.kept.with_entry(document_name, node_id, texts)
        self._loop.call_soon_threadsafe(self.added.set)
        return True

    def keep_names(self, names: Sequence[str]) -> None:
        self.names = list(names)


async def test_own_documents_come_first_then_shared_then_amazons() -> None:
    listed = await library_of(full_aws()).summaries(HERE)
    assert listed.documents == (OWN_TOO, OWN, SHARED, AMAZONS)
    assert listed.problems == ()


async def test_the_names_that_were_listed_are_kept_and_the_nearest_is_found() -> None:
    memory, off_loop = FakeMemory(DocumentHistory()), OffLoop()
    library = library_of(full_aws(), off_loop, memory=memory)
    assert await library.near(HERE, OWN.name.lower()[:-1]) == OWN.name
    assert await library.near(HERE, "xyzzy") == ""
    await off_loop.settle(60)
    assert memory.names == sorted([OWN_TOO.name, OWN.name, SHARED.name, AMAZONS.name])


async def test_a_denied_owner_costs_its_own_documents_alone() -> None:
    aws = full_aws()
    aws.denied_sides = {DocumentSide.PRIVATE, DocumentSide.AMAZON}
    library = library_of(aws)
    listed = await library.summaries(HERE)
    assert listed.documents == (OWN_TOO, OWN)
    assert listed.problems == ("ssm:ListDocuments was denied.",)
    aws.denied_sides = set()
    assert len((await library.summaries(HERE)).documents) == 4, "a denied list must be asked for again"


async def test_a_list_and_a_document_are_read_once_in_a_while() -> None:
    now = 0.0
    aws = full_aws()
    library = library_of(aws, clock=lambda: now)
    for _ in range(2):
        await library.summaries(HERE)
        await library.document(HERE, OWN.name)
    assert aws.calls == ["ssm:ListDocuments"] * 3 + ["ssm:GetDocument"]
    now = 301.0
    await library.summaries(HERE)
    await library.document(HERE, OWN.name)
    assert aws.calls[4:] == ["ssm:ListDocuments"] * 3 + ["ssm:GetDocument"]


async def test_a_document_knows_its_owner_once_it_is_listed() -> None:
    library = library_of(full_aws())
    await library.summaries(HERE)
    document = await library.document(HERE, SHARED.name)
    assert isinstance(document, SessionDocument)
    assert document.owner == "4"


async def test_the_accounts_preferences_need_not_exist() -> None:
    document = await library_of(FakeAws()).document(HERE, DEFAULT_DOCUMENT)
    assert isinstance(document, SessionDocument)
    assert document.session_type is SessionType.STANDARD_STREAM
    with pytest.raises(AwsCallFailed):
        await library_of(FakeAws()).document(HERE, "Acme-Nope")


async def test_denied_preferences_are_not_taken_for_missing_ones() -> None:
    aws = FakeAws(failing={"ssm:GetDocument": fault("ssm:GetDocument")})
    with pytest.raises(AwsCallFailed):
        await library_of(aws).document(HERE, DEFAULT_DOCUMENT)


async def test_reading_all_keeps_the_broken_and_the_unreadable() -> None:
    aws = FakeAws(documents={OWN: content(), OWN_TOO: "not json"})
    unknown = DocumentSummary("Acme-Gone", "1")
    good, broken, gone = await library_of(aws).read_all(HERE, [OWN, OWN_TOO, unknown])
    assert isinstance(good, SessionDocument)
    assert isinstance(broken, BrokenDocument)
    assert isinstance(gone, Fault)


async def test_what_was_used_last_comes_first_and_is_offered_again() -> None:
    library = library_of(full_aws())
    library.remember(AMAZONS.name, NODE, {"portNumber": "22"})
    library.remember(OWN.name, NODE, {"path": "/var/log/a", "apiKey": "s3cret"})
    assert (await library.summaries(HERE)).documents == (OWN, AMAZONS, OWN_TOO, SHARED)
    assert library.remembered(OWN.name, NODE) == {"path": "/var/log/a"}
    assert library.remembered(OWN.name, "i-0000000000000000b") == {}


async def test_the_memory_is_read_before_the_first_answer_and_written_to() -> None:
    memory = FakeMemory(DocumentHistory().with_entry(SHARED.name, NODE, {"a": "1"}))
    library = library_of(full_aws(), memory=memory)
    assert (await library.summaries(HERE)).documents[0] == SHARED
    assert library.remembered(SHARED.name, NODE) == {"a": "1"}
    library.remember(OWN.name, NODE, {"b": "2"})
    await asyncio.wait_for(memory.added.wait(), 60)
    assert memory.kept.recent == (OWN.name, SHARED.name)


async def test_what_is_being_written_is_written_before_the_end() -> None:
    memory, off_loop = FakeMemory(DocumentHistory()), OffLoop()
    memory.may_write.clear()
    library = library_of(full_aws(), off_loop, memory=memory)
    library.remember(OWN.name, NODE, {"path": "/var/log/a"})

    ending = asyncio.ensure_future(off_loop.settle(10))
    await asyncio.sleep(0)
    assert not ending.done()
    memory.may_write.set()
    await ending

    assert memory.kept.texts(OWN.name, NODE) == {"path": "/var/log/a"}
