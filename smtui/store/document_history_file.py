"""Keeps the documents used last and what was typed for them, in a file that only its owner can read.

Like a shell's history it holds what was typed, such as commands. Values of parameters whose name says secret never
get here (`DocumentHistory.with_entry`), nor do session tokens.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from smtui.domain.document_history import LONGEST_TEXT, MOST_ENTRIES, MOST_RECENT, DocumentEntry, DocumentHistory
from smtui.store.file_access import (
    Tell,
    WrongShape,
    field,
    items,
    no_one,
    replace_text,
    table,
    text,
    texts,
)
from smtui.store.kept_file import Form, KeptFile

FILE_NAME = "documents.json"
NAMES_FILE = "document-names.txt"
"""Completion reads it."""
MOST_BYTES = 32 << 20
"""More than 200 entries can take, whatever their parameters."""

log = logging.getLogger(__name__)


class DocumentHistoryFile:
    """One file. Reading and writing block and never raise."""

    def __init__(self, folder: Path, tell: Tell = no_one) -> None:
        form = Form(DocumentHistory, _stored, _restored, MOST_BYTES, "Earlier input for documents is not offered")
        self._file = KeptFile(folder / FILE_NAME, form, tell)
        self._names = folder / NAMES_FILE

    def load(self) -> DocumentHistory:
        """Return what was kept. A file that cannot be used counts as empty, is renamed, and is reported to `tell`."""
        return self._file.load()

    def add(self, document_name: str, node_id: str, texts: Mapping[str, str]) -> bool:
        """Add a use in front of what the file holds now; returns whether it could be written."""
        try:
            self._file.change(lambda known: known.with_entry(document_name, node_id, texts))
        except OSError as error:
            log.warning("the documents used last cannot be saved: %s", error)
            return False
        return True

    def keep_names(self, names: Sequence[str]) -> None:
        """Keep the names of the documents that were listed last, one a line."""
        try:
            replace_text(self._names, "".join(f"{name}\n" for name in names if "\n" not in name))
        except OSError as error:
            log.warning("the names of documents cannot be saved: %s", error)


def _stored(remembered: DocumentHistory) -> dict[str, Any]:
    entries = [
        {"document": entry.document_name, "node": entry.node_id, "texts": dict(entry.texts)}
        for entry in remembered.entries
    ]
    return {"recent": list(remembered.recent), "entries": entries}


def _restored(stored: dict[str, Any]) -> DocumentHistory:
    """Raises `WrongShape`."""
    return DocumentHistory(
        field(stored, "recent", partial(items, read=text, most=MOST_RECENT)),
        field(stored, "entries", partial(items, read=_entry, most=MOST_ENTRIES)),
    )


def _entry(value: Any) -> DocumentEntry:
    typed = field(table(value), "texts", texts)
    if any(len(each) > LONGEST_TEXT for each in typed.values()):
        raise WrongShape(f"is longer than {LONGEST_TEXT} characters", "texts")
    return DocumentEntry(field(value, "document", text), field(value, "node", text), typed)
