"""Passes whole websocket frames fast, many in one write and one read; leaves all other work to `websockets`.

`websockets` takes some 30 µs for a frame: a generator parses it, an async context sends it. A data channel carries a
gigabyte in two million frames, each of them whole and small. So whole data frames are read and written here, and
everything else goes to `websockets` as it came, frame by frame: handshakes, fragments, pings, closes, and whatever
breaks the rules.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from struct import Struct
from typing import TYPE_CHECKING, Any

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.connection import Connection
from websockets.frames import Frame, Opcode
from websockets.protocol import Side, State

from smtui.channel.transport import LARGEST_FRAME

try:
    from websockets.speedups import apply_mask
except ImportError:
    from websockets.utils import apply_mask

if TYPE_CHECKING:
    from websockets.protocol import Event

_MOST_UNREAD = 262_144
"""Bytes of frames that wait for `recv` before the socket is no longer read."""

_EACH = 64
"""Bytes that a frame takes besides its own."""

_MOST_UNSENT = 65_536
"""Bytes of frames that are gathered before they are written."""

_TEXT, _BINARY = 0x81, 0x82
"""The first byte of a whole frame."""
_WHOLE = (_TEXT, _BINARY)
_MASKED = 0x80
_MASK_BYTES = 4
_TWO_BYTES, _EIGHT_BYTES = 126, 127
"""In place of a length: it follows in so many bytes."""
_MIDDLE, _LONG = Struct(">BBH"), Struct(">BBQ")
_END_OF_HEADERS = b"\r\n\r\n"
_DATA = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})


class TextFrame(bytes):
    """The bytes of a text frame, to tell it from a binary one."""


class WholeFrames(Connection):
    """A mixin for either end's connection of `websockets`."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._is_client = self.protocol.side is Side.CLIENT
        self._mask_bit = 0 if self._is_client else _MASKED
        """What the frames that come have in their second byte: those of clients are masked."""
        self._frames: deque[bytes] = deque()
        self._unread = 0
        self._is_paused = False
        self._news = asyncio.Event()
        self._shook_hands = False
        self._is_left_to_library = False
        self._begun = b""
        """A frame that has not come whole yet."""
        self._missing = 0
        """Bytes that have not come yet of a frame for `websockets`."""
        self._has_ended = False
        """Whether nothing that follows counts: after a close frame, and after a broken rule."""
        self._fragments: bytearray | None = None
        self._is_text = False
        self._unsent: list[bytes] = []
        self._unsent_bytes = 0

    def next_frame(self) -> bytes | None:
        """Return the next frame that has come; None if there is none. Text is a `TextFrame`."""
        if not self._frames:
            return None
        frame = self._frames.popleft()
        self._unread -= len(frame) + _EACH
        if self._is_paused and not self._frames:
            self._is_paused = False
            self.transport.resume_reading()
        return frame

    async def recv(self, decode: bool | None = None) -> Any:
        """Wait for the next frame; see `websockets`."""
        while (frame := self.next_frame()) is None:
            if self.protocol.state is State.CLOSED and self.connection_lost_waiter.done():
                raise self.protocol.close_exc
            self._news.clear()
            await self._news.wait()
        if decode or (decode is None and isinstance(frame, TextFrame)):
            return frame.decode("utf-8", "replace")
        return frame

    async def send_frame(self, frame: bytes) -> None:
        """Send a binary frame, together with others of the same moment; waits while the other end does not read."""
        if self.protocol.state is not State.OPEN:
            await self.send(frame)  # which raises what is to be raised
            return
        if not self._unsent:
            self.loop.call_soon(self.flush)
        self._unsent.append(frame)
        self._unsent_bytes += len(frame)
        if self._unsent_bytes >= _MOST_UNSENT:
            self.flush()
        if self.paused:
            try:
                await self.drain()
            except OSError:
                raise self.protocol.close_exc from None

    def flush(self) -> None:
        """Write what is gathered."""
        if not self._unsent:
            return
        unsent, self._unsent, self._unsent_bytes = self._unsent, [], 0
        if not self.transport.is_closing():
            self.transport.write(_masked(unsent) if self._is_client else _plain(unsent))

    def send_data(self) -> None:
        """Write what `websockets` has to send, in turn."""
        self.flush()
        super().send_data()

    def data_received(self, data: bytes) -> None:
        """Take what came through the socket."""
        if not self._shook_hands:
            head, end, data = data.partition(_END_OF_HEADERS)
            super().data_received(head + end)
            self._shook_hands = bool(end)
            # After any other answer than a handshake there are no frames.
            self._is_left_to_library = self._is_client and self.protocol.state is not State.OPEN
        if self._is_left_to_library:
            super().data_received(data)
        elif data:
            self._begun = self._read(self._begun + data if self._begun else data)
        if self._frames:
            self._news.set()
            if self._unread >= _MOST_UNREAD and not self._is_paused:
                self._is_paused = True
                self.transport.pause_reading()

    def process_event(self, event: Event) -> None:
        """Take what `websockets` has read: fragments, pongs, the close frame."""
        if not isinstance(event, Frame) or event.opcode not in _DATA:
            super().process_event(event)
            return
        if self._fragments is None:
            self._fragments, self._is_text = bytearray(), event.opcode is Opcode.TEXT
        self._fragments += event.data
        if event.fin:
            data, self._fragments = bytes(self._fragments), None
            self._put(TextFrame(data) if self._is_text else data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake who waits for a frame."""
        super().connection_lost(exc)
        self._news.set()

    def _read(self, data: bytes) -> bytes:
        """Take the frames in `data`; returns the beginning of one that has not come whole yet."""
        at = self._for_library(data, 0, self._missing)
        while (bounds := _bounds(data, at)) is not None:
            start, end = bounds
            is_whole = data[at] in _WHOLE and data[at + 1] & _MASKED == self._mask_bit and self._fragments is None
            if not is_whole or end - start > LARGEST_FRAME or self._has_ended:
                at = self._for_library(data, at, end)
                continue
            if end > len(data):
                break
            frame = data[start:end]
            if self._mask_bit:
                frame = apply_mask(frame, data[start - _MASK_BYTES : start])
            self._put(TextFrame(frame) if data[at] == _TEXT else frame)
            at = end
        return data[at:]

    def _for_library(self, data: bytes, at: int, end: int) -> int:
        """Pass on a frame, as much of it as has come; returns where the next begins."""
        if end > at:
            super().data_received(data[at:end])
            protocol = self.protocol
            self._has_ended = protocol.close_rcvd is not None or protocol.parser_exc is not None
        self._missing = max(0, end - len(data))
        return min(end, len(data))

    def _put(self, frame: bytes) -> None:
        self._frames.append(frame)
        self._unread += len(frame) + _EACH


class ClientFrames(WholeFrames, ClientConnection):
    """The client's connection. Hangs up once the service sent its close frame: waiting for it could take long."""

    def process_event(self, event: Event) -> None:
        """See `WholeFrames`."""
        super().process_event(event)
        if isinstance(event, Frame) and event.opcode is Opcode.CLOSE:
            self.transport.close()


def _bounds(data: bytes, at: int) -> tuple[int, int] | None:
    """Return where the payload of the frame at `at` begins and ends; None while its header is not whole."""
    start = at + 2
    if start > len(data):
        return None
    length = data[at + 1] & 0x7F
    if length >= _TWO_BYTES:
        length_bytes = 2 if length == _TWO_BYTES else 8
        length = int.from_bytes(data[start : start + length_bytes])
        start += length_bytes
    if data[at + 1] & _MASKED:
        start += _MASK_BYTES
    return (start, start + length) if start <= len(data) else None


def _header(frame: bytes, mask_bit: int) -> bytes:
    length = len(frame)
    if length < _TWO_BYTES:
        return bytes((_BINARY, mask_bit | length))
    if length <= 0xFFFF:
        return _MIDDLE.pack(_BINARY, mask_bit | _TWO_BYTES, length)
    return _LONG.pack(_BINARY, mask_bit | _EIGHT_BYTES, length)


def _plain(frames: list[bytes]) -> bytes:
    return b"".join([part for frame in frames for part in (_header(frame, 0), frame)])


def _masked(frames: list[bytes]) -> bytes:
    """Join frames of a client, each with a mask that nobody can guess."""
    masks = os.urandom(_MASK_BYTES * len(frames))
    parts: list[bytes] = []
    for number, frame in enumerate(frames):
        mask = masks[number * _MASK_BYTES : (number + 1) * _MASK_BYTES]
        parts += (_header(frame, _MASKED), mask, apply_mask(frame, mask))
    return b"".join(parts)
