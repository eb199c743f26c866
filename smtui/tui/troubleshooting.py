"""Opens the troubleshooting pane for a node, with what is still known of its last examination."""

from __future__ import annotations

from smtui.domain.agent import AgentAbility
from smtui.domain.evidence.record import Subject
from smtui.domain.failure import Failure
from smtui.domain.node import Node
from smtui.engine.launcher import Launcher
from smtui.tui.examined import Examinations
from smtui.tui.screens.troubleshoot import TroubleshootScreen


class Troubleshooting:
    def __init__(self, launcher: Launcher) -> None:
        self._launcher = launcher
        self._examinations = Examinations(launcher)

    def pane(
        self, node: Node, failure: Failure | None = None, needs: AgentAbility = AgentAbility.SESSIONS
    ) -> TroubleshootScreen:
        """`needs` is what the session that was wanted asks of the agent."""
        examined = self._examinations.of(Subject(node.node_id, node.place, needs))
        return TroubleshootScreen(self._launcher, node, examined, failure)
