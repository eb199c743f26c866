"""Makes nodes whose names and tags try to break a screen, for the demo's fleet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from smtui.demo.story.demo_node import DemoNode, planted

NASTY_TEXTS = (
    "[red]x[/]",
    "[/]",
    "[@click=app.quit]quit[/]",
    "\x1b[31mred\x1b[0m\x1b]0;title\x07",
    "bell\x07\x08\x7f",
    "\x9b31mC1\x9d0;t\x9c",
    "two\nlines\r\nand\ttab",
    "\u202eright to left\u2066\u200f",
    "n" * 400,
    "広い名前のノード🖥️👩‍💻",
    "e\u0301\u0301\u0301 zero\u200bwidth",
    " leading and trailing ",
    "",
)


def nasty_nodes() -> list[DemoNode]:
    """One EC2 instance and one hybrid node for each text: XML cannot carry ESC, so only JSON brings that unchanged."""
    return [planted(facts) for facts in _facts()]


def nasty_fleet(folder: Path) -> str:
    """The same nodes in a file of the folder: the value for SMTUI_DEMO_FLEET."""
    path = folder / "nasty.json"
    path.write_text(json.dumps(_facts()), "utf-8")
    return str(path)


def _facts() -> list[dict[str, Any]]:
    facts: list[dict[str, Any]] = []
    for number, text in enumerate(NASTY_TEXTS, 1):
        shared = {"name": text, "computer_name": text or "nameless"}
        facts.append({**shared, "host": 200 + number, "tags": {"env": text, text or "empty": "value"}})
        facts.append({**shared, "address": f"192.168.99.{number}"})
    return facts
