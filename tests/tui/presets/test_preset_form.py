"""The rules of the preset's form, without a screen."""

from __future__ import annotations

from smtui.domain.forward import Destination
from smtui.domain.preset import Preset
from smtui.tui.presets.preset_form import PRESET_FIELDS, key_texts, preset_of, problems


def test_every_preset_survives_its_form() -> None:
    mine = Preset("Shop", Destination(80, "db"), "web-1", 8080, "Acme-Port", "a note", ("a b", "-p", "{port}"), "any")
    assert preset_of(key_texts(mine)) == mine
    assert {field.key for field in PRESET_FIELDS} == set(key_texts(mine))


def test_an_empty_preset_complains_only_when_it_is_saved() -> None:
    assert problems({}) == {}
    assert set(problems({}, started=True)) == {"name", "port"}
    assert set(problems({"port": "0", "command": "x {nope}"})) == {"port", "command"}
