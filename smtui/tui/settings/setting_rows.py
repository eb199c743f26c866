"""Makes the rows of the settings: key, value, where the value comes from, and what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from smtui.domain.settings.setting_table import BY_KEY, FILE_NAME, SETTINGS
from smtui.domain.settings.settings_values import Layer
from smtui.domain.text import folded, harmless
from smtui.tui.parts.cursor_list import Look
from smtui.tui.parts.row_table import TableRow
from smtui.tui.parts.table_layout import TableColumn

if TYPE_CHECKING:
    from smtui.domain.settings.setting import Setting
    from smtui.domain.settings.settings_values import Mistake, Settings

COLUMNS = (
    TableColumn("", 20, 22),
    TableColumn("", 12, 40),
    TableColumn("", 14, 110),
)
_WRONG = "✕"


def setting_rows(settings: Settings, mistakes: Sequence[Mistake], sought: str = "") -> tuple[TableRow, ...]:
    """Return the rows with every word sought: first what the file has that is not a setting, then the settings."""
    rows = [_stranger(number, mistake) for number, mistake in enumerate(mistakes) if setting_of(mistake) is None]
    wrong: dict[str, Mistake] = {}
    for mistake in mistakes:
        if (setting := setting_of(mistake)) is not None:
            wrong.setdefault(setting.key, mistake)
    rows += [_row(settings, setting, wrong.get(setting.key)) for setting in SETTINGS]
    words = folded(sought).split()
    return tuple(row for row in rows if all(word in _text(row) for word in words))


def setting_of(mistake: Mistake) -> Setting[Any] | None:
    """Return the setting that the mistake is about; None for a key that is none, and for the file as a whole."""
    head = mistake.key.partition(".")[0]
    return BY_KEY.get(mistake.key) or (BY_KEY["keys"] if head == "keys" else None)


def _text(row: TableRow) -> str:
    setting = BY_KEY.get(row.key)
    return folded(" ".join((*(text for text, _ in row.cells), setting.meaning if setting is not None else "")))


def _stranger(number: int, mistake: Mistake) -> TableRow:
    name = mistake.key or (f"line {mistake.origin.line}" if mistake.origin.line else FILE_NAME)
    cells = ((name, Look.BAD), ("", Look.PLAIN), (_wrong_words(mistake), Look.BAD))
    return TableRow(f"{number} {mistake.key}", cells)


def _row(settings: Settings, setting: Setting[Any], mistake: Mistake | None) -> TableRow:
    is_set = settings.is_set(setting)
    where = (_wrong_words(mistake), Look.BAD) if mistake is not None else (origin_words(settings, setting), Look.QUIET)
    value = (harmless(setting.shown(settings[setting])), Look.PLAIN if is_set else Look.QUIET)
    return TableRow(setting.key, ((setting.key, Look.PLAIN), value, where))


def _wrong_words(mistake: Mistake) -> str:
    where = f"line {mistake.origin.line}: " if mistake.origin.line else ""
    where = f"{mistake.origin.name}: " if mistake.origin.layer is Layer.ENVIRONMENT else where
    said = harmless(mistake.sentence).removeprefix(f"{mistake.key} ")  # its name stands at the head of the row
    return f"{_WRONG} {where}{said.replace(f'no setting {mistake.key};', 'no such setting;')}"


def origin_words(settings: Settings, setting: Setting[Any]) -> str:
    """Return where the value comes from, in a user's words: the file is theirs."""
    origin = settings.origin(setting)
    if origin.layer is not Layer.FILE:
        return origin.words()
    return f"yours, line {origin.line}" if origin.line else "yours"


def about(setting: Setting[Any]) -> tuple[str, ...]:
    """Return what the setting means and what it can be, and shorter forms."""
    return f"{setting.meaning} It is {setting.kind.words()}.", setting.meaning


def row_mistake(key: str, mistakes: Sequence[Mistake]) -> Mistake | None:
    """Return the mistake that the row of this key shows, if any."""
    if key in BY_KEY:
        of_setting = ((mistake, setting_of(mistake)) for mistake in mistakes)
        return next((mistake for mistake, setting in of_setting if setting is BY_KEY[key]), None)
    number = key.partition(" ")[0]
    return mistakes[int(number)] if number.isdecimal() and int(number) < len(mistakes) else None
