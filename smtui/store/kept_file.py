"""Keeps one value between runs, in a JSON file that only its owner can read."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from smtui.store.file_access import (
    Tell,
    UnusableFile,
    WrongShape,
    read_json,
    replace_text,
    table,
    text,
    understanding,
)

FORMAT = 1
"""A file of any other format counts as empty, and the next change replaces it."""
_Kept = TypeVar("_Kept")


@dataclass(frozen=True, slots=True)
class Form(Generic[_Kept]):
    """How a value is written to its file and read again."""

    empty: Callable[[], _Kept]
    stored: Callable[[_Kept], Mapping[str, Any]]
    restored: Callable[[dict[str, Any]], _Kept]
    """Raises `WrongShape`."""
    most_bytes: int
    loss: str
    """What the user loses with a file that cannot be used; a sentence without its full stop."""


class KeptFile(Generic[_Kept]):
    """One file; safe to use from several threads."""

    def __init__(self, path: Path, form: Form[_Kept], tell: Tell) -> None:
        self.path = path
        self._form = form
        self._tell = tell
        self._writing = threading.Lock()

    def load(self) -> _Kept:
        """Return what was kept. A file that cannot be used counts as empty, is renamed, and is reported."""
        try:
            stored = read_json(self.path, self._form.most_bytes)
            if stored is None or stored.get("format") != FORMAT:
                return self._form.empty()
            with understanding(self.path):
                return self._form.restored(stored)
        except UnusableFile as unusable:
            self._tell(f"{self._form.loss}: {unusable.set_aside()}")
            return self._form.empty()

    def change(self, edit: Callable[[_Kept], _Kept]) -> None:
        """Change what the file holds now: another smtui may have written it.

        Raises OSError, also for text that is not valid Unicode.
        Nothing is written if nothing has changed. Of two programs that write in the same instant the later one wins.
        """
        with self._writing:
            known = self.load()
            before, after = self._text(known), self._text(edit(known))
            if after != before:
                replace_text(self.path, after)

    def _text(self, kept: _Kept) -> str:
        # Escaped, half a surrogate pair could be written, but not read: the file would be set aside with all it holds.
        return json.dumps({"format": FORMAT, **self._form.stored(kept)}, ensure_ascii=False)


def short_text(most: int) -> Callable[[Any], str]:
    """Return a reader of texts of at most so many characters, which raises `WrongShape` for all else."""

    def read(value: Any) -> str:
        if len(text(value)) > most:
            raise WrongShape(f"is longer than {most} characters")
        return str(value)

    return read


def small_table(most: int) -> Callable[[Any], dict[str, Any]]:
    """Return a reader of tables of at most so many entries, which raises `WrongShape` for all else."""

    def read(value: Any) -> dict[str, Any]:
        if len(table(value)) > most:
            raise WrongShape(f"has more than {most} entries")
        return table(value)

    return read
