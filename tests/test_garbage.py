"""When the old generation is collected: only while nobody does anything, and not all the time."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from smtui.garbage import APART_SECONDS, QUIET_SECONDS, OldGarbage, collect_from_now


@pytest.fixture(name="_as_before", autouse=True)
def _as_before_() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_the_old_generation_is_collected_when_nobody_would_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    done: list[str] = []
    monkeypatch.setattr(gc, "collect", lambda: done.append("collect"))
    monkeypatch.setattr(gc, "freeze", lambda: done.append("freeze"))
    garbage = OldGarbage(lambda: now)
    young, middle, old = gc.get_threshold()
    assert young, middle
    assert old > 10**6

    def done_at(moment: float, *, busy: bool = False, touched: bool = False) -> bool:
        nonlocal now
        now = moment
        if touched:
            garbage.touch()
        garbage.collect_if_quiet(busy=busy)
        was_done = done == ["collect", "freeze"]
        done.clear()
        return was_done

    assert not done_at(QUIET_SECONDS - 1)
    assert not done_at(QUIET_SECONDS, busy=True)
    assert done_at(QUIET_SECONDS)
    assert not done_at(2 * QUIET_SECONDS)
    assert not done_at(APART_SECONDS + QUIET_SECONDS, touched=True)
    assert done_at(APART_SECONDS + 2 * QUIET_SECONDS)


def test_a_program_that_did_not_put_it_off_is_left_as_it_is() -> None:
    assert gc.isenabled()
    assert not collect_from_now()
