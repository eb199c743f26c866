"""The screen of places on the app: choosing what is listed, and coming back with nothing changed."""

from __future__ import annotations

from smtui.domain.place import Place
from smtui.domain.places.choice import Choice
from smtui.tui.places.places_screen import PlacesScreen
from smtui.tui.tunnels.tunnels_screen import TunnelsScreen
from tests.tui.driving import at, running
from tests.tui.looking import screen_text
from tests.tui.places.place_world import Placed
from tests.tui.world import nodes_screen, settled
from tests.waiting import until


async def test_p_and_enter_list_another_profile_and_keep_filter_sort_and_cursor() -> None:
    world = Placed()
    async with running(world) as pilot:
        await pilot.press("o", "/", *"web", "enter", "down")
        nodes = nodes_screen(pilot.app)
        before, sort = nodes.selected_node, nodes._rows.sort
        assert before is not None
        await pilot.press("P")
        await at(pilot, PlacesScreen)
        await until(lambda: "SSO acme" in screen_text(pilot.app))
        await pilot.press("/", *"build", "enter", "enter")
        await settled(pilot)
        assert nodes._fleet.places == (Place("build", "eu-west-1"),)
        assert world.memory.recent()[0] == Choice(("build",), ("eu-west-1",))
        assert nodes.filter_bar.text == "web"
        assert nodes._rows.sort == sort
        assert nodes.selected_node is not None
        assert nodes.selected_node.node_id == before.node_id
        assert "Listed now: build in eu-west-1." in screen_text(pilot.app)


async def test_places_over_another_screen_lead_back_to_it_and_every_tab_works_from_there() -> None:
    async with running(Placed(), size=(80, 24)) as pilot:
        await pilot.press("2", "P")
        await at(pilot, PlacesScreen)
        await pilot.press("escape")
        await at(pilot, TunnelsScreen)
        await pilot.press("P")
        await at(pilot, PlacesScreen)
        await pilot.press("1")
        await until(lambda: pilot.app.screen is nodes_screen(pilot.app))


async def test_marks_of_both_panes_are_used_together_and_escape_changes_nothing() -> None:
    world = Placed()
    async with running(world, size=(80, 24)) as pilot:
        fleet = nodes_screen(pilot.app)._fleet
        await pilot.press("R")
        await at(pilot, PlacesScreen)
        await until(lambda: "15 enabled" in screen_text(pilot.app))
        await pilot.press("a", "tab", "/", *"sandbox", "enter", "space", "escape", "escape")
        assert fleet.places == (Place("ops", "eu-west-1"),)
        await pilot.press("R")
        await at(pilot, PlacesScreen)
        await until(lambda: "15 enabled" in screen_text(pilot.app))
        await pilot.press("/", *"us-east-1", "enter", "space", "escape")
        await pilot.press("R", "P", "P", "/", *"sandbox", "enter", "space")
        assert "2 profiles × 2 Regions marked" in screen_text(pilot.app)
        await pilot.press("enter")
        await settled(pilot)
        assert [(place.profile, place.region) for place in fleet.places] == [
            ("ops", "eu-west-1"), ("ops", "us-east-1"), ("sandbox", "eu-west-1"), ("sandbox", "us-east-1"),
        ]  # fmt: skip
