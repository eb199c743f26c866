"""The first paint shows the first rows of the last known list; nothing jumps when the rest comes."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from textual.pilot import Pilot

from smtui.domain.place import Caller, Place
from smtui.domain.roster import Snapshot
from smtui.domain.stored_list import Part, split
from tests.domain.build import ec2_facts, ssm_facts
from tests.engine.fakes import FakeAws, FakeCache, KnownList
from tests.tui.world import READ_AT, World, nodes_screen
from tests.waiting import until

COUNT = 300
IDS = [f"i-{number:017x}" for number in range(COUNT)]
KEPT = Snapshot(
    Caller("111122223333", "arn", "AIDA", "eu-west-1"),
    READ_AT,
    tuple(ssm_facts(each, seen_at=READ_AT) for each in IDS),
    tuple(ec2_facts(each, seen_at=READ_AT, name=f"web-{number}") for number, each in enumerate(IDS)),
)


class HeldCache(FakeCache):
    """Gives the rest of its list when `let_go` is set."""

    def __init__(self) -> None:
        super().__init__(KEPT)
        self.let_go = threading.Event()

    def load(self, place: Place) -> KnownList:
        head, rest = split(KEPT, place)

        def held() -> Iterator[Part]:
            self.let_go.wait(60)
            yield from rest

        return KnownList(head, held())


@asynccontextmanager
async def kept_list(size: tuple[int, int] = (140, 30)) -> AsyncIterator[tuple[Pilot[None], HeldCache, list[list[str]]]]:
    """The screen over a kept list while AWS does not answer, and the names that each paint showed."""
    gates = {action: threading.Event() for action in ("ssm:DescribeInstanceInformation", "ec2:DescribeInstances")}
    app, cache = World(aws=FakeAws(gates=gates)).app(), HeldCache()
    fleet = app._launcher.fleet
    fleet._reader._cache = cache
    assert await fleet.restore_first()
    painted: list[list[str]] = []
    app.post_display_hook = lambda: painted.append([row.node.name for row in nodes_screen(app).table.visible_rows])  # type: ignore[method-assign]
    async with app.run_test(size=size) as pilot:
        try:
            await until(lambda: painted)
            yield pilot, cache, painted
        finally:
            for gate in (*gates.values(), cache.let_go):
                gate.set()


async def test_the_first_paint_has_the_first_rows_and_says_how_many_there_are() -> None:
    async with kept_list() as (pilot, _, painted):
        assert painted[0][:2] == ["web-0", "web-1"]
        count = nodes_screen(pilot.app).filter_bar.count
        assert (count.total, count.loading) == (COUNT, True)


async def test_nothing_jumps_when_the_rest_comes() -> None:
    async with kept_list() as (pilot, cache, _):
        screen = nodes_screen(pilot.app)
        await pilot.press("down", "down")
        before = [row.node.name for row in screen.table.visible_rows], screen.table.slots, screen.table.scroll_offset
        cache.let_go.set()
        await until(lambda: len(screen._rows.view) == COUNT)
        await pilot.pause()
        after = [row.node.name for row in screen.table.visible_rows], screen.table.slots, screen.table.scroll_offset
        assert after == before
        assert screen.selected_node is not None
        assert screen.selected_node.name == "web-2"
        assert screen.filter_bar.count.total == COUNT


async def test_a_filter_says_that_the_rest_is_yet_to_come() -> None:
    async with kept_list() as (pilot, cache, _):
        screen = nodes_screen(pilot.app)
        await pilot.press("slash", *"web-299")
        await until(lambda: "still being read" in " ".join(screen._surroundings.why_empty().sentences))
        cache.let_go.set()
        await until(lambda: screen.selected_node is not None and screen.selected_node.name == "web-299")
