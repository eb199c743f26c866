"""What lies where a copy wants to go, or where it comes from: devices, links, folders and what killed copies left."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from smtui.engine.jobs import JobState
from tests.transfers.local_shells import LocalShell
from tests.transfers.test_posix_driver import copied, dash, well

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("quick_shells")]


async def test_nothing_takes_the_place_of_a_device_or_a_pipe(home: Path, here: Path) -> None:
    (here / "data").write_text("x")
    (home / "data").write_text("x")
    for folder in (home, here):
        os.mkfifo(folder / "pipe")
    sent = await copied(dash(home), here / "data", to="pipe")
    got = await copied(dash(home), "data", to=here / "pipe", up=False)
    for job, folder in ((sent, home), (got, here)):
        assert job.state is JobState.FAILED
        assert "neither a file nor a folder" in job.words()
        assert (folder / "pipe").is_fifo()


async def test_a_folder_with_a_link_to_a_folder_is_copied_again(home: Path, here: Path) -> None:
    (here / "project" / "v1").mkdir(parents=True)
    (here / "project" / "current").symlink_to("v1")
    well(await copied(dash(home), here / "project", to="./"))
    (here / "project" / "v2").mkdir()
    (here / "project" / "current").unlink()
    (here / "project" / "current").symlink_to("v2")
    well(await copied(dash(home), here / "project", to="./"))
    assert os.readlink(home / "project" / "current") == "v2"
    assert os.listdir(home / "project" / "v1") == []


async def test_a_folder_that_is_in_the_way_inside_is_told_and_leaves_nothing(home: Path, here: Path) -> None:
    (here / "project").mkdir()
    (here / "project" / "a").write_text("x")
    (home / "project" / "a").mkdir(parents=True)
    job = await copied(dash(home), here / "project", to="./")
    assert "a is a directory" in job.words()
    assert "untouched" not in job.words()
    assert not [name for name in os.listdir(home) if name.endswith("smtui-new")]


async def test_what_cannot_be_read_is_told_without_pythons_words(home: Path, here: Path) -> None:
    job = await copied(dash(home), here / "nosuch", to="./")
    assert job.words().endswith("cannot be read: No such file or directory.")


async def test_a_folder_left_by_a_killed_copy_is_not_in_the_way(home: Path, here: Path) -> None:
    (home / "data").write_text("x")
    (here / ".data.smtui-new").mkdir()
    (here / ".data.smtui-new" / "half").write_text("")
    well(await copied(dash(home), "data", to=here, up=False))
    assert sorted(os.listdir(here)) == ["data"]


@pytest.mark.parametrize("content", [b"line\n" * 100_000, bytes(range(256)) * 1000], ids=["compressed", "plain"])
async def test_a_log_that_grows_is_downloaded_as_it_was_at_the_start(home: Path, here: Path, content: bytes) -> None:
    log = home / "app.log"
    log.write_bytes(content)

    class GrowsMeanwhile(LocalShell):
        async def write(self, data: bytes) -> None:
            if b" get " in data:
                with log.open("ab") as file:
                    file.write(b"more\n" * 1000)
            await super().write(data)

    well(await copied(lambda: GrowsMeanwhile(["dash"], home), "app.log", to=here, up=False))
    assert log.stat().st_size > len(content)
    assert (here / "app.log").read_bytes() == content


@pytest.mark.parametrize("content", [b"line\n" * 100_000, os.urandom(200_000)], ids=["compressed", "plain"])
async def test_a_source_that_shrinks_is_told_and_gets_no_name(home: Path, here: Path, content: bytes) -> None:
    log = home / "app.log"
    log.write_bytes(content)

    class ShrinksMeanwhile(LocalShell):
        async def write(self, data: bytes) -> None:
            if b" get " in data:
                os.truncate(log, 1000)
            await super().write(data)

    job = await copied(lambda: ShrinksMeanwhile(["dash"], home), "app.log", to=here, up=False)
    assert "app.log became shorter while it was copied, so nothing was written to" in job.words()
    assert job.words().endswith("Copy it again.")
    assert not job.keeps_part
    assert os.listdir(here) == []


@pytest.mark.skipif(not os.path.isfile("/proc/self/status"), reason="needs the files of /proc")
@pytest.mark.parametrize("up", [True, False])
async def test_a_file_without_a_size_is_not_copied_as_an_empty_one(home: Path, here: Path, up: bool) -> None:
    job = await copied(dash(home), "/proc/version", to="./" if up else here, up=up)
    where = "On this machine" if up else "On the node"
    assert "is not known beforehand, as with files of /proc" in job.words()
    assert job.words().endswith(f"{where}, cat it to a file first, and copy that.")
    assert os.listdir(home) == os.listdir(here) == []


@pytest.mark.parametrize("up", [True, False])
async def test_a_file_that_holds_less_than_its_size_is_told(home: Path, here: Path, up: bool) -> None:
    """As those of /sys do."""
    source = next(
        (
            path
            for path in ("/sys/kernel/mm/transparent_hugepage/enabled", "/sys/kernel/uevent_seqnum")
            if os.path.isfile(path)
        ),
        "",
    )
    if not source:
        pytest.skip("needs the files of /sys")
    job = await copied(dash(home), source, to="./" if up else here, up=up)
    assert "is not known beforehand, as with files of /proc and /sys" in job.words()
    assert os.listdir(here) == []


async def test_an_empty_file_is_copied(home: Path, here: Path) -> None:
    (here / "empty").touch()
    well(await copied(dash(home), here / "empty", to="sent"))
    well(await copied(dash(home), "sent", to=here / "back", up=False))
    assert (here / "back").read_bytes() == b""


async def test_a_pattern_is_told_that_it_is_none(home: Path, here: Path) -> None:
    (home / "a.log").write_text("x")
    told = "Patterns (* ? [ ]) are not expanded on the node"
    assert told in (await copied(dash(home), "*.log", to=here, up=False)).words()
    assert told not in (await copied(dash(home), "b.log", to=here, up=False)).words()
