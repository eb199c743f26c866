"""The settings on the screen: what is in force and by what, changing one, and the way into the file."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.app import App

from smtui.domain.outcome import PluginRun
from smtui.domain.settings.setting_table import REFRESH, SETTINGS
from smtui.domain.settings.settings_values import SettingsUnchanged
from smtui.engine.launcher_parts import Setup
from smtui.store.settings_file import SettingsFile, SettingsInMemory
from smtui.tui.settings.setting_form_screen import SettingFormScreen
from smtui.tui.settings.settings_screen import SettingsScreen, editor_command
from tests.tui.looking import screen_text
from tests.tui.settings.settings_world import TextFile, settings_world
from tests.tui.world import World, settled
from tests.waiting import PATIENCE, until


def setup_of(world: World) -> Setup:
    setup: Setup = world.launcher_arguments["setup"]
    return setup


def file_of(world: World) -> TextFile:
    store = setup_of(world).settings.store
    assert isinstance(store, TextFile)
    return store


def rows(app: App[Any]) -> dict[str, list[str]]:
    screen = next(screen for screen in app.screen_stack if isinstance(screen, SettingsScreen))
    return {row.cells[0][0]: [text for text, _ in row.cells[1:]] for row in screen.table.rows}


async def test_every_setting_has_a_row_and_what_is_none_stands_first() -> None:
    async with settings_world(environment={"SMTUI_RECORD": "/tmp/r"}).app().run_test(size=(140, 45)) as pilot:
        await settled(pilot)
        await pilot.press("comma")
        await settled(pilot)
        assert list(rows(pilot.app)) == ["clipbord", *(setting.key for setting in SETTINGS)]
        assert rows(pilot.app)["clipbord"] == ["", "✕ line 5: no such setting; did you mean clipboard?"]
        assert rows(pilot.app)["refresh"] == ["30 s", "yours, line 2"]
        assert rows(pilot.app)["record"] == [
            "/tmp/r",
            "✕ line 6: must be an absolute path, or one that begins with ~/",
        ]
        assert rows(pilot.app)["keys"] == ["2 of yours", "yours, line 9"]
        assert rows(pilot.app)["mouse"] == ["true", "default"]
        assert "Settings · /home/ana/.config/smtui/config.toml · line 5 ✕" in screen_text(pilot.app)


async def test_a_change_is_written_counts_at_once_and_keeps_the_rest() -> None:
    world = settings_world()
    before = file_of(world).text
    async with world.app().run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("comma", "/", *"how often", "enter", "enter")
        await until(lambda: isinstance(pilot.app.screen, SettingFormScreen))
        form = pilot.app.screen
        assert isinstance(form, SettingFormScreen)
        form.fields[0].text = "5"
        await pilot.press("ctrl+s")
        await settled(pilot)
        assert "must be off, or seconds from 10 to 86,400." in screen_text(pilot.app)
        form.fields[0].text = "off"
        await pilot.press("enter")
        await until(lambda: isinstance(pilot.app.screen, SettingsScreen))
        await settled(pilot)
        assert file_of(world).text == before.replace("refresh = 30", 'refresh = "off"')
        assert rows(pilot.app)["refresh"] == ["off", "yours, line 2"]
        assert "refresh is off now." in screen_text(pilot.app)


async def test_default_takes_a_setting_or_what_is_none_out_of_the_file() -> None:
    world = settings_world()
    async with world.app().run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("comma", "d")
        await until(lambda: "clipbord" not in file_of(world).text)
        await settled(pilot)
        assert "clipbord" not in rows(pilot.app)
        await pilot.press("/", *"record", "enter", "d")
        await until(lambda: "recordings" not in file_of(world).text)
        await settled(pilot)
        assert rows(pilot.app)["record"] == ["nothing is recorded", "default"]
        assert "record takes effect at the next start." in screen_text(pilot.app)
        await pilot.press("d")
        await settled(pilot)
        assert "The file does not set it." in screen_text(pilot.app)


async def test_what_beats_the_file_is_said() -> None:
    world = settings_world("", environment={"SMTUI_REFRESH": "20"})
    async with world.app().run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("comma", "/", *"refresh", "enter", "enter")
        await until(lambda: isinstance(pilot.app.screen, SettingFormScreen))
        await pilot.press("ctrl+s")
        await until(lambda: isinstance(pilot.app.screen, SettingsScreen))
        await settled(pilot)
        assert file_of(world).text == "refresh = 20\n"
        assert "SMTUI_REFRESH overrides the file: refresh is still 20 s." in screen_text(pilot.app)


async def test_read_only_changes_nothing_and_offers_nothing() -> None:
    world = settings_world(read_only=True)
    before = file_of(world).text
    async with world.app().run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("comma")
        await settled(pilot)
        assert "Edit the file" not in screen_text(pilot.app)
        for key in ("enter", "d", "e"):
            await pilot.press(key)
            await settled(pilot)
            assert "smtui is read-only, so it changes no settings." in screen_text(pilot.app)
            pilot.app.clear_notifications()
        assert file_of(world).text == before
        assert world.handover.times == 0


async def test_a_file_that_cannot_be_written_is_a_sentence_in_the_form(tmp_path: Path) -> None:
    world = settings_world()
    (tmp_path / "file").touch()
    setup_of(world).settings.__dict__["store"] = SettingsFile(tmp_path / "file")
    async with world.app().run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("comma", "/", *"refresh", "enter", "enter")
        await until(lambda: isinstance(pilot.app.screen, SettingFormScreen))
        await pilot.press("ctrl+s")
        await until(lambda: "cannot be" in screen_text(pilot.app))
        assert isinstance(pilot.app.screen, SettingFormScreen)


async def test_a_setting_is_saved_once_and_again_after_a_refusal() -> None:
    world, asked = settings_world("refresh = 30"), list[Any]()
    file = file_of(world)

    def change(path: tuple[str, ...], value: Any) -> None:
        asked.append(value)
        raise SettingsUnchanged("Nothing was changed.")

    file.change = change  # type: ignore[method-assign]
    async with world.app().run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("comma", "/", *"refresh", "enter", "enter")
        await until(lambda: isinstance(pilot.app.screen, SettingFormScreen))
        for number in (1, 2):
            await pilot.press("ctrl+s")
            await until(lambda: len(asked) == number)  # noqa: B023
            await settled(pilot)
            assert "Nothing was changed." in screen_text(pilot.app)


async def test_a_value_counts_although_its_form_was_left_while_it_was_written() -> None:
    world, go = settings_world("refresh = 30"), threading.Event()
    file, settings = file_of(world), setup_of(world).settings
    change = file.change
    file.change = lambda *given: (go.wait(PATIENCE), change(*given))[1]  # type: ignore[method-assign]
    async with world.app().run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("comma", "/", *"refresh", "enter", "enter")
        await until(lambda: isinstance(pilot.app.screen, SettingFormScreen))
        await pilot.press("ctrl+u", *"45", "ctrl+s", "escape")
        await until(lambda: isinstance(pilot.app.screen, SettingsScreen))
        await pilot.pause()
        go.set()
        await until(lambda: settings.now[REFRESH] == 45)


async def test_the_editor_has_the_terminal_and_what_it_wrote_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    world = settings_world()
    monkeypatch.setenv("EDITOR", "my-editor --wait")
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setattr("smtui.tui.settings.settings_screen._make_folder", lambda _: None)
    started: list[tuple[str, ...]] = []
    app = world.app()

    async def run_program(argv: tuple[str, ...], _: Any, lend: Any) -> PluginRun:
        started.append(argv)
        with lend():
            file_of(world).text = "refresh = 20\nmose = 1\n"
        return PluginRun(0)

    monkeypatch.setattr(app._launcher.sessions, "run_program", run_program)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("comma", "e")
        await until(lambda: bool(started) and "mose" in rows(pilot.app))
        await settled(pilot)
        assert started == [("my-editor", "--wait", "/home/ana/.config/smtui/config.toml")]
        assert world.handover.times == 1
        assert rows(pilot.app)["refresh"] == ["20 s", "yours, line 1"]
        assert "config.toml line 2: no setting mose; did you mean mouse?" in screen_text(pilot.app)


async def test_a_key_that_is_taken_is_a_mistake_of_the_keys() -> None:
    async with settings_world('[keys]\nssh = "u"').app().run_test(size=(140, 45)) as pilot:
        await settled(pilot)
        await pilot.press("comma")
        await settled(pilot)
        assert "u is the key of transfer" in rows(pilot.app)["keys"][1]
        assert rows(pilot.app)["keys"][1].startswith("✕ line 2: ")


async def test_a_theme_that_does_not_exist_is_a_mistake_of_the_theme() -> None:
    async with (
        settings_world('refresh = 20\ntheme = "smtui-drak"\nmose = true').app().run_test(size=(140, 45)) as pilot
    ):
        await settled(pilot)
        await pilot.press("comma")
        await settled(pilot)
        assert rows(pilot.app)["theme"] == [
            "smtui-drak",
            "✕ line 2: there is no theme smtui-drak; did you mean smtui-dark?",
        ]
        assert "config.toml · line 2 ✕" in screen_text(pilot.app)


@pytest.mark.parametrize(
    ("environ", "typed", "said"),
    [
        ({}, "smtui-drak", "config.toml line 1: there is no theme smtui-drak; did you mean smtui-dark?"),
        ({}, "smtui-light", "theme is smtui-light now."),
        ({"NO_COLOR": "1"}, "smtui-light", "Saved. NO_COLOR is set, so smtui still uses smtui-plain."),
        ({"NO_COLOR": "1"}, "auto", "theme is auto now."),
    ],
)
async def test_a_theme_that_is_typed_is_used_or_it_is_said_why_not(
    environ: dict[str, str], typed: str, said: str
) -> None:
    world = replace(settings_world(""), environ={"COLORTERM": "truecolor"} | environ)
    async with world.app().run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("comma", "enter")
        await until(lambda: isinstance(pilot.app.screen, SettingFormScreen))
        await pilot.press("ctrl+u", *typed, "ctrl+s")
        await until(lambda: isinstance(pilot.app.screen, SettingsScreen))
        await settled(pilot)
        assert said in screen_text(pilot.app)
        assert ("is smtui-drak now" in screen_text(pilot.app)) is False


async def test_the_demo_leaves_the_users_file_alone(tmp_path: Path) -> None:
    world = settings_world()
    path = tmp_path / "config.toml"
    path.write_text("refresh = 30\n")
    setup_of(world).settings.__dict__["store"] = SettingsInMemory(tmp_path)
    async with world.app().run_test(size=(140, 45)) as pilot:
        await settled(pilot)
        await pilot.press("comma", "/", *"how often", "enter")
        await settled(pilot)
        assert "changes end with the demo" in screen_text(pilot.app)
        await pilot.press("e")
        await settled(pilot)
        assert "The demo leaves your config.toml alone." in screen_text(pilot.app)
        await pilot.press("d")
        await until(lambda: rows(pilot.app)["refresh"] == ["60 s", "default"])
    assert path.read_text() == "refresh = 30\n"


def test_without_an_editor_the_systems_own() -> None:
    assert editor_command("", "/f") == ("vi", "/f")
    assert editor_command("code --wait", "/f") == ("code", "--wait", "/f")
    assert editor_command('"unclosed', "/f") == ("vi", "/f")


async def test_escape_shows_all_again_before_it_goes_back() -> None:
    async with settings_world().app().run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("comma", "/", *"plugin", "enter")
        await settled(pilot)
        assert set(rows(pilot.app)) == {"plugin", "plugin_log", "stream_hosts"}
        await pilot.press("escape")
        await settled(pilot)
        assert len(rows(pilot.app)) > len(SETTINGS)
        await pilot.press("escape")
        await settled(pilot)
        assert not isinstance(pilot.app.screen, SettingsScreen)
