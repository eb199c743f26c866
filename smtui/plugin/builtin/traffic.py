"""Reports the traffic of a forward to smtui: one JSON line on stderr per change, at most two a second."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable

from smtui.channel.transport import ByteStream

_INTERVAL = 0.5
_EVENTS = ("bytes", "closed", "accepted", "refused", "opened")
"""From the least to the most important: of several changes between two lines the most important is named."""


class Traffic:
    """Counts connections and bytes; `run` reports them. Bytes are `received` from the far end and `sent` to it."""

    def __init__(self, destination: str, local: str) -> None:
        self._destination = destination
        self._local = local
        self._event = ""
        self._news = asyncio.Event()
        self._now = self._total = self._received = self._sent = 0

    def opened(self) -> None:
        """Count the opening of the local end."""
        self._note("opened")

    def accepted(self) -> None:
        """Count a new connection."""
        self._now += 1
        self._total += 1
        self._note("accepted")

    def closed(self) -> None:
        """Count the end of a connection."""
        self._now -= 1
        self._note("closed")

    def refused(self) -> None:
        """Count a connection that the destination refused."""
        self._note("refused")

    def received(self, size: int) -> None:
        """Count bytes from the far end."""
        self._received += size
        self._note("bytes")

    def sent(self, size: int) -> None:
        """Count bytes to the far end."""
        self._sent += size
        self._note("bytes")

    async def run(self, report: Callable[[str], Awaitable[None]]) -> None:
        """Report each change until cancelled, then the last one at once."""
        try:
            while True:
                await self._news.wait()
                await report(self._line())
                await asyncio.sleep(_INTERVAL)
        finally:
            if self._event:
                await report(self._line())

    def _note(self, event: str) -> None:
        if not self._event or _EVENTS.index(event) > _EVENTS.index(self._event):
            self._event = event
        self._news.set()

    def _line(self) -> str:
        event, self._event = self._event, ""
        self._news.clear()
        line = {
            "event": event,
            "now": self._now,
            "total": self._total,
            "in": self._received,
            "out": self._sent,
            "to": self._destination,
            "local": self._local,
        }
        return json.dumps(line) + "\n"


class CountedStream:
    """Counts the bytes of a `ByteStream`: written ones came from the far end."""

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
