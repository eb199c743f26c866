"""Runs the app of a world and goes to its screens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from smtui.tui.forward.forward_screen import ForwardScreen
from smtui.tui.parts.row_table import RowTable
from tests.tui.world import World, settled
from tests.waiting import until


@asynccontextmanager
async def running(world: World, size: tuple[int, int] = (140, 45)) -> AsyncIterator[Pilot[Any]]:
    app = world.app()
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        yield pilot


async def at(pilot: Pilot[Any], screen: type) -> None:
    await until(lambda: isinstance(pilot.app.screen, screen))
    await pilot.pause()


def table_of(pilot: Pilot[Any]) -> RowTable:
    return pilot.app.screen.query_one(RowTable)


async def forwarding(pilot: Pilot[Any]) -> None:
    await pilot.press("f")
    await at(pilot, ForwardScreen)
    await until(lambda: table_of(pilot).rows)
    await pilot.pause()
