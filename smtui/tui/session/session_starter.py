"""From `enter` on a node to the list again: the question, the session, what is wrong if it failed, another try."""

from __future__ import annotations

from textual.app import App
from textual.notifications import SeverityLevel

from smtui.domain.document import SessionDocument, SessionType
from smtui.domain.node import Node
from smtui.domain.readiness import readiness
from smtui.domain.request import READ_ONLY, SessionRequest
from smtui.domain.text import harmless
from smtui.domain.version import AgentAbility
from smtui.engine.launcher import Launcher
from smtui.topics.failure import Failure
from smtui.tui.desk import Desk
from smtui.tui.session.not_ready import HOPELESS, NotReadyScreen
from smtui.tui.terminal.handover import Handover

_UNTIL_CLEARED = 3600.0
"""Seconds: longer than any start of a session takes. A slow one must not look forgotten."""


class SessionStarter:
    """One session at a time: the terminal can be lent once only."""

    def __init__(self, app: App[None], launcher: Launcher, handover: Handover, desk: Desk) -> None:
        self._app = app
        self._desk = desk
        self._launcher = launcher
        self._handover = handover
        self._label = ""

    async def shell(self, node: Node) -> None:
        """Start a shell on the node and stay with it to its end. For a worker: it asks questions."""
        await self.start(SessionRequest(node.node_id, node.place), node)

    async def start(self, request: SessionRequest, node: Node, document: SessionDocument | None = None) -> None:
        """Any session that wants the terminal; `document` is the one that the request names."""
        refusal = self._refusal()
        if refusal:
            self._say(refusal, "warning")
            return
        self._label = harmless(node.name or node.node_id)
        try:
            if await self._is_wanted(node):
                await self._run(request, node, document)
        finally:
            self._label = ""

    def _refusal(self) -> str:
        if self._label:
            return f"A session on {self._label} is being started."
        if self._launcher.setup.read_only:
            return READ_ONLY
        return self._handover.refusal()

    async def _is_wanted(self, node: Node) -> bool:
        now = self._launcher.fleet.clock()
        if readiness(node, now).badge not in HOPELESS:
            return True
        return await self._app.push_screen_wait(NotReadyScreen(node, now, lambda: self._desk.troubleshoot(node)))

    async def _run(self, request: SessionRequest, node: Node, document: SessionDocument | None) -> None:
        """What a command without a terminal has said stays in sight until the user has read it."""
        is_command = document is not None and document.session_type is SessionType.NON_INTERACTIVE_COMMANDS
        pause = self._handover.pause if is_command else None
        again = True
        while again:
            self._say(f"Starting a session on {self._label} …", stays=True)
            result = await self._launcher.open_session(request, self._label, self._handover.lend, document, pause)
            self._app.clear_notifications()
            if self._launcher.closing:
                return
            again = result.failure is not None and await self._is_tried_again(result.failure, node, request, document)
        if result.failure is None:
            self._say(f"{result.sentence} {result.note}".rstrip())

    async def _is_tried_again(
        self, failure: Failure, node: Node, request: SessionRequest, document: SessionDocument | None
    ) -> bool:
        needs = document.needs if document is not None else AgentAbility.SESSIONS
        return await self._desk.wants_retry(failure, node, needs, request.document_name)

    def _say(self, sentence: str, severity: SeverityLevel = "information", *, stays: bool = False) -> None:
        timeout = _UNTIL_CLEARED if stays else None
        self._app.notify(harmless(sentence), severity=severity, timeout=timeout, markup=False)
