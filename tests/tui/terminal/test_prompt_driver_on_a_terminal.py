"""The driver on a real terminal that is handed over, gone, stalled, stopped, or sends rubbish."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
import termios
import threading
import tty
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest
from textual import events
from textual.app import App
from textual.message import Message

from smtui.tui.terminal import prompt_driver
from smtui.tui.terminal.prompt_driver import PromptDriver, TerminalGone
from smtui.tui.terminal.starting_terminal import StartingTerminal, without_flush
from tests.waiting import PATIENCE, let_loop_run, until

MANY = 200
"""Writes; far more than Textual's queue holds."""


@dataclass
class StubApp:
    """What a driver knows of an app."""

    messages: list[Message] = field(default_factory=list)

    async def _post_message(self, message: Message) -> bool:
        self.messages.append(message)
        return True

    @property
    def keys(self) -> list[str]:
        return [message.key for message in self.messages if isinstance(message, events.Key)]


class Bench:
    """A pty, a driver on its slave, and what it has shown."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.master, self.slave = os.openpty()
        termios.tcsetwinsize(self.slave, (24, 80))
        monkeypatch.setattr(sys, "__stdin__", os.fdopen(os.dup(self.slave), "r"))
        monkeypatch.setattr(sys, "__stderr__", os.fdopen(os.dup(self.slave), "w"))
        self.app = StubApp()
        self.driver = PromptDriver(cast(App[Any], self.app))

    def shown(self) -> bytes:
        shown = b""
        while select.select([self.master], [], [], 0.05)[0]:
            try:
                shown += os.read(self.master, 65536)
            except OSError:
                break
        return shown

    def write_much(self) -> None:
        for _ in range(MANY):
            self.driver.write("x" * 1000)

    def send(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def modes(self) -> list[Any]:
        return termios.tcgetattr(self.slave)

    def hang_up(self) -> None:
        os.close(self.slave)
        os.close(self.master)
        self.master = self.slave = -1

    def input_threads(self) -> int:
        return sum(thread.name == "textual-input" for thread in threading.enumerate())


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTSTP, signal.SIGCONT, signal.SIGWINCH)}
    made = Bench(monkeypatch)
    yield made
    made.driver.stop_application_mode()
    made.driver.close()
    for descriptor in (made.master, made.slave):
        if descriptor >= 0:
            os.close(descriptor)
    for number, handler in before.items():
        signal.signal(number, handler)


async def in_time(call: Callable[[], object]) -> None:
    """In a thread of its own, so that a call that hangs fails the test and no more."""
    done = threading.Event()

    def run() -> None:
        call()
        done.set()

    threading.Thread(target=run, daemon=True).start()
    await until(done.is_set)


async def test_a_terminal_that_is_handed_over_is_not_written_to(bench: Bench) -> None:
    bench.driver.start_application_mode()
    bench.driver.suspend_application_mode()
    bench.shown()
    await in_time(bench.write_much)
    await in_time(bench.driver.disable_input)
    await in_time(bench.driver.stop_application_mode)
    await in_time(bench.driver.close)
    bench.driver.flush()
    assert bench.shown() == b""


async def test_keys_of_a_session_are_not_thrown_away(bench: Bench) -> None:
    bench.driver.start_application_mode()
    bench.driver.suspend_application_mode()
    bench.send(b"ls\r")
    bench.driver.disable_input()
    assert select.select([bench.slave], [], [], PATIENCE)[0]
    assert os.read(bench.slave, 10) == b"ls\n"


async def test_before_its_start_and_after_its_end_too(bench: Bench) -> None:
    await in_time(bench.write_much)
    bench.driver.start_application_mode()
    bench.driver.stop_application_mode()
    bench.driver.close()
    shown = bench.shown()
    assert shown.count(b"\x1b[?1049l") == 1
    await in_time(bench.write_much)
    bench.driver.stop_application_mode()
    bench.driver.disable_input()
    bench.driver.close()
    assert bench.shown() == b""
    assert bench.input_threads() == 0


async def test_started_twice_it_reads_once(bench: Bench) -> None:
    bench.driver.start_application_mode()
    bench.driver.start_application_mode()
    assert bench.input_threads() == 1
    bench.driver.stop_application_mode()
    bench.driver.close()
    assert bench.shown().count(b"\x1b[?1049h") == 1


async def test_the_modes_at_the_end_are_those_before_the_first_start(bench: Bench) -> None:
    before = bench.modes()
    bench.driver.start_application_mode()
    bench.driver.suspend_application_mode()
    tty.setraw(bench.slave)  # a session that left it so
    bench.driver.resume_application_mode()
    bench.driver.stop_application_mode()
    assert bench.modes() == without_flush(before)


async def test_ctrl_c_at_the_end_does_not_throw_the_end_away(bench: Bench) -> None:
    """What the reader's own buffer holds is safe; a slow terminal has more than that to show."""
    bench.driver.start_application_mode()
    bench.driver.write("\x1b[?7l" + "x" * 12_000)
    bench.driver.stop_application_mode()
    bench.driver.close()
    bench.send(b"\x03")
    shown = b""
    while b"^C" not in shown:  # it is echoed after that
        shown += os.read(bench.master, 512)
        await asyncio.sleep(0.001)
    assert b"\x1b[?1049l" in shown


async def test_a_terminal_that_is_gone_stops_nobody_and_is_told(bench: Bench) -> None:
    bench.driver.start_application_mode()
    bench.hang_up()
    await until(lambda: any(isinstance(message, TerminalGone) for message in bench.app.messages))
    await in_time(bench.write_much)
    assert bench.driver._writer is not None, "an error in its thread would be printed somewhere"
    await in_time(bench.driver.stop_application_mode)
    await in_time(bench.driver.close)
    assert bench.input_threads() == 0


async def test_a_terminal_that_shows_nothing_any_more_does_not_keep_the_end(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prompt_driver, "_STALLED_SECONDS", 0.1)
    bench.driver.start_application_mode()
    for _ in range(20):  # less than the queue holds, more than the pty does
        bench.driver.write("x" * 65536)
    await in_time(bench.driver.close)


async def test_what_is_not_drawn_yet_does_not_hold_up_the_end(bench: Bench) -> None:
    bench.driver.start_application_mode()
    bench.driver.write("\x1b[1;1H" + "x" * 65536)  # nobody reads: it fills the pty
    await until(lambda: bench.driver._writer is not None and bench.driver._writer._queue.qsize() == 0)
    bench.driver.write("\x1b]52;c;QUJD\x07")
    for _ in range(20):
        bench.driver.write("\x1b[1;1H" + "x" * 65536)
    bench.driver.disable_input()  # which only the main thread can
    ending = threading.Thread(target=bench.driver.suspend_application_mode)
    ending.start()
    shown = b""
    while ending.is_alive():
        shown += bench.shown()
    shown += bench.shown()
    assert shown.count(b"x") < 5 * 65536
    assert b"\x1b]52;c;QUJD\x07" in shown
    assert b"\x1b[?1049l" in shown


async def test_a_slow_terminal_gets_all_of_the_end(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each read takes it nearly as long as a stalled terminal is waited for."""
    clock = [0.0]
    monkeypatch.setattr(prompt_driver, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr(prompt_driver, "_LONGEST_CLOSING", 1e9)
    bench.driver.start_application_mode()
    for _ in range(10):
        bench.driver.write("\x1b[?7l" + "x" * 8192)  # a mode, so it is not dropped
    bench.driver.stop_application_mode()
    writer = bench.driver._writer
    ending = threading.Thread(target=bench.driver.close)
    ending.start()
    while ending.is_alive():
        if select.select([bench.master], [], [], 0.1)[0]:
            os.read(bench.master, 8192)
            clock[0] += prompt_driver._STALLED_SECONDS / 4
            await asyncio.sleep(prompt_driver._CLOSING_SECONDS)
    assert writer is not None
    has_written_all = not writer.is_alive()
    while writer.is_alive():
        bench.shown()
    assert has_written_all
    assert clock[0] > 2 * prompt_driver._STALLED_SECONDS


@pytest.mark.parametrize(
    "rubbish",
    [
        b"\x1b[99999999999999u",
        b"\x1b[1114112;1u",
        b"\x1b[55296u",
        b"\x1b[97;;1114112:99999999u",
        b"\x1b[1:2:3;4:5u",
        b"\x1b[<9999999999999999999999;1;1M",
        b"\x1b[48;0;0;0;0t",
        b"\x1b[M\xff\xff\xff",
        b"\xff\xfe\xfd",
        b"\x1b[?2026;9$y",
        b"\x1b[0;0R",
    ],
)
async def test_rubbish_does_not_end_the_reading(bench: Bench, rubbish: bytes) -> None:
    bench.driver.start_application_mode()
    bench.send(rubbish)
    bench.send(b"\x1b[A")
    await until(lambda: "up" in bench.app.keys)
    assert not any(isinstance(message, events.Key) and message.key == "q" for message in bench.app.messages)


async def test_keys_arrive_and_answers_do_not(bench: Bench) -> None:
    bench.driver.start_application_mode()
    bench.send(b"j\x1b]52;c;cXFxcQ==\x1b\\\x1bP>|q\x1b\\k")
    await until(lambda: "k" in bench.app.keys)
    assert bench.app.keys == ["j", "k"]


async def test_the_escape_key_arrives_without_another(bench: Bench) -> None:
    bench.driver.start_application_mode()
    bench.send(b"\x1b")
    await until(lambda: bench.app.keys == ["escape"])


async def test_after_a_session_nothing_is_heard_before_the_fence_is_answered(bench: Bench) -> None:
    bench.driver.start_application_mode()
    assert b"\x1b[c" in bench.shown()
    bench.send(b"\x1b[?62;4cj")
    await until(lambda: bench.app.keys == ["j"])
    bench.driver.suspend_application_mode()
    bench.shown()
    bench.driver.resume_application_mode()
    assert b"\x1b[c" in bench.shown()
    bench.send(b"qfd4==\x1b\\\x1b[?62;4ck")
    await until(lambda: "k" in bench.app.keys)
    assert bench.app.keys == ["j", "k"]


async def test_continued_after_a_stop_it_takes_the_terminal_again(bench: Bench) -> None:
    bench.driver.start_application_mode()
    bench.shown()
    bench.driver._sigcont_application()
    await until(lambda: b"\x1b[?1049h" in bench.shown())
    assert bench.input_threads() == 1
    bench.driver.suspend_application_mode()
    bench.shown()
    bench.driver._sigcont_application()
    await let_loop_run(0.05)
    assert bench.shown() == b"", "it is a session's now"


async def test_ctrl_z_held_down_stops_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    stops: list[int] = []
    monkeypatch.setattr(os, "kill", lambda _, number: stops.append(number))
    bench.driver.start_application_mode()
    for _ in range(5):
        bench.driver._sigtstp_application()
    await until(lambda: bool(stops))
    await asyncio.sleep(0)
    assert stops == [signal.SIGSTOP]
    bench.driver._sigtstp_application()
    await until(lambda: len(stops) == 2)


def test_all_modes_are_back_once_nothing_more_is_shown() -> None:
    master, slave = os.openpty()
    before = termios.tcgetattr(slave)
    terminal = StartingTerminal(slave)
    tty.setraw(slave)
    terminal.restore_modes(more_is_shown=True)
    assert termios.tcgetattr(slave) == without_flush(before) != before
    terminal.restore_modes()
    assert termios.tcgetattr(slave) == before
    os.close(master)
    os.close(slave)
