"""How typed bytes are read, by an event loop that can wait for standard input and by a thread, and odd terminals."""

from __future__ import annotations

import asyncio
import fcntl
import os
import select
import struct
import termios
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from smtui.plugin.builtin.terminal_input import NO_TERMINAL, Keyboard, PolledKeyboard, Terminal, ThreadedKeyboard
from tests.waiting import let_loop_run, until

NEVER_OPEN = 1_000_000
Make = Callable[[int], Keyboard]


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    os.close(writing)
    os.close(reading)


async def read(keyboard: Keyboard) -> bytes:
    async with asyncio.timeout(60):
        return await keyboard.read()


@pytest.mark.parametrize("make", [PolledKeyboard, ThreadedKeyboard])
async def test_what_is_typed_comes_piece_by_piece_and_then_its_end(make: Make) -> None:
    reading, writing = os.pipe()
    keyboard = make(reading)
    for piece in (b"one", b"two", bytes(range(256))):
        os.write(writing, piece)
        assert await read(keyboard) == piece
    os.close(writing)
    assert await read(keyboard) == b""
    os.close(reading)


@pytest.mark.parametrize("make", [PolledKeyboard, ThreadedKeyboard])
async def test_a_descriptor_that_is_closed_is_the_end(make: Make) -> None:
    assert await read(make(NEVER_OPEN)) == b""


@pytest.mark.parametrize("make", [PolledKeyboard, ThreadedKeyboard])
async def test_a_plain_file_is_read_to_its_end(make: Make, tmp_path: Path) -> None:
    (tmp_path / "typed").write_bytes(b"ls\n")
    descriptor = os.open(tmp_path / "typed", os.O_RDONLY)
    keyboard = make(descriptor)
    assert [await read(keyboard), await read(keyboard)] == [b"ls\n", b""]
    os.close(descriptor)


async def test_the_enter_key_of_a_windows_console_is_the_one_that_shells_expect() -> None:
    reading, writing = os.pipe()
    keyboard = ThreadedKeyboard(reading)
    os.write(writing, b"dir\r\n")
    assert await read(keyboard) == b"dir\r"
    os.close(writing)
    assert await read(keyboard) == b""
    os.close(reading)


async def test_a_thread_takes_one_piece_ahead_and_no_more() -> None:
    """What is typed once the session has ended is the shell's again."""
    reading, writing = os.pipe()
    keyboard = ThreadedKeyboard(reading)
    os.write(writing, b"first")
    await until(lambda: not select.select([reading], [], [], 0)[0])
    os.write(writing, b"second")
    os.close(writing)
    await let_loop_run(0.05)
    assert os.read(reading, 1) == b"s"
    assert [await read(keyboard), await read(keyboard), await read(keyboard)] == [b"first", b"econd", b""]
    os.close(reading)


async def test_what_another_process_reads_first_is_waited_for_again(pipe: tuple[int, int]) -> None:
    """A program that was left in the background may read the same terminal, and have made it non-blocking."""
    reading, writing = pipe
    os.set_blocking(reading, False)
    other = os.dup(reading)
    both = [asyncio.create_task(PolledKeyboard(descriptor).read()) for descriptor in (reading, other)]
    await asyncio.sleep(0)
    os.write(writing, b"a")
    async with asyncio.timeout(60):
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for _ in range(10):
            await asyncio.sleep(0)
        assert [task.done() for task in both].count(True) == 1
        os.write(writing, b"b")
        assert {await task for task in both} == {b"a", b"b"}
    os.close(other)


def sized(columns: int, rows: int) -> tuple[int, int]:
    """Both ends of a terminal of this size."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    return master, slave


def test_a_terminal_without_a_size_is_as_large_as_none() -> None:
    master, slave = sized(0, 0)
    assert Terminal(slave, slave).size() == NO_TERMINAL
    os.close(master)
    os.close(slave)


def test_where_output_goes_elsewhere_the_input_tells_the_size(pipe: tuple[int, int]) -> None:
    master, slave = sized(100, 30)
    assert Terminal(slave, pipe[1]).size() == (100, 30)
    os.close(master)
    os.close(slave)


def test_a_terminal_that_is_gone_breaks_nothing() -> None:
    master, slave = sized(80, 24)
    terminal = Terminal(slave, slave)
    assert terminal.is_there
    os.close(master)
    with terminal.raw():
        terminal.leave_output_alone()
    os.close(slave)
