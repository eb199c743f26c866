"""Keeps which presets of included files the user has agreed to start, each with a hash of what it did then."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from smtui.store.file_access import Tell, field, texts
from smtui.store.kept_file import Form, KeptFile, small_table

FILE_NAME = "agreed-presets.json"
MOST = 500
"""Later ones push the oldest out; these are asked about again."""

log = logging.getLogger(__name__)


def _restored(stored: dict[str, Any]) -> Mapping[str, str]:
    return field(stored, "agreed", lambda agreed: texts(small_table(MOST)(agreed)))


_FORM: Form[Mapping[str, str]] = Form(
    dict, lambda agreed: {"agreed": dict(agreed)}, _restored, 1 << 20, "Included presets are asked about again"
)


class AgreedPresetsFile:
    """Implements `engine.protocols.AgreedPresets`; both methods block and never raise."""

    def __init__(self, folder: Path, tell: Tell) -> None:
        self._file = KeptFile(folder / FILE_NAME, _FORM, tell)

    def fingerprint(self, key: str) -> str:
        """Return the hash that was agreed to; empty if there is none."""
        return self._file.load().get(key, "")

    def agree(self, key: str, fingerprint: str) -> None:
        """Keep the hash, if it can be written."""

        def edit(agreed: Mapping[str, str]) -> Mapping[str, str]:
            rest = {each: kept for each, kept in agreed.items() if each != key}
            return dict([*rest.items(), (key, fingerprint)][-MOST:])

        try:
            self._file.change(edit)
        except OSError as error:
            log.info("an agreement is not kept: %s", error)
