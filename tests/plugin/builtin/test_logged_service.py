"""What the plugin's log holds of a session, and what it must never hold."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from smtui.channel.client import StreamAddress
from smtui.channel.encryption import DataKey
from smtui.channel.handshake import HandshakeRequest, KeyRequest, SessionType
from smtui.channel.message import Message, MessageType, PayloadType
from smtui.channel.payloads import SessionFlag, acknowledge, channel_closed, flag
from smtui.channel.transport import CannotConnect, ChannelError, Connection, ConnectionLost
from smtui.plugin.builtin.expected_session import ExpectedSession
from smtui.plugin.builtin.invocation import Invocation
from smtui.plugin.builtin.log_lines import FrameFacts
from smtui.plugin.builtin.logged_service import LoggedConnection, LoggedService, beginning
from tests.plugin.builtin.service import SESSION, TOKEN, Service
from tests.plugin.builtin.test_on_a_terminal import at_prompt, status_at_end
from tests.plugin.builtin.test_on_pipes import run

SECRET = "tops3cret"
ARN = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd"


class Noted:
    """A log that keeps what it is given."""

    def __init__(self) -> None:
        self.entries: list[str | FrameFacts] = []

    def note(self, text: str) -> None:
        self.entries.append(text)

    def frame(self, facts: FrameFacts) -> None:
        self.entries.append(facts)

    @property
    def texts(self) -> list[str]:
        return [entry for entry in self.entries if isinstance(entry, str)]


class Wire:
    """A connection that brings what a test lays out."""

    def __init__(self, *frames: bytes, end: Exception | None = None) -> None:
        self._frames = list(frames)
        self._end = end or ConnectionLost(1000, "Bye")
        self.sent: list[str | bytes] = []

    async def send(self, frame: str | bytes) -> None:
        self.sent.append(frame)

    async def receive(self) -> bytes:
        if self._frames:
            return self._frames.pop(0)
        raise self._end

    def receive_waiting(self) -> bytes | None:
        return self._frames.pop(0) if self._frames else None

    def hang_up(self) -> None: ...

    def abort(self) -> None: ...


def output(sequence: int, payload: bytes, kind: int = PayloadType.OUTPUT) -> Message:
    return Message(MessageType.OUTPUT_STREAM_DATA, payload, payload_type=kind, sequence=sequence)


def logged(*frames: bytes, end: Exception | None = None) -> tuple[LoggedConnection, Noted, Wire]:
    log, wire = Noted(), Wire(*frames, end=end)
    return LoggedConnection(wire, log), log, wire  # type: ignore[arg-type]


async def seen(message: Message) -> str | FrameFacts:
    connection, log, _ = logged(message.encode())
    await connection.receive()
    (entry,) = log.entries
    return entry


@pytest.mark.parametrize(
    ("message", "entry"),
    [
        (output(3, b"four"), FrameFacts(False, "output", 3, 4)),
        (output(4, b"oops", PayloadType.STDERR), FrameFacts(False, "stderr", 4, 4)),
        (output(5, b"", 77), FrameFacts(False, "payload 77", 5, 0)),
        (output(6, flag(SessionFlag.CONNECT_TO_PORT_ERROR), PayloadType.FLAG),
         FrameFacts(False, "flag ConnectToPortError", 6, 4)),
        (output(7, b"\0\0\0\x09", PayloadType.FLAG), FrameFacts(False, "flag 9", 7, 4)),
        (output(8, b"xx", PayloadType.FLAG), FrameFacts(False, "frame that cannot be read", size=122)),
        (acknowledge(output(9, b"")), FrameFacts(False, "acknowledge", 9, acknowledges=True)),
        (Message("pause_publication", b"{}"), FrameFacts(False, "pause_publication", size=2)),
        (Message(SECRET, b"{}"), FrameFacts(False, "message of an unknown type", size=2)),
        (channel_closed("s-1", "d", "now"), "< channel closed by the service, no message"),
        (channel_closed("s-1", "d", "now", SECRET), "< channel closed by the service, with a message of 9 bytes"),
    ],
)  # fmt: skip
async def test_a_message_is_logged_by_kind_number_and_size(message: Message, entry: str | FrameFacts) -> None:
    assert await seen(message) == entry


async def test_a_handshake_names_the_agent_and_what_it_asks_for() -> None:
    request = HandshakeRequest.for_session("3.3.987.0", SessionType.PORT, {"host": SECRET}, key=KeyRequest(ARN, SECRET))
    entry = await seen(output(0, request.encode(), PayloadType.HANDSHAKE_REQUEST))
    assert isinstance(entry, FrameFacts)
    assert entry.kind == "handshake request (agent 3.3.987.0, Port; SessionType, KMSEncryption)"


@pytest.mark.parametrize(
    "frame",
    [b"", SECRET.encode(), SECRET.encode() * 50, output(0, b"x").encode() + b"y"],
    ids=["empty", "short", "long", "one byte more"],  # a frame holds the time, and every worker needs the same names
)
async def test_a_frame_that_cannot_be_read_is_passed_on_and_not_quoted(frame: bytes) -> None:
    connection, log, _ = logged(frame)
    assert await connection.receive() == frame
    assert log.entries == [FrameFacts(False, "frame that cannot be read", size=len(frame))]


async def test_what_is_sent_is_logged_without_the_token_and_passed_on() -> None:
    connection, log, wire = logged()
    typed = Message(MessageType.INPUT_STREAM_DATA, SECRET.encode(), payload_type=PayloadType.OUTPUT, sequence=2)
    await connection.send(json.dumps({"TokenValue": SECRET}))
    await connection.send(typed.encode())
    assert log.entries == ["> open data channel, with the token", FrameFacts(True, "input", 2, 9)]
    assert len(wire.sent) == 2


async def test_the_end_of_a_connection_is_logged_once_with_its_reason() -> None:
    connection, log, _ = logged()
    with pytest.raises(ConnectionLost):
        await connection.receive()
    connection.hang_up()
    (text,) = log.texts
    assert text.startswith("connection over after 0.")
    assert text.endswith(": the connection was closed (1000: Bye)")


async def test_who_ends_a_connection_is_logged() -> None:
    for way, why in (("hang_up", "closed by this side"), ("abort", "aborted by this side")):
        connection, log, _ = logged()
        getattr(connection, way)()
        assert log.texts[0].endswith(why)


async def test_a_message_that_is_too_large_is_logged_as_the_end() -> None:
    connection, log, _ = logged(end=ChannelError("the service sent a message of more than 262144 bytes"))
    with pytest.raises(ChannelError):
        await connection.receive()
    assert "more than 262144 bytes" in log.texts[0]


class Aws:
    """A service that answers as a test says."""

    def __init__(self, *, address: StreamAddress | None = None, fails: Exception | None = None) -> None:
        self.address = address
        self.fails = fails

    async def prepare(self, *_: object, **__: object) -> None: ...

    async def dial(self, url: str) -> Connection:
        if self.fails:
            raise self.fails
        return Wire()

    async def resume(self) -> StreamAddress | None:
        return self.address

    async def terminate(self) -> str:
        return "AccessDeniedException"

    async def generate_data_key(self, key_id: str, context: Mapping[str, str]) -> DataKey:
        return DataKey(SECRET.encode(), SECRET.encode())


async def test_calls_are_logged_with_what_came_of_them_and_without_secrets() -> None:
    log = Noted()
    service = LoggedService(Aws(address=StreamAddress(f"wss://h/?cell={SECRET}", SECRET)), log)  # type: ignore[arg-type]
    assert isinstance(await service.dial(f"wss://host.example/{SECRET}?x={SECRET}"), LoggedConnection)
    assert await service.resume()
    await service.generate_data_key(ARN, {"aws:ssm:RandomChallenge": SECRET})
    assert await service.terminate()
    said = "\n".join(log.texts)
    assert SECRET not in said
    assert "123456789012" not in said, "the key's id is enough"
    for words in (
        "connection to host.example is open after 0.",
        "ssm:ResumeSession answered",
        "a new token came",
        "kms:GenerateDataKey with 1234abcd made a key",
        "ssm:TerminateSession failed: AccessDeniedException",
    ):
        assert words in said


async def test_a_call_that_fails_is_logged_with_the_reason_and_fails() -> None:
    log = Noted()
    with pytest.raises(CannotConnect):
        await LoggedService(Aws(fails=CannotConnect("no route")), log).dial("wss://h/")  # type: ignore[arg-type]
    assert log.texts[-1].endswith(": no route")
    assert await LoggedService(Aws(), log).resume() is None  # type: ignore[arg-type]
    assert log.texts[-1] == "the session cannot be resumed: it has ended"


async def test_a_call_that_is_given_up_is_given_up() -> None:
    class Hanging(Aws):
        async def resume(self) -> StreamAddress | None:
            await asyncio.Event().wait()
            return None

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await LoggedService(Hanging(), Noted()).resume()  # type: ignore[arg-type]


def test_the_first_line_names_the_programs_and_the_request() -> None:
    expected = ExpectedSession("AWS-StartInteractiveCommand", {"command": SECRET})
    request = Invocation("s-1", "wss://h/", SECRET, "eu-west-1", target="i-1", expected=expected)
    said = beginning(request, from_smtui=True, resumes=False)
    assert said.endswith("started by smtui; Region eu-west-1, target i-1, document AWS-StartInteractiveCommand")
    assert SECRET not in said


# The whole program --------------------------------------------------------------------------------


def test_a_whole_session_is_logged_and_nothing_secret_is(far: Service, tmp_path: Path) -> None:
    path = tmp_path / "log"
    done = run(far, f"echo {SECRET} | rev\n".encode(), from_smtui=True, SMTUI_PLUGIN_LOG=str(path))
    assert done.returncode == 0
    assert b"terc3spot" in done.stdout
    text = path.read_text("utf-8")
    assert all(f" {SESSION} +" in line for line in text.splitlines())
    for words in ("> open data channel", "< output #0", "> acknowledge #0", "> input #1", "closed by the service",
                  "ended with status 0", "in all: sent "):  # fmt: skip
        assert words in text
    for secret in (SECRET, SECRET[::-1], TOKEN, "AKIDEXAMPLE", "wJalrXUtnFEMI"):
        assert secret not in text


def test_a_cut_and_its_resume_are_logged_in_order(far: Service, tmp_path: Path) -> None:
    path = tmp_path / "log"
    with at_prompt(far, SMTUI_PLUGIN_LOG=str(path)) as plugin:
        far.server.drop_now(SESSION)
        far.book.wait_for("disconnected")
        plugin.send("exit\r")
        assert status_at_end(plugin) == 0
    steps = (
        "connection to 127.0.0.1 is open",
        "> open data channel",
        "connection over after",
        "ssm:ResumeSession answered",
        "connection to 127.0.0.1 is open",
        "> open data channel",
        "channel closed by the service",
        "ended with status 0",
    )
    rest = path.read_text("utf-8")
    for step in steps:
        assert step in rest, step
        rest = rest.partition(step)[2]


def test_a_log_that_cannot_be_written_changes_nothing_but_a_sentence(far: Service, tmp_path: Path) -> None:
    done = run(far, b"echo $((6*7))\n", from_smtui=True, SMTUI_PLUGIN_LOG=str(tmp_path / "no" / "log"))
    assert done.returncode == 0
    assert b"42\r\n" in done.stdout
    assert b"could not be written: No such file or directory." in done.stderr


def test_without_a_log_nothing_of_it_is_imported() -> None:
    code = (
        "import sys; import smtui.plugin.builtin.run, smtui.plugin.builtin.invocation; "
        "print([name for name in sys.modules if 'log_lines' in name or 'plugin_log' in name or 'logged' in name])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"
