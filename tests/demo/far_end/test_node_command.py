"""Commands on the demo's nodes: executed words, and nothing left of them."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from smtui.channel.message import PayloadType
from smtui.demo.far_end.agent import CannotRun, ProgramMessage
from smtui.demo.far_end.node_command import CommandProperties, LocalCommand

OUT, ERR, CODE = PayloadType.OUTPUT, PayloadType.STDERR, PayloadType.EXIT_CODE


def properties(command: str, **more: object) -> CommandProperties:
    return CommandProperties.of({"linux": {"commands": command, **more}})


async def said_by(given: CommandProperties) -> list[bytes | ProgramMessage]:
    program = LocalCommand("web-1", given)
    said = []
    try:
        async with asyncio.timeout(60):
            while piece := await program.read():
                said.append(piece)
    finally:
        await program.close()
    return said


async def test_apart_streamed_and_then_the_status() -> None:
    said = await said_by(properties("sh -c 'echo err >&2; echo out; exit 7'", separateOutputStream="True"))
    assert ProgramMessage(OUT, b"out\n") in said
    assert ProgramMessage(ERR, b"err\n") in said
    assert said[-1] == ProgramMessage(CODE, b"EXIT_CODE: 7")


async def test_together_at_the_end_and_without_a_status() -> None:
    assert await said_by(properties("sh -c 'echo out; echo err >&2; exit 7'")) == [b"out\nerr\n"]
    assert await said_by(properties("true")) == []


async def test_output_comes_while_the_command_runs() -> None:
    program = LocalCommand("web-1", properties("sh -c 'echo one; exec sleep 60'", separateOutputStream=True))
    assert await program.read() == ProgramMessage(OUT, b"one\n")
    await program.write(b"typed, and dropped")
    await program.write(b"\x03")
    assert await program.read() == ProgramMessage(CODE, b"EXIT_CODE: -1")
    await program.close()


async def test_prefixes() -> None:
    given = properties("echo x", separateOutputStream="true", stdOutSeparatorPrefix="out: ")
    assert await said_by(given) == [ProgramMessage(OUT, b"out: x\n"), ProgramMessage(CODE, b"EXIT_CODE: 0")]


async def test_a_command_that_is_not_there_gives_its_status_first() -> None:
    status, error = await said_by(properties("nowhere --x", separateOutputStream="True"))
    assert status == ProgramMessage(CODE, b"EXIT_CODE: 1")
    assert error == ProgramMessage(ERR, b'exec: "nowhere": executable file not found in $PATH')


@pytest.mark.parametrize("command", ["nowhere", "'unbalanced"])
async def test_what_cannot_be_run_is_an_error_of_the_agents(command: str) -> None:
    with pytest.raises(CannotRun, match="Unable to start command"):
        await said_by(properties(command))


def test_no_command() -> None:
    with pytest.raises(CannotRun):
        CommandProperties.of({"linux": {}})


async def test_it_runs_at_home_with_little_of_the_users_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "must-not-get-in")
    (output,) = await said_by(properties("sh -c 'pwd; echo $HOME; env'"))
    assert isinstance(output, bytes)
    where, home, *_ = output.decode().splitlines()
    assert where == home
    assert b"must-not-get-in" not in output
    assert not Path(home).exists(), "and the folder is gone"


async def test_closing_ends_what_it_started(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    program = LocalCommand(
        "web-1", properties(f"sh -c 'sleep 300 & echo $! > {pid_file}; echo started; wait'", separateOutputStream=True)
    )
    assert await program.read() == ProgramMessage(OUT, b"started\n")
    await program.close()
    pid = int(pid_file.read_text())
    assert not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2]
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
