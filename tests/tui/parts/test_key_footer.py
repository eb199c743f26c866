"""The footer: which commands fit, in which order they go, and that each key works where it is shown."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App
from textual.pilot import Pilot

from smtui.engine.launcher_parts import Setup
from smtui.tui.parts.key_footer import SEPARATOR, FooterEntry, KeyFooter, place_entries
from tests.tui.looking import screen_text, told
from tests.tui.test_snapshots import SCENES, leading_to
from tests.tui.world import World, nodes_screen, settled
from tests.waiting import until

HELP = FooterEntry("help", "?", "Help")
BACK = FooterEntry("back", "esc", "Back")


def entry(words: str, *, spare: bool = False) -> FooterEntry:
    key, _, label = words.partition(" ")
    return FooterEntry(words, key, label, spare=spare)


WORDS = st.from_regex(r"[a-z]{1,6} [A-Z][a-z]{1,12}( [a-z]{1,8})?", fullmatch=True)
ENTRIES = st.lists(
    st.builds(entry, WORDS, spare=st.booleans()), min_size=1, max_size=12, unique_by=lambda each: each.command_id
).map(lambda found: [*found, BACK, HELP])


def line(entries: list[FooterEntry], width: int) -> str:
    drawn = ""
    for at in place_entries(entries, width):
        assert at.start >= cell_len(drawn)
        drawn = drawn.ljust(at.start) + f"{at.entry.key} {at.entry.label}".rstrip()
    return drawn


@given(ENTRIES, st.integers(10, 300))
def test_what_fits_is_in_order_and_the_first_entry_and_the_help_never_go(
    entries: list[FooterEntry], width: int
) -> None:
    placed = place_entries(entries, width)
    shown = [at.entry.command_id for at in placed]
    assert shown == [each.command_id for each in entries if each.command_id in shown]
    assert placed[-1].end <= width
    assert all(before.end + len(SEPARATOR) == after.start for before, after in pairwise(placed))
    if width >= len(f" {entries[0].key}{SEPARATOR}? "):
        assert {shown[0], shown[-1]} == {entries[0].command_id, "help"}
    gone = [each for each in entries if each.command_id not in shown]
    if any(not each.spare for each in gone[:-1] if each is not BACK):
        assert not any(at.entry.spare for at in placed[1:-1]), "the spare ones go first"


@given(ENTRIES, st.integers(10, 299))
def test_more_width_never_takes_an_entry_away(entries: list[FooterEntry], width: int) -> None:
    narrow, wide = (
        {at.entry.command_id: bool(at.entry.label) for at in place_entries(entries, w)} for w in (width, width + 1)
    )
    assert narrow.keys() <= wide.keys()
    assert all(wide[name] for name, labelled in narrow.items() if labelled)


NODES = [
    entry("enter Shell"),
    entry("d Document", spare=True),
    entry("f Forward"),
    entry("t Troubleshoot"),
    entry("/ Filter", spare=True),
    entry("i Details"),
    entry(": Palette", spare=True),
    HELP,
]


@pytest.mark.parametrize(
    ("width", "drawn"),
    [
        (140, "enter Shell  d Document  f Forward  t Troubleshoot  / Filter  i Details  : Palette  ? Help"),
        (80, "enter Shell  d Document  f Forward  t Troubleshoot  i Details  ? Help"),
        (60, "enter Shell  f Forward  t Troubleshoot  ? Help"),
        (30, "enter Shell  ? Help"),
        (18, "enter Shell  ?"),
        (12, "enter  ?"),
    ],
)
def test_the_footer_of_the_nodes(width: int, drawn: str) -> None:
    placed = place_entries(NODES, width)
    assert "  ".join(f"{at.entry.key} {at.entry.label}".rstrip() for at in placed) == drawn


# On the screens ----------------------------------------------------------------------------------


async def shown(pilot: Pilot[Any], name: str, world: World) -> list[FooterEntry]:
    """Go to the scene; return what its footer shows."""
    await leading_to(SCENES[name], world)(pilot)
    return [at.entry for at in pilot.app.screen.query_one(KeyFooter).placed]


def seen(app: App[Any], world: World) -> tuple[Any, ...]:
    runs = len(world.script.runs) if world.script else 0
    return app.screen, screen_text(app), tuple(told(app)), tuple(world.copied), app._exit, app.focused, runs


async def press(pilot: Pilot[Any], world: World, number: int) -> FooterEntry:
    """Click this entry of the footer; something happens, and no fault."""
    app = pilot.app
    place = app.screen.query_one(KeyFooter).placed[number]
    before = seen(app, world)
    await pilot.click(KeyFooter, offset=(place.start, 0))
    await until(lambda: seen(app, world) != before, lambda: place.entry)
    assert not any("fault in smtui" in sentence for sentence in told(app)), place.entry
    return place.entry


@pytest.mark.parametrize("name", ["list", "tunnels", "presets", "troubleshoot", "failure-denied"])
async def test_each_key_of_the_footer_works_where_it_is_shown(name: str) -> None:
    world = SCENES[name].world()
    app = world.app()
    async with app.run_test(size=(140, 45)) as pilot:
        entries = await shown(pilot, name, world)
        place = app.screen
        last = ("shell", "back", "failure.retry", "tunnels.copy")  # they leave the screen
        for number in sorted(range(len(entries)), key=lambda at: entries[at].command_id in last):
            if not entries[number].enabled:
                continue
            await press(pilot, world, number)
            if number != len(entries) - 1 and entries[number].command_id in last:
                return
            while app.screen is not place:
                app.pop_screen()
                await pilot.pause()
            place.set_focus(place.query("CursorList").first())


@pytest.mark.parametrize(
    ("name", "number"),
    [
        *((name, number) for name in ("not-ready", "tunnel-command", "stop", "quit") for number in (0, -1)),
        ("filter", 0),
        ("forward", 2),
        ("forward", 3),
        ("document", 1),
        ("automation", 2),
    ],
)
async def test_each_key_of_a_dialog_works(name: str, number: int) -> None:
    world = SCENES[name].world()
    async with world.app().run_test(size=(140, 45)) as pilot:
        await shown(pilot, name, world)
        await press(pilot, world, number)


async def offered(pilot: Pilot[Any]) -> str:
    await settled(pilot)
    entries = [at.entry for at in pilot.app.screen.query_one(KeyFooter).placed]
    return ", ".join(entry.label for entry in entries if entry.enabled and entry.command_id not in ("back", "help"))


async def test_no_preset_is_offered_what_it_does_not_have() -> None:
    world = SCENES["presets"].world()
    async with world.app().run_test(size=(140, 45)) as pilot:
        await shown(pilot, "presets", world)
        assert await offered(pilot) == "Start, Edit, New, Duplicate, Remove"
        await pilot.press("G")
        assert await offered(pilot) == "Open, New"
        await pilot.press("enter")
        assert await offered(pilot) == "Close, New"
        await pilot.press("j")
        assert await offered(pilot) == "Start, New, Duplicate"


async def test_no_check_is_offered_what_it_does_not_have() -> None:
    world = SCENES["troubleshoot"].world()
    async with world.app().run_test(size=(140, 45)) as pilot:
        await shown(pilot, "troubleshoot", world)
        assert (await offered(pilot)).startswith("Copy fix, Other fix, Next problem, Run again")
        await pilot.press("n")
        assert (await offered(pilot)).startswith("Next problem, Run again"), "what was denied has no fix"


async def test_one_entry_for_nine_keys_takes_no_click() -> None:
    world = SCENES["forward"].world()
    async with world.app().run_test(size=(140, 45)) as pilot:
        entries = await shown(pilot, "forward", world)
        place = pilot.app.screen.query_one(KeyFooter).placed[1]
        assert entries[1].label == "Pick"
        await pilot.click(KeyFooter, offset=(place.start, 0))
        await settled(pilot)
        assert not world.tunnels.views()


async def test_what_cannot_work_on_this_row_is_dim_and_keeps_its_place() -> None:
    world = SCENES["tunnels"].world()
    app = world.app()
    async with app.run_test(size=(140, 24)) as pilot:
        of_open = await shown(pilot, "tunnels", world)
        await pilot.press("j", "j")
        await settled(pilot)
        of_failed = [at.entry for at in app.screen.query_one(KeyFooter).placed]
        assert [each.label for each in of_open] == [each.label for each in of_failed]
        assert {each.label for each in of_open if not each.enabled} == {"Forget"}
        assert {each.label for each in of_failed if not each.enabled} == {"Command", "Stop"}


async def test_what_read_only_refuses_is_not_shown() -> None:
    app = World(launcher_arguments={"setup": Setup(read_only=True)}).app()
    async with app.run_test(size=(140, 45)) as pilot:
        await settled(pilot)
        labels = [at.entry.label for at in nodes_screen(app).query_one(KeyFooter).placed]
        assert labels == ["Troubleshoot", "Filter", "Details", "Wait", "Mark", "Copy as aws command", "Palette", "Help"]
