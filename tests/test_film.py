"""The film in `screens/` is that of today's script, and its script presses today's keys."""

from __future__ import annotations

import re
from html import unescape
from xml.etree import ElementTree

import pytest

from smtui.tui.command import Command
from smtui.tui.commands import BY_ID
from tests import film
from tests.film import SCENES, Frame, Scene

NAMES = {"\r": "enter", "\x1b": "escape", "/": "slash"}
DRAWN = film.FILE.read_text("utf-8")


def keys_of(command: Command) -> list[str]:
    return [NAMES.get(key, key) for key in command.keys.split(",")]


def test_the_film_is_that_of_the_script() -> None:
    (carried,) = re.findall(r"<metadata>(.*)</metadata>", DRAWN)
    assert unescape(carried) == film.script(), "Run: python -m tests.film"


@pytest.mark.parametrize("scene", [scene for scene in SCENES if scene.command], ids=lambda scene: scene.command)
def test_a_scene_presses_the_key_of_its_command(scene: Scene) -> None:
    assert NAMES.get(scene.keys, scene.keys) in keys_of(BY_ID[scene.command])


def test_it_is_small_and_loads_nothing() -> None:
    assert len(DRAWN) < 1_000_000
    assert re.findall(r'\b(?:href|src)="[^#][^"]*"|<script|@import|@font-face|url\(', DRAWN) == []
    assert "prefers-reduced-motion" in DRAWN


def test_rows_that_stay_are_drawn_once() -> None:
    row = (("a & b", film.TEXT, film.GROUND, "bold"), ("  ", film.GROUND, film.TEXT, ""))
    empty = (("   ", film.TEXT, film.GROUND, ""),)
    picture = film.film([Frame("One", (row, empty), 1), Frame("Two", (empty, row), 3)], SCENES[:1])
    root = ElementTree.fromstring(picture)
    (row_drawn,) = root.findall(".//{*}defs/{*}g")
    assert [each.text for each in row_drawn.findall("{*}text")] == ["a\xa0&\xa0b"]
    assert len(row_drawn.findall("{*}rect")) == 1
    assert [use.get("y") for use in root.findall(".//{*}use")] == ["0", str(film.LINE)]
    assert "0.000%{transform:translateX(0px)}25.000%{transform:translateX(-" in picture


@pytest.mark.slow
@pytest.mark.integration
def test_the_script_plays() -> None:
    frames = list(film.tour())
    assert frames[-1].caption == SCENES[-1].caption
