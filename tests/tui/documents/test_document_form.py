"""The rules of the document's form, without a screen."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from smtui.domain.document import (
    DEFAULT_DOCUMENT,
    BrokenDocument,
    DocumentSide,
    DocumentSummary,
    SessionDocument,
    SessionType,
    parse_document,
)
from smtui.domain.fault import Fault
from smtui.domain.forward import Destination, LocalPort
from smtui.domain.version import Version
from smtui.tui.documents.document_form import (
    DocumentTexts,
    can_start,
    document_row,
    facts_of,
    matching,
    note_of,
    placeholder_of,
    user_words,
)
from tests.domain.build import node
from tests.engine.fakes import fault
from tests.tui.documents.story import AMAZON, OWN, PORTS, content

NODE = node()


def document(name: str) -> SessionDocument:
    parsed = parse_document(name, "", (AMAZON | OWN)[name])
    assert isinstance(parsed, SessionDocument)
    return parsed


def test_documents_are_found_by_words_of_their_names() -> None:
    summaries = tuple(DocumentSummary(name, "111122223333", DocumentSide.SELF) for name in AMAZON | OWN)
    assert [found.name for found in matching(summaries, "acme tail")] == ["Acme-TailLog"]
    assert len(matching(summaries, "")) == len(summaries)
    assert matching(summaries, "zzz") == []


def test_a_document_that_the_agent_is_too_old_for_says_what_it_needs() -> None:
    summary = DocumentSummary("Acme-Restart", "1")
    read = document("Acme-Restart")
    assert document_row(summary, read, Version.of("2.3.701.0")).cells[1][0] == "needs 3.0.1124.0"
    assert document_row(summary, read, Version.of("3.3.0.0")).cells[1][0] == "command"
    assert document_row(summary, BrokenDocument("x", "1", "bad"), None).cells[1][0] == "broken"
    assert document_row(summary, None, None).cells[1][0] == "…"


def test_what_cannot_start_from_here_is_known() -> None:
    new, old = Version.of("3.3.0.0"), Version.of("2.3.701.0")
    assert can_start(document("Acme-Restart"), new)
    assert not can_start(document("Acme-Restart"), old), "the agent is too old"
    assert not can_start(document("AWS-StartSSHSession"), new), "it listens on no local port"
    assert not can_start(BrokenDocument("x", "1", "bad"), new)
    assert can_start(None, new), "not read yet"


def test_what_a_field_says() -> None:
    tail, restart = document("Acme-TailLog"), document("Acme-Restart")
    assert placeholder_of(tail.parameters[0]) == "/var/log/messages  (default)"
    assert placeholder_of(tail.parameters[1]) == "required"
    assert note_of(restart.parameters[0]) == "One of: nginx, sshd."
    assert "commas" in note_of(document("AWS-StartNonInteractiveCommand").parameters[0])


def preferences(**inputs: Any) -> SessionDocument:
    text = {"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs}
    read = parse_document(DEFAULT_DOCUMENT, "111122223333", json.dumps(text), "7")
    assert isinstance(read, SessionDocument)
    return read


NEVER_SAVED = SessionDocument(DEFAULT_DOCUMENT, "", SessionType.STANDARD_STREAM)
DENIED = fault("ssm:GetDocument")


@pytest.mark.parametrize(
    ("read", "logged", "user"),
    [
        (preferences(s3BucketName="b"), "logged to S3", "– the account's preferences decide (run-as is off)"),
        (
            preferences(cloudWatchLogGroupName="g", s3BucketName="b", runAsEnabled=True, runAsDefaultUser="ops"),
            "logged to S3 and CloudWatch",
            "– the account's preferences decide (run-as is on: ops, or the one that your tag SSMSessionRunAs names)",
        ),
        (
            preferences(s3BucketName="{{ b }}", runAsEnabled="{{ r }}"),
            "logging left to each session",
            "– the account's preferences decide (run-as is left to each session)",
        ),
        (NEVER_SAVED, "not logged", "– AWS's defaults decide (run-as is off)"),
        (DENIED, "logging not known", "– not known: the account's preferences could not be read"),
        (None, "logged …", "…"),
    ],
)
def test_nothing_is_claimed_of_a_document_that_was_not_read(
    read: SessionDocument | Fault | None, logged: str, user: str
) -> None:
    tail = parse_document("Acme-TailLog", "111122223333", OWN["Acme-TailLog"], "3")
    assert isinstance(tail, SessionDocument)
    assert facts_of(tail, read) == f"version 3 · owner 111122223333 · {logged}"
    assert user_words(tail, read, on_windows=False) == user


def test_what_decides_on_logs_and_users_depends_on_the_kind_of_session() -> None:
    logs = preferences(s3BucketName="b")
    port = document("AWS-StartPortForwardingSession")
    assert facts_of(port, logs) == "version not known · owner not known · never logged"
    assert user_words(port, logs, on_windows=False) == ""
    shell = replace(preferences(), name="Acme-Shell")
    assert facts_of(shell, logs) == "version 7 · owner 111122223333 · not logged", "its own inputs count"
    assert user_words(shell, logs, on_windows=False) == "– the document decides (run-as is off)"
    assert facts_of(NEVER_SAVED, None) == "never saved · not logged"
    assert user_words(document("Acme-TailLog"), logs, on_windows=True) == "– run-as does not apply to Windows"


def test_what_is_empty_is_left_to_the_document() -> None:
    texts = DocumentTexts(document("AWS-StartNonInteractiveCommand"), {"command": "ls, -l"})
    assert texts.given() == {"command": ("ls", "-l")}
    assert DocumentTexts(document("Acme-TailLog"), {"logpath": ""}).given() == {}


def test_complaints_wait_for_the_user_unless_something_is_typed() -> None:
    restart = document("Acme-Restart")
    assert DocumentTexts(restart, {}).complaints() == {}
    assert "service is required" in DocumentTexts(restart, {}).complaints(started=True)["service"]
    assert "one of nginx, sshd" in DocumentTexts(restart, {"service": "cron"}).complaints()["service"]


def test_a_port_document_becomes_a_tunnel() -> None:
    remote = document("AWS-StartPortForwardingSessionToRemoteHost")
    made = DocumentTexts(remote, {"host": "db.internal", "portNumber": "5432"}, "why").forward(NODE)
    assert (made.destination, made.local, made.document) == (Destination(5432, "db.internal"), LocalPort(0), "")
    assert made.reason == "why"
    plain = DocumentTexts(document("AWS-StartPortForwardingSession"), {"portNumber": "80", "localPortNumber": "8080"})
    assert plain.forward(NODE).local == LocalPort(8080)


def test_the_document_for_ssh_is_refused_with_what_to_do() -> None:
    texts = DocumentTexts(document("AWS-StartSSHSession"), {})
    assert "ssh-proxy" in texts.refusal
    assert not texts.is_tunnel


def test_a_port_document_that_decides_the_port_itself_runs_in_the_terminal() -> None:
    web = parse_document("Acme-ForwardWeb", "", content("Port", "", {"localPortNumber": PORTS["localPortNumber"]}))
    assert isinstance(web, SessionDocument)
    texts = DocumentTexts(web, {})
    assert (texts.is_tunnel, texts.refusal) == (False, "")
    assert DocumentTexts(document("AWS-StartPortForwardingSession"), {}).is_tunnel
    assert not DocumentTexts(document("Acme-TailLog"), {}).is_tunnel
