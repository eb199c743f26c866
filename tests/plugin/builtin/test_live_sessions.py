"""The plugin's session in this process, on a terminal that is not ours, with a far end that a test plays."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import struct
import termios
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from smtui.channel import client_session
from smtui.channel.client import ClientChannel, StreamAddress
from smtui.channel.message import Message, MessageType, PayloadType, decode
from smtui.channel.payloads import acknowledge, channel_closed, read_size
from smtui.channel.transport import Connection
from smtui.plugin.builtin.output_stream import OutputStream
from smtui.plugin.builtin.session import Console, PluginSession, SessionOptions
from smtui.plugin.builtin.session_ending import Ending
from smtui.plugin.builtin.terminal_input import Terminal
from tests.waiting import until

INPUT = MessageType.INPUT_STREAM_DATA


class FarEnd:
    """A connection that acknowledges what it gets and keeps it; `say` sends output."""

    def __init__(self) -> None:
        self.got: list[Message] = []
        self._frames: asyncio.Queue[bytes] = asyncio.Queue()
        self._said = 0
        self._changed = asyncio.Event()

    async def send(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes) and (message := decode(frame)).type == INPUT:
            self.got.append(message)
            self._frames.put_nowait(acknowledge(message).encode())
            self._changed.set()

    async def receive(self) -> bytes:
        return await self._frames.get()

    def receive_waiting(self) -> bytes | None:
        return None if self._frames.empty() else self._frames.get_nowait()

    def hang_up(self) -> None: ...

    def abort(self) -> None: ...

    def say(self, data: bytes, kind: PayloadType = PayloadType.OUTPUT) -> None:
        self._frames.put_nowait(Message(MessageType.OUTPUT_STREAM_DATA, data, kind, self._said).encode())
        self._said += 1

    def close(self) -> None:
        self._frames.put_nowait(channel_closed("s-1", "i-1", "2026-11-22T05:19:52.000Z", "").encode())

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    @property
    def sizes(self) -> list[tuple[int, int]]:
        return [read_size(message.payload) for message in self.got if message.payload_type == PayloadType.SIZE]

    @property
    def typed(self) -> bytes:
        return b"".join(message.payload for message in self.got if message.payload_type == PayloadType.OUTPUT)


class Keys:
    """A keyboard on which the test types."""

    def __init__(self) -> None:
        self.typed: asyncio.Queue[bytes] = asyncio.Queue()

    async def read(self) -> bytes:
        return await self.typed.get()


async def press(number: signal.Signals) -> None:
    """Signal this process, once the session handles it: SIGTSTP would stop all tests."""
    await until(lambda: signal.getsignal(number) not in (signal.SIG_DFL, signal.default_int_handler))
    signal.raise_signal(number)


@dataclass
class Live:
    """One session that runs."""

    running: asyncio.Task[Ending]
    far: FarEnd
    master: int
    slave: int
    keys: Keys = field(default_factory=Keys)

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of its terminal. It is not this process's own, so no signal comes."""
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    async def ended(self) -> Ending:
        async with asyncio.timeout(60):
            return await self.running


@asynccontextmanager
async def live(*, resumes: bool = False, from_smtui: bool = True) -> AsyncIterator[Live]:
    far, keys = FarEnd(), Keys()

    async def dial(_: str) -> Connection:
        return far

    async def resume() -> StreamAddress | None:
        return None

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTSTP, signal.SIGQUIT)}
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    console = Console(Terminal(slave, slave), keys, OutputStream(slave), OutputStream(slave))
    channel = ClientChannel(dial, resume, client_version="1.2.896.0")
    options = SessionOptions(from_smtui, resumes=resumes)
    session = PluginSession(channel, StreamAddress("ws://127.0.0.1/", "t"), "s-1", console, options)
    running = asyncio.create_task(session.run())
    try:
        yield Live(running, far, master, slave, keys)
    finally:
        running.cancel()
        await asyncio.wait([running])
        for number, handler in before.items():
            asyncio.get_running_loop().remove_signal_handler(number)
            signal.signal(number, handler)
        console.screen.close()
        console.error_screen.close()
        os.close(master)
        os.close(slave)


async def test_keys_typed_after_a_resize_arrive_after_it() -> None:
    async with live() as session:
        session.far.say(b"$ ")
        await session.far.until(lambda: session.far.sizes == [(80, 24)])
        session.resize(100, 30)
        session.keys.typed.put_nowait(b"x")
        await session.far.until(lambda: session.far.typed == b"x")
        kinds = [message.payload_type for message in sorted(session.far.got, key=lambda message: message.sequence)]
        assert kinds == [PayloadType.SIZE, PayloadType.SIZE, PayloadType.OUTPUT]
        assert session.far.sizes[-1] == (100, 30)


async def test_a_session_that_is_taken_over_goes_on_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_session, "CATCHING_UP", 10)
    async with live(resumes=True) as session:
        session.keys.typed.put_nowait(b"ls\r")
        await session.far.until(lambda: session.far.typed == b"ls\r")
        assert session.far.sizes[:2] == [(80, 23), (80, 24)], "so that programs draw again"
        assert b"the session is resumed. If no prompt is shown, press Enter." in os.read(session.master, 4096)
        session.far.say(b"file\r\n")
        session.far.close()
        assert (await session.ended()).closed


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT])
async def test_a_key_of_a_signal_leaves_before_the_far_end_has_answered(number: signal.Signals) -> None:
    """So it comes where the terminal is not raw: from `kill`, or from a program in between."""
    async with live() as session:
        await press(signal.SIGTSTP)
        for _ in range(10):
            await asyncio.sleep(0)
        assert not session.running.done(), "Ctrl-Z stops nothing before there is something to stop"
        await press(number)
        ending = await session.ended()
        assert (ending.status, ending.closed) == (130, False)


async def test_afterwards_it_is_the_remotes() -> None:
    async with live() as session:
        session.far.say(b"$ ")
        await session.far.until(lambda: bool(session.far.sizes))
        for number, key in ((signal.SIGINT, b"\x03"), (signal.SIGTSTP, b"\x03\x1a"), (signal.SIGQUIT, b"\x03\x1a\x1c")):
            await press(number)
            await session.far.until(lambda key=key: session.far.typed == key)  # type: ignore[misc]
        assert not session.running.done()
