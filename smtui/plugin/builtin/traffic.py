"""What goes through a forward, told to smtui: one JSON line on stderr per change, at most two a second."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

from smtui.channel.byte_stream import ByteStream

_INTERVAL = 0.5
_EVENTS = ("bytes", "closed", "accepted", "refused", "opened")
"""From the least to the most important: of several changes between two lines the last here is named."""


class Traffic:
    """Counts; `run` tells them. Bytes are `received` from the far end and `sent` to it."""

    def __init__(self, destination: str, local: str) -> None:
        self._destination = destination
        self._local = local
        self._event = ""
        self._news = asyncio.Event()
        self._now = self._total = self._received = self._sent = 0

    def opened(self) -> None:
        self._note("opened")

    def accepted(self) -> None:
        self._now += 1
        self._total += 1
        self._note("accepted")

    def closed(self) -> None:
        self._now -= 1
        self._note("closed")

    def refused(self) -> None:
        self._note("refused")

    def received(self, size: int) -> None:
        self._received += size
        self._note("bytes")

    def sent(self, size: int) -> None:
        self._sent += size
        self._note("bytes")

    async def run(self, tell: Callable[[str], Awaitable[None]]) -> None:
        """Tell each change, for ever; when cancelled, the last one at once."""
        try:
            while True:
                await self._news.wait()
                await tell(self._line())
                await asyncio.sleep(_INTERVAL)
        finally:
            if self._event:
                await tell(self._line())

    def _note(self, event: str) -> None:
        if not self._event or _EVENTS.index(event) > _EVENTS.index(self._event):
            self._event = event
        self._news.set()

    def _line(self) -> str:
        event, self._event = self._event, ""
        self._news.clear()
        told = {
            "event": event,
            "now": self._now,
            "total": self._total,
            "in": self._received,
            "out": self._sent,
            "to": self._destination,
            "local": self._local,
        }
        return json.dumps(told) + "\n"


class CountedStream:
    """A `ByteStream` whose bytes are counted: written ones came from the far end."""

    def __init__(self, stream: ByteStream, traffic: Traffic) -> None:
        self._stream = stream
        self._traffic = traffic

    async def read(self) -> bytes:
        """See `ByteStream`."""
        data = await self._stream.read()
        if data:
            self._traffic.sent(len(data))
        return data

    async def write(self, data: bytes) -> None:
        """See `ByteStream`."""
        await self._stream.write(data)
        self._traffic.received(len(data))

    async def close(self) -> None:
        """See `ByteStream`."""
        await self._stream.close()

    def abort(self) -> None:
        """See `ByteStream`."""
        self._stream.abort()
