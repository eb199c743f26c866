"""Lists what each release of the official plugin mends, and grades a plugin for shells and for forwards apart.

Source: the plugin's release notes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from smtui.domain.plugin_grade import FoundPlugin, PluginGrade, grade
from smtui.domain.version import Version

NEWEST = Version.of("1.2.896.0")
"""The newest release that smtui knows."""
FIRST = Version.of("1.0.0.0")
FIRST_STEADY_FORWARDS = Version.of("1.2.835.0")
"""Older ones may leave a forward dead after a lost connection, without a word."""
FIRST_WITHOUT_LOOPBACK = Version.of("1.2.889.0")
"""Since then a plugin connects to AWS's own hosts alone, so never to the simulated Region."""
_WITHOUT_WORDS = "Older than 1.2.835.0: after a lost connection a forward may be dead without a word."


class Use(StrEnum):
    """What a plugin is used for."""

    SHELLS = "shells"
    FORWARDS = "forwards"
    BOTH = "shells and forwards"


@dataclass(frozen=True, slots=True)
class PluginFix:
    """One thing that a release mends or brings."""

    version: Version
    text: str
    """What is better since, as a sentence."""
    use: Use = Use.BOTH
    system: str = ""
    """`windows` or `macos` if it matters there only; empty for every system."""
    since: Version = FIRST
    """The oldest version that has the fault; those before never had it."""


PLUGIN_FIXES = (
    PluginFix(
        Version.of("1.2.536.0"),
        "Takes the session's token from its environment, not from the command line that every user can read.",
    ),
    PluginFix(
        Version.of("1.2.694.0"),
        "Starts promptly again where credentials are slow to find.",
        since=Version.of("1.2.688.0"),
    ),
    PluginFix(
        Version.of("1.2.764.0"),
        "Signs the connection that carries the session. AWS is going to refuse plugins that do not.",
    ),
    PluginFix(
        Version.of("1.2.792.0"), "International keyboards work: AltGr and dead keys arrive.", Use.SHELLS, "windows"
    ),
    PluginFix(
        Version.of("1.2.814.0"), "Reconnects with renewed credentials of IAM Identity Center instead of failing."
    ),
    PluginFix(
        Version.of("1.2.814.0"), "The package is notarised by Apple, and Homebrew has a cask.", Use.BOTH, "macos"
    ),
    PluginFix(
        FIRST_STEADY_FORWARDS, "Forwards work again after a lost connection; before, they died silently.", Use.FORWARDS
    ),
    PluginFix(
        FIRST_STEADY_FORWARDS, "~. ends a hanging session and ~? lists the escapes, at the start of a line.", Use.SHELLS
    ),
    PluginFix(NEWEST, "Connects only to AWS's own hosts, whatever address it is given. Replaces 1.2.889.0."),
)
"""By version, the oldest first."""


def newer_fixes(version: Version | None, system: str) -> tuple[PluginFix, ...]:
    """Return what newer plugins mend on this system (`linux`, `macos`, `windows`); all if `version` is unknown."""
    newer = (fix for fix in PLUGIN_FIXES if version is None or fix.since <= version < fix.version)
    return tuple(fix for fix in newer if fix.system in ("", system))


@dataclass(frozen=True, slots=True)
class UseGrade:
    """How good a plugin is for one use."""

    grade: PluginGrade
    why: str
    """What is wrong, in one sentence; empty if nothing is."""


def use_grade(found: FoundPlugin, use: Use) -> UseGrade:
    """Grade a plugin for shells or for forwards: some are fine for the first and outdated for the second."""
    if found.ours or found.missing:
        return UseGrade(found.grade, found.grade.wrong)
    given = grade(found.version)
    is_silent = found.version is not None and found.version < FIRST_STEADY_FORWARDS
    if given is PluginGrade.FINE and use is not Use.SHELLS and is_silent:
        return UseGrade(PluginGrade.OUTDATED, _WITHOUT_WORDS)
    return UseGrade(given, found.trouble or given.wrong)


def grade_words(found: FoundPlugin) -> str:
    """Return the grade in a few words, with its mark: `✓ good`, `! outdated for forwards`, `✕ never used`."""
    shells, forwards = use_grade(found, Use.SHELLS).grade, use_grade(found, Use.FORWARDS).grade
    if shells is PluginGrade.FINE and forwards is PluginGrade.OUTDATED:
        return "! outdated for forwards"
    return _WORDS[shells]


_WORDS = {
    PluginGrade.FINE: "✓ good",
    PluginGrade.BUILTIN: "✓ good",
    PluginGrade.OUTDATED: "! outdated",
    PluginGrade.KNOWN_BAD: "! known bad",
    PluginGrade.CANNOT_HIDE_TOKEN: "✕ never used",
    PluginGrade.TOO_OLD: "✕ never used",
    PluginGrade.UNREADABLE: "✕ never used",
    PluginGrade.MISSING: "✕ missing",
}
