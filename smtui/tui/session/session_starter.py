"""Starts or resumes a session in the terminal: asks where it would fail, runs it, explains a failure, tries again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import App
from textual.binding import BindingType
from textual.notifications import SeverityLevel

from smtui.domain.document import SessionDocument, SessionType
from smtui.domain.fault import AwsCallFailed
from smtui.domain.node import known_by_id
from smtui.domain.readiness import Badge, readiness, reasons
from smtui.domain.request import READ_ONLY, SessionRequest
from smtui.domain.settings.setting_table import AFTER_SESSION, DEFAULT_DOCUMENT, SHELL
from smtui.domain.text import harmless
from smtui.domain.version import AgentAbility
from smtui.recording.not_recorded import NotRecorded
from smtui.tui.commands import Scope, bindings
from smtui.tui.parts.confirm import ConfirmScreen, Question
from smtui.tui.place_names import place_detail

if TYPE_CHECKING:
    from smtui.domain.node import Node
    from smtui.domain.records.account_session import AccountSession
    from smtui.engine.launcher import Launcher
    from smtui.engine.request_check import CheckedRequest
    from smtui.topics.failure import Failure
    from smtui.tui.desk import Desk
    from smtui.tui.terminal.handover import Handover

HOPELESS = frozenset({Badge.NOT_CONNECTED, Badge.OFFLINE, Badge.UNMANAGED})
"""Statuses with which a session cannot start now; with the others it is started without a question."""
_HOOK_RUNS = "Your hook after it still runs."
_UNTIL_CLEARED = 3600.0
"""Seconds, longer than any start of a session takes: its notice must not disappear while the user waits."""


class NotReadyScreen(Question):
    """Says why a session will most likely fail. Dismissed with True to start it anyway."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.NOT_READY)

    def __init__(self, node: Node, now: datetime, troubleshoot: Callable[[], None], *where: str) -> None:
        """`where` names the node's place if several are listed."""
        badge = readiness(node, now).badge
        lines = (*reasons(node, now), "A session will most likely not start.")
        super().__init__(node.name or node.node_id, lines, f"{badge.mark} {badge.word}", *where)
        self._troubleshoot = troubleshoot

    def action_start_anyway(self) -> None:
        """Answer yes."""
        self.dismiss(True)

    def action_troubleshoot(self) -> None:
        """Answer no, and show the checks instead."""
        self.dismiss(False)
        self._troubleshoot()


class SessionStarter:
    """Starts one session at a time: there is one terminal to hand over."""

    def __init__(self, app: App[None], launcher: Launcher, handover: Handover, desk: Desk) -> None:
        self._app = app
        self._desk = desk
        self._launcher = launcher
        self._handover = handover
        self._label = ""
        """The node whose session is being started or runs; empty when none is."""
        self._is_over = False
        """Whether that session has given the terminal back: then only the user's own hook still runs."""

    async def shell(self, node: Node) -> None:
        """Start a shell on the node, as the settings want it, and stay until it has ended.

        Await it in a worker: it asks questions.
        """
        plain = SessionRequest(node.node_id, node.place)
        settings = self._launcher.setup.settings.now
        if self._refusal() or not (settings.is_set(SHELL) or settings.is_set(DEFAULT_DOCUMENT)):
            await self.start(plain, node)
            return
        from smtui.engine.shell_choice import platform_of, wanted_shell

        wanted = wanted_shell(settings, plain, platform_of(node))
        if not wanted.document_name or self._launcher.account_sessions.objection(wanted):
            await self.start(plain, node)  # granted access is for the account's shell alone
        elif checked := await self._checked(wanted):
            await self.start(checked.request, node, checked.document)

    async def _checked(self, wanted: SessionRequest) -> CheckedRequest | None:
        """Check the shell that the settings want against its document; None, and a sentence, if it cannot start."""
        from smtui.engine.request_check import Unfit, check

        self._say(f"Reading {harmless(wanted.document_name)} …", stays=True)
        try:
            checked = await check(self._launcher, wanted)
        except AwsCallFailed as failed:
            trouble = failed.fault.sentence()
        except Unfit as unfit:
            trouble = " ".join(unfit.sentences)
        else:
            self._app.clear_notifications()
            for sentence in checked.warnings:
                self._say(sentence, "warning")
            return checked
        self._app.clear_notifications()
        self._say(f"No shell was started by {wanted.document_name}, as your settings want it. {trouble}", "error")
        return None

    async def start(self, request: SessionRequest, node: Node, document: SessionDocument | None = None) -> None:
        """Start any session that needs the terminal; `document` is the one that the request names."""
        refusal = self._refusal() or self._launcher.account_sessions.objection(request)
        if refusal:
            self._say(refusal, "warning")
            return
        self._label, self._is_over = harmless(node.name or node.node_id), False
        try:
            if await self.is_wanted(node):
                await self._run(request, node, document)
        finally:
            self._label = ""

    async def resume(self, session: AccountSession) -> None:
        """Go on with a shell of one's own, and stay until it has ended. Await it in a worker: it asks questions."""
        known = self._launcher.account_sessions.list
        if refusal := self._refusal():
            self._say(refusal, "warning")
            return
        self._label, self._is_over = known.node_name(session) or harmless(session.target), False
        try:
            what, mine = known.named(session), known.is_mine(session)
            if refusal := await self._launcher.account_sessions.resuming.refusal(session, mine=mine):
                self._say(f"{what[:1].upper()}{what[1:]} is not resumed. {refusal}", "warning")
            elif await self._is_resumption_wanted(session, what):
                await self._go_on(session)
        finally:
            self._label = ""

    async def _is_resumption_wanted(self, session: AccountSession, what: str) -> bool:
        """Ask where another program may use the session."""
        from smtui.sessions.resuming import IN_USE, is_in_use

        if not is_in_use(session):
            return True
        return await self._app.push_screen_wait(ConfirmScreen(f"Resume {what}?", (IN_USE,), "Resume"))

    async def _go_on(self, session: AccountSession) -> None:
        """Run the session to its end, again as long as it fails and the user wants to retry."""
        call = partial(self._launcher.account_sessions.resuming.resume, session)
        node = self._launcher.fleet.node_at(session.place, session.target)
        again = True
        while again:
            self._say(f"Resuming the session on {self._label} …", stays=True)
            result = await self._launcher.sessions.resume(session, self._label, self._handover.lend, call)
            self._app.clear_notifications()
            if self._launcher.closing:
                return
            again = result.failure is not None and await self._desk.wants_retry(
                result.failure,
                node or known_by_id(session.target, session.place),
                AgentAbility.SESSIONS,
                session.document_name,
            )
        if result.failure is None:
            self._say(" ".join(filter(None, (result.sentence, result.note))))

    def _refusal(self) -> str:
        if self._label and self._is_over:
            return f"The session on {self._label} is over. {_HOOK_RUNS}"
        if self._label:
            return f"A session on {self._label} is being started."
        if self._launcher.setup.read_only:
            return READ_ONLY
        return self._handover.refusal()

    def is_hopeless(self, node: Node) -> bool:
        """Return whether a session will most likely fail, by the node's status."""
        return readiness(node, self._launcher.fleet.clock()).badge in HOPELESS

    async def is_wanted(self, node: Node) -> bool:
        """Return whether to start a session; ask the user where it will most likely fail."""
        if not self.is_hopeless(node):
            return True
        fleet = self._launcher.fleet
        where = place_detail(node.place, fleet.places)
        question = NotReadyScreen(node, fleet.clock(), lambda: self._desk.troubleshoot(node), *where)
        return await self._app.push_screen_wait(question)

    async def _run(self, request: SessionRequest, node: Node, document: SessionDocument | None) -> None:
        """Run the session, again as long as it fails and the user wants to retry.

        The output of a command without a terminal stays in view until the user has read it.
        """
        is_command = document is not None and document.session_type is SessionType.NON_INTERACTIVE_COMMANDS
        pause = self._handover.pause if is_command else None
        again, recording = True, ""
        while again:
            recorder, unrecorded = None, ""
            try:
                recorder = await self._launcher.recorder(self._label)
            except NotRecorded as refused:
                unrecorded = f"The session was not recorded: {refused}"
            told = recorder.announcement() if recorder is not None else ""
            until = self._launcher.account_sessions.granted_until(request)
            where = f"{self._label}, with access {until}" if until else self._label
            self._say(f"Starting a session on {where} … {told}".rstrip(), stays=True)
            self._is_over = False
            result = await self._launcher.open_session(
                request, self._label, self._lend, document, pause, recorder=recorder, greeting=told
            )
            recording = result.recording or unrecorded
            if result.has_started:
                self._launcher.place_book.filters.note_used(node.place, node.node_id)
            self._app.clear_notifications()
            if self._launcher.closing:
                return
            again = result.failure is not None and await self._wants_retry(result.failure, node, request, document)
        said = (result.sentence, result.note, recording) if result.failure is None else (result.note, recording)
        if any(said):
            self._say(" ".join(filter(None, said)), "error" if result.refused else "information")

    @contextmanager
    def _lend(self) -> Iterator[None]:
        with self._handover.lend():
            yield
        self._is_over = True
        if self._launcher.setup.settings.now[AFTER_SESSION] and not self._launcher.setup.demo:
            self._say(f"The session on {self._label} is over. {_HOOK_RUNS}", stays=True)

    async def _wants_retry(
        self, failure: Failure, node: Node, request: SessionRequest, document: SessionDocument | None
    ) -> bool:
        needs = document.needs if document is not None else AgentAbility.SESSIONS
        return await self._desk.wants_retry(failure, node, needs, request.document_name)

    def _say(self, sentence: str, severity: SeverityLevel = "information", *, stays: bool = False) -> None:
        timeout = _UNTIL_CLEARED if stays else None
        self._app.notify(harmless(sentence), severity=severity, timeout=timeout, markup=False)
