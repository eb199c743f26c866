"""What newer plugins mend, and the grades for shells and for forwards."""

from __future__ import annotations

import pytest

from smtui.domain.plugin_facts.plugin_fixes import (
    NEWEST,
    PLUGIN_FIXES,
    Use,
    grade_words,
    newer_fixes,
    use_grade,
)
from smtui.domain.plugin_grade import FoundPlugin, PluginGrade
from smtui.domain.version import Version


def found(version: str) -> FoundPlugin:
    return FoundPlugin("/usr/bin/session-manager-plugin", Version.parse(version), trouble="" if version else "Mute.")


@pytest.mark.parametrize(
    ("version", "shells", "forwards", "words"),
    [
        ("1.2.896.0", PluginGrade.FINE, PluginGrade.FINE, "✓ good"),
        ("1.2.889.0", PluginGrade.KNOWN_BAD, PluginGrade.KNOWN_BAD, "! known bad"),
        ("1.2.835.0", PluginGrade.FINE, PluginGrade.FINE, "✓ good"),
        ("1.2.834.9", PluginGrade.FINE, PluginGrade.OUTDATED, "! outdated for forwards"),
        ("1.2.764.0", PluginGrade.FINE, PluginGrade.OUTDATED, "! outdated for forwards"),
        ("1.2.694.0", PluginGrade.OUTDATED, PluginGrade.OUTDATED, "! outdated"),
        ("1.2.688.0", PluginGrade.KNOWN_BAD, PluginGrade.KNOWN_BAD, "! known bad"),
        ("1.2.497.0", PluginGrade.CANNOT_HIDE_TOKEN, PluginGrade.CANNOT_HIDE_TOKEN, "✕ never used"),
        ("1.1.16.0", PluginGrade.TOO_OLD, PluginGrade.TOO_OLD, "✕ never used"),
        ("", PluginGrade.UNREADABLE, PluginGrade.UNREADABLE, "✕ never used"),
    ],
)
def test_shells_and_forwards_are_graded_apart(
    version: str, shells: PluginGrade, forwards: PluginGrade, words: str
) -> None:
    plugin = found(version)
    assert use_grade(plugin, Use.SHELLS).grade is shells
    assert use_grade(plugin, Use.FORWARDS).grade is forwards
    assert grade_words(plugin) == words


def test_a_grade_that_is_not_good_says_why() -> None:
    assert "1.2.835.0" in use_grade(found("1.2.764.0"), Use.FORWARDS).why
    assert use_grade(found("1.2.764.0"), Use.SHELLS).why == ""
    assert use_grade(found(""), Use.SHELLS).why == "Mute."


def test_ours_and_none_keep_their_grades() -> None:
    ours, none = FoundPlugin("", None, ours=True), FoundPlugin("/gone", None, missing=True)
    assert grade_words(ours) == "✓ good"
    assert use_grade(ours, Use.FORWARDS).grade is PluginGrade.BUILTIN
    assert grade_words(none) == "✕ missing"


def test_fixes_are_those_of_newer_versions_on_this_system() -> None:
    texts = [fix.text for fix in newer_fixes(Version.of("1.2.764.0"), "linux")]
    assert len(texts) == 4
    assert not any("notarised" in text or "keyboards" in text for text in texts)
    assert len(newer_fixes(Version.of("1.2.764.0"), "windows")) == 5
    assert len(newer_fixes(Version.of("1.2.764.0"), "macos")) == 5
    assert newer_fixes(NEWEST, "linux") == ()
    assert newer_fixes(Version.of("99.0"), "linux") == ()


def test_what_an_old_version_never_had_is_not_mended_for_it() -> None:
    def mends(version: str) -> bool:
        return any("promptly" in fix.text for fix in newer_fixes(Version.of(version), "linux"))

    assert [mends(version) for version in ("1.2.650.0", "1.2.688.0", "1.2.694.0")] == [False, True, False]


def test_all_of_it_where_the_version_is_not_known() -> None:
    assert newer_fixes(None, "linux") == tuple(fix for fix in PLUGIN_FIXES if not fix.system)


def test_the_table_is_in_order_and_ends_with_the_newest() -> None:
    versions = [fix.version for fix in PLUGIN_FIXES]
    assert versions == sorted(versions)
    assert versions[-1] == NEWEST
    assert all(fix.text.endswith(".") for fix in PLUGIN_FIXES)
