"""The forms' own rules, without a screen."""

from __future__ import annotations

import pytest

from smtui.domain.document import BrokenDocument, DocumentSide, DocumentSummary, SessionDocument, parse_document
from smtui.domain.forward import Destination, LocalPort, LocalSocket, NotAForward
from smtui.domain.preset import STARTERS, Preset
from smtui.domain.version import Version
from smtui.tui.documents.document_form import DocumentTexts, document_row, matching, note_of, placeholder_of
from smtui.tui.forward.forward_form import ForwardTexts, about, local_of, preset_row, texts_of
from smtui.tui.presets.preset_form import PRESET_FIELDS, key_texts, preset_of, problems
from tests.domain.build import node
from tests.tui.documents.story import AMAZON, OWN, PORTS, content

NODE = node()


def document(name: str) -> SessionDocument:
    parsed = parse_document(name, "", (AMAZON | OWN)[name])
    assert isinstance(parsed, SessionDocument)
    return parsed


# Forward ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "field", "word"),
    [
        (ForwardTexts(port="0"), "port", "from 1 to 65535"),
        (ForwardTexts(port="65536"), "port", "from 1 to 65535"),
        (ForwardTexts(port="abc"), "port", "'abc' is not a port"),
        (ForwardTexts(port="80", host="db internal"), "host", "not a host name"),
        (ForwardTexts(port="80", host="[::1"), "host", ""),
        (ForwardTexts(port="80", local="99999"), "local", "from 1 to 65535"),
        (ForwardTexts(port="80", local="/" + "x" * 200), "local", "too long"),
        (ForwardTexts(port="80", reason="x" * 257), "reason", "257"),
    ],
)
def test_what_cannot_be_forwarded_is_named_at_its_field(texts: ForwardTexts, field: str, word: str) -> None:
    if field == "host" and not word:
        assert texts.complaints() == {}  # a bracket too few is forgiven
        return
    assert list(texts.complaints()) == [field]
    assert word in texts.complaints()[field]


def test_an_empty_form_complains_of_nothing_but_lacks_the_port() -> None:
    assert ForwardTexts().complaints() == {}
    assert list(ForwardTexts().missing()) == ["port"]


def test_the_fields_as_a_forward() -> None:
    made = ForwardTexts(" db.internal ", " 5432", "", " INC-1 ").forward(NODE)
    assert made.destination == Destination(5432, "db.internal")
    assert made.local == LocalPort(0)
    assert made.reason == "INC-1"
    assert ForwardTexts(port="80", local="8080").forward(NODE).local == LocalPort(8080)
    assert ForwardTexts(port="80", local="/tmp/x").forward(NODE).local == LocalSocket("/tmp/x")
    assert ForwardTexts("::1", "80").forward(NODE).destination.host == "::1"


def test_a_preset_fills_the_form_and_the_form_makes_the_same_forward() -> None:
    for preset in STARTERS:
        made = texts_of(preset).forward(NODE)
        assert made.destination == preset.destination
        assert made.local == LocalPort(preset.local_port)


def test_a_preset_keeps_no_socket() -> None:
    assert local_of(ForwardTexts(local="8080")) == "8080"
    with pytest.raises(NotAForward):
        local_of(ForwardTexts(local="/tmp/x"))


def test_what_is_said_of_a_preset() -> None:
    mine = Preset("Shop", Destination(80), target="tag:env=prod", note="the shop")
    assert about(mine) == "on tag:env=prod · yours · the shop"
    assert preset_row(1, mine).cells[0][0] == "1"
    assert preset_row(10, mine).cells[0][0] == ""


# Presets ---------------------------------------------------------------------------------------


def test_every_preset_survives_its_form() -> None:
    mine = Preset("Shop", Destination(80, "db"), "web-1", 8080, "Acme-Port", "a note", ("a b", "-p", "{port}"), "any")
    assert preset_of(key_texts(mine)) == mine
    assert {field.key for field in PRESET_FIELDS} == set(key_texts(mine))


def test_an_empty_preset_complains_only_when_it_is_saved() -> None:
    assert problems({}) == {}
    assert set(problems({}, started=True)) == {"name", "port"}
    assert set(problems({"port": "0", "command": "x {nope}"})) == {"port", "command"}


# Documents -------------------------------------------------------------------------------------


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


def test_what_a_field_says() -> None:
    tail, restart = document("Acme-TailLog"), document("Acme-Restart")
    assert placeholder_of(tail.parameters[0]) == "/var/log/messages  (default)"
    assert placeholder_of(tail.parameters[1]) == "required"
    assert note_of(restart.parameters[0]) == "One of: nginx, sshd."
    assert "commas" in note_of(document("AWS-StartNonInteractiveCommand").parameters[0])


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
