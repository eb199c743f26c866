"""Shows a wait while it goes on, and asks before a stopped instance is started."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import BindingType

from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.engine.jobs import JobState
from smtui.engine.waiting import EndKind
from smtui.tui.commands import Scope, bindings
from smtui.tui.parts.confirm import Question
from smtui.tui.parts.dialog import Dialog
from smtui.tui.parts.page import PageText, redraw_pages
from smtui.tui.parts.progress import BEAT_SECONDS
from smtui.tui.place_names import place_detail
from smtui.tui.wait.wait_page import start_page, wait_page

if TYPE_CHECKING:
    from smtui.domain.fault import Fault
    from smtui.domain.node import Node, StopFacts
    from smtui.engine.launcher import Launcher
    from smtui.engine.wait_job import Wait
    from smtui.tui.parts.page import Paragraphs


class Wish(Enum):
    """What the user wants after a wait was shown."""

    NOTHING = "nothing"
    """It goes on in the background, or is over."""
    SHELL = "shell"
    TROUBLESHOOT = "troubleshoot"
    AGAIN = "again"


class WaitScreen(Dialog[Wish]):
    """Leaving it lets the wait go on in the background. It leaves by itself for the shell that was asked for."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.WAIT)

    def __init__(self, job: Wait, launcher: Launcher, *, may_start_shell: bool) -> None:
        """`may_start_shell` is False under `--read-only`."""
        super().__init__(
            f"Wait for {job.order.label}",
            job.order.node_id if job.order.label != job.order.node_id else "",
            *place_detail(job.order.place, launcher.fleet.places),
        )
        self.job = job
        """Its end is not reported elsewhere while this screen is open."""
        self._launcher = launcher
        self._clock = launcher.fleet.clock
        self._may_start_shell = may_start_shell
        self._then_shell = may_start_shell and job.state is JobState.RUNNING

    def body(self) -> ComposeResult:
        """Compose the steps."""
        yield PageText(self._page)

    def _page(self, width: int) -> Paragraphs:
        then_shell = self._then_shell if self._may_start_shell else None
        return wait_page(self.job, width, self._clock(), then_shell=then_shell)

    def on_mount(self) -> None:
        """Follow the wait, and the time."""
        self._stop_watching = self.job.subscribe(self._changed)
        self.set_interval(BEAT_SECONDS, self._draw)
        self.call_after_refresh(self._changed)

    def on_unmount(self) -> None:
        """Follow it no more."""
        self._stop_watching()

    def _changed(self) -> None:
        self._draw()
        self.refresh_bindings()
        if self._then_shell and self._is_ready and self.is_current:
            self.dismiss(Wish.SHELL)

    def _draw(self) -> None:
        redraw_pages(self)

    @property
    def _is_ready(self) -> bool:
        return self.job.ending is not None and self.job.ending.kind is EndKind.READY

    @property
    def _may_be_ready(self) -> bool:
        return self.job.ending is not None and self.job.ending.kind is not EndKind.GIVEN_UP

    # Keys --------------------------------------------------------------------------------------

    @property
    def footer_labels(self) -> Mapping[str, str]:
        """What leaving means while it goes on."""
        return {"back": "Wait in the background"} if self.job.state is JobState.RUNNING else {}

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what the wait allows now."""
        is_running = self.job.state is JobState.RUNNING
        if action == "shell":
            return self._may_start_shell and self._may_be_ready
        if action == "then":
            return self._may_start_shell and self.job.ending is None and is_running
        if action == "stop":
            return is_running
        if action in ("again", "troubleshoot"):
            return not is_running and not self._is_ready
        return True

    def action_shell(self) -> None:
        """Start a shell."""
        self.dismiss(Wish.SHELL)

    def action_then(self) -> None:
        """Choose whether a shell follows, or a word."""
        self._then_shell = not self._then_shell
        self._draw()

    def action_stop(self) -> None:
        """Give up; the instance stays as it is."""
        self._launcher.jobs.stop(self.job)

    def action_troubleshoot(self) -> None:
        """Show the checks."""
        self.dismiss(Wish.TROUBLESHOOT)

    def action_again(self) -> None:
        """Wait once more."""
        self.dismiss(Wish.AGAIN)

    def leave(self) -> None:
        """Leave it; it goes on."""
        self.dismiss(Wish.NOTHING)


class StartQuestion(Question):
    """Asks whether to start an instance. What is known of it comes while the question is shown."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.CONFIRM)
    footer_labels = MappingProxyType({"confirm.yes": "Start it and wait"})

    def __init__(self, launcher: Launcher, node: Node) -> None:
        super().__init__(f"Start the instance {node.name or node.node_id}?", ())
        self._launcher = launcher
        self._node = node
        self._facts: StopFacts | None = None
        self._allowed: Fault | Literal[True] | None = None
        self._trouble = ""

    def body(self) -> ComposeResult:
        """Compose what is known."""
        node_line = f"{self._node.node_id} · {self._node.place_label or 'this place'}"
        clock = self._launcher.fleet.clock
        yield PageText(lambda width: start_page(width, node_line, self._facts, self._allowed, self._trouble, clock()))

    def on_mount(self) -> None:
        """Ask EC2 since when it is stopped, and whether the start is allowed."""
        self.work(self._read_facts, "starting")
        self.work(self._try_dry, "starting")

    async def _read_facts(self) -> None:
        power = self._launcher.power_at(self._node.place)
        try:
            self._facts = await self._launcher.off_loop.call(lambda: power.stop_facts(self._node.node_id))
        except AwsCallFailed as failed:
            self._trouble = failed.fault.sentence()
        self._draw()

    async def _try_dry(self) -> None:
        power = self._launcher.power_at(self._node.place)
        try:
            await self._launcher.off_loop.call(lambda: power.may_start(self._node.node_id))
            self._allowed = True
        except AwsCallFailed as failed:
            self._allowed = failed.fault
        self._draw()

    def _draw(self) -> None:
        redraw_pages(self)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer no start that was refused already."""
        is_denied = self._allowed is not None and self._allowed is not True and self._allowed.kind is FaultKind.DENIED
        return None if action == "confirm" and is_denied else True
