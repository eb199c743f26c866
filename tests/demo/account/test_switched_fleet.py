"""What the facts of the simulated account come to: the same as the story tells of every node."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smtui.demo.account.account import Account
from smtui.demo.account.switched_fleet import AgentState, SwitchedFleet, agent_state
from smtui.demo.region import SimulatedRegion, demo_fleet
from smtui.demo.story.demo_node import DemoNode, Metadata, Ping
from smtui.demo.story.simulated_fleet import Fleet
from smtui.demo.story.story_nodes import more_causes, story
from smtui.demo.story.vpc import Nat, Vpc, acl_entry, https
from smtui.diagnosis.evidence.network_facts import Route
from tests.demo.support import client

NODES = {node.name: node for node in [*story(), *more_causes()]}
_NODES = {node.name: node for node in (*story(), *more_causes())}
_ALIVE, _CUT = AgentState(registered=True, connected=True), AgentState(registered=False, connected=False)
_BEHIND_THE_FACTS = {
    "policy-gone-live-1": _CUT,  # its channel has outlived the policy so far
    "batch-2": _ALIVE,  # its ping lags
}


def seen(node: DemoNode, *on: str) -> DemoNode:
    """The node as the fleet shows it by index and by id."""
    fleet = SwitchedFleet(Fleet([node]), lambda: frozenset(on))
    assert fleet.find(node.node_id) == fleet.node(0)
    assert fleet.page(0, 1, lambda _: True) == ([fleet.node(0)], None)
    return fleet.node(0)


@pytest.mark.parametrize("name", NODES)
def test_without_a_switch_nothing_changes(name: str) -> None:
    assert seen(NODES[name]) == NODES[name]


@pytest.mark.parametrize("name", [name for name, node in NODES.items() if node.profile or node.hybrid])
def test_a_node_with_another_identity_does_not_change(name: str) -> None:
    assert seen(NODES[name], "host-management") == seen(NODES[name], "host-management-broken") == NODES[name]


def test_host_management_takes_the_place_of_a_profile() -> None:
    node = seen(NODES["no-profile-1"], "host-management")
    assert node.listed
    assert node.can_start_session
    lost = seen(NODES["no-profile-1"], "host-management-broken")
    assert lost.listed
    assert not lost.can_start_session


def test_it_asks_for_a_newer_agent_and_for_metadata() -> None:
    old = NODES["no-profile-old-agent-1"]
    assert seen(old, "host-management") == old
    assert seen(replace(old, agent_version="3.2.582.0"), "host-management").can_start_session
    assert not seen(replace(NODES["no-profile-1"], metadata=Metadata(enabled=False)), "host-management").listed


def test_an_instance_that_does_not_run_is_not_managed() -> None:
    stopped = replace(NODES["no-profile-1"], state="stopped")
    assert seen(stopped, "host-management") == stopped


def test_the_whole_fleet_is_there_and_follows_the_switches(region: SimulatedRegion) -> None:
    assert len(SwitchedFleet(demo_fleet(500), frozenset)) == 501
    ssm = client(region, "ssm")
    target = NODES["no-profile-1"].node_id
    assert ssm.get_connection_status(Target=target)["Status"] == "notconnected"
    region.faults.apply({"switch": ["host-management"]})
    assert ssm.get_connection_status(Target=target)["Status"] == "connected"
    region.faults.apply({"switch": []})
    assert ssm.get_connection_status(Target=target)["Status"] == "notconnected"


def vpc_of(node: DemoNode, account: Account) -> Vpc | None:
    wanted = node.network.vpc_id if node.network is not None else ""
    return next((vpc for vpc in account.vpcs(frozenset()) if vpc.vpc_id == wanted), None)


def state(node: DemoNode, account: Account | None = None, **changes: Any) -> AgentState:
    """With `changes` to the node's VPC."""
    account = account or Account()
    vpc = vpc_of(node, account)
    return agent_state(node, account, replace(vpc, **changes) if vpc is not None else None)


@pytest.mark.parametrize("name", _NODES)
def test_the_facts_come_to_what_the_story_tells(name: str) -> None:
    node = _NODES[name]
    registered = node.ping is Ping.ONLINE and node.state in ("running", "")
    told = AgentState(registered=registered, connected=node.can_start_session)
    assert state(node) == _BEHIND_THE_FACTS.get(name, told)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("public-1", {"dns_support": False}),
        ("public-1", {"tables": ()}),
        ("isolated-1", {"endpoints": ()}),
        ("isolated-1", {"dns_hostnames": False}),
        ("nat64-1", {"nats": ()}),
    ],
)
def test_each_fact_counts(name: str, changes: dict[str, Any]) -> None:
    node = _NODES[name]
    assert state(node) == _ALIVE
    if changes.get("tables") == ():
        vpc = vpc_of(node, Account())
        assert vpc is not None
        changes = {"tables": tuple(replace(table, routes=()) for table in vpc.tables)}
    assert state(node, **changes) == _CUT


def test_the_longest_prefix_and_the_lowest_number_decide() -> None:
    node = _NODES["public-1"]
    vpc = vpc_of(node, Account())
    assert vpc is not None
    tables = tuple(replace(one, routes=(*one.routes, Route("52.94.0.0/15", "local"))) for one in vpc.tables)
    assert state(node, tables=tables) == _CUT
    refusing = acl_entry(99, allow=False, egress=True, protocol="6", ports=(443, 443))
    acls = tuple(replace(acl, entries=(*acl.entries, refusing)) for acl in vpc.acls)
    assert state(node, acls=acls) == _CUT


@pytest.mark.parametrize("egress", [True, False])
def test_an_acl_guards_the_edge_of_a_subnet_and_nothing_within(egress: bool) -> None:
    closed = acl_entry(1, allow=False, egress=egress)
    for name, alive in (("isolated-1", _ALIVE), ("endpoints-elsewhere-1", _CUT)):
        vpc = vpc_of(_NODES[name], Account())
        assert vpc is not None
        acls = tuple(replace(acl, entries=(*acl.entries, closed)) for acl in vpc.acls)
        assert state(_NODES[name], acls=acls) == alive


def test_a_gateway_that_leads_to_itself_leads_nowhere() -> None:
    node = _NODES["main-table-1"]
    assert state(node) == _ALIVE
    assert node.network is not None
    vpc = vpc_of(node, Account())
    assert vpc is not None
    loop = tuple(Nat(nat.nat_id, node.network.subnet_id, nat.private_ip) for nat in vpc.nats)
    assert state(node, nats=loop) == _CUT


def test_a_change_is_seen_in_the_fleet_and_gone_when_it_is_taken_back() -> None:
    account = Account()
    node = _NODES["no-egress-1"]
    fleet = SwitchedFleet(Fleet([node]), frozenset, account)
    assert fleet.node(0) == node
    vpc = vpc_of(node, account)
    assert vpc is not None
    account.put_vpc(vpc, groups=tuple(replace(one, egress=(https("0.0.0.0/0"),)) for one in vpc.groups))
    mended = fleet.node(0)
    assert (mended.ping, mended.connected) == (Ping.ONLINE, True)
    account.put_vpc(vpc, groups=vpc.groups)
    assert not fleet.node(0).connected
    account.restore()
    assert fleet.node(0) == node


def test_a_node_that_is_cut_off_by_a_change_has_pinged_before() -> None:
    account = Account()
    node = _NODES["isolated-1"]
    fleet = SwitchedFleet(Fleet([node]), frozenset, account)
    vpc = vpc_of(node, account)
    assert vpc is not None
    account.put_vpc(vpc, endpoints=())
    assert (fleet.node(0).ping, fleet.node(0).connected) == (Ping.LOST, False)
