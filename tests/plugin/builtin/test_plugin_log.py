"""The file of the plugin's log: whose it is, how large it gets, and that no disk delays a session."""

from __future__ import annotations

import errno
import os
import stat
import sys
import threading
from pathlib import Path

import pytest
from platformdirs.macos import MacOS
from platformdirs.unix import Unix

from smtui.plugin.builtin import invocation
from smtui.plugin.builtin.log_lines import FrameFacts
from smtui.plugin.builtin.plugin_log import LogFile, PluginLog
from tests.waiting import wait_until

posix = pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")


def ended(log: PluginLog) -> str:
    """Close it, and let even a busy machine write it to its end."""
    log.close()
    log._thread.join(60)
    assert not log._thread.is_alive()
    return log.close()


def test_what_is_noted_is_appended_in_order(tmp_path: Path) -> None:
    path = tmp_path / "log"
    for session in ("s-1", "s-2"):
        log = PluginLog(str(path), session)
        log.note("began")
        log.frame(FrameFacts(True, "input", 0, 3))
        log.note("ended")
        assert ended(log) == ""
        log.note("too late")
    lines = [line.split(" ", 3)[1::2] for line in path.read_text("utf-8").splitlines()]
    total = "in all: sent 1 messages, 3 bytes; received 0 messages, 0 bytes"
    expected = ["began", "> input #0, 3 bytes", "ended", total]
    assert lines == [[session, words] for session in ("s-1", "s-2") for words in expected]


@posix
def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.touch(mode=0o644)
    ended(PluginLog(str(path), "s-1"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@posix
@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "device", "missing"])
def test_nothing_but_a_regular_file_is_written_to(kind: str, tmp_path: Path) -> None:
    path, target = tmp_path / "log", tmp_path / "another's"
    target.write_text("untouched")
    if kind == "link":
        path.symlink_to(target)
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "device":
        path = Path("/dev/null")
    else:
        path = tmp_path / "no" / "folder"
    log = PluginLog(str(path), "s-1")
    log.note("began")
    why = ended(log)
    assert why.startswith(f"smtui: the plugin's log {path} could not be written: ")
    assert target.read_text() == "untouched"


def test_a_full_file_is_renamed_and_the_newest_lines_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "log"
    file = LogFile(str(path), 1_000)
    file.open()
    for number in range(100):
        file.write(b"%03d %s\n" % (number, b"x" * 95))
    file.close()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["log", "log.1"]
    kept = (tmp_path / "log.1").read_text().splitlines() + path.read_text().splitlines()
    assert [int(line[:3]) for line in kept] == list(range(100 - len(kept), 100))
    assert all(entry.stat().st_size <= 1_000 for entry in tmp_path.iterdir())


def test_two_plugins_that_find_it_full_rename_it_once(tmp_path: Path) -> None:
    path = tmp_path / "log"
    first, second = LogFile(str(path), 100), LogFile(str(path), 100)
    for file in (first, second):
        file.open()
    first.write(b"a" * 90 + b"\n")
    first.write(b"first\n" * 3)
    second.write(b"second\n" * 3)
    for file in (first, second):
        file.close()
    assert (tmp_path / "log.1").read_text().startswith("aaa")
    assert path.read_text() == "first\n" * 3 + "second\n" * 3


def test_a_full_file_that_somebody_removed_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "log"
    file = LogFile(str(path), 100)
    file.open()
    file.write(b"a" * 90 + b"\n")
    path.unlink()
    file.write(b"newest lines\n")
    file.close()
    assert [entry.name for entry in tmp_path.iterdir()] == ["log"]
    assert path.read_text() == "newest lines\n"


def test_the_last_messages_are_written_within_a_second_while_the_session_hangs(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log = PluginLog(str(path), "s-1")
    log.frame(FrameFacts(False, "output", 0, 3))
    wait_until(lambda: path.exists() and "< output #0, 3 bytes" in path.read_text())
    assert ended(log) == ""


class SlowDisk:
    """A disk that takes nothing until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.written = bytearray()
        self.reached = threading.Event()
        self.free = threading.Event()
        monkeypatch.setattr(LogFile, "write", self.write)

    def write(self, lines: bytes) -> None:
        self.reached.set()
        self.free.wait(60)
        self.written += lines


def test_a_slow_disk_delays_nobody_and_what_is_missing_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = SlowDisk(monkeypatch)
    log = PluginLog(str(tmp_path / "log"), "s-1", most_pending=10)
    log.note("the first")
    assert disk.reached.wait(60)
    for number in range(25):
        log.note(f"number {number}")
    assert len(log._entries) == 10
    disk.free.set()
    assert ended(log) == ""
    text = disk.written.decode()
    assert "number 9" in text
    assert "number 10" not in text
    assert "15 entries are missing: the disk is too slow" in text


def test_a_disk_that_hangs_does_not_hold_up_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = SlowDisk(monkeypatch)
    monkeypatch.setattr("smtui.plugin.builtin.plugin_log._CLOSING_SECONDS", 0.01)
    log = PluginLog(str(tmp_path / "log"), "s-1")
    log.note("the first")
    assert disk.reached.wait(60)
    log.close()
    assert log._thread.is_alive()
    assert log._thread.daemon
    disk.free.set()
    log._thread.join(60)


def test_a_full_disk_ends_the_log_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(LogFile, "write", full)
    log = PluginLog(str(tmp_path / "log"), "s-1")
    log.note("the first")
    log._thread.join(60)
    log.note("the second")
    assert not log._entries
    assert ended(log).endswith("could not be written: No space left on device.\n")


# Whether there is a log ---------------------------------------------------------------------------


def test_there_is_a_log_where_the_variable_names_it_or_the_switch_is_on(tmp_path: Path) -> None:
    environ = {"SMTUI_STATE_DIR": str(tmp_path)}
    assert invocation.log_path(environ) == ""
    (tmp_path / invocation.LOG_SWITCH).touch()
    assert invocation.log_path(environ) == str(tmp_path / "plugin.log")
    assert invocation.log_path({**environ, "SMTUI_PLUGIN_LOG": "/elsewhere"}) == "/elsewhere"


@pytest.mark.parametrize("xdg", ["", "/of/mine", "relative"])
@pytest.mark.parametrize(("system", "platform"), [(Unix, "linux"), (MacOS, "darwin")])
def test_the_folder_of_the_switch_is_platformdirs(
    system: type[Unix | MacOS], platform: str, xdg: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", xdg)
    monkeypatch.setenv("XDG_CONFIG_HOME", xdg)
    monkeypatch.setattr(sys, "platform", platform)
    nothing = os.environ | {"SMTUI_STATE_DIR": "", "SMTUI_CONFIG_DIR": ""}
    assert invocation.state_folder(nothing) == system("smtui", False).user_state_path
    assert invocation.config_folder(nothing) == system("smtui", False).user_config_path
