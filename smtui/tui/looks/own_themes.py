"""Makes themes from the user's theme files: colours for roles, based on one of smtui's own themes."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import TYPE_CHECKING, NamedTuple

from textual.color import Color
from textual.theme import Theme

from smtui.domain.settings.kinds import near_hint, nearest
from smtui.domain.text import harmless
from smtui.tui.looks.themes import BASES, DARK, PLAIN, Roles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smtui.domain.settings.settings_values import Mistake
    from smtui.domain.settings.theme_source import ThemeSource

BASE = "base"
"""The key that names the theme for all colours that the file does not give."""
ROLES = tuple(role.name for role in fields(Roles))
GROUNDS = ("ground", "pane", "bar", "field", "cursor", "blurred")
TEXTS = tuple(role for role in ROLES if role not in GROUNDS)
READABLE = 4.5
"""The least contrast of a text, by WCAG 2."""
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


class OwnTheme(NamedTuple):
    """The theme of one file; None if the file has no usable name or content."""

    theme: Theme | None
    mistakes: tuple[Mistake, ...]
    hard_to_read: tuple[Mistake, ...] = ()
    """Texts of low contrast, for `smtui config check`; the theme can be used all the same."""


def own_theme(source: ThemeSource) -> OwnTheme:
    """Return the theme of a file. What is wrong with one colour costs that colour alone: the base has another."""
    if not source.values:
        empty = () if source.mistakes else (source.mistake("", "the file gives no colour"),)
        return OwnTheme(None, (*source.mistakes, *empty))
    if source.name in BASES or source.name == PLAIN.name:
        return OwnTheme(None, (source.mistake("", "smtui has a theme of this name: rename the file"),))
    mistakes = list(source.mistakes)
    base = source.values.get(BASE, DARK.name)
    if base not in BASES:
        near = nearest(str(base), list(BASES))
        words = f"there is no theme {harmless(str(base))} to start from{near_hint(near)}"
        mistakes.append(source.mistake(BASE, words, near))
        base = DARK.name
    colours = {}
    for key, raw in source.values.items():
        if key == BASE:
            continue
        if key not in ROLES:
            near = nearest(key, [*ROLES, BASE])
            mistakes.append(source.mistake(key, f"no role {harmless(key)}{near_hint(near)}", near))
        elif not isinstance(raw, str) or not _COLOUR.fullmatch(raw):
            mistakes.append(source.mistake(key, f'{key} must be a colour such as "#74bde3"'))
        else:
            colours[key] = Color.parse(raw).hex.lower()
    roles = replace(BASES[str(base)], **colours)
    is_dark = _luminance(roles.ground) < _luminance(roles.text)
    theme = roles.theme(source.name, dark=is_dark)
    return OwnTheme(theme, tuple(mistakes), tuple(_unreadable(source, roles)))


def _unreadable(source: ThemeSource, roles: Roles) -> Iterator[Mistake]:
    """Yield each text that is hard to read, with the ground where it is hardest."""
    for text in TEXTS:
        measured = {ground: contrast(getattr(roles, text), getattr(roles, ground)) for ground in GROUNDS}
        ground = min(measured, key=lambda each: measured[each])
        if measured[ground] < READABLE:
            key = text if text in source.values else ground
            words = f"{text} has a contrast of {measured[ground]:.1f} on {ground}; from {READABLE} it is easy to read"
            yield source.mistake(key, words)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours by WCAG 2, from 1 to 21."""
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (part / 255 for part in Color.parse(colour).rgb)
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
