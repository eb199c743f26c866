"""What a plugin says while it forwards, understood; nothing it can say does harm."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.domain.text import harmless
from smtui.plugin.forward_words import Kind, Said, understand_line


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Starting session with SessionId: ops-0123", Kind.BANNER),
        ("Port 5432 opened for sessionId ops-0123.", Kind.LISTENING),
        ("Unix socket /tmp/my sock opened for sessionId ops-0123.", Kind.LISTENING),
        ("Waiting for connections...", Kind.LISTENING),
        ("Connection accepted for session [ops-0123]", Kind.ACCEPTED),
        ("Connection accepted for session ops-0123.", Kind.ACCEPTED),
        ("Connection to destination port failed, check SSM Agent logs.", Kind.REFUSED),
        ("Exiting session with sessionId: ops-0123.", Kind.BANNER),
        ("Port 5432 opened for tea.", Kind.WORDS),
        ("Cannot perform start session: EOF", Kind.WORDS),
    ],
)
def test_the_official_words(line: str, kind: Kind) -> None:
    assert understand_line(f"{line}\r") == Said(kind, line)


def test_progress() -> None:
    line = json.dumps({"event": "bytes", "now": 1, "total": 5, "in": 10, "out": 20, "to": "db:1", "local": "x"})
    assert understand_line(line) == Said(Kind.TRAFFIC, to="db:1", now=1, total=5, bytes_in=10, bytes_out=20)
    assert understand_line('{"event": "opened"}') == Said(Kind.LISTENING)
    assert understand_line('{"event": "refused", "to": "db\\u001b[2J:1"}') == Said(Kind.REFUSED, to="db␛[2J:1")


@pytest.mark.parametrize("line", ['{"event": "nope"}', '{"event": 1}', "{", "[1]", "{}", '{"now": 3}'])
def test_what_is_no_progress_is_words(line: str) -> None:
    assert understand_line(line) == Said(Kind.WORDS, line)


@pytest.mark.parametrize("value", ["1", -1, True, 1.5, None, [1]])
def test_numbers_that_are_none_are_left_out(value: object) -> None:
    said = understand_line(json.dumps({"event": "bytes", "total": value}))
    assert said == Said(Kind.TRAFFIC)


def test_an_empty_line_says_nothing() -> None:
    assert understand_line(" \r") is None


@given(st.text())
def test_nothing_crashes_and_all_of_it_is_harmless(line: str) -> None:
    said = understand_line(line)
    assert said is None or harmless(said.text) == said.text
