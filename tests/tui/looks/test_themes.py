"""The themes: contrast, colour blindness, 256 colours, plain terminals, which fits; and that styles name roles only."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from itertools import combinations, product
from pathlib import Path

import pytest
from rich.color import Color, ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.color import TRANSPARENT
from textual.theme import Theme

from smtui.domain.readiness import Badge, Readiness
from smtui.domain.settings.setting_table import THEME_NAMES
from smtui.tui.looks.role_attributes import RoleAttributes
from smtui.tui.looks.themes import (
    BASES,
    COLOUR_BLIND_DARK,
    COLOUR_BLIND_LIGHT,
    CONTRAST_DARK,
    CONTRAST_LIGHT,
    DARK,
    LIGHT,
    PLAIN,
    THEMES,
    fitting_theme,
    role_defaults,
)
from smtui.tui.parts.badges import BADGE_CLASSES, badge_class, can_enter
from tests.tui.looking import screen_text
from tests.tui.looks.colour_vision import VISIONS, distance, lab, linear
from tests.tui.world import World, settled
from tests.waiting import until

TUI = Path(__file__).parents[3] / "smtui" / "tui"
GROUNDS = ("background", "surface", "panel", "field", "cursor", "cursor-blurred")
TEXTS = ("foreground", "muted", "primary", "success", "unprobed", "warning", "error")
INDEXES = {
    DARK.name: (233, 234, 236, 235, 23, 253, 249, 110, 114, 247, 179, 210),
    LIGHT.name: (231, 255, 253, 254, 188, 235, 240, 24, 22, 239, 58, 124),
    CONTRAST_DARK.name: (16, 233, 236, 234, 17, 231, 251, 81, 83, 151, 221, 217),
    CONTRAST_LIGHT.name: (231, 255, 253, 254, 195, 16, 237, 20, 23, 237, 58, 89),
    COLOUR_BLIND_DARK.name: (233, 234, 236, 235, 17, 253, 249, 141, 37, 247, 221, 173),
    COLOUR_BLIND_LIGHT.name: (231, 255, 253, 254, 195, 235, 240, 92, 23, 59, 58, 125),
}
"""Of ground, pane, bar, field, cursor, text, muted, accent, good, unprobed, warn and bad."""
ROLES = ("background", "surface", "panel", "field", "cursor", *TEXTS)
TRUE_COLOUR = {"COLORTERM": "truecolor"}
NO_COLOUR = {"NO_COLOR": "1"}
COLOURED = tuple(theme for theme in THEMES if theme is not PLAIN)
MOST_CONTRAST = (CONTRAST_DARK, CONTRAST_LIGHT)
COLOUR_BLIND = (COLOUR_BLIND_DARK, COLOUR_BLIND_LIGHT)
SIGNS = ("primary", "success", "warning", "error")
"""The colours that mean something by themselves."""
APART, APART_AT_256 = 15, 11.5
"""By CIEDE2000, of which 10 is seen at a glance."""


def of(*themes: Theme) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("theme", themes, ids=lambda theme: theme.name)


each = of(*COLOURED)


def colour(theme: Theme, role: str) -> str:
    return theme.to_color_system().generate()[role] if role not in theme.variables else theme.variables[role]


def luminance(hex_colour: str) -> float:
    """As WCAG 2 defines it."""
    red, green, blue = linear(hex_colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def sent(hex_colour: str) -> str:
    """What a terminal of 256 colours shows."""
    return str(Color.from_ansi(index_of_256(hex_colour)).get_truecolor().hex)


def index_of_256(hex_colour: str) -> int:
    number = Color.parse(hex_colour.lower()).downgrade(ColorSystem.EIGHT_BIT).number
    assert number is not None
    return number


# Colours -------------------------------------------------------------------------------------------


def test_contrast_is_computed_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@each
def test_every_text_can_be_read_on_every_ground(theme: Theme) -> None:
    least = 7 if theme in MOST_CONTRAST else 4.5
    measured = {pair: contrast(*(colour(theme, role) for role in pair)) for pair in product(TEXTS, GROUNDS)}
    assert {pair: found for pair, found in measured.items() if found < least} == {}


def test_the_distance_of_colours_is_that_of_the_published_examples() -> None:
    """Pairs 1, 7, 13 and 25 of Sharma, Wu and Dalal (2005)."""
    assert distance((50, 2.6772, -79.7751), (50, 0, -82.7485)) == pytest.approx(2.0425, abs=5e-5)
    assert distance((50, 0, 0), (50, -1, 2)) == pytest.approx(2.3669, abs=5e-5)
    assert distance((50, -0.001, 2.49), (50, 0.0009, -2.49)) == pytest.approx(4.8045, abs=5e-5)
    assert distance((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387)) == pytest.approx(1.2644, abs=5e-5)


def nearest_signs(theme: Theme, vision: str, shown: Callable[[str], str]) -> tuple[float, str]:
    return min(
        (distance(*(lab(shown(colour(theme, sign)), vision) for sign in pair)), " ".join(pair))
        for pair in combinations(SIGNS, 2)
    )


def test_the_usual_colours_do_not_stay_apart_for_everybody() -> None:
    """What the simulation is for: it tells apart themes that were made for it from one that was not."""
    assert nearest_signs(DARK, "all cones", str)[0] > APART
    assert nearest_signs(DARK, "deuteranopia", str) < (5, "")


@of(*COLOUR_BLIND)
@pytest.mark.parametrize("vision", VISIONS)
def test_the_colour_blind_can_tell_the_signs_apart(theme: Theme, vision: str) -> None:
    assert nearest_signs(theme, vision, str) > (APART, "")
    assert nearest_signs(theme, vision, sent) > (APART_AT_256, "")


@each
def test_signs_stay_apart_for_all_others(theme: Theme) -> None:
    assert nearest_signs(theme, "all cones", str) > (APART, "")
    assert nearest_signs(theme, "all cones", sent) > (APART, "")


def test_the_settings_know_every_theme() -> None:
    assert tuple(theme.name for theme in THEMES) == THEME_NAMES


def test_the_plain_theme_alone_has_no_base() -> None:
    assert {*BASES, PLAIN.name} == {theme.name for theme in THEMES}


@each
def test_256_colours_are_those_of_the_design(theme: Theme) -> None:
    assert tuple(index_of_256(colour(theme, role)) for role in ROLES) == INDEXES[theme.name]


@each
def test_grounds_stay_apart_at_256_colours(theme: Theme) -> None:
    found = {ground: index_of_256(colour(theme, ground)) for ground in GROUNDS[:-1]}
    assert 16 not in found.values() or colour(theme, "background") == "#000000"
    assert all(found[one] != found[other] for one, other in combinations(found, 2)), found


POOR_AT_256 = {DARK.name: set(product(("muted", "primary", "success", "unprobed", "warning", "error"), ("cursor",)))}
"""What falls below 4.5 there, because the cube has no better colour near the design's."""


@each
def test_all_other_texts_can_be_read_at_256_colours_too(theme: Theme) -> None:
    poor = {
        (text, ground)
        for text, ground in product(TEXTS, GROUNDS)
        if contrast(sent(colour(theme, text)), sent(colour(theme, ground))) < 4.5
    }
    assert poor == POOR_AT_256.get(theme.name, set())


def test_the_roles_exist_in_themes_of_textual() -> None:
    theme = World().app().get_theme("nord")
    assert theme is not None
    assert role_defaults(theme).keys() == {"muted", "unprobed", "field", "cursor", "cursor-blurred"}


@pytest.mark.parametrize("name", ["nord", "textual-light", "ansi-dark", CONTRAST_DARK.name, PLAIN.name])
async def test_every_theme_can_be_used(name: str) -> None:
    world = World()
    async with world.app().run_test() as pilot:
        pilot.app.theme = name
        await pilot.pause()
        await until(lambda: "db-1" in screen_text(pilot.app))
        await pilot.press("question_mark")
        await pilot.pause()
        await pilot.press("escape", "colon")
        await pilot.pause()


# The plain theme -----------------------------------------------------------------------------------


def drawn(style: str) -> str:
    (segment,) = RoleAttributes().apply([Segment("x", Style.parse(style))], TRANSPARENT)
    assert segment.style is not None
    kept = segment.style
    words = [name for name in ("bold", "dim", "underline", "reverse") if getattr(kept, name)]
    return " ".join([*words, *([kept.color.name] if kept.color and not kept.color.is_default else [])])


@pytest.mark.parametrize(
    ("style", "looks"),
    [
        ("default on default", ""),
        ("white on default", "dim"),
        ("blue", "bold"),
        ("green on default", "green"),
        ("bright_green", "dim green"),
        ("yellow", "yellow"),
        ("red", "bold red"),
        ("default on bright_black", "reverse"),
        ("white on bright_black", "reverse"),
        ("blue on bright_black", "bold reverse"),
        ("green on cyan", "reverse"),
        ("red on cyan", "bold reverse"),
        ("reverse default on bright_black", ""),
        ("reverse default", "reverse"),
        ("reverse bright_black on default", "dim reverse"),
        ("reverse green", "reverse green"),
        ("default on black", "underline"),
        ("white on black", "dim underline"),
        ("bright_black", "dim"),
        ("magenta on default", ""),
    ],
)
def test_a_plain_terminal_gets_attributes(style: str, looks: str) -> None:
    assert drawn(style) == looks


@pytest.mark.parametrize("role", [*GROUNDS, *TEXTS])
def test_the_plain_theme_has_no_colour_of_its_own(role: str) -> None:
    assert colour(PLAIN, role).startswith("ansi_")


@pytest.mark.parametrize(("theme", "environ"), [(PLAIN.name, {}), (PLAIN.name, NO_COLOUR), ("nord", NO_COLOUR)])
async def test_the_text_cursor_is_seen_without_colours(
    theme: str, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    app = World(environ=environ).app()
    async with app.run_test(size=(80, 24)) as pilot:
        app.theme = theme
        await settled(pilot)
        await pilot.press(*"/web")
        await pilot.pause()
        field = app.screen.focused
        assert field is not None
        [line] = field.render_lines(field.size.region)
        assert [segment.text for segment in line if segment.style and segment.style.reverse] == [" "]


# Which theme ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environ", "theme"),
    [
        ({}, PLAIN),
        ({"TERM": "xterm"}, PLAIN),
        ({"TERM": "dumb"}, PLAIN),
        ({"TERM": "linux", "COLORFGBG": "0;15"}, PLAIN),
        ({"TERM": "xterm-16color"}, PLAIN),
        ({"TERM": "xterm-256color"}, DARK),
        ({"TERM": "screen-256color"}, DARK),
        ({"TERM": "tmux-256color", "COLORFGBG": "0;15"}, LIGHT),
        ({"TERM": "xterm-kitty"}, DARK),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, DARK),
        ({"TERM": "xterm", "COLORTERM": "24bit", "COLORFGBG": "0;default;15"}, LIGHT),
        ({"TERM": "xterm", "COLORTERM": "yes"}, PLAIN),
        ({"TERM": "xterm", "TEXTUAL_COLOR_SYSTEM": "truecolor"}, DARK),
        ({"TERM": "xterm-256color", "TEXTUAL_COLOR_SYSTEM": "standard"}, PLAIN),
        ({**TRUE_COLOUR, "NO_COLOR": "1"}, PLAIN),
        ({**TRUE_COLOUR, "NO_COLOR": ""}, PLAIN),
        ({**TRUE_COLOUR, "COLORFGBG": "15;0"}, DARK),
        ({**TRUE_COLOUR, "COLORFGBG": "15;8"}, DARK),
        ({**TRUE_COLOUR, "COLORFGBG": "nonsense"}, DARK),
    ],
)
def test_the_theme_fits_the_terminal(environ: dict[str, str], theme: Theme) -> None:
    assert fitting_theme(environ) == theme.name


def test_the_user_chooses_the_theme() -> None:
    assert World(environ={"TEXTUAL_THEME": "nord"}).app().theme != PLAIN.name


# Statuses ------------------------------------------------------------------------------------------


def test_what_is_not_confirmed_has_a_mark_of_its_own() -> None:
    assert badge_class(Readiness(Badge.READY)) == "badge--ready"
    assert badge_class(Readiness(Badge.READY, confirmed=False)) == "badge--unprobed"
    assert badge_class(Readiness(Badge.LIMITED, confirmed=False)) == "badge--unconfirmed"
    assert {badge_class(Readiness(badge, sure)) for badge in Badge for sure in (True, False)} <= BADGE_CLASSES


def test_only_what_can_be_entered_is_bright() -> None:
    assert {badge for badge in Badge if can_enter(Readiness(badge))} == {Badge.READY, Badge.LIMITED}


def test_the_fleet_is_never_red_nor_bold() -> None:
    styles = dict(re.findall(r"^\.(badge--[a-z-]+) \{(.*)\}$", (TUI / "app.tcss").read_text(), re.MULTILINE))
    assert styles.keys() == BADGE_CLASSES
    assert not [name for name, style in styles.items() if "error" in style or "bold" in style]


# Styles --------------------------------------------------------------------------------------------

_NAMES = "black|white|red|green|yellow|blue|magenta|cyan|gray|grey|orange|purple"
_NOT_A_ROLE = re.compile(
    rf"""
      \$[a-z-]+[ ]\d+%                                      # a part of a colour
    | (?:color|background|tint|border[a-z-]*):[^;]*[ #]\#?(?:[0-9a-fA-F]{{6}}|[0-9a-fA-F]{{3}})\b
    | \b(?:rgba?|hsla?)\(
    | \bansi_[a-z]+
    | (?:color|background|tint|border[a-z-]*):[^;]*[ ](?:{_NAMES})\b
    | \bopacity\b
    | \bdim\b
    """,
    re.VERBOSE,
)
_STYLE_WORDS = re.compile(rf"(?:(?:bold|italic|underline|reverse|not|on|\$[a-z-]+|dim|\d+%|#[0-9a-f]+|{_NAMES}) ?)+")
_NO_STYLE_WORD = re.compile(rf"\b(?:dim|{_NAMES})\b|%|#")
_MAKES_ROLES = {"themes.py", "role_attributes.py"}


def css_offences(css: str) -> list[str]:
    """The lines of a style sheet in which something is not a role."""
    bare = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    return [line.strip() for line in bare.splitlines() if _NOT_A_ROLE.search(line)]


def python_offences(source: str) -> list[str]:
    """What a module draws with that is not a role: in its style sheets, and wherever a string is a style."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
            if "{" in text and ";" in text and ":" in text:
                found += css_offences(text)
            elif _STYLE_WORDS.fullmatch(text) and _NO_STYLE_WORD.search(text):
                found.append(text)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Style":
            found += [str(word.arg) for word in node.keywords if word.arg in ("dim", "color", "foreground", "blink")]
    return found


@pytest.mark.parametrize(
    "css",
    [
        "A { color: $foreground 65%; }",
        "A { color: red; }",
        "A { background: #123; }",
        "A { border: round #aabbcc; }",
        "A { text-opacity: 55%; }",
        "A { background-tint: white; }",
        "A { text-style: bold dim; }",
        "A { color: ansi_blue; }",
    ],
)
def test_what_is_not_a_role_is_found(css: str) -> None:
    assert css_offences(css)
    assert python_offences(f"DEFAULT_CSS = {css!r}")


@pytest.mark.parametrize(
    "source",
    ['"dim"', '"bold red"', '"$muted 50%"', '"green on $panel"', "Style(dim=True)", 'Style(color="blue")'],
)
def test_styles_in_code_are_found(source: str) -> None:
    assert python_offences(source)


def test_roles_and_words_are_no_offence() -> None:
    assert not css_offences("#body { color: $muted; width: 50%; border: round $primary; /* not red */ }")
    assert not python_offences('("$primary bold", "50% of all nodes", "a dim light", Style(reverse=True))')


@pytest.mark.parametrize("path", sorted(TUI.rglob("*.tcss")), ids=lambda path: path.name)
def test_style_sheets_name_roles_only(path: Path) -> None:
    assert not css_offences(path.read_text())


def test_code_names_roles_only() -> None:
    found = {path.name: python_offences(path.read_text()) for path in TUI.rglob("*.py")}
    assert not {name: offences for name, offences in found.items() if offences and name not in _MAKES_ROLES}
