"""Which places are read at the same time, and what one that hangs may take from the others."""

from __future__ import annotations

import asyncio

import pytest

from smtui.engine.listing.turns import Turn, Turns
from tests.waiting import jumping_clock, let_loop_run

MUTE = 2.0


class Places:
    """Places that begin when their turn comes and end when they are told."""

    def __init__(self, at_once: int = 2, most_slow: int = 2) -> None:
        self.turns = Turns(at_once, most_slow, MUTE)
        self.running: dict[str, Turn] = {}
        self.begun: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    def ask(self, *names: str, last: bool = False) -> None:
        for name in names:
            self._ends[name] = asyncio.Event()
            self.tasks[name] = asyncio.create_task(self._read(name, last=last))

    async def _read(self, name: str, *, last: bool) -> None:
        async with self.turns.turn(last=last) as turn:
            self.begun.append(name)
            self.running[name] = turn
            try:
                await self._ends[name].wait()
            finally:
                del self.running[name]

    async def end(self, *names: str) -> None:
        for name in names:
            self._ends[name].set()
        await let_loop_run(0.1)

    async def answer(self, seconds: float, *names: str) -> None:
        """Let time pass in which these places answer every second."""
        for _ in range(int(seconds)):
            for name in names:
                self.running[name].answered()
            await let_loop_run(1.0)


async def test_few_are_read_at_once_and_each_in_the_order_of_asking() -> None:
    with jumping_clock():
        places = Places()
        places.ask(*"abcd")
        await let_loop_run(0.1)
        assert places.begun == ["a", "b"]
        await places.end("b")
        assert places.begun == ["a", "b", "c"]
        await places.end(*"acd")
        assert places.running == {}
        places.ask(*"efg")
        await let_loop_run(0.1)
        assert sorted(places.running) == ["e", "f"], "no turn was lost or doubled"
        await places.end(*"efg")


async def test_places_that_failed_the_last_time_come_after_all_others() -> None:
    with jumping_clock():
        places = Places(at_once=1)
        places.ask("a")
        places.ask("failed", last=True)
        places.ask("b", "c")
        await let_loop_run(0.1)
        await places.end("a", "b", "c", "failed")
        assert places.begun == ["a", "b", "c", "failed"]


async def test_a_place_that_does_not_answer_gives_its_turn_to_the_next_and_goes_on() -> None:
    with jumping_clock():
        places = Places()
        places.ask("hangs", "large", "next")
        await let_loop_run(0.1)
        await places.answer(MUTE, "large")
        await places.answer(MUTE, "large", "next")
        assert sorted(places.running) == ["hangs", "large", "next"]
        assert places.running["hangs"].is_slow
        assert not places.running["large"].is_slow
        await places.end("hangs")
        places.ask("later")
        await let_loop_run(0.1)
        assert sorted(places.running) == ["large", "next"], "the end of a slow one frees no second turn"
        await places.end("large", "next", "later")


async def test_where_everything_hangs_no_more_than_a_bounded_number_goes_on() -> None:
    with jumping_clock():
        places = Places(at_once=2, most_slow=2)
        places.ask(*"abcdefgh")
        await let_loop_run(MUTE * 10)
        assert places.begun == list("abcd")
        await places.end("a")
        await let_loop_run(MUTE * 2)
        assert places.begun == list("abcde")
        await places.end(*"bcdefgh")
        assert places.begun == list("abcdefgh")
        assert places.running == {}


async def test_a_place_that_is_dropped_passes_its_turn_on() -> None:
    with jumping_clock():
        places = Places(at_once=1)
        places.ask(*"abcd")
        await let_loop_run(0.1)
        places.tasks["b"].cancel()
        await let_loop_run(0.1)
        grant = places.turns._grant

        def grant_and_cancel() -> None:
            grant()
            places.tasks["c"].cancel()  # in the moment in which its turn is granted

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(places.turns, "_grant", grant_and_cancel)
            await places.end("a")
        assert places.begun == ["a", "d"]
        await places.end("d")
        places.ask("e")
        await let_loop_run(0.1)
        assert list(places.running) == ["e"]
        places.tasks["e"].cancel()
        places.ask("f")
        await let_loop_run(0.1)
        assert list(places.running) == ["f"]
        await places.end("f")
