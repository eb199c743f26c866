"""`python -m tests.film` plays the demo in a pty by a script, and draws `screens/film.svg` from what the screen showed.

The film is one SVG without scripts: its rows are drawn once each, its frames lie side by side, and a CSS animation
steps through them. No package does this for a screen in true colour. Ages and ids of a run differ, so the test compares
the script that the film was made from, which it carries, and not its bytes.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from tests.end_to_end.shells import SMTUI, clean_environment
from tests.end_to_end.terminal import Terminal

FILE = Path(__file__).parents[1] / "screens" / "film.svg"
COLUMNS, ROWS = 110, 28
NO_BREAK = "\u00a0"
"""SVG would join several blanks into one."""
CELL, LINE, SIZE = 8.4, 18, 14
CAPTION = 30
TYPED = 0.14
"""Seconds that a typed key is shown."""
GROUND, TEXT = "#111416", "#d7dce1"
NAMED = {
    "black": "#111416", "red": "#e06c75", "green": "#74cf88", "brown": "#e4b454", "blue": "#74bde3",
    "magenta": "#c678dd", "cyan": "#56b6c2", "white": "#d7dce1",
}  # fmt: skip


class Scene(NamedTuple):
    """What is pressed, what the screen then shows, and how long the film shows that."""

    caption: str
    keys: str
    shows: str
    seconds: float
    command: str = ""
    """The command whose key comes first; empty for typed text."""
    gone: str = ""
    """What the screen must no longer show."""


SCENES = (
    Scene("Every node, and whether a session can start", "", "connected (probed", 3, gone="reading"),
    Scene("/ filters the list", "/", "tab Take", 0.5, "filter"),
    Scene("/ filters the list", "-status:ready nat", "no-nat-1", 1.5),
    Scene("/ filters the list", "\r", "t Troubleshoot", 0.8),
    Scene("t finds out why: the cause, the proof, the fix", "t", "38 of 38 checks", 6, "troubleshoot"),
    Scene("esc goes back", "\x1b", "t Troubleshoot", 0.6, "back"),
    Scene("/ filters the list", "/", "tab Take", 0.4, "filter"),
    Scene("/ filters the list", "\x15web-1", "1 of 45", 0.6),
    Scene("enter opens a shell", "\r", "t Troubleshoot", 0.8),
    Scene("enter opens a shell", "\r", "[web-1 ~]$", 1.5, "shell"),
    Scene("enter opens a shell", "uname -s; exit", "exit", 1.0),
    Scene("exit comes back to the same row", "\r", "The session on web-1 ended", 2),
    Scene("f forwards a port", "f", "enter starts preset 1", 2.5, "forward"),
    Scene("f forwards a port", "3", "is open", 1.5),
    Scene("2 shows the tunnels, which stay up", "2", "Tunnels · 1 open", 3, "go-tunnels"),
)
CLEARS = "\x15"
"""Empties the line of a field."""

Row = tuple[tuple[str, str, str, str], ...]
"""Runs of text, each with its colour, its ground and its CSS classes."""


class Frame(NamedTuple):
    """One picture of the film."""

    caption: str
    rows: tuple[Row, ...]
    seconds: float


def tour(scenes: Sequence[Scene] = SCENES) -> Iterator[Frame]:
    """Play the scenes; every wait that fails names what the screen did not show."""
    with tempfile.TemporaryDirectory() as home:
        environment = clean_environment(Path(home, "home")) | {"COLORTERM": "truecolor"}
        with Terminal([SMTUI, "--demo"], environment, columns=COLUMNS, rows=ROWS) as terminal:
            for scene in scenes:
                yield from _played(scene, terminal)
            terminal.press("q")
            terminal.wait_for("t Troubleshoot │ /")
            terminal.press("q")
            terminal.wait_for("Quit and close them")
            terminal.press("\r")
            terminal.wait_for_end()


def _played(scene: Scene, terminal: Terminal) -> Iterator[Frame]:
    if len(scene.keys) > 1:
        for number, key in enumerate(scene.keys, 1):
            terminal.press(key)
            typed = scene.keys[:number].lstrip(CLEARS).rstrip()
            terminal.wait_for(typed)
            yield Frame(scene.caption, _rows(terminal), TYPED)
    else:
        terminal.press(scene.keys)
    terminal.wait_for(lambda text: scene.shows in text and not (scene.gone and scene.gone in text))
    yield Frame(scene.caption, _rows(terminal), scene.seconds)


def _rows(terminal: Terminal) -> tuple[Row, ...]:
    return tuple(_row(cells) for cells in terminal.cells())


def _row(cells: Sequence[Any]) -> Row:
    styled = ((_style(cell), cell.data) for cell in cells)
    runs = ((style, "".join(text for _, text in cells)) for style, cells in groupby(styled, key=lambda each: each[0]))
    return tuple((text, *style) for style, text in runs)


def _style(cell: Any) -> tuple[str, str, str]:
    colour, ground = _colour(cell.fg, TEXT), _colour(cell.bg, GROUND)
    if cell.reverse:
        colour, ground = ground, colour
    return colour, ground, " ".join(name for name in ("bold", "italics", "underscore") if getattr(cell, name))


def _colour(name: str, default: str) -> str:
    if name == "default":
        return default
    return NAMED.get(name.removeprefix("bright"), f"#{name}")


def film(frames: Sequence[Frame], scenes: Sequence[Scene] = SCENES) -> str:
    """The SVG of the frames."""
    width, height = round(COLUMNS * CELL), ROWS * LINE + CAPTION
    numbers: dict[Row, int] = {}
    shown = list(_strips(frames, width, numbers))
    drawn = [f'<g id="r{number}">{"".join(_drawn(row))}</g>' for row, number in numbers.items()]
    total = sum(frame.seconds for frame in frames)
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="The demo">',
            f"<metadata>{escape(script(scenes))}</metadata>",
            "<style>",
            f"text{{font:{SIZE}px ui-monospace,Menlo,Consolas,DejaVu Sans Mono,monospace;fill:{TEXT}}}",
            ".bold{font-weight:bold}.italics{font-style:italic}.underscore{text-decoration:underline}",
            f"#film{{animation:film {total:.2f}s step-end infinite}}",
            f"@keyframes film{{{''.join(_stops(frames, total, width))}}}",
            "@media (prefers-reduced-motion:reduce){#film{animation:none}}",
            "</style>",
            "<defs>",
            *drawn,
            "</defs>",
            f'<rect width="{width}" height="{height}" fill="{GROUND}"/>',
            '<g id="film">',
            *shown,
            "</g>",
            "</svg>",
            "",
        )
    )


def _stops(frames: Sequence[Frame], total: float, width: int) -> Iterator[str]:
    passed = 0.0
    for number, frame in enumerate(frames):
        yield f"{100 * passed / total:.3f}%{{transform:translateX({-number * width}px)}}"
        passed += frame.seconds


def _strips(frames: Sequence[Frame], width: int, numbers: dict[Row, int]) -> Iterator[str]:
    for number, frame in enumerate(frames):
        uses = (
            f'<use href="#r{numbers.setdefault(row, len(numbers))}" y="{y * LINE}"/>'
            for y, row in enumerate(frame.rows)
            if any(text.strip() or ground != GROUND for text, _, ground, _ in row)
        )
        caption = f'<text x="8" y="{ROWS * LINE + 20}">{escape(frame.caption)}</text>'
        yield f'<svg x="{number * width}" width="{width}">{"".join(uses)}{caption}</svg>'


def _drawn(row: Row) -> Iterator[str]:
    x = 0
    for text, colour, ground, classes in row:
        left, width = round(x * CELL, 1), round(len(text) * CELL, 1)
        if ground != GROUND:
            yield f'<rect x="{left}" width="{width}" height="{LINE}" fill="{ground}"/>'
        if text.strip():
            kind = f' class="{classes}"' if classes else ""
            yield (
                f'<text x="{left}" y="{SIZE}" fill="{colour}" style="fill:{colour}" textLength="{width}"{kind}>'
                f"{escape(text).replace(' ', NO_BREAK)}</text>"
            )
        x += len(text)


def script(scenes: Sequence[Scene] = SCENES) -> str:
    """The scenes as the film carries them."""
    return json.dumps([scene._asdict() for scene in scenes], ensure_ascii=True)


def main() -> None:
    FILE.write_text(film(list(tour())), "utf-8")
    sys.stdout.write(f"{FILE}: {FILE.stat().st_size // 1024} KB\n")


if __name__ == "__main__":
    main()
