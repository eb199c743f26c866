"""Lists the presets (`4`): the user's own can be changed, included and built-in ones copied."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import BindingType

from smtui.domain.preset import Preset, PresetList, PresetsUnusable
from smtui.tui.commands import Scope, bindings
from smtui.tui.parts.confirm import ConfirmScreen
from smtui.tui.parts.main_screen import InnerScreen
from smtui.tui.parts.preset_ports import PresetPorts
from smtui.tui.parts.row_table import RowTable
from smtui.tui.parts.shown_keys import key_of
from smtui.tui.presets.preset_form import key_texts
from smtui.tui.presets.preset_form_screen import PresetFormScreen
from smtui.tui.presets.preset_rows import FOLD, PRESETS_COLUMNS, about, about_broken, preset_key, preset_rows
from smtui.tunnels.supervisor import TunnelRefused

if TYPE_CHECKING:
    from smtui.engine.launcher import Launcher
    from smtui.tui.desk import Desk

_CHANGING = {"edit", "new", "duplicate", "remove"}


class PresetsScreen(InnerScreen[None]):
    """Reads the presets anew each time it is shown."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [Path(__file__).with_name("presets.tcss")]
    AUTO_FOCUS = "RowTable"
    SCOPE = Scope.PRESETS
    NAME = "Presets"
    READS_FIRST = True
    REFUSED = ("presets.start",)
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PRESETS, Scope.WHERE, Scope.SIGN_IN)

    table = getters.query_one(RowTable)

    def __init__(self, launcher: Launcher, desk: Desk) -> None:
        super().__init__(launcher, desk)
        self._list = PresetList()
        self._ports = PresetPorts(launcher.tunnels)
        self._is_open: bool | None = None
        """Whether the presets that come with smtui are listed; None until it is known whether there are others."""

    def body(self) -> ComposeResult:
        """The presets."""
        yield RowTable(PRESETS_COLUMNS, id="presets")

    @property
    def words(self) -> tuple[tuple[str, ...], ...]:
        """How many presets there are."""
        if not self.first_rows.is_set():
            return (("reading…",),)
        own, builtin = len(self._list.own), sum(preset.builtin for preset in self._list.presets)
        included = len(self._list.presets) - own - builtin
        team = f"{included} of the team, " if included else ""
        return ((f"{own} yours, {team}{builtin} that come with smtui",), (f"{own} yours, {team}{builtin} more",))

    def on_mount(self) -> None:
        """Watch the tunnels: they take local ports."""
        self._ports.watch(self.on_screen_resume)

    def on_unmount(self) -> None:
        """Watch them no more."""
        self._ports.close()

    def on_screen_resume(self) -> None:
        """Read the presets."""
        self.work(self._read, "presets", instead=True)

    async def _read(self, then: str = "") -> None:
        found = await self._launcher.presets.load()
        await self._ports.look(found.presets)
        self._list = found
        if self._is_open is None:
            self._is_open = all(preset.builtin for preset in found.presets)
        self._show_rows()
        if then:
            self.table.go_to(f"own {then}")
        self.problems.show([*found.problems, *found.warnings])
        self.first_rows.set()
        self.show_header()
        self._moved()

    def _show_rows(self) -> None:
        shell = self._launcher.setup.shell
        self.table.show(preset_rows(self._list, is_open=bool(self._is_open), shell=shell, ports=self._ports.ports))

    @property
    def _current(self) -> Preset | None:
        return next((preset for preset in self._list.presets if preset_key(preset) == self.table.current), None)

    @on(RowTable.Moved)
    def _moved(self) -> None:
        preset = self._current
        shell, ports = self._launcher.setup.shell, self._ports.ports
        broken = about_broken(self._list, self.table.current)
        self.status.variants = about(preset, shell, ports) if preset is not None else broken
        self.refresh_bindings()

    # Keys --------------------------------------------------------------------------------------

    @property
    def footer_labels(self) -> Mapping[str, str]:
        """What `enter` does on the row that folds."""
        return {"presets.edit": "Close" if self._is_open else "Open"} if self._is_on_fold else {}

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer no change if the file cannot be read; dim changing what is built in."""
        if action in _CHANGING and self._list.problem:
            return False
        preset, works = self._current, True
        if action == "fold":
            works = self._is_on_fold
        elif action == "edit" and self._is_on_fold:
            works = True
        elif action in {"edit", "remove"}:
            works = preset is not None and not preset.builtin  # for an included one they say where it is
        elif action in {"duplicate", "start_preset"}:
            works = preset is not None
        return True if works else None

    def action_new(self) -> None:
        """Make a preset."""
        self.work(self._edit({}, "New preset"), "preset")

    @on(RowTable.Chosen)
    def action_edit(self) -> None:
        """Edit the preset under the cursor, if it is the user's own; open or close what can be folded."""
        if self._is_on_fold:
            self.action_fold()
            return
        preset = self._current
        if preset is not None and preset.origin:
            self._say_whose(preset)
        elif preset is not None and self.check_action("edit", ()):
            self.work(self._edit(key_texts(preset), f"Edit {preset.name}", replacing=preset.name), "preset")

    @property
    def _is_on_fold(self) -> bool:
        return self.table.current == FOLD

    def action_fold(self) -> None:
        """List the presets that come with smtui, or do not."""
        self._is_open = not self._is_open
        self._show_rows()
        self.refresh_bindings()

    def action_duplicate(self) -> None:
        """Make a preset from the one under the cursor."""
        preset = self._current
        if preset is not None:
            # A copy of an included one takes its place, unless the user gives it another name.
            texts = key_texts(preset) | {"name": preset.name if preset.origin else f"{preset.name} copy"}
            self.work(self._edit(texts, f"Copy of {preset.name}"), "preset")

    def action_remove(self) -> None:
        """Remove the preset under the cursor, after a question."""
        preset = self._current
        if preset is not None and preset.origin:
            self._say_whose(preset)
        elif preset is not None:
            self.work(self._remove(preset), "preset")

    def _say_whose(self, preset: Preset) -> None:
        way = f"{key_of('presets.copy')} makes one yours."
        self.say(f"{preset.name} is in {preset.origin}, which smtui only reads. {way}", "warning")

    def action_start_preset(self) -> None:
        """Start the preset under the cursor."""
        if self._current is not None:
            self.work(self._start(self._current), "preset")

    async def _edit(self, texts: dict[str, str], title: str, *, replacing: str = "") -> None:
        saved = await self.app.push_screen_wait(PresetFormScreen(self._launcher, texts, title, replacing=replacing))
        if saved:
            await self._read(saved)

    async def _remove(self, preset: Preset) -> None:
        words = f"{preset.destination}  {preset.note}".rstrip()
        question = ConfirmScreen(f"Remove the preset {preset.name}?", [words], "Remove it")
        if not await self.app.push_screen_wait(question):
            return
        try:
            await self._launcher.presets.remove(preset.name)
        except PresetsUnusable as refused:
            self.say(str(refused), "error")
        await self._read()

    async def _start(self, preset: Preset) -> None:
        try:
            await self._desk.start_preset(preset)
        except TunnelRefused as refused:
            self.say(str(refused), "warning")
