"""An app that follows the user's settings, also when they change: theme, keys and clipboard."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.worker import WorkType

from smtui.domain.settings.setting_table import CLIPBOARD, CLIPBOARD_COMMAND, COLUMNS, KEYS, PINNED_FIRST, THEME
from smtui.domain.settings.settings_values import Layer, Mistake, Origin, SettingsUnchanged
from smtui.tui.configured.rebinding import RebindingApp
from smtui.tui.looks.themes import PLAIN, fitting_theme

if TYPE_CHECKING:
    from smtui.domain.settings.setting import Setting
    from smtui.domain.settings.theme_source import ThemeSource
    from smtui.engine.launcher import Launcher
    from smtui.tui.configured.clipboard import SystemClipboard

_AUTO = "auto"
_TEXTUALS = "TEXTUAL_THEME"
_UNKEPT = "smtui is read-only, so the theme is not saved for the next start."


class ConfiguredApp(RebindingApp):
    """Knows the launcher's settings. A subclass calls `begin_as_set` once it has a launcher."""

    environ: Mapping[str, str]
    key_mistakes: Sequence[Mistake] = ()
    """What is wrong with the user's own keys."""
    theme_mistakes: Sequence[Mistake] = ()
    """That there is no theme of the name that is set."""

    def begin_as_set(self, launcher: Launcher, environ: Mapping[str, str], clipboard: SystemClipboard) -> None:
        """Apply the settings, and follow their changes."""
        self.environ = environ
        self._launcher = launcher
        self._settings = launcher.setup.settings
        self._system_clipboard = clipboard
        self.begin_with(self._theme_as_set())
        self._bind_own_keys()
        self._settings.watch(self._settings_changed)

    def _settings_changed(self, changed: Sequence[Setting[Any]]) -> None:
        if THEME in changed:
            self.theme = self._theme_as_set()
        if KEYS in changed:
            self._bind_own_keys()
        if {COLUMNS, PINNED_FIRST} & set(changed):
            self.list_changed()
        if {THEME, KEYS} & set(changed):
            self._show_keys_again()

    def list_changed(self) -> None:
        """Show the list as the settings say now."""

    # The theme -----------------------------------------------------------------------------------

    def _theme_as_set(self) -> str:
        """Return the theme to use. With few colours or none that is the plain one: its colours are roles.

        Textual's own variable overrides both: whoever sets it wants this very theme.
        """
        self.theme_mistakes = ()
        if named := self.environ.get(_TEXTUALS):
            return self._theme_named(named, Origin(Layer.ENVIRONMENT, _TEXTUALS))
        fitting, now = fitting_theme(self.environ), self._settings.now
        return fitting if fitting == PLAIN.name else self._theme_named(now[THEME], now.origin(THEME))

    def setting_mistakes(self) -> Sequence[Mistake]:
        """Return what is wrong with the theme and with the keys of the settings."""
        return (*self.theme_mistakes, *self.key_mistakes)

    def theme_refusal(self, name: str) -> str:
        """Return why this theme is not used here, as a sentence; empty if it can be."""
        if self.environ.get(_TEXTUALS):
            return f"{_TEXTUALS} overrides the setting: the theme is still {self.theme}."
        if name in (_AUTO, PLAIN.name) or fitting_theme(self.environ) != PLAIN.name:
            return ""
        why = "NO_COLOR is set" if "NO_COLOR" in self.environ else "This terminal has few colours"
        return f"{why}, so smtui still uses {PLAIN.name}."

    def _theme_named(self, name: str, origin: Origin) -> str:
        """Return the theme of this name, from the user's files if need be; else the one that fits."""
        if name == _AUTO:
            return fitting_theme(self.environ)
        if name not in self.available_themes:
            self.register_own_themes(self._settings.themes())
        if name in self.available_themes:
            return name
        self.theme_mistakes = (theme_mistake(name, origin, list(self.available_themes)),)
        self._launcher.notices.add(str(self.theme_mistakes[0]))
        return fitting_theme(self.environ)

    def register_own_themes(self, sources: Sequence[ThemeSource]) -> None:
        """Make themes of the user's files, and report what is wrong in them."""
        if not sources:
            return
        from smtui.tui.looks.own_themes import own_theme

        for theme, mistakes, _ in map(own_theme, sources):
            if theme is not None:
                self.register_theme(theme)
            for mistake in mistakes:
                self._launcher.notices.add(str(mistake))

    async def look_for_themes(self) -> None:
        """Read the user's theme files, so that they can be chosen."""
        self.register_own_themes(await self._launcher.off_loop.call(self._settings.themes))

    def action_choose_theme(self, name: str) -> None:
        """Use this theme, and keep the choice for the next start."""
        if refusal := self.theme_refusal(name):
            self.notify(refusal, severity="warning", markup=False)
        else:
            self.theme = name
        setup = self._launcher.setup
        if setup.read_only and not setup.demo:
            self.notify(_UNKEPT, severity="warning", markup=False)
        elif not setup.demo and self._settings.store is not None:
            self._in_background(partial(self._keep_theme, name), "theme")

    async def _keep_theme(self, name: str) -> None:
        try:
            await self._settings.change(self._launcher.off_loop, THEME, name)
        except SettingsUnchanged as unchanged:
            self.notify(f"The theme was not saved for the next start. {unchanged}", severity="warning", markup=False)

    # Keys ----------------------------------------------------------------------------------------

    def _bind_own_keys(self) -> None:
        now = self._settings.now
        self.key_mistakes = tuple(key_mistakes(self.use_own_keys(now[KEYS]), now.origin_of))
        for mistake in self.key_mistakes:
            self._launcher.notices.add(str(mistake))

    def _show_keys_again(self) -> None:
        """Redraw every screen: it may name a key, or show a colour."""
        for screen in self.screen_stack if self.is_running else ():
            screen.refresh(layout=True)

    # The clipboard -------------------------------------------------------------------------------

    def copy_to_clipboard(self, text: str) -> None:
        """Copy in the way that the settings name, and report a failure. `auto` tries both terminal and system."""
        way, put = self._settings.now[CLIPBOARD], self._system_clipboard
        if way in (_AUTO, "osc52") and not self.terminal_is_lent:
            App.copy_to_clipboard(self, text)
        if way == _AUTO:
            self._in_background(partial(put.put, text), "clipboard")
        elif way == "native":
            self._in_background(partial(self._copy, partial(put.copy, text)), "clipboard")
        elif way == "command":
            command = self._settings.now[CLIPBOARD_COMMAND]
            run = partial(put.run, command, text)
            self._in_background(partial(self._copy, run), "clipboard")

    @property
    def terminal_is_lent(self) -> bool:
        """Whether a session has the terminal."""
        return False

    def _in_background(self, work: WorkType[Any], group: str) -> None:
        self.run_worker(work, group=group, exit_on_error=False)

    async def _copy(self, copy: Callable[[], Awaitable[str]]) -> None:
        if wrong := await copy():
            self.notify(f"Not copied: {wrong}", severity="error", markup=False)


def key_mistakes(found: Sequence[tuple[str, str]], origin_of: Callable[[str], Origin]) -> Iterator[Mistake]:
    """Yield what is wrong with the user's keys in the order of the file, each with its line."""
    mistakes = [(f"{KEYS.key}.{command_id}", sentence) for command_id, sentence in found]
    for key, sentence in sorted(mistakes, key=lambda mistake: origin_of(mistake[0]).line):
        yield Mistake(origin_of(key), key, sentence)


def theme_mistake(name: str, origin: Origin, known: Sequence[str]) -> Mistake:
    """Return the mistake of naming a theme that does not exist."""
    from smtui.domain.settings.kinds import near_hint, nearest

    near = nearest(name, known)
    return Mistake(origin, THEME.key, f"there is no theme {name}{near_hint(near)}", near)


def known_themes() -> list[str]:
    """Return the names of themes that need no file: smtui's, those of Textual, and the word for the one that fits."""
    from textual.theme import BUILTIN_THEMES

    from smtui.tui.looks.themes import THEMES

    return [_AUTO, *(theme.name for theme in THEMES), *BUILTIN_THEMES]
