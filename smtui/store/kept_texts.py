"""Keeps texts in the cache folder that can be made again at any time."""

from __future__ import annotations

import logging
from pathlib import Path

from smtui.store.file_access import UnusableFile, read_bytes, replace_text

_MOST_BYTES = 4 << 20

log = logging.getLogger(__name__)


class KeptTexts:
    """One file a name. Implements `aws.trimmed_models.KeptModels`: both methods block and never raise."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, name: str) -> str:
        """Return the text; empty if there is none that can be used."""
        try:
            return (read_bytes(self._path(name), _MOST_BYTES) or b"").decode()
        except (UnusableFile, UnicodeDecodeError) as unusable:
            log.info("a kept text is not used: %s", unusable)
            return ""

    def save(self, name: str, text: str) -> None:
        """Keep the text, if it can be written."""
        try:
            replace_text(self._path(name), text)
        except OSError as error:
            log.info("%s cannot be kept: %s", name, error)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"
