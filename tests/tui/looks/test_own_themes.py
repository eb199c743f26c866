"""The user's theme files: roles, colours, what they start from, and what is said of mistakes."""

from __future__ import annotations

from typing import Any

import pytest

from smtui.domain.settings.theme_source import ThemeSource
from smtui.tui.looks.own_themes import ROLES, contrast, own_theme
from smtui.tui.looks.themes import BASES, DARK, LIGHT, PLAIN


def source(values: dict[str, Any], name: str = "sea") -> ThemeSource:
    return ThemeSource(name, values, {key: number for number, key in enumerate(values, 1)})


def said(values: dict[str, Any], name: str = "sea") -> list[str]:
    return [str(mistake) for mistake in own_theme(source(values, name)).mistakes]


def test_a_theme_has_its_own_colours_and_all_others_of_its_base() -> None:
    theme, mistakes, hard_to_read = own_theme(source({"base": LIGHT.name, "accent": "#005", "text": "#101010"}))
    assert theme is not None
    assert (mistakes, hard_to_read) == ((), ())
    assert (theme.name, theme.primary, theme.foreground, theme.dark) == ("sea", "#000055", "#101010", False)
    assert (theme.background, theme.variables["cursor"]) == (LIGHT.background, LIGHT.variables["cursor"])


def test_without_a_base_it_starts_from_the_dark_theme() -> None:
    theme, *_ = own_theme(source({"accent": "#00ffff"}))
    assert theme is not None
    assert (theme.background, theme.dark) == (DARK.background, True)


def test_a_mistake_costs_its_own_colour_alone_and_names_what_was_meant() -> None:
    values = {"base": "smtui-darc", "warnig": "#ffff00", "bad": "red", "good": 7, "accent": "#00ffff"}
    theme, *_ = own_theme(source(values))
    assert theme is not None
    assert (theme.primary, theme.error, theme.success) == ("#00ffff", DARK.error, DARK.success)
    assert said(values) == [
        "themes/sea.toml line 1: there is no theme smtui-darc to start from; did you mean smtui-dark?",
        "themes/sea.toml line 2: no role warnig; did you mean warning?",
        'themes/sea.toml line 3: bad must be a colour such as "#74bde3".',
        'themes/sea.toml line 4: good must be a colour such as "#74bde3".',
    ]


def test_a_text_that_is_hard_to_read_is_said_and_used() -> None:
    theme, *_ = own_theme(source({"muted": "#505050"}))
    assert theme is not None
    assert theme.variables["muted"] == "#505050"
    assert said({"muted": "#505050"}) == []
    assert [str(each) for each in own_theme(source({"muted": "#505050"})).hard_to_read] == [
        "themes/sea.toml line 1: muted has a contrast of 1.4 on cursor; from 4.5 it is easy to read."
    ]


@pytest.mark.parametrize("name", [DARK.name, PLAIN.name])
def test_the_names_of_smtuis_themes_are_taken(name: str) -> None:
    assert own_theme(source({"text": "#fff"}, name)).theme is None
    assert said({"text": "#fff"}, name) == [f"themes/{name}.toml: smtui has a theme of this name: rename the file."]


def test_a_file_without_a_colour_is_said() -> None:
    assert said({}) == ["themes/sea.toml: the file gives no colour."]


def test_every_role_of_every_theme_can_be_written_in_a_file() -> None:
    for base in BASES.values():
        theme, mistakes, hard_to_read = own_theme(source({role: getattr(base, role) for role in ROLES}))
        assert theme is not None
        assert (mistakes, hard_to_read) == ((), ())


def test_the_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
