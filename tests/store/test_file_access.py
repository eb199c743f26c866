"""The one reader of our files: whatever lies there costs a sentence, no wait and no memory."""

from __future__ import annotations

import os
import socket
import threading
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from smtui.store.file_access import UnusableFile, WrongShape, instant, read_bytes, read_json, replace_text, text, whole

MOST = 1000


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def loop(path: Path) -> None:
    path.symlink_to(path)


def listening_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(64 << 20)


ODD: dict[str, tuple[Callable[[Path], object], str]] = {
    "device": (device, "is a device or a socket, not a file"),
    "pipe": (os.mkfifo, "is a pipe, not a file"),
    "folder": (Path.mkdir, "is a folder, not a file"),
    "link to itself": (loop, "cannot be read: Too many levels of symbolic links"),
    "socket": (listening_socket, "is a device or a socket, not a file"),
    "large": (sparse, "holds more than"),
    "invalid UTF-8": (lambda path: path.write_bytes(b'{"a": "\xff"}'), "it is not UTF-8 text"),
    "deep": (lambda path: path.write_text("[" * 500 + "]" * 500), "is not an object"),
    "half": (lambda path: path.write_text('{"a":'), "line 1: Expecting value"),
    "NaN": (lambda path: path.write_text('{"a": NaN}'), "holds NaN, which is no number"),
    "a long number": (lambda path: path.write_text('{"a": %s}' % ("9" * 400)), "a number that is too long"),
    "a list": (lambda path: path.write_text("[]"), "it is not an object"),
    "empty": (lambda path: path.write_text(""), "line 1: Expecting value"),
}


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path("file.json")  # relative: the name of a socket must be short


@pytest.mark.parametrize("kind", ODD)
def test_what_is_none_of_our_files_is_named_at_once(path: Path, kind: str) -> None:
    make, words = ODD[kind]
    make(path)
    tracemalloc.start()
    try:
        with pytest.raises(UnusableFile) as unusable:
            read_json(path, MOST)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
    assert str(unusable.value).startswith("file.json ")
    assert words in str(unusable.value)


def test_brackets_without_end_cost_neither_the_program_nor_the_memory(path: Path) -> None:
    path.write_text('{"a":' + "[" * 200_000 + "]" * 200_000 + "}")
    with pytest.raises(UnusableFile, match="nested too deep"):
        read_json(path, 1 << 20)
    path.write_text('{"a":[' + "[]," * 600_000 + "[]]}")
    with pytest.raises(UnusableFile, match="too many values"):
        read_json(path, 1 << 22)


def test_no_file_is_no_fault(path: Path) -> None:
    assert read_json(path, MOST) is None
    path.symlink_to("nowhere")
    assert read_bytes(path, MOST) is None


def test_what_fits_exactly_is_read(path: Path) -> None:
    path.write_bytes(b"x" * MOST)
    assert read_bytes(path, MOST) == b"x" * MOST
    path.write_bytes(b"x" * (MOST + 1))
    with pytest.raises(UnusableFile):
        read_bytes(path, MOST)


def test_a_pipe_that_takes_the_place_of_the_file_is_not_waited_for(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look at it and the opening."""
    path.write_text("{}")
    regular = path.stat()
    path.unlink()
    os.mkfifo(path)
    monkeypatch.setattr(Path, "stat", lambda _: regular)
    found: list[object] = []

    def read() -> None:
        try:
            found.append(read_json(path, MOST))
        except UnusableFile as unusable:
            found.append(str(unusable))

    reading = threading.Thread(target=read, daemon=True)
    reading.start()
    reading.join(60)
    assert found == ["file.json cannot be read: it is a pipe, not a file."]


def test_only_what_is_not_understood_is_renamed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text("{")
    with pytest.raises(UnusableFile) as broken:
        read_json(path, MOST)
    assert broken.value.set_aside().endswith(" It was renamed to file.json.unusable.")
    assert Path("file.json.unusable").read_text() == "{"
    path.write_text("{}")

    def fails(*_: object) -> int:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "open", fails)
    with pytest.raises(UnusableFile) as unreadable:
        read_json(path, MOST)
    assert unreadable.value.set_aside() == "file.json cannot be read: Input/output error."
    assert path.exists()


@pytest.mark.parametrize(
    "value",
    [
        None,
        0,
        "",
        "noon",
        "2026-11-22T12:00:00",
        "2026-11-22",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "9999-12-31T23:59:59+00:00",
        [],
    ],
)
def test_a_date_has_a_time_zone_and_is_of_our_time(value: object) -> None:
    with pytest.raises(WrongShape):
        instant(value)


def test_dates_are_in_utc() -> None:
    assert instant("2026-11-22T12:00:00+02:00") == datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert instant("2026-11-22T12:00:00Z").tzinfo is UTC


def test_half_a_character_is_no_text_and_true_is_no_number() -> None:
    with pytest.raises(WrongShape):
        text("\ud83d")
    with pytest.raises(WrongShape):
        whole(True, 0, 10)
    assert text("\N{GRINNING FACE}") == "\N{GRINNING FACE}"


def test_a_file_that_another_program_left_half_written_goes(tmp_path: Path) -> None:
    path, old, fresh = (tmp_path / name for name in ("file", ".file.old", ".file.fresh"))
    for left in (old, fresh):
        left.write_text("half")
    os.utime(old, (0, 0))
    replace_text(path, "whole")
    assert {each.name for each in tmp_path.iterdir()} == {"file", ".file.fresh"}, "the fresh one is still written"
