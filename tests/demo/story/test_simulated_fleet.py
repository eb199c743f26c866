from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.demo.region import demo_fleet
from smtui.demo.story import simulated_fleet as fleet_module
from smtui.demo.story.access_story import access_nodes
from smtui.demo.story.demo_node import DemoNode
from smtui.demo.story.simulated_fleet import Fleet
from smtui.demo.story.story_nodes import story
from smtui.domain.node import ConnectionFact, ConnectionStatus, Ec2Facts, Node, PingStatus, Sighting, SsmFacts
from smtui.domain.place import Place
from smtui.domain.readiness import Badge, readiness

NOW = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)

BADGES = {
    Badge.READY: "web-1 bastion-1 web-2 web-3 api-1 api-2 db-1 db-2 batch-1 batch-2 win-1 mac-1"
    " onprem-1 onprem-win-1 edge-1",
    Badge.LIMITED: "agent-no-forward-1 agent-no-remote-host-1",
    Badge.NOT_CONNECTED: "policy-denied-1 no-ssmmessages-1 endpoint-policy-1",
    Badge.OFFLINE: "onprem-lost-1 edge-lost-1 agent-too-old-1 agent-stopped-1 stopped-1 stopping-1 pending-1 impaired-1"
    " acl-closed-1 no-ec2messages-1",
    Badge.UNMANAGED: "no-egress-1 no-nat-1 no-ssm-endpoint-1 private-dns-off-1 endpoint-sg-closed-1 vpc-dns-off-1"
    " no-profile-1 no-policy-1 wrong-trust-1 hop-limit-1 metadata-off-1",
}


def known(node: DemoNode) -> Node:
    """The node as a client that may see everything knows it."""
    ssm = SsmFacts(
        node_id=node.node_id,
        ping_status=PingStatus(node.ping.value),
        last_ping=NOW - timedelta(seconds=node.ping_age),
        agent_version=node.agent_version,
        platform_type=node.platform.kind,
        platform_name=node.platform.title,
        platform_version=node.platform.release,
        seen_at=NOW,
    )
    ec2 = Ec2Facts(node_id=node.node_id, state=node.state, seen_at=NOW)
    connected = ConnectionStatus.CONNECTED if node.can_start_session else ConnectionStatus.NOT_CONNECTED
    return Node(
        node_id=node.node_id,
        place=Place(),
        account="111122223333",
        region="eu-west-1",
        ssm=ssm if node.listed else None,
        ssm_side=Sighting.LISTED if node.listed else Sighting.ABSENT,
        ec2=None if node.hybrid else ec2,
        ec2_side=Sighting.ABSENT if node.hybrid else Sighting.LISTED,
        connection=ConnectionFact(connected, NOW),
    )


def test_every_node_of_the_story_has_the_badge_it_is_there_to_show() -> None:
    told = {node.name: readiness(known(node), NOW).badge for node in story()}
    assert told == {name: badge for badge, names in BADGES.items() for name in names.split()}


def test_the_default_fleet_is_the_story_and_the_nodes_to_ask_for_and_one_terminated_instance() -> None:
    fleet = demo_fleet()
    assert len(story()) == 41
    planted = [*story(), *access_nodes()]
    assert [fleet.node(index).name for index in range(len(fleet))] == [*(n.name for n in planted), "terminated-1"]


def test_the_fixed_points() -> None:
    web, bastion = story()[:2]
    assert (web.name, web.node_id, web.platform.title, web.agent_version) == (
        "web-1",
        "i-0a1b2c3d4e5f60718",
        "Amazon Linux",
        "3.3.987.0",
    )
    assert web.network is not None
    assert (web.network.private_ip, web.instance_type) == ("10.0.1.12", "t3.small")
    assert bastion.name == "bastion-1"


def test_a_node_is_wrong_in_one_way_only() -> None:
    """Nothing but its own fault tells a node of the path from a healthy one that EC2 shows."""
    healthy = story()[0]
    for node in story():
        if node.name in {"no-egress-1", "no-nat-1", "private-dns-off-1"}:
            assert node.profile == healthy.profile
            assert node.metadata == healthy.metadata
            assert node.network is not None
            assert healthy.network is not None
            assert node.network.vpc_id != healthy.network.vpc_id


@pytest.mark.parametrize("count", [0, 1, 2, 41, 42, 500])
def test_the_fleet_is_as_large_as_asked(count: int) -> None:
    assert len(demo_fleet(count)) == count + 1


def test_ids_and_names_are_unique_and_the_same_every_time() -> None:
    nodes = [demo_fleet(3000).node(index) for index in range(3001)]
    assert len({node.node_id for node in nodes}) == len({node.name for node in nodes}) == 3001
    assert nodes == [demo_fleet(3000).node(index) for index in range(3001)]


@given(st.integers(0, 50_041))
def test_every_node_is_found_by_its_id(index: int) -> None:
    fleet = demo_fleet(50_000)
    node = fleet.node(index % len(fleet))
    assert fleet.find(node.node_id) == node


_MADE_UP = st.text("i-0123456789abcdefmx", max_size=24) | st.text(max_size=30)


# Hypothesis also tries constants of the code, and so the ids of the story.
@given(_MADE_UP.filter(lambda text: text not in {node.node_id for node in story()}))
def test_a_made_up_id_is_not_found(node_id: str) -> None:
    assert demo_fleet(100).find(node_id) is None


def test_a_generated_id_beyond_the_fleet_is_not_found() -> None:
    large, small = demo_fleet(1000), demo_fleet(100)
    assert small.find(large.node(900).node_id) is None


def test_pages_join_to_the_whole_and_never_repeat() -> None:
    fleet = demo_fleet(500)
    start: int | None = 0
    seen: list[str] = []
    while start is not None:
        nodes, start = fleet.page(start, 50, lambda node: node.listed)
        assert 0 < len(nodes) <= 50
        seen += [node.node_id for node in nodes]
    assert seen == [node.node_id for index in range(len(fleet)) if (node := fleet.node(index)).listed]


def test_a_late_page_of_a_large_fleet_costs_no_more_than_the_first() -> None:
    looked_at: list[str] = []

    def look(node: DemoNode) -> bool:
        looked_at.append(node.name)
        return True

    Fleet(story(), 50_000).page(49_000, 50, look)
    assert len(looked_at) == 51


def test_no_node_of_a_large_fleet_is_made_before_it_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    monkeypatch.setattr(fleet_module, "_generated_node", made.append)
    fleet = demo_fleet(1_000_000)
    assert made == []
    fleet.node(999_999)
    assert made == [999_999 - len(story()) - 1]
