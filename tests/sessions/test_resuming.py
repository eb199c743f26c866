"""Which sessions can be resumed here: shells of one's own that have lost their client, and that no key encrypts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from smtui.domain.document import DocumentSummary
from smtui.engine.offloop import OffLoop
from smtui.sessions.resuming import Resuming, is_in_use, why_not_resumed
from tests.engine.fakes import FakeAws, fault
from tests.sessions.session_fakes import PLACE, FakeRecords, FakeSessions, session

PREFERENCES = "SSM-SessionManagerRunShell"


@pytest.mark.parametrize(
    ("changes", "mine", "told"),
    [
        ({}, True, ""),
        ({"status": "Disconnected"}, True, ""),
        ({"status": "Disconnected"}, None, ""),
        ({"document_name": "AWS-StartInteractiveCommand"}, True, ""),
        ({"document_name": "Acme-Shell"}, True, ""),
        ({}, False, "someone else's"),
        ({"status": "Connecting"}, True, "connecting right now"),
        ({"status": "Terminated"}, True, "has ended"),
        ({"status": "Failed"}, True, "has ended"),
        ({"document_name": "AWS-StartPortForwardingSession"}, True, "Only shells"),
        ({"document_name": "AWS-StartSSHSession"}, True, "Only shells"),
        ({"document_name": "AWS-StartNonInteractiveCommand"}, True, "Only shells"),
    ],
)
def test_by_what_the_list_tells(changes: dict[str, Any], mine: bool | None, told: str) -> None:
    why = why_not_resumed(session("s", **changes), mine=mine)
    assert told in why
    assert bool(told) is bool(why)


def test_who_is_in_the_way() -> None:
    assert is_in_use(session("s"))
    assert not is_in_use(session("s", status="Disconnected"))


def resuming(aws: FakeAws, *, read_only: bool = False) -> Resuming:
    return Resuming(lambda _: aws, FakeRecords({PLACE: FakeSessions()}), OffLoop(), read_only=read_only)


def document(name: str, session_type: str, **inputs: str) -> tuple[DocumentSummary, str]:
    content = {"schemaVersion": "1.0", "description": "", "sessionType": session_type, "inputs": inputs}
    return DocumentSummary(name, ""), json.dumps(content)


async def test_an_encrypted_account_resumes_nothing() -> None:
    aws = FakeAws(documents=dict([document(PREFERENCES, "Standard_Stream", kmsKeyId="alias/key")]))
    assert "only the program that started it has that key" in await resuming(aws).refusal(session("s"), mine=True)
    aws = FakeAws(documents=dict([document(PREFERENCES, "Standard_Stream", kmsKeyId="")]))
    assert await resuming(aws).refusal(session("s"), mine=True) == ""


async def test_preferences_that_may_not_be_read_forbid_nothing() -> None:
    aws = FakeAws(failing={"ssm:GetDocument": fault("ssm:GetDocument")})
    assert await resuming(aws).refusal(session("s"), mine=True) == ""


@pytest.mark.parametrize(
    ("session_type", "told"),
    [("Standard_Stream", ""), ("InteractiveCommands", ""), ("Port", "Only shells"), ("NonInteractiveCommands", "Only")],
)
async def test_a_document_of_ones_own_has_to_start_a_shell(session_type: str, told: str) -> None:
    aws = FakeAws(documents=dict([document("Acme-Shell", session_type)]))
    refusal = await resuming(aws).refusal(session("s", document_name="Acme-Shell"), mine=True)
    assert told in refusal
    assert bool(told) is bool(refusal)
    assert aws.calls[0] == "ssm:GetDocument"


async def test_a_document_that_may_not_be_read_is_not_taken_for_a_shell() -> None:
    aws = FakeAws(failing={"ssm:GetDocument": fault("ssm:GetDocument")})
    assert "Acme-Shell is not known" in await resuming(aws).refusal(session("s", document_name="Acme-Shell"), mine=True)


async def test_read_only_resumes_nothing() -> None:
    aws = FakeAws()
    assert "smtui is read-only" in await resuming(aws, read_only=True).refusal(session("s"), mine=True)
    assert aws.calls == []
