"""`python -m tests.command_pages` writes what is made from the command line: completion's words, and the man pages."""

from __future__ import annotations

from pathlib import Path

from smtui.cli.upkeep.command_table import described, words_text
from smtui.cli.upkeep.known_commands import FILE_NAME
from smtui.cli.upkeep.man_page import man_page, page_name

ROOT = Path(__file__).parents[1]
MAN = ROOT / "docs" / "man"


def pages() -> dict[Path, str]:
    """Return each file's path and text."""
    table = described()
    manual = {MAN / f"{page_name(command.path)}.1": man_page(command) for command in table}
    return {ROOT / "smtui" / "cli" / "upkeep" / FILE_NAME: words_text(table), **manual}


if __name__ == "__main__":
    MAN.mkdir(parents=True, exist_ok=True)
    for stale in set(MAN.glob("*.1")) - set(pages()):
        stale.unlink()
    for path, text in pages().items():
        path.write_text(text, "utf-8")
