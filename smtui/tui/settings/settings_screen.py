"""Lists every setting (`,`) with its value and where that comes from; changes one, or opens the file in an editor."""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input

from smtui.domain.settings.setting_table import BY_KEY, FILE_NAME, KEYS, THEME
from smtui.domain.settings.settings_values import Layer, SettingsUnchanged
from smtui.domain.text import error_words, harmless
from smtui.tui.commands import Scope, bindings
from smtui.tui.lists.find_input import FindInput
from smtui.tui.parts.dialog import Dialog
from smtui.tui.parts.row_table import RowTable
from smtui.tui.parts.status_line import StatusLine
from smtui.tui.settings.setting_form_screen import SettingFormScreen
from smtui.tui.settings.setting_rows import COLUMNS, about, row_mistake, setting_rows

if TYPE_CHECKING:
    from smtui.domain.settings.setting import Setting
    from smtui.domain.settings.settings_values import Mistake
    from smtui.engine.launcher import Launcher
    from smtui.tui.terminal.handover import Handover

_READ_ONLY = "smtui is read-only, so it changes no settings."
_CHANGING = ("settings.change", "settings.edit", "settings.default")


class SettingsJudge(Protocol):
    """Judges what only the app can; it is the app."""

    def setting_mistakes(self) -> Sequence[Mistake]:
        """Return what is wrong with the theme and with the keys of the settings."""

    def theme_refusal(self, name: str) -> str:
        """Return why this theme is not used here, as a sentence; empty if it can be."""


class SettingFind(FindInput, inherit_bindings=False):
    """What is sought in the settings."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Scope.SETTING_FIND), *FindInput.TYPING]


class SettingsScreen(Dialog[None]):
    """Every setting, and every mistake of the file."""

    SCOPE = Scope.SETTINGS
    AUTO_FOCUS = "RowTable"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.SETTINGS)
    DEFAULT_CSS = """
    SettingsScreen {
        &.-wide > #sheet { width: 104; }
        RowTable { height: auto; max-height: 1fr; background: $surface; scrollbar-background: $surface; }
        SettingFind { display: none; height: 1; background: $field; }
        SettingFind.-used { display: block; }
    }
    """

    table = getters.query_one(RowTable)
    finding = getters.query_one(SettingFind)

    def __init__(self, launcher: Launcher, handover: Handover, judge: SettingsJudge) -> None:
        super().__init__("Settings")
        self._judge = judge
        self._launcher = launcher
        self._handover = handover
        self._book = launcher.setup.settings
        self._is_editing = False

    def body(self) -> ComposeResult:
        """The search and the settings."""
        yield SettingFind(compact=True, select_on_focus=False, placeholder="words of a setting, or of what it means")
        yield RowTable(COLUMNS)

    @property
    def not_in_footer(self) -> Collection[str]:
        """What read-only refuses."""
        return _CHANGING if self._launcher.setup.read_only else ()

    def on_mount(self) -> None:
        """Show what is in force, and read the file again."""
        self._show()
        self.work(self._read, "settings", instead=True)

    async def _read(self) -> None:
        await self._book.reload(self._launcher.off_loop)
        self._show()

    # What is shown -----------------------------------------------------------------------------

    @property
    def _mistakes(self) -> Sequence[Mistake]:
        return (*self._book.now.mistakes, *self._judge.setting_mistakes())

    def _show(self) -> None:
        for table in self.query(RowTable):  # none while the screen closes
            table.show(setting_rows(self._book.now, self._mistakes, self.finding.value))
        lines = [mistake.origin.line for mistake in self._mistakes if mistake.origin.line]
        wrong = f"line {min(lines)} ✕" if lines else "✕" if self._mistakes else ""
        store = self._book.store
        file = harmless(_tilde(self._path)) if store is None or store.is_kept else "changes end with the demo"
        self._titles = ("Settings", file, wrong)
        self.show_title()
        self._moved()

    @property
    def _path(self) -> str:
        store = self._book.store
        return str(store.path) if store is not None else ""

    @property
    def _setting(self) -> Setting[Any] | None:
        return BY_KEY.get(self.table.current)

    @on(RowTable.Moved)
    def _moved(self) -> None:
        mistake = row_mistake(self.table.current, self._mistakes)
        words = (str(mistake),) if mistake else about(self._setting) if self._setting is not None else ("",)
        for line in self.query(StatusLine):
            line.variants = words
        self.refresh_bindings()

    # Finding -----------------------------------------------------------------------------------

    def action_find(self) -> None:
        """Type words to find."""
        self.finding.add_class("-used")
        self.finding.focus()

    @on(Input.Changed)
    def _sought(self) -> None:
        self._show()

    @on(SettingFind.Done)
    def _found(self) -> None:
        if not self.finding.value:
            self.finding.remove_class("-used")
        self.table.focus()

    def action_back(self) -> None:
        """Show all settings again, else go back."""
        if self.finding.value:
            self.finding.value = ""
            self.finding.remove_class("-used")
        else:
            self.leave()

    def leave(self) -> None:
        """Go back."""
        self.dismiss(None)

    # Changes -----------------------------------------------------------------------------------

    def _is_refused(self) -> bool:
        if self._launcher.setup.read_only:
            self.say(_READ_ONLY, "warning")
        return self._launcher.setup.read_only

    @on(RowTable.Chosen)
    def action_change(self) -> None:
        """Ask for another value of the setting under the cursor."""
        setting = self._setting
        if setting is None or setting is KEYS:
            self.action_edit()  # what is no setting, and a table of keys, are changed by hand
        elif not self._is_refused():
            self.work(self._change(setting), "setting")

    async def _change(self, setting: Setting[Any]) -> None:
        if await self.app.push_screen_wait(SettingFormScreen(self._launcher, setting)):
            self._show()
            self._say_when(setting)

    def _say_when(self, setting: Setting[Any]) -> None:
        origin, value = self._book.now.origin(setting), harmless(setting.shown(self._book.now[setting]))
        if origin.layer in (Layer.ENVIRONMENT, Layer.OPTION):
            self.say(f"Saved, but {origin.name} overrides the file: {setting.key} is still {value}.", "warning")
        elif mistake := row_mistake(setting.key, self._mistakes):
            self.say(str(mistake), "warning")
        elif setting is THEME and (refusal := self._judge.theme_refusal(self._book.now[THEME])):
            self.say(f"Saved. {refusal}", "warning")
        elif not setting.live:
            self.say(f"{setting.key} takes effect at the next start.")
        else:
            self.say(f"{setting.key} is {value} now.")

    def action_default(self) -> None:
        """Take what is under the cursor out of the file, so that the default counts."""
        if not self._is_refused():
            self.work(self._default(), "setting", instead=True)

    async def _default(self) -> None:
        setting = self._setting
        mistake = row_mistake(self.table.current, self._mistakes)
        path = setting.path if setting is not None else mistake.path if mistake is not None else ()
        if not path or (setting is not None and not self._is_in_file(setting)):
            self.say("The file does not set it." if setting is not None else "Correct that line in the file.")
            return
        try:
            await self._book.remove(self._launcher.off_loop, path)
        except SettingsUnchanged as refused:
            self.say(str(refused), "error")
            return
        self._show()
        if setting is not None:
            self._say_when(setting)

    def _is_in_file(self, setting: Setting[Any]) -> bool:
        mistake = row_mistake(setting.key, self._mistakes)
        is_wrong = mistake is not None and bool(mistake.path)
        return is_wrong or self._book.now.origin(setting).layer is Layer.FILE

    # The editor --------------------------------------------------------------------------------

    def action_edit(self) -> None:
        """Open the file in the user's editor, and read it afterwards."""
        store = self._book.store
        if self._is_refused() or self._is_editing or store is None:
            return
        if refusal := self._handover.refusal() if store.is_kept else f"The demo leaves your {FILE_NAME} alone.":
            self.say(refusal, "warning")
        else:
            self.work(self._edit(), "editor")

    async def _edit(self) -> None:
        command = editor_command(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "", self._path)
        self._is_editing = True
        try:
            await self._launcher.off_loop.call(lambda: _make_folder(self._path))
            await self._launcher.sessions.run_program(command, {}, self._handover.lend)
        except FileNotFoundError:
            self.say(f"{command[0]} is not on PATH. Set EDITOR to your editor, or edit {self._path}.", "warning")
        except Exception as error:
            self.say(f"{command[0]} could not be started: {error_words(error)}.", "warning")
        finally:
            self._is_editing = False
        await self._read()
        if self._mistakes:
            self.say(str(self._mistakes[0]), "warning")


def editor_command(editor: str, path: str) -> tuple[str, ...]:
    """Return the command that opens the file in this editor; without one in the system's own."""
    with suppress(ValueError):  # a quote that is not closed
        if words := shlex.split(editor):
            return (*words, path)
    return ("notepad" if os.name == "nt" else "vi", path)


def _make_folder(path: str) -> None:
    Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)


def _tilde(path: str) -> str:
    home = os.path.expanduser("~")  # noqa: PTH111 - of a text that may be empty
    return f"~{path.removeprefix(home)}" if path.startswith(f"{home}{os.sep}") else path
