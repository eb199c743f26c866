"""An archive from a node writes nothing outside its folder."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smtui.transfers.copy_failure import CopyFailed
from smtui.transfers.unpacking import unpack

pytestmark = pytest.mark.integration


def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", mode: int = 0o644) -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.type, found.linkname, found.mode, found.mtime = kind, link, mode, 1_000_000_000
    return found


def archive(folder: Path, *entries: tarfile.TarInfo, content: bytes = b"content") -> bytes:
    path = folder / "archive.tar"
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
        for each in entries:
            each.size = len(content) if each.isreg() else 0
            tar.addfile(each, io.BytesIO(content) if each.isreg() else None)
    return os.fsencode(path)


def unpacked(folder: Path, *entries: tarfile.TarInfo, preserve: bool = False) -> tuple[Path, tuple[str, ...]]:
    new = folder / "outer" / "new"
    new.mkdir(parents=True)
    return new, unpack(archive(folder, *entries), os.fsencode(new), preserve=preserve)


def test_files_folders_and_links(tmp_path: Path) -> None:
    new, left_out = unpacked(
        tmp_path,
        entry("./"),
        entry("./bin", tarfile.DIRTYPE, mode=0o500),
        entry("./bin/run", mode=0o755),
        entry("./bin/again", tarfile.LNKTYPE, "./bin/run"),
        entry("./current", tarfile.SYMTYPE, "bin/run"),
        entry("./deep/er/file", mode=0o4777),
        entry("./\x1b[31mred\n"),
        preserve=True,
    )
    assert left_out == ()
    assert (new / "current").read_text() == "content"
    assert (new / "bin/run").stat().st_ino == (new / "bin/again").stat().st_ino
    assert (new / "bin").stat().st_mode & 0o7777 == 0o500
    assert (new / "deep/er/file").stat().st_mode & 0o7777 == 0o777, "neither setuid nor others' bits beyond"
    assert (new / "bin/run").stat().st_mtime == 1_000_000_000
    assert (new / "\x1b[31mred\n").exists()
    (new / "bin").chmod(0o700)


@pytest.mark.parametrize("name", ["../out", "a/../../out", "/etc/passwd", "a/..", ".."])
def test_a_name_that_leads_out_refuses_all(tmp_path: Path, name: str) -> None:
    with pytest.raises(CopyFailed, match="outside its folder"):
        unpacked(tmp_path, entry(name))
    assert sorted(os.listdir(tmp_path / "outer")) == ["new"]


@pytest.mark.parametrize(
    "entries",
    [
        [entry("out", tarfile.SYMTYPE, "/etc")],
        [entry("out", tarfile.SYMTYPE, "../..")],
        [entry("dot", tarfile.SYMTYPE, "."), entry("out", tarfile.SYMTYPE, "dot/dot/../..")],
        [
            entry("a/b", tarfile.DIRTYPE),
            entry("l", tarfile.SYMTYPE, "a/b"),
            entry("out", tarfile.SYMTYPE, "l/../../.."),
        ],
        [entry("out", tarfile.SYMTYPE, "")],
    ],
)
def test_a_link_that_leads_out_is_left_out(tmp_path: Path, entries: list[tarfile.TarInfo]) -> None:
    new, left_out = unpacked(tmp_path, *entries)
    assert left_out == ("out is a link that leads out of the folder.",)
    assert not os.path.lexists(new / "out")


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "victim").mkdir()
    new, left_out = unpacked(
        tmp_path,
        entry("way", tarfile.SYMTYPE, str(tmp_path / "victim")),
        entry("way/planted"),
        entry("file", tarfile.SYMTYPE, str(tmp_path / "victim" / "other")),
        entry("file"),
    )
    assert list((tmp_path / "victim").iterdir()) == []
    assert (new / "way/planted").read_text() == "content"
    assert len(left_out) == 2


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_devices_are_left_out(tmp_path: Path, kind: bytes) -> None:
    new, left_out = unpacked(tmp_path, entry("\x1bdev", kind))
    assert list(new.iterdir()) == []
    assert len(left_out) == 1
    assert "\x1b" not in left_out[0]


def test_a_hard_link_to_outside_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CopyFailed, match="outside"):
        unpacked(tmp_path, entry("x", tarfile.LNKTYPE, "../../archive.tar"))


def test_an_archive_that_ends_early_is_broken(tmp_path: Path) -> None:
    path = Path(os.fsdecode(archive(tmp_path, entry("a"), content=b"x" * 100_000)))
    path.write_bytes(path.read_bytes()[:50_000])
    (tmp_path / "new").mkdir()
    with pytest.raises(CopyFailed, match="broken"):
        unpack(os.fsencode(path), os.fsencode(tmp_path / "new"), preserve=False)


_NAMES = st.lists(st.sampled_from(["a", "b", ".", "..", "", "\x1b", "a b"]), min_size=1, max_size=4).map("/".join)
_KINDS = st.sampled_from([tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])


@settings(max_examples=40)
@given(st.lists(st.tuples(_NAMES, _KINDS, _NAMES), max_size=8))
def test_no_archive_leaves_the_folder(
    tmp_path_factory: pytest.TempPathFactory, entries: list[tuple[str, bytes, str]]
) -> None:
    folder = tmp_path_factory.mktemp("archive")
    try:
        new, _ = unpacked(folder, *(entry(name, kind, link) for name, kind, link in entries))
    except CopyFailed:
        new = folder / "outer" / "new"
    assert sorted(os.listdir(folder)) == ["archive.tar", "outer"]
    assert os.listdir(folder / "outer") == ["new"]
    for place, folders, files in os.walk(new):
        for name in folders + files:
            assert Path(os.path.realpath(Path(place, name))).is_relative_to(new.resolve())
