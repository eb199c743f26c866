"""The account's preferences changed by the screen in a real terminal, and seen by the AWS CLI, which is not ours."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.demo.test_aws_cli import AWS
from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI
from tests.end_to_end.terminal import Terminal

pytestmark = pytest.mark.skipif(not AWS.exists(), reason="the AWS CLI of the dev extra is not installed")

NAME = "SSM-SessionManagerRunShell"
FIELDS_BEFORE_IDLE = 9
ENTER, ESCAPE, CTRL_S, DOWN, END, BACKSPACE = "\r", "\x1b", "\x13", "\x1b[B", "\x05", "\x7f"


def aws(world: World, *words: str) -> Any:
    done = subprocess.run(
        [str(AWS), "ssm", *words, "--output", "json"],
        env=world.environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout or "{}")


def saved(world: World, version: str = "") -> tuple[str, str]:
    """The version and the idle time-out as `aws ssm get-document` has them; by default of the default version."""
    named = ("--document-version", version) if version else ()
    found = aws(world, "get-document", "--name", NAME, *named)
    return found["DocumentVersion"], json.loads(found["Content"])["inputs"]["idleSessionTimeout"]


@contextmanager
def rules_of(world: World, *options: str) -> Iterator[Terminal]:
    with Terminal([SMTUI, *options], world.environment, columns=140, rows=45) as terminal:
        terminal.wait_for("web-1")
        terminal.press("3")
        terminal.wait_for("Sessions ·")
        terminal.press("p")
        terminal.wait_for("Session Manager preferences · eu-west-1 · version 3")
        yield terminal


def words(text: str) -> str:
    """What a sheet says, whatever its lines."""
    return " ".join(text.replace("│", " ").split())


def type_idle(terminal: Terminal, minutes: str) -> None:
    """Open the form, go to the idle time-out, type it, and show the difference."""
    terminal.press("e")
    terminal.wait_for("Change the session preferences")
    for _ in range(FIELDS_BEFORE_IDLE):
        terminal.press(DOWN)
    terminal.wait_for("idleSessionTimeout: 1 to 60 minutes.")
    terminal.press(END + 2 * BACKSPACE + minutes)
    terminal.wait_for(lambda text: f"idle time-out       {minutes} " in text)
    terminal.press(CTRL_S)
    terminal.wait_for("Write this as the new version?")
    terminal.wait_for(f'+    "idleSessionTimeout": "{minutes}",')


def test_the_idle_time_out_is_changed_on_the_screen_seen_by_the_aws_cli_and_undone(world: World) -> None:
    assert saved(world) == ("3", "20")
    with rules_of(world) as terminal:
        type_idle(terminal, "5")
        assert saved(world, "$LATEST") == ("3", "20"), "nothing is written before the answer"
        terminal.press(ENTER)
        terminal.wait_for("After 5 min without input.")
        assert saved(world) == saved(world, "$LATEST") == ("4", "5")
        terminal.press("z")
        terminal.wait_for("before your last change")
        terminal.press(ENTER)
        terminal.wait_for("+++ new version, as version 3")
        terminal.press(ENTER)
        terminal.wait_for("After 20 min without input.")
        assert saved(world) == saved(world, "$LATEST") == ("5", "20")
    versions = aws(world, "list-document-versions", "--name", NAME)["DocumentVersions"]
    assert [(each["DocumentVersion"], each["IsDefaultVersion"]) for each in versions][:2] == [("5", True), ("4", False)]
    assert json.loads(aws(world, "get-document", "--name", NAME, "--document-version", "3")["Content"]) == json.loads(
        aws(world, "get-document", "--name", NAME)["Content"]
    )


def test_what_the_aws_cli_changes_in_between_is_not_overwritten(world: World) -> None:
    with rules_of(world) as terminal:
        type_idle(terminal, "5")
        content = aws(world, "get-document", "--name", NAME)["Content"]
        theirs = content.replace('"maxSessionDuration": ""', '"maxSessionDuration": "90"')
        aws(world, "update-document", "--name", NAME, "--content", theirs, "--document-version", "$LATEST")
        terminal.press(ENTER)
        terminal.wait_for("Somebody else changed the preferences meanwhile: version 4 is the newest now.")
        assert saved(world, "$LATEST") == ("4", "20")
        terminal.press(ENTER)
        terminal.wait_for("In any case after 1 h 30 min.")
    assert saved(world) == ("5", "5")
    assert json.loads(aws(world, "get-document", "--name", NAME)["Content"])["inputs"]["maxSessionDuration"] == "90"


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("ssm:DescribeDocument", "Which version is the default one was not seen: ssm:DescribeDocument was denied."),
        ("s3:ListBucket", "s3:ListBucket was denied."),
        ("s3:GetEncryptionConfiguration", "s3:GetEncryptionConfiguration was denied."),
        ("logs:DescribeLogGroups", "logs:DescribeLogGroups was denied."),
        ("kms:DescribeKey", "kms:DescribeKey was denied."),
        ("iam:SimulatePrincipalPolicy", "iam:SimulatePrincipalPolicy was denied."),
    ],
)
def test_each_denied_read_is_named_and_the_rest_stands(world: World, action: str, said: str) -> None:
    world.region.faults.apply({"switch": ["preferences"], "deny": [action]})
    with rules_of(world) as terminal:
        shown = words(terminal.wait_for(lambda text: said in words(text) and "– shell" in text))
        assert "would fail" not in shown
        for heading in ("✓ encrypted", "– run as", "! ends", "– shell"):
            assert heading in shown or (heading == "✓ encrypted" and "? encrypted" in shown)


@pytest.mark.parametrize("action", ["ssm:UpdateDocument", "ssm:UpdateDocumentDefaultVersion"])
def test_a_denied_change_says_what_holds_and_leads_to_its_topic(world: World, action: str) -> None:
    world.region.faults.apply({"deny": [action]})
    with rules_of(world) as terminal:
        type_idle(terminal, "5")
        terminal.press(ENTER)
        terminal.wait_for(f"{action} was denied.")
        terminal.press(ENTER)
        terminal.wait_for("You are not allowed to change the session preferences")
        terminal.press(ESCAPE)
    assert saved(world) == ("3", "20")
    assert saved(world, "$LATEST")[0] == ("3" if action == "ssm:UpdateDocument" else "4")


def test_read_only_offers_no_change(world: World) -> None:
    with rules_of(world, "--read-only") as terminal:
        terminal.press("e")
        terminal.wait_for("read-only, so it changes no preferences")
        assert "e Change" not in terminal.text()
    assert world.region.faults.calls("ssm:UpdateDocument") == 0


def test_the_command_line_asks_before_it_writes(world: World) -> None:
    change = [SMTUI, "sessions", "rules", "set", "idleSessionTimeout=5"]
    with Terminal(change, world.environment, columns=140) as terminal:
        terminal.wait_for("They apply to everybody's next session there. [y/N]")
        terminal.press("y\r")
        assert terminal.wait_for_end() == 0
    assert saved(world) == ("4", "5")
    with Terminal([SMTUI, "sessions", "rules", "undo"], world.environment) as terminal:
        terminal.wait_for("[y/N]")
        terminal.press("n\r")
        assert terminal.wait_for_end() == 1
    assert saved(world) == ("4", "5")
