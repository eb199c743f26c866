from __future__ import annotations

import pytest

from smtui.domain.plugin_grade import FoundPlugin, PluginGrade, grade, pick
from smtui.domain.version import Version

OFFICIAL = "/usr/local/bin/session-manager-plugin"


def found(version: str) -> FoundPlugin:
    return FoundPlugin(OFFICIAL, Version.parse(version))


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.0.37.0", PluginGrade.TOO_OLD),
        ("1.1.16.9", PluginGrade.TOO_OLD),
        ("1.1.17.0", PluginGrade.CANNOT_HIDE_TOKEN),
        ("1.2.497.0", PluginGrade.CANNOT_HIDE_TOKEN),
        ("1.2.497.1", PluginGrade.OUTDATED),
        ("1.2.536.0", PluginGrade.OUTDATED),
        ("1.2.763.9", PluginGrade.OUTDATED),
        ("1.2.764.0", PluginGrade.FINE),
        ("1.2.835.0", PluginGrade.FINE),
        ("1.2.889.0", PluginGrade.KNOWN_BAD),
        ("1.2.896.0", PluginGrade.FINE),
        ("1.10.0.0", PluginGrade.FINE),
    ],
)
def test_versions_are_graded_as_numbers(version: str, expected: PluginGrade) -> None:
    assert grade(Version.of(version)) is expected


def test_a_version_that_could_not_be_read_is_unreadable() -> None:
    assert grade(None) is PluginGrade.UNREADABLE


@pytest.mark.parametrize("each", PluginGrade)
def test_only_a_fine_plugin_or_ours_has_nothing_wrong(each: PluginGrade) -> None:
    assert bool(each.wrong) == (each not in (PluginGrade.FINE, PluginGrade.BUILTIN))


@pytest.mark.parametrize("version", ["1.2.896.0", "1.2.536.0"])
@pytest.mark.parametrize("choice", ["", "auto"])
def test_auto_takes_the_official_plugin(choice: str, version: str) -> None:
    picked = pick(choice, found(version), endpoint_is_aws=True)
    assert (picked.path, picked.builtin, picked.usable) == (OFFICIAL, False, True)
    assert picked.version == Version.of(version)
    assert bool(picked.complaint) == (version == "1.2.536.0")


@pytest.mark.parametrize(
    ("candidate", "endpoint_is_aws", "on_terminal", "because"),
    [
        (None, True, True, "No session-manager-plugin was found"),
        (found("1.2.896.0"), False, True, "not AWS's own"),
        (found("1.2.896.0"), True, False, "stdout and stderr apart"),
        (found("1.2.497.0"), True, True, "command line"),
        (found("1.1.0.0"), True, True, "older than 1.1.17.0"),
        (found("1.2.889.0"), True, True, "withdrew"),
        (FoundPlugin(OFFICIAL, None, trouble="It did not answer."), True, True, "It did not answer."),
        (FoundPlugin(OFFICIAL, None, ours=True), True, True, "smtui's own plugin under the official name"),
    ],
)
def test_auto_takes_ours_and_says_why(
    candidate: FoundPlugin | None, endpoint_is_aws: bool, on_terminal: bool, because: str
) -> None:
    picked = pick("auto", candidate, endpoint_is_aws=endpoint_is_aws, on_terminal=on_terminal)
    assert picked.builtin
    assert picked.usable
    assert because in picked.because
    assert picked.complaint == ""


def test_builtin_is_obeyed() -> None:
    assert pick("builtin", found("1.2.896.0"), endpoint_is_aws=True).builtin


@pytest.mark.parametrize("version", ["1.2.677.0", "1.2.889.0", "1.2.896.0"])
def test_a_path_is_obeyed_even_off_aws(version: str) -> None:
    picked = pick(OFFICIAL, found(version), endpoint_is_aws=False, on_terminal=False)
    assert (picked.path, picked.usable) == (OFFICIAL, True)


@pytest.mark.parametrize(
    ("candidate", "complaint"),
    [
        (found("1.2.497.0"), f"{OFFICIAL} 1.2.497.0: Versions up to"),
        (found("1.0.0.0"), f"{OFFICIAL} 1.0.0.0: It is older"),
        (FoundPlugin(OFFICIAL, None, missing=True, trouble="There is no such file."), "There is no such file."),
        (FoundPlugin(OFFICIAL, None, trouble="It hangs."), "It hangs."),
    ],
)
def test_a_path_that_cannot_be_used_is_refused_not_replaced(candidate: FoundPlugin, complaint: str) -> None:
    picked = pick(OFFICIAL, candidate, endpoint_is_aws=True)
    assert not picked.usable
    assert not picked.builtin
    assert complaint in picked.complaint
