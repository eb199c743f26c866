"""Marks in the list, the question before a run, and its results, driven by keys over sessions in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from smtui.engine.launcher_parts import Setup
from smtui.runs.node_run import NodeState
from smtui.runs.runner import Run
from smtui.tui.nodes.nodes_screen import NodesScreen
from smtui.tui.parts.confirm import ConfirmScreen
from smtui.tui.run.run_form_screen import RunFormScreen
from smtui.tui.run.run_screen import RunScreen
from tests.tui.driving import at, running, table_of
from tests.tui.looking import screen_text, told
from tests.tui.run.carried import Carried, play, world_of
from tests.tui.world import World, nodes_screen, settled
from tests.waiting import until


async def begun(pilot: Any, carried: Carried) -> Run:
    await pilot.press("!")
    await at(pilot, RunFormScreen)
    await pilot.press(*"nginx -t", "ctrl+s")
    await at(pilot, RunScreen)
    await until(lambda: carried.runs)
    return carried.runs[-1]


async def test_marks_stay_under_a_filter_and_escape_never_takes_them_away() -> None:
    async with running(World()) as pilot:
        rows = nodes_screen(pilot.app)._rows
        await pilot.press("space", "space")
        assert (rows.marks, rows.cursor) == (2, 2)
        assert "2 marked" in screen_text(pilot.app)
        assert screen_text(pilot.app).count("◆") == 2
        await pilot.press("/", *"db-1", "enter")
        assert (rows.marks, len(rows.view) < 20) == (2, True)
        await pilot.press("escape", "escape")
        assert rows.marks == 2
        await pilot.press("g", "space")
        assert rows.marks == 1


async def test_all_that_are_shown_are_marked_and_again_none() -> None:
    async with running(World()) as pilot:
        rows = nodes_screen(pilot.app)._rows
        await pilot.press("/", *"db-", "enter", "*")
        assert rows.marks == 30
        assert {node.name.partition("-")[0] for node in rows.marked} == {"db"}
        await pilot.press("*")
        assert rows.marks == 0


async def test_a_command_runs_on_the_marked_nodes_and_its_failures_come_first() -> None:
    carried = Carried()
    async with running(world_of(carried), (140, 30)) as pilot:
        await pilot.press("/", *"db-", "enter", "*")
        run = await begun(pilot, carried)
        assert (run.request.words, len(run.nodes)) == (("nginx -t",), 30)
        play(run)
        await until(lambda: "3 alike" in screen_text(pilot.app))
        text = screen_text(pilot.app)
        assert "Run on 30 nodes · nginx -t" in text
        assert "5 of 30 done: 3 exit 0, 1 exit 3, 1 refused" in text
        table = table_of(pilot)
        shown = [row.cells[0][0].split(" ", 1)[1] for row in table.rows]
        assert shown == ["exit 3", "refused", "running", "waiting", "exit 0"]
        assert "24 nodes" in text
        table.move_to(0)
        await until(lambda: "nginx: host not found" in screen_text(pilot.app))
        assert "! !nginx: test failed" in screen_text(pilot.app)
        await pilot.press("n")
        await until(lambda: "AccessDeniedException: no" in screen_text(pilot.app))
        await pilot.press("=")
        await until(lambda: len(table.rows) == 30)


async def test_finding_saving_stopping_and_running_again() -> None:
    carried = Carried()
    saved: list[str] = []

    class Reports:
        def save(self, name: str, parts: Iterable[str]) -> str:
            saved.append("".join(parts))
            return f"/state/{name}"

    world = world_of(carried)
    world.reports = Reports()
    async with running(world, (140, 30)) as pilot:
        await pilot.press("/", *"db-", "enter", "*")
        run = await begun(pilot, carried)
        play(run)
        await pilot.press("/", *"success")
        await until(lambda: "success: 3 lines of 3 nodes" in screen_text(pilot.app))
        await pilot.press("enter", "n", "escape")
        await until(lambda: "success: 3" not in screen_text(pilot.app))
        await pilot.press("x")
        await until(lambda: run.is_over)
        await until(lambda: "stopped: 3 exit 0, 1 exit 3" in screen_text(pilot.app))
        await pilot.press("w")
        await until(lambda: saved)
        assert "AccessDeniedException: no" in saved[0]
        assert "! !nginx: test failed" in saved[0]
        await pilot.press("r")
        await until(lambda: len(carried.runs) == 2)
        assert len(carried.runs[1].nodes) == 27
        await at(pilot, RunScreen)


async def test_escape_leaves_it_running_and_quitting_ends_it() -> None:
    carried = Carried()
    async with running(world_of(carried)) as pilot:
        run = await begun(pilot, carried)
        run.change(run.nodes[0], NodeState.RUNNING)
        await settled(pilot)
        await pilot.press("escape")
        await at(pilot, NodesScreen)
        assert not run.is_over
        assert any("background" in note for note in told(pilot.app))
        launcher = nodes_screen(pilot.app)._launcher
        assert [job.view(launcher.fleet.clock()).title for job in launcher.active_jobs] == ["nginx -t on db-1"]
        await launcher.jobs.settle()
        assert run.nodes[0].state is NodeState.STOPPED


async def test_the_form_asks_for_a_command_and_names_the_way() -> None:
    carried = Carried()
    async with running(world_of(carried), (80, 24)) as pilot:
        await pilot.press("!")
        await at(pilot, RunFormScreen)
        await pilot.press("ctrl+s")
        await until(lambda: "There is no command to run" in screen_text(pilot.app))
        await pilot.press(*"uptime", "ctrl+r")
        await until(lambda: "By Run Command, as you asked" in screen_text(pilot.app))
        await pilot.press("escape")
        await at(pilot, NodesScreen)
        assert carried.runs == []


async def test_run_command_asks_first() -> None:
    carried = Carried()
    async with running(world_of(carried)) as pilot:
        first = await begun(pilot, carried)
        await pilot.press("ctrl+r")
        await at(pilot, ConfirmScreen)
        await pilot.press("enter")
        await until(lambda: len(carried.runs) == 2)
        assert first.is_over
        assert carried.runs[1].request.way.value == "run-command"


@pytest.mark.parametrize("size", [(140, 30), (80, 24)])
async def test_nothing_runs_when_read_only(size: tuple[int, int]) -> None:
    carried = Carried()
    async with running(world_of(carried, setup=Setup(read_only=True)), size) as pilot:
        await pilot.press("!")
        await asyncio.sleep(0)
        await until(lambda: told(pilot.app))
        assert isinstance(pilot.app.screen, NodesScreen)
