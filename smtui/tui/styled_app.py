"""An app that reads styles once: its own for the first screen, a feature's when the feature is first shown."""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.cache import LRUCache
from textual.screen import Screen

from smtui.tui.looks.themes import THEMES

_MOST_SOURCES = 1024
"""Textual keeps 64 parsed sources; there are more after some screens, and then each new widget has all parsed anew."""


class StyledApp(App[None]):
    """Knows our themes. A screen's `CSS_PATH` must style no other screen."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._disable_tooltips = True  # nothing has one, and Textual would mount and style a widget for them
        self.stylesheet._parse_cache = LRUCache(_MOST_SOURCES)  # noqa: SLF001 - it has no setting
        for theme in THEMES:
            self.register_theme(theme)

    def begin_with(self, theme: str) -> None:
        """Use this theme from the start: one that is set as usual has all styles parsed again."""
        self.set_reactive(App.theme, theme)
        is_dark = self.current_theme.dark
        classes = {f"-theme-{theme}": True, "-dark-mode": is_dark, "-light-mode": not is_dark}
        self.update_classes(classes, update=False)
        self._refresh_truecolor_filter(self.ansi_theme)
        self.stylesheet.set_variables(self.get_css_variables())

    def _load_screen_css(self, screen: Screen[Any]) -> None:
        """Read the screen's styles when it is first shown. Textual would parse all others again, and apply them."""
        unread = [path for path in screen.css_path if not self.stylesheet.has_source(str(path), "")]
        if unread:
            self.stylesheet.read_all(unread)
            self.stylesheet.parse()
