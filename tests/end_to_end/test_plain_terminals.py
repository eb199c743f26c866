"""Terminals that are not in UTF-8, and those of screen readers: nothing fails, columns stay, plain text stays plain."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI
from tests.end_to_end.terminal import Terminal
from tests.waiting import wait_until

LATIN_1 = {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
"""What Python takes from a locale such as de_DE.ISO-8859-1; few machines have one installed."""
C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
"""The C locale as a Python sees it that does not take it for UTF-8."""


def listed(world: World, more: dict[str, str], *words: str) -> bytes:
    done = subprocess.run(
        [SMTUI, *words], env={**world.environment, **more}, capture_output=True, check=False, timeout=100
    )
    assert b"unexpected" not in done.stderr
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_list_in_latin_1_is_spelled_in_its_columns(world: World) -> None:
    whole, spelled = listed(world, {}, "list").decode(), listed(world, LATIN_1, "list").decode("latin-1")
    first, web = spelled.splitlines()[0], next(line for line in spelled.splitlines() if " web-1 " in line)
    assert web.startswith("* Ready")
    assert web.index("web-1") == first.index("NAME")
    assert [len(line) for line in spelled.splitlines()] == [len(line) for line in whole.splitlines()]


def test_the_doctor_in_latin_1(world: World) -> None:
    said = listed(world, LATIN_1, "doctor", "web-1").decode("latin-1")
    assert "v PASS" in said


def test_a_list_in_the_c_locale(world: World) -> None:
    assert "● Ready" in listed(world, C_LOCALE, "list").decode()


@pytest.mark.parametrize("more", [LATIN_1, C_LOCALE], ids=["latin-1", "C"])
def test_the_screen_without_utf_8(world: World, more: dict[str, str]) -> None:
    with Terminal([SMTUI], {**world.environment, **more}) as terminal:
        # The list comes page by page, with web-1 below the first rows.
        lines = terminal.wait_for(
            lambda text: "* Ready" in text and "STATUS" in text and " web-1 " in text
        ).splitlines()
        head = next(line for line in lines if "STATUS" in line)
        web = next(line for line in lines if " web-1 " in line)
        assert web.index("web-1") == head.index("NAME")
        terminal.press(b"/w\xe9b")
        wait_until(lambda: "0/" in terminal.text() or "No node" in terminal.text(), terminal.text)
        terminal.press("\x1b\x1b")
        terminal.press("\x1b")
        terminal.wait_for("* Ready")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
        assert b"Traceback" not in terminal.output
        assert b"unexpected" not in terminal.output


EACH = f"{SMTUI} list; {SMTUI} doctor web-1; {SMTUI} doctor wrong-role-1; {SMTUI} sessions; echo over"


@pytest.mark.parametrize(
    ("more", "escapes"),
    [({"TERM": "dumb"}, rb"\x1b"), ({"NO_COLOR": "1"}, rb"\x1b\[[0-9;]*m")],
    ids=["dumb", "no colour"],
)
def test_lists_are_plain_text_for_who_wants_it(world: World, more: dict[str, str], escapes: bytes) -> None:
    with Terminal(["/bin/sh", "-c", EACH], {**world.environment, **more}) as terminal:
        assert terminal.wait_for_end() == 0
        assert b"over" in terminal.output
        assert b"web-1" in terminal.output
        assert re.findall(escapes, terminal.output) == []
        assert not [character for character in terminal.output.decode() if "\u2500" <= character <= "\u257f"]
        assert b"\r" not in terminal.output.replace(b"\r\n", b"") or more.get("TERM") != "dumb"


def test_the_screen_on_a_dumb_terminal_says_what_to_use(world: World) -> None:
    with Terminal([SMTUI], {**world.environment, "TERM": "dumb"}) as terminal:
        assert terminal.wait_for_end() == 2
        assert b"Use smtui list and smtui connect." in terminal.output
        assert b"\x1b" not in terminal.output


@pytest.mark.parametrize("mouse", [True, False])
def test_the_mouse_can_be_left_to_the_terminal(world: World, tmp_path: Path, mouse: bool) -> None:
    (tmp_path / "config.toml").write_text(f"mouse = {str(mouse).lower()}\n")
    with Terminal([SMTUI], {**world.environment, "SMTUI_CONFIG_DIR": str(tmp_path)}) as terminal:
        terminal.wait_for("web-1")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
        assert (b"\x1b[?1000h" in terminal.output) is mouse
