"""A line that loses messages, and an agent that falls mute, with the real agent at the other end."""

from __future__ import annotations

import time

import psutil
import pytest

from tests.end_to_end.shells import SMTUI
from tests.end_to_end.terminal import Terminal
from tests.plugin.builtin.soak import Counted
from tests.real_agent.conftest import NODE, Bed
from tests.real_agent.sessions import echo, forward, line_through, start_forward, stop
from tests.waiting import PATIENCE, wait_until

_INPUT = ("input_stream_data",)
_MUTE = {"side": "agent", "every": 1}


@pytest.mark.parametrize("every", [20, 60])
def test_an_upload_on_a_line_that_loses_some_of_it(bed: Bed, every: int) -> None:
    """5 and 1.7 % of the messages, each sent again when it is overdue."""
    with echo() as port:
        started = start_forward(bed, port)
        with forward(bed, started) as running:
            line, connection = line_through(running)
            with connection:
                line.exchange(Counted("first", 1_000, 10))
                bed.tell("chaos", side="client", every=every, types=_INPUT)
                began = time.monotonic()
                line.exchange(Counted("all", 1_000, 3_000))
                print(f"\n3 MB: {time.monotonic() - began:.1f} s")
            bed.tell("chaos")
            dropped = bed.tell("sessions")[started.session_id]["stats"]["client_dropped"]
            assert dropped >= 3_000 // every
            assert stop(running) == 0


def test_a_shell_that_falls_mute_is_left_and_ended(bed: Bed) -> None:
    with Terminal([SMTUI, "connect", NODE], bed.environment()) as terminal:
        terminal.wait_for(lambda text: text.rstrip().endswith(("$", "#")), PATIENCE)
        [session] = bed.active_sessions()
        bed.tell("chaos", **_MUTE)
        terminal.press("echo unheard\r")
        terminal.wait_for(f"no answer from {NODE} for 10 s", PATIENCE)
        terminal.press("\r~.")
        terminal.wait_for_end(PATIENCE)
    bed.tell("chaos")
    wait_until(lambda: session not in bed.active_sessions())


def test_a_shell_is_left_while_resuming_hangs(bed: Bed) -> None:
    """The service is stopped meanwhile, so that nothing answers; it is told of the end once it is back."""
    service = psutil.Process(int((bed.folder / "relay.pid").read_text()))
    with Terminal([SMTUI, "connect", NODE], bed.environment()) as terminal:
        terminal.wait_for(lambda text: text.rstrip().endswith(("$", "#")), PATIENCE)
        [session] = bed.active_sessions()
        bed.tell("drop", session=session, side="client", how="abort")
        service.suspend()
        try:
            terminal.press("\r~.")
            terminal.wait_for_end(PATIENCE)
        finally:
            service.resume()
    bed.call("TerminateSession", SessionId=session)
    wait_until(lambda: session not in bed.active_sessions())
