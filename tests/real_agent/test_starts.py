"""Sixty multiplexed forwards are started, four at a time: none hangs, whatever the line's delay."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.plugin.builtin.soak import Counted
from tests.real_agent.conftest import Bed
from tests.real_agent.sessions import echo, forward, line_through, start_forward, stop
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
STARTS = 30
AT_ONCE = 4


@pytest.mark.parametrize("latency_ms", [0, 2])
def test_multiplexed_starts(bed: Bed, latency_ms: int) -> None:
    """The official plugin hangs in some: what reaches it before its multiplexer is set up kills its reader."""
    bed.tell("options", latency_ms=latency_ms)
    bed.environment()  # makes its folder, which threads cannot do at once

    def once(number: int) -> str:
        started = start_forward(bed, port)
        with forward(bed, started) as running:
            line, connection = line_through(running)
            with connection:
                line.exchange(Counted(f"start {number}", 1_000, 10))
            assert stop(running) == 0
        return started.session_id

    with echo() as port, ThreadPoolExecutor(AT_ONCE) as pool:
        sessions = list(pool.map(once, range(STARTS)))
    assert len(set(sessions)) == STARTS
    wait_until(lambda: not set(sessions) & set(bed.active_sessions()))
