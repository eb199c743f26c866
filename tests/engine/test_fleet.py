"""The list as it is read: page by page, side by side, with what could not be seen; probes; the last known list."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from smtui.domain import stored_list
from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.node import ConnectionFact, ConnectionStatus, Ec2Facts, SsmFacts
from smtui.domain.place import Caller, PendingCall, Place
from smtui.domain.readiness import Badge, readiness
from smtui.domain.roster import Snapshot
from smtui.domain.stored_list import BrokenList, Part, split
from smtui.engine.connection_prober import AT_ONCE, ConnectionProber
from smtui.engine.fleet import Fleet, FleetChange, NodeKey
from smtui.engine.offloop import OffLoop
from tests.domain.build import ec2_facts, ssm_facts
from tests.engine.fakes import NOW, FakeAws, FakeCache, FakePlaces, KnownList, fault
from tests.waiting import until

A, B, C = "i-0000000000000000a", "i-0000000000000000b", "i-0000000000000000c"
HERE = Place()


def fleet_of(aws: FakeAws, cache: FakeCache | None = None) -> Fleet:
    return Fleet(FakePlaces(aws), [HERE], OffLoop(), clock=lambda: NOW, cache=cache)


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


async def test_what_has_been_waited_for_for_long_is_named_while_places_are_read() -> None:
    gate = threading.Event()
    slow, quick = (PendingCall(f"ssm:{name}", NOW - timedelta(seconds=s)) for name, s in (("Slow", 6), ("Quick", 2)))
    aws = FakeAws(gates={"ssm:DescribeInstanceInformation": gate}, waited_for=[slow, quick])
    fleet = fleet_of(aws)
    assert fleet.pending() == ()  # nothing is read
    reading = asyncio.create_task(fleet.refresh())
    await until(lambda: aws.held)
    assert fleet.pending() == (slow,)
    aws.waited_for = [quick]
    assert fleet.pending() == ()
    gate.set()
    await reading


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
    await asyncio.wait_for(seen.wait(), 60)
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


async def test_missing_credentials_are_reported_once() -> None:
    every = ["sts:GetCallerIdentity", "ssm:DescribeInstanceInformation", "ec2:DescribeInstances"]
    aws = FakeAws(failing={action: fault(action, FaultKind.NO_CREDENTIALS) for action in every})
    fleet = fleet_of(aws)
    await fleet.refresh()
    assert [problem.fault.kind for problem in fleet.problems()] == [FaultKind.NO_CREDENTIALS]
    assert badges(fleet) == {}


async def test_what_every_call_of_a_place_shares_is_said_once_and_alone() -> None:
    expired, denied = FaultKind.EXPIRED_CREDENTIALS, FaultKind.DENIED
    listing = "ssm:DescribeInstanceInformation"
    aws = FakeAws(
        failing={"sts:GetCallerIdentity": fault("sts:GetCallerIdentity", expired), listing: fault(listing, denied)}
    )
    fleet = fleet_of(aws)
    await fleet.refresh()
    assert [problem.fault.kind for problem in fleet.problems()] == [expired]
    del aws.failing["sts:GetCallerIdentity"]
    await fleet.refresh()
    assert [problem.fault.kind for problem in fleet.problems()] == [denied]


async def test_who_we_are_may_be_denied_where_the_lists_are_not() -> None:
    aws = FakeAws(managed=[page(A)], failing={"sts:GetCallerIdentity": fault("sts:GetCallerIdentity")})
    fleet = fleet_of(aws)
    await fleet.refresh()
    assert fleet.problems() == ()
    assert set(badges(fleet)) == {A}


LIST, MACHINES, CALLER = "ssm:DescribeInstanceInformation", "ec2:DescribeInstances", "sts:GetCallerIdentity"


@pytest.mark.parametrize(
    ("aws", "held", "known"),
    [
        (FakeAws(), CALLER, lambda fleet: fleet.complete_at == NOW),
        (FakeAws(), LIST, lambda fleet: fleet.caller(HERE) is not None),
        (FakeAws(machines=[machines(C)]), CALLER, lambda fleet: badges(fleet) == {C: Badge.UNMANAGED}),
        (FakeAws(failing={LIST: fault(LIST)}), MACHINES, lambda fleet: len(fleet.problems()) == 1),
        (FakeAws(failing={MACHINES: fault(MACHINES)}), LIST, lambda fleet: len(fleet.problems()) == 1),
        (
            FakeAws(failing={CALLER: fault(CALLER, FaultKind.SSO_SIGN_IN)}),
            LIST,
            lambda fleet: len(fleet.problems()) == 1,
        ),
    ],
    ids=["both read", "caller", "unmanaged", "ssm failed", "ec2 failed", "caller failed"],
)
async def test_each_side_is_reported_when_it_is_known_and_not_when_all_are(
    aws: FakeAws, held: str, known: Callable[[Fleet], bool]
) -> None:
    """In a notice of its own, after which it can be seen; `held` gives no answer meanwhile."""
    gate = aws.gates[held] = threading.Event()
    fleet = fleet_of(aws)
    told = asyncio.Event()
    fleet.subscribe(lambda change: told.set() if known(fleet) else None)
    reading = asyncio.create_task(fleet.refresh())
    await asyncio.wait_for(told.wait(), 60)
    assert fleet.loading
    gate.set()
    await reading


async def test_the_end_of_a_reading_is_reported() -> None:
    fleet = fleet_of(FakeAws())
    at_rest: list[bool] = []
    fleet.subscribe(lambda change: at_rest.append(not fleet.loading))
    await fleet.refresh()
    assert at_rest[-1]


async def test_a_restored_list_is_reported() -> None:
    old = Snapshot(Caller("111122223333", "arn", "id", "eu-west-1"), NOW, (ssm_facts(A),), ())
    fleet = fleet_of(FakeAws(), FakeCache(old))
    seen: list[set[str]] = []
    fleet.subscribe(lambda change: seen.append(set(badges(fleet))))
    await fleet.restore()
    assert seen == [{A}, {A}], "its head, and that nothing else comes"


async def test_what_is_seen_in_a_reading_that_takes_long_stays() -> None:
    """It is newer than the reading's beginning, though older than its end."""
    times = iter([NOW] + [NOW + timedelta(minutes=1)] * 20)
    fleet = Fleet(
        FakePlaces(FakeAws(managed=[page(A)], machines=[machines(C)])), [HERE], OffLoop(), clock=lambda: next(times)
    )
    await fleet.refresh()
    assert set(badges(fleet)) == {A, C}


async def test_a_second_refresh_joins_the_first() -> None:
    aws = FakeAws(managed=[page(A)])
    fleet = fleet_of(aws)
    await asyncio.gather(fleet.refresh(), fleet.refresh())
    assert Counter(aws.calls)["ssm:DescribeInstanceInformation"] == 1


async def test_at_rest_a_refresh_reads_anew() -> None:
    gate = threading.Event()
    aws = FakeAws(managed=[page(A)], gates={"ssm:DescribeInstanceInformation": gate})
    fleet = fleet_of(aws)
    first = asyncio.create_task(fleet.refresh())
    await until(lambda: "ssm:DescribeInstanceInformation" in aws.calls)
    resting = asyncio.create_task(fleet.at_rest())
    await asyncio.sleep(0)
    assert not resting.done()
    gate.set()
    await resting
    await fleet.refresh()
    await first
    assert Counter(aws.calls)["ssm:DescribeInstanceInformation"] == 2
    await fleet.at_rest()


async def test_probing_asks_each_node_once_a_minute() -> None:
    aws = FakeAws(managed=[page(A, B)], machines=[machines(C)], unconnected={B})
    fleet = fleet_of(aws)
    await fleet.refresh()
    keys = [NodeKey(HERE, node_id) for node_id in (A, B, C)]
    await fleet.probe(keys)
    await fleet.probe_nodes(fleet.nodes())
    assert Counter(aws.calls)["ssm:GetConnectionStatus"] == 2, "C is not managed; A and B are asked once"
    assert badges(fleet) == {A: Badge.READY, B: Badge.NOT_CONNECTED, C: Badge.UNMANAGED}


async def test_a_denied_probe_stops_probing_and_is_reported_until_the_next_refresh() -> None:
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
        release.wait(60)
        with lock:
            at_once -= 1
        return ConnectionFact(ConnectionStatus.CONNECTED, NOW)

    told: list[str] = []
    prober = ConnectionProber(ask, lambda place, node_id, fact: told.append(node_id))
    await prober.probe([(HERE, f"i-{number:08x}", None) for number in range(12)], NOW)
    assert most == 4
    assert len(told) == 12


async def test_an_answer_on_its_way_counts_though_the_user_has_scrolled_on() -> None:
    gate = threading.Event()
    aws = FakeAws(managed=[page(A)], gates={"ssm:GetConnectionStatus": gate})
    fleet = fleet_of(aws)
    await fleet.refresh()
    probing = asyncio.create_task(fleet.probe([NodeKey(HERE, A)]))
    await until(lambda: "ssm:GetConnectionStatus" in aws.calls)
    probing.cancel()
    await asyncio.wait([probing])
    await fleet.probe([NodeKey(HERE, A)])
    answered = asyncio.Event()
    fleet.subscribe(lambda change: answered.set())
    gate.set()
    await asyncio.wait_for(answered.wait(), 60)
    assert Counter(aws.calls)["ssm:GetConnectionStatus"] == 1
    node = fleet.node(NodeKey(HERE, A))
    assert node is not None
    assert node.connection is not None


async def test_a_node_that_failed_and_is_asked_again_is_not_asked_twice_at_once() -> None:
    """The probe in which it failed ends only while the next one waits for its turn."""
    asked: list[str] = []
    others = [f"i-{number:017x}" for number in range(AT_ONCE)]
    gates = {node_id: threading.Event() for node_id in [A, *others]}

    def ask(place: Place, node_id: str) -> ConnectionFact:
        asked.append(node_id)
        if node_id == A and asked.count(A) == 1:
            raise AwsCallFailed(fault("ssm:GetConnectionStatus", FaultKind.THROTTLED))
        gates[node_id].wait(60)
        return ConnectionFact(ConnectionStatus.CONNECTED, NOW)

    def probe(*node_ids: str) -> asyncio.Task[None]:
        return asyncio.create_task(prober.probe([(HERE, node_id, None) for node_id in node_ids], NOW))

    prober = ConnectionProber(ask, lambda place, node_id, fact: None)
    first = probe(A, *others)
    await until(lambda: len(asked) == AT_ONCE + 1)
    first.cancel()
    second = probe(A)
    await asyncio.wait([first])
    gates[others[0]].set()
    await until(lambda: asked.count(A) == 2)
    second.cancel()
    third = probe(A, B)
    gates[others[1]].set()
    gates[others[2]].set()
    gates[B] = gates[A]
    await until(lambda: B in asked)
    gates[A].set()
    gates[others[3]].set()
    await until(lambda: not prober._asked)
    results = await asyncio.gather(first, second, third, return_exceptions=True)
    assert [each for each in results if isinstance(each, Exception)] == []
    assert asked.count(A) == 2
    assert prober._wanted_by == {}


@pytest.mark.parametrize("has_ended", [False, True], ids=["still-ending", "ended"])
async def test_what_was_not_asked_yet_when_the_user_scrolled_on_is_asked_later(has_ended: bool) -> None:
    """A screen probes anew in the same moment in which it cancels the probe before."""
    ids = [f"i-{number:017x}" for number in range(AT_ONCE + 2)]
    aws = FakeAws(managed=[page(*ids)])
    fleet = fleet_of(aws)
    await fleet.refresh()
    keys = [NodeKey(HERE, node_id) for node_id in ids]
    probing = asyncio.create_task(fleet.probe(keys))
    await asyncio.sleep(0)
    probing.cancel()
    if has_ended:
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


@pytest.mark.parametrize("account", ["999999999999", "111122223333"])
async def test_a_last_known_list_of_another_account_goes(account: str) -> None:
    """As soon as our own account is known, and not only once a listing shows what there is instead."""
    old = Snapshot(Caller(account, "arn", "id", "eu-west-1"), NOW, (ssm_facts(B),), (ec2_facts(B),))
    sides = ("ssm:DescribeInstanceInformation", "ec2:DescribeInstances")
    fleet = fleet_of(FakeAws(failing={action: fault(action) for action in sides}), FakeCache(old))
    await fleet.restore()
    assert set(badges(fleet)) == {B}
    await fleet.refresh()
    assert set(badges(fleet)) == ({B} if account == FakeAws().account else set())


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


async def test_the_first_rows_come_at_once_and_the_rest_part_by_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_list, "FIRST_ROWS", 1)
    monkeypatch.setattr(stored_list, "PART", 1)
    cache = FakeCache()
    await fleet_of(FakeAws(managed=[page(A)], machines=[machines(A, B, C)]), cache).refresh()
    fleet = fleet_of(FakeAws(), cache)
    seen: list[tuple[set[str], int, bool]] = []
    fleet.subscribe(lambda change: seen.append((set(badges(fleet)), fleet.expected, fleet.restoring)))
    assert await fleet.restore_first()
    assert seen == [({A}, 3, True)]
    await fleet.restore()
    assert seen[1:] == [({A, B}, 3, True), ({A, B, C}, 3, True), ({A, B, C}, 3, False)]


async def test_without_a_last_known_list_there_are_no_first_rows() -> None:
    assert not await fleet_of(FakeAws(), FakeCache()).restore_first()
    assert not await fleet_of(FakeAws()).restore_first()


async def test_a_rest_that_cannot_be_read_costs_the_first_rows_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_list, "FIRST_ROWS", 1)
    cache = FakeCache()
    await fleet_of(FakeAws(managed=[page(A)], machines=[machines(A, B, C)]), cache).refresh()

    def broken() -> Iterator[Part]:
        yield Part(ec2=tuple(machines(B)))
        raise BrokenList("the file ends here.")

    assert cache.snapshot is not None
    known = KnownList(split(cache.snapshot, HERE)[0], broken())
    monkeypatch.setattr(cache, "load", lambda place: known)
    fleet = fleet_of(FakeAws(), cache)
    await fleet.restore()
    assert badges(fleet) == {}
    assert known.closed
    assert not fleet.restoring


async def test_one_node_is_looked_up_without_the_list() -> None:
    aws = FakeAws([page("i-1", "i-2")])
    fleet = fleet_of(aws)
    place = fleet.places[0]
    await fleet.look_up(place, "i-2")
    assert [node.node_id for node in fleet.nodes()] == ["i-2"]
    await fleet.look_up(place, "i-3")
    aws.failing["ssm:DescribeInstanceInformation"] = fault("ssm:DescribeInstanceInformation")
    await fleet.look_up(place, "i-1")
    assert [node.node_id for node in fleet.nodes()] == ["i-2"]
    assert aws.calls == ["ssm:DescribeInstanceInformation"] * 3


async def test_an_account_whose_probes_hang_delays_no_other_and_two_profiles_of_one_share_its_rate() -> None:
    here, same_account, elsewhere = Place("ops"), Place("audit"), Place("shop")
    gate, asked = threading.Event(), Counter[Place]()
    lock = threading.Lock()

    def ask(place: Place, node_id: str) -> ConnectionFact:
        with lock:
            asked[place] += 1
        if place != elsewhere:
            gate.wait(60)
        return ConnectionFact(ConnectionStatus.CONNECTED, NOW)

    told: list[Place] = []
    account = {here: "1", same_account: "1", elsewhere: "2"}.__getitem__
    prober = ConnectionProber(ask, lambda place, node_id, fact: told.append(place), account)
    nodes = [(place, f"i-{number:08x}", None) for place in (here, same_account, elsewhere) for number in range(3)]
    probing = asyncio.create_task(prober.probe(nodes, NOW))
    await until(lambda: told == [elsewhere] * 3 and asked[here] + asked[same_account] == AT_ONCE)
    gate.set()
    await probing
    assert Counter(told) == dict.fromkeys((here, same_account, elsewhere), 3)
