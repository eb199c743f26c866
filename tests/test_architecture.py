"""Keeps ARCHITECTURE.md and CONTRIBUTING.md true as far as a machine can: every module and file they name exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import house

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("ARCHITECTURE.md", "CONTRIBUTING.md")

_QUOTED = re.compile(r"`([^`\n]+)`")
_ROOMS = sorted({module.name.split(".")[1] for module in house.modules(ROOT) if "." in module.name})
_NAMES = re.compile(rf"(?:smtui\.)?(?:{'|'.join(_ROOMS)})(?:\.\w+)+")
_PATHS = re.compile(rf"(?:smtui/)?(?:{'|'.join(_ROOMS)}|tests|screens)/[\w./…*]*")
_MADE_UP = re.compile(r"FEATURE|…|ID\.toml")
"""Stand for a name that whoever adds something chooses."""


def named(document: str) -> list[str]:
    """All that the document puts in backticks or in its sketches, in their order."""
    text = (ROOT / document).read_text("utf-8")
    sketches = "\n".join(line for line in text.splitlines() if line.startswith("    "))
    words = [*_QUOTED.findall(text), *sketches.split()]
    return [word for word in words if not _MADE_UP.search(word)]


def is_there(dotted: str) -> bool:
    """Whether a module has this name, or one has it as the name of something in it."""
    parts = dotted.removeprefix("smtui.").split(".")
    for count in (len(parts), len(parts) - 1):
        path = ROOT.joinpath("smtui", *parts[:count])
        if path.is_dir() and count == len(parts):
            return True
        if path.with_suffix(".py").is_file():
            text = path.with_suffix(".py").read_text("utf-8")
            return count == len(parts) or re.search(rf"\b{parts[-1]}\b", text) is not None
    return False


def found(path: str) -> list[Path]:
    """What a path or pattern names, from the project's root or from smtui/; a module may lack its `.py`."""
    patterns = [path.rstrip("/"), f"{path.rstrip('/')}.py"]
    return [there for top in (ROOT, ROOT / "smtui") for pattern in patterns for there in top.glob(pattern)]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_module_that_is_named_exists(document: str) -> None:
    dotted = [word for word in named(document) if _NAMES.fullmatch(word) and not word.endswith(".py")]
    assert [word for word in dotted if not is_there(word)] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_that_is_named_exists(document: str) -> None:
    paths = [word for word in named(document) if _PATHS.fullmatch(word)]
    assert paths
    assert [path for path in paths if not found(path)] == []


def test_every_room_has_its_line() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    rooms = {path.parent.name for path in (ROOT / "smtui").glob("*/__init__.py")}
    assert {room for room in rooms if f"\n| `{room}/` |" not in text} == set()
