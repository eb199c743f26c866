"""Lists the requests for just-in-time access (`A` on Sessions): those that wait for one's decision, and one's own."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container

from smtui.domain.fault import AwsCallFailed
from smtui.domain.records.access_request import READ_ONLY_ACCESS, AccessStatus
from smtui.domain.text import harmless
from smtui.sessions.access_requests import AccessRefused, RequestLists
from smtui.tui.commands import Scope, bindings
from smtui.tui.copying import copy_word
from smtui.tui.parts.confirm import ConfirmScreen
from smtui.tui.parts.empty_state import Emptiness, EmptyState
from smtui.tui.parts.main_screen import InnerScreen
from smtui.tui.parts.row_table import RowTable
from smtui.tui.parts.working import SignInHelps
from smtui.tui.sessions.decision_screen import DecisionScreen
from smtui.tui.sessions.request_rows import COLUMNS, request_at, request_rows

if TYPE_CHECKING:
    from smtui.domain.place import Place
    from smtui.domain.records.access_request import AccessRequest
    from smtui.engine.launcher import Launcher
    from smtui.tui.desk import Desk

REFRESH_SECONDS = 15.0


class RequestsScreen(SignInHelps, InnerScreen[None]):
    """Reads the requests of one place when it is shown, and every 15 s."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [Path(__file__).with_name("access.tcss")]
    AUTO_FOCUS = "RowTable"
    SCOPE = Scope.REQUESTS
    NAME = "Requests for access"
    REFUSED = ("requests.approve", "requests.reject")
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.REQUESTS, Scope.SIGN_IN)

    table = getters.query_one(RowTable)
    empty = getters.query_one(EmptyState)

    def __init__(self, launcher: Launcher, desk: Desk, place: Place) -> None:
        super().__init__(launcher, desk)
        self._place = place
        self._access = launcher.account_sessions.access
        self._lists: RequestLists | None = None

    def body(self) -> ComposeResult:
        """The requests."""
        with Container(id="list"):
            yield RowTable(COLUMNS)
            yield EmptyState()

    @property
    def words(self) -> tuple[tuple[str, ...], ...]:
        """How many there are, and where."""
        place = "/".join(part for part in (self._place.profile, self._place.region) if part)
        if self._lists is None:
            return (("reading…", place), ("reading…",))
        counts = (f"{len(self._lists.to_decide)} for your decision", f"{len(self._lists.mine)} yours")
        return ((*counts, place), counts)

    def on_mount(self) -> None:
        """Read them, now and then."""
        self.work(self._read, "reading", instead=True)
        self.set_interval(REFRESH_SECONDS, self._read_again)

    def signed_in(self) -> None:
        """Read them again."""
        self._read_again()

    def _read_again(self) -> None:
        if self.is_current:
            self.work(self._read, "reading", instead=True)

    async def _read(self) -> None:
        self._lists = await self._access.lists(self._place)
        self._show()

    def _show(self) -> None:
        lists = self._lists
        if lists is None or not self.query(RowTable):
            return
        rows = request_rows(lists, self._name_of, self._launcher.fleet.clock())
        self.table.show(rows)
        self.problems.show([fault.sentence() for fault in lists.faults])
        said = "No requests could be seen." if lists.faults else "No requests for access."
        why = "A on a node asks for access to it, where the account uses just-in-time node access."
        self.empty.show(Emptiness() if rows else Emptiness((said, why)))
        self.show_header()
        self._moved()

    def _name_of(self, node_id: str) -> str:
        known = self._lists.names.get(node_id, "") if self._lists is not None else ""
        return known or (self._launcher.fleet.name_at(self._place, node_id) if node_id else "")

    @property
    def _current(self) -> tuple[AccessRequest | None, bool]:
        return request_at(self._lists, self.table.current) if self._lists is not None else (None, False)

    @on(RowTable.Moved)
    def _moved(self) -> None:
        request, _ = self._current
        if request is None:
            self.status.variants = ()
        else:
            approvers = ", ".join(each.rpartition("/")[2] for each in request.approvers)
            by = f"approvers: {approvers}" if approvers else "its approvers are not known"
            self.status.variants = (harmless(f"{request.requester or 'somebody'} · {by}"),)
        self.refresh_bindings()

    # Keys --------------------------------------------------------------------------------------

    @property
    def footer_labels(self) -> Mapping[str, str]:
        """What the keys do with one's own request."""
        _, to_decide = self._current
        return {} if to_decide else {"requests.approve": "Open", "requests.reject": "Withdraw"}

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim what the request under the cursor does not allow."""
        if action not in ("approve", "reject", "copy_id"):
            return True
        request, to_decide = self._current
        if request is None:
            return None
        if action == "reject":
            return True if to_decide or request.status is AccessStatus.PENDING else None
        if action == "approve" and not to_decide:
            return True if request.status in (AccessStatus.PENDING, AccessStatus.APPROVED) else None
        return True

    def action_refresh_requests(self) -> None:
        """Read them now."""
        self.work(self._read, "reading", instead=True)

    def action_copy_id(self) -> None:
        """Copy the id of the request under the cursor."""
        request, _ = self._current
        if request is not None:
            copy_word(self, request.request_id)

    @on(RowTable.Chosen)
    def action_approve(self) -> None:
        """Approve the request under the cursor after a question; open one's own."""
        request, to_decide = self._current
        if request is None:
            return
        if self._launcher.setup.read_only:
            self.say(READ_ONLY_ACCESS, "warning")
        elif to_decide:
            self.work(self._decide(request, approve=True), "decision")
        else:
            self._open(request)

    def action_reject(self) -> None:
        """Reject the request under the cursor after a question; withdraw one's own."""
        request, to_decide = self._current
        if request is None:
            return
        if self._launcher.setup.read_only:
            self.say(READ_ONLY_ACCESS, "warning")
        elif to_decide:
            self.work(self._decide(request, approve=False), "decision")
        elif request.status is AccessStatus.PENDING:
            self.work(self._withdraw(request), "decision")

    def _open(self, request: AccessRequest) -> None:
        try:
            job = self._access.follow(request, self._label(request))
        except AccessRefused as refused:
            self.say(str(refused), "warning")
            return
        if job not in self._launcher.known_jobs:
            self._launcher.jobs.start(job)
        self._desk.open_job(job)

    def _label(self, request: AccessRequest) -> str:
        return harmless(self._name_of(request.node_id) or request.node_id or request.request_id)

    async def _decide(self, request: AccessRequest, *, approve: bool) -> None:
        verb, done = ("Approve", "approved") if approve else ("Reject", "rejected")
        lines = [
            f"{request.requester or 'Somebody'} asks for {self._label(request)}.",
            f"Reason: {request.reason}" if request.reason else "No reason is known.",
        ]
        title = f"{verb} the request of {request.who}?" if request.who else f"{verb} the request?"
        comment = await self.app.push_screen_wait(DecisionScreen(title, lines, verb))
        if comment is None:
            return
        deciding = self._access.decide(request, approve=approve, comment=comment)
        doing = f"{'Approving' if approve else 'Rejecting'} {request.request_id}"
        self.work_to_the_end(self._change(deciding, f"{request.request_id} is {done}."), "decision", doing)

    async def _withdraw(self, request: AccessRequest) -> None:
        lines = [f"{request.request_id} · {request.reason}", "It can be asked again."]
        if await self.app.push_screen_wait(ConfirmScreen("Withdraw your request?", lines, "Withdraw")):
            change = self._change(self._access.withdraw(request), f"{request.request_id} is withdrawn.")
            self.work_to_the_end(change, "decision", f"Withdrawing {request.request_id}")

    async def _change(self, change: Awaitable[None], done: str) -> None:
        try:
            await change
        except AccessRefused as refused:
            self.say(str(refused), "warning")
        except AwsCallFailed as failed:
            self.say(f"Nothing was changed. {failed.fault.sentence()}", "error")
        else:
            self.say(done)
        if self.is_attached:
            self.action_refresh_requests()
