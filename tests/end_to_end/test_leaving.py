"""Leaving at any moment of a session's start: the program ends, the terminal is sane, no session is left."""

from __future__ import annotations

import random
import re
import signal
import time

import psutil
import pytest

from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_connect import assert_sane, wrapped
from tests.waiting import PATIENCE, wait_until

WAYS: tuple[str | signal.Signals, ...] = ("q", "\x03", signal.SIGTERM, signal.SIGHUP)
LATENCIES = (0, 0, 0.05, 0.1, 0.2)
"""Seconds that StartSession takes."""
STARTING_SECONDS = 0.25
"""From StartSession's answer to the shell's prompt, about."""
PROMPT = "~]$"
_STATUS = re.compile(r"status=(\d+)")


def leave_once(world: World, chance: random.Random) -> str:
    """Start a session and leave around the time when it is answered; the exit status, and how it was done."""
    way, latency = chance.choice(WAYS), chance.choice(LATENCIES)
    delay = max(chance.uniform(latency - 0.05, latency + STARTING_SECONDS), 0)
    told = f"{way!r} after {delay:.3f} s, StartSession took {latency} s"
    world.region.faults.apply({"reset": True, "latency": {"ssm:StartSession": latency}} if latency else {"reset": True})
    with Terminal(wrapped(f"trap : INT; {SMTUI} --filter web-1"), world.environment) as terminal:
        terminal.wait_for("Ready")
        terminal.press("s")
        time.sleep(delay)
        if isinstance(way, signal.Signals):
            smtui_process(world).send_signal(way)
        else:
            terminal.press(way)
        status = wait_for_status(terminal, typed=isinstance(way, str), told=told)
        terminal.wait_for_end()
        assert_sane(terminal)
        left = "may have begun" in terminal.text()
        if left:
            end_what_was_told(world)  # a busy machine did not answer StartSession before smtui's patience ended
    wait_until(lambda: world.active_sessions() == [])
    # Ctrl-C between the screen and the session is a signal.
    expected = {128 + way} if isinstance(way, signal.Signals) else {1 if left else 0, 130}
    assert status in expected, told
    return told


def end_what_was_told(world: World) -> None:
    wait_until(lambda: world.region.faults.state()["calls"].get("ssm:StartSession", 0) > 0)
    for session_id in world.active_sessions():
        world.region.sessions.terminate(session_id)


def smtui_process(world: World) -> psutil.Process:
    [process] = [found for found in world.processes(SMTUI) if SMTUI in found.cmdline()]
    return process


def wait_for_status(terminal: Terminal, *, typed: bool, told: str) -> int:
    """A key that came too late has gone to the remote shell: then leave that, and the list."""
    deadline, next_try = time.monotonic() + PATIENCE, time.monotonic() + 1.5
    while time.monotonic() < deadline:
        text = terminal.text()
        if found := _STATUS.search(text):
            return int(found[1])
        if typed and time.monotonic() > next_try:
            lines = [line for line in text.splitlines() if line.strip()]
            in_shell = bool(lines) and PROMPT in lines[-1]
            terminal.press("\x15exit\r" if in_shell else "q")
            next_try = time.monotonic() + 1.5
        time.sleep(0.02)
    raise AssertionError(f"{told}: still running after {PATIENCE} s; the screen shows:\n{terminal.text()}")


@pytest.mark.parametrize("seed", range(10))
def test_leaving_while_a_session_starts(world: World, seed: int) -> None:
    leave_once(world, random.Random(seed))


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_leaving_while_a_session_starts_three_hundred_times(world: World) -> None:
    chance = random.Random(8)
    told = []
    for number in range(300):
        try:
            told.append(leave_once(world, chance))
        except AssertionError as error:
            raise AssertionError(f"number {number} after {told[-1:]}: {error}") from error
    assert len(told) == 300
