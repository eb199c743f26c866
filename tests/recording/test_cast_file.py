from __future__ import annotations

import os
from pathlib import Path

import pytest

from smtui.recording import cast_file
from smtui.recording.asciicast import Event, Header, event_line, header_line
from smtui.recording.cast_file import BrokenRecording, CastFile
from smtui.recording.player import next_occurrence

HEADER = header_line(Header(80, 24))


def written(folder: Path, *lines: bytes) -> str:
    path = folder / "a.cast"
    path.write_bytes(b"".join(lines))
    return str(path)


def cast_of(folder: Path, *texts: str) -> CastFile:
    return CastFile(written(folder, HEADER, *(event_line(Event(at, "o", text)) for at, text in enumerate(texts))))


def test_events_are_read_one_by_one(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        HEADER,
        b'[0.5, "o", "a"]\n',
        b'[1, "i", "typed"]\n',
        b"\n",
        b'[2, "m", "chapter"]\n',
        b'[1.5, "r", "100x30"]\n',
        '[3, "o", "é"]'.encode(),
    )
    cast = CastFile(path)
    assert (cast.header, cast.note, len(cast)) == (Header(80, 24), "", 3)
    assert list(cast.times) == [0.5, 1.5, 3]
    assert cast.event(1) == Event(1.5, "r", "100x30")
    assert list(cast.texts()) == [(0, "a"), (2, "é")]
    assert list(cast.texts(1)) == [(2, "é")]


def test_times_never_go_back(tmp_path: Path) -> None:
    cast = CastFile(written(tmp_path, HEADER, b'[5, "o", "a"]\n', b'[1, "o", "b"]\n'))
    assert list(cast.times) == [5, 5]


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ((), "a.cast is empty."),
        ((b"hello\n",), "a.cast, line 1: This is not JSON"),
        ((HEADER, b'[1, "o", "a"]\n', b"{}\n"), "a.cast, line 3: This is not an event"),
        ((HEADER, b"[1,\n", b'[1, "o", "a"]\n'), "a.cast, line 2: This is not JSON"),
        ((HEADER[:10],), "a.cast, line 1: This is not JSON"),
    ],
)
def test_a_broken_file_says_which_line_and_what(tmp_path: Path, lines: tuple[bytes, ...], why: str) -> None:
    with pytest.raises(BrokenRecording) as broken:
        CastFile(written(tmp_path, *lines))
    assert why in str(broken.value)


def test_a_last_line_that_was_cut_off_loses_only_itself(tmp_path: Path) -> None:
    cast = CastFile(written(tmp_path, HEADER, b'[1, "o", "a"]\n', b'[2, "o", "b'))
    assert [text for _, text in cast.texts()] == ["a"]
    assert cast.note == f"Line 3 of {tmp_path}/a.cast is cut off; the recording ends before it."


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path, tmp_path / "fifo"):
        with pytest.raises(BrokenRecording, match=r"is not a file|cannot be read"):
            CastFile(str(path))
    with pytest.raises(BrokenRecording, match="cannot be read: No such file or directory"):
        CastFile(str(tmp_path / "none"))
    with pytest.raises(BrokenRecording, match="cannot be read: embedded null byte"):
        CastFile("a\0b")


def test_a_line_without_end_is_not_read_into_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cast_file, "_LONGEST_LINE", 1000)
    with pytest.raises(BrokenRecording, match="line 2: It is longer than any line"):
        CastFile(written(tmp_path, HEADER, b"x" * 10_000, b"\n"))


def test_a_file_that_changes_meanwhile_is_noticed(tmp_path: Path) -> None:
    cast = cast_of(tmp_path, "a", "b")
    os.truncate(tmp_path / "a.cast", len(HEADER) + 4)
    with pytest.raises(BrokenRecording, match="has changed while it was played"):
        cast.event(0)


@pytest.mark.parametrize(
    ("texts", "needle", "start", "found"),
    [
        (("one", "two", "one"), "one", 1, 2),
        (("a needle", "x"), "needle", 0, 0),
        (("nee", "dle"), "needle", 0, 1),
        (("n\x1b[1me", "\x1b[0m", "e\x1b]0;x\x07dle"), "needle", 0, 2),
        (("NEEDLE",), "needle", 0, 0),
        (("nothing",), "needle", 0, None),
        (("needle", "x"), "needle", 1, None),
        (("\x1b]0;needle\x07",), "needle", 0, None),
        (("x", "漢字"), "漢", 0, 1),
    ],
)
def test_a_search_finds_what_was_shown(
    tmp_path: Path, texts: tuple[str, ...], needle: str, start: int, found: int | None
) -> None:
    assert next_occurrence(cast_of(tmp_path, *texts), needle, start) == found
