"""Which operating systems a fix is for: this machine's and the node's, as far as they are known."""

from __future__ import annotations

from smtui.domain.node import Node
from smtui.engine.launcher import Setup
from smtui.topics.machines import Machines, System, system_named


def machines(setup: Setup, node: Node) -> Machines:
    return setup.machines(system_of(node))


def system_of(node: Node) -> System:
    """As Systems Manager tells it, else EC2's rougher word; ANY where neither says."""
    told = (node.ssm.platform_type if node.ssm else "") or (node.ec2.platform_details if node.ec2 else "")
    return system_named(told)
