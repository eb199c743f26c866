"""The last lines of both plugins' logs are shown harmless, without tokens, and never whole if they are long."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from smtui.store.debug_logs import TAIL_BYTES, DebugLogs


def logs(tmp_path: Path, **variables: str) -> DebugLogs:
    return DebugLogs({"SMTUI_STATE_DIR": str(tmp_path / "state"), **variables})


def test_our_own_log_is_switched(tmp_path: Path) -> None:
    files = logs(tmp_path)
    assert not files.own().is_on
    assert "nothing that is typed" in files.switch_own(True).text
    assert files.own().is_on
    files.switch_own(False)
    assert not files.own().is_on


def test_the_variable_beats_the_switch(tmp_path: Path) -> None:
    files = logs(tmp_path, SMTUI_PLUGIN_LOG=str(tmp_path / "own.log"))
    assert files.own().fixed_by == "SMTUI_PLUGIN_LOG"
    assert "as long as it does" in files.switch_own(True).text
    assert not logs(tmp_path).own().is_on


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    assert "not switched" in logs(tmp_path).switch_own(True).text


def test_the_end_of_a_long_log_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("".join(f"line {number}\n" for number in range(100_000)))
    lines = logs(tmp_path).tail(str(path))
    assert lines[-1] == "line 99999"
    assert lines[0].startswith("line ")
    assert sum(map(len, lines)) <= TAIL_BYTES


def test_escapes_and_tokens_are_taken_out(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    token = "AAEAAd0123456789" * 12
    path.write_bytes(b'\x1b]0;title\x07\x1b[2J{"TokenValue":"secret-1"} ' + token.encode() + b" \xff\r\nnext\x00\n")
    lines = logs(tmp_path).tail(str(path))
    assert lines[-1] == "next␀"
    assert "\x1b" not in lines[0]
    assert "secret-1" not in lines[0]
    assert "AAEAAd" not in lines[0]


def test_no_log_is_no_failure(tmp_path: Path) -> None:
    assert logs(tmp_path).tail(str(tmp_path / "none.log")) == (f"There is no log yet: {tmp_path / 'none.log'}",)
    empty = tmp_path / "empty.log"
    empty.touch()
    assert logs(tmp_path).tail(str(empty)) == ()


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.log")
    assert "cannot be read" in logs(tmp_path).tail(str(tmp_path / "pipe.log"))[0]
