"""Declares what a setting is: its key in the file, the kind of its values, its default, and what it means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from smtui.domain.settings.kinds import Kind

T = TypeVar("T")


class Group(StrEnum):
    """The parts of the page of settings."""

    SCREEN = "The screen"
    SESSIONS = "Sessions"
    PLUGIN = "The plugin and its way"
    PRESETS = "Presets"


@dataclass(frozen=True, eq=False)
class Setting(Generic[T]):
    """One row of the table; each is a key of its own."""

    key: str
    """In config.toml; `hooks.before_session` stands in the table `[hooks]`."""
    group: Group
    kind: Kind[T]
    default: T
    meaning: str
    """One sentence in plain English."""
    variable: str = ""
    """The environment variable that overrides the file; empty if there is none."""
    option: str = ""
    """The option of the command line that overrides both; empty if there is none."""
    default_words: str = ""
    """What the default means, if the value alone does not say so."""
    live: bool = True
    """Whether a change takes effect while smtui runs; if not, at the next start."""
    example: str = ""
    """A value as TOML writes it, for the page."""
    if_wrong: T | None = None
    """The safe value while the file's own cannot be understood, for settings that protect the user; None for others."""

    @property
    def path(self) -> tuple[str, ...]:
        """The tables that lead to it, and its own name."""
        return tuple(self.key.split("."))

    def shown(self, value: T) -> str:
        """Return the value for a list of settings."""
        if value == self.default and self.default_words:
            return self.default_words
        return self.kind.shown(value)


class Variable(NamedTuple):
    """An environment variable that has no line in the file."""

    name: str
    meaning: str
    more: str = ""
