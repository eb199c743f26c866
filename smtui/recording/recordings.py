"""Decides what is recorded, and where: off by default, one session on request, or every shell into a folder."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from smtui.domain.text import harmless
from smtui.recording.not_recorded import NotRecorded
from smtui.recording.recorder import Recorder, words_of

VARIABLE = "SMTUI_RECORD"
"""Names the folder into which every shell is recorded."""
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 60
_MOST_OF_ONE_SECOND = 100
_OWNER_ONLY = 0o700
_TELLING = ("TERM", "LANG", "LC_ALL")
"""Variables that say how the output is meant; a value of any other may be a secret."""


class Recordings:
    """Makes recorders; the methods block, so call them in a thread."""

    def __init__(
        self, environment: Mapping[str, str], now: Callable[[], datetime], on_terminal: Callable[[], bool]
    ) -> None:
        self._on_terminal = on_terminal
        self._folder = environment.get(VARIABLE, "")
        self._now = now
        self._told = {name: harmless(environment[name]) for name in _TELLING if environment.get(name)}

    def make(self, label: str, path: str = "") -> Recorder | None:
        """Record one session in this file, or where every shell is recorded, if anywhere; raises `NotRecorded`."""
        if not (path or self._folder):
            return None
        if not self._on_terminal():
            raise NotRecorded("It is recorded only where its input and output are a terminal of Linux or macOS.")
        return self._in_file(path, label) if path else self._in_folder(label)

    def _in_file(self, path: str, label: str) -> Recorder:
        return Recorder(path, label, began_at=self._now().timestamp(), environment=self._told)

    def _in_folder(self, label: str) -> Recorder:
        try:
            folder = Path(self._folder).expanduser()
            folder.mkdir(_OWNER_ONLY, parents=True, exist_ok=True)
        except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: there is no such user
            raise NotRecorded(f"{harmless(self._folder)} cannot be made: {words_of(error)}.") from None
        stem = file_stem(self._now(), label)
        for number in range(1, _MOST_OF_ONE_SECOND):
            path = folder / (f"{stem}.cast" if number == 1 else f"{stem}-{number}.cast")
            if not os.path.lexists(path):
                return self._in_file(str(path), label)
        raise NotRecorded(f"{harmless(self._folder)} has too many recordings of this second.")


def file_stem(now: datetime, label: str) -> str:
    """Return the name of a recording without its ending: `2026-11-29T17-15-24Z-web-1`; sorts by time."""
    name = _UNSAFE.sub("-", label)[:_LONGEST_NAME].strip("-.")
    return f"{now:%Y-%m-%dT%H-%M-%SZ}-{name or 'session'}"
