"""Runs a port session whose one connection is standard input and output, as SSH needs it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from smtui.channel.client import ClientChannel
from smtui.channel.client_session import Closed, Event, Output
from smtui.channel.ports import HALF_CLOSE_SECONDS
from smtui.plugin.builtin import official_words as words
from smtui.plugin.builtin.keyboard import Keyboard
from smtui.plugin.builtin.output_stream import OutputStream
from smtui.plugin.builtin.session_ending import FAILED, Ending


class StdioSession:
    """One such session; call `run`.

    The protocol has no end of input. After it the session goes on until nothing has come, and nothing was left to
    write, for a second.
    """

    def __init__(self, channel: ClientChannel, keyboard: Keyboard, screen: OutputStream) -> None:
        self._channel = channel
        self._keyboard = keyboard
        self._screen = screen
        self._writing = False
        self._moved = asyncio.Event()

    async def run(
        self, events: AsyncIterator[Event], typed_ahead: bytes, left: Ending, ended: Callable[[Closed], Ending]
    ) -> Ending:
        """Pass bytes both ways; `left` is the ending after the end of input. Raises OutputGone."""
        receiving = asyncio.create_task(self._receive(events, ended))
        sending = asyncio.create_task(self._send(typed_ahead))
        try:
            await asyncio.wait([receiving, sending], return_when=asyncio.FIRST_COMPLETED)
            return receiving.result() if receiving.done() else left
        finally:
            receiving.cancel()
            sending.cancel()
            await asyncio.wait([receiving, sending])

    async def _receive(self, events: AsyncIterator[Event], ended: Callable[[Closed], Ending]) -> Ending:
        async for event in events:
            if isinstance(event, Output):
                self._wrote(begins=True)
                await self._screen.write(event.data)
                self._wrote(begins=False)
            elif isinstance(event, Closed):
                return ended(event)
        return Ending(words.cannot_start("the data channel ended without a word"), FAILED)

    def _wrote(self, *, begins: bool) -> None:
        self._writing = begins
        self._moved.set()

    async def _send(self, typed_ahead: bytes) -> None:
        await self._channel.send(typed_ahead)
        while data := await self._keyboard.read():
            await self._channel.send(data)
        await self._channel.drained()
        with contextlib.suppress(TimeoutError):
            while True:
                self._moved.clear()
                async with asyncio.timeout(None if self._writing else HALF_CLOSE_SECONDS):
                    await self._moved.wait()
