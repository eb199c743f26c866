"""Reads presets that others keep: the files and folders that the setting `includes` names. Writes none of them.

They are from outside, such as a team's repository: bounded in number and size, read anew each time, and refused where
a text holds what a terminal would obey or would not show.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from smtui.domain.preset import Preset, PresetList, PresetsUnusable, name_key
from smtui.domain.settings.setting_table import INCLUDES
from smtui.domain.text import error_words, harmless
from smtui.store.presets.preset_file import FILE_NAME, as_users_write, file_text
from smtui.store.presets.preset_text import PresetText
from smtui.store.toml_text import Unreadable

if TYPE_CHECKING:
    from smtui.domain.settings.settings_values import Settings

MOST_BYTES = 1 << 18
"""Of one file."""
MOST_FILES = 50
"""In all; a folder that holds more of them is not a folder of presets."""
MOST_PRESETS = 1000
"""In all."""
_MOST_ENTRIES = 5000
"""Of a folder."""
_MOST_WARNINGS, _MOST_BROKEN = 5, 50
"""Of one file."""
ENDING = ".toml"


class PresetIncludes:
    """The included files, by the settings in force. `load` blocks and never raises."""

    def __init__(self, folder: Path, settings: Callable[[], Settings]) -> None:
        """`folder` is the one of config.toml: relative paths begin there."""
        self._folder = folder
        self._settings = settings

    def load(self) -> PresetList:
        """Return the presets of all included files, each with its origin, and a sentence for all that is not used."""
        settings = self._settings()
        reading = _Reading(self._folder, settings.origin(INCLUDES).words())
        for given in settings[INCLUDES]:
            reading.read(given)
        return reading.found


class _Reading:
    def __init__(self, folder: Path, said_in: str) -> None:
        self.found = PresetList()
        self._folder = folder
        self._said_in = said_in
        self._seen = {os.path.realpath(folder / FILE_NAME)}
        self._files = 0

    def read(self, given: str) -> None:
        """Read one entry of the setting."""
        path = included_path(given, self._folder)
        try:
            paths = list(files_of(path))
        except (OSError, ValueError) as error:
            why = "is not there" if isinstance(error, FileNotFoundError) else f"cannot be read: {_words(error)}"
            self._say(f"{path}, which {self._said_in} includes, {why}.")
            return
        if not paths:
            self._say(f"{path}, which {self._said_in} includes, holds no file that ends in {ENDING}.")
        for file in paths:
            if (real := os.path.realpath(file)) in self._seen:
                continue
            self._seen.add(real)
            self._files += 1
            if self._files > MOST_FILES:
                self._say(f"{file} and what follows is not read: at most {MOST_FILES} files are included.")
                return
            self._read_file(file)

    def _read_file(self, path: Path) -> None:
        try:
            text = PresetText(file_text(path, MOST_BYTES), from_outside=True)
        except PresetsUnusable as unusable:
            self._say(str(unusable))
            return
        except Unreadable as unreadable:
            self._say(f"{path}, {unreadable}")
            return
        origin = harmless(as_users_write(path))
        listed = text.listed(str(path))
        new, warnings = [], list(listed.warnings)
        for preset in listed.presets:
            if earlier := self.found.find(preset.name):
                line = text.by_name[name_key(preset.name)].line("name")
                warnings.append(f"{path}, line {line}: {preset.name!r} is not used: {earlier.origin} has it too.")
            else:
                new.append(replace(preset, origin=origin))
        self._keep(path, new)
        broken = tuple(replace(entry, origin=origin) for entry in listed.broken[:_MOST_BROKEN])
        self.found = replace(
            self.found,
            broken=(*self.found.broken, *broken),
            warnings=(*self.found.warnings, *warnings[:_MOST_WARNINGS]),
        )

    def _keep(self, path: Path, new: list[Preset]) -> None:
        room = MOST_PRESETS - len(self.found.presets)
        self.found = replace(self.found, presets=(*self.found.presets, *new[:room]))
        if len(new) > room:
            self._say(f"{path} is not read whole: at most {MOST_PRESETS} presets are included.")

    def _say(self, sentence: str) -> None:
        self.found = replace(self.found, unread=(*self.found.unread, sentence))


def included_path(given: str, folder: Path) -> Path:
    """Return the path that an entry of the setting names."""
    return folder / os.path.expanduser(given)  # noqa: PTH111 - Path.expanduser raises where there is no such user


def files_of(path: Path) -> Iterator[Path]:
    """Yield the file itself, or the presets' files of a folder in the order of their names; raises OSError."""
    if not path.is_dir():
        path.stat()
        yield path
        return
    with os.scandir(path) as entries:
        names = []
        for number, entry in enumerate(entries):
            if number >= _MOST_ENTRIES:
                raise OSError(f"it holds more than {_MOST_ENTRIES} files")
            if entry.name.endswith(ENDING) and not entry.name.startswith("."):
                names.append(entry.name)
    yield from (path / name for name in sorted(names))


def _words(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else "") or error_words(error)
