"""The account's sessions, driven by keys over an AWS in memory."""

from __future__ import annotations

from typing import Any

from textual.pilot import Pilot

from smtui.tui.nodes.nodes_screen import NodesScreen
from smtui.tui.parts.confirm import ConfirmScreen
from smtui.tui.sessions.sessions_screen import SessionsScreen
from tests.tui.driving import at, running
from tests.tui.looking import screen_text, told
from tests.tui.sessions.account import Account
from tests.waiting import until


async def opened(pilot: Pilot[Any]) -> None:
    """Go to the sessions, and wait until they are read."""
    await pilot.press("3")
    await at(pilot, SessionsScreen)
    await until(lambda: " ago" in screen_text(pilot.app).splitlines()[1] and "reading" not in screen_text(pilot.app))
    await pilot.pause()


def lines(pilot: Pilot[Any]) -> list[str]:
    """The rows that are shown, from the first column on."""
    shown = screen_text(pilot.app).splitlines()
    return [line[3:] for line in shown[3:] if line[3:4] in "●◐○✕?" and line[4:5] == " "]


async def test_yours_come_first_then_the_newest() -> None:
    async with running(Account()) as pilot:
        await opened(pilot)
        assert [line.split()[2:5] for line in lines(pilot)] == [
            ["you", "(user)", "win-10"],
            ["you", "(user)", "web-2"],
            ["you", "(user)", "web-1"],
            ["ana", "(ops)", "web-1"],
            ["ben@example.com", "(Support)", "factory-gateway"],
        ]
        assert "5 active, 3 yours · past 30 days with h" in screen_text(pilot.app).splitlines()[0]
        await pilot.press("escape")
        await at(pilot, NodesScreen)


async def test_terminating_asks_and_names_the_session() -> None:
    world = Account()
    async with running(world) as pilot:
        await opened(pilot)
        await pilot.press("G", "k", "x")
        await at(pilot, ConfirmScreen)
        shown = " ".join(screen_text(pilot.app).replace("│", " ").split())
        assert "Terminate ana's shell on web-1?" in shown
        assert "ana-0b77f01b2a9e4d531 · 35 min · CHG-88 disk full. What runs in it ends with it." in shown
        assert "Policies usually allow one's own sessions alone." in shown
        await pilot.press("escape")
        await at(pilot, SessionsScreen)
        assert world.sessions.terminated == []
        await pilot.press("x")
        await at(pilot, ConfirmScreen)
        await pilot.press("enter")
        await until(lambda: world.sessions.terminated == ["ana-0b77f01b2a9e4d531"])
        await until(lambda: "Ana's shell on web-1 is terminated." in told(pilot.app))
