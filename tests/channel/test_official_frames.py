"""Our two ends against each other, frame by frame as the official ones were recorded.

Agent 3.3.987.0, plugin 1.2.677.0. Acknowledgements, which come when they come, are looked at apart.
"""

from __future__ import annotations

import asyncio

from smtui.channel.client import ClientChannel, StreamAddress
from smtui.channel.client_session import Closed, Flagged, Opened, Output
from smtui.channel.handshake import SessionType
from smtui.channel.message import Message, MessageType, PayloadType, decode
from smtui.channel.payloads import SessionFlag, acknowledged_sequence
from smtui.channel.ports import MultiplexedForwarding, PortCapabilities, PortProperties
from smtui.channel.transport import ByteStream, Connection, ConnectionLost
from smtui.demo.far_end.agent import ProgramMessage, RemoteProgram
from smtui.demo.far_end.far_end import FarEnd
from smtui.demo.far_end.far_end_settings import FarEndSettings
from smtui.demo.far_end.node_services import connected
from smtui.demo.far_end.port_agent import port_program
from tests.channel.wires import ScriptedProgram

FORWARD = {"localPortNumber": "40713", "portNumber": "32957", "type": "LocalPortForwarding"}
CLIENT, AGENT = MessageType.INPUT_STREAM_DATA, MessageType.OUTPUT_STREAM_DATA
RESPONSE = (
    '{"ClientVersion":"1.2.677.0","ProcessedClientActions":[{"ActionType":"SessionType","ActionStatus":1,'
    '"ActionResult":null,"Error":""}],"Errors":null}'
)


class Tapped:
    """Both ends of a websocket, and what went over it in order."""

    def __init__(self, log: list[Message]) -> None:
        self.log = log
        self.to_client: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.to_agent: asyncio.Queue[bytes | None] = asyncio.Queue()

    def ends(self) -> tuple[Tap, Tap]:
        return Tap(self, self.to_agent, self.to_client), Tap(self, self.to_client, self.to_agent)


class Tap:
    def __init__(self, wire: Tapped, out: asyncio.Queue[bytes | None], into: asyncio.Queue[bytes | None]) -> None:
        self._wire, self._out, self._into = wire, out, into

    async def send(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            self._wire.log.append(decode(frame))
            self._out.put_nowait(frame)

    async def receive(self) -> bytes:
        frame = await self._into.get()
        if frame is None:
            raise ConnectionLost
        return frame

    def receive_waiting(self) -> bytes | None:
        return None

    def hang_up(self) -> None:
        self._out.put_nowait(None)
        self._into.put_nowait(None)

    abort = hang_up


async def start(far_end: FarEnd) -> tuple[ClientChannel, list[Message], list[asyncio.Task[object]]]:
    log: list[Message] = []
    near, far = Tapped(log).ends()

    async def dial(_: str) -> Connection:
        return near

    async def resume() -> StreamAddress | None:
        return None

    channel = ClientChannel(dial, resume, client_version="1.2.677.0")
    tasks: list[asyncio.Task[object]] = [
        asyncio.create_task(far_end.run()),
        asyncio.create_task(far_end.attach(far)),
    ]
    await channel.connect(StreamAddress("ws://127.0.0.1/", "t"))
    return channel, log, tasks


def summary(log: list[Message]) -> list[tuple[str, int, int, bytes]]:
    """The stream messages: who, kind, sequence, payload (the handshake's agent side apart, it holds a duration)."""
    return [
        (m.type, m.payload_type, m.sequence, b"" if m.payload_type in (5, 7) else m.payload)
        for m in log
        if m.type in (CLIENT, AGENT)
    ]


async def test_a_refused_connection_and_ctrl_c() -> None:
    async def refuse(*_: object) -> ByteStream:
        raise ConnectionRefusedError

    async def program(client: str) -> RemoteProgram:
        return await port_program(PortProperties.of(FORWARD), refuse, "3.3.987.0", client)

    settings = FarEndSettings(handshake=True, session_type=SessionType.PORT, properties=FORWARD)
    channel, log, tasks = await start(FarEnd("s-1", "i-1", program, settings=settings))
    events = channel.events()
    opened = await anext(events)
    assert opened == Opened("Port", "3.3.987.0", "", FORWARD)
    before = len([m for m in log if m.type == AGENT])

    forward = MultiplexedForwarding(channel, PortCapabilities.of("3.3.987.0"))
    _, local = connected()
    carrying = asyncio.create_task(forward.carry(local))
    assert await anext(events) == Flagged(SessionFlag.CONNECT_TO_PORT_ERROR)
    output = await anext(events)
    assert isinstance(output, Output)
    await forward.receive(output.data)
    await carrying
    ending = asyncio.create_task(channel.terminate(5))
    assert [event async for event in events] == [Closed("")]
    await ending
    await channel.close()
    await asyncio.wait(tasks)

    fin = bytes.fromhex("0101000003000000")
    assert summary(log) == [
        (AGENT, 5, 0, b""),
        (CLIENT, 6, 0, RESPONSE.encode()),
        (AGENT, 7, 1, b""),
        (CLIENT, 1, 1, bytes.fromhex("0100000003000000")),
        (AGENT, 10, 2, bytes.fromhex("00000003")),
        (AGENT, 1, 3, fin),
        (CLIENT, 1, 2, fin),
        (CLIENT, 10, 3, bytes.fromhex("00000002")),
    ]
    assert before == 2, "nothing of the agent's own between the handshake and the client's first frame"
    sent = [m for m in log if m.type in (CLIENT, AGENT)]
    assert {acknowledged_sequence(m.payload) for m in log if m.type == MessageType.ACKNOWLEDGE} >= {0, 1, 2, 3}
    complete = log.index(sent[2])
    acknowledged = [m for m in log[:complete] if m.type == MessageType.ACKNOWLEDGE]
    assert len(acknowledged) == 2, "the response is acknowledged before the handshake is complete"


async def test_a_command_with_separate_streams() -> None:
    program = ScriptedProgram()
    for said in (
        ProgramMessage(PayloadType.STDERR, b"err1\n"),
        b"out1\n",
        b"out2\n",
        ProgramMessage(PayloadType.EXIT_CODE, b"EXIT_CODE: 7"),
        b"",
    ):
        program.say(said)
    settings = FarEndSettings(handshake=True, session_type=SessionType.NON_INTERACTIVE_COMMANDS)
    channel, log, tasks = await start(FarEnd("s-1", "i-1", program.start, settings=settings))
    events = channel.events()
    assert await anext(events) == Opened("NonInteractiveCommands", "3.3.987.0")
    channel.resize(300, 100)
    rest = [event async for event in events]
    await channel.close()
    await asyncio.wait(tasks)
    assert rest == [
        Output(PayloadType.STDERR, b"err1\n"),
        Output(PayloadType.OUTPUT, b"out1\n"),
        Output(PayloadType.OUTPUT, b"out2\n"),
        Output(PayloadType.EXIT_CODE, b"EXIT_CODE: 7"),
        Closed(""),
    ]
    request, *others = [m for m in log if m.type == AGENT]
    assert request.payload == (
        b'{"AgentVersion":"3.3.987.0","RequestedClientActions":[{"ActionType":"SessionType","ActionParameters":'
        b'{"SessionType":"NonInteractiveCommands","Properties":null}}]}'
    )
    assert [(m.payload_type, m.payload) for m in others[1:]] == [
        (11, b"err1\n"), (1, b"out1\n"), (1, b"out2\n"), (12, b"EXIT_CODE: 7"),
    ]  # fmt: skip
    assert [(m.payload_type, m.payload) for m in log if m.type == CLIENT] == [
        (6, RESPONSE.encode()), (3, b'{"cols":300,"rows":100}'),
    ]  # fmt: skip
