"""The screen looks and answers as the settings say, and follows their changes."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from smtui.domain.settings.setting_table import THEME
from smtui.domain.settings.settings_values import FileValues, Layer, Origin
from smtui.domain.settings.theme_source import ThemeSource
from smtui.engine.configuration.settings_book import SettingsBook
from smtui.engine.launcher_parts import Setup
from smtui.store.settings_file import SettingsFile
from smtui.tui.looks.themes import COLOUR_BLIND_DARK, DARK, LIGHT, PLAIN
from tests.tui.looking import screen_text
from tests.tui.world import World, nodes_screen, settled, used
from tests.waiting import until

SEA = ThemeSource("sea", {"accent": "#00ffff"}, {"accent": 1})


def book(values: Mapping[str, Any], folder: Path | None = None, **given: Any) -> SettingsBook:
    origins = {key: Origin(Layer.FILE, "config.toml", line) for line, key in enumerate(values, 1)}
    store = (lambda: SettingsFile(folder)) if folder is not None else None
    return SettingsBook(store, of_file=FileValues(values, origins), **given)


def world(
    settings: SettingsBook, environ: Mapping[str, str] | None = None, *, demo: bool = False, read_only: bool = False
) -> World:
    arguments = {"setup": Setup(settings=settings, demo=demo, read_only=read_only)}
    return World(environ=environ or {"COLORTERM": "truecolor"}, launcher_arguments=arguments)


def theme_of(settings: SettingsBook, environ: Mapping[str, str] | None = None) -> str:
    return world(settings, environ).app().theme


# The theme -----------------------------------------------------------------------------------------


def test_the_theme_of_the_settings_is_there_from_the_first_paint() -> None:
    assert theme_of(book({"theme": LIGHT.name})) == LIGHT.name
    assert theme_of(book({"theme": "nord"})) == "nord"
    assert theme_of(book({"theme": "auto"})) == DARK.name
    assert theme_of(book({"theme": "sea"}, themes=lambda: (SEA,))) == "sea"


def test_where_there_are_few_colours_the_plain_theme_is_used() -> None:
    assert theme_of(book({"theme": LIGHT.name}), {"TERM": "linux"}) == PLAIN.name
    assert theme_of(book({"theme": LIGHT.name}), {"COLORTERM": "truecolor", "NO_COLOR": "1"}) == PLAIN.name


def test_a_theme_that_does_not_exist_is_said_with_its_line() -> None:
    app = world(book({"columns": (), "theme": "smtui-drak"})).app()
    assert app.theme == DARK.name
    assert app._launcher.notices.take() == (
        "config.toml line 2: there is no theme smtui-drak; did you mean smtui-dark?",
    )


def test_textuals_variable_beats_the_settings() -> None:
    settings = book({"theme": LIGHT.name}, themes=lambda: (SEA,))
    assert theme_of(settings, {"TEXTUAL_THEME": "nord"}) == "nord"
    assert theme_of(settings, {"TEXTUAL_THEME": "sea"}) == "sea"
    assert theme_of(settings, {"TEXTUAL_THEME": "", "COLORTERM": "truecolor"}) == LIGHT.name
    app = world(settings, {"TEXTUAL_THEME": "norrd", "COLORTERM": "truecolor"}).app()
    assert app.theme == DARK.name
    assert app._launcher.notices.take() == ("TEXTUAL_THEME: there is no theme norrd; did you mean nord?",)


def test_what_is_wrong_in_a_theme_file_is_said() -> None:
    odd = ThemeSource("sea", {"accent": "#00ffff", "baad": "#ff0000"}, {"accent": 1, "baad": 2})
    app = world(book({"theme": "sea"}, themes=lambda: (odd,))).app()
    assert app._launcher.notices.take() == ("themes/sea.toml line 2: no role baad; did you mean bad?",)


async def test_a_theme_that_is_chosen_is_kept(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("# mine\n")
    app = world(book({}, tmp_path)).app()
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("colon", *"colour-blind-dark", "enter")
        await until(lambda: app.theme == COLOUR_BLIND_DARK.name)
        await until(lambda: (tmp_path / "config.toml").read_text() != "# mine\n")
    assert (tmp_path / "config.toml").read_text() == f'# mine\ntheme = "{COLOUR_BLIND_DARK.name}"\n'
    assert SettingsFile(tmp_path).load().values == {"theme": COLOUR_BLIND_DARK.name}


async def test_the_demo_writes_no_theme(tmp_path: Path) -> None:
    app = world(book({}, tmp_path), demo=True).app()
    async with app.run_test() as pilot:
        await settled(pilot)
        await app.run_action("app.choose_theme('smtui-light')")
        await pilot.pause()
        assert app.theme == LIGHT.name
        assert not [worker for worker in app.workers if worker.group == "theme"]
    assert not (tmp_path / "config.toml").exists()


async def test_read_only_keeps_no_theme_and_says_so(tmp_path: Path) -> None:
    app = world(book({}, tmp_path), read_only=True).app()
    async with app.run_test() as pilot:
        await settled(pilot)
        await app.run_action("app.choose_theme('smtui-light')")
        await pilot.pause()
        assert app.theme == LIGHT.name
        assert "smtui is read-only, so the theme is not saved for the next start." in screen_text(app)
        assert not [worker for worker in app.workers if worker.group == "theme"]
    assert not (tmp_path / "config.toml").exists()


@pytest.mark.parametrize(
    ("environ", "theme", "said"),
    [
        ({"COLORTERM": "truecolor", "NO_COLOR": "1"}, PLAIN.name, "NO_COLOR is set, so smtui still uses smtui-plain."),
        ({"TERM": "linux"}, PLAIN.name, "This terminal has few colours, so smtui still uses smtui-plain."),
        ({"TEXTUAL_THEME": "nord"}, "nord", "TEXTUAL_THEME overrides the setting: the theme is still nord."),
    ],
)
async def test_a_theme_that_is_chosen_where_it_cannot_be_used_is_kept_and_that_is_said(
    tmp_path: Path, environ: Mapping[str, str], theme: str, said: str
) -> None:
    settings = book({}, tmp_path)
    app = world(settings, environ).app()
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        await app.run_action("app.choose_theme('smtui-light')")
        await until(lambda: settings.now[THEME] == LIGHT.name)
        await pilot.pause()
        assert app.theme == theme
        assert said in screen_text(app)
        settings.put(FileValues({"theme": COLOUR_BLIND_DARK.name}))
        await pilot.pause()
        assert app.theme == theme


# What follows a change -----------------------------------------------------------------------------


async def test_a_change_of_the_settings_counts_at_once() -> None:
    settings = book({})
    app = world(settings).app()
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        settings.put(
            FileValues(
                {"theme": LIGHT.name, "columns": ("name", "agent"), "keys": {"details": ("v",), "help": ("v",)}},
                {"keys": Origin(Layer.FILE, "config.toml", 3), "keys.help": Origin(Layer.FILE, "config.toml", 5)},
            )
        )
        await pilot.pause()
        assert app.theme == LIGHT.name
        assert [slot.column.title for slot in nodes_screen(app).table.slots] == ["NAME", "AGENT"]
        await until(lambda: "v Details" in screen_text(app))
        assert "config.toml line 5: v is the key of details" in " ".join(each.text for each in app.news.messages)
        settings.put(FileValues())
        await pilot.pause()
        assert app.theme == DARK.name
        await until(lambda: "i Details" in screen_text(app))
        assert "NODE" in screen_text(app)


@pytest.mark.parametrize("sort", ["-name", "name", "ping"])
async def test_the_list_begins_with_the_sort_of_the_settings(sort: str) -> None:
    app = world(book({"sort": sort})).app()
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot)
        rows = nodes_screen(app)._rows
        assert (rows.sort.column.id, rows.sort.descending) == (sort.removeprefix("-"), sort.startswith("-"))
        assert rows.view == sorted(rows.view, key=lambda row: row.sort_key, reverse=rows.sort.descending)


async def test_pinned_nodes_stand_first_if_the_settings_say_so() -> None:
    settings = book({"pinned_first": True, "sort": "-name"})
    app = world(settings).app()
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot)
        screen = nodes_screen(app)
        last = screen._rows.view[-1]
        screen._filters.turn_pin(last.key.place, last.key.node_id)
        await until(lambda: screen._rows.view[0] is last)
        screen.action_pinned_first()
        screen._rows.settle()
        assert screen._rows.view[0] is not last
        assert screen._filters.now.pinned_first is False
        settings.put(FileValues({"pinned_first": False}))
        settings.put(FileValues({"pinned_first": True}))
        await until(lambda: screen._rows.view[0] is last)


# The clipboard -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "system", "terminal"), [("auto", True, True), ("native", True, False), ("osc52", False, True)]
)
async def test_the_ways_to_copy(way: str, system: bool, terminal: bool) -> None:
    here = world(book({"clipboard": way}))
    app = here.app()
    async with app.run_test() as pilot:
        await settled(pilot)
        app.copy_to_clipboard("i-1")
        await settled(pilot)
        assert here.copied == (["i-1"] if system else [])
        assert app.clipboard == ("i-1" if terminal else "")


async def test_a_copy_by_a_command_that_fails_is_said() -> None:
    app = world(book({"clipboard": "command"})).app()
    async with app.run_test() as pilot:
        await settled(pilot)
        app.copy_to_clipboard("i-1")
        await until(lambda: "Not copied: the setting clipboard is command" in screen_text(app))


# The mouse -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mouse", [True, False])
async def test_the_mouse_is_taken_only_if_the_settings_say_so(mouse: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    app = world(book({"mouse": mouse})).app()
    asked: list[Any] = []

    async def run(**given: Any) -> None:
        asked.append(given)

    monkeypatch.setattr(app, "run_async", run)
    await app.run_to_its_end()
    assert asked == [{"mouse": mouse}]


# Hooks ---------------------------------------------------------------------------------------------


@pytest.mark.integration
async def test_a_hook_that_fails_keeps_a_session_from_starting_and_the_screen_says_so() -> None:
    here = world(book({"hooks.before_session": (sys.executable, "-c", "print('no ticket'); raise SystemExit(4)")}))
    app = here.app()
    async with app.run_test(size=(140, 30)) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await until(lambda: "ended with exit status 4: no ticket." in screen_text(app))
        assert "No session was started on db-1: the hook before it," in screen_text(app)
        assert here.handover.times == 0
        assert app.screen is nodes_screen(app)
        assert used(app) == []


async def test_while_the_hook_after_a_session_runs_that_is_said(tmp_path: Path) -> None:
    go = tmp_path / "go"
    hook = ("sh", "-c", f"while [ ! -e {go} ]; do sleep 0.05; done")
    app = world(book({"hooks.after_session": hook})).app()
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        await pilot.press("s")
        await until(lambda: "is over. Your hook after it still runs." in screen_text(app))
        app.clear_notifications()
        await pilot.press("s")
        await until(lambda: "is over. Your hook after it still runs." in screen_text(app))
        assert "is being started" not in screen_text(app)
        go.touch()
        await until(lambda: "ended after" in screen_text(app))


async def test_messages_are_found_by_the_key_in_force() -> None:
    app = world(book({"keys": {"messages": ("f8",)}})).app()
    async with app.run_test(size=(140, 30)) as pilot:
        await settled(pilot)
        app.notify("one", severity="error")
        app.notify("two", severity="error")
        await until(lambda: "+1: f8" in screen_text(app))
