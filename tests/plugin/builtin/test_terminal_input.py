"""Escapes without smtui: the plugin on a terminal under the AWS CLI."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pexpect
import pytest

from smtui.domain.terminal_modes.modes import TerminalModes
from smtui.plugin.builtin import terminal_input
from smtui.plugin.builtin.output_stream import OutputStream
from smtui.plugin.builtin.terminal_input import OwnEscapes
from tests.plugin.builtin.service import SESSION, Service
from tests.plugin.builtin.test_on_a_terminal import at_prompt


@pytest.fixture
def plugin(far: Service) -> Iterator[pexpect.spawn]:
    with at_prompt(far) as running:
        yield running


def assert_left(far: Service, plugin: pexpect.spawn) -> None:
    plugin.expect_exact(f"Exiting session with sessionId: {SESSION}.")
    plugin.expect(pexpect.EOF)
    plugin.wait()
    assert plugin.exitstatus == 0, "the AWS CLI takes anything else for a fault"
    assert far.terminated == [SESSION]
    far.book.wait_for("ended")


def test_a_session_is_ended(far: Service, plugin: pexpect.spawn) -> None:
    plugin.send("~.")
    assert_left(far, plugin)


def test_a_session_that_fell_mute_is_left(far: Service, plugin: pexpect.spawn) -> None:
    far.faults.mute = True
    plugin.send("ls\r~.")
    assert_left(far, plugin)


def test_a_session_that_takes_nothing_more_is_left(far: Service, plugin: pexpect.spawn) -> None:
    far.faults.mute = True
    much = b"x" * 3_000_000
    while much:
        much = much[os.write(plugin.child_fd, much[:4096]) :]
    plugin.send("\r~.")
    assert_left(far, plugin)


def test_tildes_reach_the_session_as_they_are_meant(far: Service, plugin: pexpect.spawn) -> None:
    plugin.send("stty raw -echo; echo rea''dy; head -c 6 | od -An -tx1; stty sane\r")
    plugin.expect_exact("ready")
    plugin.send("\r~~.\r~x")
    plugin.expect_exact("0d 7e 2e 0d 7e 78")


def test_the_escapes_are_listed(plugin: pexpect.spawn) -> None:
    plugin.send("\r~?")
    plugin.expect_exact("\r\n  ~.  end the session\r\n")
    plugin.send("echo $((6*7))\r")
    plugin.expect_exact("42")


def test_smtui_has_them_for_itself(far: Service) -> None:
    with at_prompt(far, from_smtui=True) as plugin:
        plugin.send("stty raw -echo; echo rea''dy; head -c 2 | od -An -tx1; stty sane\r")
        plugin.expect_exact("ready")
        plugin.send("~.")
        plugin.expect_exact("7e 2e")


@pytest.mark.parametrize("from_smtui", [True, False])
def test_there_are_none_on_pipes(far: Service, from_smtui: bool) -> None:
    environment = far.environment(from_smtui=from_smtui)
    plugin = subprocess.Popen(
        far.argv, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    with plugin:
        assert plugin.stdin
        assert plugin.stdout
        plugin.stdin.write(b"\n~.\necho $((6*7))\nexit\n")
        plugin.stdin.flush()
        assert b"\r42\r\n" in plugin.stdout.read()


@dataclass
class Told:
    """Escapes that are quick to speak, on a terminal whose other side the test reads."""

    escapes: OwnEscapes
    screen: OutputStream
    master: int

    async def after_a_while(self) -> bytes:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.4):
                await self.escapes.run()
        try:
            return os.read(self.master, 4096)
        except BlockingIOError:
            return b""


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    monkeypatch.setattr(terminal_input, "ANSWER_SECONDS", 0.05)
    monkeypatch.setattr(terminal_input, "_LOOKED_FOR", 0.02)
    master, slave = os.openpty()
    os.set_blocking(master, False)
    screen = OutputStream(slave, TerminalModes())
    yield Told(OwnEscapes(screen, "i-1"), screen, master)
    os.close(master)
    os.close(slave)


@pytest.mark.parametrize(
    ("shown", "typed", "expected"),
    [
        (b"", b"x", 1),
        (b"$ ", b"x", 1),
        (b"", b"", 0),
        (b"\x1b[?1049h", b"x", 0),
        (b"\x1b[?1049h\x1b[?1049l", b"x", 1),
        (b"\x1b]0;tit", b"x", 0),
    ],
)
async def test_a_silence_is_reported(told: Told, shown: bytes, typed: bytes, expected: int) -> None:
    await told.screen.write(shown)
    told.escapes.typed(typed)
    assert (await told.after_a_while()).count(b"smtui: no answer from i-1") == expected
    told.screen.close()


async def test_an_answer_is_no_silence(told: Told) -> None:
    told.escapes.typed(b"x")
    told.escapes.answered()
    assert await told.after_a_while() == b""
    told.screen.close()


async def test_escapes_are_for_us_and_all_else_is_for_the_session(told: Told) -> None:
    assert told.escapes.typed(b"ls\r~?") == b"ls\r"
    assert b"~.  end the session" in os.read(told.master, 4096)
    assert told.escapes.typed(b"x\r~~.\r~.") == b"x\r~.\r"
    assert told.escapes.end_requested
    told.screen.close()
