"""Makes the troubleshooting screen for a node or a tunnel, with what is known of its last examination."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from smtui.diagnosis.evidence.record import Subject
from smtui.domain.forward import Forward, LocalPort
from smtui.domain.node import Node, known_by_id
from smtui.domain.version import AgentAbility
from smtui.topics.causes import UNKNOWN_FAILURE
from smtui.topics.failure import Failure
from smtui.tui.troubleshoot.examinations import Examinations
from smtui.tui.troubleshoot.troubleshoot_screen import TroubleshootScreen
from smtui.tunnels.tunnel import TunnelState, TunnelView, title_of

if TYPE_CHECKING:
    from smtui.domain.place import Place
    from smtui.engine.launcher import Launcher
    from smtui.tui.desk import Desk

_TAIL_LINES = 20


class Troubleshooting:
    """Makes the screens, and keeps each subject's examination as long as smtui runs."""

    def __init__(self, launcher: Launcher, desk: Desk) -> None:
        self._launcher = launcher
        self._desk = desk
        self._examinations = Examinations(launcher)

    def of_node(
        self,
        node: Node,
        failure: Failure | None = None,
        needs: AgentAbility = AgentAbility.SESSIONS,
        document: str = "",
    ) -> TroubleshootScreen:
        """Check a node: `needs` is what the wanted session asks of the agent, `document` what it was started with."""
        examined = self._examinations.of(Subject(node.node_id, node.place, needs, document, node.name))
        return TroubleshootScreen(self._launcher, self._desk, node, examined, failure)

    def of_this_machine(self) -> TroubleshootScreen:
        """Check only this machine, for the first place that cannot be read, else for the first."""
        fleet = self._launcher.fleet
        place = next((problem.place for problem in fleet.problems()), fleet.places[0])
        return self.of_node(known_by_id("", place))

    def of_tunnel(self, view: TunnelView) -> TroubleshootScreen:
        """Check the tunnel's node; for a broken or refused tunnel, with its last output."""
        forward = view.forward
        needs = AgentAbility.REMOTE_HOST if forward.destination.host else AgentAbility.PORT_FORWARDING
        failure = None
        if view.state.in_trouble or view.refusal:
            failure = tunnel_failure(view, self._launcher.tunnels.log(view.tunnel_id))
        return self.of_node(self._node(forward.node_id, forward.place), failure, needs, forward.request().document_name)

    def _node(self, node_id: str, place: Place) -> Node:
        """Return the node as the list knows it, else with nothing but its id."""
        return self._launcher.fleet.node_at(place, node_id) or known_by_id(node_id, place)


def tunnel_failure(view: TunnelView, log: Sequence[str]) -> Failure:
    """Describe the failure of a tunnel, with the end of its log."""
    happened = "is refused" if view.refusal else "failed" if view.state is TunnelState.FAILED else "was interrupted"
    return Failure(
        title=f"Forwarding {title_of(view.forward)} {happened}",
        words=view.refusal or view.last_word,
        context=f"from {view.local}",
        meaning="",
        next_step="",
        tail=tuple(log[-_TAIL_LINES:]),
        topic=view.topic or UNKNOWN_FAILURE,
        values=_ends(view.forward),
    )


def _ends(forward: Forward) -> dict[str, str]:
    """Return the values that the forward gives to placeholders."""
    values = {"remote_host": forward.destination.host or "localhost", "remote_port": str(forward.destination.port)}
    if forward.document:
        values["document"] = forward.document
    return values | ({"local_port": str(forward.local.port)} if isinstance(forward.local, LocalPort) else {})
