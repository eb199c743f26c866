"""Gives the roles their colours, theme by theme, and chooses the theme that fits the terminal.

Styles name roles, never colours: `$background` (ground), `$surface` (pane, dialog), `$panel` (bar), `$field`, `$cursor`
and `$cursor-blurred` are grounds; `$foreground` (text), `$muted`, `$primary` (accent), `$success` (good), `$unprobed`,
`$warning` and `$error` (bad) are drawn on them. Each text has a contrast of at least 4.5 on each ground, and of at
least 7 in the themes of high contrast. The themes for the colour-blind keep accent, good, warning and bad apart for
protanopia, deuteranopia and tritanopia; a test simulates these.

Grounds are nearly gray: where a terminal has 256 colours, Rich sends dark colours with a saturation of 0.15 and more to
colour 16, black, unless they lie on the cube as the cursor's does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from rich.console import Console
from textual.color import Color
from textual.theme import Theme


@dataclass(frozen=True, slots=True)
class Roles:
    """The colour of each role."""

    ground: str
    pane: str
    bar: str
    field: str
    cursor: str
    text: str
    muted: str
    accent: str
    good: str
    unprobed: str
    warning: str
    bad: str
    blurred: str
    """The ground of the cursor's row in a list that does not have the focus."""

    def theme(self, name: str, *, dark: bool, ansi: bool = False) -> Theme:
        """Return a theme of these colours, in which Textual's own widgets use no others."""
        return Theme(
            name=name,
            primary=self.accent,
            secondary=self.accent,
            accent=self.accent,
            success=self.good,
            warning=self.warning,
            error=self.bad,
            foreground=self.text,
            background=self.ground,
            surface=self.pane,
            panel=self.bar,
            dark=dark,
            ansi=ansi,
            variables={
                "surface": self.pane,  # a theme with `ansi` would make both transparent
                "panel": self.bar,
                "ansi-background": self.ground,  # and Textual forgets these two
                "ansi-foreground": self.text,
                "muted": self.muted,
                "unprobed": self.unprobed,
                "field": self.field,
                "cursor": self.cursor,
                "cursor-blurred": self.blurred,
                "text": self.text,
                "text-muted": self.muted,
                "text-disabled": self.muted,
                "text-success": self.good,
                "text-warning": self.warning,
                "text-error": self.bad,
                "border-blurred": self.bar,
                "block-cursor-foreground": self.text,
                "block-cursor-background": self.cursor,
                "block-cursor-text-style": "none",
                "block-cursor-blurred-foreground": self.text,
                "block-cursor-blurred-background": self.blurred,
                "block-cursor-blurred-text-style": "none",
                "block-hover-background": self.field,
                "input-cursor-foreground": self.ground,
                "input-cursor-background": self.text,
                "input-cursor-text-style": "reverse" if ansi else "none",
                "input-selection-foreground": self.text,
                "input-selection-background": self.cursor,
                "screen-selection-foreground": self.text,
                "screen-selection-background": self.cursor,
                "scrollbar": self.bar,
                "scrollbar-hover": self.muted,
                "scrollbar-active": self.accent,
                "scrollbar-background": self.ground,
                "scrollbar-background-hover": self.ground,
                "scrollbar-background-active": self.ground,
                "scrollbar-corner-color": self.ground,
                "link-color": self.accent,
                "link-color-hover": self.accent,
                "link-background-hover": self.cursor,
            },
        )


_DARK = Roles(
    ground="#111416",
    pane="#1b1e21",
    bar="#303439",
    field="#25282c",
    cursor="#1e3d50",
    text="#d7dce1",
    muted="#a9b2bc",
    accent="#74bde3",
    good="#74cf88",
    unprobed="#95ad9e",
    warning="#e5b454",
    bad="#fb8f96",
    blurred="#25282c",
)
_LIGHT = Roles(
    ground="#fbfbfa",
    pane="#f1f2f3",
    bar="#dfe1e3",
    field="#e9ebec",
    cursor="#c3dcea",
    text="#1f2429",
    muted="#545b63",
    accent="#00558a",
    good="#136529",
    unprobed="#4a6051",
    warning="#724a00",
    bad="#ad1d29",
    blurred="#e9ebec",
)
_CONTRAST_DARK = Roles(
    ground="#000000",
    pane="#121212",
    bar="#303030",
    field="#1c1c1c",
    cursor="#00005f",
    text="#ffffff",
    muted="#d0d0d0",
    accent="#5fd7ff",
    good="#5fff5f",
    unprobed="#afd7af",
    warning="#ffd75f",
    bad="#ffafaf",
    blurred="#262626",
)
_CONTRAST_LIGHT = Roles(
    ground="#ffffff",
    pane="#f7f7f7",
    bar="#e4e4e4",
    field="#eeeeee",
    cursor="#d7ecff",
    text="#000000",
    muted="#3a3a3a",
    accent="#0000d7",
    good="#00503c",
    unprobed="#38493c",
    warning="#583800",
    bad="#95003c",
    blurred="#eeeeee",
)
_COLOUR_BLIND_DARK = replace(
    _DARK,
    cursor="#14285a",
    accent="#bf95ff",
    good="#29b39c",
    unprobed="#93aca8",
    warning="#fee94a",
    bad="#d98a38",
)
_COLOUR_BLIND_LIGHT = replace(
    _LIGHT,
    ground="#ffffff",
    pane="#f2f2f2",
    bar="#e4e4e4",
    field="#eeeeee",
    cursor="#d7ecff",
    accent="#8a1fd0",
    good="#244667",
    unprobed="#4d5b69",
    warning="#484700",
    bad="#bf2a50",
    blurred="#eeeeee",
)

DARK = _DARK.theme("smtui-dark", dark=True)
LIGHT = _LIGHT.theme("smtui-light", dark=False)
CONTRAST_DARK = _CONTRAST_DARK.theme("smtui-contrast-dark", dark=True)
CONTRAST_LIGHT = _CONTRAST_LIGHT.theme("smtui-contrast-light", dark=False)
COLOUR_BLIND_DARK = _COLOUR_BLIND_DARK.theme("smtui-colour-blind-dark", dark=True)
COLOUR_BLIND_LIGHT = _COLOUR_BLIND_LIGHT.theme("smtui-colour-blind-light", dark=False)

# Each colour stands for a role until `role_attributes` draws it, with attributes for most.
PLAIN = Roles(
    ground="ansi_default",
    pane="ansi_default",
    bar="ansi_bright_black",
    field="ansi_black",
    cursor="ansi_cyan",
    text="ansi_default",
    muted="ansi_white",
    accent="ansi_blue",
    good="ansi_green",
    unprobed="ansi_bright_green",
    warning="ansi_yellow",
    bad="ansi_red",
    blurred="ansi_default",
).theme("smtui-plain", dark=True, ansi=True)

THEMES = (DARK, LIGHT, CONTRAST_DARK, CONTRAST_LIGHT, COLOUR_BLIND_DARK, COLOUR_BLIND_LIGHT, PLAIN)
"""The themes of smtui, the usual ones first."""
BASES: Mapping[str, Roles] = {
    DARK.name: _DARK,
    LIGHT.name: _LIGHT,
    CONTRAST_DARK.name: _CONTRAST_DARK,
    CONTRAST_LIGHT.name: _CONTRAST_LIGHT,
    COLOUR_BLIND_DARK.name: _COLOUR_BLIND_DARK,
    COLOUR_BLIND_LIGHT.name: _COLOUR_BLIND_LIGHT,
}
"""The colours that a theme file can start from, by the theme's name."""

_COLORFUL = ("256", "truecolor")
_FIRST_LIGHT_COLOR = 7
_DARK_BRIGHT_BLACK = 8


def fitting_theme(environ: Mapping[str, str]) -> str:
    """Return the plain theme where there are at most 16 colours, else the one for the terminal's background.

    COLORFGBG says what background that is; without it, it is taken to be dark.
    """
    if "NO_COLOR" in environ or _color_system(environ) not in _COLORFUL:
        return PLAIN.name
    background = environ.get("COLORFGBG", "").rpartition(";")[2]
    if background.isdecimal() and int(background) >= _FIRST_LIGHT_COLOR and int(background) != _DARK_BRIGHT_BLACK:
        return LIGHT.name
    return DARK.name


def _color_system(environ: Mapping[str, str]) -> str | None:
    """Return what Rich will send to the terminal; Textual asks it in the same way."""
    wanted = environ.get("TEXTUAL_COLOR_SYSTEM", "auto")
    return Console(color_system=wanted, force_terminal=True, legacy_windows=False, _environ=environ).color_system  # type: ignore[arg-type]


def role_defaults(theme: Theme) -> dict[str, str]:
    """Return our own variables for a theme of Textual's, mixed from its colours."""
    colors = theme.to_color_system().generate()
    ground, text, pane = (Color.parse(colors[name]) for name in ("background", "foreground", "surface"))
    accent, good = (Color.parse(colors[name]) for name in ("primary", "success"))
    muted = ground.blend(text, 0.7)
    cursor, field = ground.blend(accent, 0.3), pane.blend(text, 0.1)
    return {
        "muted": muted.hex,
        "unprobed": muted.blend(good, 0.3).hex,
        "field": field.hex,
        "cursor": cursor.hex,
        "cursor-blurred": field.hex,
    }
