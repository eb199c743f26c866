"""Reads and changes the user's settings: `config.toml` in the configuration folder, which the user edits too."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from smtui.domain.settings.setting_table import FILE_NAME, MOST_BYTES
from smtui.domain.settings.settings_values import FileValues, Layer, Mistake, Origin, SettingsUnchanged
from smtui.domain.text import error_words
from smtui.store.file_access import UnusableFile, read_bytes
from smtui.store.settings_text import SettingsText
from smtui.store.toml_text import Unchangeable, Unreadable
from smtui.store.users_file import replace_users_file


class SettingsFile:
    """The file, read anew each time. Every method blocks; all are safe to call from several threads."""

    is_kept = True
    """Whether changes outlive this run."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._lock = threading.Lock()

    def load(self) -> FileValues:
        """Return what the file says; nothing if there is none. Never raises."""
        return self.understood(self._content)

    def understood(self, read: Callable[[], bytes | None]) -> FileValues:
        """Return what these bytes say; nothing for None. Only `read` may raise, and only `UnusableFile`."""
        try:
            content = read()
            return FileValues() if content is None else self._text(content).values()
        except UnusableFile as unusable:
            return FileValues(mistakes=(Mistake(Origin(Layer.FILE), "", str(unusable)),))
        except Unreadable as unreadable:
            return FileValues(mistakes=(Mistake(Origin(Layer.FILE), "", f"{self.path}, {unreadable}"),))

    def change(self, path: tuple[str, ...], value: Any) -> None:
        """Give the key this value; raises `SettingsUnchanged`."""
        self._change(lambda text: text.with_value(path, value))

    def remove(self, path: tuple[str, ...]) -> None:
        """Take the key out of the file; raises `SettingsUnchanged`."""
        self._change(lambda text: text.without(path))

    def _change(self, changed: Callable[[SettingsText], str]) -> None:
        with self._lock:
            try:
                before = self._content()
                after = changed(self._text(before or b""))
                mark = b"\xef\xbb\xbf" if (before or b"").startswith(b"\xef\xbb\xbf") else b""
                self._replace(before, mark + after.encode())
            except UnusableFile as unusable:
                raise SettingsUnchanged(f"Nothing was changed: {unusable}") from unusable
            except Unreadable as unreadable:
                raise SettingsUnchanged(f"Nothing was changed: {self.path}, {unreadable}") from unreadable
            except Unchangeable as unchangeable:
                raise SettingsUnchanged(f"Nothing was changed in {self.path}: {unchangeable}") from unchangeable
            except OSError as error:
                why = error.strerror or error_words(error)
                raise SettingsUnchanged(f"{self.path} cannot be written: {why}.") from error

    def _content(self) -> bytes | None:
        return read_bytes(self.path, MOST_BYTES)

    def _replace(self, before: bytes | None, after: bytes) -> None:
        replace_users_file(self.path, before, after)

    def _text(self, content: bytes) -> SettingsText:
        try:
            return SettingsText(content.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise UnusableFile(self.path, f"cannot be understood: line {line} is not UTF-8 text") from error


class SettingsInMemory(SettingsFile):
    """Begins as the user's file and keeps changes until the program ends: the demo leaves the file alone."""

    is_kept = False

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._changed: bytes | None = None

    def _content(self) -> bytes | None:
        return self._changed if self._changed is not None else super()._content()

    def _replace(self, before: bytes | None, after: bytes) -> None:
        self._changed = after
