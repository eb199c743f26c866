"""A run by Run Command: what is sent, how long it is looked at, and what each status means."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from smtui.domain.fault import FaultKind
from smtui.domain.place import Place
from smtui.domain.work.command_invocation import CommandInvocation
from smtui.engine.offloop import OffLoop
from smtui.runs.by_run_command import ByRunCommand
from smtui.runs.node_run import NodeState
from smtui.runs.run_request import OutputBucket, RunRequest, RunTarget, Way
from smtui.runs.run_words import summary
from smtui.runs.runner import Run
from tests.runs.run_fakes import FakeCommands, fault_of
from tests.waiting import until

SOON = 0.001


def invocation(node_id: str, status: str = "Success", code: int = 0, **given: Any) -> CommandInvocation:
    return CommandInvocation(node_id, status, given.pop("details", status), code, **given)


def run_of(commands: FakeCommands, names: list[str], **options: Any) -> Run:
    windows = options.pop("windows", frozenset())
    targets = tuple(RunTarget(name, Place(), name, name in windows) for name in names)
    given = {"way": Way.RUN_COMMAND, "parallel": 50, **options}
    request = RunRequest(("uptime",), targets, **given)
    return Run(request, ByRunCommand(commands, OffLoop(4), SOON))


async def test_what_each_status_means() -> None:
    last = {
        "good": invocation("good", stdout="a\nb\n", stderr="c\n"),
        "three": invocation("three", "Failed", 3),
        "late": invocation("late", "TimedOut", 137, details="Execution Timed Out"),
        "undelivered": invocation("undelivered", "TimedOut", -1, details="Delivery Timed Out"),
        "denied": invocation("denied", "Failed", -1, details="Access Denied"),
        "cancelled": invocation("cancelled", "Cancelled", -1),
        "odd": invocation("odd", "Failed", -1),
    }
    looks = {
        name: [invocation(name, "Pending", -1), invocation(name, "InProgress", -1), end] for name, end in last.items()
    }
    run = run_of(FakeCommands(looks), list(last))
    await run.run()
    assert {node.label: node.words for node in run.nodes} == {
        "good": "exit 0",
        "three": "exit 3",
        "late": "timed out",
        "undelivered": "refused",
        "denied": "refused",
        "cancelled": "stopped",
        "odd": "status not known",
    }
    assert [line.data for line in run.nodes[0].lines] == [b"a", b"b", b"c"]


async def test_fifty_nodes_a_command_and_each_kind_of_system_apart() -> None:
    names = [f"n{number}" for number in range(120)]
    commands = FakeCommands({name: [invocation(name)] for name in names})
    run = run_of(
        commands, names, windows=frozenset(names[:3]), timeout=7.2, parallel=200, bucket=OutputBucket("b", "p")
    )
    await run.run()
    assert summary(run.nodes) == "120 exit 0"
    assert sorted(len(sent.node_ids) for sent in commands.sent) == [3, 17, 50, 50]
    assert {sent.document_name for sent in commands.sent} == {"AWS-RunShellScript", "AWS-RunPowerShellScript"}
    assert {(sent.seconds, sent.concurrency, sent.bucket, sent.prefix) for sent in commands.sent} == {(8, 50, "b", "p")}


async def test_nodes_that_the_service_does_not_take_are_refused_alone() -> None:
    names = [f"n{number}" for number in range(9)]
    commands = FakeCommands({name: [invocation(name)] for name in names}, refuses={"n4", "n7"})
    run = run_of(commands, names)
    await run.run()
    assert [node.label for node in run.nodes if node.state is NodeState.REFUSED] == ["n4", "n7"]
    assert summary(run.nodes) == "7 exit 0, 2 refused"


async def test_an_invocation_that_is_not_known_yet_is_asked_for_again() -> None:
    commands = FakeCommands({"n": [invocation("n", stdout="late\n")]}, unknown_at_first=2)
    run = run_of(commands, ["n"])
    await run.run()
    assert run.nodes[0].is_good
    assert run.nodes[0].lines[0].data == b"late"


async def test_a_denied_command_is_refused_and_one_without_answer_is_lost() -> None:
    for fault, state in (
        (fault_of(action="ssm:SendCommand"), NodeState.REFUSED),
        (fault_of(FaultKind.TIMED_OUT, action="ssm:SendCommand", request_id=""), NodeState.LOST),
    ):
        run = run_of(FakeCommands({"n": [invocation("n")]}, failing={"send_command": fault}), ["n"])
        await run.run()
        assert run.nodes[0].state is state
        is_denied = state is NodeState.REFUSED
        assert ("Ask for ssm:SendCommand in your IAM policy" in run.nodes[0].reason) is is_denied
        assert ("(--by sessions) needs ssm:StartSession" in run.nodes[0].reason) is is_denied


async def test_nobody_knows_the_end_if_it_may_not_be_looked_at() -> None:
    run = run_of(FakeCommands({"n": [invocation("n")]}, failing={"invocations": fault_of()}), ["n"])
    await run.run()
    assert run.nodes[0].state is NodeState.LOST


async def test_without_the_right_to_read_outputs_no_status_is_claimed() -> None:
    failing = {"invocation": fault_of(action="ssm:GetCommandInvocation")}
    run = run_of(FakeCommands({"n": [invocation("n")]}, failing=failing), ["n"])
    await run.run()
    assert run.nodes[0].state is NodeState.NOT_KNOWN
    assert "ssm:GetCommandInvocation was denied" in run.nodes[0].note


async def test_output_that_aws_cut_says_so_and_is_read_from_s3_if_it_is_there() -> None:
    cut = "x" * 24_000
    stored = FakeCommands({"n": [invocation("n", stdout=cut, stdout_url="u")]}, stored={"u": b"whole\n"})
    run = run_of(stored, ["n"])
    await run.run()
    assert [line.data for line in run.nodes[0].lines] == [b"whole"]
    assert run.nodes[0].note == ""
    run = run_of(FakeCommands({"n": [invocation("n", stdout=cut)]}), ["n"])
    await run.run()
    assert "cut its output after 24,000 characters" in run.nodes[0].note
    denied = {"stored_output": fault_of(action="s3:GetObject")}
    run = run_of(FakeCommands({"n": [invocation("n", stdout=cut, stdout_url="u")]}, failing=denied), ["n"])
    await run.run()
    assert "s3:GetObject was denied" in run.nodes[0].note


@pytest.mark.parametrize("denied", [False, True])
async def test_stopping_cancels_the_command(denied: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtui.runs.by_run_command._CANCEL_SECONDS", 0.05)
    failing = {"cancel_command": fault_of(action="ssm:CancelCommand")} if denied else {}
    commands = FakeCommands({"n": [invocation("n", "InProgress", -1)]}, failing=failing)
    run = run_of(commands, ["n"])
    going = asyncio.create_task(run.run())
    await until(lambda: run.nodes[0].state is NodeState.RUNNING)
    run.stop()
    await going
    assert run.nodes[0].state is (NodeState.LOST if denied else NodeState.STOPPED)
    assert bool(run.notes) is denied
