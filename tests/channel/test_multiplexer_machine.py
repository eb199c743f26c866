"""Both ends of a multiplexed session in any order of events: no stream gets another's bytes, and little is held.

The ends are joined by a line that delivers pieces of any size when the machine says so, one after the other in each
direction as the data channel does. All limits are far smaller than the real ones.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from smtui.channel import multiplexer, smux
from smtui.channel.multiplexer import Multiplexer
from smtui.demo.far_end import node_services
from smtui.demo.far_end.node_services import MemoryStream, connected

BUDGET, FRAME, READ, PIPE, LINE, PIECE = 1_500, 256, 100, 200, 4_000, 600
MOST = 4
ROUNDS = 2_000
"""More than any session needs to come to rest."""
_which = st.integers(0, 1_000)
_size = st.sampled_from([1, 600, 3_000])


@dataclass
class Direction:
    """What one side of a connection sends, and what has come out at the other."""

    tag: int
    sent: bytearray = field(default_factory=bytearray)
    received: bytearray = field(default_factory=bytearray)
    ended: bool = False

    def more(self, size: int) -> bytes:
        """Bytes that tell this direction from others, and each of its places from the next."""
        data = bytes((self.tag * 37 + (len(self.sent) + at) * 11) % 251 for at in range(size))
        self.sent += data
        return data


@dataclass
class Talk:
    """One connection: `user` and `there` are its outer ends."""

    user: MemoryStream
    up: Direction
    down: Direction
    there: MemoryStream | None = None
    closed: set[str] = field(default_factory=set)
    writing: dict[str, list[asyncio.Task[None]]] = field(default_factory=lambda: {"user": [], "there": []})


class Line:
    """One direction between the ends."""

    def __init__(self) -> None:
        self.under_way = bytearray()
        self.moved = asyncio.Event()

    async def send(self, data: bytes) -> None:
        self.under_way += data
        while len(self.under_way) > LINE:
            self.moved.clear()
            await self.moved.wait()

    def take(self, size: int) -> bytes:
        data = bytes(self.under_way[:size])
        del self.under_way[:size]
        self.moved.set()
        return data


class Session(RuleBasedStateMachine):
    """Two multiplexers, their line, and the connections that they carry."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.tasks: list[asyncio.Task[Any]] = []
        self.talks: list[Talk] = []
        self.accepted: deque[MemoryStream] = deque()
        self._run(self._begin())

    async def _begin(self) -> None:
        self.lines = {"up": Line(), "down": Line()}
        self.client = Multiplexer(self.lines["up"].send, client=True)
        self.agent = Multiplexer(self.lines["down"].send, client=False, on_accepted=self._accept)
        self.receiving: dict[str, asyncio.Task[None] | None] = {"up": None, "down": None}

    def _run(self, work: Coroutine[Any, Any, Any] | None = None) -> None:
        """Do it, and let everything come to rest."""

        async def settle() -> None:
            if work is not None:
                await work
            for _ in range(20):
                await asyncio.sleep(0)

        self.loop.run_until_complete(settle())

    def _write(self, talk: Talk, who: str, work: Coroutine[Any, Any, None]) -> None:
        async def start() -> None:
            writing = asyncio.create_task(_without_oserror(work))
            talk.writing[who].append(writing)
            self.tasks.append(writing)

        self._run(start())

    def _accept(self, stream: int) -> None:
        near, far = connected()
        self.tasks.append(asyncio.create_task(self.agent.carry(stream, near)))
        next(talk for talk in self.talks if talk.there is None).there = far

    # What programs do ---------------------------------------------------------------------------

    @precondition(lambda self: len(self.talks) < MOST)
    @rule()
    def a_program_connects(self) -> None:
        async def connect() -> None:
            user, local = connected()
            number = len(self.talks)
            self.talks.append(Talk(user, Direction(2 * number), Direction(2 * number + 1)))
            self.tasks.append(asyncio.create_task(self.client.open(local)))

        self._run(connect())

    @precondition(lambda self: self.talks)
    @rule(which=_which, size=_size)
    def a_program_writes(self, which: int, size: int) -> None:
        talk = self._talk(which)
        if not talk.closed:
            self._write(talk, "user", talk.user.write(talk.up.more(size)))

    @precondition(lambda self: self.talks)
    @rule(which=_which, size=_size)
    def its_destination_writes(self, which: int, size: int) -> None:
        talk = self._talk(which)
        if talk.there is not None and not talk.closed:
            self._write(talk, "there", talk.there.write(talk.down.more(size)))

    @precondition(lambda self: self.talks)
    @rule(which=_which)
    def a_program_reads(self, which: int) -> None:
        talk = self._talk(which)
        self._run(_read(talk.user, talk.down))

    @precondition(lambda self: self.talks)
    @rule(which=_which)
    def its_destination_reads(self, which: int) -> None:
        talk = self._talk(which)
        if talk.there is not None:
            self._run(_read(talk.there, talk.up))

    @precondition(lambda self: self.talks)
    @rule(which=_which, aborts=st.booleans())
    def a_program_closes(self, which: int, aborts: bool) -> None:
        self._close(self._talk(which), "user", aborts=aborts)

    @precondition(lambda self: self.talks)
    @rule(which=_which, aborts=st.booleans())
    def its_destination_closes(self, which: int, aborts: bool) -> None:
        self._close(self._talk(which), "there", aborts=aborts)

    def _close(self, talk: Talk, who: str, *, aborts: bool) -> None:
        stream = talk.user if who == "user" else talk.there
        if stream is None:
            return

        async def close() -> None:
            if aborts:
                stream.abort()
            else:
                await stream.close()

        if not all(writing.done() for writing in talk.writing[who]):
            talk.closed.add(f"{who} gives up a write")  # the stream takes no more of it once it is closed
        talk.closed.add(f"{who} aborts" if aborts else who)
        self._run(close())

    # What the line does -------------------------------------------------------------------------

    @rule(way=st.sampled_from(["up", "down"]), size=st.integers(1, PIECE), pieces=st.sampled_from([1, 3, 10]))
    def something_arrives(self, way: str, size: int, pieces: int) -> None:
        for _ in range(pieces):
            if not self._arrive(way, size):
                return

    def _arrive(self, way: str, size: int) -> bool:
        """Pass on some bytes, unless the end still waits for room; True if there were any."""
        running = self.receiving[way]
        if running is not None and not running.done():
            return False
        data = self.lines[way].take(size)
        end = self.agent if way == "up" else self.client

        async def receive() -> None:
            self.receiving[way] = asyncio.create_task(end.receive(data))

        if data:
            self._run(receive())
        return bool(data)

    # What holds ---------------------------------------------------------------------------------

    @invariant()
    def each_gets_the_beginning_of_what_was_sent_to_it(self) -> None:
        for talk in self.talks:
            for way in (talk.up, talk.down):
                assert way.sent.startswith(way.received)

    @invariant()
    def little_is_held_and_all_of_it_is_counted(self) -> None:
        for end in (self.client, self.agent):
            held = sum(each.size for each in end._streams.values())
            assert end._mux._untaken == held
            assert held <= BUDGET + PIECE + FRAME
            assert len(end._mux._reader._waiting) < FRAME + 8 + PIECE
            assert len(end._streams) <= len(self.talks)
            assert end._mux._open == set(end._streams)
            assert end._mux._finished_there <= end._mux._open

    @invariant()
    def nothing_fails(self) -> None:
        for task in (*self.tasks, *filter(None, self.receiving.values())):
            if task.done() and not task.cancelled():
                assert task.exception() is None

    def teardown(self) -> None:
        """Deliver and read everything: what nobody closed is whole."""
        try:
            for _ in range(ROUNDS):
                moved = [self._arrive(way, PIECE) for way in self.lines]
                before = sum(len(talk.up.received) + len(talk.down.received) for talk in self.talks)
                for talk in self.talks:
                    self._run(_read(talk.user, talk.down))
                    if talk.there is not None:
                        self._run(_read(talk.there, talk.up))
                after = sum(len(talk.up.received) + len(talk.down.received) for talk in self.talks)
                if not any(moved) and before == after:
                    break
            self.each_gets_the_beginning_of_what_was_sent_to_it()
            self.little_is_held_and_all_of_it_is_counted()
            self._check_whole()
        finally:
            self._run(self._end())
            self.loop.close()

    def _check_whole(self) -> None:
        assert not any(line.under_way for line in self.lines.values())
        for talk in self.talks:
            if not talk.closed:
                assert talk.up.received == talk.up.sent
                assert talk.down.received == talk.down.sent
            if talk.closed == {"there"} and not talk.up.sent:
                assert talk.down.received == talk.down.sent, "what was written before the close still comes"
                assert talk.down.ended
            if talk.closed == {"user"} and not talk.down.sent:
                assert talk.up.received == talk.up.sent
                assert talk.up.ended
        still = sum(not talk.closed for talk in self.talks)
        assert len(self.client._streams) == len(self.agent._streams) == still, "closed streams leave nothing behind"

    async def _end(self) -> None:
        self.client.close()
        self.agent.close()
        tasks = [*self.tasks, *filter(None, self.receiving.values())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _talk(self, which: int) -> Talk:
        return self.talks[which % len(self.talks)]


async def _without_oserror(work: Coroutine[Any, Any, Any]) -> None:
    """A program may write to what is closed."""
    with contextlib.suppress(OSError):
        await work


async def _read(stream: MemoryStream, way: Direction) -> None:
    """Read what has come, without waiting."""
    reading = asyncio.ensure_future(stream.read())
    for _ in range(3):
        await asyncio.sleep(0)
    if reading.done():
        way.received += reading.result()
        way.ended = way.ended or not reading.result()
        return
    reading.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await reading


@pytest.fixture
def _small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smux, "RECEIVE_BUDGET", BUDGET)
    monkeypatch.setattr(smux, "MAX_FRAME", FRAME)
    monkeypatch.setattr(multiplexer, "READ_BYTES", READ)
    monkeypatch.setattr(node_services, "_ROOM", PIPE)


@pytest.mark.usefixtures("_small_limits")
def test_any_order_of_events() -> None:
    quick = settings(max_examples=40, stateful_step_count=50, derandomize=True, deadline=None, database=None)
    run_state_machine_as_test(Session, settings=quick)


@pytest.mark.slow
@pytest.mark.timeout(1_800)
@pytest.mark.usefixtures("_small_limits")
def test_many_orders_of_events() -> None:
    run_state_machine_as_test(Session, settings=settings(max_examples=1_500, stateful_step_count=120, deadline=None))
