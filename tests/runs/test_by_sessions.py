"""A run by sessions: how many at once, how each end is told apart, and what happens when it is to end early."""

from __future__ import annotations

import asyncio

import pytest

from smtui.domain.fault import FaultKind
from smtui.runs.node_run import NodeState, Stream
from smtui.runs.run_words import exit_status, summary
from tests.runs.run_fakes import Script, fault_of, run_of
from tests.waiting import jumping_clock, let_loop_run, until


async def test_each_end_has_its_own_name() -> None:
    scripts = {
        "good": Script(b"one\ntwo", b"warned\n"),
        "three": Script(status=3),
        "signal": Script(status=-1),
        "silent": Script(status=None),
        "refused": Script(begins=False, status=None, failure="denied", fault=fault_of()),
        "mute": Script(
            begins=False, status=None, failure="no answer", fault=fault_of(FaultKind.TIMED_OUT, request_id="")
        ),
        "offline": Script(
            begins=False, status=None, failure="no way", fault=fault_of(FaultKind.UNREACHABLE, request_id="x")
        ),
        "no-plugin": Script(begins=False, status=None, failure="no plugin"),
        "agent": Script(status=None, failure="Session Manager closed the session: Unable to start command: x"),
        "old": Script(status=None, failure="Session Manager closed the session: Plugin with name X not found"),
        "broke": Script(status=None, failure="The connection was lost"),
    }
    run, seen = run_of(scripts)
    await run.run()
    assert {node.label: node.words for node in run.nodes} == {
        "good": "exit 0",
        "three": "exit 3",
        "signal": "ended by a signal",
        "silent": "status not known",
        "refused": "refused",
        "mute": "lost",
        "offline": "refused",
        "no-plugin": "not started",
        "agent": "not started",
        "old": "not started",
        "broke": "lost",
    }
    mute = next(node for node in run.nodes if node.label == "mute")
    assert mute.reason.startswith("StartSession on mute got no answer, so a session may have begun: see aws ssm")
    good = run.nodes[0]
    assert [(line.stream, line.data) for line in good.lines] == [
        (Stream.STDOUT, b"one"),
        (Stream.STDOUT, b"two"),
        (Stream.STDERR, b"warned"),
    ]
    assert exit_status(run.nodes) == 1
    given = seen.requests[0].parameters
    assert given["separateOutputStream"] == ("True",)
    assert given["command"][0].endswith(" uptime")


@pytest.mark.parametrize(
    ("scripts", "status"),
    [
        ([Script(), Script()], 0),
        ([Script(), Script(status=None)], 3),
        ([Script(), Script(status=None, failure="lost")], 3),
        ([Script(status=1), Script(status=None)], 1),
    ],
)
async def test_no_success_without_proof(scripts: list[Script], status: int) -> None:
    run, _ = run_of({f"n{number}": script for number, script in enumerate(scripts)})
    await run.run()
    assert exit_status(run.nodes) == status


async def test_no_more_than_allowed_run_at_once() -> None:
    run, seen = run_of({f"n{number}": Script() for number in range(20)}, parallel=3)
    await run.run()
    assert seen.most == 3
    assert summary(run.nodes) == "20 exit 0"


async def test_a_node_that_hangs_is_ended_when_its_time_is_over_and_the_others_go_on() -> None:
    scripts = {"hangs": Script(b"begun\n", hangs=True, deaf=True), **{f"n{number}": Script() for number in range(5)}}
    run, seen = run_of(scripts, timeout=60.0, parallel=2)
    with jumping_clock():
        await run.run()
    assert summary(run.nodes) == "5 exit 0, 1 timed out"
    assert run.nodes[0].lines[0].data == b"begun"
    assert run.nodes[0].reason == "it had 60 s"
    assert seen.written == [b"\x03"], "the agent does not end what the shell has started"
    assert seen.active == 0


async def test_stopping_ends_what_runs_and_begins_nothing() -> None:
    run, seen = run_of({f"n{number}": Script(hangs=True) for number in range(6)}, parallel=2)
    going = asyncio.create_task(run.run())
    await until(lambda: sum(node.state is NodeState.RUNNING for node in run.nodes) == 2)
    run.stop()
    await going
    assert summary(run.nodes) == "2 stopped, 4 not run"
    assert (len(seen.requests), seen.active) == (2, 0)
    assert run.was_stopped


async def test_cancelling_stops_in_order() -> None:
    run, seen = run_of({f"n{number}": Script(hangs=True) for number in range(3)}, parallel=2)
    going = asyncio.create_task(run.run())
    await until(lambda: seen.active == 2)
    going.cancel()
    await going
    assert seen.active == 0
    assert all(node.state.is_over for node in run.nodes)


async def test_the_first_failure_ends_the_run_if_that_is_wanted() -> None:
    gate = asyncio.Event()
    scripts = {"hangs": Script(hangs=True), "fails": Script(status=1, gate=gate), "later": Script()}
    run, _ = run_of(scripts, parallel=2, fail_fast=True)
    going = asyncio.create_task(run.run())
    await until(lambda: all(node.state is NodeState.RUNNING for node in run.nodes[:2]))
    gate.set()
    await going
    assert summary(run.nodes) == "1 exit 1, 1 stopped, 1 not run"
    assert not run.was_stopped


async def test_no_more_than_a_few_starts_wait_for_their_turn() -> None:
    """A StartSession that waits cannot be taken back: all of them would begin after Ctrl-C, only to be ended."""
    gate = asyncio.Event()
    scripts = {f"n{number}": Script(begins=False, gate=gate, status=None) for number in range(9)}
    run, seen = run_of(scripts, parallel=9)
    going = asyncio.create_task(run.run())
    await until(lambda: seen.active == 4)
    run.stop()
    await let_loop_run(0.02)
    gate.set()
    await going
    assert len(seen.requests) == 4
    assert summary(run.nodes) == "9 not run"
