"""Holds the content of one of the user's theme files, before its roles are checked."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from smtui.domain.settings.settings_values import Layer, Mistake, Origin

FOLDER = "themes"
"""In the folder of config.toml; each `NAME.toml` there is the theme NAME."""


class ThemeSource(NamedTuple):
    """One file of colours."""

    name: str
    """Of the theme: the file's, without its suffix."""
    values: Mapping[str, Any] = MappingProxyType({})
    lines: Mapping[str, int] = MappingProxyType({})
    """The line of each key, counted from 1."""
    mistakes: tuple[Mistake, ...] = ()
    """Lines that are not TOML, or why the file cannot be read."""

    @property
    def file(self) -> str:
        """The file, as a mistake names it."""
        return f"{FOLDER}/{self.name}.toml"

    def mistake(self, key: str, sentence: str, near: str = "") -> Mistake:
        """Return a mistake in the line of this key."""
        return Mistake(Origin(Layer.FILE, self.file, self.lines.get(key, 0)), key, sentence, near)
