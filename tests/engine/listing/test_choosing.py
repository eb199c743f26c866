"""Other places are chosen while smtui runs: what is listed, what is kept, and what a slow place may not spoil."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta

import pytest

from smtui.domain.fault import FaultKind
from smtui.domain.place import Caller, PendingCall, Place
from smtui.domain.places.place_state import PlaceState
from smtui.domain.roster import Snapshot
from smtui.engine.fleet import Fleet, FleetChange
from smtui.engine.offloop import OffLoop
from tests.domain.build import ssm_facts
from tests.engine.fakes import NOW, FakeAws, FakeCache, fault
from tests.waiting import until

LIST, MACHINES, CALLER = "ssm:DescribeInstanceInformation", "ec2:DescribeInstances", "sts:GetCallerIdentity"
A, B = Place("ops", "eu-west-1"), Place("audit", "eu-central-1")
WEB, DB = "i-0000000000000000a", "i-0000000000000000b"


def aws_with(*node_ids: str) -> FakeAws:
    return FakeAws(managed=[[ssm_facts(node_id, seen_at=NOW) for node_id in node_ids]])


class World:
    """Two places with a node each."""

    def __init__(self, cache: FakeCache | None = None) -> None:
        self.aws = {A: aws_with(WEB), B: aws_with(DB)}
        self.fleet = Fleet(self, [A], OffLoop(), clock=lambda: NOW, cache=cache)
        self.changes: list[FleetChange] = []
        self.fleet.subscribe(self.changes.append)

    def at(self, place: Place) -> FakeAws:
        return self.aws[place]

    def listed(self) -> list[tuple[Place, str]]:
        return [(node.place, node.node_id) for node in self.fleet.nodes()]

    async def rest(self) -> None:
        await until(lambda: not self.fleet.loading)


async def test_chosen_places_replace_what_is_listed_and_are_read_by_themselves() -> None:
    world = World()
    await world.fleet.refresh()
    world.fleet.choose([B, A, B])
    assert world.fleet.places == (B, A)
    assert world.changes[-1] == FleetChange(None, is_choice=True)
    await until(lambda: world.listed() == [(B, DB), (A, WEB)])
    await world.rest()
    world.fleet.choose([B])
    assert world.listed() == [(B, DB)]
    keys = world.fleet.keys()
    assert [key.place for key in keys] == [B]
    assert len(world.fleet) == world.fleet.expected == 1
    await world.rest()


async def test_the_same_place_under_another_name_is_listed_at_once() -> None:
    world = World()
    unnamed = Place()
    world.aws[unnamed] = aws_with(WEB)
    await world.fleet.refresh()
    world.fleet.choose([unnamed, B], read=False, resolved=lambda place: A if place == unnamed else place)
    assert world.listed() == [(unnamed, WEB)]
    assert world.changes[-1].renamed == ((A, unnamed),)
    assert world.fleet.place_states()[0].read_at == NOW
    assert world.fleet.node_at(A, WEB) is not None
    world.fleet.choose([Place("other")], read=False, resolved=lambda place: place)
    assert world.listed() == []


async def test_nodes_of_earlier_places_are_still_found() -> None:
    world = World()
    await world.fleet.refresh()
    world.fleet.choose([B])
    await world.rest()
    node = world.fleet.node_at(A, WEB)
    assert node is not None
    assert node.account == "111122223333"
    assert [node.node_id for node in world.fleet.earlier_nodes()] == [WEB]
    assert world.fleet.region(A) == "eu-west-1"
    assert world.fleet.caller(A) is not None
    assert world.fleet.caller(Place("never")) is None
    assert world.fleet.region(Place("never", "eu-west-2")) == "eu-west-2"


async def test_what_is_learned_of_an_earlier_place_is_kept_and_gets_no_row() -> None:
    world = World()
    world.fleet.choose([B])
    await world.rest()
    world.changes.clear()
    world.fleet.learn(A, managed=[ssm_facts("i-0000000000000000c", seen_at=NOW)])
    assert world.changes == []
    assert world.fleet.node_at(A, "i-0000000000000000c") is not None


async def test_a_reading_of_a_place_that_is_no_longer_chosen_is_dropped_and_holds_nothing_up() -> None:
    world, gate = World(), threading.Event()
    world.aws[A].gates = dict.fromkeys((LIST, MACHINES, CALLER), gate)
    refreshing = asyncio.create_task(world.fleet.refresh())
    await until(lambda: world.aws[A].held == 3)
    world.fleet.choose([B])
    await refreshing
    await world.rest()
    assert world.listed() == [(B, DB)]
    world.changes.clear()
    gate.set()
    world.fleet.choose([A])
    await until(lambda: world.aws[A].calls.count(CALLER) == 2)
    await world.rest()
    assert world.listed() == [(A, WEB)]
    assert world.fleet.problems() == ()


async def test_a_place_chosen_again_before_its_old_reading_has_ended_is_read_anew() -> None:
    world, gate = World(), threading.Event()
    world.aws[A].gates = dict.fromkeys((LIST, MACHINES, CALLER), gate)
    refreshing = asyncio.create_task(world.fleet.refresh())
    await until(lambda: world.aws[A].held == 3)
    world.fleet.choose([B])
    world.fleet.choose([A])
    await refreshing
    await until(lambda: world.aws[A].calls.count(CALLER) == 2)
    gate.set()
    await world.rest()
    assert [state.read_at for state in world.fleet.place_states()] == [NOW]


async def test_a_place_that_is_chosen_shows_its_last_known_list_at_once() -> None:
    old = Snapshot(Caller("111122223333", "arn", "id", "eu-west-1"), NOW, (ssm_facts(DB),), ())
    world, gate = World(FakeCache(old)), threading.Event()
    world.aws[B].managed = []
    world.aws[B].gates = dict.fromkeys((LIST, MACHINES, CALLER), gate)
    world.fleet.choose([B])
    await until(lambda: (B, DB) in world.listed() and not world.fleet.restoring)
    [state] = world.fleet.place_states()
    assert (state.nodes, state.read_at, state.answered_at, state.is_read) == (1, NOW, None, True)
    gate.set()
    await world.rest()
    assert world.fleet.place_states()[0].answered_at == NOW


async def test_the_state_of_each_place_says_what_it_waits_for_and_what_failed() -> None:
    world, gate = World(), threading.Event()
    call = PendingCall(f"{LIST} at ssm.eu-central-1.amazonaws.com", NOW - timedelta(seconds=2))
    world.aws[A].failing = {LIST: fault(LIST), MACHINES: fault(MACHINES)}
    world.aws[A].managed = world.aws[B].managed = []
    world.aws[B].gates = dict.fromkeys((LIST, MACHINES, CALLER), gate)
    world.aws[B].waited_for = [call]
    world.fleet.choose([A, B])
    await until(lambda: not world.fleet.place_states()[0].is_read and world.aws[B].held == 3)
    denied, slow = world.fleet.place_states()
    assert denied == PlaceState(
        A, "111122223333", "eu-west-1", 0, None, NOW, False, None, (fault(LIST), fault(MACHINES))
    )
    assert denied.fault == fault(LIST)
    assert slow == PlaceState(B, "", "eu-central-1", 0, None, None, True, call, ())
    assert slow.fault is None
    gate.set()
    await world.rest()
    assert world.fleet.place_states()[1].waiting is None


@pytest.mark.parametrize("kind", [FaultKind.SSO_SIGN_IN, FaultKind.UNREACHABLE])
async def test_one_place_that_fails_leaves_the_other_whole(kind: FaultKind) -> None:
    world = World()
    world.aws[A].managed = []
    world.aws[A].failing = {action: fault(action, kind) for action in (LIST, MACHINES, CALLER)}
    world.fleet.choose([A, B])
    await until(lambda: world.listed() == [(B, DB)])
    await world.rest()
    assert {problem.place for problem in world.fleet.problems()} == {A}
