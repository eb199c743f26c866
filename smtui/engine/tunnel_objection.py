"""What is known beforehand to make a forward impossible."""

from __future__ import annotations

from smtui.domain.agent import AgentAbility
from smtui.domain.forward import Forward
from smtui.engine.fleet import Fleet, NodeKey


def objection(fleet: Fleet, forward: Forward) -> str:
    """A sentence where the node's agent is too old for it; empty where nothing is known against it."""
    if forward.place not in fleet.places:
        return ""
    node = fleet.node(NodeKey(forward.place, forward.node_id))
    if node is None or node.ssm is None or node.ssm.agent is None:
        return ""
    needs = AgentAbility.REMOTE_HOST if forward.destination.host else AgentAbility.PORT_FORWARDING
    if node.ssm.agent >= needs.minimum:
        return ""
    return (
        f"The agent of {forward.label} is version {node.ssm.agent}, too old for {needs.phrase}: "
        f"{needs.minimum} or newer is needed."
    )
