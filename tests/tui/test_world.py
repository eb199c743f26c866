"""What the tests of the screens rest on: that a screen is at rest."""

from __future__ import annotations

from smtui.tui.nodes.node_table import NodeTable
from tests.tui.world import World, is_at_rest, nodes_screen, settled


async def test_a_screen_is_at_rest_only_when_nothing_waits() -> None:
    """What every picture rests on: see `world.settled`."""
    world = World()
    async with world.app().run_test() as pilot:
        await settled(pilot)
        screen = nodes_screen(pilot.app)
        assert is_at_rest(screen)
        screen.table.post_message(NodeTable.Scrolled())
        assert not is_at_rest(screen), "a message waits"
        await settled(pilot)
        screen.refresh(layout=True)
        assert not is_at_rest(screen), "it waits to be laid out"
        await settled(pilot)
        assert is_at_rest(screen)
