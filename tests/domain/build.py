"""Short builders for nodes and facts, so that a test names only what it is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from smtui.domain.node import (
    ConnectionFact,
    ConnectionStatus,
    Ec2Facts,
    Node,
    PingStatus,
    Sighting,
    SsmFacts,
)
from smtui.domain.place import Place

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
NODE_ID = "i-0a1b2c3d4e5f60718"


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def ssm_facts(node_id: str = NODE_ID, **given: Any) -> SsmFacts:
    facts: dict[str, Any] = {
        "ping_status": PingStatus.ONLINE,
        "last_ping": ago(4),
        "agent_version": "3.3.987.0",
        "platform_type": "Linux",
        "platform_name": "Amazon Linux",
        "platform_version": "2023",
        "seen_at": ago(2),
    }
    return SsmFacts(node_id=node_id, **{**facts, **given})


def ec2_facts(node_id: str = NODE_ID, **given: Any) -> Ec2Facts:
    facts: dict[str, Any] = {"state": "running", "seen_at": ago(2), "name": "web-1", "instance_profile_arn": "arn:p"}
    return Ec2Facts(node_id=node_id, **{**facts, **given})


def node(**given: Any) -> Node:
    """A healthy EC2 node, not probed yet, except for what is given."""
    facts: dict[str, Any] = {
        "node_id": NODE_ID,
        "place": Place("ops", "eu-west-1"),
        "account": "111122223333",
        "region": "eu-west-1",
        "ssm": ssm_facts(),
        "ssm_side": Sighting.LISTED,
        "ec2": ec2_facts(),
        "ec2_side": Sighting.LISTED,
    }
    return Node(**{**facts, **given})


def connected(seconds_ago: float = 12) -> ConnectionFact:
    return ConnectionFact(ConnectionStatus.CONNECTED, ago(seconds_ago))


def not_connected(seconds_ago: float = 12) -> ConnectionFact:
    return ConnectionFact(ConnectionStatus.NOT_CONNECTED, ago(seconds_ago))
