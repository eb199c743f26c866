"""The demo's shell: a real one, alone, and gone without a trace."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from shlex import quote

import pytest

from smtui.demo.far_end.node_shell import LocalShell


class Talk:
    """A shell, and what it has said so far."""

    def __init__(self, shell: LocalShell) -> None:
        self.shell = shell
        self.said = b""

    async def until(self, wanted: bytes) -> bytes:
        while wanted not in self.said:
            more = await self.shell.read()
            assert more, f"the shell ended; it had said {self.said!r}"
            self.said += more
        before, _, self.said = self.said.partition(wanted)
        return before + wanted

    async def run(self, line: str) -> str:
        """What one command prints."""
        await self.shell.write(f'echo "<"begun">"; eval {quote(line)}; echo "<"done">"\r'.encode())
        await self.until(b"<begun>\r\n")
        return (await self.until(b"<done>")).decode().removesuffix("<done>").replace("\r\n", "\n")

    async def rest(self) -> bytes:
        while more := await self.shell.read():
            self.said += more
        return self.said


@pytest.fixture
async def talk(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Talk]:
    for name in ("AWS_SECRET_ACCESS_KEY", "SSH_AUTH_SOCK", "AWS_SSM_START_SESSION_RESPONSE", "EDITOR"):
        monkeypatch.setenv(name, "must-not-get-in")
    shell = LocalShell.start("web-1")
    yield Talk(shell)
    await shell.close()


async def test_its_first_line_says_whose_machine_it_is(talk: Talk) -> None:
    first = await talk.until(b"\r\n")
    assert b"your own machine" in first
    assert b"web-1" in first


async def test_its_prompt_names_the_node_and_the_folder(talk: Talk) -> None:
    await talk.until(b"[web-1 ~]$ " if Path("/bin/bash").exists() else b"[web-1]$ ")


async def test_it_lives_in_a_scratch_folder_that_goes_with_it(talk: Talk) -> None:
    home = (await talk.run('echo "$HOME"')).strip()
    assert (await talk.run("pwd -P")).strip() == os.path.realpath(home)
    assert Path(home).is_dir()
    await talk.run("echo kept > file")
    await talk.shell.close()
    assert not Path(home).exists()


async def test_only_a_short_list_of_the_environment_gets_in(talk: Talk) -> None:
    names = {line.partition("=")[0] for line in (await talk.run("env")).splitlines()}
    assert "HOME" in names
    assert names <= {
        "PATH", "LANG", "TERM", "TZ", "HOME", "PS1", "HISTFILE", "PWD", "OLDPWD", "SHLVL", "_",
        "BASH_SILENCE_DEPRECATION_WARNING", "SMTUI_DEMO_NODE",
    } | {name for name in names if name.startswith("LC_")}  # fmt: skip


async def test_it_inherits_no_open_file(tmp_path: Path) -> None:
    with (tmp_path / "secret").open("w") as secret:
        os.set_inheritable(secret.fileno(), True)
        shell = LocalShell.start("web-1")
        try:
            assert "secret" not in await Talk(shell).run("ls -l /dev/fd/")
        finally:
            await shell.close()


async def test_it_is_on_a_terminal_with_the_clients_size(talk: Talk) -> None:
    assert (await talk.run("tty")).startswith("/dev/")
    talk.shell.resize(101, 33)
    assert (await talk.run("stty size")).strip() == "33 101"


async def test_control_c_stops_the_foreground_job_and_only_that(talk: Talk) -> None:
    await talk.until(b"$ ")
    await talk.shell.write(b"sh -c 'echo sleeping; exec sleep 100'\r")
    await talk.until(b"\rsleeping\r\n")
    await talk.shell.write(b"\x03")
    await talk.until(b"$ ")
    assert await talk.run("echo still $((6*7))") == "still 42\n"


async def test_utf8_passes_both_ways(talk: Talk) -> None:
    assert "grüße 日本 😀" in await talk.run("echo 'grüße 日本 😀'")


async def test_exit_ends_the_output(talk: Talk) -> None:
    await talk.until(b"$ ")
    await talk.shell.write(b"exit\r")
    assert (await talk.rest()).endswith(b"exit\r\n")
    await talk.shell.write(b"ignored")


async def test_all_output_before_the_end_is_read(talk: Talk) -> None:
    await talk.until(b"$ ")
    await talk.shell.write(b"seq 1 30000; exit\r")
    assert b"29999\r\n30000\r\nexit\r\n" in await talk.rest()


@pytest.mark.parametrize("job", ["sleep 987 &", "trap '' HUP; sleep 988 & sleep 989 &", "(trap '' HUP; sleep 986)&"])
async def test_closing_leaves_no_process_of_its_session(talk: Talk, job: str) -> None:
    pid = int((await talk.run("echo $$")).strip())
    await talk.run(job)
    assert len(members(pid)) >= 2
    await talk.shell.close()
    await talk.shell.close()
    assert members(pid) == []


async def test_closing_a_shell_that_has_exited_ends_its_jobs(talk: Talk) -> None:
    pid = int((await talk.run("echo $$")).strip())
    await talk.run("(trap '' HUP; sleep 985) &")
    await talk.shell.write(b"exit\r")
    await talk.rest()
    await talk.shell.close()
    assert members(pid) == []


async def test_a_read_that_waits_ends_when_it_is_closed(talk: Talk) -> None:
    await talk.until(b"$ ")
    reading = asyncio.create_task(talk.rest())
    await asyncio.sleep(0)
    await talk.shell.close()
    async with asyncio.timeout(60):
        await reading


async def test_a_hostile_name_stays_a_name() -> None:
    shell = LocalShell.start("$(touch pwned)`id`\x1b[31m\n")
    try:
        talk = Talk(shell)
        assert (await talk.run("ls")).strip() == ""
        assert b"\x1b[31m" not in talk.said
    finally:
        await shell.close()


def members(session: int) -> list[str]:
    """Processes of a session, zombies left out, without the code under test."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(stat.parent.name)
    return found
