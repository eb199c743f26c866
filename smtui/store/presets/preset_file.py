"""Reads and changes the user's presets: `presets.toml` in the configuration folder, which the user may edit too."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from smtui.domain.preset import Preset, PresetList, PresetsUnusable, name_key
from smtui.domain.query.near_words import did_you_mean
from smtui.store.file_access import OWNER_ONLY_FOLDER, UnusableFile, read_bytes, replace_text
from smtui.store.presets.preset_text import Entry, PresetText
from smtui.store.toml_text import Unchangeable, Unreadable

FILE_NAME = "presets.toml"
MOST_BYTES = 1 << 20


class PresetFile:
    """The file, read anew each time. Each change reads it, changes one table, and replaces it as a whole.

    A file that cannot be read is never written. Every method blocks; all are safe to call from several threads.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._seen: Mapping[str, Mapping[str, Any]] = {}
        """Each preset as it was when the file was last listed, by `name_key`."""
        self._lock = threading.Lock()

    def load(self) -> PresetList:
        """Read all presets; none if there is no file. Never raises."""
        with self._lock:
            try:
                text = PresetText(self._read())
            except PresetsUnusable as unusable:
                return PresetList(problem=str(unusable))
            except Unreadable as unreadable:
                return PresetList(problem=f"{self._path}, {unreadable}")
            self._seen = _seen(text)
            return replace(text.listed(str(self._path)), source=as_users_write(self._path))

    def save(self, preset: Preset, replacing: str) -> None:
        """Add the preset, or replace the one called `replacing`; raises `PresetsUnusable`."""

        def change(text: PresetText) -> str:
            entry = self._unchanged(text, replacing) if replacing else None
            namesake = text.by_name.get(name_key(preset.name))
            if namesake is not None and namesake is not entry:
                raise PresetsUnusable(f"There is a preset named {preset.name!r} already.")
            return text.added(preset) if entry is None else text.changed(entry, preset)

        self._change(change)

    def remove(self, name: str) -> None:
        """Remove a preset; raises `PresetsUnusable`."""
        self._change(lambda text: text.removed(self._unchanged(text, name)))

    def _unchanged(self, text: PresetText, name: str) -> Entry:
        """Return the entry as it was last listed; raises `PresetsUnusable` if it was changed since."""
        entry = text.by_name.get(name_key(name))
        if entry is None:
            near = did_you_mean(name, [each.name for each in text.by_name.values()])
            raise PresetsUnusable(f"There is no preset named {name!r} in {self._path}.{near}")
        seen = self._seen.get(name_key(name), entry.raw)
        if seen != entry.raw:
            raise PresetsUnusable(f"{name!r} was changed in {self._path} meanwhile: look at it again.")
        return entry

    def _change(self, change: Callable[[PresetText], str]) -> None:
        with self._lock, self._alone():
            before = self._read()
            try:
                after = change(PresetText(before))
            except Unreadable as unreadable:
                raise PresetsUnusable(f"Nothing was changed: {self._path}, {unreadable}") from unreadable
            except Unchangeable as unchangeable:
                raise PresetsUnusable(f"Nothing was changed in {self._path}: {unchangeable}") from unchangeable
            if self._read() != before:
                raise PresetsUnusable(f"{self._path} was changed by another program just now: try again.")
            self._write(after)
            self._seen = _seen(PresetText(after))

    def _read(self) -> str:
        """Return the text, empty if there is no file; raises `PresetsUnusable`."""
        return file_text(self._path, MOST_BYTES)

    def _write(self, text: str) -> None:
        target = Path(os.path.realpath(self._path))  # a link to another file stays a link
        try:
            if target.exists() and not os.access(target, os.W_OK):
                raise PermissionError(13, "it is write-protected")
            replace_text(target, text)
        except OSError as error:
            raise PresetsUnusable(f"{self._path} cannot be written: {error.strerror}.") from error

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other smtui processes out, if the system can, without leaving a file behind."""
        folder = self._path.parent
        try:
            folder.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
            handle = os.open(folder, os.O_RDONLY) if os.name == "posix" else -1
        except OSError as error:
            raise PresetsUnusable(f"{folder} cannot be used: {error.strerror}.") from error
        try:
            if handle >= 0:
                import fcntl

                with suppress(OSError):  # some network file systems have no such lock
                    fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            if handle >= 0:
                os.close(handle)


def _seen(text: PresetText) -> Mapping[str, Mapping[str, Any]]:
    return {key: entry.raw for key, entry in text.by_name.items()}


def file_text(path: Path, most_bytes: int) -> str:
    """Return the text of a file of presets, empty if there is none; raises `PresetsUnusable`."""
    try:
        content = read_bytes(path, most_bytes) or b""
    except UnusableFile as unusable:  # it is the user's own, or a team's, so it is not renamed
        raise PresetsUnusable(str(unusable)) from unusable
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PresetsUnusable(f"{path}, line {line}: this is not UTF-8 text.") from error


def as_users_write(path: Path) -> str:
    """Return the path as users write it, with `~` for their own folder."""
    with suppress(ValueError, RuntimeError):
        return f"~{os.sep}{path.relative_to(Path.home())}"
    return str(path)
