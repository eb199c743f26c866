"""Troubleshooting from the screen, in a real terminal, over the simulated Region: the cause, the fix, the report."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.end_to_end.conftest import World
from tests.end_to_end.shells import SMTUI
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_connect import assert_sane, wrapped
from tests.end_to_end.test_screen import at_the_list
from tests.waiting import wait_until


@pytest.mark.parametrize("size", [(80, 24), (140, 45)])
def test_t_names_the_cause_and_saves_a_report(world: World, size: tuple[int, int]) -> None:
    columns, rows = size
    with Terminal(wrapped(f"{SMTUI} --demo"), world.environment, columns=columns, rows=rows) as terminal:
        at_the_list(terminal)
        terminal.press("/no-policy\r")
        terminal.wait_for(lambda text: "bastion-1" not in text and "no-policy-1" in text and "t Troubleshoot" in text)
        terminal.press("t")
        terminal.wait_for("Cannot be reached · certain", patience=30)
        terminal.wait_for(lambda text: "✕ identity.policy" in text and "s3-only-role" in text)
        terminal.press("w")
        terminal.wait_for("Report saved")
        (report,) = Path(world.environment["TMPDIR"]).glob("smtui-demo-*/reports/*.txt")
        assert stat.S_IMODE(report.stat().st_mode) == 0o600
        assert "identity.policy  FAIL" in report.read_text()
        assert "aws iam attach-role-policy --role-name s3-only-role" in report.read_text()
        terminal.press("\x1b")
        terminal.wait_until_gone("Report saved")
        terminal.press("\x1b")
        terminal.wait_until_gone("identity.policy")
        terminal.press("q")
        terminal.wait_for("status=0")
        terminal.wait_for_end()
        assert_sane(terminal)
    assert not report.exists()
    wait_until(lambda: world.processes() == [])


def test_a_failed_session_opens_on_its_words_then_on_its_cause(world: World) -> None:
    with Terminal(wrapped(f"{SMTUI} --demo"), world.environment, columns=140, rows=45) as terminal:
        at_the_list(terminal)
        terminal.press("/no-egress\r")
        terminal.wait_for(lambda text: "bastion-1" not in text and "no-egress-1" in text and "t Troubleshoot" in text)
        terminal.press("\r")
        terminal.wait_for("Start anyway")
        terminal.press("\r")
        terminal.wait_for("TargetNotConnected")
        terminal.wait_for("✕ Its cause · certain · path.security_group", patience=30)
        assert "TargetNotConnected" in terminal.text()
        terminal.press("q")
        terminal.wait_until_gone("TargetNotConnected")
        terminal.press("q")
        terminal.wait_for("status=0")
        terminal.wait_for_end()
        assert_sane(terminal)
    wait_until(lambda: world.processes() == [])
