"""The ends that the account's preferences set: the demo's service enforces them, and a shell is told before."""

from __future__ import annotations

import json
import re
from pathlib import Path

import boto3
import pytest

from smtui.demo.config_texts import STATIC
from smtui.demo.demo_config import DemoConfig
from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI, clean_environment
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_connect import assert_sane, wrapped

PROMPT = "[web-1 ~]$"
PREFERENCES = "SSM-SessionManagerRunShell"


def quick(folder: Path, minute: float, more: str = "") -> dict[str, str]:
    """An environment in which the demo's minutes are short."""
    return clean_environment(folder / "home") | {"SMTUI_DEMO_FAULTS": f"minute={minute}{more}"}


def test_the_idle_end_is_told_twice_and_then_comes(tmp_path: Path) -> None:
    """Twenty minutes are six seconds here."""
    with Terminal(wrapped(f"{SMTUI} --demo connect web-1"), quick(tmp_path, 0.3), columns=160) as terminal:
        terminal.wait_for(PROMPT)
        terminal.press("echo half-typed")
        terminal.wait_for("smtui: This session ends in 5 min unless you type something:")
        below = terminal.wait_for(lambda text: text.rstrip().endswith(f"{PROMPT} echo half-typed"))
        assert "after 20 min without input." in below
        terminal.wait_for("smtui: This session ends in 1 min")
        terminal.wait_for("Your session timed out due to inactivity.")
        terminal.wait_for("(idle-timeout)")
        terminal.wait_for("status=1")
        terminal.wait_for_end()
        assert terminal.written().count("ends in 5 min") == 1
        assert_sane(terminal)


def test_the_longest_time_is_told_before_it_strikes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Six minutes are six seconds here; the account's preferences are changed while the list is shown."""
    argv = wrapped(f"{SMTUI} --demo --filter web-1")
    with Terminal(argv, quick(tmp_path, 1.0), columns=160) as terminal:
        terminal.wait_for("i-0a1b2c3d4e5f60718")
        [home] = (tmp_path / "home").glob("smtui-demo-*-home")
        for name, value in DemoConfig(home).environment({}).items():
            monkeypatch.setenv(name, value)
        allow(minutes=6)
        terminal.press("\r")
        terminal.wait_for("Your session has reached its maximum duration.")
        said = re.search(r"This session ends in (\d) min: the account's preferences allow 6 min\.", terminal.written())
        assert said, terminal.written()


def allow(minutes: int) -> None:
    ssm = boto3.Session(profile_name=STATIC, region_name="eu-west-1").client("ssm")
    content = json.loads(ssm.get_document(Name=PREFERENCES)["Content"])
    content["inputs"]["maxSessionDuration"] = str(minutes)
    made = ssm.update_document(Name=PREFERENCES, Content=json.dumps(content), DocumentVersion="$LATEST")
    version = made["DocumentDescription"]["DocumentVersion"]
    ssm.update_document_default_version(Name=PREFERENCES, DocumentVersion=version)


def test_typing_goes_on_where_it_was(tmp_path: Path) -> None:
    with Terminal(wrapped(f"{SMTUI} --demo connect web-1"), quick(tmp_path, 0.3)) as terminal:
        terminal.wait_for(PROMPT)
        terminal.press("echo $((6*7))-half")
        terminal.wait_for("smtui: This session ends in 5 min")
        terminal.press("-whole\r")
        terminal.wait_for("\n42-half-whole")
        terminal.press("exit\r")
        terminal.wait_for("status=0")


def test_a_denied_document_tells_nothing(world: World, tmp_path: Path) -> None:
    environment = quick(tmp_path, 0.1, ";deny=ssm:GetDocument")
    with Terminal(wrapped(f"{SMTUI} --demo connect web-1"), environment) as terminal:
        terminal.wait_for("Your session timed out due to inactivity.")
        terminal.wait_for("status=1")
        assert "ends in" not in terminal.written()


def test_a_short_session_reads_no_preferences(world: World) -> None:
    with Terminal([SMTUI, "connect", "web-1"], world.environment) as terminal:
        terminal.wait_for(PROMPT)
        terminal.press("exit\r")
        assert terminal.wait_for_end() == 0
    assert world.region.faults.calls("ssm:GetDocument") == 0


@pytest.mark.parametrize("program", ["vi", "plain"])
def test_a_full_screen_program_is_not_disturbed(tmp_path: Path, program: str) -> None:
    """It is told after it, if it is still true."""
    with Terminal(wrapped(f"{SMTUI} --demo connect web-1"), quick(tmp_path, 0.3)) as terminal:
        terminal.wait_for(PROMPT)
        code = r"printf '\033[?1049hUP'; read x; printf '\033[?1049l'" if program == "plain" else "vi -u NONE"
        terminal.press(f"{code}\r")
        terminal.wait_for("UP" if program == "plain" else "~\n~\n~")
        terminal.wait_for("Your session timed out due to inactivity.")
        assert "ends in" not in terminal.written()
