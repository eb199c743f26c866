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
    """The environment variable that beats the file; empty if there is none."""
    option: str = ""
    """The option of the command line that beats both; empty if there is none."""
    default_words: str = ""
    """What the default means, where the value alone does not say it."""
    live: bool = True
    """Whether a change counts at once, while smtui runs; else from the next start."""
    example: str = ""
    """A value as TOML writes it, for the page."""
    if_wrong: T | None = None
    """The value while the file's own cannot be understood, for what protects the user; None for the default."""

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
