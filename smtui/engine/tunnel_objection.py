"""What is known beforehand to make a forward impossible."""

from __future__ import annotations

from smtui.domain.agent import AgentAbility
from smtui.domain.forward import Forward, LocalSocket
from smtui.engine.fleet import Fleet, NodeKey


def objection(fleet: Fleet, forward: Forward) -> str:
    """A sentence where no document or this node's agent can serve it; empty where nothing is known against it."""
    if forward.destination.host and isinstance(forward.local, LocalSocket):
        return "Session Manager leads a local socket to the node's own ports only: use a local port for a remote host."
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
