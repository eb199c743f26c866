"""The dark and the light theme: one accent colour; only the status of a node is loud."""

from __future__ import annotations

from collections.abc import Mapping

from textual.theme import Theme

DARK = Theme(
    name="smtui-dark",
    primary="#5fb3d9",
    secondary="#5fb3d9",
    accent="#5fb3d9",
    success="#6fcf83",
    warning="#e6b450",
    error="#f0717b",
    foreground="#d3d9e0",
    background="#101418",
    surface="#161b21",
    panel="#1f262e",
    dark=True,
)

LIGHT = Theme(
    name="smtui-light",
    primary="#00629b",
    secondary="#00629b",
    accent="#00629b",
    success="#1a7f37",
    warning="#8a5a00",
    error="#c4232f",
    foreground="#1f2429",
    background="#fbfbfa",
    surface="#f2f3f4",
    panel="#e5e8eb",
    dark=False,
)

_FIRST_LIGHT_COLOR = 7
_DARK_BRIGHT_BLACK = 8


def fitting_theme(environ: Mapping[str, str]) -> str:
    """The theme for the terminal's background, where it tells through COLORFGBG; else the dark one."""
    background = environ.get("COLORFGBG", "").rpartition(";")[2]
    if background.isdecimal() and int(background) >= _FIRST_LIGHT_COLOR and int(background) != _DARK_BRIGHT_BLACK:
        return LIGHT.name
    return DARK.name
