"""One session between the user's side and a data channel: a terminal with a program, or a port forward."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

from smtui.channel.client import ClientChannel, StreamAddress
from smtui.channel.client_session import Closed, Event, Opened, Output
from smtui.channel.connection import ChannelError, SessionTimedOut
from smtui.channel.handshake import SessionType
from smtui.channel.message import PayloadType
from smtui.channel.ports import PortDialect, PortProperties
from smtui.plugin.builtin import words
from smtui.plugin.builtin.ending import CLOSED_WITH_ERROR, FAILED, Ending, by_signal, command_status
from smtui.plugin.builtin.keyboard import Keyboard
from smtui.plugin.builtin.port_session import PortManner, PortSession
from smtui.plugin.builtin.screen import OutputGone, Screen
from smtui.plugin.builtin.stdio_session import StdioSession
from smtui.plugin.builtin.terminal import Terminal

_CTRL_C, _CTRL_D, _CTRL_Z, _CTRL_BACKSLASH = b"\x03", b"\x04", b"\x1a", b"\x1c"
_KEYS_OF_SIGNALS = {"SIGINT": _CTRL_C, "SIGQUIT": _CTRL_BACKSLASH, "SIGTSTP": _CTRL_Z}
_HANG_UP = 1
_DEADLY_SIGNALS = ("SIGTERM", "SIGHUP")
_MOST_TYPED_AHEAD = 65_536
_LONGEST_EOF_PAUSE = 5.0
_FLUSH_SECONDS = 2.0
_KILLED_FLUSH_SECONDS = 0.2
_LOST_FOR_TOO_LONG = 2.0
_OUTAGE_LOOKED_FOR = 0.5
_LOST = b"\r\nsmtui: the connection was lost, trying again. Ctrl-C leaves.\r\n"
_BACK = b"\r\nsmtui: connected again.\r\n"
"""Seconds without a connection after which Ctrl-C leaves, in place of being kept for the remote."""


@dataclass(frozen=True, slots=True)
class Console:
    """The user's side."""

    terminal: Terminal
    keyboard: Keyboard
    screen: Screen
    error_screen: Screen


@dataclass(frozen=True, slots=True)
class Manner:
    """What differs between smtui and the AWS CLI as the caller."""

    from_smtui: bool
    local_host: str = ""
    """Where a forward listens; empty for 127.0.0.1."""
    destination: str = ""
    """Of a forward, `host:port` as it was asked for; empty when unknown."""

    @property
    def farewell_seconds(self) -> float:
        """For the agent to answer when it is told to end the session; smtui also calls TerminateSession."""
        return 0.2 if self.from_smtui else 0.5


class PluginSession:
    """Runs once: `run` connects, passes bytes both ways, and says how it ended."""

    def __init__(
        self,
        channel: ClientChannel,
        address: StreamAddress,
        session_id: str,
        console: Console,
        manner: Manner,
    ) -> None:
        self._channel = channel
        self._address = address
        self._session_id = session_id
        self._console = console
        self._manner = manner
        self._typed_ahead = bytearray()
        self._told_size = (0, 0)
        self._opened = asyncio.Event()
        self._remote_is_there = False
        self._session_type = ""
        self._is_port = False
        self._ends_by_flag = True
        self._command_status: int | None = None
        self._asked: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self._sending: set[asyncio.Task[None]] = set()

    async def run(self) -> Ending:
        """The whole session; afterwards all output is written, or nobody reads it, and the terminal is as before."""
        self._watch_signals()
        with self._console.terminal.raw():
            ending = await self._run()
            for screen in (self._console.screen, self._console.error_screen):
                await screen.flush(_KILLED_FLUSH_SECONDS if ending.killed else _FLUSH_SECONDS)
            return ending

    async def _run(self) -> Ending:
        typing = asyncio.create_task(self._type())
        talking = asyncio.create_task(self._talk(typing))
        watching = asyncio.create_task(self._tell_of_outages())
        try:
            ending = await _first(talking, typing, self._asked)
            if ending.remote_lives and self._channel.connected and self._ends_by_flag:
                answered = await self._channel.terminate(self._manner.farewell_seconds)
                ending = Ending(ending.words, ending.status, not answered, ending.killed)
        finally:
            for task in (talking, typing, watching, *self._sending):
                task.cancel()
            await asyncio.wait([talking, typing, watching])
            await self._channel.close()
        return ending

    async def _talk(self, typing: asyncio.Task[Ending]) -> Ending:
        """From connecting to the service's last word; a port session takes the keyboard away from `typing`."""
        try:
            await self._channel.connect(self._address)
            events = self._channel.events()
            async for event in events:
                match event:
                    case Opened(SessionType.PORT):
                        typing.cancel()
                        return await self._forward(event, events)
                    case Opened():
                        await self._on_opened(event)
                    case Output():
                        await self._show(event)
                    case Closed():
                        return self._closed(event)
        except SessionTimedOut:
            return Ending(words.timed_out(self._session_id), FAILED)
        except ChannelError as failed:
            return Ending(words.cannot_start(str(failed)), FAILED)
        except OutputGone:
            return Ending(status=FAILED, remote_lives=True)
        return Ending(words.cannot_start("the data channel ended without a word"), FAILED)

    async def _forward(self, opened: Opened, events: AsyncIterator[Event]) -> Ending:
        self._is_port = True
        self._ends_by_flag = PortDialect.of(opened.agent_version).ends_by_flag
        # Nobody types: Ctrl-C has to be a signal.
        self._console.terminal.give_back()
        console = self._console
        if not PortProperties.of(opened.properties).listens:
            left = Ending(words.exiting(self._session_id), remote_lives=True)
            stdio = StdioSession(self._channel, console.keyboard, console.screen)
            return await stdio.run(events, bytes(self._typed_ahead), left, self._closed)
        said = console.error_screen if self._manner.from_smtui else console.screen
        manner = PortManner(
            self._session_id,
            self._manner.local_host,
            self._manner.destination,
            self._manner.from_smtui,
            # On a terminal the lines would only be in the way.
            tells_traffic=self._manner.from_smtui and not said.is_terminal,
        )
        return await PortSession(self._channel, opened, manner, said).run(events, self._closed)

    async def _on_opened(self, opened: Opened) -> None:
        self._session_type = opened.session_type
        if opened.customer_message:
            await self._console.screen.write(f"{opened.customer_message}\n".encode())
        if opened.session_type == SessionType.NON_INTERACTIVE_COMMANDS:
            # It may be silent for long; the agent turns Ctrl-C into an interrupt of the command.
            self._remote_is_there = True
        else:
            self._console.terminal.leave_output_alone()
        self._resize()
        self._opened.set()
        typed_ahead = bytes(self._typed_ahead)
        self._typed_ahead.clear()
        await self._channel.send(typed_ahead)

    async def _show(self, output: Output) -> None:
        self._remote_is_there = True
        screen = self._console.screen
        if self._manner.from_smtui:
            if output.kind is PayloadType.EXIT_CODE:
                self._command_status = command_status(output.data)
                return
            if output.kind is PayloadType.STDERR:
                screen = self._console.error_screen
        await screen.write(output.data)

    def _closed(self, closed: Closed) -> Ending:
        if closed.output:
            return Ending(words.closed(self._session_id, closed.output), CLOSED_WITH_ERROR)
        unknown = self._command_status is None and self._session_type == SessionType.NON_INTERACTIVE_COMMANDS
        if unknown and self._manner.from_smtui:
            return Ending(words.status_unknown(self._session_id))
        return Ending(words.exiting(self._session_id), self._command_status or 0)

    async def _type(self) -> Ending:
        """Pass on what is typed; ends when the user leaves, or when standard input ends and that means the end."""
        while data := await self._console.keyboard.read():
            if self._console.terminal.is_there and _CTRL_C in data and self._may_leave():
                return self._left()
            self._on_window_change()  # what was typed after a resize must arrive after it
            await self._send(data)
        return await self._on_end_of_input()

    async def _on_end_of_input(self) -> Ending:
        if self._console.terminal.is_there:
            return by_signal(_HANG_UP)
        await self._opened.wait()
        if self._manner.from_smtui:
            await self._say_end_of_input()
        await self._channel.drained(self._manner.farewell_seconds)
        return Ending(words.cannot_start("EOF"), FAILED, remote_lives=True)

    async def _say_end_of_input(self) -> NoReturn:
        """Say it again and again: each program that reads meets the end of input once, and a terminal that switches

        modes, as between two commands, forgets it.
        """
        pause = 0.25
        while True:
            await self._send(_CTRL_D)
            await asyncio.sleep(pause)
            pause = min(_LONGEST_EOF_PAUSE, pause * 2)

    async def _send(self, data: bytes) -> None:
        if self._opened.is_set():
            await self._channel.send(data)
            return
        self._typed_ahead += data
        if len(self._typed_ahead) >= _MOST_TYPED_AHEAD:
            await self._opened.wait()

    async def _tell_of_outages(self) -> None:
        """A terminal that is mute for a minute looks broken. The official plugin says nothing; ours does for smtui."""
        told = False
        while self._manner.from_smtui and self._console.terminal.is_there:
            await asyncio.sleep(_OUTAGE_LOOKED_FOR)
            lost = self._channel.disconnected_seconds > _LOST_FOR_TOO_LONG
            if lost != told and not self._is_port:
                told = lost
                await self._console.screen.write(_LOST if lost else _BACK)

    def _left(self) -> Ending:
        """The remote may live on: smtui, which ends it then, must not read that it has ended by itself."""
        said = words.terminated if self._manner.from_smtui else words.exiting
        return Ending(said(self._session_id), 128 + signal.SIGINT, remote_lives=True)

    def _may_leave(self) -> bool:
        """Whether Ctrl-C is for us: nobody is there yet, or has not been for a while."""
        return not self._remote_is_there or self._channel.disconnected_seconds > _LOST_FOR_TOO_LONG

    def _resize(self) -> None:
        self._told_size = self._console.terminal.size()
        self._channel.resize(*self._told_size)

    def _watch_signals(self) -> None:
        for name, key in _KEYS_OF_SIGNALS.items():
            _on_signal(name, partial(self._on_key_signal, key))
        for name in _DEADLY_SIGNALS:
            _on_signal(name, partial(self._on_deadly_signal, name))
        _on_signal("SIGWINCH", self._on_window_change)

    def _on_window_change(self) -> None:
        if self._opened.is_set() and self._console.terminal.size() != self._told_size:
            self._resize()

    def _on_deadly_signal(self, name: str) -> None:
        number = getattr(signal, name)
        self._ask(by_signal(number, words.terminated(self._session_id) if self._is_port else ""))

    def _on_key_signal(self, key: bytes) -> None:
        if self._is_port:
            self._ask(Ending(words.terminated(self._session_id), remote_lives=True))
        elif self._may_leave():
            if key != _CTRL_Z:
                self._ask(self._left())
        elif self._opened.is_set():
            task = asyncio.create_task(self._channel.send(key))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    def _ask(self, ending: Ending) -> None:
        if not self._asked.done():
            self._asked.set_result(ending)


async def _first(*endings: asyncio.Future[Ending]) -> Ending:
    """The first ending that comes, cancelled ones apart; of several at once, the first given."""
    while True:
        left = [ending for ending in endings if not ending.cancelled()]
        await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
        for ending in left:
            if ending.done() and not ending.cancelled():
                return ending.result()


def _on_signal(name: str, action: Callable[[], None]) -> None:
    number = getattr(signal, name, None)
    if number is None:
        return
    try:
        asyncio.get_running_loop().add_signal_handler(number, action)
    except NotImplementedError:
        return  # Windows: Ctrl-C raises KeyboardInterrupt, which ends the loop
