"""Declares the setting that chooses a plugin, and keeps one in memory."""

from __future__ import annotations

from typing import Protocol


class ChoiceNotSaved(Exception):
    """The setting was not written; the message is a sentence for the user."""


class PluginSetting(Protocol):
    """The setting `plugin`; lives on the event loop."""

    def now(self) -> str:
        """Its value, from wherever it comes: `auto`, `builtin` or a path; empty if nothing says it."""

    def variable_decides(self) -> bool:
        """Tell whether SMTUI_PLUGIN says it, which beats the file."""

    async def write(self, choice: str) -> str:
        """Write it, and return where, as a sentence. Raises `ChoiceNotSaved`."""


class ChoiceInMemory:
    """A setting that lasts until smtui ends, such as the demo's."""

    def __init__(self, variable: str = "", choice: str = "") -> None:
        """`variable` is the value of SMTUI_PLUGIN, empty if it is not set; `choice` is what counts without it."""
        self._variable = variable
        self._choice = choice

    def now(self) -> str:
        """Its value."""
        return self._variable or self._choice

    def variable_decides(self) -> bool:
        """Tell whether the variable is set."""
        return bool(self._variable)

    async def write(self, choice: str) -> str:
        """Keep it."""
        self._choice = choice
        return "Chosen until smtui ends."
