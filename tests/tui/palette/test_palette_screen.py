"""The palette: what it lists, its second lists, and what its keys do."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from smtui.domain.forward import Destination
from smtui.domain.place import Place
from smtui.domain.preset import Preset
from smtui.engine.launcher_parts import Setup
from smtui.engine.preset_book import PresetsInMemory
from smtui.tui.help.help_screen import HelpScreen
from smtui.tui.nodes.nodes_screen import NodesScreen
from smtui.tui.palette.palette_list import PaletteList, offer_cells
from smtui.tui.palette.palette_screen import PaletteScreen
from smtui.tui.palette.ranking import Offer
from smtui.tui.tunnels.tunnels_screen import TunnelsScreen
from tests.engine.fakes import FakeAws
from tests.tui.driving import at, running
from tests.tui.looking import screen_text
from tests.tui.places.place_world import Placed
from tests.tui.world import World, nodes_screen, palette_filled, settled
from tests.waiting import until


async def palette(pilot: Pilot[Any], *keys: str) -> list[str]:
    """Open the palette, press these keys and return the names that it lists."""
    await pilot.press(":", *keys)
    await at(pilot, PaletteScreen)
    await palette_filled(pilot)
    return listed(pilot)


def listed(pilot: Pilot[Any]) -> list[str]:
    return [offer.name for offer in pilot.app.screen.query_one(PaletteList).offers]


def current(pilot: Pilot[Any]) -> str:
    node = nodes_screen(pilot.app).selected_node
    return node.name if node is not None else ""


def line_of(pilot: Pilot[Any], words: str) -> str:
    line = next(line for line in screen_text(pilot.app).splitlines() if words in line)
    return " ".join(line.partition("│")[2].rpartition("│")[0].split())


async def test_each_command_has_its_subject_and_its_key() -> None:
    async with running(World(), (80, 24)) as pilot:
        pilot.app.set_keymap({"forward": "ctrl+f"})
        names = await palette(pilot)
        assert names[:3] == ["Start a shell", "Start with a document", "Forward a port"]
        assert names[-1] == "Go to node …"
        assert line_of(pilot, "Start a shell") == "▌ Start a shell db-1 enter"
        assert line_of(pilot, "Forward a port") == "Forward a port db-1 ctrl+f"
        assert line_of(pilot, "Sort by") == "Sort by … STATUS ▲ o"
        assert "Nodes" not in names, "one is there"


async def test_sorting_is_one_line_that_opens_a_list() -> None:
    async with running(World(), (80, 24)) as pilot:
        assert [name for name in await palette(pilot, *"sort") if name.startswith("Sort")] == ["Sort by …"]
        await pilot.press("enter")
        await pilot.pause()
        assert "Sort by … · █" in screen_text(pilot.app)
        assert line_of(pilot, "Sort by status") == "Sort by status ▲ now, again turns it round"
        await pilot.press("escape")
        await pilot.pause()
        assert "Palette · sort█" in screen_text(pilot.app)
        await pilot.press("tab", *"name", "enter")
        await at(pilot, NodesScreen)
        await until(lambda: nodes_screen(pilot.app)._rows.sort.column.id == "name")


async def test_a_node_is_gone_to_from_any_screen_even_past_a_filter() -> None:
    async with running(World(), (80, 24)) as pilot:
        await pilot.press("/", *"web-1", "enter", "2")
        await at(pilot, TunnelsScreen)
        assert await palette(pilot, *"win-10") == ["Go to node win-10"]
        await pilot.press("enter")
        await at(pilot, NodesScreen)
        await until(lambda: current(pilot) == "win-10")
        assert nodes_screen(pilot.app).filter_bar.text == ""


async def test_several_nodes_are_a_list_of_their_own() -> None:
    async with running(World(), (80, 24)) as pilot:
        await palette(pilot, *"web-")
        assert line_of(pilot, "Go to node").startswith("▌ Go to node … web-1, web-2")
        await pilot.press("enter")
        await pilot.pause()
        assert listed(pilot) == ["web-1", "web-2", "web-lost", "web-new", "web-old", "web-silent", "web-stopped"]
        await pilot.press("l", "enter")
        await at(pilot, NodesScreen)
        await until(lambda: current(pilot) == "web-lost")


async def test_presets_start_from_here() -> None:
    world = World(presets=PresetsInMemory([Preset("Shop", Destination(8080), local_port=18080)]))
    async with running(world, (80, 24)) as pilot:
        assert "Forward Shop" in await palette(pilot, *"shop")
        assert line_of(pilot, "Forward Shop") == "▌ Forward Shop db-1 127.0.0.1:18080"
        await pilot.press("enter")
        await at(pilot, NodesScreen)
        await until(lambda: [view.preset for view in world.tunnels.known.values()] == ["Shop"])


async def test_what_was_used_last_comes_first() -> None:
    async with running(World(), (80, 24)) as pilot:
        await pilot.press(":", *"help", "enter")
        await at(pilot, HelpScreen)
        await pilot.press("escape")
        await at(pilot, NodesScreen)
        assert (await palette(pilot))[:2] == ["Help", "Start a shell"]


async def test_a_word_when_nothing_matches() -> None:
    async with running(World(), (80, 24)) as pilot:
        assert await palette(pilot, *"forx") == []
        assert "Nothing is called forx." in screen_text(pilot.app)
        await pilot.press("enter", "tab", "down")
        assert isinstance(pilot.app.screen, PaletteScreen)
        await pilot.press("backspace")
        await palette_filled(pilot)
        assert listed(pilot)[0] == "Forward a port"


async def test_tab_takes_the_name() -> None:
    async with running(World(), (80, 24)) as pilot:
        await palette(pilot, *"trou", "tab")
        await pilot.pause()
        assert "Palette · Troubleshoot█" in screen_text(pilot.app)


async def test_what_cannot_work_is_not_listed() -> None:
    world = World(aws=FakeAws([[]], [[]]))
    async with running(world, (80, 24)) as pilot:
        names = await palette(pilot)
        assert "Start a shell" not in names
        assert "Copy the node's id" not in names
        assert not any(name.startswith(("Forward", "Go to node")) for name in names)
        assert line_of(pilot, "Troubleshoot").endswith("Troubleshoot this machine t")


async def test_read_only_lists_nothing_that_it_refuses() -> None:
    world = World(launcher_arguments={"setup": Setup(read_only=True)})
    async with running(world, (80, 24)) as pilot:
        names = await palette(pilot)
        assert "Troubleshoot" in names
        assert not any(name.startswith(("Start", "Forward")) for name in names)


async def test_themes_are_a_list_too() -> None:
    async with running(World(), (80, 24)) as pilot:
        assert (await palette(pilot, *"change the", "enter"))[0] == "Theme smtui-dark"
        await pilot.press(*"light", "enter")
        await until(lambda: pilot.app.theme == "smtui-light")


async def test_places_are_offered_too_those_chosen_last_first() -> None:
    world = Placed()
    async with running(world, (80, 24)) as pilot:
        await until(lambda: world.identities.asked)
        await settled(pilot)
        names = await palette(pilot, *"go to place", "enter")
        assert names[:3] == ["Go to place stage in us-east-1", "Go to place ops, stage in eu-west-1, us-east-1",
                             "Go to place audit"]  # fmt: skip
        await pilot.press(*"build", "enter")
        await until(lambda: nodes_screen(pilot.app)._fleet.places == (Place("build", "eu-west-1"),))
        await settled(pilot)


async def test_a_click_does_it() -> None:
    async with running(World(), (80, 24)) as pilot:
        await palette(pilot, *"help")
        await pilot.click(PaletteList, offset=(5, 0))
        await at(pilot, HelpScreen)


@pytest.mark.parametrize("width", range(80))
def test_a_line_has_the_width_that_there_is(width: int) -> None:
    for right in ("f", "127.0.0.1:8080", ""):
        for subject in ("web-1", ""):
            assert (
                sum(map(len, offer_cells(Offer("x", "Forward a port", subject=subject, right=right), width))) == width
            )
