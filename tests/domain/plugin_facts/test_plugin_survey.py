"""Which plugin of the list is used, and which one its updates matter for."""

from __future__ import annotations

from smtui.domain.plugin_facts.plugin_survey import (
    CheckState,
    PluginCheck,
    PluginSurvey,
    checks_fail,
    choice_of,
    is_picked,
)
from smtui.domain.plugin_grade import FoundPlugin, PluginPick, pick
from smtui.domain.version import Version

OLD = FoundPlugin("/opt/old/session-manager-plugin", Version.of("1.2.279.0"))
GOOD = FoundPlugin("/usr/bin/session-manager-plugin", Version.of("1.2.835.0"))
OURS = FoundPlugin("", None, ours=True)


def picked(found: FoundPlugin) -> PluginPick:
    return pick("auto", found, endpoint_is_aws=True)


def test_each_plugin_knows_what_it_is_used_for() -> None:
    ours = pick("builtin", None, endpoint_is_aws=True)
    survey = PluginSurvey((OLD, GOOD, OURS), picked(GOOD), ours)
    assert [survey.uses(found) for found in survey.plugins] == ["", "shells", "forwards"]
    assert PluginSurvey((GOOD, OURS), picked(GOOD), picked(GOOD)).uses(GOOD) == "shells and forwards"
    assert is_picked(ours, OURS)
    assert not is_picked(ours, GOOD)


def test_updates_are_those_of_the_plugin_in_use_else_of_the_first() -> None:
    ours = pick("builtin", None, endpoint_is_aws=True)
    assert PluginSurvey((OLD, GOOD, OURS), picked(GOOD), ours).best is GOOD
    assert PluginSurvey((OLD, GOOD, OURS), ours, ours).best is OLD
    nothing = PluginSurvey((OURS,), ours, ours)
    assert nothing.best is None
    assert nothing.fixes("linux") == ()
    assert len(PluginSurvey((GOOD, OURS), picked(GOOD), ours).fixes("linux")) == 1


def test_the_setting_names_a_plugin_by_its_path() -> None:
    assert choice_of(GOOD) == GOOD.path
    assert choice_of(OURS) == "builtin"


def test_checks_fail_by_what_is_bad_alone() -> None:
    good, unknown = (PluginCheck("file", state, "") for state in (CheckState.GOOD, CheckState.UNKNOWN))
    assert not checks_fail((good, unknown, PluginCheck("file", CheckState.WARN, "")))
    assert checks_fail((good, PluginCheck("file", CheckState.BAD, "")))
