"""The plugins, driven by keys."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual import events
from textual.pilot import Pilot

from smtui.domain.plugin_grade import FoundPlugin
from smtui.engine.launcher_parts import Setup
from smtui.tui.parts.confirm import ConfirmScreen
from smtui.tui.plugin.plugin_screen import PluginScreen
from smtui.tui.plugin.plugin_sheets import PluginLogSheet, StepsSheet, SwitchSheet
from smtui.tui.terminal import key_queue
from tests.engine.plugin_care.care_fakes import GOOD, OLD, SOME
from tests.tui.driving import at, running, table_of
from tests.tui.looking import screen_text
from tests.tui.plugin.plugin_world import Plugins
from tests.waiting import until


@asynccontextmanager
async def opened(given: Plugins, height: int = 30) -> AsyncIterator[Pilot[None]]:
    async with running(given.world, (140, height)) as pilot:
        await pilot.press("5")
        await at(pilot, PluginScreen)
        await until(lambda: table_of(pilot).row_count == len(given.plugins.found) + 1)
        await pilot.pause()
        yield pilot


def held_back(given: Plugins, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Let the plugins be found when the event is set, and no earlier."""
    listed, survey = threading.Event(), given.plugins.survey
    monkeypatch.setattr(given.plugins, "survey", lambda **where: listed.wait(30) and survey(**where))
    return listed


async def test_the_plugins_are_listed_with_what_they_are_used_for() -> None:
    given = Plugins()
    async with opened(given) as pilot:
        shown = screen_text(pilot.app)
        assert "Plugin · shells use the official one, forwards the built-in one (auto)" in shown
        assert "[5 Plugin" in shown or " 5 Plugin ✓" in shown
        await pilot.press("down")
        assert "the token would be in argv" in screen_text(pilot.app)


async def test_enter_uses_a_plugin_and_once_more_lets_smtui_choose() -> None:
    given = Plugins(GOOD, SOME)
    async with opened(given) as pilot:
        await pilot.press("down", "enter")
        await until(lambda: given.plugins.choice == SOME.path)
        await until(lambda: "shells and forwards use the official one (config.toml)" in screen_text(pilot.app))
        await until(lambda: "enter Let smtui choose" in screen_text(pilot.app))
        assert "Written to config.toml." in screen_text(pilot.app)
        await pilot.press("enter")
        await until(lambda: given.plugins.choice == "auto")


async def test_a_plugin_that_is_never_used_is_refused() -> None:
    given = Plugins()
    async with opened(given) as pilot:
        await pilot.press("down", "enter")
        await until(lambda: "is never used" in screen_text(pilot.app))
        assert given.plugins.choice == "auto"


async def test_verify_shows_every_check_and_says_the_worst() -> None:
    given = Plugins()
    async with opened(given, 40) as pilot:
        await pilot.press("v")
        await until(lambda: "2 good, 1 not known" in screen_text(pilot.app))
        assert "? package: Not known" in screen_text(pilot.app)
        await pilot.press("down", "v")
        await until(lambda: "1 good, 1 bad, 1 not known" in screen_text(pilot.app))
        assert "✕ file: Every user of this machine can change it." in screen_text(pilot.app)


async def test_a_test_session_is_reported_and_stays_in_the_state_line() -> None:
    given = Plugins(SOME)
    async with opened(given) as pilot:
        await pilot.press("t")
        await until(lambda: given.care.last_trial(SOME) is not None)
        await until(lambda: "Test session: ✓" in screen_text(pilot.app))
        await pilot.press("escape", "5")
        await at(pilot, PluginScreen)
        screen = pilot.app.screen
        assert isinstance(screen, PluginScreen)
        await until(lambda: "test session: ✓" in " ".join(screen.status.variants))
        assert screen.status.variants[0].endswith(" s ago")


async def test_what_cannot_be_tested_is_said_and_is_no_error() -> None:
    given = Plugins()
    async with opened(given) as pilot:
        await pilot.press("t")
        await until(lambda: "cannot be tested on this machine" in screen_text(pilot.app))
        assert "✕ Test session" not in screen_text(pilot.app)


async def test_our_log_is_switched_at_once() -> None:
    given = Plugins()
    async with opened(given) as pilot:
        await pilot.press("G", "d")
        await until(lambda: given.logs.is_on[True])
        await until(lambda: "d Stop logging" in screen_text(pilot.app))
        await pilot.press("d")
        await until(lambda: not given.logs.is_on[True])


async def test_the_official_log_asks_before_its_file_is_changed() -> None:
    given = Plugins()
    async with opened(given) as pilot:
        await pilot.press("d")
        await at(pilot, ConfirmScreen)
        assert "may hold what was typed" in " ".join(screen_text(pilot.app).split())
        await pilot.press("escape")
        await at(pilot, PluginScreen)
        assert not given.logs.is_on[False]
        await pilot.press("d")
        await at(pilot, ConfirmScreen)
        await pilot.press("enter")
        await until(lambda: given.logs.is_on[False])


async def test_an_administrators_commands_are_shown_and_copied_not_run() -> None:
    commands = ("sudo touch /x", "sudo install -m 644 /a /b")
    given = Plugins(commands=commands)
    async with opened(given) as pilot:
        await pilot.press("d")
        await at(pilot, ConfirmScreen)
        await pilot.press("enter")
        await at(pilot, SwitchSheet)
        assert commands[1] in screen_text(pilot.app)
        await pilot.press("c")
        await until(lambda: given.world.copied == ["\n".join(commands)])
        assert not given.logs.is_on[False]


async def test_the_log_is_shown_and_followed() -> None:
    given = Plugins()
    async with opened(given) as pilot:
        await pilot.press("l")
        await at(pilot, PluginLogSheet)
        await until(lambda: "12:00:01 closed" in screen_text(pilot.app))
        given.logs.lines = (*given.logs.lines, "12:00:02 opened again")
        await until(lambda: "12:00:02 opened again" in screen_text(pilot.app))
        assert "At level debug it may hold" in screen_text(pilot.app)


async def test_steps_are_shown_and_copied() -> None:
    given = Plugins(SOME)
    async with opened(given, 50) as pilot:
        await pilot.press("i")
        await at(pilot, StepsSheet)
        shown = screen_text(pilot.app)
        assert "Newer than 1.2.764.0" in shown
        assert "gpg --verify session-manager-plugin.deb.sig session-manager-plugin.deb" in shown
        await pilot.press("c")
        await until(lambda: bool(given.world.copied))
        assert given.world.copied[0].endswith("sudo dpkg -i session-manager-plugin.deb")
        await pilot.press("escape", "c")
        await until(lambda: len(given.world.copied) == 2)


async def test_a_version_that_is_not_known_is_no_heading_and_no_word_of_a_verdict() -> None:
    given = Plugins(FoundPlugin("/a/session-manager-plugin", None, trouble="It is mute."))
    async with opened(given, 45) as pilot:
        await pilot.press("v")
        await until(lambda: "Verified session-manager-plugin (version not known): " in screen_text(pilot.app))
        await pilot.press("i")
        await at(pilot, StepsSheet)
        assert "What the releases mend" in screen_text(pilot.app)
        assert "Newer than" not in screen_text(pilot.app)


async def test_a_machine_that_is_not_known_gets_the_text_and_nothing_to_copy() -> None:
    given = Plugins(setup=Setup())
    async with opened(given, 50) as pilot:
        await pilot.press("c", "i")
        await at(pilot, StepsSheet)
        assert "Install the Session Manager plugin" in screen_text(pilot.app)
        await pilot.press("c")
        await pilot.pause()
        assert given.world.copied == []


async def test_the_path_is_copied_and_the_list_read_again() -> None:
    given = Plugins()
    async with opened(given) as pilot:
        await pilot.press("y")
        await until(lambda: given.world.copied == [GOOD.path])
        given.plugins.found = (SOME, GOOD, OLD)
        await pilot.press("r")
        await until(lambda: table_of(pilot).row_count == 4)


async def test_a_key_typed_before_the_plugins_are_listed_waits_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    given = Plugins()
    listed = held_back(given, monkeypatch)
    async with running(given.world, (140, 30)) as pilot:
        for key in ("5", "v"):
            pilot.app.post_message(events.Key(key, key))
        await at(pilot, PluginScreen)
        listed.set()
        await until(lambda: "Verified" in screen_text(pilot.app))


async def test_and_is_answered_in_words_where_that_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_queue, "FIRST_ROWS_SECONDS", 0.01)
    given = Plugins()
    listed = held_back(given, monkeypatch)
    async with running(given.world, (140, 30)) as pilot:
        for key in ("5", "v"):
            pilot.app.post_message(events.Key(key, key))
        await until(lambda: "still looking for the plugins" in screen_text(pilot.app))
        listed.set()
