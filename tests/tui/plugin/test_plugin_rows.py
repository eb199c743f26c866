"""The plugins as rows and as a page, worked out without a screen."""

from __future__ import annotations

from datetime import timedelta

import pytest

from smtui.domain.plugin_facts.plugin_survey import (
    CheckState,
    ChosenBy,
    DebugLog,
    PluginCheck,
    PluginSurvey,
    Trial,
    TrialState,
)
from smtui.domain.plugin_facts.plugin_words import (
    chosen_words,
    log_words,
    named_with_version,
    trial_words,
    uses_words,
    where_words,
)
from smtui.domain.plugin_grade import FoundPlugin, pick
from smtui.tui.plugin.plugin_rows import PluginFacts, plugin_page, plugin_rows, state_line
from tests.engine.fakes import NOW
from tests.engine.plugin_care.care_fakes import GOOD, OLD, OURS, SEELOG, SOME, FakeCaredPlugins


def surveyed(*found: FoundPlugin, choice: str = "auto", by: ChosenBy = ChosenBy.SETTING) -> PluginSurvey:
    return FakeCaredPlugins(found, choice, by).survey(endpoint_is_aws=True)


def page(facts: PluginFacts, found: FoundPlugin, width: int = 100) -> str:
    return plugin_page(facts, found, "linux", width).text()


def test_every_plugin_has_a_row_with_its_grade_and_what_it_is_used_for() -> None:
    rows = plugin_rows(surveyed(GOOD, OLD))
    assert [[text for text, _ in row.cells][:4] for row in rows] == [
        ["session-manager-plugin", "1.2.896.0", "✓ good", "shells"],
        ["session-manager-plugin", "1.2.279.0", "✕ never used", "–"],
        ["built-in", rows[2].cells[1][0], "✓ good", "forwards"],
    ]
    assert [row.key for row in rows] == [GOOD.path, OLD.path, "builtin"]


@pytest.mark.parametrize(
    ("choice", "by", "words"),
    [
        ("auto", ChosenBy.SETTING, "shells use the official one, forwards the built-in one (auto)"),
        (GOOD.path, ChosenBy.SETTING, "shells and forwards use the official one (config.toml)"),
        ("builtin", ChosenBy.VARIABLE, "shells and forwards use the built-in one (SMTUI_PLUGIN)"),
        (OLD.path, ChosenBy.VARIABLE, "shells and forwards use none (SMTUI_PLUGIN)"),
    ],
)
def test_the_header_says_what_is_used_and_by_whose_choice(choice: str, by: ChosenBy, words: str) -> None:
    assert uses_words(surveyed(GOOD, OLD, choice=choice, by=by)) == words


def test_a_choice_is_said_with_its_value() -> None:
    assert chosen_words(surveyed(GOOD, choice=GOOD.path)) == f"The setting plugin chooses: {GOOD.path}."
    by_variable = surveyed(GOOD, choice="builtin", by=ChosenBy.VARIABLE)
    assert chosen_words(by_variable) == "The variable SMTUI_PLUGIN chooses: builtin."


def test_where_a_plugin_is_tells_why_it_is_not_used() -> None:
    assert where_words(GOOD) == GOOD.path
    assert "the token would be in argv" in where_words(OLD)
    assert where_words(FoundPlugin("/a/p", None, trouble="It is mute.")) == "/a: it is mute"
    assert where_words(FoundPlugin("/a/p", GOOD.version, off_path="/a")) == "/a/p (not on PATH)"
    assert "smtui's own" in where_words(FoundPlugin("/a/p", None, ours=True))


def test_the_page_tells_what_newer_ones_mend_and_what_is_wrong_for_forwards() -> None:
    told = page(PluginFacts(surveyed(SOME)), SOME)
    assert "For forwards: Older than 1.2.835.0" in told
    assert "1.2.814.0: Reconnects with renewed credentials" in told
    assert "International keyboards" not in told
    assert "It is the newest that smtui knows." in page(PluginFacts(surveyed(GOOD)), GOOD)
    assert "newer" not in page(PluginFacts(surveyed(GOOD)), OURS)


def test_the_page_says_why_a_plugin_is_not_used() -> None:
    elsewhere = FakeCaredPlugins([GOOD]).survey(endpoint_is_aws=False)
    assert "Not used. The endpoint is not AWS's own" in page(PluginFacts(elsewhere), GOOD)
    assert "Not used. The setting plugin chooses: builtin." in page(PluginFacts(surveyed(GOOD, choice="builtin")), GOOD)


def test_nobody_knows_what_mends_a_version_that_is_not_known() -> None:
    mute = FoundPlugin("/a/session-manager-plugin", None, trouble="It is mute.")
    facts = PluginFacts(surveyed(mute))
    assert "newer" not in page(facts, mute)
    assert not any("ewer versions" in form for form in state_line(facts, mute, "linux", NOW))
    assert surveyed(mute).fixes("linux") == ()
    assert named_with_version("p", mute) == "p (version not known)"
    assert named_with_version("p", GOOD) == "p 1.2.896.0"


def test_checks_and_a_failed_test_stand_on_the_page() -> None:
    facts = PluginFacts(surveyed(GOOD))
    facts.checks[GOOD.path] = (PluginCheck("file", CheckState.BAD, "Every user can change it."),)
    facts.trials[GOOD.path] = Trial(GOOD.path, TrialState.FAILED, NOW, 1.0, "It said nothing.")
    told = page(facts, GOOD)
    assert "✕ file: Every user can change it." in told
    assert "It said nothing." in told
    assert "Every user" not in page(facts, OURS)


@pytest.mark.parametrize("width", [30, 58, 100])
def test_the_page_fits_its_width(width: int) -> None:
    facts = PluginFacts(surveyed(SOME, OLD))
    assert all(len(line) <= width for line in page(facts, SOME, width).splitlines())


def test_the_state_line_has_shorter_forms() -> None:
    facts = PluginFacts(surveyed(SOME), {False: DebugLog("/x.log", False, "off", SEELOG), True: DebugLog("/o", True)})
    facts.trials[SOME.path] = Trial(SOME.path, TrialState.WORKED, NOW - timedelta(minutes=12), 0.4)
    longest, *shorter = state_line(facts, SOME, "linux", NOW)
    assert longest == (
        "Newer versions mend 4 things (i tells) · debug logging off (seelog.xml) · test session: ✓ 0.4 s, 12 min ago"
    )
    assert shorter == [longest[: longest.rindex(" · ")], "Newer versions mend 4 things (i tells)"]
    assert state_line(facts, OURS, "linux", NOW) == ("Debug logging on",)
    facts.busy[SOME.path] = "verifying …"
    assert state_line(facts, SOME, "linux", NOW)[0].startswith("Verifying … · newer versions")


def test_a_test_that_is_not_possible_is_no_failure_in_words() -> None:
    trial = Trial("", TrialState.IMPOSSIBLE, NOW, text="It cannot be tested on this machine.")
    assert trial_words(trial) == "test session: not possible. It cannot be tested on this machine."
    assert trial_words(Trial("", TrialState.FAILED, NOW, text="Why."), NOW) == "test session: ✕ failed, 0 s ago. Why."


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (DebugLog("/x", True, "debug", SEELOG), "debug logging on, level debug (seelog.xml)"),
        (DebugLog("/x", False, settings=SEELOG, trouble="Not read."), "debug logging not known (Not read)"),
        (DebugLog("/x", True, fixed_by="SMTUI_PLUGIN_LOG"), "debug logging on (SMTUI_PLUGIN_LOG)"),
    ],
)  # fmt: skip
def test_the_log_in_words(log: DebugLog, words: str) -> None:
    assert log_words(log) == words


def test_a_missing_plugin_is_named_by_the_variable() -> None:
    gone = FoundPlugin("/gone/session-manager-plugin", None, missing=True, trouble="There is no such file.")
    gone_is_picked = pick(gone.path, gone, endpoint_is_aws=True)
    survey = PluginSurvey((gone, OURS), gone_is_picked, gone_is_picked, ChosenBy.VARIABLE, gone.path)
    row = plugin_rows(survey)[0]
    assert row.cells[2][0] == "✕ missing"
    assert "there is no such file" in row.cells[4][0]
    assert survey.best is None
