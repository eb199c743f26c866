"""Quitting, the numbers of the screens and the palette, driven by keys."""

from __future__ import annotations

import pytest

from smtui.tui.nodes.nodes_screen import NodesScreen
from smtui.tui.parts.confirm import QuitScreen
from smtui.tui.presets.presets_screen import PresetsScreen
from smtui.tui.tunnels.tunnels_screen import TunnelsScreen
from smtui.tunnels.tunnel import TunnelState
from tests.engine.fakes import NOW
from tests.tui.driving import at, running
from tests.tui.looking import screen_text
from tests.tui.tunnels.views import view
from tests.tui.world import World, nodes_screen
from tests.waiting import until

OPEN = view("t1", "db.internal:5432", "bastion-1", 15432, TunnelState.OPEN, NOW, connections_now=2)


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
@pytest.mark.parametrize("answer", ["q", "enter", "ctrl+c"])
async def test_quitting_asks_while_tunnels_run_and_closes_them(key: str, answer: str) -> None:
    world = World()
    world.tunnels.known["t1"] = OPEN
    async with running(world) as pilot:
        await pilot.press(key)
        await at(pilot, QuitScreen)
        assert "127.0.0.1:15432 → db.internal:5432 via bastion-1, 2 clients" in screen_text(pilot.app)
        await pilot.press(answer)
        await until(lambda: not pilot.app.is_running or pilot.app._exit)
        assert world.tunnels.calls == ["close all"]


async def test_escape_stays() -> None:
    world = World()
    world.tunnels.known["t1"] = OPEN
    async with running(world) as pilot:
        await pilot.press("q", "escape")
        await at(pilot, NodesScreen)
        assert world.tunnels.calls == []
        assert not pilot.app._exit


async def test_without_tunnels_quitting_does_not_ask() -> None:
    world = World()
    world.tunnels.known["t1"] = view("t1", "80", "web-1", 8080, TunnelState.FAILED, NOW)
    async with running(world) as pilot:
        await pilot.press("q")
        assert pilot.app._exit


async def test_numbers_lead_from_screen_to_screen() -> None:
    async with running(World()) as pilot:
        for key, screen in (("2", TunnelsScreen), ("4", PresetsScreen), ("2", TunnelsScreen), ("1", NodesScreen)):
            await pilot.press(key)
            await at(pilot, screen)
            assert len(pilot.app.screen_stack) <= 2
        await pilot.press("4", "q")
        await at(pilot, NodesScreen)
        assert nodes_screen(pilot.app) is pilot.app.screen


async def test_the_palette_offers_what_the_screen_has() -> None:
    world = World()
    world.tunnels.known["t1"] = OPEN
    async with running(world) as pilot:
        await pilot.press("2", ":", *"copy the add")
        await until(lambda: "Copy the address" in screen_text(pilot.app))
        await pilot.press("enter")
        await until(lambda: world.copied == ["127.0.0.1:15432"])
