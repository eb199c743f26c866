"""What a plugin says while it forwards, understood; nothing it can say does harm."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.domain.outcome import PluginWord, PluginWords
from smtui.domain.text import harmless
from smtui.plugin.builtin.official_words import stalled
from smtui.plugin.plugin_output import TAIL_BYTES, LineKind, PluginLine, Tail, plain_text, understand, understand_line

# The texts are those of session-manager-plugin 1.2.677.0.
SIZE = TAIL_BYTES // 8
BANNER = "\nStarting session with SessionId: me-0abc\n"


@pytest.mark.parametrize(
    ("tail", "words"),
    [
        ("", PluginWords()),
        ("\n \n", PluginWords()),
        (BANNER, PluginWords(PluginWord.BANNER, session_id="me-0abc")),
        (BANNER + "^C", PluginWords(PluginWord.BANNER, session_id="me-0abc")),
        (BANNER + "$ ls\n", PluginWords(PluginWord.OTHER)),
        ("$ exit\n\n\nExiting session with sessionId: me-0abc.\n\n", PluginWords(PluginWord.EXITED, "", "me-0abc")),
        (
            "out\nEXIT_CODE: 7\n\n\nExiting session with sessionId: a.b@c-0abc.\n\n",
            PluginWords(PluginWord.EXITED, "", "a.b@c-0abc", exit_code=7),
        ),
        (
            "Terminate signal received, exiting.\n\n\nExiting session with sessionId: x.\n\n",
            PluginWords(PluginWord.TERMINATED, "", "x"),
        ),
        (
            "prompt$ \n\nSessionId: x-1 : Your session timed out due to inactivity.\n\n",
            PluginWords(PluginWord.CLOSED, "Your session timed out due to inactivity.", "x-1"),
        ),
        (
            "\n\nSessionId: x : \n----------ERROR-------\nUnable to start command: invalid uid and gid\n\n",
            PluginWords(PluginWord.CLOSED, "----------ERROR-------\nUnable to start command: invalid uid and gid", "x"),
        ),
        ("$ Session: x timed out.\n", PluginWords(PluginWord.TIMED_OUT, "", "x")),
        ("Cannot perform start session: EOF\n", PluginWords(PluginWord.CANNOT_START, "EOF")),
        (
            "Cannot perform start session: listen tcp 127.0.0.1:80: bind: address already in use\n",
            PluginWords(PluginWord.CANNOT_START, "listen tcp 127.0.0.1:80: bind: address already in use"),
        ),
        ("Invalid Operation", PluginWords(PluginWord.MISUSED)),
        (
            "\nUnknown operation version. \nUse session-manager-plugin --version to check the version.\n\n",
            PluginWords(PluginWord.MISUSED, "Unknown operation version."),
        ),
        (
            "panic: runtime error: invalid memory address\n[signal SIGSEGV]\n\ngoroutine 1 [running]:\nmain.main()\n",
            PluginWords(PluginWord.PANIC, "panic: runtime error: invalid memory address"),
        ),
        (
            "Unexpected sequence message received. Received Sequence Number: 9.\n",
            PluginWords(
                PluginWord.UNEXPECTED_SEQUENCE, "Unexpected sequence message received. Received Sequence Number: 9."
            ),
        ),
    ],
)
def test_the_last_words_are_understood(tail: str, words: PluginWords) -> None:
    assert understand(tail) == words


@pytest.mark.parametrize(
    "farewell", ["Exiting session with sessionId: x.", "Session: x timed out.", "Cannot perform start session: EOF"]
)
def test_words_in_the_middle_are_the_remotes(farewell: str) -> None:
    assert understand(f"$ cat log\n{farewell}\nmore\n$ ").word is PluginWord.OTHER


def test_plain_text_has_nothing_that_a_terminal_obeys() -> None:
    dirty = (
        b"\x1b]0;title\x07\x1b[1;31mred\x1b[0m\r\r\n\x1bP+q\x1b\\\x1b(B\x1b=caf\xc3\xa9\x07\x00\r\n"
        b"\xe2\x80\xaeabc\x9b31m\xff\x1b]52;c;never ended"
    )
    assert plain_text(dirty) == "red\ncafé\nabc\ufffd31m\ufffd"


def test_farewells_in_a_terminals_clothes_are_understood() -> None:
    output = b"\x1b[?2004l\r\r\nlogout\r\r\n\r\n\r\nExiting session with sessionId: u-1.\r\r\n\r\n\x1b[0m"
    assert understand(plain_text(output)).word is PluginWord.EXITED


@pytest.mark.parametrize(
    "piece",
    ["0", " ", "\n", "^C", "panic: x\n", "SessionId: x : ", "Exiting session with sessionId: ", "Unexpected sequence",
     "Unknown operation \n", "\x1b]", "\x1b[", "\r", "Terminate signal received, exiting.\n"],
)  # fmt: skip
def test_no_output_makes_understanding_slow(piece: str) -> None:
    """Twice the output takes some twice the time; four times would be quadratic."""
    for lead in ("", BANNER.strip() + " ", "SessionId: x : ", BANNER.strip()):
        short, long = (_taken(lead + piece * size, size) for size in (SIZE, 8 * SIZE))
        assert long < 24 * short, lead


def _taken(output: str, size: int) -> float:
    """Processor seconds, of the quickest time of several."""
    tail = (output[:size] + ".").encode()
    taken = []
    for _ in range(5):
        begun = time.thread_time()
        for _ in range(3):
            understand(plain_text(tail))
        taken.append(time.thread_time() - begun)
    return min(taken)


def test_the_tail_keeps_the_end_alone() -> None:
    tail = Tail()
    for number in range(10_000):
        tail.feed(b"line %d\n" % number)
    assert tail.text().endswith("line 9998\nline 9999\n")
    assert len(tail.text()) == TAIL_BYTES


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Starting session with SessionId: ops-0123", LineKind.BANNER),
        ("Port 5432 opened for sessionId ops-0123.", LineKind.LISTENING),
        ("Unix socket /tmp/my sock opened for sessionId ops-0123.", LineKind.LISTENING),
        ("Waiting for connections...", LineKind.LISTENING),
        ("Connection accepted for session [ops-0123]", LineKind.ACCEPTED),
        ("Connection accepted for session ops-0123.", LineKind.ACCEPTED),
        ("Connection to destination port failed, check SSM Agent logs.", LineKind.REFUSED),
        ("Exiting session with sessionId: ops-0123.", LineKind.BANNER),
        ("Port 5432 opened for tea.", LineKind.WORDS),
        ("Cannot perform start session: EOF", LineKind.WORDS),
    ],
)
def test_the_official_words(line: str, kind: LineKind) -> None:
    assert understand_line(f"{line}\r") == PluginLine(kind, line)


@pytest.mark.parametrize("connection", ["127.0.0.1:50321", ""])
def test_our_own_words_on_a_connection_that_holds_up_the_others(connection: str) -> None:
    said = understand_line(stalled(connection, 4_200_000))
    assert said is not None
    assert said.kind is LineKind.STALLED
    assert said.reports_stall


def test_progress() -> None:
    line = json.dumps({"event": "bytes", "now": 1, "total": 5, "in": 10, "out": 20, "to": "db:1", "local": "x"})
    assert understand_line(line) == PluginLine(LineKind.TRAFFIC, to="db:1", now=1, total=5, bytes_in=10, bytes_out=20)
    assert understand_line('{"event": "opened"}') == PluginLine(LineKind.LISTENING)
    assert understand_line('{"event": "refused", "to": "db\\u001b[2J:1"}') == PluginLine(
        LineKind.REFUSED, to="db␛[2J:1"
    )


@pytest.mark.parametrize("line", ['{"event": "nope"}', '{"event": 1}', "{", "[1]", "{}", '{"now": 3}'])
def test_what_is_no_progress_is_words(line: str) -> None:
    assert understand_line(line) == PluginLine(LineKind.WORDS, line)


@pytest.mark.parametrize("value", ["1", -1, True, 1.5, None, [1]])
def test_numbers_that_are_none_are_left_out(value: object) -> None:
    said = understand_line(json.dumps({"event": "bytes", "total": value}))
    assert said == PluginLine(LineKind.TRAFFIC)


def test_an_empty_line_says_nothing() -> None:
    assert understand_line(" \r") is None


@given(st.text())
def test_nothing_crashes_and_all_of_it_is_harmless(line: str) -> None:
    said = understand_line(line)
    assert said is None or harmless(said.text) == said.text
