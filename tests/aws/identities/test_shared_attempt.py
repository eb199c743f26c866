"""Threads that wait for one attempt: they share what comes of it, and later ones try again."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from smtui.aws.identities.shared_attempt import SharedAttempt
from smtui.domain.fault import AwsCallFailed, FaultKind
from tests.engine.fakes import fault
from tests.waiting import wait_until


class CountedLock:
    """A lock that knows how many have asked for it."""

    def __init__(self) -> None:
        self.asked = 0
        self._lock = threading.Lock()
        self._counting = threading.Lock()

    def __enter__(self) -> bool:
        with self._counting:
            self.asked += 1
        return self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def test_those_who_waited_get_the_failure_and_whoever_asks_later_tries_again() -> None:
    lock, go, attempts = CountedLock(), threading.Event(), list[int]()
    shared = SharedAttempt(lock)

    def hangs() -> str:
        attempts.append(1)
        go.wait(60)
        raise AwsCallFailed(fault("sts:AssumeRole", FaultKind.TIMED_OUT))

    def ask() -> FaultKind:
        with pytest.raises(AwsCallFailed) as raised:
            shared.result(lambda: None, hangs)
        return raised.value.fault.kind

    with ThreadPoolExecutor(3) as threads:
        asking = [threads.submit(ask) for _ in range(3)]
        wait_until(lambda: lock.asked == 3)
        go.set()
        assert [each.result() for each in asking] == [FaultKind.TIMED_OUT] * 3
    assert len(attempts) == 1
    ask()
    assert len(attempts) == 2
    assert shared.result(lambda: None, lambda: "keys") == "keys"
    assert shared.result(lambda: "kept", hangs) == "kept"


def test_a_fault_of_our_own_is_nobody_elses() -> None:
    shared = SharedAttempt()

    def broken() -> str:
        raise ValueError("a fault of ours")

    with pytest.raises(ValueError, match="of ours"):
        shared.result(lambda: None, broken)
    assert shared.result(lambda: None, lambda: "keys") == "keys"
