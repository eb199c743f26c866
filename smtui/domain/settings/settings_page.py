"""Writes the page of all settings as Markdown, and their JSON Schema, from the table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from smtui.domain.settings.setting import Group, Setting
from smtui.domain.settings.setting_table import FILE_NAME, SETTINGS, VARIABLES

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def settings_page() -> str:
    """Return the page: one part a group, one heading a setting, then what the environment alone can say."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    yield "# Settings"
    yield ""
    yield (
        f"smtui reads `{FILE_NAME}` in its configuration folder; `smtui config path` says where that is. "
        "The file may be missing, and so may any line of it. An environment variable overrides the file, and an "
        "option of the command line overrides both. A mistake affects only its own line: smtui starts, and names the "
        "file, line and key. `smtui config check` lists every mistake, and `smtui config show` every value and where "
        "it comes from. On the screen, `,` changes settings. `smtui config schema` prints a JSON Schema for editors."
    )
    for group in Group:
        yield from ("", f"## {group.value}")
        for setting in SETTINGS:
            if setting.group is group:
                yield from _about(setting)
    yield from ("", "## Only in the environment", "", "| variable | meaning |", "|---|---|")
    for variable in VARIABLES:
        more = f", {variable.more}" if variable.more else ""
        yield f"| `{variable.name}` | {variable.meaning}{more} |"


def _about(setting: Setting[Any]) -> Iterator[str]:
    yield from ("", f"### `{setting.key}`", "", setting.meaning, "")
    yield from ("| | |", "|---|---|", f"| value | {_cell(setting.kind.words())} |")
    yield f"| default | {_cell(setting.shown(setting.default))} |"
    if setting.variable:
        yield f"| environment | `{setting.variable}` |"
    if setting.option:
        yield f"| option | `{setting.option}` |"
    yield f"| a change takes effect | {'at once' if setting.live else 'at the next start'} |"
    yield from ("", "```toml", *example_lines(setting), "```")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def example_lines(setting: Setting[Any]) -> tuple[str, ...]:
    """Return lines of TOML that set it."""
    *tables, name = setting.path
    head = (f"[{'.'.join(tables)}]",) if tables else ()
    return (*head, f"{name} = {setting.example}")


def settings_schema() -> dict[str, Any]:
    """Return the JSON Schema of the file."""
    schema = _object()
    for setting in SETTINGS:
        holder = schema
        for table in setting.path[:-1]:
            holder = holder["properties"].setdefault(table, _object())
        holder["properties"][setting.path[-1]] = _described(setting)
    return {"$schema": SCHEMA_DIALECT, "title": f"smtui's {FILE_NAME}", **schema}


def _object() -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": {}}


def _described(setting: Setting[Any]) -> Mapping[str, Any]:
    return {
        "description": setting.meaning,
        "default": setting.kind.written(setting.default),
        **setting.kind.schema(),
    }
