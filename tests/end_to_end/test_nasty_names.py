"""Names and tags that try to break a screen, on a real terminal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from wcwidth import wcswidth

from tests.demo.nasty import nasty_fleet
from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI
from tests.end_to_end.terminal import Terminal

NODE_ID = re.compile(r"m?i-[0-9a-f]{17}")


@pytest.mark.parametrize("size", [(80, 60), (140, 60)])
def test_they_are_harmless_and_aligned(world: World, size: tuple[int, int], tmp_path: Path) -> None:
    columns, rows = size
    environment = world.environment | {"SMTUI_DEMO_FLEET": nasty_fleet(tmp_path)}
    with Terminal([SMTUI, "--demo", "--filter", "ready"], environment, columns=columns, rows=rows) as terminal:
        names = ("␛[31mred␛[0m␛]0;title␇", "[@click=app.quit]quit", "[red]x[/]", "広い名前")
        shown = terminal.wait_for(lambda text: all(name in text for name in names))
        lines = [line for line in shown.splitlines() if NODE_ID.search(line)]
        starts = {wcswidth(line[: NODE_ID.search(line).start()]) for line in lines}  # type: ignore[union-attr]
        assert len(lines) > 30
        assert len(starts) == 1
        assert all(any(name in line for line in lines) for name in names)
        terminal.press("i")
        terminal.wait_for("Its ping status is Online")
        written = terminal.written().replace("\x1b]22;default\x07", "")
        for forbidden in ("\x1b]0;", "\x07", "\x1b[31mred", "\x9b", "\u202e", "\u2066"):
            assert forbidden not in written
        terminal.press("q")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
