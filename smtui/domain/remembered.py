"""What the user did with documents before: which were used last, and what was typed for which node."""

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
    """What was typed for one document and one node, by parameter."""

    document_name: str
    node_id: str
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RememberedDocuments:
    """Newest first, both; bounded, so that it never grows into something slow to read."""

    recent: tuple[str, ...] = ()
    """Names of documents."""
    entries: tuple[DocumentEntry, ...] = ()

    def texts(self, document_name: str, node_id: str) -> Mapping[str, str]:
        """What was typed last for this document and node; empty where nothing was."""
        found = (
            entry.texts for entry in self.entries if (entry.document_name, entry.node_id) == (document_name, node_id)
        )
        return next(found, {})

    def with_entry(self, document_name: str, node_id: str, texts: Mapping[str, str]) -> RememberedDocuments:
        """The same with this use in front. What a parameter's name calls a secret is left out, and so is the empty."""
        kept = {
            name: text
            for name, text in texts.items()
            if text and len(text) <= LONGEST_TEXT and not names_a_secret(name)
        }
        others = (entry for entry in self.entries if (entry.document_name, entry.node_id) != (document_name, node_id))
        recent = (document_name, *(name for name in self.recent if name != document_name))
        entries = (DocumentEntry(document_name, node_id, kept), *others)
        return RememberedDocuments(recent[:MOST_RECENT], entries[:MOST_ENTRIES])
