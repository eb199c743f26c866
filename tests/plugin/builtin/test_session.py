"""The plugin's session with a far end that a test scripts message by message: output kinds and exit statuses."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from smtui.channel.client import ClientChannel, StreamAddress
from smtui.channel.handshake import HandshakeComplete, HandshakeRequest, SessionType
from smtui.channel.message import Message, MessageType, PayloadType
from smtui.channel.payloads import channel_closed
from smtui.channel.transport import Connection, ConnectionLost
from smtui.plugin.builtin.expected_session import ANY_SESSION, ExpectedSession
from smtui.plugin.builtin.output_stream import OutputStream
from smtui.plugin.builtin.session import Console, PluginSession, SessionOptions
from smtui.plugin.builtin.session_ending import Ending
from smtui.plugin.builtin.terminal_input import Terminal

COMMAND = HandshakeRequest.for_session("3.3.987.0", SessionType.NON_INTERACTIVE_COMMANDS).encode()
FOR_COMMAND = ExpectedSession("AWS-StartNonInteractiveCommand")
ENDED = "\n\nExiting session with sessionId: s-1.\n\n"


class Script:
    """A connection on which messages come in order, then nothing."""

    def __init__(self, *payloads: tuple[PayloadType, bytes], closing: str | None = "") -> None:
        self.frames = [
            Message(MessageType.OUTPUT_STREAM_DATA, payload, kind, sequence).encode()
            for sequence, (kind, payload) in enumerate(payloads)
        ]
        if closing is not None:
            self.frames.append(channel_closed("s-1", "i-1", "2026-11-22T05:19:52.000Z", closing).encode())

    async def send(self, frame: str | bytes) -> None:
        pass

    async def receive(self) -> bytes:
        if not self.frames:
            raise ConnectionLost
        return self.frames.pop(0)

    def receive_waiting(self) -> bytes | None:
        return self.frames.pop(0) if self.frames else None

    def hang_up(self) -> None:
        pass

    def abort(self) -> None:
        pass


class SilentKeyboard:
    async def read(self) -> bytes:
        await asyncio.Event().wait()
        return b""


@dataclass
class Pipes:
    out: tuple[int, int]
    error: tuple[int, int]
    null: int


@pytest.fixture
def pipes() -> Iterator[Pipes]:
    made = Pipes(os.pipe(), os.pipe(), os.open(os.devnull, os.O_RDONLY))
    yield made
    for descriptor in (*made.out, *made.error, made.null):
        os.close(descriptor)


async def play(
    script: Script, pipes: Pipes, *, from_smtui: bool, expected: ExpectedSession = ANY_SESSION
) -> tuple[Ending, bytes, bytes]:
    """How it ended, and what came on stdout and stderr."""

    async def dial(_: str) -> Connection:
        return script

    async def resume() -> StreamAddress | None:
        return None

    channel = ClientChannel(dial, resume, client_version="1.2.896.0")
    console = Console(
        Terminal(pipes.null, pipes.null), SilentKeyboard(), OutputStream(pipes.out[1]), OutputStream(pipes.error[1])
    )
    session = PluginSession(
        channel, StreamAddress("ws://127.0.0.1/", "t"), "s-1", console, SessionOptions(from_smtui, expected=expected)
    )
    ending = await session.run()
    for _, writing in (pipes.out, pipes.error):
        os.write(writing, b".")
    return ending, os.read(pipes.out[0], 4096)[:-1], os.read(pipes.error[0], 4096)[:-1]


COMMAND_OUTPUT = (
    (PayloadType.HANDSHAKE_REQUEST, COMMAND),
    (PayloadType.HANDSHAKE_COMPLETE, HandshakeComplete(1).encode()),
    (PayloadType.STDERR, b"err1\n"),
    (PayloadType.OUTPUT, b"out1\n"),
    (PayloadType.EXIT_CODE, b"EXIT_CODE: 7"),
)


async def test_for_smtui_the_streams_stay_apart_and_the_status_is_the_commands(pipes: Pipes) -> None:
    ending, out, error = await play(Script(*COMMAND_OUTPUT), pipes, from_smtui=True, expected=FOR_COMMAND)
    assert (ending, out, error) == (Ending(ENDED, 7, closed=True), b"out1\n", b"err1\n")


async def test_for_the_aws_cli_everything_is_on_stdout_as_the_official_plugin_has_it(pipes: Pipes) -> None:
    ending, out, error = await play(Script(*COMMAND_OUTPUT), pipes, from_smtui=False, expected=FOR_COMMAND)
    assert (ending, out, error) == (Ending(ENDED, closed=True), b"err1\nout1\nEXIT_CODE: 7", b"")


@pytest.mark.parametrize("from_smtui", [True, False])
async def test_the_agents_message_for_the_customer_comes_first(pipes: Pipes, from_smtui: bool) -> None:
    """smtui keeps it out of what another program may read; the official plugin has it on stdout."""
    complete = HandshakeComplete(1, "This session is encrypted using AWS KMS.").encode()
    script = Script((PayloadType.HANDSHAKE_COMPLETE, complete), (PayloadType.OUTPUT, b"$ "))
    _, out, error = await play(script, pipes, from_smtui=from_smtui)
    message = b"This session is encrypted using AWS KMS.\n"
    assert (out, error) == ((b"$ ", message) if from_smtui else (message + b"$ ", b""))


async def test_a_channel_closed_with_words_is_a_failure(pipes: Pipes) -> None:
    ending, _, _ = await play(Script(closing="timed out due to inactivity"), pipes, from_smtui=True)
    assert ending == Ending("\n\nSessionId: s-1 : timed out due to inactivity\n\n", 1, closed=True)


async def test_a_session_that_cannot_be_resumed_timed_out(pipes: Pipes) -> None:
    ending, _, _ = await play(Script(closing=None), pipes, from_smtui=True)
    assert ending == Ending("Session: s-1 timed out.\n", 255)
