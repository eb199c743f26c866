"""Copies through real shells of this machine, each in a pty, without AWS."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smtui.engine.jobs import JobState
from smtui.engine.offloop import OffLoop
from smtui.transfers.copy_job import CopyJob, CopyOrder
from smtui.transfers.far_shell import FarShell
from smtui.transfers.posix_driver import command, typed_line, word
from tests.transfers.local_shells import SHELLS, LocalShell

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("quick_shells")]
EVERY_BYTE = bytes(range(256)) * 2000
NASTY = [
    b"two words",
    b"-rf",
    b"quo'te\"s",
    b"new\nline\n",
    b"*?[a]",
    b"$(id)`id`",
    b"\\back\\",
    b"caf\xe9\x81\x88",
    b"%s\x1b[2J",
]


async def copied(
    make: Callable[[], Any],
    *sources: object,
    to: object,
    up: bool = True,
    preserve: bool = False,
    recursive: bool = True,
) -> CopyJob:
    """A copy that has ended."""
    texts = tuple(os.fsdecode(source) if isinstance(source, bytes) else str(source) for source in sources)
    target = os.fsdecode(to) if isinstance(to, bytes) else str(to)
    job = CopyJob(CopyOrder("web-1", up, texts, target, preserve, recursive), make, OffLoop())
    await job.run()
    return job


def well(job: CopyJob) -> CopyJob:
    """The job, which must have gone well."""
    assert job.state is JobState.DONE, job.words()
    return job


@pytest.mark.parametrize("shell", SHELLS)
async def test_every_byte_in_both_directions_through_each_shell(shell: str, home: Path, here: Path) -> None:
    (here / "data").write_bytes(EVERY_BYTE)
    job = well(await copied(lambda: LocalShell(SHELLS[shell], home), here / "data", to="sent"))
    assert (home / "sent").read_bytes() == EVERY_BYTE
    assert job.receipts[0].digest == hashlib.sha256(EVERY_BYTE).hexdigest()
    well(await copied(lambda: LocalShell(SHELLS[shell], home), "~/sent", to=here / "back", up=False))
    assert (here / "back").read_bytes() == EVERY_BYTE
    assert [name for name in os.listdir(home) if name == "sent" or "smtui" in name] == ["sent"]
    assert sorted(os.listdir(here)) == ["back", "data"]


@pytest.mark.parametrize("shell", [name for name in SHELLS if name not in ("fish", "tcsh", "busybox")])
async def test_the_driver_runs_in_whatever_sh_is(shell: str, home: Path, here: Path, tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "sh").symlink_to(shutil.which(SHELLS[shell][0]) or "")
    make = partial(LocalShell, ["sh"], home, f"{tools}:{os.environ['PATH']}")
    name = "caf\udce9 -'\"\n*"
    (here / "folder").mkdir()
    Path(here / "folder" / name).write_bytes(EVERY_BYTE)
    well(await copied(make, here / "folder" / name, to="", preserve=True))
    well(await copied(make, here / "folder", to=""))
    well(await copied(make, here / "folder", to=""))
    well(await copied(make, "folder", to=here / "back", up=False))
    assert (home / name).read_bytes() == (here / "back" / name).read_bytes() == EVERY_BYTE
    assert [each for each in os.listdir(home) if "smtui" in each] == []


def dash(home: Path, path: str = os.environ["PATH"]) -> Callable[[], LocalShell]:
    """Sessions on a node whose shell is dash, the one of Debian."""
    return lambda: LocalShell(["dash"], home, path)


async def test_nasty_names_in_both_directions(home: Path, here: Path) -> None:
    for name in NASTY:
        Path(os.fsdecode(os.fsencode(here) + b"/" + name)).write_bytes(name * 100)
    sources = [os.fsencode(here) + b"/" + name for name in NASTY]
    well(await copied(dash(home), *sources, to=""))
    assert sorted(os.listdir(os.fsencode(home))) == sorted(NASTY)
    back = here / "back"
    back.mkdir()
    well(await copied(dash(home), *NASTY, to=back, up=False))
    for name in NASTY:
        assert Path(os.fsdecode(os.fsencode(back) + b"/" + name)).read_bytes() == name * 100


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(min_size=1, max_size=40).filter(lambda value: b"\0" not in value), min_size=1, max_size=5))
def test_any_word_reaches_the_far_end_unchanged(home: Path, values: list[bytes]) -> None:
    async def through() -> list[str]:
        async with LocalShell(["dash"], home) as streams:
            shell = FarShell(streams, "web-1")
            await shell.until_prompt()
            await shell.begin()
            return [
                (await shell.ask(f'nm {word(value)}; say ok "$(printf %s "$V" | od -An -v -tx1 | tr -d " \\n")"')).code
                for value in values
            ]

    assert asyncio.run(through()) == [value.hex() for value in values]


async def test_a_folder_in_both_directions(home: Path, here: Path) -> None:
    folder = here / "project"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "run").write_text("#!")
    (folder / "bin" / "run").chmod(0o750)
    (folder / "link").symlink_to("bin/run")
    (folder / "-dash").write_text("")
    os.utime(folder / "bin" / "run", (1_000_000_000, 1_000_000_000))
    well(await copied(dash(home), folder, to="./", preserve=True))
    sent = home / "project" / "bin" / "run"
    assert (sent.read_text(), sent.stat().st_mode & 0o777, sent.stat().st_mtime) == ("#!", 0o750, 1_000_000_000)
    assert os.readlink(home / "project" / "link") == "bin/run"
    (home / "project" / "more").write_text("more")
    (folder / "bin" / "run").write_text("newer")
    well(await copied(dash(home), folder, to="./"))
    assert (sent.read_text(), (home / "project" / "more").read_text()) == ("newer", "more")
    well(await copied(dash(home), "project", to=here / "back", up=False, preserve=True))
    assert (here / "back" / "bin" / "run").read_text() == "newer"
    assert os.readlink(here / "back" / "link") == "bin/run"
    assert sorted(os.listdir(home)) == ["project"]
    assert sorted(os.listdir(here)) == ["back", "project"]


async def test_permissions_and_times(home: Path, here: Path) -> None:
    (here / "run").write_text("#!")
    (here / "run").chmod(0o755)
    os.utime(here / "run", (1_000_000_000, 1_000_000_000))
    well(await copied(dash(home), here / "run", to="kept", preserve=True))
    assert (home / "kept").stat().st_mtime == 1_000_000_000
    assert (home / "kept").stat().st_mode & 0o777 == 0o755
    (home / "old").write_text("old")
    (home / "old").chmod(0o604)
    well(await copied(dash(home), here / "run", to="old"))
    assert (home / "old").stat().st_mode & 0o777 == 0o604
    well(await copied(dash(home), "kept", to=here / "back", up=False, preserve=True))
    assert (here / "back").stat().st_mtime == 1_000_000_000


class Cut(LocalShell):
    """A shell that is lost after so many bytes in one direction."""

    def __init__(self, home: Path, *, sent: int = 1 << 60) -> None:
        super().__init__(["dash"], home)
        self._left = sent

    async def write(self, data: bytes) -> None:
        """Write as far as the shell lives."""
        await super().write(data[: self._left])
        self._left -= len(data)
        if self._left < 0:
            self.kill()


async def test_after_a_cut_only_the_rest_is_sent(home: Path, here: Path) -> None:
    data = os.urandom(3_000_000)
    (here / "data").write_bytes(data)
    shells = [Cut(home, sent=2_000_000), LocalShell(["dash"], home)]
    waiting = iter(shells)
    job = well(await copied(lambda: next(waiting), here / "data", to="data"))
    assert (home / "data").read_bytes() == data
    assert job.meter.resumed_at > 1_000_000
    assert shells[1].sent < 3_000_000 - job.meter.resumed_at + 20_000


async def test_a_part_of_another_file_is_begun_anew(home: Path, here: Path) -> None:
    (here / "data").write_bytes(EVERY_BYTE)
    (home / ".data.smtui-part").write_bytes(b"something else")
    job = well(await copied(dash(home), here / "data", to="data"))
    assert job.meter.resumed_at == 0
    assert (home / "data").read_bytes() == EVERY_BYTE
    (here / ".back.smtui-part").write_bytes(b"something else")
    job = well(await copied(dash(home), "data", to=here / "back", up=False))
    assert job.meter.resumed_at == 0
    (here / ".again.smtui-part").write_bytes(EVERY_BYTE[:300_000])
    job = well(await copied(dash(home), "data", to=here / "again", up=False))
    assert (job.meter.resumed_at, job.meter.moved) == (300_000, len(EVERY_BYTE) - 300_000)
    assert (here / "again").read_bytes() == EVERY_BYTE


async def test_a_planted_link_is_not_followed(home: Path, here: Path, tmp_path: Path) -> None:
    (here / "data").write_bytes(b"data")
    (tmp_path / "victim").write_text("victim")
    (home / ".data.smtui-part").symlink_to(tmp_path / "victim")
    job = await copied(dash(home), here / "data", to="data")
    assert "part file" in job.words()
    (here / ".back.smtui-part").symlink_to(tmp_path / "victim")
    job = await copied(dash(home), "data", to=here / "back", up=False)
    assert job.state is JobState.FAILED
    assert (tmp_path / "victim").read_text() == "victim"


async def test_a_link_at_the_target_keeps_pointing(home: Path, here: Path) -> None:
    (here / "data").write_bytes(b"data")
    (home / "real").write_text("old")
    (home / "link").symlink_to("real")
    well(await copied(dash(home), here / "data", to="link"))
    assert (home / "real").read_text() == "data"
    assert (home / "link").is_symlink()


async def test_a_source_that_changes_leaves_nothing(home: Path, here: Path) -> None:
    (here / "data").write_bytes(bytes(3_000_000))

    class Changing(LocalShell):
        async def write(self, data: bytes) -> None:
            await super().write(data)
            if self.sent > 100_000:
                (here / "data").write_bytes(b"x" * 3_000_000)

    job = await copied(lambda: Changing(["dash"], home), here / "data", to="data")
    assert "changed while it was copied" in job.words()
    assert os.listdir(home) == []


@pytest.mark.parametrize(
    ("up", "source", "to", "words"),
    [
        (True, "file", "folder", "is a folder, so no file can take its name"),
        (True, "file", "none/", "is not a folder"),
        (True, "file", "none/file", "does not exist"),
        (True, "file", "locked/file", "may not write"),
        (True, "folder", "file", "is not a folder"),
        (False, "none", "x", "has no none"),
        (False, "dangling", "x", "link to nothing"),
        (False, "fifo", "x", "neither a file nor a folder"),
        (False, "locked/in", "x", "has no locked/in"),
        (False, "file", "none/", "is not a folder"),
        (False, "file", "none/x", "There is no folder"),
    ],
)
async def test_refusals_are_sentences(up: bool, source: str, to: str, words: str, home: Path, here: Path) -> None:
    for place in (home, here):
        (place / "file").write_text("file")
        (place / "folder" / "file").mkdir(parents=True)
    (home / "dangling").symlink_to("nowhere")
    os.mkfifo(home / "fifo")
    (home / "locked").mkdir(mode=0)
    if os.geteuid() == 0 and "locked" in source + to:
        pytest.skip("root may do everything")
    before = sorted(os.listdir(home))
    job = await copied(dash(home), here / source if up else source, to=to if up else f"{here}/{to}", up=up)
    assert job.state is JobState.FAILED
    assert words in job.words()
    assert sorted(os.listdir(home)) == before


TOOLS = ["sh", "dash", "stty", "dd", "tr", "cut", "uname", "id", "ls", "stat", "df", "tail", "head", "tee", "cat"]
TOOLS += ["mv", "chmod", "rm", "touch", "wc"]


def only(folder: Path, *tools: str) -> str:
    """A PATH with these programs alone."""
    folder.mkdir()
    for name in tools:
        (folder / name).symlink_to(shutil.which(name) or name)
    return str(folder)


@pytest.mark.parametrize("missing", ["stty", "head", "tee"])
async def test_a_node_without_a_program_says_so(missing: str, home: Path, here: Path, tmp_path: Path) -> None:
    path = only(tmp_path / "bin", "sha256sum", *(name for name in TOOLS if name != missing))
    (here / "data").write_bytes(EVERY_BYTE)
    job = await copied(dash(home, path), here / "data", to="data")
    assert job.state is JobState.FAILED
    assert missing in job.words()
    assert not (home / "data").exists()


async def test_another_hash_will_do(home: Path, here: Path, tmp_path: Path) -> None:
    path = only(tmp_path / "bin", "cksum", "base64", *TOOLS)
    (here / "data").write_bytes(EVERY_BYTE)
    job = well(await copied(dash(home, path), here / "data", to="data"))
    assert "same cksum on both sides" in job.words()
    well(await copied(dash(home, path), "data", to=here / "back", up=False))
    assert (here / "back").read_bytes() == EVERY_BYTE


@pytest.mark.skipif("busybox" not in SHELLS, reason="busybox is not installed")
async def test_the_tools_of_busybox(home: Path, here: Path, tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in (*TOOLS, "sha256sum", "base64", "gzip", "tar", "mkdir", "find", "readlink", "cksum"):
        (tools / name).symlink_to(shutil.which("busybox") or "")
    (here / "folder").mkdir()
    (here / "folder" / "data").write_bytes(EVERY_BYTE)
    (here / "folder" / "text").write_text("text " * 100_000)
    make = partial(LocalShell, [str(tools / "sh")], home, str(tools))
    well(await copied(make, here / "folder", to="", preserve=True))
    well(await copied(make, here / "folder", to="", preserve=True))
    well(await copied(make, "folder", to=here / "back", up=False))
    well(await copied(make, "folder/text", to=here / "text", up=False))
    assert (here / "back" / "data").read_bytes() == EVERY_BYTE
    assert (here / "text").read_text() == "text " * 100_000
    assert sorted(os.listdir(home)) == ["folder"]


async def test_a_program_that_is_no_shell_says_what_it_said(
    home: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smtui.transfers.far_shell.START_SECONDS", 1.0)
    (here / "data").write_bytes(b"data")
    job = await copied(
        lambda: LocalShell(["sh", "-c", "echo Choose a menu item:; cat >/dev/null"], home), here / "data", to="data"
    )
    assert "Choose a menu item:" in job.words()


async def test_bytes_that_come_twice_are_noticed_and_sent_again(home: Path, here: Path) -> None:
    """The agent handles a message twice when its own connection is reset at the wrong time."""
    data = os.urandom(1_000_000)
    (here / "data").write_bytes(data)

    class Stuttering(LocalShell):
        stuttered = False

        async def write(self, data: bytes) -> None:
            if len(data) > 100_000 and not self.stuttered:
                self.stuttered = True
                data = data[:1024] + data
            await super().write(data)

    well(await copied(lambda: Stuttering(["dash"], home), here / "data", to="data"))
    assert (home / "data").read_bytes() == data


def test_the_typed_line_is_short_and_has_nothing_that_a_shell_reads_in_quotes() -> None:
    line = typed_line("0123456789abcdef")
    assert len(line) < 500, "macOS takes 1,024 bytes into a line that nobody reads yet"
    inside = line.split(b"'")
    assert len(inside) == 3
    assert not set(inside[1]) & set(b"\\!\n"), "fish, csh"
    assert b":0123456789abcdef hello" not in line, "its echo is no answer"
    assert command("m", "drop") == b"m drop\n"
