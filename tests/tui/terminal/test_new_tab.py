"""How a tab is opened: found by the environment, quoted for each terminal, and tried in a real tmux."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.tui.terminal.new_tab import NoTab, Opener, new_tab, opener_here, plain_title
from tests.waiting import wait_until

COMMAND = ("smtui", "connect", "i-0a1b", "--profile", "it's; prod", "--region", "eu-west-1")
WEZTERM = {"WEZTERM_PANE": "1", "WEZTERM_UNIX_SOCKET": "/run/wez"}
KITTY = {"KITTY_WINDOW_ID": "1", "KITTY_LISTEN_ON": "unix:/tmp/k"}
SSH = {"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}


@pytest.mark.parametrize(
    ("environ", "opener"),
    [
        ({"TMUX": "/tmp/t,1,0"}, Opener.TMUX),
        ({"TMUX": "/tmp/t,1,0", **KITTY, **SSH}, Opener.TMUX),
        ({"ZELLIJ": "0", **WEZTERM}, Opener.ZELLIJ),
        ({"STY": "1.pts", **SSH}, Opener.SCREEN),
        (WEZTERM, Opener.WEZTERM),
        (KITTY, Opener.KITTY),
        ({"TERM_PROGRAM": "iTerm.app"}, Opener.ITERM),
        ({"WT_SESSION": "x"}, Opener.WINDOWS_TERMINAL),
        ({"SMTUI_NEW_TAB": "foot {command}", "TMUX": "x"}, Opener.OWN),
    ],
)
def test_the_innermost_one_opens_it(environ: dict[str, str], opener: Opener) -> None:
    assert opener_here(environ) is opener


@pytest.mark.parametrize(
    ("environ", "why"),
    [
        ({}, "SMTUI_NEW_TAB can name a command"),
        ({**WEZTERM, **SSH}, "Over SSH"),
        ({"TERM_PROGRAM": "iTerm.app", "SSH_TTY": "/dev/pts/1"}, "Over SSH"),
        ({"LC_TERMINAL": "iTerm2"}, "not known to open tabs"),
        ({"KITTY_WINDOW_ID": "1"}, "allow_remote_control"),
        ({"SMTUI_NEW_TAB": "foot 'x"}, "a quote that is not closed"),
        ({"SMTUI_NEW_TAB": "foot"}, "must hold {command}"),
        ({"SMTUI_NEW_TAB": "foot x{command}"}, "must stand alone"),
    ],
)
def test_where_there_is_none_a_sentence_says_why(environ: dict[str, str], why: str) -> None:
    with pytest.raises(NoTab, match=why):
        new_tab(environ, COMMAND, "web-1", has_profile=True)


def test_each_terminal_gets_the_words_as_they_are() -> None:
    assert new_tab({"ZELLIJ": "0"}, COMMAND, "web-1", has_profile=True).argv == (
        *("zellij", "run", "--name", "web-1", "--"),
        *COMMAND,
    )
    for environ in ({"TMUX": "x"}, {"STY": "x"}, WEZTERM, KITTY):
        argv = new_tab(environ, COMMAND, "web-1", has_profile=True).argv
        assert argv[-len(COMMAND) - 4 : -len(COMMAND) - 2] == ("sh", "-c")
        assert argv[-len(COMMAND) :] == COMMAND
    line = new_tab({"TERM_PROGRAM": "iTerm.app"}, COMMAND, "x", has_profile=True).argv[-1]
    assert shlex.split(line)[-len(COMMAND) :] == list(COMMAND)
    windows = new_tab({"WT_SESSION": "x"}, COMMAND, "web-1", has_profile=True).argv
    assert windows[-3:] == ("it's\\; prod", "--region", "eu-west-1")


def test_ones_own_command_gets_words_or_a_line() -> None:
    own = {"SMTUI_NEW_TAB": "foot -T {title} -- {command}"}
    assert new_tab(own, COMMAND, "web 1", has_profile=True).argv == ("foot", "-T", "web-1", "--", *COMMAND)
    own = {"SMTUI_NEW_TAB": "xterm -e '{line}'"}
    assert shlex.split(new_tab(own, COMMAND, "x", has_profile=True).argv[-1]) == list(COMMAND)


SECRETS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "very-secret",
    "AWS_SESSION_TOKEN": "token-secret",
    "HTTPS_PROXY": "http://me:proxy-secret@proxy",
}


@pytest.mark.parametrize("environ", [{"TMUX": "x"}, WEZTERM, KITTY, {"TERM_PROGRAM": "iTerm.app"}, {"WT_SESSION": "1"}])
def test_no_secret_is_in_an_argv(environ: dict[str, str]) -> None:
    known = {**environ, **SECRETS, "AWS_CONFIG_FILE": "/home/me/aws config"}
    argv = " ".join(new_tab(known, COMMAND, "web-1", has_profile=True).argv)
    assert "secret" not in argv
    assert "AKID" not in argv
    assert ("AWS_CONFIG_FILE=" in argv) == (environ != {"WT_SESSION": "1"})
    with pytest.raises(NoTab, match="credentials"):
        new_tab(known, COMMAND, "web-1", has_profile=False)


@given(st.text())
def test_a_title_is_plain_and_never_an_option(text: str) -> None:
    title = plain_title(text)
    assert title
    assert not title.startswith("-")
    assert set(title) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")


# tmux itself ---------------------------------------------------------------------------------------

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A server of its own, and the environment of a program in it."""
    base = {name: value for name, value in os.environ.items() if name not in ("TMUX", "SMTUI_NEW_TAB")}
    server = ["tmux", "-S", str(tmp_path / "tmux"), "-f", os.devnull]

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*server, *words], env=base, capture_output=True, text=True, check=False)

    def where() -> str:
        """A busy machine may be out of ptys, or the server not there yet."""
        if run("has-session").returncode:
            run("new-session", "-d", "-x", "80", "-y", "20", "sh")
        return run("display-message", "-p", "#{socket_path},#{pid},0").stdout.strip()

    yield {**base, "TMUX": wait_until(where)}
    subprocess.run([*server, "kill-server"], env=base, check=False)


@needs_tmux
def test_tmux_runs_exactly_these_words_and_nothing_of_the_title(tmux: dict[str, str], tmp_path: Path) -> None:
    out, owned = tmp_path / "argv.json", tmp_path / "owned"
    odd = ["a b", "'", '"', "$(touch owned)", f"#(touch {owned})", ";", "x;", "\\;", "é", "", "-n", "~", "#{pid}"]
    script = "import json, os, sys; open(sys.argv[1] + '.part', 'w').write(json.dumps(sys.argv[2:]))"
    script += "; os.rename(sys.argv[1] + '.part', sys.argv[1])"
    tab = new_tab(tmux, [sys.executable, "-c", script, str(out), *odd], f"#(touch {owned})", has_profile=True)
    subprocess.run(tab.argv, env=tmux, check=True)
    wait_until(out.exists)
    assert json.loads(out.read_text()) == odd
    assert not owned.exists()


@needs_tmux
def test_a_tab_whose_command_fails_stays_until_its_words_are_read(tmux: dict[str, str]) -> None:
    tab = new_tab(tmux, ["sh", "-c", "echo could not start; exit 3"], "web-1", has_profile=True)
    subprocess.run(tab.argv, env=tmux, check=True)

    def shown() -> str:
        capture = ["tmux", "capture-pane", "-p", "-t", ":web-1"]
        return subprocess.run(capture, env=tmux, capture_output=True, text=True, check=False).stdout

    wait_until(lambda: "[exit status 3] enter closes this." in shown())
    assert "could not start" in shown()
    subprocess.run(["tmux", "send-keys", "-t", ":web-1", "Enter"], env=tmux, check=True)
    wait_until(lambda: not shown())
