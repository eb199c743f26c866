"""Encodes and reads smux v1: many streams inside the byte stream of a multiplexed port session. Without I/O.

A frame is a header of 8 bytes (version 1, command, then the data's length and the stream's id in little endian) and
its data. Clients open odd ids from 3 on. A stream has no half-close and no window of its own: FIN ends it in both
directions, and a session that holds too much unread data must stop reading the data of all streams.

Source: the frames of the official ends (`port-refused.jsonl` and runs of the plugin 1.2.677.0).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from struct import Struct

MAX_FRAME = 32_768
"""Bytes of data that an end puts into one frame; it accepts more."""

RECEIVE_BUDGET = 4 * 2**20
"""Bytes that a session may hold unread; above that nothing more should be read from the channel."""

KEEPALIVE_SECONDS = 10.0

_VERSION = 1
_HEADER = Struct("<BBHI")
_FIRST_CLIENT_ID = 3
_LAST_ID = 0xFFFFFFFF


class BrokenMultiplexing(Exception):
    """The bytes are not smux, or name an impossible stream: nothing after them can be understood."""


class Command(IntEnum):
    """What a frame does."""

    SYN = 0
    FIN = 1
    PSH = 2
    NOP = 3


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame; NOP belongs to stream 0."""

    command: Command
    stream: int = 0
    data: bytes = field(default=b"", repr=False)

    def encode(self) -> bytes:
        """Return the frame as bytes."""
        return _HEADER.pack(_VERSION, self.command, len(self.data), self.stream) + self.data


class FrameReader:
    """Assembles frames from pieces of any size."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Return the frames that are complete now; raises BrokenMultiplexing."""
        waiting = self._waiting
        waiting += data
        start = 0
        try:
            while len(waiting) - start >= _HEADER.size:
                version, command, length, stream = _HEADER.unpack_from(waiting, start)
                if version != _VERSION or command > Command.NOP:
                    raise BrokenMultiplexing(f"a frame of version {version} with command {command}")
                end = start + _HEADER.size + length
                if len(waiting) < end:
                    return
                yield Frame(Command(command), stream, bytes(waiting[start + _HEADER.size : end]))
                start = end
        finally:
            del waiting[:start]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The other end opened a stream."""

    stream: int


@dataclass(frozen=True, slots=True)
class Received:
    """Data of a stream. It counts against the budget until `Mux.taken` is called."""

    stream: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Finished:
    """The other end closed a stream: it neither sends nor reads any more."""

    stream: int


MuxEvent = Accepted | Received | Finished


class Mux:
    """One end of a session. Send the bytes that methods return, in the order of the calls."""

    def __init__(self, *, client: bool) -> None:
        self._client = client
        self._next_id = _FIRST_CLIENT_ID
        self._reader = FrameReader()
        self._open: set[int] = set()
        self._finished_there: set[int] = set()
        self._untaken = 0

    @property
    def has_budget(self) -> bool:
        """Whether more may be read from the channel."""
        return self._untaken < RECEIVE_BUDGET

    def open(self) -> tuple[int, bytes]:
        """Open a new stream of the client; raises BrokenMultiplexing after two thousand million of them."""
        stream = self._next_id
        if stream > _LAST_ID:
            raise BrokenMultiplexing("this session has no stream ids left")
        self._next_id += 2
        self._open.add(stream)
        return stream, Frame(Command.SYN, stream).encode()

    def data(self, stream: int, data: bytes) -> bytes:
        """Return frames for data of an open stream; none if either side has finished it."""
        if stream not in self._open or stream in self._finished_there:
            return b""
        pieces = (data[start : start + MAX_FRAME] for start in range(0, len(data), MAX_FRAME))
        return b"".join(Frame(Command.PSH, stream, piece).encode() for piece in pieces)

    def finish(self, stream: int) -> bytes:
        """Close a stream; does nothing if it is closed."""
        if stream not in self._open:
            return b""
        self._open.discard(stream)
        self._finished_there.discard(stream)
        return Frame(Command.FIN, stream).encode()

    def keepalive(self) -> bytes:
        """Return a keep-alive, for ends that give up a silent one."""
        return Frame(Command.NOP).encode()

    def taken(self, size: int) -> None:
        """Record that bytes of `Received` were passed on or dropped."""
        self._untaken -= size

    def receive(self, data: bytes) -> Iterator[MuxEvent]:
        """Take a piece of the session's byte stream and return its events; raises BrokenMultiplexing.

        Data for a stream that is closed here was already under way, and is dropped.
        """
        for frame in self._reader.feed(data):
            event = self._event(frame)
            if event is not None:
                yield event

    def _event(self, frame: Frame) -> MuxEvent | None:
        stream = frame.stream
        match frame.command:
            case Command.SYN if not self._client and stream not in self._open:
                self._open.add(stream)
                return Accepted(stream)
            case Command.PSH if frame.data and stream in self._open and stream not in self._finished_there:
                self._untaken += len(frame.data)
                return Received(stream, frame.data)
            case Command.FIN if stream in self._open and stream not in self._finished_there:
                self._finished_there.add(stream)
                return Finished(stream)
        return None
