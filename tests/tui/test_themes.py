"""The theme that fits the terminal's background."""

from __future__ import annotations

import pytest
from textual.theme import Theme

from smtui.tui.themes import DARK, LIGHT, fitting_theme


@pytest.mark.parametrize(
    ("colors", "theme"), [("", DARK), ("15;0", DARK), ("0;15", LIGHT), ("0;default;15", LIGHT), ("15;8", DARK)]
)
def test_the_theme_follows_the_terminals_background(colors: str, theme: Theme) -> None:
    assert fitting_theme({"COLORFGBG": colors}) == theme.name
