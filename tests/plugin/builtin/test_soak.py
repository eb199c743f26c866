"""Two minutes with a cut every five seconds, with the program itself in a terminal.

`tests/channel/test_time.py` has the same on a clock that jumps.
"""

from __future__ import annotations

import time

import psutil
import pytest

from tests.plugin.builtin.service import PROMPT, SESSION, Service
from tests.waiting import let_time_pass

pytestmark = pytest.mark.slow

_SECONDS = 120
_CUT_EVERY = 5
_ROOM = 20 * 2**20
"""Bytes by which memory may grow."""


def test_two_minutes_with_a_cut_every_five_seconds(far: Service) -> None:
    plugin = far.spawn()
    try:
        plugin.expect(PROMPT)
        plugin.send('stty -echo; PS1=; while read -r line; do echo "<$line>"; done\r')
        plugin.expect_exact("\n")
        process = psutil.Process(plugin.pid)
        began, cuts, lines, memory = time.monotonic(), 0, 0, []
        while (passed := time.monotonic() - began) < _SECONDS:
            if passed >= (cuts + 1) * _CUT_EVERY:
                cuts += 1
                far.server.drop_now(SESSION)
                memory.append(process.memory_info().rss)
            plugin.send(f"line {lines}\r")
            plugin.expect_exact(f"<line {lines}>", timeout=30)
            lines += 1
            let_time_pass(0.1)
        assert cuts == _SECONDS // _CUT_EVERY - 1
        assert far.resumed == cuts
        assert max(memory) - memory[2] < _ROOM, memory
    finally:
        plugin.close(force=True)
