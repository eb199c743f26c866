from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from smtui.recording import recorder as recorder_module
from smtui.recording.asciicast import read_event, read_header
from smtui.recording.cast_file import CastFile
from smtui.recording.not_recorded import NotRecorded
from smtui.recording.recorder import Recorder
from smtui.recording.recordings import Recordings, file_stem
from tests.waiting import wait_until


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def made(path: Path, **options: Any) -> Recorder:
    return Recorder(str(path), "web-1", began_at=1_700_000_000.9, **options)


def events(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_recording_holds_output_and_sizes_and_when_they_came(tmp_path: Path) -> None:
    clock, path = Clock(), tmp_path / "a.cast"
    recording = made(path, clock=clock, environment={"TERM": "xterm"})
    recording.resized(24, 80)
    clock.now += 1.5
    recording.shown(b"h\xc3")
    recording.shown(b"\xa9llo\r\n\x1b[1m")
    clock.now += 1
    recording.resized(24, 80)
    recording.resized(30, 100)
    recording.shown(b"\xf0\x9f")
    assert recording.close() == f"The session is recorded in {path}."
    assert events(path) == [
        {
            "version": 2,
            "width": 80,
            "height": 24,
            "timestamp": 1_700_000_000,
            "title": "web-1",
            "env": {"TERM": "xterm"},
        },
        [1.5, "o", "h"],
        [1.5, "o", "éllo\r\n\x1b[1m"],
        [2.5, "r", "100x30"],
        [2.5, "o", "\N{REPLACEMENT CHARACTER}"],
    ]


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made(tmp_path / "a.cast")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.cast").stat().st_mode) == 0o600


@pytest.mark.parametrize("kind", ["file", "link", "dangling"])
def test_nothing_is_overwritten_or_followed(tmp_path: Path, kind: str) -> None:
    path, other = tmp_path / "a.cast", tmp_path / "other"
    if kind != "dangling":
        other.write_text("kept")
    if kind == "file":
        other.rename(path)
    else:
        path.symlink_to(other)
    with pytest.raises(NotRecorded, match="exists already, and a recording overwrites nothing"):
        made(path)
    if kind == "dangling":
        assert not other.exists()
    else:
        assert path.read_text() == "kept"


def test_a_file_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    with pytest.raises(NotRecorded, match=r"cannot be written: No such file or directory\.$"):
        made(tmp_path / "none" / "a.cast")
    with pytest.raises(NotRecorded, match=r"cannot be written: embedded null byte\.$"):
        made(tmp_path / "a\0.cast")


def test_the_file_of_a_session_that_never_began_is_removed(tmp_path: Path) -> None:
    recording = made(tmp_path / "a.cast")
    recording.shown(b"too early")
    assert recording.close() == ""
    assert list(tmp_path.iterdir()) == []


def test_it_is_written_as_the_session_goes(tmp_path: Path) -> None:
    path = tmp_path / "a.cast"
    recording = made(path)
    recording.resized(24, 80)
    recording.shown(b"hello")
    wait_until(lambda: b"hello" in path.read_bytes())
    recording.close()


@pytest.mark.integration
def test_a_kill_costs_no_more_than_the_line_that_is_being_written(tmp_path: Path) -> None:
    path = tmp_path / "a.cast"
    code = (
        "import os; from smtui.recording.recorder import Recorder\n"
        f"r = Recorder({str(path)!r}, 'x', began_at=0); r.resized(24, 80)\n"
        "while True: r.shown(b'x' * 100_000)"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    wait_until(lambda: path.exists() and path.stat().st_size > 3_000_000)
    process.kill()
    process.wait()
    header, *lines = path.read_bytes().splitlines(keepends=True)
    read_header(header)
    # The kernel may give up a write in its middle when the writer is killed.
    whole = [read_event(line).text for line in lines if line.endswith(b"\n")]
    assert len(whole) > 20
    assert len(lines) - len(whole) <= 1
    assert whole == ["x" * 100_000] * len(whole)
    assert list(CastFile(str(path)).texts())[: len(whole)] == list(enumerate(whole))


# What goes wrong with the file never reaches the session ------------------------------------------


@pytest.mark.integration
def test_a_full_disk_stops_the_recording_with_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.cast"
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\n"
        "from smtui.recording.recorder import Recorder\n"
        f"r = Recorder({str(path)!r}, 'x', began_at=0); r.resized(24, 80)\n"
        "for n in range(1000): r.shown(b'x' * 1000)\n"
        "print(r.close())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "a.cast stopped after 0 s: File too large. It has what was shown until then." in done.stdout
    header, *lines = path.read_bytes().splitlines(keepends=True)
    read_header(header)
    assert len(lines) > 200
    assert all(line.endswith(b"\n") and read_event(line).text == "x" * 1000 for line in lines)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_disk_without_any_space_is_reported_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(recorder_module, "_made", lambda _: os.open("/dev/full", os.O_WRONLY))
    (tmp_path / "a.cast").symlink_to("/dev/full")
    monkeypatch.setattr(os, "lstat", os.stat)
    recording = made(tmp_path / "a.cast")
    recording.resized(24, 80)
    for _ in range(1000):
        recording.shown(b"x" * 1000)
    assert "stopped after 0 s: No space left on device. It has what was shown until then." in recording.close()


@pytest.mark.parametrize("how", ["removed", "folder removed", "replaced"])
def test_a_file_that_is_gone_at_the_end_is_lost(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    path = folder / "a.cast"
    recording = made(path)
    recording.resized(24, 80)
    path.unlink()
    if how == "folder removed":
        folder.rmdir()
    elif how == "replaced":
        path.write_text("another's")
    recording.shown(b"hello")
    assert recording.close() == f"The recording is lost: {path} was removed or replaced while the session ran."
    if how == "replaced":
        assert path.read_text() == "another's"


def test_a_slow_disk_delays_nothing_and_is_bounded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    go_on, write = threading.Event(), os.write

    def slow(fd: int, data: Any) -> int:
        go_on.wait()
        return write(fd, data)

    recording = made(tmp_path / "a.cast", most_pending=10_000)
    monkeypatch.setattr(os, "write", slow)
    recording.resized(24, 80)
    for _ in range(1000):
        recording.shown(b"x" * 1000)
    monkeypatch.setattr(recorder_module, "_CLOSING_SECONDS", 0.0)
    assert recording.close() == f"The recording in {tmp_path}/a.cast may lack its end: the disk does not answer."
    go_on.set()
    recording._thread.join()
    monkeypatch.undo()
    assert len(events(tmp_path / "a.cast")) < 25


def test_a_disk_that_is_too_slow_stops_the_recording(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    go_on, write = threading.Event(), os.write

    def slow(fd: int, data: Any) -> int:
        go_on.wait()
        return write(fd, data)

    recording = made(tmp_path / "a.cast", most_pending=10_000)
    monkeypatch.setattr(os, "write", slow)
    recording.resized(24, 80)
    for _ in range(1000):
        recording.shown(b"x" * 1000)
    go_on.set()
    assert "stopped after 0 s: the disk is slower than the session." in recording.close()


# Where -------------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 29, 17, 15, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    ("label", "stem"),
    [
        ("web-1", "2026-11-29T17-15-24Z-web-1"),
        ("../../etc/passwd", "2026-11-29T17-15-24Z-etc-passwd"),
        ("a\n\x1b[2Jb c", "2026-11-29T17-15-24Z-a-2Jb-c"),
        ("漢字", "2026-11-29T17-15-24Z-session"),
        ("x" * 300, "2026-11-29T17-15-24Z-" + "x" * 60),
    ],
)
def test_a_recording_is_named_by_time_and_node(label: str, stem: str) -> None:
    assert file_stem(NOW, label) == stem


def test_the_folder_is_made_for_the_owner_alone_and_no_name_is_used_twice(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "casts"
    recordings = Recordings({"SMTUI_RECORD": str(folder), "TERM": "xterm", "SECRET": "x"}, lambda: NOW, lambda: True)
    first, second = recordings.make("web-1"), recordings.make("web-1")
    assert first is not None
    assert second is not None
    assert [Path(each.path).name for each in (first, second)] == [
        "2026-11-29T17-15-24Z-web-1.cast",
        "2026-11-29T17-15-24Z-web-1-2.cast",
    ]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    first.resized(24, 80)
    first.close()
    assert events(Path(first.path))[0]["env"] == {"TERM": "xterm"}
    assert events(Path(first.path))[0]["timestamp"] == NOW.timestamp()


def test_a_folder_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotRecorded, match="cannot be made"):
        Recordings({"SMTUI_RECORD": str(tmp_path / "file" / "x")}, lambda: NOW, lambda: True).make("web-1")


def test_the_folder_may_begin_with_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No shell has looked at a value that comes from a file of settings."""
    monkeypatch.setenv("HOME", str(tmp_path))
    made = Recordings({"SMTUI_RECORD": "~/casts"}, lambda: NOW, lambda: True).make("web-1")
    assert made is not None
    made.close()
    assert Path(made.path).parent == tmp_path / "casts"
    with pytest.raises(NotRecorded, match="cannot be made"):
        Recordings({"SMTUI_RECORD": "~no-such-user/casts"}, lambda: NOW, lambda: True).make("web-1")
