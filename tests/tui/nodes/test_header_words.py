"""The header line says who, where, which plugin, how many and how old, at every width it is given."""

from __future__ import annotations

from typing import Any

import pytest
from rich.cells import cell_len

from smtui.domain.plugin_grade import PluginGrade, PluginPick
from smtui.domain.version import Version
from smtui.tui.nodes.header_words import HeaderFacts, Tone, header_line

FINE = PluginPick("/usr/bin/session-manager-plugin", Version.of("1.2.896.0"), PluginGrade.FINE, "It was found.")


def facts(**given: Any) -> HeaderFacts:
    known: dict[str, Any] = {
        "who": "ops",
        "account": "111122223333",
        "regions": "eu-west-1",
        "plugin": FINE,
        "plugin_sought": True,
        "shown": 23,
        "total": 41,
        "filtered": True,
        "age": "8 s",
        "loading": False,
    }
    return HeaderFacts(**{**known, **given})


def line(width: int, **given: Any) -> str:
    return "".join(text for text, _ in header_line(facts(**given), width))


def test_140_columns_say_everything() -> None:
    said = line(140)
    for word in ("smtui", "ops · 111122223333 · eu-west-1", "plugin 1.2.896.0 ✓", "23 of 41 nodes · 8 s ago"):
        assert word in said


@pytest.mark.parametrize("loading", [False, True])
def test_every_width_has_profile_region_plugin_count_and_age(loading: bool) -> None:
    for width in range(64, 200):
        said = line(width, loading=loading)
        assert cell_len(said) == width
        for word in ("ops", "eu-west-1", "✓", "23 of 41", "8 s ago"):
            assert word in said


def test_narrow_terminals_get_a_whole_line_too() -> None:
    for width in range(1, 64):
        assert cell_len(line(width, who="a-rather-long-profile-name")) == width


def test_a_long_profile_is_cut_before_anything_else() -> None:
    said = line(80, who="p" * 70)
    assert "…" in said
    assert "23 of 41 · 8 s ago" in said


def test_the_first_reading_counts_up() -> None:
    assert "reading… 1,200 nodes" in line(100, age="", loading=True, total=1200)


def test_without_a_filter_the_total_is_enough() -> None:
    assert "  41 nodes" in line(100, filtered=False)


@pytest.mark.parametrize(
    ("grade", "words"),
    [
        (PluginGrade.OUTDATED, "! outdated"),
        (PluginGrade.KNOWN_BAD, "! known bad"),
        (PluginGrade.TOO_OLD, "! too old"),
        (PluginGrade.CANNOT_HIDE_TOKEN, "! too old"),
        (PluginGrade.MISSING, "! missing"),
        (PluginGrade.UNREADABLE, "! unreadable"),
    ],
)
def test_a_plugin_that_is_not_fine_says_so(grade: PluginGrade, words: str) -> None:
    pieces = header_line(facts(plugin=PluginPick("/x", None, grade, "")), 80)
    assert (words, Tone.WARN) in pieces


def test_the_built_in_plugin_is_named() -> None:
    assert "plugin built-in ✓" in line(140, plugin=PluginPick("", None, PluginGrade.BUILTIN, ""))


def test_names_are_made_harmless() -> None:
    from smtui.tui.nodes.header_words import several

    assert several(["a\x1b[31m", "", "b", "b"]) == "a␛[31m, b"
