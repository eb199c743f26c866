"""Output that is slow, stuck, or gone."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import select
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtui.plugin.builtin.output_stream import OutputGone, OutputStream
from tests.waiting import until

LOTS = bytes(range(256)) * 8192


@contextlib.contextmanager
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    try:
        yield reading, writing
    finally:
        for descriptor in (reading, writing):
            with contextlib.suppress(OSError):
                os.close(descriptor)


async def read_slowly(descriptor: int, wanted: int) -> bytes:
    output = bytearray()
    while len(output) < wanted:
        output += await asyncio.to_thread(os.read, descriptor, 65536)
    return bytes(output)


async def test_a_slow_reader_of_a_pipe_gets_everything() -> None:
    with pipe() as (reading, writing):
        screen = OutputStream(writing)
        reader = asyncio.create_task(read_slowly(reading, len(LOTS)))
        for start in range(0, len(LOTS), 100_000):
            await screen.write(LOTS[start : start + 100_000])
        assert await reader == LOTS
        screen.close()


async def test_a_stuck_reader_makes_the_writer_wait_and_not_the_loop() -> None:
    with pipe() as (_, writing):
        screen = OutputStream(writing)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await screen.write(LOTS)
        await screen.flush(0.01)
        screen.close()


async def test_a_reader_that_went_away_is_noticed() -> None:
    with pipe() as (reading, writing):
        screen = OutputStream(writing)
        await screen.write(b"x")
        os.close(reading)
        with pytest.raises(OutputGone):
            await screen.write(b"x")
        with pytest.raises(OutputGone):
            await screen.write(b"x")
        screen.close()


async def test_a_reader_that_goes_away_while_the_writer_waits_is_noticed() -> None:
    with pipe() as (reading, writing):
        screen = OutputStream(writing)
        waiting = asyncio.create_task(screen.write(LOTS))
        await until(lambda: not select.select([], [writing], [], 0)[1])
        os.close(reading)
        with pytest.raises(OutputGone):
            await waiting
        screen.close()


async def test_a_terminal_stays_in_the_mode_that_others_gave_it() -> None:
    master, slave = pty.openpty()
    try:
        screen = OutputStream(slave)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await screen.write(b"x" * 1_000_000)
        assert os.get_blocking(slave)
        screen.close()
    finally:
        os.close(master)
        os.close(slave)


async def test_a_plain_file_takes_everything(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as out:
        screen = OutputStream(out.fileno())
        await screen.write(LOTS)
        screen.close()
    assert (tmp_path / "out").read_bytes() == LOTS


async def test_a_closed_descriptor_is_noticed() -> None:
    with pipe() as (_, writing):
        os.close(writing)
        with pytest.raises(OutputGone):
            await OutputStream(writing).write(b"x")


async def test_what_we_say_commands_no_terminal_whatever_it_quotes() -> None:
    with pipe() as (reading, writing):
        screen = OutputStream(writing)
        await screen.say("one\ntwo \x1b[31mred \x9b1m\r\n")
        said = os.read(reading, 4096)
        assert said.count(b"\n") == 2
        assert not {b"\x1b", b"\xc2\x9b", b"\r"} & {said[at : at + size] for at in range(len(said)) for size in (1, 2)}
        screen.close()
