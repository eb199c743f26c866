"""`smtui topics`: every text can be found, read and filled in."""

from __future__ import annotations

import json

import pytest

from smtui.demo.region import SimulatedRegion
from smtui.topics.library import topic, topic_ids
from tests.cli.conftest import Run

NEVER_SHOWN_ELSEWHERE = (
    "agent-proxy",
    "agent-restart-needed",
    "endpoints-unreachable",
    "log-retention",
    "no-permission-for-preferences",
    "plugin-not-on-path-windows",
    "too-little-cpu-or-memory",
)


def test_without_words_all_are_listed(run: Run) -> None:
    lines = run("topics").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(topic_ids())
    assert all(line.endswith(topic(line.split()[0]).title) for line in lines)


def test_words_list_those_that_have_them(run: Run) -> None:
    lines = run("topics", "proxy").stdout.splitlines()
    assert lines[0].split()[0] == "agent-proxy"
    assert 1 < len(lines) < len(topic_ids())


@pytest.mark.parametrize("topic_id", NEVER_SHOWN_ELSEWHERE)
def test_an_id_prints_the_topic(run: Run, topic_id: str) -> None:
    result = run("topics", topic_id)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == topic(topic_id).title
    assert "What to do" in result.stdout


def test_a_single_find_is_printed(run: Run) -> None:
    assert run("topics", "upstart", "override").stdout.splitlines()[0] == topic("agent-proxy").title


def test_words_of_no_topic(run: Run) -> None:
    result = run("topics", "no", "zebra", "words")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no topic contains all of these words: no zebra words." in result.stderr


def test_a_node_fills_in_the_commands(run: Run, region: SimulatedRegion) -> None:
    bare = run("topics", "agent-stopped", "--json")
    told = run("topics", "agent-stopped", "--json", "--target", "web-1")
    [before], [after] = json.loads(bare.stdout)["topics"], json.loads(told.stdout)["topics"]
    assert before["id"] == after["id"] == "agent-stopped"
    assert any(command["command"] is None and "Not known" in command["why"] for command in before["commands"])
    filled = [command["command"] for command in after["commands"] if command["command"]]
    assert any("i-0a1b2c3d4e5f60718" in line and region.region in line for line in filled)


def test_a_target_that_is_no_node(run: Run) -> None:
    result = run("topics", "agent-stopped", "--target", "nowhere")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "'nowhere'" in result.stderr


def test_a_target_for_a_list_is_refused(run: Run) -> None:
    assert run("topics", "proxy", "--target", "web-1").exit_code == 2
