"""A session whose streams a program reads and writes: its bytes arrive unchanged, and nothing of the plugin's."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from smtui.domain.request import SessionRequest
from smtui.engine.launcher import Launcher
from smtui.engine.piped_session import PipedSession, SessionOver
from smtui.run_options import RunOptions
from smtui.wiring import wired
from tests.waiting import until

pytestmark = pytest.mark.integration
_RAW = b"exec sh -c 'stty raw -echo; echo BE''GUN; exec \"$0\" -c \"$1\"' sh '%s'\n"


@pytest.fixture
async def launcher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Launcher]:
    for name in ("STATE", "CACHE", "CONFIG"):
        monkeypatch.setenv(f"SMTUI_{name}_DIR", str(tmp_path / name))
    async with wired(RunOptions(demo=True), pytest.fail) as launcher:
        await launcher.prepare()
        await launcher.fleet.refresh()
        yield launcher


def request_for(launcher: Launcher, name: str = "web-1") -> SessionRequest:
    node = next(node for node in launcher.fleet.nodes() if node.name == name)
    return SessionRequest(node.node_id, node.place)


async def begun(session: PipedSession, work: bytes) -> None:
    """Starts `work` on the node, on a terminal that changes no byte."""
    await session.write(_RAW % work)
    while not (await session.stdout.readline()).endswith(b"BEGUN\n"):
        assert not session.stdout.at_eof()


async def test_every_byte_arrives_unchanged(launcher: Launcher) -> None:
    data = bytes(range(256)) * 8192
    async with launcher.piped_session(request_for(launcher), "web-1") as session:
        await begun(session, b"head -c %d | sha256sum; cat" % len(data))
        await session.write(data)
        assert (await session.stdout.readline()).split()[0] == hashlib.sha256(data).hexdigest().encode()
        await session.write(b"echo\n")
        assert await session.stdout.readline() == b"echo\n"
    assert (await session.result()).failure is None
    assert await session.stderr.read() == b""


async def test_the_session_is_ended_at_aws_too(launcher: Launcher) -> None:
    request = request_for(launcher)
    async with launcher.piped_session(request, "web-1") as session:
        await begun(session, b"cat")
    aws = launcher.fleet.aws(request.place)
    assert await launcher.off_loop.call(lambda: list(aws.active_sessions(owner=aws.caller().arn))) == []
    with pytest.raises(SessionOver):
        for _ in range(100):  # the pipe takes a few
            await session.write(b"more" * 65536)


async def test_a_refused_start_is_a_result_and_ends_the_streams(launcher: Launcher) -> None:
    async with launcher.piped_session(request_for(launcher, "no-profile-1"), "no-profile-1") as session:
        assert await session.stdout.read() == b""
        result = await session.result()
    assert result.failure is not None
    assert "TargetNotConnected" in result.failure.words


async def test_a_program_that_reads_nothing_keeps_the_remote_waiting_and_can_still_leave(launcher: Launcher) -> None:
    async with launcher.piped_session(request_for(launcher), "web-1") as session:
        await begun(session, b"cat /dev/zero")
        await until(lambda: len(session.stdout._buffer) > 1 << 20)  # type: ignore[attr-defined]  # it has no public size
    assert (await session.result()).failure is None


async def test_smtui_killed_in_the_middle_leaves_neither_the_plugin_nor_a_key_on_the_node(tmp_path: Path) -> None:
    """What smtui sent must stay exactly that: a Ctrl-C or Ctrl-D for a farewell would be data."""
    received = tmp_path / "received"
    script = f"""
import asyncio
from tests.engine.test_piped_session import begun, request_for
from smtui.run_options import RunOptions
from smtui.wiring import wired

async def main():
    async with wired(RunOptions(demo=True), print) as launcher:
        await launcher.prepare()
        await launcher.fleet.refresh()
        async with launcher.piped_session(request_for(launcher), "web-1") as session:
            await begun(session, b"cat > {received}")
            await session.write(b"x" * 100_000)
            await asyncio.sleep(600)

asyncio.run(main())
"""
    folders = {f"SMTUI_{name}_DIR": str(tmp_path / name) for name in ("STATE", "CACHE", "CONFIG")}
    smtui = subprocess.Popen([sys.executable, "-c", script], env={**os.environ, **folders})
    try:
        await until(lambda: received.exists() and received.stat().st_size == 100_000)
        children = psutil.Process(smtui.pid).children(recursive=True)
        [plugin] = [child for child in children if "smtui.plugin.builtin" in child.cmdline()]
    finally:
        smtui.send_signal(signal.SIGKILL)
        smtui.wait()
    await until(lambda: not plugin.is_running())
    await asyncio.to_thread(psutil.wait_procs, children, 20)
    assert received.read_bytes() == b"x" * 100_000
