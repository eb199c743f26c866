"""Reads the values of the parsed config.toml: a mistake in one key never costs another one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from smtui.domain.settings.kinds import NotAValue, near_hint, nearest
from smtui.domain.settings.list_kinds import keys_of
from smtui.domain.settings.setting_table import BY_KEY, FILE_NAME, KEYS, SETTINGS
from smtui.domain.settings.settings_values import FileValues, Layer, Mistake, Origin
from smtui.domain.text import harmless

LineOf = Callable[[Sequence[str]], int]
"""Returns the line of a key, counted from 1; 0 if it is not known."""
_TABLES = {setting.path[:-1] for setting in SETTINGS if len(setting.path) > 1}
_LONGEST_KEY = 60


def no_lines(_: Sequence[str]) -> int:
    """Return 0: a `LineOf` for values whose text is not at hand."""
    return 0


def read_values(data: Mapping[str, Any], line_of: LineOf = no_lines, file: str = FILE_NAME) -> FileValues:
    """Return the values and the mistakes of the parsed file; never raises."""
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    mistakes: list[Mistake] = []

    def origin(path: Sequence[str]) -> Origin:
        return Origin(Layer.FILE, file, line_of(path))

    for path, raw in _found((), data):
        key = ".".join(path)
        setting = BY_KEY.get(key)
        if setting is None:
            mistakes.append(_unknown(path, raw, origin(path)))
        elif setting is KEYS:
            values[key], wrong = _keys(raw, origin)
            origins[key] = origin(path)
            origins |= {f"{key}.{'.'.join(each)}": origin((*path, *each)) for each, _ in _leaves((), _table(raw))}
            mistakes += wrong
        else:
            try:
                values[key] = setting.kind.read(raw)
                origins[key] = origin(path)
            except NotAValue as wrong:
                mistakes.append(Mistake(origin(path), key, f"{key} {harmless(str(wrong))}", path=path))
    return FileValues(values, origins, tuple(sorted(mistakes, key=lambda mistake: mistake.origin.line)))


def _found(above: tuple[str, ...], table: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every key that is no table of settings, with its value."""
    for name, raw in table.items():
        path = (*above, name)
        if path in _TABLES and isinstance(raw, Mapping):
            yield from _found(path, raw)
        else:
            yield path, raw


def _unknown(path: Sequence[str], raw: Any, origin: Origin) -> Mistake:
    key = harmless(".".join(path))[:_LONGEST_KEY]
    if tuple(path) in _TABLES:
        return Mistake(origin, key, f"{key} must be a table: write [{key}]", path=tuple(path))
    near = nearest(path[-1], [setting.path[-1] for setting in SETTINGS] + [table[-1] for table in _TABLES])
    near = next((setting.key for setting in SETTINGS if setting.path[-1] == near), near)
    what = "table" if isinstance(raw, Mapping) else "setting"
    return Mistake(origin, key, f"no {what} {key}{near_hint(near)}", near, tuple(path))


def _keys(raw: Any, origin: Callable[[Sequence[str]], Origin]) -> tuple[dict[str, tuple[str, ...]], list[Mistake]]:
    """Read the table command by command. Ids have dots in them, which TOML reads as tables unless they are quoted."""
    found, mistakes = dict[str, tuple[str, ...]](), list[Mistake]()
    if not isinstance(raw, Mapping):
        return found, [Mistake(origin(KEYS.path), KEYS.key, f"{KEYS.key} must be a table: write [{KEYS.key}]")]
    for path, keys in _leaves((), raw):
        name = ".".join(path)
        try:
            found[name] = keys_of(keys)
        except NotAValue as wrong:
            shown = harmless(name)[:_LONGEST_KEY]
            mistakes.append(
                Mistake(origin((*KEYS.path, *path)), f"{KEYS.key}.{shown}", f"{shown} {harmless(str(wrong))}")
            )
    return found, mistakes


def _table(raw: Any) -> Mapping[str, Any]:
    return raw if isinstance(raw, Mapping) else {}


def _leaves(above: tuple[str, ...], table: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, raw in table.items():
        if isinstance(raw, Mapping):
            yield from _leaves((*above, name), raw)
        else:
            yield (*above, name), raw
