"""Holds the settings in force while smtui runs, and tells who listens when they change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from smtui.domain.settings.setting import Setting
from smtui.domain.settings.settings_values import Settings

Listener = Callable[[Sequence[Setting[Any]]], None]
"""Called with the settings whose values have changed."""


class SettingsBook:
    """The settings of this run; lives on the event loop."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._now = settings or Settings()
        self._listeners: list[Listener] = []

    @property
    def now(self) -> Settings:
        """The values in force: `book.now[REFRESH]`."""
        return self._now

    def watch(self, listener: Listener) -> None:
        """Call `listener` after each change, with the settings that have another value now."""
        self._listeners.append(listener)

    def put(self, settings: Settings) -> None:
        """Let these be in force from now on."""
        changed = settings.changed(self._now)
        self._now = settings
        for listener in self._listeners if changed else ():
            listener(changed)
