"""Asks for the fields of a preset, and saves it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll

from smtui.domain.preset import PresetsUnusable
from smtui.tui.commands import Scope, bindings
from smtui.tui.parts.field import Field
from smtui.tui.parts.form_sheet import FormSheet
from smtui.tui.presets.preset_form import PRESET_FIELDS, preset_of, problems

if TYPE_CHECKING:
    from smtui.engine.launcher import Launcher


class PresetFormScreen(FormSheet[str]):
    """Makes or edits a preset. Dismissed with the name of the one that was saved, or None."""

    AUTO_FOCUS = "FieldInput"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PRESET_FORM)
    LAST = "Save"

    def __init__(self, launcher: Launcher, texts: Mapping[str, str], title: str, *, replacing: str = "") -> None:
        super().__init__(title)
        self._launcher = launcher
        self._given = texts
        self._replacing = replacing
        self._tried = False
        self._is_saving = False

    def body(self) -> ComposeResult:
        """One field for each key of a preset."""
        with VerticalScroll(id="fields", can_focus=False):
            for known in PRESET_FIELDS:
                yield Field(
                    known.key,
                    known.label,
                    text=self._given.get(known.key, ""),
                    placeholder=known.placeholder,
                    note=known.note,
                )

    @on(Field.Changed)
    def _judge(self) -> None:
        self.forget_refusal()
        self.complain(problems(self.texts(), started=self._tried))

    def action_start(self) -> None:
        """Save the preset, or say what is wrong."""
        self._tried = True
        found = problems(self.texts(), started=True)
        self.complain(found)
        if found:
            self.focus_field(next(i for i, field in enumerate(self.fields) if field.field_name in found))
        elif not self._is_saving:
            self._is_saving = True
            self.work(self._save(), "saving")

    async def _save(self) -> None:
        preset = preset_of(self.texts())
        try:
            await self._launcher.presets.save(preset, replacing=self._replacing)
        except PresetsUnusable as refused:
            self._is_saving = False
            self.refuse(str(refused))
        else:
            self.dismiss(preset.name)
