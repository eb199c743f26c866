"""The header on the screens: tabs and lamps lead to their screens, and every screen shows the same lamps."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import App

from smtui.engine.launcher_parts import Setup
from smtui.tui.nodes.nodes_screen import NodesScreen
from smtui.tui.parts.header_line import HeaderLine
from smtui.tui.plugin.plugin_screen import PluginScreen
from smtui.tui.presets.presets_screen import PresetsScreen
from smtui.tui.tunnels.tunnels_screen import TunnelsScreen
from smtui.tunnels.tunnel import TunnelState
from tests.tui.looking import screen_text
from tests.tui.test_snapshots import tunnelling
from tests.tui.world import World, settled
from tests.waiting import until


def header(app: App[Any]) -> str:
    return screen_text(app).splitlines()[0]


@pytest.mark.parametrize(
    ("width", "clicks"),
    [
        (
            150,
            [("5 Plugin", PluginScreen), ("4 Presets", PresetsScreen), ("✕1", TunnelsScreen), ("1 Nodes", NodesScreen)],
        ),
        (80, [("●4", TunnelsScreen), ("plugin ✓", PluginScreen)]),
    ],
)
async def test_a_click_goes_where_the_tab_or_the_lamp_leads(width: int, clicks: list[tuple[str, type]]) -> None:
    app = tunnelling().app()
    async with app.run_test(size=(width, 24)) as pilot:
        await settled(pilot)
        for words, screen in clicks:
            await pilot.click(HeaderLine, offset=(header(app).index(words), 0))
            await until(lambda screen=screen: isinstance(app.screen, screen))  # type: ignore[misc]
            await settled(pilot)


@pytest.mark.parametrize("key", ["1", "2", "4", "5", "t"])
async def test_every_screen_has_the_lamps(key: str) -> None:
    world = tunnelling()
    app = world.app()
    async with app.run_test(size=(140, 24)) as pilot:
        await settled(pilot)
        await pilot.press(key)
        await settled(pilot)
        assert "●4 ✕1" in header(app)
        assert "lugin ✓" in header(app)
        world.tunnels.change("t3", state=TunnelState.CLOSED)
        await until(lambda: "✕1" not in header(app))


async def test_read_only_stands_behind_the_place() -> None:
    app = World(launcher_arguments={"setup": Setup(read_only=True)}).app()
    async with app.run_test(size=(60, 20)) as pilot:
        await settled(pilot)
        assert "eu-west-1 · READ-ONLY" in header(app)
