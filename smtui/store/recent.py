"""The documents used last and what was typed for them, in the state folder, readable by their owner alone.

Like a shell's history it holds what was typed, such as commands; what a parameter's name calls a secret never gets
here (`RememberedDocuments.with_entry`). Session tokens have no way in.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from smtui.domain.remembered import DocumentEntry, RememberedDocuments
from smtui.store.private_file import replace_text

FORMAT = 1
FILE_NAME = "documents.json"


class RecentDocuments:
    """One file. Reading and writing block; neither ever fails the caller."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._writing = threading.Lock()

    def load(self) -> RememberedDocuments:
        """What was kept; a file that cannot be read or understood counts as none."""
        try:
            stored = json.loads(self._path.read_text(encoding="utf-8"))
            return _restored(stored) if stored.get("format") == FORMAT else RememberedDocuments()
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return RememberedDocuments()

    def add(self, document_name: str, node_id: str, texts: Mapping[str, str]) -> bool:
        """Put a use in front of what the file holds now; whether it could be written."""
        with self._writing:
            remembered = self.load().with_entry(document_name, node_id, texts)
            try:
                replace_text(self._path, json.dumps(_stored(remembered)))
            except OSError:
                return False
            return True


def _stored(remembered: RememberedDocuments) -> dict[str, Any]:
    entries = [
        {"document": entry.document_name, "node": entry.node_id, "texts": dict(entry.texts)}
        for entry in remembered.entries
    ]
    return {"format": FORMAT, "recent": list(remembered.recent), "entries": entries}


def _restored(stored: dict[str, Any]) -> RememberedDocuments:
    entries = [
        DocumentEntry(_text(entry["document"]), _text(entry["node"]), _texts(entry["texts"]))
        for entry in stored["entries"]
    ]
    return RememberedDocuments(tuple(map(_text, stored["recent"])), tuple(entries))


def _texts(value: Any) -> dict[str, str]:
    return {_text(name): _text(text) for name, text in value.items()}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"text expected, not {type(value).__name__}")
    return value
