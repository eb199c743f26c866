"""Bytes between a tunnel and two descriptors: order, the end of either side, and what is told of a failure."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest

from smtui.engine.endpoint_relay import relay
from smtui.engine.offloop import OffLoop
from smtui.ssh.endpoint_tunnels import TunnelFailed
from tests.waiting import let_loop_run, wait_until

Answer = TypeVar("Answer")


class Tunnel:
    """Returns what was put into `coming`; keeps what was written."""

    def __init__(self) -> None:
        self.coming: asyncio.Queue[bytes | TunnelFailed] = asyncio.Queue()
        self.written = b""
        self.broken = False
        self.closed = False

    async def read(self) -> bytes:
        data = await self.coming.get()
        if isinstance(data, TunnelFailed):
            raise data
        return data

    async def write(self, data: bytes) -> None:
        if self.broken:
            raise TunnelFailed("sent into nothing")
        self.written += data

    async def close(self) -> None:
        self.closed = True


class CountingOffLoop(OffLoop):
    """Knows how many calls are waiting or running; one goes on when its caller is cancelled."""

    def __init__(self) -> None:
        super().__init__()
        self._under_way: list[object] = []

    @property
    def is_idle(self) -> bool:
        return not self._under_way

    async def call(self, function: Callable[[], Answer]) -> Answer:
        def counted() -> Answer:
            try:
                return function()
            finally:
                self._under_way.pop()

        self._under_way.append(function)
        return await super().call(counted)


class Streams:
    """Two pipes: what the relay reads, and what it writes."""

    def __init__(self) -> None:
        self.off_loop = CountingOffLoop()
        self.reading, self.input = os.pipe()
        self.output, self.writing = os.pipe()
        self._open = {self.reading, self.input, self.output, self.writing}

    def close(self, *descriptors: int) -> None:
        for each in self._open & set(descriptors or self._open):
            self._open.discard(each)
            os.close(each)


@pytest.fixture
def streams() -> Iterator[Streams]:
    made = Streams()
    yield made
    made.close(made.input)
    wait_until(lambda: made.off_loop.is_idle)  # or a thread reads what the next test's pipe holds
    made.close()


async def passing(tunnel: Tunnel, streams: Streams) -> None:
    await relay(tunnel, streams.off_loop, streams.reading, streams.writing)
    assert tunnel.closed


async def test_both_ways_until_the_tunnel_ends(streams: Streams) -> None:
    tunnel = Tunnel()
    going = asyncio.ensure_future(passing(tunnel, streams))
    os.write(streams.input, b"hello")
    tunnel.coming.put_nowait(b"SSH-2.0-x\r\n")
    assert await asyncio.to_thread(os.read, streams.output, 99) == b"SSH-2.0-x\r\n"
    while tunnel.written != b"hello":
        await asyncio.sleep(0)
    tunnel.coming.put_nowait(b"")
    await going


async def test_the_answer_after_our_end_of_input_still_comes(streams: Streams, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtui.engine.endpoint_relay.QUIET_SECONDS", 60.0)
    tunnel = Tunnel()
    going = asyncio.ensure_future(passing(tunnel, streams))
    os.write(streams.input, b"last words")
    streams.close(streams.input)
    while tunnel.written != b"last words":
        await asyncio.sleep(0)
    await let_loop_run(0.2)
    assert not going.done()
    tunnel.coming.put_nowait(b"answer")
    assert await asyncio.to_thread(os.read, streams.output, 99) == b"answer"
    tunnel.coming.put_nowait(b"")
    await going


async def test_without_an_answer_it_ends_by_itself(streams: Streams, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtui.engine.endpoint_relay.QUIET_SECONDS", 0.05)
    streams.close(streams.input)
    await passing(Tunnel(), streams)


async def test_a_broken_tunnel_says_why(streams: Streams) -> None:
    tunnel = Tunnel()
    tunnel.broken = True
    os.write(streams.input, b"x")
    going = asyncio.ensure_future(passing(tunnel, streams))
    tunnel.coming.put_nowait(TunnelFailed("the reason"))
    with pytest.raises(TunnelFailed, match="the reason"):
        await going
    assert tunnel.closed


async def test_nobody_reads_any_more(streams: Streams) -> None:
    tunnel = Tunnel()
    streams.close(streams.output)
    tunnel.coming.put_nowait(b"x")
    await passing(tunnel, streams)
