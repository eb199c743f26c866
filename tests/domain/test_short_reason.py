"""The column that says why a node is not plainly Ready."""

from __future__ import annotations

import pytest

from smtui.domain.node import Node, PingStatus, Sighting
from smtui.domain.readiness import Badge, readiness
from smtui.domain.short_reason import short_reason
from tests.domain.build import NOW, ago, connected, ec2_facts, node, not_connected, ssm_facts

ABSENT = {"ssm": None, "ssm_side": Sighting.ABSENT}
CALL = "ssm:DescribeInstanceInformation"
DENIED = {"ssm": None, "ssm_side": Sighting.DENIED, "ssm_trouble": f"{CALL} was denied for user/ops."}
FAILED = {"ssm": None, "ssm_side": Sighting.FAILED, "ssm_trouble": "No network."}
LOST = ssm_facts(ping_status=PingStatus.CONNECTION_LOST, last_ping=ago(5000))
LONG_AGO = ago(4000)

REASONS: list[tuple[Node, Badge, str]] = [
    (node(connection=connected()), Badge.READY, ""),
    (node(), Badge.READY, "not probed yet"),
    (node(connection=connected(300)), Badge.READY, "probed too long ago"),
    (node(connection=connected(), ssm=ssm_facts(seen_at=LONG_AGO)), Badge.READY, "listed too long ago"),
    (node(ssm=ssm_facts(agent_version="2.3.100.0")), Badge.LIMITED, "too old for port forwarding"),
    (node(ssm=ssm_facts(agent_version="2.3.701.0")), Badge.LIMITED, "too old for commands"),
    (node(ssm=ssm_facts(agent_version="3.1.1373.9")), Badge.LIMITED, "too old for remote hosts"),
    (node(connection=not_connected()), Badge.NOT_CONNECTED, "Online, but not connected"),
    (node(ec2=ec2_facts(state="stopped")), Badge.OFFLINE, "instance stopped"),
    (node(ec2=ec2_facts(state="pending"), **ABSENT), Badge.OFFLINE, "instance pending"),
    (node(ssm=LOST), Badge.OFFLINE, "agent stopped answering"),
    (node(ssm=ssm_facts(ping_status=PingStatus.INACTIVE)), Badge.OFFLINE, "agent inactive"),
    (node(ssm=ssm_facts(ping_status=PingStatus.UNRECOGNISED)), Badge.OFFLINE, "unknown ping status"),
    (node(ssm=ssm_facts(agent_version="2.3.67.9")), Badge.OFFLINE, "agent too old for sessions"),
    (
        node(ssm=ssm_facts(agent_version="2.3.67.9"), ec2=ec2_facts(state="stopped", seen_at=LONG_AGO)),
        Badge.OFFLINE,
        "agent too old for sessions",
    ),
    (node(ec2=ec2_facts(instance_profile_arn=""), **ABSENT), Badge.UNMANAGED, "no instance profile"),
    (node(**ABSENT), Badge.UNMANAGED, "not in Systems Manager's list"),
    (node(ec2=ec2_facts(seen_at=LONG_AGO), **ABSENT), Badge.UNMANAGED, "listed too long ago"),
    (node(**DENIED), Badge.UNKNOWN, f"denied: {CALL}"),
    (node(**FAILED), Badge.UNKNOWN, "not read: Systems Manager's list"),
    (node(ssm=None, ssm_side=Sighting.PENDING), Badge.UNKNOWN, "still being read"),
]


@pytest.mark.parametrize(("given", "badge", "words"), REASONS)
def test_the_shortest_reason(given: Node, badge: Badge, words: str) -> None:
    judged = readiness(given, NOW)
    assert judged.badge is badge
    assert short_reason(given, judged, NOW) == words


def test_every_status_has_a_reason() -> None:
    assert {badge for _, badge, words in REASONS if words} == set(Badge)


def test_reasons_fit_the_column() -> None:
    assert all(len(words) <= 44 for _, _, words in REASONS)
