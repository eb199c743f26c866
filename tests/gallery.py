"""`python -m tests.gallery`: draws the pictures in `screens/` from the demo."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot

from smtui.settings import Settings
from smtui.tui.app import SmtuiApp
from smtui.wiring import wired

FOLDER = Path(__file__).parents[1] / "screens"
SETTLED_SECONDS = 2.5
"""Long enough for the list, the plugin and the probes of the visible rows."""
Keys = tuple[str, ...]


@dataclass(frozen=True)
class Picture:
    """A file name, a size in cells, and what is pressed before it is taken."""

    name: str
    size: tuple[int, int]
    keys: Keys = ()
    theme: str = ""


WAIT = "wait"
"""Among keys: for what takes a while."""
TUNNELS = ("f", WAIT, "1", "f", WAIT, "2", "f", WAIT, "5", WAIT)
PICTURES = (
    Picture("nodes", (140, 32), ("g",)),
    Picture("details", (140, 32), ("slash", *"web", "enter", "g", "i")),
    Picture("details-80", (80, 24), ("slash", *"web-1", "enter", "i")),
    Picture("nodes-80", (80, 24), ("slash", *"prod ready".replace(" ", "_"), "enter")),
    Picture("help", (140, 32), ("question_mark",)),
    Picture("palette", (80, 24), ("colon",)),
    Picture("not-ready", (140, 32), ("slash", *"no-profile", "enter", "enter")),
    Picture("troubleshoot", (140, 45), ("slash", *"no-policy", "enter", "t", WAIT, WAIT)),
    Picture("troubleshoot-80", (80, 24), ("slash", *"no-nat", "enter", "t", WAIT, WAIT)),
    Picture("troubleshoot-failure", (140, 45), ("slash", *"no-profile", "enter", "enter", "enter", WAIT, WAIT, "g")),
    Picture("automation", (140, 45), ("slash", *"no-nat", "enter", "t", WAIT, "a", WAIT, "enter", *((WAIT,) * 6))),
    Picture("form", (140, 32), ("slash", *"web-1", "enter", "d", WAIT, *"tail", "enter", *"/etc/passwd")),
    Picture("forward", (140, 32), ("slash", *"web-1", "enter", "f")),
    Picture("forward-80", (80, 24), ("slash", *"web-1", "enter", "f")),
    Picture("tunnels", (140, 24), (*TUNNELS, WAIT, "2")),
    Picture("presets", (140, 24), ("4",)),
    Picture("quit", (140, 24), (*TUNNELS, "q")),
    Picture("light", (140, 32), ("g",), "smtui-light"),
)


class NoTerminal:
    """A hand-over for pictures: there is no terminal to lend, and no session gets as far as needing one."""

    lent = False

    def refusal(self) -> str:
        return ""

    def lend(self) -> AbstractContextManager[None]:
        return nullcontext()

    def pause(self, sentence: str, is_over: Callable[[], bool]) -> None:
        return


async def draw(picture: Picture) -> None:
    async with wired(Settings(demo=True), print) as launcher:
        app = SmtuiApp(launcher, handover=lambda _: NoTerminal())
        async with app.run_test(size=picture.size) as pilot:
            await asyncio.sleep(SETTLED_SECONDS)
            if picture.theme:
                app.theme = picture.theme
            await _press(pilot, picture.keys)
            await asyncio.sleep(SETTLED_SECONDS)
            (FOLDER / f"{picture.name}.svg").write_text(app.export_screenshot(title="smtui"), encoding="utf-8")


async def _press(pilot: Pilot[None], keys: Keys) -> None:
    for key in keys:
        if key == WAIT:
            await asyncio.sleep(SETTLED_SECONDS)
        else:
            await pilot.press("space" if key == "_" else key)


def main(names: list[str]) -> int:
    drawn = [picture for picture in PICTURES if not names or picture.name in names]
    for picture in drawn:
        asyncio.run(draw(picture))
        sys.stdout.write(f"{picture.name}\n")
    return 0 if drawn else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
