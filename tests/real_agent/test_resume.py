"""Another program goes on with a shell of the real agent, which counts the input that it has had."""

from __future__ import annotations

import psutil
import pytest

from tests.end_to_end.shells import SMTUI
from tests.end_to_end.terminal import Terminal
from tests.real_agent.conftest import NODE, Bed
from tests.waiting import PATIENCE, wait_until

SUM = "echo $((6*7))-$kept\r"


def prompted(text: str) -> bool:
    return text.rstrip().endswith(("$", "#"))


@pytest.mark.parametrize("typed", [3, 300])
def test_a_shell_of_the_real_agent_is_resumed(bed: Bed, typed: int) -> None:
    with Terminal([SMTUI, "connect", NODE], bed.environment()) as terminal:
        terminal.wait_for(prompted, PATIENCE)
        for number in range(typed):
            terminal.press(f"kept={number}\r")
        terminal.press("echo kept-$kept\r")
        terminal.wait_for(f"kept-{typed - 1}")
        [session_id] = bed.active_sessions()
        [smtui] = [child for child in psutil.Process().children() if SMTUI in child.cmdline()]
        [plugin] = smtui.children()
        plugin.suspend()
        smtui.kill()
        plugin.kill()
        terminal.wait_for_end()
    assert bed.active_sessions() == [session_id]
    with Terminal([SMTUI, "sessions", "resume", "--yes", session_id], bed.environment()) as terminal:
        terminal.wait_for("the session is resumed")
        terminal.press(SUM)
        terminal.wait_for(f"42-{typed - 1}")
        terminal.press("exit\r")
        assert terminal.wait_for_end() == 0
    wait_until(lambda: session_id not in bed.active_sessions())
