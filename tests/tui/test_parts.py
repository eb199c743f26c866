"""The small parts: when to read again, what the clipboard does, why a list is empty, which theme, which facts."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from textual.theme import Theme

from smtui.domain.node import Sighting
from smtui.engine.offloop import OffLoop
from smtui.tui import clipboard as clipboard_module
from smtui.tui.clipboard import SystemClipboard
from smtui.tui.nodes.node_sections import identity, sections
from smtui.tui.nodes.node_table import NodeTable
from smtui.tui.nodes.refresh_pace import RefreshPace
from smtui.tui.nodes.surroundings import ListState, why_empty
from smtui.tui.themes import DARK, LIGHT, fitting_theme
from tests.domain.build import NOW, connected, ec2_facts, node, ssm_facts
from tests.tui.world import World, is_at_rest, nodes_screen, settled


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(("took", "wait"), [(0.5, 60.0), (10.0, 200.0)])
def test_reading_takes_a_twentieth_of_the_time_at_most_and_a_minute_passes_at_least(took: float, wait: float) -> None:
    clock = Clock()
    pace = RefreshPace(clock)

    def due_at(moment: float) -> bool:
        clock.now = moment
        return pace.due

    assert not due_at(0)
    pace.reading_began()
    assert not due_at(1000)
    clock.now = took
    pace.reading_ended()
    assert not due_at(took + wait - 0.1)
    assert due_at(took + wait)
    pace.reading_began()
    assert not due_at(took + wait + 1)


async def test_the_system_clipboard_gets_the_text() -> None:
    copied: list[str] = []
    assert await SystemClipboard(OffLoop(), {}, copied.append).put("i-1")
    assert copied == ["i-1"]


@pytest.mark.parametrize("name", ["SSH_CONNECTION", "SSH_TTY"])
async def test_over_ssh_the_system_clipboard_is_not_asked(name: str) -> None:
    copied: list[str] = []
    assert not await SystemClipboard(OffLoop(), {name: "x"}, copied.append).put("i-1")
    assert copied == []


async def test_a_clipboard_that_hangs_or_fails_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clipboard_module, "PATIENCE_SECONDS", 0.05)
    release = threading.Event()

    def hanging(_: str) -> None:
        release.wait(60)

    def broken(_: str) -> None:
        raise RuntimeError("no clipboard")

    assert not await SystemClipboard(OffLoop(), {}, hanging).put("x")
    release.set()
    assert not await SystemClipboard(OffLoop(), {}, broken).put("x")


STATE = ListState(total=0, filter_text="", trouble="", problems=(), reading=False, was_read=True, regions="eu-west-1")


def test_an_empty_list_says_why() -> None:
    assert "No node matches 'zzz'." in why_empty(replace(STATE, total=3, filter_text="zzz "))
    assert "escape" in why_empty(replace(STATE, total=3, filter_text="zzz"))[-1]
    assert "There are no nodes in eu-west-1" in why_empty(STATE)[0]
    reading = replace(STATE, was_read=False, reading=True)
    assert why_empty(reading) == ("Reading the nodes …",)
    assert why_empty(replace(reading, pending=["Waiting for X: no answer for 6 s."]))[-1].startswith("Waiting for X")
    denied = replace(STATE, was_read=False, problems=("ssm:X was denied.",))
    assert why_empty(denied) == (
        "The nodes could not be read:",
        "ssm:X was denied.",
        "Press t to check this machine, r to try again.",
    )
    assert why_empty(replace(STATE, trouble="The Region did not start."))[0] == "The Region did not start."
    assert why_empty(replace(STATE, problems=("ec2:X was denied.",)))[-1] == "ec2:X was denied."


@pytest.mark.parametrize(
    ("colors", "theme"), [("", DARK), ("15;0", DARK), ("0;15", LIGHT), ("0;default;15", LIGHT), ("15;8", DARK)]
)
def test_the_theme_follows_the_terminals_background(colors: str, theme: Theme) -> None:
    assert fitting_theme({"COLORFGBG": colors}) == theme.name


def test_details_name_every_source_with_its_age() -> None:
    told = sections(node(connection=connected(12)), NOW)
    notes = {section.title: section.note for section in told}
    assert notes["Systems Manager"] == "listed 2 s ago"
    assert notes["EC2"] == "seen 2 s ago"
    assert notes["Connection"] == "probed 12 s ago"


def test_details_say_why_a_side_is_missing() -> None:
    denied = node(ec2=None, ec2_side=Sighting.DENIED, ec2_trouble="ec2:DescribeInstances was denied.")
    assert {section.title: section.note for section in sections(denied, NOW)}["EC2"].endswith("was denied.")
    absent = node(ssm=None, ssm_side=Sighting.ABSENT)
    assert {section.title: section.note for section in sections(absent, NOW)}["Systems Manager"] == "not listed"


def test_a_hybrid_node_has_no_ec2_side() -> None:
    hybrid = node(node_id="mi-0a1b2c3d4e5f60718", ssm=ssm_facts("mi-0a1b2c3d4e5f60718"), ec2=None)
    assert "EC2" not in [section.title for section in sections(hybrid, NOW)]
    assert identity(hybrid) == "mi-0a1b2c3d4e5f60718 · hybrid node"


def test_tags_are_facts() -> None:
    tagged = node(ec2=ec2_facts(tags={"env": "prod"}))
    assert [(fact.label, fact.value) for fact in sections(tagged, NOW)[-1].facts] == [("env", "prod")]


async def test_a_screen_is_at_rest_only_when_nothing_waits() -> None:
    """What every picture rests on: see `world.settled`."""
    world = World()
    async with world.app().run_test() as pilot:
        await settled(pilot)
        screen = nodes_screen(pilot.app)
        assert is_at_rest(screen)
        screen.table.post_message(NodeTable.Scrolled())
        assert not is_at_rest(screen), "a message waits"
        await settled(pilot)
        screen.refresh(layout=True)
        assert not is_at_rest(screen), "it waits to be laid out"
        await settled(pilot)
        assert is_at_rest(screen)
