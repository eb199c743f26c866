"""What an earlier smtui has left running is offered to be ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from textual.pilot import Pilot

from smtui.domain.orphaned_session import ActiveSession, OrphanedSession, UnansweredStart
from smtui.domain.place import Place
from smtui.engine.launcher_parts import Setup
from smtui.tui import left_behind
from smtui.tui.nodes.nodes_screen import NodesScreen
from smtui.tui.parts.confirm import UNANSWERED_SECONDS, LeftoversScreen
from tests.engine.fakes import NOW
from tests.tui.driving import at, running
from tests.tui.looking import screen_text, sheet_text, told
from tests.tui.world import World
from tests.waiting import until


async def answerable(pilot: Pilot[Any]) -> None:
    """Wait until the question takes answers."""
    await until(lambda: "Leave them" in screen_text(pilot.app))


@pytest.mark.parametrize(("key", "cleaned"), [("enter", ["ops-0a", "ops-0b"]), ("escape", [])])
async def test_left_overs_of_a_crash_are_offered_for_clean_up(key: str, cleaned: list[str]) -> None:
    world = World()
    began = NOW - timedelta(hours=3)
    place = Place("ops", "eu-west-1")
    world.tunnels.noted.left = [
        OrphanedSession("ops-0a", "db.internal:5432 through bastion-1", place, began, 4711, True, "a"),
        OrphanedSession("ops-0b", "web-1", place, began, 4712, False, "b"),
    ]
    world.aws.active_now = [ActiveSession("ops-0b", "i-0", "arn", began)]
    app = world.app()
    async with app.run_test(size=(140, 45)) as pilot:
        await at(pilot, LeftoversScreen)
        shown = screen_text(app)
        assert "An earlier smtui left 2 sessions running" in shown
        assert "● db.internal:5432 through bastion-1, eu-west-1, for 2 h, its plugin still runs" in sheet_text(app)
        assert "○  web-1, eu-west-1, for 2 h, nobody is at it" in shown
        await answerable(pilot)
        await pilot.press(key)
        await at(pilot, NodesScreen)
        await pilot.pause()
        await until(lambda: sorted(world.aws.terminated) == cleaned)


@pytest.mark.parametrize(("key", "answer"), [("enter", True), ("escape", False), ("q", False), ("ctrl+c", False)])
async def test_a_key_that_was_typed_for_the_list_answers_nothing(key: str, answer: bool) -> None:
    seconds = 100.0
    answers: list[bool | None] = []
    async with running(World()) as pilot:
        question = LeftoversScreen("Left?", ["web-1"], lambda: seconds)
        pilot.app.push_screen(question, answers.append)
        await at(pilot, LeftoversScreen)
        await pilot.press(key)
        seconds += UNANSWERED_SECONDS - 0.01
        await pilot.press(key)
        await pilot.pause()
        assert pilot.app.screen is question
        assert "Leave them" not in screen_text(pilot.app)
        seconds += 0.02
        await answerable(pilot)
        await pilot.press(key)
        await at(pilot, NodesScreen)
    assert answers == [answer]


async def test_what_begins_late_is_offered_too_and_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(left_behind, "LOOK_AGAIN_SECONDS", 0.05)
    world = World()
    place, owner = Place("ops", "eu-west-1"), world.aws.known_caller().arn
    start = UnansweredStart("a", "x", "web-1", place, "https://ssm", owner, "i-1", "", "", NOW - timedelta(seconds=9))
    world.tunnels.noted.left = [OrphanedSession("ops-0a", "web-2", place, NOW, 4711, True, "a")]
    world.tunnels.noted.left_starts = [start]
    app = world.app()
    async with app.run_test(size=(140, 45)) as pilot:
        await at(pilot, LeftoversScreen)
        await answerable(pilot)
        await pilot.press("escape")
        await at(pilot, NodesScreen)
        looked = world.aws.calls.count("ssm:DescribeSessions")
        await until(lambda: world.aws.calls.count("ssm:DescribeSessions") > looked + 2)
        assert isinstance(app.screen, NodesScreen), "what was left once is not asked about again"
        world.aws.active_now = [ActiveSession("ops-0b", "i-1", owner, NOW)]
        await at(pilot, LeftoversScreen)
        shown = screen_text(app)
        assert "perhaps web-1, eu-west-1" in shown
        assert "web-2, eu-west-1" not in shown
        await answerable(pilot)
        await pilot.press("enter")
        await until(lambda: world.aws.terminated == ["ops-0b"])
        assert world.tunnels.noted.left_starts == []


async def test_nothing_is_offered_to_one_who_only_reads() -> None:
    world = World(launcher_arguments={"setup": Setup(read_only=True)})
    world.tunnels.noted.left = [OrphanedSession("ops-0a", "web-2", Place("ops", "eu-west-1"), NOW, 4711, True, "a")]
    app = world.app()
    async with app.run_test(size=(140, 45)) as pilot:
        await until(lambda: "Left by an earlier smtui: web-2" in " ".join(told(app)))
        assert isinstance(pilot.app.screen, NodesScreen)
