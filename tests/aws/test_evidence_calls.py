"""Calls side by side, and calls that give up in time."""

from __future__ import annotations

import threading
import time

import pytest

from smtui.aws import connection
from smtui.aws.evidence_calls import side_by_side
from smtui.aws.places import BotoPlaces
from smtui.domain.fault import FaultKind
from smtui.domain.place import Place
from tests.aws.conftest import Answer, ScriptedAws
from tests.aws.evidence_support import fault_of

NODE = "i-0123456789abcdef0"


def test_answers_come_in_the_order_of_the_questions() -> None:
    later = threading.Event()

    def ask(number: int) -> int:
        if number == 1:
            assert later.wait(5)
        else:
            later.set()
        return number * 10

    assert side_by_side(ask, [1, 2, 3]) == [10, 20, 30]


def test_nothing_to_ask() -> None:
    assert side_by_side(lambda number: number, []) == []


def test_the_first_failure_is_raised() -> None:
    def ask(number: int) -> int:
        raise ValueError(f"no {number}")

    with pytest.raises(ValueError, match="no"):
        side_by_side(ask, list(range(20)))


def test_threads_that_hang_do_not_hold_up_the_end_of_the_program() -> None:
    seen: list[bool] = []
    side_by_side(lambda _: seen.append(threading.current_thread().daemon), [1, 2])
    assert seen == [True, True]


def test_a_call_that_hangs_gives_up_in_time_and_says_so(scripted: ScriptedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_BRIEF_READ", 0.2)
    scripted.answers[:] = [Answer(mute=True)]
    evidence = BotoPlaces.fixed(scripted.url, "AKID", "secret", "eu-west-1").evidence_at(Place())
    began = time.monotonic()
    fault = fault_of(lambda: evidence.connection_status(NODE))
    assert (fault.kind, fault.action) == (FaultKind.TIMED_OUT, "ssm:GetConnectionStatus")
    assert len(scripted.requests) == 2
    assert time.monotonic() - began < 5


def test_calls_that_hang_hold_up_no_other(scripted: ScriptedAws) -> None:
    scripted.answers[:] = [*(Answer(mute=True) for _ in range(30)), Answer(body='{"Status": "connected"}')]
    evidence = BotoPlaces.fixed(scripted.url, "AKID", "secret", "eu-west-1").evidence_at(Place())

    def hang() -> None:
        evidence.connection_status(NODE)

    threads = [threading.Thread(target=lambda: fault_of(hang), daemon=True) for _ in range(30)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 10
    while len(scripted.requests) < 30 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(scripted.requests) == 30
    began = time.monotonic()
    evidence.connection_status(NODE)
    assert time.monotonic() - began < 2
    scripted.answers[:] = [Answer(status=400)]
    scripted.closing.set()
    for thread in threads:
        thread.join(10)
