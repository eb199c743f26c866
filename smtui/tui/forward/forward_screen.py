"""Forwards a port through a node (`f`): presets, each one key away, and below them the form that they fill in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import getters, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from smtui.domain.forward import NotAForward
from smtui.domain.node import Node
from smtui.domain.preset import Choice, Preset, PresetList, on_usable_port, taken_words
from smtui.domain.request import reason_complaint
from smtui.domain.shellquote import Unquotable
from smtui.domain.text import harmless
from smtui.tui.commands import Scope, bindings
from smtui.tui.forward.forward_form import (
    ELSEWHERE,
    PRESET_COLUMNS,
    EnterWords,
    ForwardTexts,
    enter_words,
    heading_of,
    local_of,
    name_of,
    preset_row,
    texts_of,
    use_words,
)
from smtui.tui.parts.field import Field
from smtui.tui.parts.form_sheet import FormSheet
from smtui.tui.parts.hanging import HangingCommand
from smtui.tui.parts.preset_ports import PresetPorts
from smtui.tui.parts.row_table import RowTable
from smtui.tui.parts.shown_keys import key_of
from smtui.tunnels.supervisor import TunnelRefused

if TYPE_CHECKING:
    from smtui.engine.launcher import Launcher
    from smtui.tui.desk import Desk
    from smtui.tui.forward.forward_starter import ForwardStarter

_MOST_TROUBLES = 2
"""Sentences about presets that cannot be used; the form has no room for more."""
_CORRECT = "First correct what is marked ✕."


class PresetTable(RowTable):
    """The presets, started by their numbers."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PICK)

    left = reactive(False)
    """Whether what is typed in the form counts, and no preset."""

    def highlight(self, *, at_cursor: bool) -> Style:
        """Show no cursor while the form counts."""
        return super().highlight(at_cursor=at_cursor and not self.left)

    def mark(self, *, at_cursor: bool) -> Segment:
        """Show no cursor while the form counts."""
        return super().mark(at_cursor=at_cursor and not self.left)


class ForwardScreen(FormSheet[None]):
    """Closes itself once a tunnel has been started."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [*FormSheet.CSS_PATH, Path(__file__).with_name("forward.tcss")]
    AUTO_FOCUS = "PresetTable"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.FORWARD)

    table = getters.query_one(PresetTable)
    use = getters.query_one("#use", HangingCommand)
    preview = getters.query_one("#preview", HangingCommand)
    wrong = getters.query_one("#wrong", Static)

    def __init__(self, launcher: Launcher, starter: ForwardStarter, desk: Desk, node: Node) -> None:
        name = node.name or node.node_id
        super().__init__(f"Forward a port through {name}", node.node_id if node.name else "", node.place_label)
        self._launcher = launcher
        self._starter = starter
        self._desk = desk
        self._node = node
        self._list = PresetList()
        self._ports = PresetPorts(launcher.tunnels)
        self._shown: tuple[Preset, ...] = ()
        """In the order of their rows and numbers."""

    def body(self) -> ComposeResult:
        """The presets, the fields and what `enter` does."""
        yield PresetTable(PRESET_COLUMNS, id="presets")
        yield Static(id="trouble", markup=False)
        with Horizontal(id="ends"):
            name = self._node.name or self._node.node_id
            yield Field("host", "or to", placeholder=f"{name} itself, or a host behind it")
            yield Field("port", placeholder="5432").add_class("port")
            yield Field("local", "on 127.0.0.1:", placeholder="a free port").add_class("local")
        yield Static(id="wrong", markup=False)
        yield Field("reason", "why", placeholder="the reason, for the session's record")
        yield HangingCommand(id="use")
        yield HangingCommand(id="preview")

    def on_mount(self) -> None:
        """Read the presets."""
        self.preview.lead = "…"
        self._ports.watch(self._load)
        self._load()

    def on_unmount(self) -> None:
        """Watch the tunnels no more."""
        self._ports.close()

    def _load(self) -> None:
        self.work(self._read, "presets", instead=True)

    async def _read(self, then: str = "") -> None:
        found = await self._launcher.presets.load()
        await self._ports.look(found.presets)
        self._list = found
        here = [preset for preset in self._list.presets if self._leads_here(preset)]
        elsewhere = [preset for preset in self._list.presets if preset not in here]
        self._shown = (*here, *elsewhere)
        rows = [
            preset_row(number, self._used(preset), self._words_of(preset))
            for number, preset in enumerate(self._shown, 1)
        ]
        headings = [heading_of(self._node)] if here else [], [ELSEWHERE] if elsewhere else []
        self.table.show([*headings[0], *rows[: len(here)], *headings[1], *rows[len(here) :]])
        if then:
            self.table.go_to(then)
            self.table.focus()
        troubles = [harmless(trouble) for trouble in (*self._list.problems, *self._list.warnings)]
        if (more := len(troubles) - 1) >= _MOST_TROUBLES:
            troubles[1:] = [f"And {more} more: {key_of('go-presets')} on the list of nodes shows them."]
        words = "\n".join(troubles)
        trouble = self.query_one("#trouble", Static)
        trouble.update(Content(words))
        trouble.set_class(bool(words), "-some")
        self._judge()

    def _leads_here(self, preset: Preset) -> bool:
        """Whether it goes through the node of the title: it names no target, or just this one."""
        found = self._starter.resolve(preset, self._node)
        return isinstance(found, Node) and (found.node_id, found.place) == (self._node.node_id, self._node.place)

    def _used(self, preset: Preset) -> Preset:
        """The preset with the local port that it would be started on now."""
        return on_usable_port(preset, self._ports.ports)

    def _words_of(self, preset: Preset) -> str:
        words = use_words(self._used(preset), self._node, self._launcher.setup.shell)
        words = preset.note if preset.builtin and preset.note else words
        if not self._leads_here(preset):
            words = f"through {preset.target}"
        return f"{words} {taken_words(preset, self._ports.ports)}".strip()

    # What is shown -----------------------------------------------------------------------------

    @property
    def _preset(self) -> Preset | None:
        """The preset under the cursor; None while the form counts."""
        key = self.table.current
        return None if self._form_counts or not key else self._list.find(key)

    @property
    def _form_counts(self) -> bool:
        """Typing in a field leaves the presets; going back to them leaves the form."""
        return not self.table.has_focus and not self._typed.is_empty

    @property
    def _typed(self) -> ForwardTexts:
        return ForwardTexts(**self.texts())

    @property
    def not_in_footer(self) -> tuple[str, ...]:
        """The two ways to start: each stands in the footer where `enter` does not do the same."""
        return ("form.start",) if self.table.has_focus else ("forward.choose",)

    @property
    def footer_labels(self) -> Mapping[str, str]:
        """Shorter ones, for all of them to fit."""
        return {"form.copy": "Copy"}

    def on_descendant_focus(self) -> None:
        """Say what `enter` does from here."""
        self._judge()

    @on(RowTable.Moved)
    @on(Field.Changed)
    def _judge(self) -> None:
        self.forget_refusal()
        self.table.left = self._form_counts
        self.complain(self._typed.complaints())
        words = self._enter_words()
        self.preview.lead, self.preview.command = words.lead, words.command
        preset = self._preset
        use = ""
        if preset is not None and self._leads_here(preset):
            use = use_words(self._used(preset), self._node, self._launcher.setup.shell)
        self.use.lead, self.use.command = ("then run:" if use else "", use)

    def complain(self, complaints: dict[str, str], among: Iterable[Field] | None = None) -> None:
        """Show what is wrong below the line of the fields, which has no room for it between them."""
        super().complain(complaints, among)
        words = "  ".join(f"✕ {sentence}" for name, sentence in complaints.items() if name != "reason")
        self.wrong.update(Content(harmless(words)))
        self.wrong.set_class(bool(words), "-some")

    def _enter_words(self) -> EnterWords:
        """Return what the last lines say."""
        starts = self.table.has_focus or self.focused_field == len(self.fields) - 1
        preset, texts = self._preset, self._typed
        obstacle = self._obstacle(preset, texts)
        try:
            command = "" if obstacle else self.command()
        except (NotAForward, Unquotable) as refused:
            return enter_words("", "", f"No command: {refused}", starts=starts)
        what = name_of(self._shown.index(preset) + 1, preset) if preset else "this"
        return enter_words(what, command, obstacle, starts=starts)

    def _obstacle(self, preset: Preset | None, texts: ForwardTexts) -> str:
        """Return why nothing starts, or what is asked first; empty if it starts at once."""
        if preset is None:
            return _CORRECT if texts.complaints() else " ".join(texts.missing().values())
        found = self._starter.resolve(preset, self._node)
        if isinstance(found, Choice):
            return f"{preset.target} matches {len(found.nodes)} nodes, you choose one."
        return found if isinstance(found, str) else _CORRECT if reason_complaint(texts.reason) else ""

    def command(self) -> str:
        """Return the equivalent `aws` command; raises `NotAForward` and `Unquotable`."""
        preset, texts = self._preset, self._typed
        if preset is None:
            return self._launcher.command_line(texts.forward(self._node).request())
        found = self._starter.resolve(preset, self._node)
        if isinstance(found, str):
            raise NotAForward(found)
        if isinstance(found, Choice):
            raise NotAForward(f"{preset.target} matches {len(found.nodes)} nodes: you choose one at the start.")
        forward = texts_of(self._used(preset), texts.reason).forward(found, preset.document)
        return self._launcher.command_line(forward.request())

    # Keys --------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Change only what goes through the node of the title."""
        if action == "change":
            preset = self._preset
            return True if preset is not None and self._leads_here(preset) else None
        return super().check_action(action, parameters)

    def action_copy_command(self) -> None:
        """Copy the equivalent command, or say which fields keep it from being written."""
        try:
            super().action_copy_command()
        except NotAForward as refused:
            if self._preset is not None:
                self.say(f"Not copied. {refused}", "warning")
            else:
                self.complain(self._typed.complaints() | self._typed.missing())

    @on(RowTable.Chosen)
    def action_choose(self) -> None:
        """Start the preset under the cursor; in the form go on to the next field."""
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
            self._begin_preset(self._shown[number - 1])

    def action_change(self) -> None:
        """Fill the form from the preset under the cursor, and go there."""
        preset = self._preset
        if preset is None or not self._leads_here(preset):
            return
        texts = texts_of(self._used(preset), self._typed.reason)
        for field in self.fields:
            field.text = getattr(texts, field.field_name)
        self.focus_field(0)

    def action_fields(self) -> None:
        """Go to the form, and there to the next field; from the last one to the presets."""
        index = self.focused_field
        if index == len(self.fields) - 1:
            self.table.focus()
        else:
            self.focus_field(0 if index is None else index + 1)

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
            self.complain(complaints)
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
