"""What is known beforehand to make a forward impossible."""

from __future__ import annotations

from smtui.domain.agent import AgentAbility
from smtui.domain.failure_topics import of_old_agent
from smtui.domain.forward import Forward, LocalSocket
from smtui.engine.fleet import Fleet, NodeKey
from smtui.tunnels.reasons import Lasting, Reason


def objection(fleet: Fleet, forward: Forward) -> Reason | None:
    """Where no document or this node's agent can serve it; None where nothing is known against it."""
    if forward.destination.host and isinstance(forward.local, LocalSocket):
        sentence = (
            "Session Manager leads a local socket to the node's own ports only: use a local port for a remote host."
        )
        return Reason(sentence, Lasting.PERMANENT)
    if forward.place not in fleet.places:
        return None
    node = fleet.node(NodeKey(forward.place, forward.node_id))
    if node is None or node.ssm is None or node.ssm.agent is None:
        return None
    needs = AgentAbility.REMOTE_HOST if forward.destination.host else AgentAbility.PORT_FORWARDING
    if node.ssm.agent >= needs.minimum:
        return None
    sentence = (
        f"The agent of {forward.label} is version {node.ssm.agent}, too old for {needs.phrase}: "
        f"{needs.minimum} or newer is needed."
    )
    return Reason(sentence, Lasting.PERMANENT, of_old_agent().topic)
