"""Saves troubleshooting reports: a new file each, which only its owner can read."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from itertools import count
from pathlib import Path

from smtui.diagnosis.diagnosis_report import ReportNotSaved
from smtui.domain.text import error_words, harmless
from smtui.store.file_access import OWNER_ONLY_FOLDER

_OWNER_ONLY = 0o600


class ReportFolder:
    """`reports` in the user's state folder. Existing files are never overwritten."""

    def __init__(self, state_folder: Path) -> None:
        self._folder = state_folder / "reports"

    def save(self, name: str, parts: Iterable[str]) -> str:
        """Save the text in its parts and return the path; raises `ReportNotSaved`, or what `parts` raises. Blocks.

        Nothing is left of a file that could not be written to its end.
        """
        try:
            self._folder.mkdir(mode=OWNER_ONLY_FOLDER, parents=True, exist_ok=True)
            path, handle = self._new_file(Path(name))
        except OSError as error:
            raise _not_saved(self._folder, error) from error
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
                file.writelines(parts)
                file.flush()
                os.fsync(file.fileno())
        except BaseException as error:
            with contextlib.suppress(OSError):
                path.unlink()
            if isinstance(error, OSError):
                raise _not_saved(self._folder, error) from error
            raise
        return str(path)

    def _new_file(self, name: Path) -> tuple[Path, int]:
        """Open a new file: `name`, or `name-2` and so on if that exists."""
        for number in count(1):
            path = self._folder / (name.name if number == 1 else f"{name.stem}-{number}{name.suffix}")
            with contextlib.suppress(FileExistsError):
                return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        raise AssertionError("count never ends")


def _not_saved(folder: Path, error: OSError) -> ReportNotSaved:
    why = error.strerror or error_words(error)
    return ReportNotSaved(harmless(f"The report could not be saved in {folder}: {why}."))
