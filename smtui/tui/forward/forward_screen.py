"""Forwards a port through a node (`f`): presets, each one key away, and below them the form that they fill in."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from smtui.domain.forward import NotAForward
from smtui.domain.node import Node
from smtui.domain.preset import Choice, Preset, PresetList
from smtui.domain.shellquote import Unquotable
from smtui.domain.text import harmless
from smtui.engine.launcher import Launcher
from smtui.tui.commands import Scope, bindings
from smtui.tui.desk import Desk
from smtui.tui.forward.forward_form import (
    ELSEWHERE,
    NEW,
    PRESET_COLUMNS,
    ForwardTexts,
    local_of,
    new_row,
    preset_row,
    texts_of,
)
from smtui.tui.forward.forward_starter import ForwardStarter
from smtui.tui.parts.field import Field
from smtui.tui.parts.form_sheet import FormSheet
from smtui.tui.parts.row_table import RowTable
from smtui.tunnels.supervisor import TunnelRefused


class PresetTable(RowTable):
    """The presets, started by their numbers."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PICK)


class ForwardScreen(FormSheet[None]):
    """Closes itself once a tunnel has been started."""

    AUTO_FOCUS = "PresetTable"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.FORWARD)

    table = getters.query_one(PresetTable)
    preview = getters.query_one("#preview", Static)

    def __init__(self, launcher: Launcher, starter: ForwardStarter, desk: Desk, node: Node) -> None:
        super().__init__(f"Forward a port through {node.name or node.node_id}")
        self._launcher = launcher
        self._starter = starter
        self._desk = desk
        self._node = node
        self._list = PresetList()
        self._shown: tuple[Preset, ...] = ()
        """In the order of their rows and numbers."""
        self._filled = ForwardTexts()
        """What the form was last filled with."""

    def body(self) -> ComposeResult:
        """The presets, the fields and the command."""
        yield PresetTable(PRESET_COLUMNS, id="presets")
        yield Static(id="trouble", markup=False)
        yield Field("host", "to", placeholder="the node itself, or a host behind it")
        with Horizontal(id="ports"):
            yield Field("port", placeholder="5432")
            local = Field("local", "from", placeholder="a free local port")
            yield local.add_class("second")
        yield Field("reason", placeholder="for the session's record")
        yield Static(id="preview", markup=False)

    def on_mount(self) -> None:
        """Read the presets."""
        self._load()

    def _load(self, then: str = "") -> None:
        self.work(self._read(then), "presets", instead=True)

    async def _read(self, then: str) -> None:
        self._list = await self._launcher.presets.load()
        here = [preset for preset in self._list.presets if self._leads_here(preset)]
        elsewhere = [preset for preset in self._list.presets if preset not in here]
        self._shown = (*here, *elsewhere)
        rows = [preset_row(number, preset) for number, preset in enumerate(self._shown, 1)]
        heading = [ELSEWHERE] if elsewhere else []
        self.table.show([*rows[: len(here)], new_row(), *heading, *rows[len(here) :]])
        if then:
            self.table.go_to(then)
        troubles = [self._list.problem, *(broken.problem for broken in self._list.broken), *self._list.warnings]
        words = "\n".join(harmless(trouble) for trouble in troubles if trouble)
        trouble = self.query_one("#trouble", Static)
        trouble.update(Content(words))
        trouble.set_class(bool(words), "-some")
        self._fill()

    def _leads_here(self, preset: Preset) -> bool:
        """Whether it goes through the node of the title: it names no target, or just this one."""
        found = self._starter.resolve(preset, self._node)
        return isinstance(found, Node) and (found.node_id, found.place) == (self._node.node_id, self._node.place)

    # What is shown -----------------------------------------------------------------------------

    @property
    def _preset(self) -> Preset | None:
        """The preset under the cursor; None on `New…`."""
        key = self.table.current
        return None if key in ("", NEW) else self._list.find(key)

    @property
    def _typed(self) -> ForwardTexts:
        return ForwardTexts(**self.texts())

    @property
    def _is_typed_in(self) -> bool:
        """Whether the user has changed the form; a reason does not count, because it goes with presets, too."""
        return self._typed != replace(self._filled, reason=self._typed.reason)

    @on(RowTable.Moved)
    def _fill(self) -> None:
        """Fill the form from the preset under the cursor, if that goes through the node of the title."""
        preset = self._preset
        if preset is None and self._is_typed_in:
            return  # keep what was typed
        here = preset is not None and self._leads_here(preset)
        reason = self._typed.reason
        self._filled = texts_of(preset, reason) if preset and here else ForwardTexts(reason=reason)
        for field in self.fields:
            text = getattr(self._filled, field.field_name)
            if field.text != text:
                field.text = text
        self._judge()

    @on(Field.Changed)
    def _judge(self) -> None:
        if self._preset is not None and self._is_typed_in:
            self.table.go_to(NEW)  # what is typed goes through the node of the title, and is no preset any more
        self.forget_refusal()
        self.complain(self._typed.complaints())
        self.preview.update(Content(self._preview()))

    def _preview(self) -> str:
        try:
            return harmless(self.command())
        except (NotAForward, Unquotable):
            return "aws ssm start-session …"

    def command(self) -> str:
        """Return the equivalent `aws` command; raises `NotAForward` and `Unquotable`."""
        preset, texts = self._preset, self._typed
        if preset is None:
            return self._launcher.command_line(texts.forward(self._node).request())
        found = self._starter.resolve(preset, self._node)
        if isinstance(found, str):
            return found
        if isinstance(found, Choice):
            return f"{preset.target} matches {len(found.nodes)} nodes: you choose one at the start."
        forward = texts_of(preset, texts.reason).forward(found, preset.document)
        return self._launcher.command_line(forward.request())

    # Keys --------------------------------------------------------------------------------------

    def action_copy_command(self) -> None:
        """Copy the equivalent command, or say which fields keep it from being written."""
        try:
            super().action_copy_command()
        except NotAForward:
            self.complain(self._typed.complaints() | self._typed.missing())

    @on(RowTable.Chosen)
    def action_choose(self) -> None:
        """Start the preset under the cursor (`enter`); on `New…` go to the form, and there to the next field."""
        if not self.table.has_focus:
            self.action_next()
        elif (preset := self._preset) is not None:
            self._begin_preset(preset)
        else:
            self.focus_field(0)

    def action_pick(self, number: int) -> None:
        """Start the preset with this number, counted from 1."""
        if number <= len(self._shown):
            self.table.go_to(self._shown[number - 1].name)
            self._fill()
            self._begin_preset(self._shown[number - 1])

    def action_step(self, direction: int) -> None:
        """Go one field up or down; above the first is the table."""
        if self.focused_field == 0 and direction < 0:
            self.table.focus()
        else:
            super().action_step(direction)

    def action_start(self) -> None:
        """Start the preset under the cursor, else what is typed, or say what is wrong."""
        preset, texts = self._preset, self._typed
        if preset is not None:
            self._begin_preset(preset)
            return
        complaints = texts.complaints() | texts.missing()
        if complaints:
            self.complain(complaints)
            self.focus_field(next(i for i, field in enumerate(self.fields) if field.field_name in complaints))
            return
        self.work(self._start(texts), "starting")

    def action_save_preset(self) -> None:
        """Save what is typed, or the preset under the cursor, as a new preset."""
        self.work(self._save(), "starting")

    # What takes time ---------------------------------------------------------------------------

    def _begin_preset(self, preset: Preset) -> None:
        self.work(self._start_preset(preset), "starting")

    async def _start(self, texts: ForwardTexts) -> None:
        """Start what is typed, through the node of the title."""
        try:
            await self._starter.start(texts.forward(self._node))
        except (TunnelRefused, NotAForward) as refused:
            self.refuse(str(refused))
        else:
            self.dismiss(None)

    async def _start_preset(self, preset: Preset) -> None:
        try:
            begun = await self._starter.start_preset(preset, self._node, self._typed.reason.strip())
        except TunnelRefused as refused:
            self.refuse(str(refused))
        else:
            if begun:
                self.dismiss(None)

    async def _save(self) -> None:
        texts, preset = self._typed, self._preset
        try:
            typed = {"host": texts.host, "port": texts.port, "local_port": local_of(texts)}
        except NotAForward as wrong:
            self.complain({"local": str(wrong)})
            return
        saved = await self._desk.new_preset(preset, {"name": ""} if preset is not None else typed)
        if saved:
            await self._read(saved)
