"""Describes presets as rows of a table."""

from __future__ import annotations

from smtui.domain.preset import BrokenPreset, Preset
from smtui.tui.parts.cells import NOTHING
from smtui.tui.parts.row_table import Look, TableRow
from smtui.tui.parts.table_layout import TableColumn

PRESETS_COLUMNS = (
    TableColumn("NAME", 14, 28),
    TableColumn("TO", 12, 34),
    TableColumn("LOCAL", 15, 22),
    TableColumn("TARGET", 13, 30, dispensable=1),
    TableColumn("NOTE", 14, 40),
    TableColumn("COMMAND", 20, 80, dispensable=2),
)


def preset_key(preset: Preset) -> str:
    """Return the key of a preset's row: a built-in one and one of the user's may have the same name."""
    return f"{'builtin' if preset.builtin else 'own'} {preset.name}"


def preset_table_row(preset: Preset) -> TableRow:
    """Return the row of a preset."""
    look = Look.QUIET if preset.builtin else Look.PLAIN
    pick = " (any)" if preset.pick else ""
    return TableRow(
        preset_key(preset),
        (
            (preset.name, look),
            (str(preset.destination), look),
            (preset.local_words, Look.QUIET),
            (f"{preset.target}{pick}" if preset.target else "selected node", Look.QUIET),
            (preset.note or ("built in" if preset.builtin else NOTHING), Look.QUIET),
            (" ".join(preset.command) or NOTHING, Look.QUIET),
        ),
    )


def about(preset: Preset) -> tuple[str, ...]:
    """Return what the row may have no room for, and shorter forms of it."""
    through = preset.target or "the selected node"
    way = f"{preset.name}: {preset.destination} through {through}, on {preset.local_words}"
    command, note = " ".join(preset.command), preset.note
    fuller = [" · ".join(part for part in parts if part) for parts in ((way, command, note), (way, command), (way,))]
    return tuple(dict.fromkeys(fuller))


def broken_row(index: int, broken: BrokenPreset) -> TableRow:
    """Return the row of an entry that cannot be used; `index` tells it from the others."""
    blank = (NOTHING, Look.QUIET)
    name = broken.name or NOTHING
    return TableRow(
        f"broken {index}", ((f"✕ {name}", Look.BAD), blank, blank, blank, (broken.problem, Look.BAD), blank)
    )
