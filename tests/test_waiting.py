"""What tests wait with returns the first answer that is true, and says what it saw when none comes."""

from __future__ import annotations

import ast
import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.waiting import jumping_clock, until, wait_until

TESTS = Path(__file__).parent
SLEEPS = {
    "benchmarks/__main__.py": "measures",
    "benchmarks/many_places.py": "measures",
    "benchmarks/replay.py": "answers after a latency",
    "channel/test_bad_networks.py": "its clock jumps",
    "channel/test_lost_connections.py": "its clock jumps",
    "channel/test_forward_over_time.py": "its clock jumps",
    "channel/test_multiplexer.py": "its clock jumps",
    "channel/test_time.py": "its clock jumps",
    "channel/test_websocket.py": "its service talks at a pace",
    "end_to_end/test_late_answers.py": "its terminal answers at a pace, and silences end what it says",
    "end_to_end/test_leaving.py": "leaves at random times, and presses again after a while",
    "end_to_end/test_random_keys.py": "types at a random pace",
    "engine/evidence_fakes.py": "its readings take the time that a test asks for",
    "engine/test_automation_runs.py": "counts calls in a time",
    "engine/test_offloop.py": "its jobs take a while",
    "house_ways.py": "samples while something happens",
    "plugin/builtin/test_forward.py": "a connection that nobody reads comes to a stand",
    "plugin/builtin/test_on_a_terminal.py": "a terminal that nobody reads comes to a stand",
    "transfers/test_hostile_far_end.py": "its far end sends at a pace",
    "tui/terminal/test_prompt_driver_on_a_terminal.py": "its terminal reads at a pace",
    "tui/test_way_out.py": "waits between steps far shorter than those of tests/waiting.py",
    "tui/tunnels/test_tunnels_screen.py": "its tunnels change at a pace",
    "tui/world.py": "what is settled must stay so for a while",
    "tunnels/test_supervisor.py": "measures",
    "waiting.py": "waits for all others",
}
"""The files that sleep by themselves, and why nothing can be awaited instead."""


def sleeps(path: Path) -> Iterator[ast.Call]:
    """Calls that sleep; of no time at all they only let others have their turn."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        called = isinstance(node, ast.Call) and ast.unparse(node.func) in ("time.sleep", "asyncio.sleep")
        if isinstance(node, ast.Call) and called and [ast.unparse(each) for each in node.args] != ["0"]:
            yield node


def test_only_these_files_sleep() -> None:
    found = {path.relative_to(TESTS).as_posix() for path in TESTS.rglob("*.py") if any(sleeps(path))}
    assert found - {"test_waiting.py"} == set(SLEEPS)


def answers(*given: object) -> Callable[[], object]:
    coming: Iterator[object] = iter(given)
    return lambda: next(coming)


def test_the_first_true_answer_comes_back() -> None:
    assert wait_until(answers(0, "", "yes", "later")) == "yes"


async def test_also_while_the_loop_runs_on() -> None:
    assert await until(answers(None, [], ["yes"])) == ["yes"]


def test_what_is_true_at_once_needs_no_patience() -> None:
    assert wait_until(lambda: 1, patience=0) == 1


@pytest.mark.parametrize(
    ("shows", "words"), [(None, "it answers False, sent is [7]"), (lambda: "the screen", "the screen")]
)
async def test_in_vain_it_says_what_it_saw(shows: Callable[[], object] | None, words: str) -> None:
    sent = [7]
    with pytest.raises(AssertionError) as sync:
        wait_until(lambda: len(sent) > 1, shows, patience=0)
    with pytest.raises(AssertionError) as concurrent:
        await until(lambda: len(sent) > 1, shows, patience=0)
    assert str(sync.value) == str(concurrent.value) == f"Waited 0 s in vain: {words}"


def test_a_condition_without_names_of_its_own_will_do() -> None:
    with pytest.raises(AssertionError, match=r"Waited 0 s in vain: it answers \[\]"):
        wait_until([].copy, patience=0)


async def test_the_jumping_clock_keeps_the_order_and_takes_no_time() -> None:
    began, ended, clock = time.monotonic(), list[str](), asyncio.get_running_loop().time

    async def sleep(name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        ended.append(name)

    with jumping_clock():
        started = asyncio.get_running_loop().time()
        await asyncio.gather(sleep("an hour", 3600), sleep("a minute", 60))
        assert asyncio.get_running_loop().time() - started == pytest.approx(3600, abs=0.01)
    assert ended == ["a minute", "an hour"]
    assert time.monotonic() - began < 60
    assert asyncio.get_running_loop().time == clock, "it is a real clock again"


async def test_the_jumping_clock_stands_still_while_something_is_done() -> None:
    with jumping_clock():
        started = asyncio.get_running_loop().time()
        for _ in range(100):
            time.sleep(0.0005)  # work, of which the clock takes no notice
            await asyncio.sleep(0)
        assert asyncio.get_running_loop().time() == started
