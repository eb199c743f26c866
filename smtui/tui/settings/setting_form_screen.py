"""Asks for the value of one setting, and writes it into config.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from smtui.domain.settings.kinds import NotAValue
from smtui.domain.settings.settings_values import SettingsUnchanged
from smtui.domain.text import harmless
from smtui.tui.commands import Scope, bindings
from smtui.tui.parts.field import Field
from smtui.tui.parts.form_sheet import FormSheet

if TYPE_CHECKING:
    from smtui.domain.settings.setting import Setting
    from smtui.engine.launcher import Launcher


class SettingFormScreen(FormSheet[bool]):
    """Changes one setting. Dismissed with True once it is written, or None."""

    AUTO_FOCUS = "FieldInput"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.SETTING_FORM)
    LAST = "Save"

    def __init__(self, launcher: Launcher, setting: Setting[Any]) -> None:
        super().__init__(f"Change {setting.key}")
        self._launcher = launcher
        self._setting = setting
        self._tried = False
        self._is_saving = False

    def body(self) -> ComposeResult:
        """The field, with what it means and what it may be."""
        setting, settings = self._setting, self._launcher.setup.settings.now
        yield Field(
            setting.key,
            "value",
            text=setting.kind.text(settings[setting]),
            placeholder=setting.default_words,
            note=f"{setting.meaning} It is {setting.kind.words()}.",
            values=setting.kind.options,
        )

    def _value(self) -> Any:
        """Return what is typed, as the file may hold it; raises `NotAValue`."""
        kind = self._setting.kind
        return kind.read(kind.written(kind.read_text(self.fields[0].text)))

    @on(Field.Changed)
    def _judge(self) -> None:
        self.forget_refusal()
        if self._tried:
            self._complain()

    def _complain(self) -> bool:
        """Show what is wrong with what is typed; return whether anything is."""
        try:
            self._value()
        except NotAValue as wrong:
            self.complain({self._setting.key: f"{self._setting.key} {harmless(str(wrong))}."})
            return True
        self.complain({})
        return False

    def action_start(self) -> None:
        """Save the value, or say what is wrong."""
        self._tried = True
        if not self._complain() and not self._is_saving:
            self._is_saving = True
            self.work(self._save(), "saving")

    async def _save(self) -> None:
        try:
            await self._launcher.setup.settings.change(self._launcher.off_loop, self._setting, self._value())
        except SettingsUnchanged as refused:
            self._is_saving = False
            self.refuse(str(refused))
        else:
            self.dismiss(True)
