"""Recordings of real programs, played again: the same screen at every moment, by us and by asciinema."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pyte
import pytest

from smtui.domain.terminal_modes.drawing_filter import DrawingFilter
from smtui.recording.asciicast import Event, Header, event_line, header_line
from smtui.recording.cast_file import CastFile
from smtui.recording.player import next_occurrence
from tests.end_to_end.conftest import World
from tests.end_to_end.shells import BIN, SMTUI, clean_environment
from tests.end_to_end.terminal import Screen, Terminal
from tests.end_to_end.test_connect import assert_sane, wrapped

COLUMNS, ROWS = 100, 30
PROMPT = "[web-1 ~]$"
UNKNOWN_TO_PYTE = re.compile(r"\x1bP[^\x1b]*(?:\x1b\\|\x1b?$)|\x1b\[[0-9;]*%m")
"""What vim sends to see whether a terminal ignores it; pyte shows it as text, until vim draws over it."""
_CURSES = """
import curses
def main(screen):
    curses.start_color(); curses.init_pair(1, curses.COLOR_RED, curses.COLOR_BLUE)
    for row in range(curses.LINES - 1):
        screen.addstr(row, row, f"row {row} grün 漢", curses.color_pair(1) | curses.A_BOLD)
    screen.box(); screen.refresh()
    while (key := screen.getkey()) != "q":
        screen.addstr(5, 5, f"SEEN-{key}"); screen.refresh()
curses.wrapper(main)
"""


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"needs {program}")


def screen_of(cast: CastFile, count: int, *, filtered: bool = False) -> list[str]:
    """The screen after so many events, as a terminal shows it."""
    screen = Screen(COLUMNS, ROWS)
    stream, drawing = pyte.Stream(screen), DrawingFilter()
    texts = (cast.event(index).text for index in range(count))
    stream.feed("".join(map(drawing.feed, texts)) if filtered else UNKNOWN_TO_PYTE.sub("", "".join(texts)))
    return [line.rstrip() for line in screen.display]


def recorded(world: World, path: Path, keys: list[tuple[str, str]]) -> CastFile:
    """Press each of the keys once the text before it is on the screen, until the session is over."""
    argv = [SMTUI, "connect", "web-1", "--record", str(path)]
    with Terminal(argv, world.environment, columns=COLUMNS, rows=ROWS) as terminal:
        for shown, pressed in keys:
            terminal.wait_for(shown)
            terminal.press(pressed)
        terminal.wait_for("The session is recorded in")
        assert terminal.wait_for_end() == 0
        cast = CastFile(str(path))
        whole = "".join(text for _, text in cast.texts())
        assert whole in terminal.output.decode("utf-8", "replace"), "it holds every byte that the terminal was shown"
    return cast


VIM = [
    (PROMPT, "vim -u NONE -N -i NONE\r"),
    ("VIM - Vi IMproved", "iMARK grün 漢字\r\tsecond line\x1b:set number\r"),
    ("  2 ", ":vsplit\r"),
    ("[No Name]", "yyppGp:q!\r:q!\r"),
    (PROMPT, "exit\r"),
]
TOP = [
    (PROMPT, "top\r"),
    ("load average", "h"),
    ("Help for Interactive Commands", "q"),
    ("load average", "q"),
    (PROMPT, "exit\r"),
]
CURSES = [
    (PROMPT, f"{sys.executable} boxes.py\r"),
    ("row 7", "x"),
    ("SEEN-x", "y"),
    ("SEEN-y", "q"),
    (PROMPT, "exit\r"),
]


@pytest.mark.parametrize(
    ("keys", "marker"),
    [
        pytest.param(VIM, "MARK", marks=needs("vim"), id="vim"),
        pytest.param(TOP, "Help for Interactive", marks=needs("top"), id="top"),
        pytest.param(CURSES, "SEEN-x", id="curses"),
    ],
)
def test_a_full_screen_program_looks_the_same_at_every_moment(
    world: World, tmp_path: Path, keys: list[tuple[str, str]], marker: str
) -> None:
    (tmp_path / "boxes.py").write_text(_CURSES)
    keys = [(shown, pressed.replace("boxes.py", str(tmp_path / "boxes.py"))) for shown, pressed in keys]
    path = tmp_path / "a.cast"
    cast = recorded(world, path, keys)
    for moment in moments(cast):
        assert screen_of(cast, moment, filtered=True) == screen_of(cast, moment), moment
    found = next_occurrence(cast, marker, 0)
    assert found is not None
    at = cast.times[found]
    wanted = screen_of(cast, sum(time <= at for time in cast.times))
    argv = wrapped(f"{SMTUI} play {path} --speed 0.1")
    with Terminal(argv, world.environment, columns=COLUMNS, rows=ROWS) as terminal:
        terminal.wait_for("SessionId")
        terminal.press(f"/{marker}\r")
        terminal.wait_for(lambda _: terminal.lines() == wanted)
        terminal.press("q")
        terminal.wait_for("status=0")
        assert_sane(terminal)
    with Terminal([*argv[:2], argv[2].replace("0.1", "64")], world.environment, columns=COLUMNS, rows=ROWS) as terminal:
        terminal.wait_for("status=0")
        assert "Exiting session" in terminal.text()
        assert_sane(terminal)


def moments(cast: CastFile) -> Iterator[int]:
    """Some forty of the moments, the last one too."""
    yield from range(1, len(cast), max(len(cast) // 40, 1))
    yield len(cast)


def test_ten_megabytes_end_on_the_same_screen(world: World, tmp_path: Path) -> None:
    path, text = tmp_path / "a.cast", tmp_path / "text"
    with text.open("w", encoding="utf-8") as file:
        file.writelines(
            f"\x1b[3{number % 8}mline {number:07} grün 漢字 {'x' * 40}\x1b[0m\n" for number in range(140_000)
        )
    assert text.stat().st_size > 10_000_000
    live = pexpect.spawn(
        SMTUI,
        ["connect", "web-1", "--record", str(path)],
        env=world.environment,
        dimensions=(ROWS, COLUMNS),
        timeout=120,
    )
    live.expect_exact(PROMPT)
    live.sendline(f"cat {text}; exit")
    live.expect(pexpect.EOF)
    assert live.before is not None
    shown = live.before
    cast = CastFile(str(path))
    whole = "".join(output for _, output in cast.texts()).encode()
    begun = whole.index(b"cat ")
    assert whole[begun:] in shown
    assert len(whole) > 10_000_000
    play = pexpect.spawn(
        SMTUI, ["play", str(path), "--idle-limit", "0.01", "--speed", "64"],
        env=world.environment, dimensions=(ROWS, COLUMNS), timeout=120,
    )  # fmt: skip
    play.expect(pexpect.EOF)
    assert play.before is not None
    assert play.wait() == 0
    last = b"line 0139999"
    assert tail(play.before, last) == tail(shown, last)


def tail(output: bytes, last: bytes) -> list[str]:
    """The screen when this line was shown."""
    end = output.index(b"\n", output.index(last))
    screen = pyte.Screen(COLUMNS, ROWS)
    pyte.ByteStream(screen).feed(output[end - 100_000 : end + 1])
    return list(screen.display)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return clean_environment(tmp_path / "home")


def written(folder: Path, *events: tuple[float, str], columns: int = COLUMNS) -> Path:
    path = folder / "made.cast"
    path.write_bytes(
        header_line(Header(columns, ROWS)) + b"".join(event_line(Event(at, "o", text)) for at, text in events)
    )
    return path


# Keys --------------------------------------------------------------------------------------------

STORY = (
    (0, "begin\r\n"),
    (100, "first needle\r\n"),
    (200, "middle\r\n"),
    (300, "second needle\r\n"),
    (400, "last\r\n"),
)


def test_keys_pause_step_jump_search_and_end(tmp_path: Path, environment: dict[str, str]) -> None:
    path = written(tmp_path, *STORY)
    with Terminal(wrapped(f"{SMTUI} play {path}"), environment) as terminal:
        terminal.wait_for("begin")
        terminal.press(".")
        terminal.wait_for("first needle")
        terminal.press("\x1b[A\x1b[A")
        terminal.wait_for("middle")
        terminal.press("\x1b[B\x1b[B\x1b[B")
        terminal.wait_until_gone("first needle")
        terminal.wait_for("begin")
        terminal.press("/NEEDLE")
        terminal.wait_for("/NEEDLE")
        terminal.press("\r")
        terminal.wait_for("first needle")
        terminal.wait_until_gone("/NEEDLE")
        terminal.press("n")
        terminal.wait_for("second needle")
        terminal.press("n")
        terminal.wait_for("No “NEEDLE” after this.")
        terminal.press("?")
        terminal.wait_for("5:00 of 6:40")
        terminal.wait_for("/ search")  # the end of the line, which is not cut at 80 columns
        terminal.press("++ ")
        terminal.wait_until_gone("5:00 of")
        terminal.wait_for("second needle")
        terminal.press("/x\x7f\x1b")
        terminal.wait_until_gone("/")
        assert "last" not in terminal.text()
        terminal.press("q")
        terminal.wait_for("status=0")
        assert "space pause" not in terminal.text()
        assert_sane(terminal)


@pytest.mark.parametrize("how", ["q", "\x03", signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_the_terminal_is_as_before_however_it_ends(
    tmp_path: Path, environment: dict[str, str], how: str | signal.Signals
) -> None:
    path = written(tmp_path, (0, "\x1b[?1049h\x1b[?25l\x1b[5;10r\x1b[?6h\x1b[1;31mUP\x1b(0\x1b[4h"), (500, "end"))
    with Terminal(wrapped(f"exec {SMTUI} play {path}").copy(), environment) as terminal:
        terminal.wait_for("UP")
        if isinstance(how, str):
            terminal.press(how)
        else:
            [player] = [line for line in children(terminal.pid) if "play" in line[1]] or [(terminal.pid, "")]
            os.kill(player[0], how)
        assert terminal.wait_for_end() == (0 if isinstance(how, str) else 128 + how)
        for undo in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[r", b"\x1b[?6l", b"\x1b[0m", b"\x1b(B", b"\x1b[4l"):
            assert undo in terminal.output, undo
        assert terminal.modes_left_on() == set()
        assert not terminal.cursor_hidden()


def test_a_pause_of_centuries_is_waited_for(tmp_path: Path, environment: dict[str, str]) -> None:
    """As a timeout of select it would be an error."""
    path = written(tmp_path, (0, "UP"), (1e9, "end"))
    with Terminal([SMTUI, "play", str(path), "--speed", "0.0625"], environment) as terminal:
        terminal.wait_for("UP")
        terminal.press("?")
        terminal.wait_for("of 16666666:40")
        terminal.press("q")
        assert terminal.wait_for_end() == 0


def children(pid: int) -> list[tuple[int, str]]:
    import psutil

    return [(child.pid, " ".join(child.cmdline())) for child in psutil.Process(pid).children(recursive=True)]


def test_a_recording_cannot_make_the_terminal_answer(tmp_path: Path, environment: dict[str, str]) -> None:
    evil = "\x1b[c\x1b]52;c;aGk=\x07\x1b]0;title\x07\x1b[6n\x1bP$qm\x1b\\\x1b[?1000h\x05seen"
    with Terminal([SMTUI, "play", str(written(tmp_path, (0, evil)))], environment, attributes=b"\x1b[?62c") as terminal:
        terminal.wait_for_end()
        assert "seen" in terminal.text()
        for each in (b"\x1b[c", b"\x1b]", b"\x1b[6n", b"\x1bP", b"\x1b[?1000h", b"\x05"):
            assert each not in terminal.output
        assert "62c" not in terminal.text()


# Elsewhere ---------------------------------------------------------------------------------------


def play(environment: dict[str, str], *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SMTUI, "play", *map(str, arguments)], env=environment, capture_output=True, text=True, check=False
    )


def test_into_a_pipe_it_prints_the_text_at_once(tmp_path: Path, environment: dict[str, str]) -> None:
    path = written(tmp_path, (0, "\x1b[1mgr"), (900, "ün\x1b[0m\r\n\x1b]0;t"), (1800, "\x07next\r\n"))
    done = play(environment, path)
    assert (done.stdout, done.stderr, done.returncode) == ("grün\nnext\n", "", 0)


def test_a_broken_file_names_the_line(tmp_path: Path, environment: dict[str, str]) -> None:
    path = written(tmp_path, (0, "a"))
    path.write_bytes(path.read_bytes() + b"{}\n" + event_line(Event(1, "o", "b")))
    done = play(environment, path)
    assert (done.stdout, done.returncode) == ("", 1)
    assert done.stderr == f"smtui: {path}, line 3: This is not an event: [seconds, code, text].\n"
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0] + b'[0, "o", "a\\n"]\n[1, "o')
    done = play(environment, path)
    assert (done.stdout, done.returncode) == ("a\n", 0)
    assert "Line 3 of" in done.stderr


def test_a_terminal_that_is_too_small_is_said(tmp_path: Path, environment: dict[str, str]) -> None:
    with Terminal([SMTUI, "play", str(written(tmp_path, (0, "a"), columns=200))], environment) as terminal:
        terminal.wait_for_end()
        assert b"The recording is 200x30, this terminal only 100x30" in terminal.output


ASCIINEMA = BIN / "asciinema"


@pytest.mark.skipif(not ASCIINEMA.exists(), reason="needs asciinema, of the extra `dev`")
def test_asciinema_plays_our_recording(world: World, tmp_path: Path) -> None:
    path = tmp_path / "a.cast"
    cast = recorded(world, path, [(PROMPT, "printf '\\033[31mgr\\303\\274n \\xff\\033[0m'; seq 3; exit\r")])
    whole = "".join(text for _, text in cast.texts())
    environment = {**world.environment, "ASCIINEMA_CONFIG_HOME": str(tmp_path)}
    with Terminal([str(ASCIINEMA), "cat", str(path)], environment, columns=COLUMNS, rows=ROWS) as terminal:
        assert terminal.wait_for_end() == 0
        assert whole in terminal.output.decode("utf-8", "replace")
    with Terminal([str(ASCIINEMA), "play", str(path)], environment, columns=COLUMNS, rows=ROWS) as terminal:
        assert terminal.wait_for_end() == 0
        assert whole in terminal.output.decode("utf-8", "replace")
        assert terminal.lines() == screen_of(cast, len(cast))
