"""Asks what to copy to or from a node (`u`)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.app import ComposeResult, RenderResult
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Static

from smtui.domain.request import place_argv
from smtui.domain.text import harmless
from smtui.transfers.copy_job import CopyOrder
from smtui.transfers.session_logs import log_words, shell_preferences
from smtui.tui.commands import Scope, bindings
from smtui.tui.parts.field import Field
from smtui.tui.parts.form_sheet import FormSheet
from smtui.tui.place_names import called
from smtui.tui.transfer.transfer_form import TransferTexts, foot_words, logged_words, size_words

if TYPE_CHECKING:
    from smtui.domain.node import Node
    from smtui.engine.launcher import Launcher

_LABEL_CELLS = 8


class Choice(Static, can_focus=True):
    """A row that `space` switches: one of two, or yes and no."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.CHOICE)
    value = reactive(True)

    class Changed(Message):
        """It was switched."""

    def __init__(self, label: str, drawn: Callable[[bool], str], *, value: bool, id: str) -> None:  # noqa: A002
        """`drawn` returns how the row looks for a value."""
        super().__init__(markup=False, id=id)
        self._label = label
        self._drawn = drawn
        self.set_reactive(Choice.value, value)

    def render(self) -> RenderResult:
        """The label, then the choice."""
        label = f"{self._label:<{_LABEL_CELLS}}"
        shown = self._drawn(self.value)
        roles = ("$primary", "bold") if self.has_focus else ("$muted", "")
        return Content.assemble((label, roles[0]), (shown, roles[1]))

    def action_switch(self) -> None:
        """Switch it."""
        self.value = not self.value
        self.post_message(self.Changed())

    def on_click(self) -> None:
        """Switch it."""
        self.action_switch()


def _way(is_upload: bool) -> str:
    marks = ("(•)", "( )") if is_upload else ("( )", "(•)")
    return f"{marks[0]} upload to the node   {marks[1]} download from it"


def _keep(preserve: bool) -> str:
    return f"[{'x' if preserve else ' '}] permissions and times"


class TransferFormScreen(FormSheet[CopyOrder]):
    """Dismissed with the copy to start."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [*FormSheet.CSS_PATH, Path(__file__).with_name("transfer.tcss")]
    AUTO_FOCUS = "FieldInput"

    way = getters.query_one("#way", Choice)
    keep = getters.query_one("#keep", Choice)
    about = getters.query_one("#about", Static)

    def __init__(self, launcher: Launcher, node: Node, earlier: TransferTexts) -> None:
        """`earlier` is what the form begins with."""
        name = node.name or node.node_id
        super().__init__(f"Transfer files · {name}", node.node_id if node.name else "", node.place_label)
        self._launcher = launcher
        self._node = node
        self._earlier = earlier
        self._logged: dict[bool, str] = {}
        """What is known of the account's logs, by direction."""
        self._size_words = ""

    def body(self) -> ComposeResult:
        """The direction, both paths, what is kept."""
        yield Choice("way", _way, value=self._earlier.is_upload, id="way")
        yield Field("from", text=self._earlier.source)
        yield Field("to", text=self._earlier.destination)
        yield Choice("keep", _keep, value=self._earlier.preserve, id="keep")
        yield Static(id="about", markup=False)

    def on_mount(self) -> None:
        """Look up whether the account logs shells."""
        self._show()
        self.work(self._look_up_logs, "logs")

    async def _look_up_logs(self) -> None:
        aws = self._launcher.evidence_at(self._node.place)
        preferences = await shell_preferences(aws, self._launcher.off_loop)
        self._logged = {way: log_words(preferences, is_upload=way) for way in (True, False)}
        self._show()

    @property
    def typed(self) -> TransferTexts:
        """What is typed and chosen."""
        texts = self.texts()
        return TransferTexts(self.way.value, texts["from"], texts["to"], self.keep.value)

    @on(Choice.Changed)
    @on(Field.Changed)
    def _judge(self) -> None:
        self.forget_refusal()
        self.complain(self.typed.complaints())
        self._show()
        self.work(self._measure, "size", instead=True)

    async def _measure(self) -> None:
        typed = self.typed
        size = await self._launcher.off_loop.call(lambda: size_words(typed.source)) if typed.is_upload else ""
        if size != self._size_words:
            self._size_words = size
            self._show()

    def _show(self) -> None:
        is_upload = self.way.value
        source, to = self.fields
        source.hint("~/build/app.tar.gz" if is_upload else "/var/log/app.log")
        to.hint("the home folder of the session's user" if is_upload else "the folder where smtui was started")
        logged = logged_words(self._logged.get(is_upload))
        self.about.update(Content(harmless(foot_words(self._size_words, logged))))

    def action_step(self, direction: int) -> None:
        """Go to the next row, choices included."""
        if direction > 0:
            self.focus_next()
        else:
            self.focus_previous()

    def action_start(self) -> None:
        """Start the copy, or say what is wrong."""
        if self._is_complete():
            self.dismiss(self.typed.order(called(self._node, self._launcher.fleet.places)))

    def action_copy_command(self) -> None:
        """Copy the equivalent command, or say what is wrong."""
        if self._is_complete():
            super().action_copy_command()

    def _is_complete(self) -> bool:
        """Whether it can be started; shows at the fields why not."""
        complaints = self.typed.complaints() | self.typed.missing()
        if complaints:
            self.complain(complaints)
            self.focus_field(next(i for i, field in enumerate(self.fields) if field.field_name in complaints))
            self.complain(complaints)
        return not complaints

    def command(self) -> str:
        """Return the `smtui cp` that does the same; raises `Unquotable`."""
        return self.typed.command(self._node.node_id, place_argv(self._node.place))
