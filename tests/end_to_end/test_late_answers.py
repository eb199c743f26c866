"""What a remote program asked the terminal is answered after the session: on the screen nothing may come of it."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable

import pytest

from smtui.tui.terminal.terminal_answers import ESCAPE_SECONDS, FENCE_SECONDS, SILENCE_SECONDS
from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_connect import assert_sane, wrapped
from tests.tui.terminal.test_terminal_answers import THE_NINE
from tests.waiting import PATIENCE

PROMPT = "~]$"
GAP = 0.004
HELP, PALETTE = "─ Help · ", "─ Palette · "
WAYS = ("whole", "byte by byte", "cut short")
DEVICE_ATTRIBUTES = b"\x1b[?62;22c"


def at_the_list(terminal: Terminal, patience: float = PATIENCE) -> None:
    """The filter may be gone: on a busy machine an escape can be so late to be followed that it is the escape key."""
    terminal.wait_for(lambda text: "▌" in text and "45 nodes" in text and HELP not in text, patience)


def session(terminal: Terminal) -> None:
    terminal.press("\r")
    terminal.wait_for(PROMPT)
    terminal.press("exit\r")
    at_the_list(terminal)


class Paused(Exception):
    """This machine was too busy to write the bytes of an answer at their pace."""


def type_slowly(terminal: Terminal, text: str) -> None:
    """Raises Paused after a pause for which an escape may rightly be taken for the escape key."""
    last = time.monotonic()
    for character in text:
        terminal.press(character)
        now = time.monotonic()
        if now - last > ESCAPE_SECONDS / 2:
            raise Paused
        last = now
        time.sleep(GAP)  # the pace of a slow connection


def answer(terminal: Terminal, text: str, way: str) -> None:
    if way == "byte by byte":
        with terminal.sending:
            type_slowly(terminal, text)
    elif way == "cut short":
        terminal.press(text[: -len(text) // 3])
        time.sleep(SILENCE_SECONDS + 0.2)  # the silence is what ends it
    else:
        terminal.press(text)


def open_help(terminal: Terminal) -> None:
    """Once more where smtui was too busy to read the key apart from the answer before it."""
    for _ in range(4):
        terminal.press("?")
        with contextlib.suppress(AssertionError):
            terminal.wait_for(HELP, patience=8)
            return
    raise AssertionError(f"no key works any more:\n{terminal.text()}")


def leave_help(terminal: Terminal) -> None:
    """By esc: one more clears what was typed in its search."""
    for _ in range(3):
        terminal.press("\x1b")
        with contextlib.suppress(AssertionError):
            at_the_list(terminal, patience=8)
            return
    raise AssertionError(f"help stays open:\n{terminal.text()}")


def at_their_pace(attempt: Callable[[], None]) -> None:
    """Make the attempt anew, with a terminal of its own, where this machine paused in it."""
    for _ in range(5):
        with contextlib.suppress(Paused):
            return attempt()
    pytest.skip("this machine is too busy to write an answer at its pace: it paused in each of five attempts")


def assert_nothing_came_of_it(terminal: Terminal, world: World, told: str, sessions: int) -> None:
    """Keys work, and the list is as it was: a sheet over it would take `?` differently."""
    assert world.region.faults.calls("ssm:StartSession") == sessions, told
    open_help(terminal)
    leave_help(terminal)
    assert PALETTE not in terminal.text(), told
    assert world.region.faults.calls("ssm:StartSession") == sessions, told


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("attributes", "way"),
    [
        pytest.param(DEVICE_ATTRIBUTES, "whole", id="answers DA1-whole"),
        pytest.param(DEVICE_ATTRIBUTES, "byte by byte", id="answers DA1-byte by byte", marks=pytest.mark.slow),
        pytest.param(DEVICE_ATTRIBUTES, "cut short", id="answers DA1-cut short"),
        pytest.param(b"", "whole", id="answers nothing-whole", marks=pytest.mark.slow),
        pytest.param(b"", "byte by byte", id="answers nothing-byte by byte"),
        pytest.param(b"", "cut short", id="answers nothing-cut short", marks=pytest.mark.slow),
    ],
)
def test_the_nine_answers_do_nothing(world: World, way: str, attributes: bytes) -> None:
    def attempt() -> None:
        before = world.region.faults.calls("ssm:StartSession")
        with Terminal(wrapped(f"{SMTUI} --filter web-1"), world.environment, attributes=attributes) as terminal:
            terminal.wait_for("Ready")
            for number, (name, text) in enumerate(THE_NINE.items(), before + 1):
                session(terminal)
                answer(terminal, text, way)
                if not attributes:
                    time.sleep(FENCE_SECONDS + 0.2)  # the first of the nine looks like a promise to answer
                assert_nothing_came_of_it(terminal, world, name, number)
            terminal.press("q")
            terminal.wait_for("status=0")
            terminal.wait_for_end()
            assert_sane(terminal)

    at_their_pace(attempt)


def test_without_a_session_before_them_they_do_nothing_either(world: World) -> None:
    def attempt() -> None:
        with Terminal(wrapped(f"{SMTUI} --filter web-1"), world.environment) as terminal:
            terminal.wait_for("Ready")
            for way in WAYS:
                for name, text in THE_NINE.items():
                    answer(terminal, text, way)
                    assert_nothing_came_of_it(terminal, world, name, 0)
            terminal.press("q")
            terminal.wait_for("status=0")

    at_their_pace(attempt)


def test_stopped_and_continued_the_screen_is_there_again(world: World) -> None:
    """Also where nobody asked before: `kill -STOP`."""
    with Terminal(wrapped(f"{SMTUI} --filter web-1"), world.environment) as terminal:
        terminal.wait_for("Ready")
        [process] = [found for found in world.processes(SMTUI) if SMTUI in found.cmdline()]
        for number in (signal.SIGSTOP, signal.SIGTSTP):
            os.kill(process.pid, number)
            terminal.wait_for(lambda _: process.status() == "stopped")
            terminal.output = b""
            os.kill(process.pid, signal.SIGCONT)
            terminal.wait_for(lambda _: b"\x1b[?1049h" in terminal.output)
            at_the_list(terminal)
        terminal.press("?")
        terminal.wait_for(HELP)
        terminal.press("\x1b")  # letters search the help
        at_the_list(terminal)
        terminal.press("q")
        terminal.wait_for("status=0")
        terminal.wait_for_end()
