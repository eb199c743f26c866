"""Keeps the places chosen last, in a file that only its owner can read; or, for the demo, in memory alone.

It holds names of profiles and Regions, nothing that opens anything.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from smtui.domain.places.choice import Choice
from smtui.store.file_access import Tell, field, items, no_one, table
from smtui.store.kept_file import Form, KeptFile, short_text

FILE_NAME = "places.json"
MOST_CHOICES = 12
MOST_NAMES = 200
"""Profiles, or Regions, of one choice; a larger choice is not kept."""
LONGEST_NAME = 512
MOST_BYTES = 8 << 20

log = logging.getLogger(__name__)


class PlaceMemoryFile:
    """One file. Implements `places.place_protocols.PlaceMemory`."""

    def __init__(self, folder: Path, tell: Tell = no_one) -> None:
        form = Form(tuple, _stored, _restored, MOST_BYTES, "Places that were chosen before are not offered")
        self._file = KeptFile[tuple[Choice, ...]](folder / FILE_NAME, form, tell)

    def recent(self) -> Sequence[Choice]:
        """Return the last choices, the newest first. An unusable file is renamed, reported, and counts as empty."""
        return self._file.load()

    def remember(self, choice: Choice) -> None:
        """Put this choice in front of what the file holds now; a file that cannot be written stays as it is."""
        if not _fits(choice):
            return
        try:
            self._file.change(lambda recent: with_choice(recent, choice))
        except OSError as error:
            log.warning("the places chosen last cannot be saved: %s", error)


class PlacesInMemory:
    """Keeps them until the program ends. Implements `places.place_protocols.PlaceMemory`."""

    def __init__(self) -> None:
        self._recent: tuple[Choice, ...] = ()

    def recent(self) -> Sequence[Choice]:
        """Return the last choices, the newest first."""
        return self._recent

    def remember(self, choice: Choice) -> None:
        """Put this choice first."""
        self._recent = with_choice(self._recent, choice)


def with_choice(recent: Sequence[Choice], choice: Choice) -> tuple[Choice, ...]:
    """Return the choices with this one in front, once; the oldest of too many are dropped."""
    return (choice, *(each for each in recent if each != choice))[:MOST_CHOICES]


def _fits(choice: Choice) -> bool:
    return all(
        len(names) <= MOST_NAMES and all(len(name) <= LONGEST_NAME for name in names)
        for names in (choice.profiles, choice.regions)
    )


def _stored(recent: Sequence[Choice]) -> dict[str, Any]:
    return {"recent": [{"profiles": list(each.profiles), "regions": list(each.regions)} for each in recent]}


def _restored(stored: dict[str, Any]) -> tuple[Choice, ...]:
    """Raises `WrongShape`."""
    return field(stored, "recent", partial(items, read=_choice, most=MOST_CHOICES))


def _choice(value: Any) -> Choice:
    names = partial(items, read=short_text(LONGEST_NAME), most=MOST_NAMES)
    return Choice(field(table(value), "profiles", names), field(value, "regions", names))
