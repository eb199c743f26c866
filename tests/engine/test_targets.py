"""TARGET is found by filters where these can tell, and by the whole list where they cannot."""

from __future__ import annotations

import pytest

from smtui.domain.fault import FaultKind
from smtui.domain.place import Place
from smtui.engine.fleet import Fleet
from smtui.engine.offloop import OffLoop
from smtui.engine.targets import FoundTarget, find_target
from tests.domain.build import NOW, ec2_facts, ssm_facts
from tests.engine.fakes import FakeAws, fault

WEB, TWIN, OTHER, PLAIN = "i-0000000000000000a", "i-0000000000000000b", "i-0000000000000000c", "i-0000000000000000d"
CELLAR = "mi-0000000000000000e"
BY_NAME = "ec2:DescribeInstances tag:Name="
HYBRID = "ssm:DescribeInstanceInformation ResourceType=ManagedInstance"
WHOLE = {"ec2:DescribeInstances", "ssm:DescribeInstanceInformation"}


def account() -> FakeAws:
    named = {
        WEB: ("web-1", "10.0.0.1"),
        TWIN: ("twin", "10.0.0.2"),
        OTHER: ("twin", "10.0.0.3"),
        PLAIN: ("", "10.0.0.4"),
    }
    machines = [
        ec2_facts(node_id, name=name, private_ip=ip, tags={"Name": name, "role": name}, seen_at=NOW)
        for node_id, (name, ip) in named.items()
    ]
    managed = [ssm_facts(node_id, computer_name=f"host-{node_id[-1]}", seen_at=NOW) for node_id in named]
    return FakeAws([[*managed, ssm_facts(CELLAR, name="cellar", ip_address="10.0.0.1", seen_at=NOW)]], [machines])


class TwoAccounts:
    """One account a profile."""

    def __init__(self, **accounts: FakeAws) -> None:
        self._accounts = accounts

    def at(self, place: Place) -> FakeAws:
        return self._accounts[place.profile]


async def found(aws: FakeAws, target: str, other: FakeAws | None = None) -> FoundTarget:
    off_loop = OffLoop()
    accounts = {"ops": aws} | ({"dev": other} if other is not None else {})
    places = [Place(profile, "eu-west-1") for profile in accounts]
    fleet = Fleet(TwoAccounts(**accounts), places, off_loop, clock=lambda: NOW)
    return await find_target(fleet, off_loop, target)


@pytest.mark.parametrize(
    ("target", "node_id", "calls"),
    [
        (WEB, WEB, set()),
        ("web-1", WEB, {f"{BY_NAME}web-1", HYBRID}),
        ("cellar", CELLAR, {f"{BY_NAME}cellar", HYBRID}),
        ("tag:role=web-1", WEB, {"ec2:DescribeInstances tag:role=web-1"}),
        (
            "10.0.0.2",
            TWIN,
            {
                f"{BY_NAME}10.0.0.2",
                "ec2:DescribeInstances private-ip-address=10.0.0.2",
                "ec2:DescribeInstances ip-address=10.0.0.2",
                HYBRID,
            },
        ),
    ],
)
async def test_filters_find_one_node_without_the_list(target: str, node_id: str, calls: set[str]) -> None:
    aws = account()
    assert (await found(aws, target)).node_id == node_id
    assert set(aws.calls) == calls


@pytest.mark.parametrize("target", ["twin", "tag:role=twin", "10.0.0.1"])
async def test_several_nodes_are_named_with_their_status(target: str) -> None:
    aws = account()
    several = await found(aws, target)
    assert not several.node_id
    assert "names 2 nodes" in several.trouble
    assert all("Ready" in line for line in several.candidates)
    assert set(aws.calls) >= WHOLE


async def test_a_computer_name_is_found_in_the_whole_list() -> None:
    aws = account()
    assert (await found(aws, "host-d")).node_id == PLAIN
    assert set(aws.calls) >= WHOLE


@pytest.mark.parametrize("denied", [f"{BY_NAME}web-1", HYBRID])
async def test_a_filter_that_fails_gives_way_to_the_whole_list(denied: str) -> None:
    aws = account()
    aws.failing[denied] = fault(denied.partition(" ")[0], FaultKind.DENIED)
    assert (await found(aws, "web-1")).node_id == WEB
    assert set(aws.calls) >= WHOLE


async def test_what_is_not_found_is_looked_for_in_the_whole_list() -> None:
    aws = account()
    nothing = await found(aws, "web")
    assert "no listed node" in nothing.trouble
    assert [line.split()[0] for line in nothing.candidates] == [WEB]
    assert set(aws.calls) >= WHOLE


@pytest.mark.parametrize(
    ("node_id", "call"), [(WEB, f"ec2:DescribeInstances instance-id={WEB}"), (CELLAR, HYBRID)], ids=["ec2", "hybrid"]
)
async def test_an_id_of_some_place_is_found_without_the_lists(node_id: str, call: str) -> None:
    aws, empty = account(), FakeAws()
    there = await found(empty, node_id, aws)
    assert (there.node_id, there.place.profile) == (node_id, "dev")
    assert aws.calls == empty.calls == [call]


async def test_an_id_that_two_places_show_is_ambiguous() -> None:
    assert "names 2 nodes" in (await found(account(), WEB, account())).trouble


@pytest.mark.parametrize(("target", "node_id"), [("web-1", WEB), ("host-d", PLAIN), (WEB, WEB)])
async def test_a_target_that_names_its_place_asks_no_other(target: str, node_id: str) -> None:
    aws, other = account(), account()
    there = await found(aws, f"ops/eu-west-1/{target}", other)
    assert (there.node_id, there.place.profile) == (node_id, "ops")
    assert other.calls == []


async def test_several_nodes_of_the_named_place_are_listed() -> None:
    several = await found(account(), "ops/eu-west-1/twin", account())
    assert "names 2 nodes" in several.trouble
    assert all(line.startswith("ops/eu-west-1/i-") for line in several.candidates)


async def test_a_name_with_slashes_is_found_though_it_begins_like_a_place() -> None:
    odd = FakeAws([[]], [[ec2_facts(WEB, name="ops/eu-west-1/x", tags={"Name": "ops/eu-west-1/x"}, seen_at=NOW)]])
    there = await found(account(), "ops/eu-west-1/x", odd)
    assert (there.node_id, there.place.profile) == (WEB, "dev")


async def test_a_place_that_cannot_be_called_is_not_listed_for_a_name() -> None:
    aws, out = account(), account()
    for call in (f"{BY_NAME}web-1", HYBRID):
        out.failing[call] = fault(call.partition(" ")[0], FaultKind.SSO_SIGN_IN)
    there = await found(aws, "web-1", out)
    assert (there.node_id, there.place.profile) == (WEB, "ops")
    assert there.unseen == "dev/eu-west-1 could not be searched: another node of that name may be there."
    assert not WHOLE & {*aws.calls, *out.calls}


async def test_what_could_not_be_listed_is_named_with_its_place() -> None:
    out = account()
    for call in (f"{BY_NAME}gone", HYBRID, *WHOLE):
        out.failing[call] = fault(call.partition(" ")[0], FaultKind.TIMED_OUT)
    nothing = await found(account(), "gone", out)
    assert "Not everything could be listed: dev/eu-west-1: " in nothing.trouble


async def test_places_that_could_not_be_searched_are_named_beside_what_was_found() -> None:
    out = FakeAws([[]], [[]])
    for call in WHOLE:
        out.failing[call] = fault(call, FaultKind.TIMED_OUT)
    for target in ("host-d", "?name:web-1"):
        assert (await found(account(), target, out)).unseen.startswith("dev/eu-west-1 could not be searched")
    assert not (await found(account(), WEB, out)).unseen, "an id is the same node everywhere"
    assert not (await found(account(), "ops/eu-west-1/web-1", out)).unseen
    assert not (await found(account(), "web-1")).unseen


async def test_a_filter_as_target_needs_exactly_one_node() -> None:
    aws = account()
    assert (await found(aws, "?name:web-1 status:ready")).node_id == WEB
    several = await found(aws, "?tag:role=twin")
    assert "names 2 nodes" in several.trouble
    assert len(several.candidates) == 2
    assert "no listed node matches '?name:none'" in (await found(aws, "?name:none")).trouble
    assert (await found(account(), "?stat:x")).trouble == "'?stat:x' is no TARGET: stat: is no key; status?."
