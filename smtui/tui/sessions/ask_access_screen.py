"""Asks for just-in-time access to a node, with a reason, and shows how the request stands."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from smtui.domain.fault import AwsCallFailed
from smtui.domain.records.access_request import asking_complaint
from smtui.domain.request import place_argv
from smtui.domain.shellquote import command_line
from smtui.domain.text import harmless
from smtui.engine.jobs import JobState
from smtui.sessions.access_requests import AccessRefused
from smtui.sessions.access_wait import AccessOrder
from smtui.sessions.access_words import HELPS_WITH
from smtui.tui.commands import Scope, bindings
from smtui.tui.parts.field import Field
from smtui.tui.parts.form_sheet import FormSheet
from smtui.tui.parts.page import PageText, redraw_pages
from smtui.tui.parts.progress import BEAT_SECONDS
from smtui.tui.place_names import place_detail
from smtui.tui.sessions.access_page import about_page, decision_page

if TYPE_CHECKING:
    from smtui.domain.node import Node
    from smtui.domain.records.access_request import ApprovalPolicies
    from smtui.engine.launcher import Launcher
    from smtui.sessions.access_wait import AccessWait
    from smtui.tui.desk import Desk
    from smtui.tui.parts.page import Paragraphs

REASON = "reason"


class AskAccessScreen(FormSheet[bool]):
    """Leaving it lets the request go on. Dismissed with True to start the shell."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [*FormSheet.CSS_PATH, Path(__file__).with_name("access.tcss")]
    AUTO_FOCUS = "FieldInput"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.ACCESS)
    LAST = "Ask"

    def __init__(self, launcher: Launcher, desk: Desk, node: Node, *, is_start_denied: bool = False) -> None:
        """`is_start_denied` is True after one's own StartSession on the node was denied."""
        self._label = harmless(node.name or node.node_id)
        super().__init__(
            f"Ask for access · {self._label}", "just-in-time", *place_detail(node.place, launcher.fleet.places)
        )
        self._launcher = launcher
        self._desk = desk
        self._access = launcher.account_sessions.access
        self._node = node
        self._is_start_denied = is_start_denied
        self.job: AccessWait | None = self._access.wait_for(node.place, node.node_id)
        """Its end is not reported elsewhere while this screen is open."""
        self._policies: ApprovalPolicies | None = None
        self._way_round = ""
        self._is_read = False

    # What is shown -----------------------------------------------------------------------------

    def body(self) -> ComposeResult:
        """Who decides, the reason, how it stands."""
        yield PageText(self._about)
        reason = self.job.order.reason if self.job is not None else ""
        yield Field(REASON, text=reason, placeholder="why, for the record")
        yield PageText(self._decision)

    def _about(self, width: int) -> Paragraphs:
        return about_page(width, self._policies, self._way_round, is_read=self._is_read)

    def _decision(self, width: int) -> Paragraphs:
        return decision_page(width, self.job, self._launcher.fleet.clock())

    def on_mount(self) -> None:
        """Look for the policies, and follow the request."""
        self._watch()
        self.set_interval(BEAT_SECONDS, self._draw)
        self.work(self._read, "reading")

    def on_unmount(self) -> None:
        """Follow it no more."""
        self._stop_watching()

    async def _read(self) -> None:
        place, node_id = self._node.place, self._node.node_id
        self._policies, self._is_read = await self._access.policies(place), True
        self._draw()
        self._way_round = await self._access.way_round(place, node_id)
        self._draw()

    def _watch(self) -> None:
        job = self.job
        self._stop_watching = job.subscribe(self._changed) if job is not None else _nothing
        self._lock()

    def _lock(self) -> None:
        """While a request waits, or is granted, there is nothing to type: letters are keys."""
        for field in self.query(Field):
            field.display = not self._is_asked
        if self._is_asked:
            self.set_focus(None)
        elif self.fields:
            self.focus_field(0)

    @property
    def _is_asked(self) -> bool:
        return self.job is not None and (self._is_open or self.job.state is JobState.RUNNING)

    @property
    def _is_open(self) -> bool:
        return self.job is not None and self.job.is_open(self._launcher.fleet.clock())

    def _changed(self) -> None:
        self._lock()
        self._draw()

    def _draw(self) -> None:
        redraw_pages(self)
        self.refresh_bindings()

    # Keys --------------------------------------------------------------------------------------

    @property
    def not_in_footer(self) -> tuple[str, ...]:
        """What `enter` does, too; and the command where what helps is worth more."""
        is_lost = self.job is not None and self.job.state is JobState.FAILED
        return ("form.start", "form.copy") if is_lost else ("form.start",)

    @property
    def footer_labels(self) -> Mapping[str, str]:
        """What the keys do now."""
        enter = "Start the shell" if self._is_open else self.LAST
        return {"form.next": enter, "back": "Leave"}

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what the request allows now."""
        state = self.job.state if self.job is not None else None
        if action == "start":
            return not self._is_asked
        if action == "next":
            return state is not JobState.RUNNING
        if action == "withdraw":
            return state is JobState.RUNNING and self.job is not None and self.job.request is not None
        if action == "help_on_it":
            return state is JobState.FAILED
        return super().check_action(action, parameters)

    @on(Field.Changed)
    def _typed(self) -> None:
        self.forget_refusal()
        self.complain({})

    def action_next(self) -> None:
        """Start the shell that was granted, else ask."""
        if self._is_open:
            self.dismiss(True)
        else:
            self.action_start()

    def action_start(self) -> None:
        """Ask, or say what is wrong."""
        reason = self.query_one(Field).text.strip()
        if complaint := asking_complaint(reason):
            self.complain({REASON: complaint})
            return
        order = AccessOrder(self._node.node_id, self._node.place, self._label, reason, self._is_start_denied)
        try:
            job = self._access.ask(order)
        except AccessRefused as refused:
            self.refuse(str(refused))
            return
        self._stop_watching()
        self.job = job
        self._watch()
        self._launcher.jobs.start(job)
        self._draw()

    def action_withdraw(self) -> None:
        """Take the request back."""
        if self.job is not None:
            self.work_to_the_end(self._withdraw(self.job), "withdrawing", "Withdrawing the request")

    async def _withdraw(self, job: AccessWait) -> None:
        try:
            await job.withdraw()
        except AwsCallFailed as failed:
            self.say(f"It was not withdrawn. {failed.fault.sentence()}", "error")

    def action_help_on_it(self) -> None:
        """Show the text that helps."""
        self._desk.open_topic(HELPS_WITH)

    def command(self) -> str:
        """Return the same request for the command line; raises `Unquotable`."""
        argv = ["smtui", "sessions", "access", "ask", self._node.node_id, *place_argv(self._node.place)]
        return command_line([*argv, "--reason", self.query_one(Field).text.strip()], self._launcher.setup.shell)

    def leave(self) -> None:
        """Leave it; the request goes on."""
        self.dismiss(False)


def _nothing() -> None:
    """There is nothing to follow."""
