"""Reads the text of `presets.toml` with `tomllib`, and changes it one table at a time with `tomlkit`.

A change takes the lines of one `[[preset]]` out of the text, edits them alone and puts them back, so that every other
byte stays as the user wrote it. The lines of tables and keys are found here: `tomllib` does not report them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from smtui.domain.preset import KEYS, BrokenPreset, NotAPreset, Preset, PresetList, name_key, read_preset, written
from smtui.domain.query.near_words import near_word
from smtui.domain.text import printable
from smtui.store.toml_text import BY_HAND, Unchangeable, Unreadable, lines_with_ends, parsed, structure, with_ends_of

TABLE = "preset"
_EMOJI_JOINERS = re.compile("[\u200d\ufe0e\ufe0f]")
_TABLE_KEY = re.compile(r"\s*([A-Za-z0-9_-]+)\s*[.=]")


@dataclass(frozen=True, slots=True)
class Entry:
    """One table of the text: the preset, or its problems by key."""

    name: str
    raw: Mapping[str, Any]
    preset: Preset | None
    problems: Mapping[str, str]
    lines: TableLines

    def line(self, key: str) -> int:
        """Return the line of the key, or else of the table, counted from 1."""
        return self.lines.keys.get(key, self.lines.first) + 1


class PresetText:
    """The presets in one version of the file; raises `Unreadable` if the text holds no list of presets."""

    def __init__(self, text: str, *, from_outside: bool = False) -> None:
        """Text `from_outside` may hold nothing that a terminal would obey or would not show."""
        self.text = text
        self._data = parsed(text)
        self.entries = _entries(self._data, text, from_outside=from_outside)
        self.by_name = _by_name(self.entries)
        """The entry of each name; a usable one beats an unusable one."""

    def listed(self, file: str) -> PresetList:
        """Return the presets, and each problem as a sentence that begins with the file's name."""
        presets = tuple(entry.preset for entry in self.entries if entry.preset is not None)
        broken = tuple(_broken(file, entry) for entry in self.entries if entry.preset is None)
        return PresetList(presets, "", broken, tuple(f"{file}, {warning}" for warning in self._warnings()))

    def added(self, preset: Preset) -> str:
        """Return the text with the preset at its end."""
        values = written(preset)
        before, table = self.text.rstrip(), with_ends_of(self.text, _edited(f"[[{TABLE}]]\n", {}, values))
        gap = with_ends_of(self.text, "\n\n") if before else ""
        return self._checked(before + gap + table, [*(entry.raw for entry in self.entries), values])

    def changed(self, entry: Entry, preset: Preset) -> str:
        """Return the text with the entry replaced; unknown keys and comments stay."""
        values = _merged(entry, preset)
        before, table, after = self._cut(entry)
        edited = with_ends_of(self.text, _edited(table.replace("\r\n", "\n"), entry.raw, values))
        return self._checked(before + edited + after, [values if one is entry else one.raw for one in self.entries])

    def removed(self, entry: Entry) -> str:
        """Return the text without the entry; comments around it stay."""
        before, _, after = self._cut(entry)
        if not after.strip():
            before, after = before.rstrip(), with_ends_of(self.text, "\n") if before.strip() else ""
        elif not before.strip() or before.endswith(("\n\n", "\n\r\n")):
            after = after.lstrip("\r\n")
        return self._checked(before + after, [one.raw for one in self.entries if one is not entry])

    def _cut(self, entry: Entry) -> tuple[str, str, str]:
        lines = lines_with_ends(self.text)
        first, end = entry.lines.first, entry.lines.last + 1
        return "".join(lines[:first]), "".join(lines[first:end]), "".join(lines[end:])

    def _checked(self, text: str, presets: Sequence[Mapping[str, Any]]) -> str:
        """Check that the text holds these presets and everything else that was there, and return it."""
        others = {key: value for key, value in self._data.items() if key != TABLE}
        try:
            holds = tomllib.loads(text)
        except tomllib.TOMLDecodeError as wrong:
            raise Unchangeable(BY_HAND) from wrong
        if holds != {**others, **({TABLE: list(presets)} if presets else {})}:
            raise Unchangeable(BY_HAND)
        return text

    def _warnings(self) -> list[str]:
        found = [
            f"line {top_level_line(key, self.text) + 1}: {_not_known(key, (TABLE,))}"
            for key in self._data
            if key != TABLE
        ]
        for entry in self.entries:
            found += _strangers(entry) if entry.preset is not None else []
        return found


def _by_name(entries: Sequence[Entry]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for entry in entries:
        earlier = found.setdefault(name_key(entry.name), entry)
        if earlier.preset is None and entry.preset is not None:
            found[name_key(entry.name)] = entry
    return found


def _entries(data: Mapping[str, Any], text: str, *, from_outside: bool) -> tuple[Entry, ...]:
    tables = data.get(TABLE, [])
    line = top_level_line(TABLE, text) + 1
    if not isinstance(tables, list) or not all(isinstance(raw, dict) for raw in tables):
        raise Unreadable(f"line {line}, key {TABLE}: each preset must be a table that begins with [[{TABLE}]].")
    lines = tables_named(TABLE, text)
    if len(lines) != len(tables):  # written in another way, such as inline
        lines = [TableLines(line - 1, line - 1, {})] * len(tables)
    usable: dict[str, Entry] = {}
    entries: list[Entry] = []
    for raw, place in zip(tables, lines, strict=True):
        entry = _entry(raw, place, usable)
        if from_outside and entry.preset is not None and (hidden := _hidden(raw)):
            entry = replace(entry, preset=None, problems=hidden)
        entries.append(entry)
        if entry.preset is not None:
            usable[name_key(entry.name)] = entry
    return tuple(entries)


def _entry(raw: Mapping[str, Any], lines: TableLines, earlier: Mapping[str, Entry]) -> Entry:
    name = raw["name"] if isinstance(raw.get("name"), str) else ""
    twin = earlier.get(name_key(name))
    try:
        preset = read_preset(raw)
        problems: Mapping[str, str] = {}
    except NotAPreset as wrong:
        preset, problems = None, wrong.problems
    if twin is not None:
        preset, problems = None, {"name": f"the name {name!r} is taken by line {twin.line('name')}.", **problems}
    return Entry(name, raw, preset, problems, lines)


def _hidden(raw: Mapping[str, Any]) -> dict[str, str]:
    """Return a sentence for each key whose text is not what a terminal would show."""
    found = {}
    for key in KEYS:
        values = raw.get(key, "")
        for value in values if isinstance(values, list) else [values]:
            shown = _EMOJI_JOINERS.sub("", value) if isinstance(value, str) and key in ("name", "note") else value
            if isinstance(shown, str) and printable(shown) != shown:
                found[key] = f"{key} holds characters that a terminal would obey or would not show."
    return found


def _broken(file: str, entry: Entry) -> BrokenPreset:
    said = [f"line {entry.line(key)}: {sentence}" for key, sentence in entry.problems.items()]
    return BrokenPreset(entry.name, " ".join(f"{file}, {sentence}" for sentence in (*said, *_strangers(entry))))


def _strangers(entry: Entry) -> list[str]:
    return [f"line {entry.line(key)}: {_not_known(key, KEYS)}" for key in entry.raw if key not in KEYS]


def _not_known(key: str, known: Sequence[str]) -> str:
    near = near_word(key, known)
    meant = f" Did you mean {near}?" if near else ""
    return f"the key {key} is not known and is ignored.{meant}"


def _merged(entry: Entry, preset: Preset) -> dict[str, Any]:
    """Return the new values of the table; an equal value keeps its spelling."""
    old = written(entry.preset) if entry.preset is not None else None
    new = written(preset)
    values = {key: value for key, value in entry.raw.items() if key not in KEYS}
    for key in KEYS:
        if old is not None and old.get(key) == new.get(key):
            values.update({key: entry.raw[key]} if key in entry.raw else {})
        elif key in new:
            values[key] = new[key]
    return values


def _edited(table: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Return one `[[preset]]` as text with changed values replaced, added or removed."""
    import tomlkit
    import tomlkit.exceptions

    try:
        document = tomlkit.parse(table)
        target: Any = document[TABLE]
        for key in old.keys() - new.keys():
            del target[0][key]
        for key, value in new.items():
            if key not in old or type(old[key]) is not type(value) or old[key] != value:
                target[0][key] = value
        return tomlkit.dumps(document)
    except tomlkit.exceptions.TOMLKitError as wrong:
        raise Unchangeable(BY_HAND) from wrong


@dataclass(frozen=True, slots=True)
class TableLines:
    """One table: its lines from the header to the last that is neither blank nor a comment, counted from 0."""

    first: int
    last: int
    keys: dict[str, int]


def tables_named(name: str, text: str) -> list[TableLines]:
    """Return the `[[name]]` tables, each with the tables under it, of a text that `tomllib` accepts."""
    found: list[TableLines] = []
    inside = False
    for number, line, is_header in structure(text):
        if is_header:
            header = re.sub(r"\s", "", line)
            if header == f"[[{name}]]":
                found.append(TableLines(number, number, {}))
                inside = True
                continue
            inside = inside and header.lstrip("[").startswith(f"{name}.")
        if inside and line.strip():
            table = found[-1]
            found[-1] = TableLines(table.first, number, table.keys)
            key = _TABLE_KEY.match(line)
            if key:
                table.keys.setdefault(key[1], number)
    return found


def top_level_line(key: str, text: str) -> int:
    """Return the line where a top-level key, or a table of that name, begins; 0 if it is not found."""
    for number, line, _ in structure(text):
        if re.match(rf"\s*(\[\[?\s*)?{re.escape(key)}\b", line):
            return number
    return 0
