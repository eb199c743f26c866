"""The presets, driven by keys."""

from __future__ import annotations

import threading
from dataclasses import replace

from smtui.domain.forward import Destination
from smtui.domain.preset import BrokenPreset, Preset, PresetList, PresetsUnusable
from smtui.engine.preset_book import PresetsInMemory
from smtui.tui.parts.confirm import ConfirmScreen
from smtui.tui.presets.preset_form_screen import PresetFormScreen
from smtui.tui.presets.presets_screen import PresetsScreen
from tests.tui.driving import at, forwarding, running, table_of
from tests.tui.looking import screen_text
from tests.tui.world import World
from tests.waiting import PATIENCE, until


async def test_a_preset_is_made_edited_copied_and_removed() -> None:
    world = World()
    async with running(world) as pilot:
        await pilot.press("4")
        await at(pilot, PresetsScreen)
        await pilot.press("n")
        await at(pilot, PresetFormScreen)
        await pilot.press(*"Orders", "down", "down", "down", "down", *"5432", "ctrl+s")
        await until(lambda: "1 yours" in screen_text(pilot.app))
        await pilot.press("enter")
        await at(pilot, PresetFormScreen)
        await pilot.press("down", *"web-1", "ctrl+s")
        await until(lambda: world.presets.load().presets[0].target == "web-1")
        await at(pilot, PresetsScreen)
        await pilot.press("c")
        await at(pilot, PresetFormScreen)
        await pilot.press("ctrl+s")
        await until(lambda: "2 yours" in screen_text(pilot.app))
        await pilot.press("x")
        await at(pilot, ConfirmScreen)
        assert "Remove the preset Orders copy?" in screen_text(pilot.app)
        await pilot.press("enter")
        await until(lambda: [preset.name for preset in world.presets.load().presets] == ["Orders"])


async def test_what_is_built_in_is_neither_edited_nor_removed() -> None:
    world = World()
    async with running(world) as pilot:
        await pilot.press("4")
        await at(pilot, PresetsScreen)
        await until(lambda: table_of(pilot).rows)
        await pilot.press("enter", "x", "delete")
        await pilot.pause()
        assert isinstance(pilot.app.screen, PresetsScreen)


async def test_enter_and_space_open_and_close_what_comes_with_smtui() -> None:
    world = World(presets=PresetsInMemory([Preset("Shop", Destination(80))]))
    async with running(world, (80, 24)) as pilot:
        await pilot.press("4")
        await at(pilot, PresetsScreen)
        await until(lambda: table_of(pilot).row_count == 3)
        assert "come with smtui · 10 ▸" in screen_text(pilot.app)
        assert "enter Edit" in screen_text(pilot.app)
        await pilot.press("j")
        await pilot.pause()
        assert "enter Open" in screen_text(pilot.app)
        await pilot.press("enter")
        await until(lambda: table_of(pilot).row_count == 13)
        await pilot.pause()
        assert "come with smtui · 10 ▾" in screen_text(pilot.app)
        assert "enter Close" in screen_text(pilot.app)
        await pilot.press("space")
        await until(lambda: table_of(pilot).row_count == 3)


class BrokenFile(PresetsInMemory):
    """A file that cannot be read."""

    def load(self) -> PresetList:
        return PresetList((), "presets.toml, line 3: the key port is missing.", (BrokenPreset("Shop", "no port"),))

    def save(self, preset: Preset, replacing: str) -> None:
        raise PresetsUnusable("presets.toml is broken and left alone.")


async def test_a_broken_file_is_told_of_and_nothing_in_it_can_be_changed() -> None:
    world = World(presets=BrokenFile())
    async with running(world, (80, 24)) as pilot:
        await pilot.press("4")
        await until(lambda: "presets.toml, line 3" in screen_text(pilot.app))
        assert "✕ Shop" in screen_text(pilot.app)
        await pilot.press("n", "c")
        await pilot.pause()
        assert isinstance(pilot.app.screen, PresetsScreen)
        await pilot.press("1")
        await forwarding(pilot)
        assert "presets.toml, line 3" in screen_text(pilot.app)


async def test_a_preset_is_saved_once_however_often_the_key_is_pressed() -> None:
    store, go = PresetsInMemory(), threading.Event()
    save = store.save
    store.save = lambda *given: (go.wait(PATIENCE), save(*given))[1]  # type: ignore[method-assign]
    async with running(World(presets=store)) as pilot:
        await pilot.press("4")
        await at(pilot, PresetsScreen)
        await pilot.press("n")
        await at(pilot, PresetFormScreen)
        await pilot.press(*"Orders", "down", "down", "down", "down", *"5432", "ctrl+s", "ctrl+s", "ctrl+s")
        await pilot.pause()
        go.set()
        await until(lambda: "1 yours" in screen_text(pilot.app))
        assert isinstance(pilot.app.screen, PresetsScreen)


class SlowFile(PresetsInMemory):
    """A file whose disk answers late."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def load(self) -> PresetList:
        self.go.wait(PATIENCE)
        return super().load()


async def test_what_is_not_read_yet_is_not_counted() -> None:
    world = World(presets=(slow := SlowFile()))
    async with running(world, (80, 24)) as pilot:
        await pilot.press("4")
        await until(lambda: "Presets · reading…" in screen_text(pilot.app))
        assert "yours" not in screen_text(pilot.app)
        slow.go.set()
        await until(lambda: "0 yours, 10 that come with smtui" in screen_text(pilot.app))
        await until(lambda: "reading…" not in screen_text(pilot.app))


async def test_the_row_of_a_broken_preset_says_what_is_wrong_where_there_is_no_column_for_it() -> None:
    source, wrong = "~/.config/smtui/presets.toml", "command: {nope} is not known."
    store = PresetsInMemory()
    broken = (
        BrokenPreset("Own", f"{source}, line 5: {wrong}"),
        BrokenPreset("Bad", "~/team.toml, line 10: port: '99999' is not a port.", origin="~/team.toml"),
    )
    store.load = lambda: PresetList(source=source, broken=broken)  # type: ignore[method-assign]
    async with running(World(presets=store), (80, 24)) as pilot:
        await pilot.press("4")
        await until(lambda: "✕ Bad" in screen_text(pilot.app))
        await until(lambda: f"\n line 5: {wrong}" in screen_text(pilot.app))
        await pilot.press("j")
        await until(lambda: "\n line 10: port: '99999' is not a port." in screen_text(pilot.app))


TEAM = "~/src/infra/smtui.toml"


class Team:
    """An included file."""

    def __init__(self) -> None:
        self.presets = [
            Preset("Grafana", Destination(443, "grafana.int"), "web-1", 8443, command=("open", "x"), origin=TEAM),
            Preset("Shop", Destination(8080), origin=TEAM),
        ]

    def load(self) -> PresetList:
        return PresetList(tuple(self.presets), unread=("~/gone.toml is not there.",))


def with_team() -> World:
    return World(presets=PresetsInMemory([Preset("Shop", Destination(80))]), included=Team())


async def test_included_ones_are_below_their_file_and_say_where_they_are() -> None:
    world = with_team()
    async with running(world, (140, 24)) as pilot:
        await pilot.press("4")
        await until(lambda: f"team · {TEAM} (read-only; c makes one yours)" in screen_text(pilot.app))
        shown = screen_text(pilot.app)
        assert "1 yours, 1 of the team, 10 that come with smtui" in shown
        assert "replaces the team's" in shown
        assert "~/gone.toml is not there." in shown
        await pilot.press("j")
        for key in ("enter", "x"):
            await pilot.press(key)
            await until(lambda: f"Grafana is in {TEAM}, which smtui only reads. c makes one" in screen_text(pilot.app))
            assert isinstance(pilot.app.screen, PresetsScreen)
        await pilot.press("c")
        await at(pilot, PresetFormScreen)
        await pilot.press("ctrl+s")
        await until(lambda: "2 yours, 10 that come with smtui" in screen_text(pilot.app))
        assert world.presets.load().presets[1].destination == Destination(443, "grafana.int")


async def test_an_included_one_is_asked_about_before_its_first_start_and_after_a_change() -> None:
    world = with_team()
    async with running(world, (100, 30)) as pilot:
        await pilot.press("4")
        await at(pilot, PresetsScreen)
        await until(lambda: "Grafana" in screen_text(pilot.app))
        await pilot.press("j", "s")
        await at(pilot, ConfirmScreen)
        assert "then run: open x" in screen_text(pilot.app)
        await pilot.press("escape")
        await at(pilot, PresetsScreen)
        assert world.tunnels.views() == ()
        await pilot.press("s")
        await at(pilot, ConfirmScreen)
        await pilot.press("enter")
        await until(lambda: len(world.tunnels.views()) == 1)
        await at(pilot, PresetsScreen)
        await pilot.press("s")
        await until(lambda: len(world.tunnels.views()) == 2)
        assert isinstance(world.included, Team)
        world.included.presets[0] = replace(world.included.presets[0], command=("rm", "-r", "x"))
        await pilot.press("escape", "4")
        await at(pilot, PresetsScreen)
        await pilot.press("j", "s")
        await at(pilot, ConfirmScreen)
        assert "was changed since you last started it." in " ".join(screen_text(pilot.app).replace("│", "").split())
        assert "rm -r x" in screen_text(pilot.app)
