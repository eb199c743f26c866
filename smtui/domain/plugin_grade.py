"""Grades Session Manager plugins by their version, and chooses the one to use.

Sources: AWS's page on installing the plugin (minimum 1.1.17.0) and the plugin's release notes: 1.2.764.0 is the
oldest that AWS says it will go on supporting, 1.2.536.0 the first to take the response from the environment,
1.2.835.0 the first with escapes such as `~.`, 1.2.889.0 was withdrawn on the day of its release, and what 1.2.688.0
changed was taken back in 1.2.694.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from smtui.domain.version import Version

MINIMUM = Version.of("1.1.17.0")
RECOMMENDED = Version.of("1.2.764.0")
LAST_WITH_TOKEN_ON_ARGV = Version.of("1.2.497.0")
FIRST_WITH_ESCAPES = Version.of("1.2.835.0")
WITHDRAWN = frozenset({Version.of("1.2.688.0"), Version.of("1.2.889.0")})

AUTO = "auto"
BUILTIN = "builtin"


class PluginGrade(StrEnum):
    """How far a plugin can be trusted with a session."""

    FINE = "fine"
    OUTDATED = "outdated"
    KNOWN_BAD = "known bad"
    CANNOT_HIDE_TOKEN = "cannot hide the token"  # noqa: S105 - a grade, not a password
    TOO_OLD = "too old"
    UNREADABLE = "version unreadable"
    MISSING = "missing"
    BUILTIN = "built in"

    @property
    def usable(self) -> bool:
        """Whether smtui starts sessions with it."""
        return self in _USABLE

    @property
    def wrong(self) -> str:
        """What is wrong, in one sentence; empty if nothing is."""
        return _WRONG[self]


_USABLE = frozenset({PluginGrade.FINE, PluginGrade.OUTDATED, PluginGrade.KNOWN_BAD, PluginGrade.BUILTIN})

_WRONG: dict[PluginGrade, str] = {
    PluginGrade.FINE: "",
    PluginGrade.OUTDATED: f"It is older than {RECOMMENDED}, the oldest version AWS goes on supporting.",
    PluginGrade.KNOWN_BAD: "AWS withdrew this version soon after its release.",
    PluginGrade.CANNOT_HIDE_TOKEN: (
        f"Versions up to {LAST_WITH_TOKEN_ON_ARGV} want the session's token on the command line, "
        "where every user of this machine can read it."
    ),
    PluginGrade.TOO_OLD: f"It is older than {MINIMUM}, the oldest version Session Manager accepts.",
    PluginGrade.UNREADABLE: "It did not report its version.",
    PluginGrade.MISSING: "There is no plugin.",
    PluginGrade.BUILTIN: "",
}


def grade(version: Version | None) -> PluginGrade:
    """Grade an official plugin by its version; None if the version could not be read."""
    if version is None:
        return PluginGrade.UNREADABLE
    if version < MINIMUM:
        return PluginGrade.TOO_OLD
    if version <= LAST_WITH_TOKEN_ON_ARGV:
        return PluginGrade.CANNOT_HIDE_TOKEN
    if version in WITHDRAWN:
        return PluginGrade.KNOWN_BAD
    return PluginGrade.OUTDATED if version < RECOMMENDED else PluginGrade.FINE


@dataclass(frozen=True, slots=True)
class FoundPlugin:
    """One plugin program on this machine, as it answered `--version`."""

    path: str
    version: Version | None
    ours: bool = False
    """Whether it is smtui's own plugin under the official name."""
    missing: bool = False
    """Whether there is nothing at `path` that can be run."""
    trouble: str = ""
    """Why the version could not be read, in one sentence."""
    off_path: str = ""
    """The installer's folder that holds the plugin but is not on PATH; empty for none."""

    @property
    def grade(self) -> PluginGrade:
        """Its grade by version."""
        if self.ours:
            return PluginGrade.BUILTIN
        return PluginGrade.MISSING if self.missing else grade(self.version)


@dataclass(frozen=True, slots=True)
class PluginPick:
    """The plugin that a session will use, and why."""

    path: str
    """Empty for the built-in plugin."""
    version: Version | None
    grade: PluginGrade
    because: str
    """Why it was chosen, in one sentence."""
    trouble: str = ""
    off_path: str = ""
    """The installer's folder that has the official plugin and is not on PATH; empty for none."""

    @property
    def builtin(self) -> bool:
        """Whether it is smtui's own plugin."""
        return self.grade is PluginGrade.BUILTIN

    @property
    def off_path_on_windows(self) -> bool:
        """Whether `off_path` is a Windows path."""
        return "\\" in self.off_path

    @property
    def usable(self) -> bool:
        """Whether a session may be started; if not, `complaint` says why."""
        return self.grade.usable

    @property
    def has_escapes(self) -> bool:
        """Whether it handles escapes such as `~.` itself; ours leaves them to smtui."""
        return not self.builtin and self.version is not None and self.version >= FIRST_WITH_ESCAPES

    @property
    def complaint(self) -> str:
        """What is wrong with it, with its name, in a sentence or two; empty if nothing is."""
        if not self.grade.wrong:
            return ""
        which = f"{self.path} {self.version}" if self.version else self.path
        return f"{which}: {self.trouble or self.grade.wrong}"


def pick(
    choice: str,
    found: FoundPlugin | None,
    *,
    endpoint_is_aws: bool,
    on_terminal: bool = True,
    in_background: bool = False,
    chosen_by: str = "SMTUI_PLUGIN",
) -> PluginPick:
    """Choose by SMTUI_PLUGIN or the setting: `auto` (or empty), `builtin`, or a path; `found` is the plugin there.

    A path is never replaced by another plugin: if it cannot be used, neither can the pick.
    """
    if choice == BUILTIN:
        return _ours(f"{chosen_by} asks for smtui's own plugin.")
    if choice not in ("", AUTO):
        return _named(found or FoundPlugin(choice, None, missing=True), chosen_by)
    reason = _NOT_IN_BACKGROUND if in_background else ""
    reason = reason or _why_not(found, endpoint_is_aws=endpoint_is_aws, on_terminal=on_terminal)
    if reason or found is None:
        return _ours(reason)
    return _official(found, "The official plugin was found.")


def ours_for_a_program() -> PluginPick:
    """Pick our own plugin for a session whose streams a program reads: others mix their words into the data."""
    return _ours(_NOT_FOR_PROGRAMS)


def ours_to_resume() -> PluginPick:
    """Pick our own plugin for a session that another program opened: others show nothing of it."""
    return _ours(_NOT_TO_RESUME)


_NOT_TO_RESUME = "Only smtui's own plugin goes on with a session that another program opened."
_NOT_FOR_PROGRAMS = "Only smtui's own plugin keeps its words apart from the data of a session."
_NOT_IN_BACKGROUND = "Only smtui's own plugin reports the traffic of a tunnel, and ends when the tunnel is dead."


def _why_not(found: FoundPlugin | None, *, endpoint_is_aws: bool, on_terminal: bool) -> str:
    """Return why `auto` does not take the official plugin; empty if it does."""
    if found is None:
        return "No session-manager-plugin was found on PATH or in its usual folders."
    if found.ours:
        return f"{found.path} is smtui's own plugin under the official name."
    if not endpoint_is_aws:
        return "The endpoint is not AWS's own, and official plugins may connect to AWS only."
    if not on_terminal:
        return "Only smtui's own plugin keeps stdout and stderr apart without a terminal."
    if found.grade not in (PluginGrade.FINE, PluginGrade.OUTDATED):
        return f"The official plugin is not used. {_official(found, '').complaint}"
    return ""


def _named(found: FoundPlugin, chosen_by: str) -> PluginPick:
    if found.ours:
        return _ours(f"{chosen_by} names {found.path}, which is smtui's own plugin.")
    return _official(found, f"{chosen_by} names it.")


def _official(found: FoundPlugin, because: str) -> PluginPick:
    return PluginPick(found.path, found.version, found.grade, because, found.trouble, found.off_path)


def _ours(because: str) -> PluginPick:
    return PluginPick("", None, PluginGrade.BUILTIN, because)
