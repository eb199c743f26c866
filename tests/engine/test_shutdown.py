"""Being told to end, in programs of their own: whatever state they are in, they end, and the terminal is put back."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.waiting import PATIENCE

pytestmark = pytest.mark.integration

PROGRAM = """
import asyncio, os, queue, signal, sys, time
from smtui.engine import shutdown
from smtui.plugin.handoff import terminal_guard
shutdown.LOOP_STUCK_SECONDS = shutdown.ORDERLY_SECONDS = shutdown.LAST_RESORT_SECONDS = 0.3
shutdown._PATIENCE.update(dict.fromkeys(shutdown._PATIENCE, 0.3))
shutdown.STUCK_SECONDS = 0.1

def say(word):
    os.write(1, word.encode() + b"\\n")

class Plugin:
    def stop(self): say("plugin stopped")
    def interrupt(self): say("plugin interrupted")
    def resized(self): pass

async def end():
    say("ending")
    done.set()

async def end_that_hangs():
    say("ending")
    await asyncio.Event().wait()

async def orderly():
    with shutdown.shut_down_on_signals(END, lambda: say("hurry"), lambda: say("restored")) as ending:
        say("ready")
        await WAIT()
    return ending.exit_status

async def done_at_last():
    await done.wait()

async def stuck():
    queue.Queue(1).put(1)
    full = queue.Queue(1)
    full.put(1)
    full.put(2)

async def guarded():
    with terminal_guard(Plugin()):
        say("guarded")
        await done.wait()

async def unguarded():
    with terminal_guard(Plugin()):
        pass
    say("guarded")
    await done.wait()

async def main():
    global done
    done = asyncio.Event()
    status = await orderly()
    say("over")
    os._exit(status)
"""


class Program:
    """A program that waits in the given way; it says `ready` (or `guarded`) when it does."""

    def __init__(self, wait: str, end: str = "end", first: str = "") -> None:
        source = PROGRAM.replace("WAIT()", f"{wait}()").replace("END,", f"{end},") + f"{first}\nasyncio.run(main())\n"
        self._process = subprocess.Popen(
            [sys.executable, "-c", source],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )

    def wait_for(self, word: str) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.strip() == word:
                return
        raise AssertionError(f"it never said {word}")

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def end(self) -> tuple[list[str], int]:
        """What it said after that, and its exit status."""
        said, _ = self._process.communicate(timeout=PATIENCE)
        return said.split("\n")[:-1], self._process.returncode

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


@pytest.fixture
def programs() -> Iterator[list[Program]]:
    made: list[Program] = []
    yield made
    for program in made:
        program.close()


ENDING_SIGNALS = [signal.SIGTERM, signal.SIGHUP, signal.SIGINT]


@pytest.mark.parametrize("number", ENDING_SIGNALS)
def test_the_orderly_end(programs: list[Program], number: signal.Signals) -> None:
    programs.append(program := Program("done_at_last"))
    program.wait_for("ready")
    program.send(number)
    assert program.end() == (["ending", "over"], 128 + number)


@pytest.mark.parametrize("number", ENDING_SIGNALS)
def test_an_event_loop_that_is_stuck_is_no_reason_to_stay(programs: list[Program], number: signal.Signals) -> None:
    programs.append(program := Program("stuck"))
    program.wait_for("ready")
    program.send(number)
    assert program.end() == (["restored"], 128 + number)


def test_an_end_that_hangs_is_not_waited_for(programs: list[Program]) -> None:
    programs.append(program := Program("done_at_last", end="end_that_hangs"))
    program.wait_for("ready")
    program.send(signal.SIGTERM)
    assert program.end() == (["ending", "restored"], 143)


def test_a_second_signal_begins_no_second_end(programs: list[Program]) -> None:
    programs.append(program := Program("done_at_last", end="end_that_hangs"))
    program.wait_for("ready")
    program.send(signal.SIGTERM)
    program.wait_for("ending")
    program.send(signal.SIGHUP)
    assert program.end() == (["restored"], 143)


def test_a_program_that_stays_after_its_end_is_ended(programs: list[Program]) -> None:
    programs.append(
        program := Program(
            "stuck_after",
            first="""
async def stuck_after():
    await done.wait()
    await stuck()
""",
        )
    )
    program.wait_for("ready")
    program.send(signal.SIGTERM)
    assert program.end() == (["ending", "restored"], 143)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_session_hears_it_first_and_the_program_too(programs: list[Program], number: signal.Signals) -> None:
    programs.append(program := Program("guarded"))
    program.wait_for("guarded")
    program.send(number)
    assert program.end() == (["plugin stopped", "ending", "over"], 128 + number)


def test_ctrl_c_is_the_sessions_alone_while_it_runs(programs: list[Program]) -> None:
    programs.append(program := Program("guarded"))
    program.wait_for("guarded")
    program.send(signal.SIGINT)
    program.wait_for("plugin interrupted")
    program.send(signal.SIGTERM)
    assert program.end() == (["plugin stopped", "ending", "over"], 143)


@pytest.mark.parametrize("number", ENDING_SIGNALS)
def test_after_a_session_all_is_as_before(programs: list[Program], number: signal.Signals) -> None:
    programs.append(program := Program("unguarded"))
    program.wait_for("guarded")
    program.send(number)
    assert program.end() == (["ending", "over"], 128 + number)


@pytest.mark.parametrize("number", ENDING_SIGNALS)
def test_what_was_ignored_stays_ignored(programs: list[Program], number: signal.Signals) -> None:
    other = signal.SIGHUP if number is signal.SIGTERM else signal.SIGTERM
    programs.append(program := Program("done_at_last", first=f"signal.signal({int(number)}, signal.SIG_IGN)"))
    program.wait_for("ready")
    program.send(number)
    program.send(other)
    assert program.end() == (["ending", "over"], 128 + other)


def test_ctrl_c_once_more_hurries(programs: list[Program]) -> None:
    slow = """
shutdown._PATIENCE.update(dict.fromkeys(shutdown._PATIENCE, 60))
"""
    programs.append(program := Program("done_at_last", end="end_that_hangs", first=slow))
    program.wait_for("ready")
    program.send(signal.SIGINT)
    program.wait_for("ending")
    program.send(signal.SIGINT)
    program.wait_for("hurry")
    while program._process.poll() is None:
        program.send(signal.SIGINT)
        try:
            program._process.wait(0.15)
        except subprocess.TimeoutExpired:
            continue
    assert program._process.returncode == -signal.SIGINT
