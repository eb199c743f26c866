"""The help, searched by typing."""

from __future__ import annotations

from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from smtui.tui.help.help_screen import HelpScreen
from smtui.tui.nodes.nodes_screen import NodesScreen
from tests.tui.driving import at, running
from tests.tui.looking import screen_text, sheet_text
from tests.tui.world import World
from tests.waiting import until


async def helped(pilot: Pilot[Any], *keys: str) -> str:
    await pilot.press("?", *keys)
    await at(pilot, HelpScreen)
    await pilot.pause()
    return screen_text(pilot.app)


async def test_it_opens_on_the_keys_of_the_screen() -> None:
    async with running(World(), (80, 24)) as pilot:
        shown = await helped(pilot)
        assert "Help · █ · type to search" in shown
        assert "tab Next part │ ↑↓ Move │ esc Clear, then back" in shown
        assert sheet_text(pilot.app).startswith("The nodes enter s Start a shell")


async def test_letters_search_and_escape_clears_then_goes_back() -> None:
    async with running(World(), (80, 24)) as pilot:
        shown = await helped(pilot, *"quit now")
        assert "Nothing here mentions quit now." in sheet_text(pilot.app)
        await pilot.press("ctrl+w", "backspace")
        await pilot.pause()
        shown = screen_text(pilot.app)
        assert "Help · quit█ · " in shown
        assert "Quitting while something runs" in shown
        assert "Troubleshoot" not in sheet_text(pilot.app)
        await pilot.press("escape")
        await pilot.pause()
        assert "Help · █ · type to search" in screen_text(pilot.app)
        await pilot.press("escape")
        await at(pilot, NodesScreen)


async def test_tab_shows_the_next_part_and_arrows_scroll() -> None:
    async with running(World(), (80, 24)) as pilot:
        await helped(pilot, "tab")
        await until(lambda: sheet_text(pilot.app).startswith("Anywhere"))
        await pilot.press("down")
        await until(lambda: sheet_text(pilot.app).startswith(": ctrl+p"))
        await pilot.press("tab")
        await until(lambda: sheet_text(pilot.app).startswith("The statuses"))
        await pilot.press(*"forwarding")
        await until(lambda: sheet_text(pilot.app).startswith("Forwarding a port"))


async def test_what_is_pasted_is_searched_for() -> None:
    async with running(World(), (80, 24)) as pilot:
        await helped(pilot)
        pilot.app.post_message(events.Paste("not\tconnected\nand more"))
        await until(lambda: "Help · not␉connected█" in screen_text(pilot.app))


async def test_the_box_keeps_its_size_while_one_types() -> None:
    async with running(World(), (140, 45)) as pilot:
        await helped(pilot)
        before = pilot.app.screen.query_one("#sheet").region
        await pilot.press(*"zzz")
        await pilot.pause()
        assert pilot.app.screen.query_one("#sheet").region == before


@pytest.mark.parametrize("size", [(60, 20), (20, 6), (4, 2), (1, 1)])
async def test_any_window_will_do(size: tuple[int, int]) -> None:
    async with running(World(), size) as pilot:
        await helped(pilot, "tab", "down", "pagedown", *"a long search for words", "tab", "end", "backspace")
        assert pilot.app._exception is None
        await pilot.press("escape", "escape")
        await at(pilot, NodesScreen)
