"""What is uploaded of a file and of a folder."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from smtui.transfers.copy_failure import CopyFailed
from smtui.transfers.sources import Changed, SourceReader, open_source

pytestmark = pytest.mark.integration


def folder_of(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "run").write_bytes(b"#!" * 700)
    (folder / "bin" / "run").chmod(0o750)
    (folder / "empty").touch()
    (folder / "link").symlink_to("bin/run")
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9\n")).write_text("not UTF-8")
    (folder / ("x" * 200)).write_text("long")
    os.mkfifo(folder / "fifo")
    return folder


def test_a_folder_is_the_same_stream_each_time(tmp_path: Path) -> None:
    source = open_source(str(folder_of(tmp_path)), recursive=True, preserve=False)
    first = b"".join(source.blocks())
    assert first == b"".join(source.blocks())
    assert len(first) == source.size
    assert [sentence.rpartition("/")[2] for sentence in source.left_out] == ["fifo is neither file, folder nor link."]
    with tarfile.open(fileobj=io.BytesIO(first), encoding="utf-8", errors="surrogateescape") as tar:
        found = {member.name: member for member in tar}
    assert set(found) == {"./bin", "./bin/run", "./empty", "./link", "./caf\udce9\n", f"./{'x' * 200}"}
    assert (found["./bin/run"].mode, found["./bin/run"].uid, found["./link"].linkname) == (0o755, 0, "bin/run")


def test_modes_are_kept_when_asked(tmp_path: Path) -> None:
    source = open_source(str(folder_of(tmp_path)), recursive=True, preserve=True)
    with tarfile.open(fileobj=io.BytesIO(b"".join(source.blocks()))) as tar:
        assert tar.getmember("./bin/run").mode == 0o750


def test_reading_from_the_middle(tmp_path: Path) -> None:
    source = open_source(str(folder_of(tmp_path)), recursive=True, preserve=False)
    whole = b"".join(source.blocks())
    reader = SourceReader(source)
    skipped: list[bytes] = []
    reader.skip(3000, skipped.append)
    assert b"".join(skipped) + reader.read(10**9) == whole


def test_a_change_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"x" * 1_000_000)
    source = open_source(str(file), recursive=False, preserve=False)
    assert source.is_unchanged()
    reader = SourceReader(source)
    reader.read(1000)
    file.write_bytes(b"y" * 1000)
    assert not source.is_unchanged()
    with pytest.raises(Changed):
        reader.read(1_000_000)
    folder = open_source(str(folder_of(tmp_path)), recursive=True, preserve=False)
    assert folder.is_unchanged()
    (tmp_path / "project" / "new").touch()
    assert not folder.is_unchanged()


def test_what_cannot_be_copied(tmp_path: Path) -> None:
    for path, words in (
        (tmp_path, "-r"),
        (tmp_path / "none", "No such file"),
        (Path("/dev/null"), "neither a file nor a folder"),
    ):
        with pytest.raises(CopyFailed, match=words):
            open_source(str(path), recursive=False, preserve=False)
