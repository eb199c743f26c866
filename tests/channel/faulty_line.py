"""A line in memory between the client and a far end, and what goes wrong on it: the same for the same seed.

It knows frames: it drops, doubles, reorders, delays, cuts short and corrupts them, loses everything for a while, and
ends connections by a reset or a close. After so many frames, or seconds of the loop's clock, it is healed for good.

It corrupts what the receiver can find out. Nothing in a frame protects its sequence number, its type or the type of
its payload: only TLS does, for the official ends too.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import struct
from collections import Counter, deque
from dataclasses import KW_ONLY, dataclass

from smtui.channel.client import ResumeFailed, StreamAddress
from smtui.channel.message import HEADER_LENGTH
from smtui.channel.payloads import offered_token
from smtui.channel.transport import CannotConnect, Connection, ConnectionLost
from smtui.demo.far_end.far_end import FarEnd

FAULTS = {
    "drop": 0.3,
    "double": 0.3,
    "reorder": 0.3,
    "delay": 0.3,
    "cut short": 0.2,
    "corrupt header": 0.2,
    "corrupt payload": 0.2,
    "silence": 0.01,
    "reset": 0.01,
    "close": 0.01,
    "refuse": 0.5,
}
"""The largest chance of each: of a frame, and for the last one of an attempt to connect or to resume."""

_UNREAD = 256
"""Frames that an end leaves unread before the other must wait."""
_LONGEST_BAD = 120.0


class FaultyLine:
    """`dial` and `resume` are for the client. `did` counts what went wrong.

    The `leading` fault happens surely, the others by chance. To refuse there must be a reset first.
    """

    def __init__(self, far_end: FarEnd, chance: random.Random, leading: str, frames: int) -> None:
        self._far_end = far_end
        self._chance = chance
        self._left = frames
        self._latency = chance.choice((0.0, 0.001, 0.02, 0.15))
        self._chances = {
            fault: most * chance.uniform(0.3, 1) if fault == leading else most * chance.choice((0, 0, 0.1, 0.5))
            for fault, most in FAULTS.items()
        }
        self._first = "reset" if leading == "refuse" else leading
        self._first_in = chance.randrange(2, 30)
        self._bad_until = self._now() + _LONGEST_BAD
        self._silent_until = 0.0
        self._ends: list[_End] = []
        self._serving: set[asyncio.Task[None]] = set()
        self.did: Counter[str] = Counter()

    @property
    def is_healed(self) -> bool:
        """Whether nothing goes wrong any more."""
        return self._left <= 0 or self._now() >= self._bad_until

    async def dial(self, url: str) -> Connection:
        """Connect the client to the far end, as `channel.websocket.dial` does."""
        if self._happens("refuse"):
            raise CannotConnect("refused by the test")
        near, far = _End(self), _End(self)
        near.peer, far.peer = far, near
        self._ends = [near, far]
        serving = asyncio.create_task(self._serve(far))
        self._serving.add(serving)
        serving.add_done_callback(self._serving.discard)
        return near

    async def resume(self) -> StreamAddress | None:
        """Answer as ResumeSession does."""
        if self._happens("refuse"):
            raise ResumeFailed("no answer in this test")
        return None if self._far_end.ended else StreamAddress("ws://in-memory", "t0ken")

    def carry(self, frame: str | bytes, to: _End) -> None:
        """Take one frame to its receiver, or not."""
        self._left -= 1
        if isinstance(frame, str):
            self._arrive(frame, to, self._latency)
            return
        for ending in ("reset", "close"):
            if self._happens(ending):
                for end in self._ends:
                    end.lose(1001 if ending == "close" else 1006, unread_too=ending == "reset")
                return
        if self._happens("silence"):
            self._silent_until = self._now() + self._chance.uniform(0.1, 5)
        if self._now() < self._silent_until or self._happens("drop"):
            return
        frame = self._spoilt(frame)
        for _ in range(2 if self._happens("double") else 1):
            later = self._chance.uniform(0, 1) if self._happens("delay") else 0.0
            self._arrive(frame, to, self._latency + later, in_order=not self._happens("reorder"))

    async def close(self) -> None:
        """Let go of what serves the connections."""
        for end in self._ends:
            end.lose(1006, unread_too=True)
        if self._serving:
            await asyncio.wait(self._serving)

    def _arrive(self, frame: str | bytes, to: _End, seconds: float, *, in_order: bool = True) -> None:
        at = self._now() + seconds
        if in_order:
            at = to.latest = max(at, to.latest + 1e-6)
        else:
            at += self._chance.uniform(0, 0.3)
        asyncio.get_running_loop().call_at(at, to.put, frame)

    def _spoilt(self, frame: bytes) -> bytes:
        if self._happens("cut short"):
            frame = frame[: int(len(frame) * self._chance.random())]
        if self._happens("corrupt header"):
            frame = _header_corrupted(frame, self._chance)
        if self._happens("corrupt payload") and len(frame) > HEADER_LENGTH + 4:
            at = HEADER_LENGTH + 4 + int((len(frame) - HEADER_LENGTH - 4) * self._chance.random())
            frame = frame[:at] + bytes((frame[at] ^ (1 << self._chance.randrange(8)),)) + frame[at + 1 :]
        return frame

    async def _serve(self, far: _End) -> None:
        with contextlib.suppress(ConnectionLost):
            assert offered_token(await far.receive()) == "t0ken"
            await self._far_end.attach(far)

    def _happens(self, fault: str) -> bool:
        happens = self._chance.random() < self._chances[fault] and not self.is_healed
        if fault == self._first:
            self._first_in -= 1
            happens = happens or not self._first_in
        self.did[fault] += happens
        return happens

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


@dataclass
class Network:
    """What a client reaches a line through, with the cuts and outages of a test."""

    line: FaultyLine
    _: KW_ONLY
    asked: int = 0
    """How often ResumeSession was called."""
    no_network_until: float = 0.0
    no_route_until: float = 0.0

    def cut(self, code: int) -> None:
        """End the connection: 1000 as the service does every hour, 1006 as a reset, which loses what is unread."""
        for end in self.line._ends:
            end.lose(code, unread_too=code == 1006)

    async def resume(self) -> StreamAddress | None:
        self.asked += 1
        if self.line._now() < self.no_network_until:
            raise ResumeFailed("the network is unreachable")
        return await self.line.resume()

    async def dial(self, url: str) -> Connection:
        if self.line._now() < self.no_route_until:
            raise CannotConnect("no route to host")
        return await self.line.dial(url)


class _End:
    """One end of a connection, a `Connection`."""

    peer: _End

    def __init__(self, line: FaultyLine) -> None:
        self._line = line
        self._unread: deque[str | bytes] = deque()
        self._lost: ConnectionLost | None = None
        self._moved = asyncio.Event()
        self.latest = 0.0

    async def send(self, frame: str | bytes) -> None:
        while self._lost is None and len(self.peer._unread) >= _UNREAD:
            await self.peer._move()
        if self._lost is not None:
            raise self._lost
        self._line.carry(frame, self.peer)
        await asyncio.sleep(0)

    async def receive(self) -> bytes:
        while (frame := self.receive_waiting()) is None:
            if self._lost is not None:
                raise self._lost
            await self._move()
        return frame

    def receive_waiting(self) -> bytes | None:
        if not self._unread:
            return None
        frame = self._unread.popleft()
        self._stir()
        return frame.encode() if isinstance(frame, str) else frame

    def hang_up(self) -> None:
        self.lose(1006)
        self.peer.lose(1006)

    def abort(self) -> None:
        self.lose(1006, unread_too=True)
        self.peer.lose(1006, unread_too=True)

    def put(self, frame: str | bytes) -> None:
        if self._lost is None:
            self._unread.append(frame)
            self._stir()

    def lose(self, code: int, *, unread_too: bool = False) -> None:
        self._lost = self._lost or ConnectionLost(code)
        if unread_too:
            self._unread.clear()
        self._stir()

    def _stir(self) -> None:
        self._moved.set()

    async def _move(self) -> None:
        self._moved.clear()
        await self._moved.wait()


def _header_corrupted(frame: bytes, chance: random.Random) -> bytes:
    """Change what shows: the length of the header, a type that none is, no date, the digest; or what nobody reads."""
    changes = (
        (0, struct.pack(">I", chance.choice((0, 115, 117, 2_000, 2**32 - 1)))),
        (4, bytes((chance.choice((0xFF, ord("x"))),))),
        (36, chance.randbytes(4)),
        (40, bytes(8)),
        (56, chance.randbytes(24)),
        (80, chance.randbytes(32)),
    )
    at, new = chance.choice(changes)
    return frame[:at] + new + frame[at + len(new) :]
