"""The header line: who and where stay whole at every width, and the screens and lamps take what is left."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from smtui.domain.plugin_grade import PluginGrade, PluginPick
from smtui.domain.version import Version
from smtui.tui.parts.header_layout import TABS, HeaderFacts, Lamps, Tone, header_line

FINE = PluginPick("/usr/bin/session-manager-plugin", Version.of("1.2.896.0"), PluginGrade.FINE, "It was found.")
LAMPS = Lamps(3, 1, FINE, plugin_sought=True, sessions=2)
NODES = HeaderFacts(
    "Nodes",
    (("prod-ops", "111122223333", "eu-west-1"), ("prod-ops", "eu-west-1"), ("eu-west-1",)),
    lamps=LAMPS,
)
SUBJECT = HeaderFacts(
    "Troubleshoot",
    (("i-0dc9ff59f634b7b44", "prod-ops/eu-west-1"), ("i-0dc9ff59f634b7b44",)),
    "no-nat-1",
    lamps=LAMPS,
)


def line(facts: HeaderFacts, width: int) -> str:
    return "".join(piece.text for piece in header_line(facts, width))


NAMES = st.text(st.characters(codec="utf-8"), max_size=30)
FACTS = st.builds(
    HeaderFacts,
    st.sampled_from([*(title for _, title in TABS), "Troubleshoot"]),
    st.lists(st.lists(NAMES, max_size=3).map(tuple), max_size=3).map(tuple),
    NAMES,
    read_only=st.booleans(),
    lamps=st.builds(
        Lamps, st.integers(0, 12), st.integers(0, 12), st.sampled_from([None, FINE]), plugin_sought=st.booleans()
    ),
)


@given(FACTS, st.integers(20, 300))
def test_the_line_is_exactly_as_wide_as_the_screen(facts: HeaderFacts, width: int) -> None:
    assert cell_len(line(facts, width)) == width


@given(st.integers(20, 300), st.booleans(), st.sampled_from([LAMPS, Lamps(), replace(LAMPS, tunnels=123)]))
def test_the_left_side_is_never_cut(width: int, read_only: bool, lamps: Lamps) -> None:
    """Each word is whole or gone, and the screen's name stands there unless its tab does."""
    drawn = line(replace(NODES, read_only=read_only, lamps=lamps), width)
    assert "…" not in drawn.replace("lugin …", "")
    assert "Nodes" in drawn
    assert ("READ-ONLY" in drawn) == read_only
    if width >= (64 if read_only else 52):
        assert "prod-ops · 111122223333 · eu-west-1" in drawn


@given(st.integers(20, 300))
def test_tabs_are_whole_or_gone(width: int) -> None:
    drawn = line(NODES, width)
    shown = [f" {key} {title} " in drawn for key, title in TABS]
    assert all(shown) or not any(shown)


@pytest.mark.parametrize(
    ("facts", "width", "left", "right"),
    [
        (
            NODES,
            140,
            " smtui  prod-ops · 111122223333 · eu-west-1",
            " 1 Nodes  2 Tunnels ●3 ✕1  3 Sessions ●2  4 Presets  5 Plugin ✓ ",
        ),
        (NODES, 80, " smtui  Nodes · prod-ops · 111122223333 · eu-west-1", "●3 ✕1  plugin ✓ "),
        (NODES, 60, " smtui  Nodes · prod-ops · 111122223333 · eu-west-1", "✕1 "),
        (NODES, 40, " smtui  Nodes · prod-ops · eu-west-1", ""),
        (NODES, 26, " smtui  Nodes · eu-west-1", ""),
        (NODES, 20, " smtui  Nodes", "✕1 "),
        (replace(NODES, read_only=True), 20, " Nodes · READ-ONLY", ""),
        (SUBJECT, 80, " smtui  Troubleshoot no-nat-1 · i-0dc9ff59f634b7b44 · prod-ops/eu-west-1", "✕1 "),
        (SUBJECT, 60, " smtui  Troubleshoot no-nat-1 · i-0dc9ff59f634b7b44", "✕1 "),
        (SUBJECT, 20, " Troubleshoot no-na…", ""),
    ],
)
def test_what_each_width_has(facts: HeaderFacts, width: int, left: str, right: str) -> None:
    assert line(facts, width) == left.ljust(width - len(right)) + right


def test_the_tab_of_the_screen_is_in_reverse_and_each_leads_to_its_own() -> None:
    pieces = header_line(NODES, 140)
    assert [piece.text for piece in pieces if piece.tone is Tone.HERE] == [" 1 Nodes "]
    assert {piece.text.strip(): piece.goes_to for piece in pieces if piece.goes_to} == {
        "1 Nodes": "Nodes",
        "2 Tunnels": "Tunnels",
        "●3": "Tunnels",
        "✕1": "Tunnels",
        "3 Sessions": "Sessions",
        "●2": "Sessions",
        "4 Presets": "Presets",
        "5 Plugin": "Plugin",
        "✓": "Plugin",
    }


@pytest.mark.parametrize(
    ("grade", "lamp", "tone"),
    [
        (PluginGrade.FINE, "✓ ", Tone.GOOD),
        (PluginGrade.BUILTIN, "✓ ", Tone.GOOD),
        (PluginGrade.OUTDATED, "! outdated ", Tone.WARN),
        (PluginGrade.KNOWN_BAD, "! known bad ", Tone.WARN),
        (PluginGrade.TOO_OLD, "✕ too old ", Tone.BAD),
        (PluginGrade.CANNOT_HIDE_TOKEN, "✕ too old ", Tone.BAD),
        (PluginGrade.MISSING, "✕ missing ", Tone.BAD),
        (PluginGrade.UNREADABLE, "✕ unreadable ", Tone.BAD),
    ],
)
def test_the_lamp_of_the_plugin(grade: PluginGrade, lamp: str, tone: Tone) -> None:
    facts = replace(NODES, lamps=Lamps(plugin=PluginPick("/x", None, grade, "")))
    assert [(piece.text, piece.tone) for piece in header_line(facts, 140)][-1] == (lamp, tone)


@pytest.mark.parametrize(("is_sought", "lamp"), [(False, "5 Plugin … "), (True, "5 Plugin ? ")])
def test_a_plugin_that_is_not_known(is_sought: bool, lamp: str) -> None:
    assert line(replace(NODES, lamps=Lamps(plugin_sought=is_sought)), 140).endswith(lamp)


def test_what_comes_from_outside_is_harmless() -> None:
    hostile: Any = replace(NODES, words=(("a\x1b[31m",),), subject="\x07")
    assert "␛[31m" in line(hostile, 140)
