"""What the help lists and how it is found by words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from smtui.domain.node_search import haystack
from smtui.domain.query.node_query import NodeQuery
from smtui.domain.readiness import Badge, Readiness
from smtui.domain.settings.setting_table import SETTINGS, VARIABLES
from smtui.tui.commands import COMMANDS, Command, Scope
from smtui.tui.help.help_sections import FILTERS, REFUSED, HelpEntry, HelpSection, count, found, help_sections
from smtui.tui.nodes.nodes_screen import NodesScreen
from smtui.tui.parts.shown_keys import shown_keys, use_keys
from smtui.tui.presets.presets_screen import PresetsScreen
from smtui.tui.tunnels.tunnels_screen import TunnelsScreen
from tests.domain.build import ec2_facts, node

ROOT = Path(__file__).parents[3]
EVERYTHING = help_sections(Scope.NODES)
WITH_KEYS = [command for command in COMMANDS if command.keys]


def entries(sections: tuple[HelpSection, ...]) -> list[HelpEntry]:
    return [entry for section in sections for entry in section.entries]


@pytest.mark.parametrize("command", WITH_KEYS, ids=lambda command: command.id)
def test_every_command_that_has_a_key_is_found_by_its_name(command: Command) -> None:
    expected = HelpEntry(shown_keys(command.keys), command.name, command.help)
    assert expected in entries(EVERYTHING)
    assert expected in entries(found(EVERYTHING, command.name))
    assert expected in entries(found(EVERYTHING, command.name.upper()))


@pytest.mark.parametrize("scope", [Scope.NODES, Scope.TUNNELS, Scope.PRESETS, Scope.TROUBLESHOOT])
def test_the_keys_of_the_screen_come_first_and_none_comes_twice(scope: Scope) -> None:
    sections = help_sections(scope)
    assert sections[0].title == scope.value
    titles = [section.title for section in sections]
    assert len(titles) == len(set(titles))
    assert {section.title for section in sections} == {section.title for section in EVERYTHING}


def test_it_is_found_by_key_name_explanation_and_heading() -> None:
    assert [entry.name for entry in entries(found(EVERYTHING, "AWS COMMAND same"))] == ["Copy as an aws command"]
    assert [entry.name for entry in entries(found(EVERYTHING, "ctrl+o"))] == ["Save as a preset"]
    assert {entry.term for entry in entries(found(EVERYTHING, "the statuses"))} >= {
        f"{badge.mark} {badge.word}" for badge in Badge
    }
    assert found(EVERYTHING, "forx") == ()
    assert found(EVERYTHING, "  ") == EVERYTHING


def test_a_search_for_a_key_has_its_commands_first() -> None:
    sections = found(EVERYTHING, "R")
    assert sections[0].title == "Key R"
    names = [entry.name for entry in sections[0].entries]
    assert names[0] == "Regions"
    assert set(names) == {"Regions", "Run all checks"}
    assert not set(sections[0].entries) & set(entries(sections[1:]))


def test_the_users_own_keys_are_shown() -> None:
    use_keys({"details": "w", "troubleshoot": ""})
    sections = help_sections(Scope.NODES)
    assert HelpEntry("w", "Show or hide details", "the status explained") in sections[0].entries
    assert "Troubleshoot" not in [entry.name for entry in sections[0].entries]
    limited = next(entry for entry in entries(sections) if entry.term == "◐ Limited")
    assert limited.more == "w shows which."


def test_each_status_has_its_mark_its_meaning_and_what_helps() -> None:
    statuses = next(section for section in EVERYTHING if section.title == "The statuses").entries
    assert [entry.term for entry in statuses] == [f"{badge.mark} {badge.word}" for badge in Badge]
    assert [entry.name for entry in statuses] == [badge.meaning for badge in Badge]
    assert all(entry.more and entry.mark for entry in statuses)
    assert statuses[2].more == "t finds out why."


def test_the_examples_of_a_filter_find_what_they_say() -> None:
    tags = {"env": "prod", "team": "shop"}
    one = node(ec2=ec2_facts("i-0a1b2c3d4e5f60711", name="web-1", private_ip="10.0.1.12", tags=tags))
    text = haystack(one, Readiness(Badge.NOT_CONNECTED))
    for words, *_ in FILTERS:
        assert NodeQuery.parse(words).matches(text), words
    assert not NodeQuery.parse("tag:env=stage").matches(text)


def test_the_settings_are_those_of_the_table_and_their_variables_those_of_the_page() -> None:
    listed = {entry.term: entry for entry in entries(EVERYTHING)}
    for setting in SETTINGS:
        assert listed[setting.key].name == setting.meaning.removesuffix(".")
        assert listed[setting.key].more == setting.variable
    page = (ROOT / "docs" / "pages" / "customise.md").read_text("utf-8")
    section = page.partition("## Environment variables")[2].partition("\n## ")[0]
    ours = {setting.variable for setting in SETTINGS} | {variable.name for variable in VARIABLES}
    assert {name for name in ours if name.startswith("SMTUI_")} == set(re.findall(r"SMTUI_[A-Z_]+", section))


def test_what_read_only_refuses_is_listed_with_its_keys() -> None:
    hidden = EVERYTHING[-1]
    assert hidden.title == "What READ-ONLY refuses"
    assert HelpEntry("f", "Forward a port", "presets first") in hidden.entries
    assert {*NodesScreen.REFUSED, *PresetsScreen.REFUSED, *TunnelsScreen.REFUSED} <= set(REFUSED)
    assert count(EVERYTHING) == len(entries(EVERYTHING))
