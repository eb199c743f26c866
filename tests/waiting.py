"""Waits for what nothing reports, by asking again. Where a test can await an event, it awaits the event."""

from __future__ import annotations

import asyncio
import contextlib
import reprlib
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

PATIENCE = 60.0
"""Seconds. A machine that runs several test suites at once stays below; only what is broken takes longer."""
_PAUSE = 0.01
_LONGEST = 2000
_TICK = 1e-9
"""Seconds that the clock jumps too far, as a timer fires only after its time."""

Answer = TypeVar("Answer")


def wait_until(
    condition: Callable[[], Answer], shows: Callable[[], object] | None = None, *, patience: float = PATIENCE
) -> Answer:
    """Ask `condition` until its answer is true, and return the answer.

    After `patience` seconds it raises AssertionError with what `shows` returns; without it, with what `condition` sees.
    """
    deadline = time.monotonic() + patience
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(_state(condition, answer, shows, patience))
        time.sleep(_PAUSE)
    return answer


async def until(
    condition: Callable[[], Answer], shows: Callable[[], object] | None = None, *, patience: float = PATIENCE
) -> Answer:
    """Like `wait_until`, while the event loop runs on."""
    deadline = time.monotonic() + patience
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(_state(condition, answer, shows, patience))
        await asyncio.sleep(_PAUSE)
    return answer


def let_time_pass(seconds: float) -> None:
    """Give what must not happen the time to happen. For what does happen there is `wait_until`."""
    time.sleep(seconds)


async def let_loop_run(seconds: float) -> None:
    """Like `let_time_pass`, while the event loop runs on."""
    await asyncio.sleep(seconds)


@contextlib.contextmanager
def jumping_clock(start: float | None = None) -> Iterator[None]:
    """Let the running loop's clock stand still while anything can be done, and jump to the next date when nothing can.

    Waits take no time, and no load changes their order. Not for code that waits for a thread, a process or a socket:
    the clock would not wait for it. From the same `start` it runs the same each time, to the last bit.
    """
    loop: Any = asyncio.get_running_loop()
    now, select = loop.time() if start is None else start, loop._selector.select

    def select_or_jump(timeout: float | None = None) -> Any:
        nonlocal now
        ready = select(timeout if timeout is None else 0)
        if not ready and timeout is not None and not loop._ready:
            now += timeout + _TICK
        return ready

    resolution = loop._clock_resolution
    loop.time, loop._selector.select = lambda: now, select_or_jump
    # Else timers fire a nanosecond early, and what asks again whether it is time would ask for ever.
    loop._clock_resolution = 0.0
    try:
        yield
    finally:
        del loop.time, loop._selector.select
        loop._clock_resolution = resolution


def _state(condition: Callable[[], object], answer: object, shows: Callable[[], object] | None, patience: float) -> str:
    if shows is not None:
        seen = str(shows())
    else:
        names = getattr(getattr(condition, "__code__", None), "co_freevars", ())
        cells = getattr(condition, "__closure__", None) or ()
        pairs = (f"{name} is {reprlib.repr(cell.cell_contents)}" for name, cell in zip(names, cells, strict=True))
        seen = ", ".join((f"it answers {answer!r}", *pairs))
    return f"Waited {patience:g} s in vain: {seen[-_LONGEST:]}"
