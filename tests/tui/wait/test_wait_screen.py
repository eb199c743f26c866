"""Waiting for a node from the list: the question, the dialog, the background, and what comes after."""

from __future__ import annotations

from datetime import timedelta

from smtui.engine.launcher_parts import Setup
from smtui.tui.nodes.nodes_screen import NodesScreen
from smtui.tui.troubleshoot.troubleshoot_screen import TroubleshootScreen
from smtui.tui.tunnels.tunnels_screen import TunnelsScreen
from smtui.tui.wait.wait_screen import StartQuestion, WaitScreen
from tests.domain.build import ssm_facts
from tests.engine.fakes import NOW, fault
from tests.tui.driving import at, running
from tests.tui.looking import screen_text, sheet_text, told
from tests.tui.troubleshoot.opening import broken
from tests.tui.wait.fake_power import FakePower
from tests.tui.world import World, node_id, nodes_screen
from tests.waiting import until

STOPPED, LOST = node_id(5), node_id(4)
TO_STOPPED = ("slash", *"web-stopped", "enter")
TO_LOST = ("slash", *"web-lost", "enter")


def with_power(**given: object) -> tuple[World, FakePower]:
    world = World(**given)  # type: ignore[arg-type]
    power = FakePower(world.aws)
    world.launcher_arguments["power"] = power
    return world, power


def comes_up(world: World, power: FakePower, node: str) -> None:
    power.become(node, "running")
    world.aws.managed = [*world.aws.managed, [ssm_facts(node, last_ping=world.now, seen_at=world.now)]]
    world.aws.unconnected.discard(node)


async def test_a_stopped_instance_is_started_after_a_question_and_its_shell_follows() -> None:
    world, power = with_power()
    async with running(world) as pilot:
        await pilot.press(*TO_STOPPED, "w")
        await at(pilot, StartQuestion)
        await until(lambda: "You may: ec2:StartInstances is allowed" in sheet_text(pilot.app))
        assert "It was stopped 2 d ago by a user. It costs money as soon as it runs." in sheet_text(pilot.app)
        assert power.started == []
        await pilot.press("enter")
        await at(pilot, WaitScreen)
        await until(lambda: power.started == [STOPPED])
        await until(lambda: "starting" in sheet_text(pilot.app))
        assert "(•) start a shell ( ) tell me" in sheet_text(pilot.app)
        comes_up(world, power, STOPPED)
        await until(lambda: world.handover.times == 1)
        await at(pilot, NodesScreen)


async def test_no_starts_nothing() -> None:
    world, power = with_power()
    async with running(world) as pilot:
        await pilot.press(*TO_STOPPED, "w")
        await at(pilot, StartQuestion)
        await pilot.press("escape")
        await at(pilot, NodesScreen)
        assert power.started == []
        assert nodes_screen(pilot.app)._launcher.known_jobs == ()


async def test_what_the_dry_run_denies_is_not_offered() -> None:
    world, power = with_power()
    power.refusal = fault("ec2:StartInstances")
    async with running(world) as pilot:
        await pilot.press(*TO_STOPPED, "w")
        await at(pilot, StartQuestion)
        await until(lambda: "You may not: ec2:StartInstances is denied" in sheet_text(pilot.app))
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, StartQuestion)


async def test_read_only_starts_no_instance_and_no_shell() -> None:
    world, power = with_power(launcher_arguments={"setup": Setup(read_only=True)})
    async with running(world) as pilot:
        await pilot.press(*TO_STOPPED, "w")
        await until(lambda: any("starts no instances" in sentence for sentence in told(pilot.app)))
        await pilot.press("slash", *["backspace"] * 11, *"web-lost", "enter", "w")
        await at(pilot, WaitScreen)
        assert "start a shell" not in sheet_text(pilot.app)
        world.aws.unconnected.discard(LOST)
        await until(lambda: "✓ A session can start now." in sheet_text(pilot.app))
        assert (world.handover.times, power.started) == (0, [])


async def test_a_ready_node_needs_no_waiting() -> None:
    world, _ = with_power()
    async with running(world) as pilot:
        await pilot.press("slash", *"web-1", "enter", "w")
        await until(lambda: "web-1 is ready: a session can start now." in told(pilot.app))
        assert isinstance(pilot.app.screen, NodesScreen)


async def test_in_the_background_it_tells_and_the_shell_waits_for_the_user() -> None:
    world, _ = with_power()
    async with running(world) as pilot:
        await pilot.press(*TO_LOST, "w")
        await at(pilot, WaitScreen)
        await until(lambda: "not yet: its channel to ssmmessages is missing" in sheet_text(pilot.app))
        await pilot.press("escape")
        await at(pilot, NodesScreen)
        assert "⠿1" in screen_text(pilot.app).splitlines()[0]
        world.aws.unconnected.discard(LOST)
        await until(lambda: "web-lost is ready: a session can start now." in told(pilot.app))
        assert world.handover.times == 0
        await pilot.press("2")
        await until(lambda: "✓ ready" in screen_text(pilot.app))
        await pilot.press("enter")
        await at(pilot, WaitScreen)
        await pilot.press("enter")
        await until(lambda: world.handover.times == 1)
        await at(pilot, TunnelsScreen)


async def test_a_second_time_the_same_wait_is_shown_and_x_gives_it_up() -> None:
    world, _ = with_power()
    async with running(world) as pilot:
        await pilot.press(*TO_LOST, "w")
        await at(pilot, WaitScreen)
        await pilot.press("escape")
        await at(pilot, NodesScreen)
        await pilot.press("w")
        await at(pilot, WaitScreen)
        [wait] = nodes_screen(pilot.app)._launcher.known_jobs
        await pilot.press("space")
        await until(lambda: "( ) start a shell (•) tell me" in sheet_text(pilot.app))
        await pilot.press("x")
        await until(lambda: "Stopped waiting." in sheet_text(pilot.app))
        assert nodes_screen(pilot.app)._launcher.active_jobs == ()
        await pilot.press("r")
        await until(lambda: nodes_screen(pilot.app)._launcher.active_jobs not in ((), (wait,)))
        await at(pilot, WaitScreen)
        assert len(nodes_screen(pilot.app)._launcher.known_jobs) == 1


async def test_one_that_never_comes_names_the_cause_and_t_shows_it() -> None:
    world, _ = with_power(script=broken())
    async with running(world) as pilot:
        await pilot.press(*TO_LOST, "w")
        await at(pilot, WaitScreen)
        world.now = NOW + timedelta(seconds=301)
        await until(lambda: "It did not become ready within 300 s" in sheet_text(pilot.app))
        await until(lambda: "t Troubleshoot" in screen_text(pilot.app))
        assert "✕ It did not become ready" in sheet_text(pilot.app)
        await pilot.press("t")
        await at(pilot, TroubleshootScreen)
