"""A port session whose one connection is standard input and output, as SSH wants it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from smtui.channel.client import ClientChannel
from smtui.channel.client_session import Closed, Event, Output
from smtui.channel.ports import HALF_CLOSE_SECONDS
from smtui.plugin.builtin import words
from smtui.plugin.builtin.ending import FAILED, Ending
from smtui.plugin.builtin.keyboard import Keyboard
from smtui.plugin.builtin.screen import Screen


class StdioSession:
    """`run` is all of it. The protocol has no end of input: after it what is under way still comes out, until nothing

    has come for a second.
    """

    def __init__(self, channel: ClientChannel, keyboard: Keyboard, screen: Screen) -> None:
        self._channel = channel
        self._keyboard = keyboard
        self._screen = screen
        self._heard = asyncio.Event()

    async def run(
        self, events: AsyncIterator[Event], typed_ahead: bytes, left: Ending, ended: Callable[[Closed], Ending]
    ) -> Ending:
        """Pass bytes both ways; `left` is the ending of a session whose input came to its end. Raises OutputGone."""
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
                await self._screen.write(event.data)
                self._heard.set()
            elif isinstance(event, Closed):
                return ended(event)
        return Ending(words.cannot_start("the data channel ended without a word"), FAILED)

    async def _send(self, typed_ahead: bytes) -> None:
        await self._channel.send(typed_ahead)
        while data := await self._keyboard.read():
            await self._channel.send(data)
        with contextlib.suppress(TimeoutError):
            while True:
                self._heard.clear()
                async with asyncio.timeout(HALF_CLOSE_SECONDS):
                    await self._heard.wait()
