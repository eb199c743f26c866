"""The list as it is read: page by page, side by side, with what could not be seen; probes; the last known list."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from datetime import timedelta

import pytest

from smtui.domain.fault import FaultKind
from smtui.domain.node import ConnectionFact, ConnectionStatus, Ec2Facts, SsmFacts
from smtui.domain.place import Caller, Place
from smtui.domain.readiness import Badge, readiness
from smtui.domain.roster import Snapshot
from smtui.engine.fleet import Fleet, FleetChange, NodeKey
from smtui.engine.offloop import OffLoop
from smtui.engine.probing import AT_ONCE, ConnectionProber
from tests.domain.build import ec2_facts, ssm_facts
from tests.engine.fakes import NOW, FakeAws, FakePlaces, fault

A, B, C = "i-0000000000000000a", "i-0000000000000000b", "i-0000000000000000c"
HERE = Place()


def fleet_of(aws: FakeAws, cache: FakeCache | None = None) -> Fleet:
    return Fleet(FakePlaces(aws), [HERE], OffLoop(), clock=lambda: NOW, cache=cache)


class FakeCache:
    def __init__(self, snapshot: Snapshot | None = None) -> None:
        self.snapshot = snapshot

    def load(self, place: Place) -> Snapshot | None:
        return self.snapshot

    def save(self, place: Place, snapshot: Snapshot) -> bool:
        self.snapshot = snapshot
        return True


def badges(fleet: Fleet) -> dict[str, Badge]:
    return {node.node_id: readiness(node, NOW).badge for node in fleet.nodes()}


def page(*ids: str) -> list[SsmFacts]:
    return [ssm_facts(node_id, seen_at=NOW) for node_id in ids]


def machines(*ids: str) -> list[Ec2Facts]:
    return [ec2_facts(node_id, seen_at=NOW) for node_id in ids]


async def test_both_sides_are_joined() -> None:
    fleet = fleet_of(FakeAws(managed=[page(A), page(B)], machines=[machines(A, C)]))
    await fleet.refresh()
    assert badges(fleet) == {A: Badge.READY, B: Badge.READY, C: Badge.UNMANAGED}
    assert fleet.problems() == ()
    assert fleet.complete_at == NOW
    caller = fleet.caller(HERE)
    assert caller is not None
    assert caller.account == "111122223333"


async def test_pages_are_shown_while_the_rest_is_read() -> None:
    gate = threading.Event()
    aws = FakeAws(managed=[page(A)], gates={"ssm:DescribeInstanceInformation": gate})
    fleet = fleet_of(aws)
    seen = asyncio.Event()

    def listener(change: FleetChange) -> None:
        if change.keys == frozenset({NodeKey(HERE, A)}):
            seen.set()

    fleet.subscribe(listener)
    reading = asyncio.create_task(fleet.refresh())
    await asyncio.wait_for(seen.wait(), 10)
    assert fleet.loading
    assert set(badges(fleet)) == {A}
    gate.set()
    await reading
    assert not fleet.loading


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("ssm:DescribeInstanceInformation", {A: Badge.READY, C: Badge.UNKNOWN}),
        ("ec2:DescribeInstances", {A: Badge.READY}),
    ],
)
async def test_a_denied_side_is_named_and_the_other_stays(action: str, expected: dict[str, Badge]) -> None:
    aws = FakeAws(managed=[page(A)], machines=[machines(C)], failing={action: fault(action)})
    fleet = fleet_of(aws)
    await fleet.refresh()
    assert badges(fleet) == expected
    [problem] = fleet.problems()
    assert problem.sentence().startswith(f"{action} was denied.")


async def test_missing_credentials_are_told_once() -> None:
    every = ["sts:GetCallerIdentity", "ssm:DescribeInstanceInformation", "ec2:DescribeInstances"]
    aws = FakeAws(failing={action: fault(action, FaultKind.NO_CREDENTIALS) for action in every})
    fleet = fleet_of(aws)
    await fleet.refresh()
    assert [problem.fault.kind for problem in fleet.problems()] == [FaultKind.NO_CREDENTIALS]
    assert badges(fleet) == {}


async def test_a_second_refresh_joins_the_first() -> None:
    aws = FakeAws(managed=[page(A)])
    fleet = fleet_of(aws)
    await asyncio.gather(fleet.refresh(), fleet.refresh())
    assert Counter(aws.calls)["ssm:DescribeInstanceInformation"] == 1


async def test_probing_asks_each_node_once_a_minute() -> None:
    aws = FakeAws(managed=[page(A, B)], machines=[machines(C)], unconnected={B})
    fleet = fleet_of(aws)
    await fleet.refresh()
    keys = [NodeKey(HERE, node_id) for node_id in (A, B, C)]
    await fleet.probe(keys)
    await fleet.probe(keys)
    assert Counter(aws.calls)["ssm:GetConnectionStatus"] == 2, "C is not managed; A and B are asked once"
    assert badges(fleet) == {A: Badge.READY, B: Badge.NOT_CONNECTED, C: Badge.UNMANAGED}


async def test_a_denied_probe_stops_probing_and_is_told_until_the_next_refresh() -> None:
    action = "ssm:GetConnectionStatus"
    aws = FakeAws(managed=[page(A, B)], failing={action: fault(action)})
    fleet = fleet_of(aws)
    await fleet.refresh()
    await fleet.probe([NodeKey(HERE, A)])
    await fleet.probe([NodeKey(HERE, B)])
    assert Counter(aws.calls)[action] == 1
    assert [problem.fault.action for problem in fleet.problems()] == [action]
    assert badges(fleet)[A] is Badge.READY
    aws.failing.clear()
    await fleet.refresh()
    assert fleet.problems() == ()
    await fleet.probe([NodeKey(HERE, B)])
    assert Counter(aws.calls)[action] == 2


async def test_no_more_than_four_probes_at_once() -> None:
    at_once = 0
    most = 0
    lock = threading.Lock()
    release = threading.Event()

    def ask(place: Place, node_id: str) -> ConnectionFact:
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
            if at_once == 4:
                release.set()
        release.wait(10)
        with lock:
            at_once -= 1
        return ConnectionFact(ConnectionStatus.CONNECTED, NOW)

    told: list[str] = []
    prober = ConnectionProber(OffLoop(), ask, lambda place, node_id, fact: told.append(node_id))
    await prober.probe([(HERE, f"i-{number:08x}", None) for number in range(12)], NOW)
    assert most == 4
    assert len(told) == 12


async def test_an_answer_on_its_way_counts_though_the_user_has_scrolled_on() -> None:
    gate = threading.Event()
    aws = FakeAws(managed=[page(A)], gates={"ssm:GetConnectionStatus": gate})
    fleet = fleet_of(aws)
    await fleet.refresh()
    probing = asyncio.create_task(fleet.probe([NodeKey(HERE, A)]))
    while "ssm:GetConnectionStatus" not in aws.calls:
        await asyncio.sleep(0.001)
    probing.cancel()
    await asyncio.wait([probing])
    await fleet.probe([NodeKey(HERE, A)])
    answered = asyncio.Event()
    fleet.subscribe(lambda change: answered.set())
    gate.set()
    await asyncio.wait_for(answered.wait(), 10)
    assert Counter(aws.calls)["ssm:GetConnectionStatus"] == 1
    node = fleet.node(NodeKey(HERE, A))
    assert node is not None
    assert node.connection is not None


async def test_what_was_not_asked_yet_when_the_user_scrolled_on_is_asked_later() -> None:
    ids = [f"i-{number:017x}" for number in range(AT_ONCE + 2)]
    aws = FakeAws(managed=[page(*ids)])
    fleet = fleet_of(aws)
    await fleet.refresh()
    keys = [NodeKey(HERE, node_id) for node_id in ids]
    probing = asyncio.create_task(fleet.probe(keys))
    await asyncio.sleep(0)
    probing.cancel()
    await asyncio.wait([probing])
    await fleet.probe(keys)
    assert Counter(aws.calls)["ssm:GetConnectionStatus"] == len(ids)
    assert all(node.connection is not None for node in fleet.nodes())


async def test_the_last_known_list_is_kept_and_shown_at_the_next_start() -> None:
    cache = FakeCache()
    first = fleet_of(FakeAws(managed=[page(A)], machines=[machines(A, C)]), cache)
    await first.refresh()
    again = fleet_of(FakeAws(), cache)
    await again.restore()
    assert badges(again) == {A: Badge.READY, C: Badge.UNMANAGED}
    assert not readiness(next(again.nodes()), NOW).confirmed


async def test_a_list_with_a_denied_side_is_not_kept() -> None:
    cache = FakeCache()
    aws = FakeAws(managed=[page(A)], failing={"ec2:DescribeInstances": fault("ec2:DescribeInstances")})
    await fleet_of(aws, cache).refresh()
    assert cache.snapshot is None


async def test_a_last_known_list_of_another_account_goes() -> None:
    other = Caller("999999999999", "arn", "id", "eu-west-1")
    old = Snapshot(other, NOW, (ssm_facts(B),), (ec2_facts(B),))
    fleet = fleet_of(FakeAws(managed=[page(A)], machines=[machines(A)]), FakeCache(old))
    await fleet.restore()
    assert set(badges(fleet)) == {B}
    await fleet.refresh()
    assert set(badges(fleet)) == {A}


async def test_a_last_known_list_from_the_future_is_not_believed() -> None:
    caller = Caller("111122223333", "arn", "id", "eu-west-1")
    fleet = fleet_of(FakeAws(), FakeCache(Snapshot(caller, NOW + timedelta(hours=1), (ssm_facts(A),), ())))
    await fleet.restore()
    assert badges(fleet) == {}


async def test_a_restored_list_never_replaces_what_was_just_read() -> None:
    old = Snapshot(Caller("111122223333", "arn", "id", "eu-west-1"), NOW, (ssm_facts(A, agent_version="1.0"),), ())
    fleet = fleet_of(FakeAws(managed=[page(A)], machines=[machines(A)]), FakeCache(old))
    await fleet.refresh()
    await fleet.restore()
    assert [node.agent_version for node in fleet.nodes()] == ["3.3.987.0"]
