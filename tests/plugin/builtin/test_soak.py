"""Two minutes with a cut every five seconds, or as long as SOAK_SECONDS says: a shell and a forward, both busy.

`tests/channel/test_time.py` has the same on a clock that jumps.
"""

from __future__ import annotations

import os

import pytest

from tests.plugin.builtin.soak import CUT_EVERY, Soak

_SECONDS = float(os.environ.get("SOAK_SECONDS", "120"))
_ROOM = 20 * 2**20
"""Bytes by which memory may grow."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(_SECONDS + 300)]


def test_nothing_is_lost_or_doubled_and_memory_is_flat_with_a_cut_every_five_seconds() -> None:
    figures = Soak(_SECONDS).run()
    print(figures)
    cuts = sum(figures.closes.values())
    assert cuts == (_SECONDS - 0.001) // CUT_EVERY
    assert figures.resumed == {"shell": cuts, "forward": cuts}
    assert figures.is_whole, str(figures)
    for name, states in figures.states.items():
        assert figures.growth(name) < _ROOM, states
        assert states[-1].descriptors <= states[0].descriptors + 2, states
        assert states[-1].threads <= states[0].threads + 2, states
