from __future__ import annotations

from dataclasses import replace

import pytest

from smtui.demo.account.switched_fleet import SwitchedFleet
from smtui.demo.region import SimulatedRegion, demo_fleet
from smtui.demo.story.demo_node import DemoNode, Metadata
from smtui.demo.story.simulated_fleet import Fleet
from smtui.demo.story.story_nodes import more_causes, story
from tests.demo.support import client

NODES = {node.name: node for node in [*story(), *more_causes()]}


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
