"""Choosing a plugin writes config.toml, counts for the next session, and yields to the variable."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from smtui.demo.demo_world import DemoWorld
from smtui.domain.plugin_facts.plugin_choice import ChoiceInMemory, ChoiceNotSaved
from smtui.domain.plugin_facts.plugin_survey import ChosenBy
from smtui.domain.plugin_grade import BUILTIN
from smtui.engine.configuration.settings_book import SettingsBook
from smtui.engine.offloop import OffLoop
from smtui.plugin import find
from smtui.plugin.bounded_answer import NoAnswer, ProgramAnswer
from smtui.plugin.find import CHOICE_VARIABLE
from smtui.plugin.plugin_host import PluginHost
from smtui.plugin_wiring import FileChoice, plugin_care, plugin_host
from smtui.store.settings_file import SettingsFile


def host(folder: Path, **environment: str) -> PluginHost:
    file = SettingsFile(folder)
    book = SettingsBook(lambda: file, environment, of_file=file.load())
    return PluginHost({"PATH": "/nowhere", **environment}, setting=FileChoice(book, OffLoop()))


async def test_a_choice_is_written_counts_at_once_and_is_taken_out_again(tmp_path: Path) -> None:
    plugins = host(tmp_path)
    assert plugins.survey(endpoint_is_aws=True).chosen_by is ChosenBy.NOBODY
    said = await plugins.choose(BUILTIN)
    assert said == f"Written to {tmp_path / 'config.toml'}."
    assert (tmp_path / "config.toml").read_text().strip() == 'plugin = "builtin"'
    survey = plugins.survey(endpoint_is_aws=True)
    assert (survey.chosen_by, survey.choice) == (ChosenBy.SETTING, BUILTIN)
    assert survey.shells.because == "The setting plugin asks for smtui's own plugin."
    assert host(tmp_path).pick(endpoint_is_aws=True).builtin
    await plugins.choose("auto")
    assert "plugin" not in (tmp_path / "config.toml").read_text()
    assert plugins.survey(endpoint_is_aws=True).chosen_by is ChosenBy.NOBODY


async def test_the_variable_beats_the_file_and_the_file_stays(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('plugin = "/x/session-manager-plugin"\n')
    plugins = host(tmp_path, **{CHOICE_VARIABLE: BUILTIN})
    survey = plugins.survey(endpoint_is_aws=True)
    assert (survey.chosen_by, survey.choice) == (ChosenBy.VARIABLE, BUILTIN)
    with pytest.raises(ChoiceNotSaved, match="SMTUI_PLUGIN=builtin decides"):
        await plugins.choose("auto")
    assert "/x/session-manager-plugin" in (tmp_path / "config.toml").read_text()


async def test_a_plugin_that_the_file_names_is_listed_though_it_is_gone(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('plugin = "/gone/session-manager-plugin"\n')
    survey = host(tmp_path).survey(endpoint_is_aws=True)
    assert survey.plugins[0].missing
    assert survey.shells.because == "The setting plugin names it."
    assert not survey.shells.usable


@pytest.mark.parametrize("is_named", [False, True])
def test_a_plugin_that_does_not_answer_is_not_waited_for_by_each_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_named: bool
) -> None:
    program, asked = tmp_path / find.PROGRAM, list[str]()

    def hang(argv: Sequence[str], *_: Any, **__: Any) -> ProgramAnswer:
        asked.append(argv[0])
        raise NoAnswer("It did not answer --version within 3 s.")

    monkeypatch.setattr(find, "ask_program", hang)
    program.touch(0o755)
    named = {CHOICE_VARIABLE: str(program)} if is_named else {}
    survey = PluginHost({"PATH": str(tmp_path), **named}).survey(endpoint_is_aws=True)
    assert survey.plugins[0].path == str(program)
    assert survey.shells.usable is not is_named
    assert asked.count(str(program)) == 2, "once as one of all, once as the one to use"


async def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("plugin = [\n")
    with pytest.raises(ChoiceNotSaved):
        await host(tmp_path).choose(BUILTIN)
    assert (tmp_path / "config.toml").read_text() == "plugin = [\n"


async def test_a_demo_keeps_its_choice_to_itself() -> None:
    plugins = PluginHost({"PATH": "/nowhere"}, setting=ChoiceInMemory(choice=BUILTIN))
    assert plugins.survey(endpoint_is_aws=True).choice == BUILTIN
    assert await plugins.choose("auto") == "Chosen until smtui ends."
    assert plugins.survey(endpoint_is_aws=True).chosen_by is ChosenBy.NOBODY


async def test_a_demo_switches_a_log_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTUI_STATE_DIR", str(tmp_path))
    monkeypatch.delenv("SMTUI_PLUGIN_LOG", raising=False)
    book, off_loop, world = SettingsBook(), OffLoop(), DemoWorld()
    plugins = plugin_host(book, off_loop, world)
    care = plugin_care(book, plugins, off_loop, world=world)
    try:
        assert (await care.switch_log(ours=True, on=True)).is_done
        log = await care.log_of(ours=True)
        assert (log.is_on, Path(log.path).is_relative_to(world.folder)) == (True, True)
        assert not list(tmp_path.iterdir()), "the user's switch stays"
        assert care.keeps_log(ours=False) == "The demo leaves the official plugin's log as it is."
    finally:
        world.close()
    assert not world.folder.exists()


async def test_read_only_chooses_no_plugin(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("read_only = true\n")
    with pytest.raises(ChoiceNotSaved, match="read-only"):
        await host(tmp_path).choose(BUILTIN)
    assert (tmp_path / "config.toml").read_text() == "read_only = true\n"
