"""`smtui run` over real HTTP and websockets: outputs, statuses, both ways, Ctrl-C, and nothing left behind."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtui.demo.region import SimulatedRegion, demo_fleet
from smtui.demo.story.account_facts import BUCKET
from smtui.demo.story.demo_node import planted
from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI, region_environment
from tests.end_to_end.terminal import Terminal
from tests.waiting import wait_until

BY_NODE = (
    'case $SMTUI_DEMO_NODE in three-*) echo no >&2; exit 3;; hangs-*) sleep 1000;; *) echo "$SMTUI_DEMO_NODE";; esac'
)


def fleet(tmp_path: Path, **kinds: int) -> Iterator[World]:
    """A Region with so many more nodes of each kind; those named `refused` have no connection."""
    names = [f"{kind}-{number}" for kind, count in kinds.items() for number in range(1, count + 1)]
    more = [
        planted({"name": name, "host": 100, "connected": not name.startswith("refused"), "tags": {"run": "yes"}})
        for name in names
    ]
    with SimulatedRegion(demo_fleet(more=more)) as region:
        home = tmp_path / "home"
        there = World(region, home, region_environment(region, home))
        yield there
        for process in there.processes():
            process.kill()


@pytest.fixture
def few(tmp_path: Path) -> Iterator[World]:
    yield from fleet(tmp_path, good=2, three=1, refused=1)


def run(world: World, *words: str, patience: float = 120) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [SMTUI, "run", *words],
        stdin=subprocess.DEVNULL,
        env=world.environment,
        capture_output=True,
        text=True,
        timeout=patience,
        check=False,
    )
    assert world.active_sessions() == []
    assert world.plugins() == []
    return done


def test_outputs_summary_and_status(few: World) -> None:
    done = run(few, "--filter", "tag:run=yes", "--yes", "--", BY_NODE)
    assert sorted(done.stdout.splitlines()) == ["good-1    | good-1", "good-2    | good-2"]
    assert "three-1   ! no" in done.stderr.splitlines()
    assert "smtui: 2 exit 0, 1 exit 3, 1 refused." in done.stderr
    assert "refused-1: refused: TargetNotConnected" in done.stderr
    assert "by sessions, 4 at a time, 60 s each" in done.stderr
    assert done.returncode == 1


def test_json_in_order_and_several_words(few: World) -> None:
    done = run(few, "three-1", "good-1", "--json", "--in-order", "--", "printf", "%s\\n", "a b", "it's", "\x1b[2J")
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(each["node"], each.get("line", each.get("state"))) for each in said] == [
        (node, what) for node in ("three-1", "good-1") for what in ("a b", "it's", "\x1b[2J", "exit")
    ]
    assert said[-1]["exit_status"] == 0
    assert (done.returncode, "smtui: 2 exit 0." in done.stderr) == (0, True)


def test_a_filter_asks_before_it_runs_and_a_script_must_say_yes(few: World) -> None:
    done = run(few, "--filter", "tag:run=yes", "--", "true")
    assert (done.returncode, done.stdout) == (2, "")
    assert "4 nodes match" in done.stderr
    with Terminal([SMTUI, "run", "--filter", "good-", "--", "echo hello"], few.environment) as terminal:
        terminal.wait_for("Run echo hello on 2 nodes, by sessions? [y/N]")
        terminal.press("n\r")
        assert terminal.wait_for_end() == 1
        assert "smtui: nothing was run." in terminal.text()


def test_a_time_out_and_ctrl_c_leave_nothing(few: World) -> None:
    done = run(few, "good-1", "--timeout", "1", "--", "echo begun; sleep 1000")
    assert "good-1 | begun" in done.stdout
    assert "smtui: 1 timed out." in done.stderr
    process = subprocess.Popen(
        [SMTUI, "run", "good-1", "good-2", "--", "echo begun; sleep 1000"],
        env=few.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert {process.stdout.readline() for _ in range(2)} == {"good-1 | begun\n", "good-2 | begun\n"}
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "smtui: 2 stopped." in said
    assert few.active_sessions() == []
    assert few.plugins() == []


def test_ctrl_c_cancels_what_run_command_runs(few: World) -> None:
    argv = [SMTUI, "run", "good-1", "--by", "run-command", "--", "sleep 1000"]
    process = subprocess.Popen(
        argv, env=few.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_until(lambda: few.region.faults.calls("ssm:ListCommandInvocations"))
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    assert few.region.faults.calls("ssm:CancelCommand") == 1


def test_by_run_command_with_output_in_s3(few: World) -> None:
    command = "seq 1 20000; test $SMTUI_DEMO_NODE = good-1 || exit 3"
    words = ("good-1", "three-1", "refused-1", "--by", "run-command", "--in-order")
    done = run(few, *words, "--output-s3", f"{BUCKET}/runs", "--", command)
    assert done.stdout.count("\n") == 60_000
    assert "smtui: 1 exit 0, 2 exit 3." in done.stderr, "Run Command needs no connection for sessions"
    assert "AWS cut" not in done.stderr
    done = run(few, "good-1", "--by", "run-command", "--", "seq 1 20000")
    assert "AWS cut its output after 24,000 characters. --output-s3" in done.stderr
    assert len(done.stdout.replace("good-1 | ", "")) == 24_001


def test_read_only_and_wrong_usage(few: World) -> None:
    assert run(few, "--read-only", "good-1", "--", "true").returncode == 1
    for words in (["good-1"], ["--", "true"], ["good-1", "--filter", "x", "--", "true"], ["good-1", "--", ""]):
        assert run(few, *words).returncode == 2, words


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "summary"),
    [
        (("--parallel", "16"), "185 exit 0, 5 exit 3, 5 refused, 5 timed out."),
        # Run Command needs no connection for sessions.
        (("--by", "run-command", "--parallel", "200"), "190 exit 0, 5 exit 3, 5 timed out."),
    ],
    ids=["sessions", "run-command"],
)
def test_two_hundred_nodes(tmp_path: Path, words: tuple[str, ...], summary: str) -> None:
    """StartSession's rate bounds it: 200 starts at 2.5 a second are 80 s, and the last one may take its time-out."""
    for world in fleet(tmp_path, good=185, three=5, hangs=5, refused=5):
        began = time.monotonic()
        done = run(world, "--filter", "tag:run=yes", "--yes", "--timeout", "20", *words, "--", BY_NODE, patience=900)
        took = time.monotonic() - began
        assert f"smtui: {summary}" in done.stderr
        peaks = world.region.faults.state()["peaks"]
        assert peaks.get("ssm:StartSession", 0) <= 3
        print(f"\n200 nodes: {took:.1f} s, {peaks}")
