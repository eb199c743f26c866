"""Describes presets as rows of a table."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from smtui.domain.command_template import sketch
from smtui.domain.preset import on_usable_port, taken_words
from smtui.domain.shellquote import Shell, offered_line
from smtui.tui.parts.cells import NOTHING
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.row_table import TableRow
from smtui.tui.parts.shown_keys import key_of
from smtui.tui.parts.table_layout import TableColumn

if TYPE_CHECKING:
    from smtui.domain.preset import BrokenPreset, Preset, PresetList

PRESETS_COLUMNS = (
    TableColumn("NAME", 22, 26),
    TableColumn("TO", 12, 34, middle=True),
    TableColumn("LOCAL", 15, 22),
    TableColumn("THROUGH", 13, 30, dispensable=1),
    TableColumn("COMMAND", 20, 100, dispensable=2),
    TableColumn("NOTE", 12, 40, dispensable=3),
)
FOLD = "\N{BLACK RIGHT-POINTING SMALL TRIANGLE}"
"""The key of the row that opens and closes the presets that come with smtui; no preset has it."""
NO_PORTS: Mapping[int, int] = MappingProxyType({})
_BLANK = ("", Look.QUIET)


def preset_key(preset: Preset) -> str:
    """Return the key of a preset's row: the name, and whose it is."""
    return f"{'builtin' if preset.builtin else 'included' if preset.origin else 'own'} {preset.name}"


def preset_rows(
    found: PresetList, *, is_open: bool, shell: Shell, ports: Mapping[int, int] = NO_PORTS
) -> list[TableRow]:
    """Return all rows: the user's own, those of each included file, and those that come with smtui, which fold.

    `ports` has for each local port the one that would be used, where that is known.
    """
    builtin = [preset for preset in found.presets if preset.builtin]
    others = [preset for preset in found.presets if not preset.builtin]
    rows = []
    broken = list(enumerate(found.broken))
    for origin in dict.fromkeys(["", *(preset.origin for preset in others), *(entry.origin for entry in found.broken)]):
        below = [preset_table_row(preset, shell, ports) for preset in others if preset.origin == origin]
        below += [broken_row(index, entry) for index, entry in broken if entry.origin == origin]
        heading = team_heading(origin) if origin else " · ".join(part for part in ("yours", found.source) if part)
        if below:
            rows += [TableRow(f"from {origin}" if origin else "yours", heading=heading), *below]
    if builtin:
        fold = f"come with smtui · {len(builtin)} {'▾' if is_open else '▸'}"
        rows.append(TableRow(FOLD, ((fold, Look.QUIET), *[_BLANK] * (len(PRESETS_COLUMNS) - 1)), folds=True))
    if is_open:
        rows += [preset_table_row(preset, shell, ports) for preset in builtin]
    return rows


def team_heading(origin: str) -> str:
    """Return the heading of an included file's presets."""
    return f"team · {origin} (read-only; {key_of('presets.copy')} makes one yours)"


def note_of(preset: Preset) -> str:
    """Return its note, after what the preset replaces."""
    return " · ".join(part for part in ("replaces the team's" if preset.replaces else "", preset.note) if part)


def preset_table_row(preset: Preset, shell: Shell, ports: Mapping[int, int]) -> TableRow:
    """Return the row of a preset."""
    used, taken = on_usable_port(preset, ports), taken_words(preset, ports)
    command = command_words(used, shell)
    return TableRow(
        preset_key(preset),
        (
            (preset.name, Look.PLAIN),
            (str(preset.destination), Look.PLAIN),
            (used.local_words, Look.QUIET),
            (through(preset), Look.QUIET),
            (f"{command} {taken}".strip(), Look.QUIET),
            (note_of(preset), Look.QUIET),
        ),
    )


def through(preset: Preset) -> str:
    """Return which node it goes through."""
    pick = " (any)" if preset.pick else ""
    return f"{preset.target}{pick}" if preset.target else "any node"


def command_words(preset: Preset, shell: Shell) -> str:
    """Return its command as it would run, with PORT where a free port is taken; empty if it has none."""
    return offered_line(sketch(preset.command, preset.known_values), shell) if preset.command else ""


def about(preset: Preset, shell: Shell, ports: Mapping[int, int] = NO_PORTS) -> tuple[str, ...]:
    """Return what the row may have no room for, and shorter forms of it."""
    used, taken = on_usable_port(preset, ports), taken_words(preset, ports)
    way = f"{preset.name}: {preset.destination} through {through(preset)}, on {used.local_words} {taken}".rstrip()
    command, note = command_words(used, shell), note_of(preset)
    use_it = f"use it: {command}" if command else ""
    fuller = [(way, use_it, note), (way, use_it), (use_it or way,), (command or way,)]
    return tuple(dict.fromkeys(" · ".join(part for part in parts if part) for parts in fuller))


def about_broken(found: PresetList, key: str) -> tuple[str, ...]:
    """Return what is wrong with the entry of this row, without its file, which stands above it; nothing for others."""
    for index, entry in enumerate(found.broken):
        if broken_key(index) == key:
            return (entry.problem.removeprefix(f"{entry.origin or found.source}, "),)
    return ()


def broken_key(index: int) -> str:
    """Return the key of the row of an entry that cannot be used."""
    return f"broken {index}"


def broken_row(index: int, broken: BrokenPreset) -> TableRow:
    """Return the row of an entry that cannot be used; `index` tells it from the others."""
    blank = (NOTHING, Look.QUIET)
    name = broken.name or NOTHING
    return TableRow(
        broken_key(index), ((f"✕ {name}", Look.BAD), blank, blank, blank, (broken.problem, Look.BAD), _BLANK)
    )
