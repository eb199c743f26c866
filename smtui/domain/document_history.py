"""Remembers which documents were used last, and what was typed for which node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smtui.domain.document import names_a_secret

MOST_RECENT = 20
MOST_ENTRIES = 200
LONGEST_TEXT = 4096
"""Characters; a longer value is not kept."""


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """The texts typed for one document and one node, by parameter."""

    document_name: str
    node_id: str
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DocumentHistory:
    """The history, newest first and bounded, so that it stays quick to read."""

    recent: tuple[str, ...] = ()
    """Names of documents."""
    entries: tuple[DocumentEntry, ...] = ()

    def texts(self, document_name: str, node_id: str) -> Mapping[str, str]:
        """Return the texts typed last for this document and node; empty if there are none."""
        found = (
            entry.texts for entry in self.entries if (entry.document_name, entry.node_id) == (document_name, node_id)
        )
        return next(found, {})

    def with_entry(self, document_name: str, node_id: str, texts: Mapping[str, str]) -> DocumentHistory:
        """Return the history with this use in front. Secret parameters and empty texts are left out."""
        kept = {
            name: text
            for name, text in texts.items()
            if text and len(text) <= LONGEST_TEXT and not names_a_secret(name)
        }
        others = (entry for entry in self.entries if (entry.document_name, entry.node_id) != (document_name, node_id))
        recent = (document_name, *(name for name in self.recent if name != document_name))
        entries = (DocumentEntry(document_name, node_id, kept), *others)
        return DocumentHistory(recent[:MOST_RECENT], entries[:MOST_ENTRIES])
