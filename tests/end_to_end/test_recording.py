"""Recordings of real sessions, in a real terminal: what is in them, and that nothing but them changes."""

from __future__ import annotations

import json
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from smtui.recording.asciicast import read_event, read_header
from tests.end_to_end.conftest import World
from tests.end_to_end.shells import PLUGIN, SMTUI
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_connect import ID, assert_sane, wrapped

PASSWORD = "correct-horse-7"


def events(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def shown(path: Path) -> str:
    return "".join(text for _, code, text in events(path)[1:] if code == "o")


def test_a_session_is_recorded_without_the_password_and_with_the_resize(world: World, tmp_path: Path) -> None:
    cast = tmp_path / "a.cast"
    with Terminal(wrapped(f"{SMTUI} connect web-1 --record {cast}"), world.environment) as terminal:
        terminal.wait_for("is recorded in")
        terminal.wait_for("It is not the account's log.")
        terminal.wait_for("[web-1 ~]$")
        terminal.press("stty -echo; printf 'Password: '; read -r p; stty echo; echo; echo ${#p} characters\r")
        terminal.wait_for("\nPassword:")
        terminal.press(f"{PASSWORD}\r")
        terminal.wait_for(f"\n{len(PASSWORD)} characters")
        terminal.resize(81, 25)
        terminal.press("stty size; printf 'gr\\303\\274n\\n'\r")
        terminal.wait_for("\ngrün")
        terminal.press("exit\r")
        terminal.wait_for("status=0")
        terminal.wait_for_end()
        assert f"smtui: The session is recorded in {cast}." in terminal.text().replace("\n", "")
        assert_sane(terminal)
    header, *rest = events(cast)
    assert (header["version"], header["width"], header["height"], header["title"]) == (2, 100, 30, "web-1")
    assert [text for _, code, text in rest if code == "r"] == ["81x25"]
    assert {code for _, code, _ in rest} == {"o", "r"}
    assert "grün" in shown(cast)
    assert PASSWORD not in cast.read_text()
    assert f"{len(PASSWORD)} characters" in shown(cast)
    assert stat.S_IMODE(cast.stat().st_mode) == 0o600
    assert sorted(at for at, _, _ in rest) == [at for at, _, _ in rest]


def test_nothing_starts_where_the_file_cannot_be_made(world: World, tmp_path: Path) -> None:
    cast = tmp_path / "a.cast"
    cast.write_text("kept")
    with Terminal([SMTUI, "connect", ID, "--record", str(cast)], world.environment, columns=300) as terminal:
        assert terminal.wait_for_end() == 1
        assert "No session was started:" in terminal.text()
        assert "exists already, and a recording overwrites nothing." in terminal.text()
    assert cast.read_text() == "kept"
    assert world.region.faults.calls("ssm:StartSession") == 0


def test_an_empty_name_is_not_taken_for_no_recording(world: World) -> None:
    """As from `--record "$FILE"` with a variable that is not set."""
    with Terminal([SMTUI, "connect", ID, "--record", ""], world.environment) as terminal:
        assert terminal.wait_for_end() == 2
        assert "Invalid value for '--record': It is empty." in terminal.text()
    assert world.region.faults.calls("ssm:StartSession") == 0


def test_without_a_terminal_it_is_refused_and_the_setting_says_so(world: World, tmp_path: Path) -> None:
    def connect(*options: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [SMTUI, "connect", ID, *options],
            env=world.environment | more,
            input="echo $((6*7))\nexit\n",
            capture_output=True,
            text=True,
            check=False,
        )

    refused = connect("--record", str(tmp_path / "a.cast"))
    assert refused.returncode == 1
    assert "No session was started: It is recorded only where" in refused.stderr
    told = connect(SMTUI_RECORD=str(tmp_path / "casts"))
    assert "This session is not recorded: It is recorded only where" in told.stderr
    assert "42" in told.stdout
    assert list(tmp_path.glob("**/*.cast")) == []


def test_the_setting_records_every_shell_of_the_screen(world: World, tmp_path: Path) -> None:
    environment = world.environment | {"SMTUI_RECORD": str(tmp_path / "casts")}
    with Terminal([SMTUI, "--filter", "web-1"], environment, columns=140) as terminal:
        terminal.wait_for("● Ready")
        terminal.press("s")
        terminal.wait_for("[web-1 ~]$")
        assert "smtui: This session is recorded in" in terminal.text()
        assert "It is not the account's log." in terminal.text()
        terminal.press("echo $((6*7))\r")
        terminal.wait_for("\n42")
        terminal.press("exit\r")
        terminal.wait_for("The session is recorded in")
        terminal.press("q")
        terminal.wait_for_end()
    [cast] = (tmp_path / "casts").iterdir()
    assert cast.name.endswith("Z-web-1.cast")
    assert "42" in shown(cast)


def test_a_plugin_of_path_is_recorded_too(world: World, tmp_path: Path) -> None:
    cast = tmp_path / "a.cast"
    environment = world.environment | {"SMTUI_PLUGIN": PLUGIN}
    with Terminal([SMTUI, "connect", ID, "--record", str(cast)], environment) as terminal:
        terminal.wait_for("[web-1 ~]$")
        terminal.press("echo $((6*7)); exit\r")
        terminal.wait_for("The session is recorded in")
        terminal.wait_for_end()
    assert "\n\x1b[?2004l\r42\r\n" in shown(cast)


def test_a_command_without_a_terminal_is_recorded_as_it_is_shown(world: World, tmp_path: Path) -> None:
    cast = tmp_path / "a.cast"
    command = ["--document-name", "AWS-StartNonInteractiveCommand", "--parameter", "command=echo $((6*7)); echo b"]
    with Terminal([SMTUI, "connect", ID, *command, "--record", str(cast)], world.environment) as terminal:
        terminal.wait_for_end()
    assert "b\r\n" in shown(cast)


@pytest.mark.parametrize("trouble", ["full", "removed"])
def test_trouble_with_the_file_never_ends_the_session(world: World, tmp_path: Path, trouble: str) -> None:
    cast = tmp_path / "folder" / "a.cast"
    cast.parent.mkdir()
    limit = "ulimit -f 8; " if trouble == "full" else ""
    with Terminal(wrapped(f"({limit}{SMTUI} connect web-1 --record {cast})"), world.environment) as terminal:
        terminal.wait_for("[web-1 ~]$")
        if trouble == "removed":
            cast.unlink()
            cast.parent.rmdir()
        terminal.press("seq 3000 | tail -n 2000; echo $((6*7))over\r")
        terminal.wait_for("\n42over")
        terminal.press("exit\r")
        terminal.wait_for("status=0")
        terminal.wait_for_end()
        said = terminal.text().replace("\n", "")
        assert ("It has what was shown until then." if trouble == "full" else "The recording is lost:") in said
        assert_sane(terminal)
    if trouble == "full":
        header, *lines = cast.read_bytes().splitlines(keepends=True)
        read_header(header)
        assert [line for line in lines if not read_event(line)] == []
