"""The table of settings: whole, and the same in the page, the schema and the examples."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from smtui.domain.settings.file_values import read_values
from smtui.domain.settings.setting import Setting
from smtui.domain.settings.setting_table import BY_KEY, SETTINGS, VARIABLES
from smtui.domain.settings.settings_page import example_lines, settings_page, settings_schema

each_setting = pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.key)


def test_keys_and_variables_are_unique() -> None:
    assert len(BY_KEY) == len(SETTINGS)
    variables = [setting.variable for setting in SETTINGS if setting.variable]
    assert len({*variables, *(each.name for each in VARIABLES)}) == len(variables) + len(VARIABLES)


@each_setting
def test_the_meaning_is_one_sentence(setting: Setting[Any]) -> None:
    assert setting.meaning[0].isupper()
    assert setting.meaning.endswith(".")
    assert ". " not in setting.meaning


@each_setting
def test_the_example_is_toml_that_sets_it_to_something_else(setting: Setting[Any]) -> None:
    found = read_values(tomllib.loads("\n".join(example_lines(setting))))
    assert not found.mistakes
    assert list(found.values) == [setting.key]
    assert found.values[setting.key] != setting.default


@each_setting
def test_a_value_is_read_as_it_is_written(setting: Setting[Any]) -> None:
    example = read_values(tomllib.loads("\n".join(example_lines(setting)))).values[setting.key]
    for value in (example, setting.default):
        assert setting.kind.read_text(setting.kind.text(value)) == value if value != "" else True
        assert setting.kind.read(setting.kind.written(value)) == value


@each_setting
def test_the_page_has_its_key_meaning_default_and_variable(setting: Setting[Any]) -> None:
    part = settings_page().partition(f"### `{setting.key}`\n")[2].partition("\n#")[0]
    assert setting.meaning in part
    assert "| default |" in part
    assert setting.variable in part
    assert "\n".join(example_lines(setting)) in part


@each_setting
def test_the_schema_describes_it(setting: Setting[Any]) -> None:
    found = settings_schema()
    for name in setting.path:
        found = found["properties"][name]
    assert found["description"] == setting.meaning
    assert found["default"] == setting.kind.written(setting.default)


def test_the_schema_refuses_other_keys() -> None:
    schema = settings_schema()
    assert schema["additionalProperties"] is False
    assert schema["properties"]["hooks"]["additionalProperties"] is False
