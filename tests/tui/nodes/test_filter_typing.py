"""Filters, pins and the nodes used last on the screen, by keys."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import App

from smtui.tui.lists.filter_sheet import FilterSheet
from smtui.tui.nodes.node_table import NodeTable
from smtui.tui.nodes.save_filter_screen import SaveFilterScreen
from tests.tui.driving import at, running
from tests.tui.looking import screen_text, told
from tests.tui.nodes.test_nodes_screen import current, go_to
from tests.tui.world import World, nodes_screen, settled
from tests.waiting import until


def sheet(app: App[Any]) -> FilterSheet | None:
    return next((each for each in app.screen.query(FilterSheet) if each.display), None)


async def test_what_is_offered_is_taken_at_any_speed_and_moves_no_row() -> None:
    async with running(World(), (80, 24)) as pilot:
        app, screen = pilot.app, nodes_screen(pilot.app)
        await pilot.press("/", *"web tag:env=te")
        await until(lambda: sheet(app))
        await settled(pilot)
        offered = next(line for line in screen_text(app).splitlines() if "  tag:env=test  1 node" in line)
        assert offered.rstrip().endswith("1 node"), "no end of a name or an id beside it"
        assert screen.table.scroll_offset.y == 0
        await pilot.press("escape", *"stat:li", "tab", *"tag:env=te", "tab", "enter")  # no pause between the keys
        await settled(pilot)
        assert screen.filter_bar.text == "status:li tag:env=test "
        assert sheet(app) is None
        assert app.focused is screen.table


async def test_tab_with_nothing_to_take_never_leaves_for_an_empty_list() -> None:
    world = World()
    async with running(world, (80, 24)) as pilot:
        await pilot.press("/", *"db status:li tag:env=te", "tab", "enter")
        await settled(pilot)
        assert nodes_screen(pilot.app).filter_bar.text == "db status:li tag:env=te"
        assert "ssm:StartSession" not in world.aws.calls


async def test_a_mistake_is_said_in_place_underlined_and_filters_nothing() -> None:
    async with running(World(), (140, 45)) as pilot:
        app, screen = pilot.app, nodes_screen(pilot.app)
        await pilot.press("/", *"web-o stat:ready")
        await until(lambda: sheet(app))
        await settled(pilot)
        assert "✕ stat: is no key; status?" in screen_text(app)
        assert current(app) == "web-old"
        strip = screen.filter_bar.input.render_line(0)
        assert [part.text for part in strip if part.style and part.style.underline] == ["stat:ready"]
        await pilot.press("tab")
        await settled(pilot)
        assert screen.filter_bar.text == "web-o status:ready "
        assert sheet(app) is None


async def test_a_filter_is_saved_used_offered_again_and_forgotten() -> None:
    async with running(World(), (80, 24)) as pilot:
        app, screen = pilot.app, nodes_screen(pilot.app)
        await pilot.press("/", *"web-o", "ctrl+s")
        await at(pilot, SaveFilterScreen)
        await pilot.press("enter")
        assert "A saved filter needs a name." in screen_text(app)
        await pilot.press(*"old one", "enter")
        await until(lambda: told(app)[-1] == 'Saved. @"old one" finds the same.')
        await pilot.press("enter", "/", "escape", *"@old", "tab")
        await settled(pilot)
        assert screen.filter_bar.text == '@"old one" '
        assert current(app) == "web-old"
        await pilot.press("escape", "up")
        await settled(pilot)
        assert screen.filter_bar.text == "web-o"
        await pilot.press("escape", *'@"old one"', "enter")
        screen.action_forget_filter()
        await until(lambda: told(app)[-1] == "Forgotten: @old one.")
        await settled(pilot)
        assert screen.filter_bar.text == "web-o"
        assert not screen._launcher.place_book.filters.now.saved


async def test_pins_are_marked_and_stand_first_when_that_is_wanted() -> None:
    async with running(World(), (80, 24)) as pilot:
        app, screen = pilot.app, nodes_screen(pilot.app)
        await go_to(app, "web-1")
        await pilot.press("p")
        await settled(pilot)
        assert "★ ● Ready          web-1" in screen_text(app)
        line = screen.table.still_point[1]
        screen.action_pinned_first()
        await settled(pilot)
        assert screen._rows.view[0].node.name == "web-1"
        assert current(app) == "web-1"
        assert screen.table.still_point[1] in (line, 0)
        await pilot.press("p")
        await settled(pilot)
        assert "★" not in screen_text(app)


async def test_a_pin_that_cannot_be_kept_is_said() -> None:
    async with running(World(), (100, 24)) as pilot:
        app = pilot.app
        store = nodes_screen(app)._launcher.place_book.filters._store
        store.change = lambda edit: "/s/filters.json cannot be written: No space left on device."  # type: ignore[method-assign]
        for key in ("p", "p"):
            app.clear_notifications()
            await pilot.press(key)
            await until(lambda: "Not kept beyond this run: /s/filters.json cannot be written: No" in screen_text(app))


async def test_only_what_is_not_ready() -> None:
    async with running(World(), (140, 45)) as pilot:
        app = pilot.app
        await pilot.press("e")
        await settled(pilot)
        assert "4 of 39 nodes · not ready only" in screen_text(app)
        assert "web-old" not in screen_text(app)
        await pilot.press("e")
        await settled(pilot)
        assert " 39 nodes" in screen_text(app)


async def test_the_node_used_last_and_back() -> None:
    async with running(World(), (80, 24)) as pilot:
        app = pilot.app
        await pilot.press("-")
        assert told(app)[-1] == "No listed node has been used yet."
        await go_to(app, "web-2")
        await pilot.press("enter")
        await settled(pilot)
        await go_to(app, "db-1")
        await pilot.press("-")
        assert current(app) == "web-2"
        await pilot.press("-")
        assert current(app) == "db-1"
        await pilot.press("/", *"db-", "enter", "-")
        await settled(pilot)
        assert current(app) == "web-2"
        assert nodes_screen(app).filter_bar.text == ""


async def test_the_view_of_the_last_time_comes_back_when_it_is_wanted() -> None:
    async with running(World(), (80, 24)) as pilot:
        app, screen = pilot.app, nodes_screen(pilot.app)
        await pilot.press("/", *"web", "enter", "o", "escape")
        await settled(pilot)
        screen.action_sort_by("badge")
        screen.action_sort_by("name")
        await settled(pilot)
        screen._sort(type(screen._rows.sort)())
        screen.action_sort_by("name")
        screen.action_last_view()
        await settled(pilot)
        assert screen.filter_bar.text == "web"
        assert screen._rows.sort.column.id == "name"
        assert isinstance(app.focused, NodeTable)


@pytest.mark.parametrize("typed", ["stat:", "tag:", "name:web-1"])
async def test_the_sheet_goes_with_the_focus(typed: str) -> None:
    async with running(World(), (80, 24)) as pilot:
        await pilot.press("/", *typed)
        await pilot.press("down")
        await settled(pilot)
        assert sheet(pilot.app) is None
