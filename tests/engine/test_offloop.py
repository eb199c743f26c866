"""Blocking calls beside the loop: results, errors, streams, and an end that waits for nobody."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator

import pytest

from smtui.engine import offloop
from smtui.engine.offloop import OffLoop
from tests.waiting import until


async def test_results_and_errors_come_back() -> None:
    off_loop = OffLoop()
    assert await off_loop.call(lambda: 42) == 42

    def fail() -> None:
        raise LookupError("x")

    with pytest.raises(LookupError):
        await off_loop.call(fail)


async def test_a_stream_is_read_item_by_item_and_its_error_ends_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise LookupError("x")

    got = []
    with pytest.raises(LookupError):
        async for item in OffLoop().stream(items):
            got.append(item)  # noqa: PERF401 - the items before the error are the point
    assert got == [1, 2]


async def test_no_more_threads_than_the_limit() -> None:
    off_loop = OffLoop(threads=3)
    names: set[str] = set()
    together = threading.Barrier(3)

    def job() -> None:
        names.add(threading.current_thread().name)
        together.wait(60)

    await asyncio.gather(*(off_loop.call(job) for _ in range(9)))
    assert len(names) == 3


async def test_an_idle_thread_is_used_again() -> None:
    off_loop = OffLoop()
    first = await off_loop.call(threading.current_thread)
    await off_loop.call(lambda: time.sleep(0.01))
    before = threading.active_count()
    for _ in range(20):
        await off_loop.call(lambda: None)
        await asyncio.sleep(0.001)
    assert threading.active_count() <= before + 1
    assert first.daemon


async def test_the_end_waits_for_a_change_that_nobody_else_waits_for() -> None:
    off_loop, go, done = OffLoop(), threading.Event(), []

    def change() -> None:
        go.wait(60)
        done.append(1)

    waiting = asyncio.ensure_future(off_loop.change(change, "terminating session s-1"))
    await asyncio.sleep(0)
    waiting.cancel()
    settling = asyncio.ensure_future(off_loop.settle())
    await asyncio.sleep(0.05)
    assert not settling.done()

    go.set()
    await settling
    assert done == [1]
    assert off_loop.unsettled() == ()
    await off_loop.settle()


async def test_a_change_that_hangs_is_named_when_patience_ends() -> None:
    off_loop, go = OffLoop(), threading.Event()
    hanging = off_loop.change(lambda: go.wait(60), "saving preset a\x1b]0;x\x07")
    try:
        await off_loop.settle(0.01)
        [sentence] = off_loop.unsettled()
        assert sentence.startswith("smtui ended before it was known to be done: saving preset a")
        assert "\x1b" not in sentence
    finally:
        go.set()
        await hanging


async def test_a_change_returns_and_raises_as_a_call_does() -> None:
    off_loop = OffLoop()
    assert await off_loop.change(lambda: 42, "x") == 42

    def fail() -> None:
        raise LookupError("x")

    with pytest.raises(LookupError):
        await off_loop.change(fail, "x")
    assert off_loop.unsettled() == ()


async def test_what_fails_while_the_program_ends_is_told_as_no_screen_shows_it() -> None:
    off_loop, go = OffLoop(), threading.Event()

    def fail() -> None:
        go.wait(60)
        raise LookupError("/c/config.toml cannot be written: No space left\x1b[1m.")

    def refuse() -> str:
        go.wait(60)
        return "It was not terminated: denied."

    waiting = [
        off_loop.change(fail, "changing the settings"),
        off_loop.change(refuse, "terminating session s-1", lambda said: said),
        off_loop.change(lambda: go.wait(60), "keeping the chosen places"),
    ]
    settling = asyncio.ensure_future(off_loop.settle())
    await asyncio.sleep(0)
    go.set()
    await settling
    assert set(off_loop.unsettled()) == {
        "Changing the settings failed: /c/config.toml cannot be written: No space left\N{SYMBOL FOR ESCAPE}[1m.",
        "It was not terminated: denied.",
    }
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_what_fails_before_the_program_ends_is_told_by_who_asked() -> None:
    off_loop = OffLoop()
    assert await off_loop.change(lambda: "no", "x", lambda said: said) == "no"
    await off_loop.settle()
    assert off_loop.unsettled() == ()


async def test_the_end_waits_for_a_change_that_follows_another() -> None:
    off_loop, go, done = OffLoop(), threading.Event(), []

    def slow() -> None:
        time.sleep(0.05)
        done.append(2)

    async def two() -> None:
        await off_loop.change(lambda: go.wait(60), "the first")
        await off_loop.change(slow, "the second")

    changing = asyncio.ensure_future(two())
    await asyncio.sleep(0)
    settling = asyncio.ensure_future(off_loop.settle())
    await asyncio.sleep(0)
    go.set()
    await settling
    assert done == [2]
    await changing


@pytest.mark.integration
def test_the_program_ends_while_a_call_hangs() -> None:
    program = """
import asyncio, time
from smtui.engine import offloop
from smtui.engine.offloop import OffLoop
async def main():
    hanging = asyncio.create_task(OffLoop().call(lambda: time.sleep(60)))
    await asyncio.sleep(0.1)
asyncio.run(main())
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


async def test_a_thread_without_work_ends_and_another_takes_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offloop, "IDLE_SECONDS", 0.02)
    off_loop = OffLoop(threads=1)
    first = await off_loop.call(threading.current_thread)

    first.join(60)

    assert not first.is_alive()
    second = await off_loop.call(threading.current_thread)
    assert second is not first


async def test_a_waiting_thread_keeps_nothing_of_its_last_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offloop, "IDLE_SECONDS", 600.0)

    class Heavy:
        pass

    heavy = Heavy()
    gone = weakref.ref(heavy)
    off_loop = OffLoop(threads=1)

    await off_loop.call(lambda held=heavy: type(held))  # type: ignore[misc]
    del heavy

    def collected() -> bool:
        gc.collect()
        return gone() is None

    await until(collected)


async def test_no_call_waits_behind_one_that_hangs() -> None:
    """A thread that has just taken a call is not counted as idle, however many calls come in one burst."""
    for _ in range(100):
        off_loop = OffLoop()
        await off_loop.call(lambda: None)
        together = threading.Barrier(6)
        await asyncio.gather(*(off_loop.call(lambda: together.wait(30)) for _ in range(together.parties)))  # noqa: B023
        assert not together.broken


async def test_calls_that_hang_in_every_thread_hold_up_neither_a_file_nor_a_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(offloop, "RELIEF_SECONDS", 0.01)
    off_loop, go = OffLoop(), threading.Event()
    hanging = [asyncio.ensure_future(off_loop.call(lambda: go.wait(60))) for _ in range(2 * offloop.DEFAULT_THREADS)]
    try:
        assert await asyncio.wait_for(off_loop.call(lambda: 42), 60) == 42
        assert await asyncio.wait_for(off_loop.change(lambda: 43, "changing the settings"), 60) == 43
    finally:
        go.set()
        await asyncio.gather(*hanging)


async def test_a_limit_that_was_asked_for_holds_however_long_calls_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offloop, "RELIEF_SECONDS", 0.001)
    off_loop, go = OffLoop(threads=2), threading.Event()
    hanging = [asyncio.ensure_future(off_loop.call(lambda: go.wait(60))) for _ in range(2)]
    waiting = asyncio.ensure_future(off_loop.call(lambda: 42))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    go.set()
    assert await waiting == 42
    await asyncio.gather(*hanging)
