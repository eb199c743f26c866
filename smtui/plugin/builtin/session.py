"""Runs one session between the user's side and a data channel: a terminal with a program, or a port forward."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from smtui.channel.client_session import Closed, Event, Opened, Output
from smtui.channel.handshake import SessionType
from smtui.channel.message import PayloadType
from smtui.channel.ports import PortCapabilities, PortProperties
from smtui.channel.transport import ChannelError, SessionTimedOut
from smtui.plugin.builtin import official_words as words
from smtui.plugin.builtin.expected_session import ANY_SESSION, ExpectedSession
from smtui.plugin.builtin.output_stream import OutputGone, OutputStream
from smtui.plugin.builtin.session_ending import (
    CLOSED_WITH_ERROR,
    FAILED,
    Ending,
    by_signal,
    command_status,
    reported_status,
)
from smtui.plugin.builtin.signals import let_through, on_signal
from smtui.plugin.builtin.terminal_input import Keyboard, OwnEscapes, PendingInput, Terminal
from smtui.plugin.escapes import MOST_PENDING

if TYPE_CHECKING:
    from smtui.channel.client import ClientChannel, StreamAddress

_CTRL_C, _CTRL_D, _CTRL_Z, _CTRL_BACKSLASH = b"\x03", b"\x04", b"\x1a", b"\x1c"
_KEYS_OF_SIGNALS = {"SIGINT": _CTRL_C, "SIGQUIT": _CTRL_BACKSLASH, "SIGTSTP": _CTRL_Z}
_HANG_UP = 1
_DEADLY_SIGNALS = ("SIGTERM", "SIGHUP")
_MOST_TYPED_AHEAD = 65_536
_OPENING_SECONDS = 30.0
"""For a session to open if its input has already ended."""
_LONGEST_EOF_PAUSE = 5.0
_FLUSH_SECONDS = 2.0
_KILLED_FLUSH_SECONDS = 0.2
_LOST_FOR_TOO_LONG = 2.0
"""Seconds without a connection after which Ctrl-C leaves instead of being kept for the remote."""
_OUTAGE_LOOKED_FOR = 0.5
_LOST = b"\r\nsmtui: the connection was lost, trying again. Ctrl-C, or ~. after a new line, leaves.\r\n"
_RESUMED = b"smtui: the session is resumed. If no prompt is shown, press Enter.\r\n"
_BACK = b"\r\nsmtui: connected again.\r\n"


@dataclass(frozen=True, slots=True)
class Console:
    """The user's side of the session."""

    terminal: Terminal
    keyboard: Keyboard
    screen: OutputStream
    error_screen: OutputStream


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """What depends on the caller, smtui or the AWS CLI, and on the request."""

    from_smtui: bool
    local_host: str = ""
    """The address that a forward listens on; empty for 127.0.0.1."""
    destination: str = ""
    """`host:port` of a forward as requested; empty if unknown."""
    target: str = ""
    """The node as requested; empty if unknown."""
    expected: ExpectedSession = ANY_SESSION
    serves_program: bool = False
    """Whether a program of smtui's reads both outputs and writes the input: no word of ours may be among them."""

    resumes: bool = False
    """Whether the session goes on that another client opened."""

    @property
    def farewell_seconds(self) -> float:
        """Seconds for the agent to obey the end of the session; shorter under smtui, which calls TerminateSession."""
        return 0.2 if self.from_smtui else 0.5


class PluginSession:
    """One session: `run` connects, passes bytes both ways, and returns how it ended. Call it once."""

    def __init__(
        self,
        channel: ClientChannel,
        address: StreamAddress,
        session_id: str,
        console: Console,
        options: SessionOptions,
    ) -> None:
        self._channel = channel
        self._address = address
        self._session_id = session_id
        self._console = console
        self._options = options
        self._pending = PendingInput()
        relayed = options.from_smtui and console.terminal.is_there
        takes_escapes = console.terminal.is_interactive and not relayed
        self._escapes = OwnEscapes(console.screen, options.target or "the node") if takes_escapes else None
        self._sent_size = (0, 0)
        self._opened = asyncio.Event()
        self._remote_is_there = False
        self._session_type = ""
        self._is_port = False
        self._ends_by_flag = False
        """Agents obey the terminate flag only in port sessions."""
        self._command_status: int | None = None
        self._reported_status: int | None = None
        """What the agent reported: -1 after a signal."""
        self._catching_up: asyncio.Task[None] | None = None
        self._end_requested: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()

    async def run(self) -> Ending:
        """Run the whole session; afterwards the output is written and the terminal is as before."""
        self._watch_signals()
        with self._console.terminal.raw():
            ending = await self._run()
            self._console.screen.put_back(*self._console.terminal.size(), softly_reset=not ending.closed)
            for screen in (self._console.screen, self._console.error_screen):
                await screen.flush(_KILLED_FLUSH_SECONDS if ending.killed else _FLUSH_SECONDS)
            return ending

    async def _run(self) -> Ending:
        typing = asyncio.create_task(self._type())
        talking = asyncio.create_task(self._talk(typing))
        watching = asyncio.create_task(self._escapes.run() if self._escapes else self._note_outages())
        try:
            ending = await _first(talking, typing, self._end_requested)
            if self._ends_by_flag and not self._channel.closed:
                await self._channel.terminate(self._options.farewell_seconds)
            return replace(ending, closed=self._channel.closed)
        finally:
            tasks = [talking, typing, watching, *([self._catching_up] if self._catching_up is not None else [])]
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            await self._channel.close()

    async def _talk(self, typing: asyncio.Task[Ending]) -> Ending:
        """Connect and handle events until the service closes; a port session takes the keyboard from `typing`."""
        try:
            await self._connect()
            events = self._channel.events()
            async for event in events:
                if isinstance(event, Opened):
                    self._refuse_unexpected(event)
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
            return Ending(status=FAILED, unread=True)
        return Ending(words.cannot_start("the data channel ended without a word"), FAILED)

    async def _connect(self) -> None:
        await self._channel.connect(self._address)
        if not self._options.resumes:
            return
        # Only shells are resumed. One that waits for input shows nothing until a key is typed.
        opened = Opened(SessionType.STANDARD_STREAM)
        self._refuse_unexpected(opened)
        self._channel.take_over(*self._console.terminal.size())
        self._remote_is_there = True
        await self._console.screen.write(_RESUMED)
        await self._on_opened(opened)
        self._catching_up = asyncio.create_task(self._catch_up())

    async def _catch_up(self) -> None:
        try:
            await self._channel.caught_up()
        except ChannelError as failed:
            self._request_end(Ending(words.cannot_start(str(failed)), FAILED))

    def _refuse_unexpected(self, opened: Opened) -> None:
        objection = self._options.expected.objection(opened)
        if objection:
            raise ChannelError(words.not_asked_for(objection))

    async def _forward(self, opened: Opened, events: AsyncIterator[Event]) -> Ending:
        from smtui.plugin.builtin.port_session import PortOptions, PortSession, StdioSession  # a shell needs none

        self._is_port = True
        self._ends_by_flag = PortCapabilities.of(opened.agent_version).ends_by_flag
        # Nobody types here: Ctrl-C has to be a signal.
        self._console.terminal.give_back()
        console = self._console
        if not PortProperties.of(opened.properties).listens:
            left = Ending(self._left_words())
            stdio = StdioSession(self._channel, console.keyboard, console.screen)
            return await stdio.run(events, self._pending.take(), left, self._closed)
        said = console.error_screen if self._options.from_smtui else console.screen
        options = PortOptions(
            self._session_id,
            self._options.local_host,
            self._options.destination,
            self._options.from_smtui,
            # On a terminal the lines would only disturb.
            tells_traffic=self._options.from_smtui and not said.is_terminal,
        )
        return await PortSession(self._channel, opened, options, said).run(events, self._closed)

    async def _on_opened(self, opened: Opened) -> None:
        self._session_type = opened.session_type
        if opened.customer_message:
            # If a program reads the output, it gets only the remote program's output.
            to_program = self._options.from_smtui and not self._console.screen.is_terminal
            screen = self._console.error_screen if to_program else self._console.screen
            if self._options.serves_program:
                words.say(words.from_agent(opened.customer_message), on_stderr=True)
            else:
                await screen.say(words.from_agent(opened.customer_message))
        if opened.session_type == SessionType.NON_INTERACTIVE_COMMANDS:
            # It may write nothing for long; the agent turns Ctrl-C into an interrupt of the command.
            self._remote_is_there = True
        else:
            self._console.terminal.leave_output_alone()
        self._resize()
        self._opened.set()

    async def _show(self, output: Output) -> None:
        self._remote_is_there = True
        screen = self._console.screen
        if self._options.from_smtui:
            if output.kind is PayloadType.EXIT_CODE:
                self._reported_status = reported_status(output.data)
                self._command_status = command_status(output.data)
                return
            if output.kind is PayloadType.STDERR:
                screen = self._console.error_screen
        if self._escapes is not None:
            self._escapes.answered()
        await screen.write(output.data)

    def _closed(self, closed: Closed) -> Ending:
        if closed.output:
            return Ending(words.closed(self._session_id, closed.output), CLOSED_WITH_ERROR)
        unknown = self._command_status is None and self._session_type == SessionType.NON_INTERACTIVE_COMMANDS
        if unknown and self._options.from_smtui:
            return Ending(words.status_unknown(self._session_id))
        said = words.exiting(self._session_id)
        if self._options.serves_program and self._reported_status is not None:
            said = f"{words.exit_code(self._reported_status)}{said}"
        return Ending(said, self._command_status or 0)

    async def _type(self) -> Ending:
        """Pass typed bytes on until the user leaves, or standard input ends."""
        passing = asyncio.create_task(self._pass_on())
        try:
            # An escape that ends the session must not wait behind keys that the session does not take.
            most = MOST_PENDING if self._console.terminal.is_interactive else _MOST_TYPED_AHEAD
            while data := await self._console.keyboard.read():
                if self._escapes is not None:
                    data = self._escapes.typed(data)
                    if self._escapes.end_requested:
                        return self._left()
                if self._console.terminal.is_there and _CTRL_C in data and self._may_leave():
                    return self._left()
                self._on_window_change()  # keys typed after a resize must arrive after it
                self._pending.add(data)
                await self._pending.until_pending(most)
            return await self._on_end_of_input()
        finally:
            passing.cancel()

    async def _pass_on(self) -> None:
        await self._opened.wait()
        await self._pending.pass_on(self._channel.send)

    async def _on_end_of_input(self) -> Ending:
        # What was read before a port session opens is sent, and what the far end answers is still awaited.
        is_port = self._options.expected.is_port
        if self._console.terminal.is_there or (self._options.serves_program and not is_port):
            return by_signal(_HANG_UP)
        if self._options.from_smtui:
            await self._opened.wait()
            await self._repeat_end_of_input()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_OPENING_SECONDS):
                await self._opened.wait()
                await self._pending.until_pending(0)
        await self._channel.drained(self._options.farewell_seconds)
        return Ending(words.cannot_start("EOF"), FAILED)

    async def _repeat_end_of_input(self) -> NoReturn:
        """Send Ctrl-D again and again, until cancelled.

        Each program that reads needs one, and a terminal that changes modes between two commands drops it.
        """
        pause = 0.25
        while True:
            self._pending.add(_CTRL_D)
            await asyncio.sleep(pause)
            pause = min(_LONGEST_EOF_PAUSE, pause * 2)

    async def _note_outages(self) -> None:
        """Print when the connection is lost and back; without that a terminal looks broken. Only for smtui."""
        noted = False
        while self._options.from_smtui and self._console.terminal.is_there:
            await asyncio.sleep(_OUTAGE_LOOKED_FOR)
            lost = self._channel.disconnected_seconds > _LOST_FOR_TOO_LONG
            if lost != noted and not self._is_port:
                noted = lost
                await self._console.screen.write(_LOST if lost else _BACK)

    def _left(self) -> Ending:
        return Ending(self._left_words(), 128 + signal.SIGINT)

    def _left_words(self) -> str:
        """Return the farewell for a user who leaves. smtui, which then ends the session, must not read a normal end."""
        said = words.terminated if self._options.from_smtui else words.exiting
        return said(self._session_id)

    def _may_leave(self) -> bool:
        """Tell whether Ctrl-C is for us: the far end has not answered yet, or the connection is lost."""
        return not self._remote_is_there or self._channel.disconnected_seconds > _LOST_FOR_TOO_LONG

    def _resize(self) -> None:
        self._sent_size = self._console.terminal.size()
        self._channel.resize(*self._sent_size)

    def _watch_signals(self) -> None:
        for name, key in _KEYS_OF_SIGNALS.items():
            on_signal(name, partial(self._on_key_signal, key))
        for name in _DEADLY_SIGNALS:
            on_signal(name, partial(self._on_deadly_signal, name))
        on_signal("SIGWINCH", self._on_window_change)
        let_through()

    def _on_window_change(self) -> None:
        if self._opened.is_set() and self._console.terminal.size() != self._sent_size:
            self._resize()

    def _on_deadly_signal(self, name: str) -> None:
        number = getattr(signal, name)
        self._request_end(by_signal(number, words.terminated(self._session_id) if self._is_port else ""))

    def _on_key_signal(self, key: bytes) -> None:
        if self._is_port:
            self._request_end(Ending(words.terminated(self._session_id)))
        elif self._may_leave():
            if key != _CTRL_Z:
                self._request_end(self._left())
        else:
            self._pending.add(key)

    def _request_end(self, ending: Ending) -> None:
        if not self._end_requested.done():
            self._end_requested.set_result(ending)


async def _first(*endings: asyncio.Future[Ending]) -> Ending:
    """Wait for the first ending that is not cancelled; of several at once return the first given."""
    while True:
        left = [ending for ending in endings if not ending.cancelled()]
        await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
        for ending in left:
            if ending.done() and not ending.cancelled():
                return ending.result()
