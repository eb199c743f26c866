"""`python -m tests.command_pages` writes what is made from the command line: the words of completion."""

from __future__ import annotations

from pathlib import Path

from smtui.cli.upkeep.command_table import described, words_text
from smtui.cli.upkeep.known_commands import FILE_NAME

ROOT = Path(__file__).parents[1]


def pages() -> dict[Path, str]:
    """Return each file's path and text."""
    table = described()
    return {ROOT / "smtui" / "cli" / "upkeep" / FILE_NAME: words_text(table)}


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, "utf-8")
