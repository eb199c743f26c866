"""What the command line prints has passed the gate, whichever way it goes out."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from platformdirs import user_config_path

import smtui
from smtui import cli
from smtui.cli import output
from smtui.cli.logfile import start_log
from smtui.domain.text import masked
from tests.end_to_end.shells import SMTUI

HOSTILE = "\x1b]52;c;cm0=\x07\x9b31m\u202e\nsmtui: all is well http://alice:hunter2@proxy:1"
_KEY = re.compile(r"\b[Pp]ress `?[a-zA-Z?]\b`?")
SHOWN = "␛]52;c;cm0=␇\ufffd31m\ufffd"


def obeyed(text: str) -> list[str]:
    return [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]


def test_lines_and_problems(capsys: pytest.CaptureFixture[str]) -> None:
    output.line(HOSTILE)
    output.lines([HOSTILE])
    output.problem(HOSTILE)
    out, err = capsys.readouterr()
    shown = f"{SHOWN}␊smtui: all is well http://***@proxy:1\n"
    assert out == shown * 2
    assert err == f"smtui: {shown}"


def test_progress_can_only_replace_its_own_line(capsys: pytest.CaptureFixture[str]) -> None:
    output.progress(HOSTILE)
    shown = f"\r\x1b[K{SHOWN}␊smtui: all is well http://***@proxy:1"
    assert click.unstyle(shown) == capsys.readouterr().err  # which is no terminal here


@given(
    st.dictionaries(st.text(), st.one_of(st.text(st.characters()), st.lists(st.text(st.characters())), st.integers()))
)
def test_json_is_exact_and_yet_plain(told: dict[str, object]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        printed: list[str] = []
        patch.setattr(click, "echo", printed.append)
        output.json_object(told)
    [text] = printed
    assert text.isascii()
    assert obeyed(text) == []
    texts = [value for value in told.values() if isinstance(value, str)]
    if all(masked(value) == value for value in texts):
        assert json.loads(text) == told


def test_json_masks_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    output.json_object({"problems": [HOSTILE], "deeper": {"url": "https://a:b@c"}, "number": 1, "nothing": None})
    told = json.loads(capsys.readouterr().out)
    assert told["problems"][0].startswith("\x1b]52;c;cm0=\x07")
    assert told["problems"][0].endswith("http://***@proxy:1")
    assert told["deeper"] == {"url": "https://***@c"}


@pytest.mark.parametrize(
    "words",
    [
        ("list", "--log-file", f"/nowhere/{HOSTILE}"),
        (f"--{HOSTILE}",),
        (HOSTILE,),
        ("connect", "web-1", "--parameter", HOSTILE),
        ("forward", "web-1", HOSTILE),
        ("forward", "--preset", HOSTILE),
        ("presets", "add", "x", HOSTILE),
        ("connect", HOSTILE),
        ("list", "--profile", HOSTILE),
        ("demo", "serve", "--format", HOSTILE),
    ],
)
def test_what_was_typed_is_quoted_through_the_gate(words: tuple[str, ...], environment: dict[str, str | None]) -> None:
    """As the real program: what click itself says is made in its own way out."""
    given_to_it = {**os.environ, **{name: value for name, value in environment.items() if value}}
    for name in [name for name, value in environment.items() if value is None]:
        given_to_it.pop(name, None)
    done = subprocess.run(
        [SMTUI, *words], env=given_to_it | {"AWS_REGION": "eu-west-1"},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode in (1, 2)
    assert obeyed(done.stdout + done.stderr) == []
    assert "hunter2" not in done.stderr or "--log-file" in words  # a path is no URL: it loses a slash
    assert "Traceback" not in done.stderr


def test_a_record_of_the_log_is_one_line(tmp_path: Path) -> None:
    start_log(tmp_path / "log")
    logger = logging.getLogger("smtui")
    handler = logger.handlers[-1]
    try:
        logger.warning("read %s", HOSTILE)
        try:
            raise ValueError(HOSTILE)
        except ValueError:
            logger.exception("it failed")
    finally:
        logger.removeHandler(handler)
        logger.propagate = True
        handler.close()
    text = (tmp_path / "log").read_text("utf-8")
    assert obeyed(text) == []
    assert "hunter2" not in text
    assert f"WARNING smtui read {SHOWN}␊smtui: all is well" in text
    trace = text.partition("it failed\n")[2].splitlines()
    assert trace[0] == "  Traceback (most recent call last):"
    assert all(line.startswith("  ") for line in trace)


STRAYS = """
import sys, threading, warnings
from smtui.strays import keep_strays_off_terminal
keep_strays_off_terminal()
def fail():
    raise ValueError("hunter2 in a thread")
thread = threading.Thread(target=fail); thread.start(); thread.join()
class Destroyed:
    def __del__(self):
        raise ValueError("hunter2 in a destructor")
Destroyed()
warnings.warn("hunter2 in a warning")
import logging
logging.getLogger("websockets").error("hunter2 in a library")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe of POSIX")
def test_a_log_to_a_pipe_that_nobody_reads_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "log")
    argv = [SMTUI, "--log-file", str(tmp_path / "log"), "list"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, "Invalid value for --log-file" in done.stderr) == (2, True)


def test_what_python_itself_would_print_stays_off_the_terminal() -> None:
    done = subprocess.run([sys.executable, "-c", STRAYS], capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""


def test_a_fault_of_our_own_claims_nothing_about_sessions(capsys: pytest.CaptureFixture[str]) -> None:
    assert output.unexpected(ValueError("odd")) == output.FAILED
    told = capsys.readouterr().err
    assert "something unexpected went wrong (ValueError: odd)" in told
    assert "If it had started a session, run smtui list on a terminal: it finds sessions left open." in told
    assert "Nothing is left" not in told


def test_a_user_without_a_home_is_told_what_to_set(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_home(path: str) -> str:
        return path

    monkeypatch.setattr("os.path.expanduser", no_home)
    for folder in (Path.home, lambda: user_config_path("smtui")):
        with pytest.raises(RuntimeError) as raised:
            folder()
        assert output.unexpected(raised.value) == output.FAILED
        assert "Set HOME to the absolute path of one" in capsys.readouterr().err


def test_ctrl_c_before_the_command_line_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("smtui.strays.keep_strays_off_terminal", interrupted)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 130


def test_only_the_screen_speaks_of_keys_to_press() -> None:
    """What the command line says as well has no keys."""
    [package] = smtui.__path__
    files = [path for path in Path(package).rglob("*") if path.suffix in (".py", ".toml")]
    said = [path.name for path in files if "tui" not in path.parts[-3:-1] and _KEY.search(path.read_text("utf-8"))]
    assert said == []
    assert _KEY.search("press r to try again"), "the pattern finds what it is for"
