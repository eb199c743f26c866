"""When the list is read and sorted again by itself, and that its rows keep still otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smtui.domain.node import Node
from smtui.domain.place import Place
from smtui.engine.fleet import FleetChange, NodeKey
from smtui.tui.nodes.node_rows import NodeRows
from smtui.tui.nodes.row_feed import ResortPace, RowFeed
from tests.domain.build import NOW, connected, ec2_facts, node, not_connected, ssm_facts
from tests.waiting import jumping_clock, let_loop_run

RESORT, REST = 2.0, 1.0


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(name="unhurried")
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtui.tui.nodes.row_feed.RESORT_SECONDS", RESORT)
    monkeypatch.setattr("smtui.tui.nodes.row_feed.REST_SECONDS", REST)


@pytest.mark.usefixtures("unhurried")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.floats(0, 3), st.booleans()), max_size=30))
def test_rows_change_places_every_2_s_at_most_and_never_within_1_s_of_a_key(steps: list[tuple[float, bool]]) -> None:
    clock = Clock()
    pace = ResortPace(clock)
    assert pace.wait() == 0
    key_at = sorted_at = -100.0
    for passed, is_key in steps:
        clock.now += passed
        if is_key:
            pace.key_pressed()
            key_at = clock.now
        elif pace.wait() == 0:
            assert clock.now - key_at >= REST - 1e-9
            assert clock.now - sorted_at >= RESORT - 1e-9
            pace.resorted()
            sorted_at = clock.now
        else:
            assert clock.now - key_at < REST or clock.now - sorted_at < RESORT
        assert pace.wait() == pytest.approx(max(0, key_at + REST - clock.now, sorted_at + RESORT - clock.now))
        assert pace.wait(filling=True) == pytest.approx(max(0, key_at + REST - clock.now))


PAGE = 10
"""Rows that the screen shows."""


class SmallFleet:
    """Nodes that come, change and go."""

    complete_at: datetime | None = NOW
    loading = False

    def __init__(self, numbers: Sequence[int]) -> None:
        self.known = {each.key: each.node for each in map(Member, numbers)}
        self.tell: Callable[[FleetChange], None] = lambda _: None

    def subscribe(self, listener: Callable[[FleetChange], None]) -> None:
        self.tell = listener

    def keys(self, places: Collection[Place] | None = None) -> list[NodeKey]:
        return [key for key in self.known if places is None or key.place in places]

    def node(self, key: NodeKey) -> Node | None:
        return self.known.get(key)

    @property
    def places(self) -> Sequence[Place]:
        return PLACES

    def region(self, place: Place) -> str:
        return place.region


PLACES = (Place("ops", "eu-west-1"), Place("audit", "eu-central-1"), Place("audit", "us-east-1"))


class Member:
    """A node by its number, in one of three places, as a probe may find it."""

    def __init__(self, number: int, *, is_connected: bool = True) -> None:
        node_id = f"i-{number:017x}"
        probe = connected() if is_connected else not_connected()
        place = PLACES[number % len(PLACES)]
        self.node = node(
            place=place,
            node_id=node_id,
            ssm=ssm_facts(node_id),
            ec2=ec2_facts(node_id, name=f"web-{number}"),
            connection=probe,
        )
        self.key = NodeKey(self.node.place, node_id)


class Watched:
    """Rows with a feed and a user, and what each change of the picture must obey."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self.clock = asyncio.get_running_loop().time
        self.fleet, self.rows, self.pace = SmallFleet(numbers), NodeRows(lambda: NOW), ResortPace(self.clock)
        fleet: Any = self.fleet
        self.feed = RowFeed(fleet, self.rows, self.pace, self.ready)
        self.top = 0
        self.key_at = self.sorted_at = -100.0

    def ready(self, changed: frozenset[NodeKey] | None, sort: bool) -> None:
        """As the screen does, but suspiciously."""
        before = [row.key for row in self.rows.view]
        self._keep_still(lambda: self.rows.settle(sort=sort))
        after = [row.key for row in self.rows.view]
        kept = [key for key in before if key in after]
        if before and after != kept:  # an empty list fills at once
            now = self.clock()
            assert now - self.key_at >= REST - 1e-6
            assert now - self.sorted_at >= RESORT - 1e-6
            self.sorted_at = now

    def press(self, at: int | None) -> None:
        """Move the cursor, or with None turn the order round."""
        self.key_at = self.clock()
        self.pace.key_pressed()
        if at is None:
            self._keep_still(lambda: self.rows.set_sort(self.rows.sort.reversed))
        else:
            self.rows.move_to(at)
            self.top = max(min(self.top, self.rows.cursor), self.rows.cursor - PAGE + 1)

    def _keep_still(self, change: Callable[[], None]) -> None:
        own, line = self.rows.current, self.rows.cursor - self.top
        anchor = self.rows.anchor(self.top, PAGE)
        change()
        self.top = self.rows.top_for(anchor, PAGE)
        view, cursor = self.rows.view, self.rows.cursor
        if not self.rows.moved or own not in view:
            return
        assert self.rows.current is own
        if cursor - max(0, min(cursor, len(view) - PAGE)) <= line <= cursor:
            assert cursor - self.top == line

    def happen(self, event: str, numbers: Sequence[int]) -> None:
        """Let the fleet learn something of these nodes."""
        if event == "depart":
            gone = {Member(number).key for number in numbers}
            self.fleet.known = {key: each for key, each in self.fleet.known.items() if key not in gone}
            for place in dict.fromkeys(key.place for key in gone):
                self.fleet.tell(FleetChange(None, place))
            return
        met = [Member(number, is_connected=event != "probe") for number in numbers]
        met = [each for each in met if event == "arrive" or each.key in self.fleet.known]
        self.fleet.known |= {each.key: each.node for each in met}
        self.fleet.tell(FleetChange(frozenset(each.key for each in met)))


@pytest.mark.usefixtures("unhurried")
async def test_rows_of_other_places_take_their_places_at_once() -> None:
    told: list[bool] = []
    clock = Clock()
    fleet, rows, pace = SmallFleet([1]), NodeRows(lambda: NOW), ResortPace(clock)
    listed: Any = fleet

    def ready(changed: frozenset[NodeKey] | None, sort: bool) -> None:
        told.append(sort)
        rows.settle(sort=sort)

    feed = RowFeed(listed, rows, pace, ready)
    await feed._absorb()
    assert (rows.extent.profiles, rows.extent.regions) == (2, 3), "also of places that have no row yet"
    pace.key_pressed()
    fleet.known |= {each.key: each.node for each in map(Member, [2])}
    fleet.tell(FleetChange(None))
    await feed._absorb()
    assert (told[-1], len(rows.view)) == (False, 1), "a key was pressed just now"
    fleet.tell(FleetChange(None, is_choice=True))
    await feed._absorb()
    assert (told[-1], len(rows.view)) == (True, 2)


NUMBERS = st.lists(st.integers(1, 40), unique=True, min_size=1, max_size=20)
STEPS = st.lists(
    st.tuples(
        st.floats(0, 2.5),
        st.tuples(st.sampled_from(["probe", "arrive", "depart"]), NUMBERS)
        | st.tuples(st.just("move"), st.integers(0, 39))
        | st.tuples(st.just("reverse"), st.none()),
    ),
    max_size=25,
)


@pytest.mark.usefixtures("unhurried")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(NUMBERS, STEPS)
def test_whatever_is_learnt_rows_move_at_their_times_and_the_cursors_row_keeps_its_line(
    numbers: list[int], steps: list[tuple[float, tuple[str, Any]]]
) -> None:
    async def play() -> None:
        with jumping_clock():
            watched = Watched(numbers)
            running = asyncio.create_task(watched.feed.run())
            await let_loop_run(0)
            for passed, (event, what) in steps:
                await let_loop_run(passed)
                if event in ("move", "reverse"):
                    watched.press(what)
                else:
                    watched.happen(event, what)
                assert not running.done(), running.exception()
            await let_loop_run(2 * RESORT)
            assert not running.done(), running.exception()
            running.cancel()
            rows = watched.rows
            assert {row.key for row in rows.view} == set(watched.fleet.known)
            keys = [row.sort_key for row in rows.view]
            assert keys == sorted(keys, reverse=rows.sort.descending), "at last they are sorted"

    asyncio.run(play())
