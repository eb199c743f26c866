"""The colour roles: contrast, 256 colours, plain terminals, which theme fits; and that no style draws without them."""

from __future__ import annotations

import ast
import re
from itertools import combinations, product
from pathlib import Path

import pytest
from rich.color import Color, ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.color import TRANSPARENT
from textual.theme import Theme

from smtui.domain.readiness import Badge, Readiness
from smtui.tui.parts.badges import BADGE_CLASSES, badge_class, can_enter
from smtui.tui.role_attributes import RoleAttributes
from smtui.tui.themes import DARK, LIGHT, PLAIN, fitting_theme, role_defaults
from tests.tui.looking import screen_text
from tests.tui.world import World, settled
from tests.waiting import until

TUI = Path(__file__).parents[2] / "smtui" / "tui"
GROUNDS = ("background", "surface", "panel", "field", "cursor", "cursor-blurred")
TEXTS = ("foreground", "muted", "primary", "success", "unprobed", "warning", "error")
INDEXES = {
    DARK.name: (233, 234, 236, 235, 23, 253, 249, 110, 114, 247, 179, 210),
    LIGHT.name: (231, 255, 253, 254, 188, 235, 240, 24, 22, 239, 58, 124),
}
"""Of ground, pane, bar, field, cursor, text, muted, accent, good, unprobed, warn and bad."""
ROLES = ("background", "surface", "panel", "field", "cursor", *TEXTS)
TRUE_COLOUR = {"COLORTERM": "truecolor"}
NO_COLOUR = {"NO_COLOR": "1"}
both = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)


def colour(theme: Theme, role: str) -> str:
    return theme.to_color_system().generate()[role] if role not in theme.variables else theme.variables[role]


def luminance(hex_colour: str) -> float:
    """As WCAG 2 defines it."""
    parts = [channel / 255 for channel in Color.parse(hex_colour.lower()).get_truecolor()]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def index_of_256(hex_colour: str) -> int:
    number = Color.parse(hex_colour.lower()).downgrade(ColorSystem.EIGHT_BIT).number
    assert number is not None
    return number


# Colours -------------------------------------------------------------------------------------------


def test_contrast_is_computed_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@both
@pytest.mark.parametrize(("text", "ground"), product(TEXTS, GROUNDS))
def test_every_text_can_be_read_on_every_ground(theme: Theme, text: str, ground: str) -> None:
    assert contrast(colour(theme, text), colour(theme, ground)) >= 4.5


@both
def test_256_colours_are_those_of_the_design(theme: Theme) -> None:
    assert tuple(index_of_256(colour(theme, role)) for role in ROLES) == INDEXES[theme.name]


@both
def test_grounds_stay_apart_at_256_colours(theme: Theme) -> None:
    found = {ground: index_of_256(colour(theme, ground)) for ground in GROUNDS[:-1]}
    assert 16 not in found.values()
    assert all(found[one] != found[other] for one, other in combinations(found, 2)), found


POOR_AT_256 = {
    DARK.name: set(product(("muted", "primary", "success", "unprobed", "warning", "error"), ("cursor",))),
    LIGHT.name: set(),
}
"""What falls below 4.5 there, because the cube has no better colour near the design's."""


@both
def test_all_other_texts_can_be_read_at_256_colours_too(theme: Theme) -> None:
    def sent(role: str) -> str:
        return Color.from_ansi(index_of_256(colour(theme, role))).get_truecolor().hex

    assert {pair for pair in product(TEXTS, GROUNDS) if contrast(*map(sent, pair)) < 4.5} == POOR_AT_256[theme.name]


def test_the_roles_exist_in_themes_of_textual() -> None:
    theme = World().app().get_theme("nord")
    assert theme is not None
    assert role_defaults(theme).keys() == {"muted", "unprobed", "field", "cursor", "cursor-blurred"}


@pytest.mark.parametrize("name", ["nord", "textual-light", "ansi-dark", *(DARK.name, LIGHT.name, PLAIN.name)])
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
