"""The places chosen last come back, the newest first, and never more than a few."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from smtui.domain.places.choice import Choice
from smtui.store.place_memory_file import FILE_NAME, MOST_CHOICES, MOST_NAMES, PlaceMemoryFile, PlacesInMemory

PROD, STAGE = Choice(("prod", "stage"), ("eu-west-1",)), Choice(("stage",))


def test_the_last_choice_comes_first_and_only_once(tmp_path: Path) -> None:
    for memory in (PlaceMemoryFile(tmp_path / "state"), PlacesInMemory()):
        for choice in (PROD, STAGE, PROD):
            memory.remember(choice)
        assert tuple(memory.recent()) == (PROD, STAGE)
    assert tuple(PlaceMemoryFile(tmp_path / "state").recent()) == (PROD, STAGE)
    assert stat.S_IMODE((tmp_path / "state" / FILE_NAME).stat().st_mode) == 0o600


def test_it_is_bounded(tmp_path: Path) -> None:
    memory = PlaceMemoryFile(tmp_path)
    for number in range(MOST_CHOICES + 3):
        memory.remember(Choice((f"p{number}",)))
    assert len(memory.recent()) == MOST_CHOICES
    memory.remember(Choice(tuple(f"p{number}" for number in range(MOST_NAMES + 1))))
    memory.remember(Choice(("x" * 1000,)))
    assert memory.recent()[0] == Choice((f"p{MOST_CHOICES + 2}",))


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"format": 1}', '{"format": 1, "recent": [{"profiles": [1], "regions": []}]}',
     '{"format": 1, "recent": [{"profiles": ["' + "x" * 600 + '"], "regions": []}]}'],
)  # fmt: skip
def test_a_broken_file_costs_a_sentence(text: str, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    told: list[str] = []
    memory = PlaceMemoryFile(tmp_path, told.append)
    assert memory.recent() == ()
    assert len(told) == 1
    memory.remember(PROD)
    assert tuple(memory.recent()) == (PROD,)


def test_a_folder_that_cannot_be_written_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    memory = PlaceMemoryFile(tmp_path / "file" / "state")
    memory.remember(PROD)
    assert memory.recent() == ()
