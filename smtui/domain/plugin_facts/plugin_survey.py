"""Holds what was found out about plugins: which there are, which is used, what checks and tests say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from smtui.domain.plugin_facts.plugin_fixes import PluginFix, Use, newer_fixes
from smtui.domain.plugin_grade import AUTO, BUILTIN, FoundPlugin, PluginPick

OUR_NAME = "built-in"
"""What lists call smtui's own plugin."""


class ChosenBy(StrEnum):
    """What says which plugin is used."""

    NOBODY = "auto"
    VARIABLE = "SMTUI_PLUGIN"
    SETTING = "config.toml"


@dataclass(frozen=True, slots=True)
class PluginSurvey:
    """The plugins of this machine."""

    plugins: tuple[FoundPlugin, ...]
    """Every plugin once, in the order in which they are looked for; ours, with an empty path, comes last."""
    shells: PluginPick
    """What a shell started now would use."""
    forwards: PluginPick
    """What a forward started now would use."""
    chosen_by: ChosenBy = ChosenBy.NOBODY
    choice: str = AUTO
    """As the variable or the setting has it."""

    @property
    def best(self) -> FoundPlugin | None:
        """The official plugin that matters here: the one in use, else the first; None if there is none."""
        official = [found for found in self.plugins if not found.ours and not found.missing]
        return next((found for found in official if found.path == self.shells.path), official[0] if official else None)

    def fixes(self, system: str) -> tuple[PluginFix, ...]:
        """Return what newer plugins than the one that matters mend; nothing unless its version is known."""
        known = self.best.version if self.best is not None else None
        return newer_fixes(known, system) if known is not None else ()

    def uses(self, found: FoundPlugin) -> str:
        """Return what this plugin is used for: `shells and forwards`, `shells`, `forwards`, or nothing."""
        picks = ((Use.SHELLS, self.shells), (Use.FORWARDS, self.forwards))
        return " and ".join(use for use, pick in picks if is_picked(pick, found))


def is_picked(pick: PluginPick, found: FoundPlugin) -> bool:
    """Tell whether this is the plugin that was picked."""
    return not found.path if pick.builtin else pick.path == found.path


def choice_of(found: FoundPlugin) -> str:
    """Return the value of the setting that chooses this plugin."""
    return found.path or BUILTIN


class CheckState(StrEnum):
    """What a check of a plugin's file came to."""

    GOOD = "✓"
    WARN = "!"
    BAD = "✕"
    UNKNOWN = "?"


@dataclass(frozen=True, slots=True)
class PluginCheck:
    """One thing that was checked about a plugin."""

    name: str
    state: CheckState
    text: str
    """What was found, as a sentence."""


def checks_fail(checks: tuple[PluginCheck, ...]) -> bool:
    """Tell whether one of them says that the plugin is not to be trusted."""
    return any(check.state is CheckState.BAD for check in checks)


class TrialState(StrEnum):
    """What a test session came to."""

    WORKED = "✓"
    FAILED = "✕"
    IMPOSSIBLE = "–"


@dataclass(frozen=True, slots=True)
class Trial:
    """A test session of one plugin against the simulated Region."""

    path: str
    """The plugin's; empty for ours."""
    state: TrialState
    at: datetime
    seconds: float = 0.0
    """From StartSession to the end of the session."""
    text: str = ""
    """Why it failed or was not possible, as a sentence."""


@dataclass(frozen=True, slots=True)
class DebugLog:
    """The log of one plugin."""

    path: str
    is_on: bool
    level: str = ""
    """As the official plugin's configuration has it; empty for ours."""
    settings: str = ""
    """The file that turns it on; empty for ours."""
    trouble: str = ""
    """Why it is not known whether it is on, as a sentence."""
    fixed_by: str = ""
    """The variable or the file that decides it, whatever the switch says; empty if nothing does."""
    size: int | None = None
    """Bytes of our log; None if there is none, and for the official one."""


@dataclass(frozen=True, slots=True)
class SwitchSteps:
    """What switching a log came to: done, or commands that must be run as administrator."""

    text: str
    """What was done, or why it was not, in a sentence or two."""
    commands: tuple[str, ...] = ()
    """To be pasted in this order; empty if nothing is left to do."""
    is_done: bool = True
    """Whether the log is as it was wanted; else `commands` make it so, or nothing does."""
