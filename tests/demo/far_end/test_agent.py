"""The simulated agent: what it takes, and what it leaves unacknowledged."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from smtui.channel.handshake import HandshakeResponse
from smtui.channel.message import Message, MessageType, PayloadType, new_id
from smtui.channel.payloads import acknowledge, acknowledged_sequence, publication, session_state, size
from smtui.demo.far_end.agent import Agent, CannotRun, RemoteProgram
from smtui.demo.far_end.far_end_settings import FarEndSettings
from tests.channel.wires import ScriptedProgram


class Wire:
    """An agent that runs, and what it has sent."""

    def __init__(self, settings: FarEndSettings) -> None:
        self.program = ScriptedProgram()
        self.sent: list[Message] = []
        self.changed = asyncio.Event()
        self.started = asyncio.Event()
        self.started.set()
        self.agent = Agent("s-1", self._start, settings, self._take)
        self.life = asyncio.create_task(self.agent.run())

    async def _start(self, _: str) -> RemoteProgram:
        await self.started.wait()
        return self.program

    def _take(self, message: Message) -> None:
        self.sent.append(message)
        self.changed.set()

    def types(self) -> list[str]:
        return [message.type for message in self.sent]

    async def until(self, message_type: str, count: int = 1) -> Message:
        async with asyncio.timeout(60):
            while self.types().count(message_type) < count:
                self.changed.clear()
                await self.changed.wait()
        return [message for message in self.sent if message.type == message_type][count - 1]

    async def stop(self) -> None:
        self.agent.end()
        await self.life


def typed(sequence: int, kind: int, payload: bytes) -> Message:
    return Message(MessageType.INPUT_STREAM_DATA, payload, kind, sequence)


async def test_a_normal_end_in_order() -> None:
    wire = Wire(FarEndSettings(acknowledge_delay=0))
    wire.program.say(b"bye")
    wire.program.exit()
    output = await wire.until("output_stream_data")
    assert wire.types() == ["agent_session_state", "output_stream_data"], "it waits for the acknowledgement"
    wire.agent.receive(acknowledge(output))
    assert await wire.life == ""
    assert [session_state(message.payload) for message in wire.sent if message.type == "agent_session_state"] == [
        "Connected",
        "Terminating",
    ]
    assert wire.program.closed


async def test_output_that_is_never_acknowledged_delays_the_end_only_so_long() -> None:
    wire = Wire(FarEndSettings(drain=0.05))
    wire.program.say(b"bye")
    wire.program.exit()
    assert await wire.life == ""


async def test_a_forced_end_is_not_announced() -> None:
    wire = Wire(FarEndSettings())
    await wire.until("agent_session_state")
    await wire.stop()
    assert wire.types() == ["agent_session_state"]
    assert wire.program.closed


async def test_old_input_is_acknowledged_again_unless_that_is_unwanted() -> None:
    for acknowledges, count in ((True, 2), (False, 1)):
        wire = Wire(FarEndSettings(acknowledge_delay=0, acknowledges_old=acknowledges))
        wire.agent.receive(typed(0, PayloadType.OUTPUT, b"a"))
        wire.agent.receive(typed(0, PayloadType.OUTPUT, b"a"))
        wire.agent.receive(typed(1, PayloadType.OUTPUT, b"b"))
        await wire.until("acknowledge", count + 1)
        sequences = [acknowledged_sequence(m.payload) for m in wire.sent if m.type == "acknowledge"]
        assert sequences == [0] * count + [1]
        await wire.program.until_typed(b"ab")
        await wire.stop()


async def test_early_input_is_acknowledged_whatever_happens_to_old_input() -> None:
    wire = Wire(FarEndSettings(acknowledge_delay=0, acknowledges_old=False))
    wire.agent.receive(typed(1, PayloadType.OUTPUT, b"b"))
    assert acknowledged_sequence((await wire.until("acknowledge")).payload) == 1
    wire.agent.receive(typed(0, PayloadType.OUTPUT, b"a"))
    await wire.program.until_typed(b"ab")
    await wire.stop()


async def test_input_that_a_program_does_not_take_is_left_unacknowledged_by_its_bytes_too() -> None:
    wire = Wire(FarEndSettings(acknowledge_delay=0))
    wire.program.reading.clear()
    await wire.until("agent_session_state")
    for sequence in range(100):
        wire.agent.receive(typed(sequence, PayloadType.OUTPUT, bytes(200_000)))
    await wire.until("acknowledge", 5)
    for _ in range(20):
        await asyncio.sleep(0)
    assert wire.types().count("acknowledge") == 6
    wire.program.reading.set()
    await wire.program.until_typed(bytes(1_200_000))
    wire.agent.receive(typed(6, PayloadType.OUTPUT, b"more"))
    await wire.program.until_typed(b"more")
    await wire.stop()


async def test_a_size_before_there_is_a_program_comes_again() -> None:
    wire = Wire(FarEndSettings(acknowledge_delay=0))
    wire.started.clear()
    await wire.until("agent_session_state")
    wire.agent.receive(typed(0, PayloadType.SIZE, size(80, 24)))
    wire.started.set()
    wire.program.say(b"$ ")
    await wire.until("output_stream_data")
    assert "acknowledge" not in wire.types()
    wire.agent.receive(typed(0, PayloadType.SIZE, size(80, 24)))
    await wire.until("acknowledge")
    assert wire.program.sizes == [(80, 24)]
    await wire.stop()


async def test_paused_it_leaves_the_program_unread_and_any_input_wakes_it() -> None:
    wire = Wire(FarEndSettings(acknowledge_delay=0))
    wire.agent.receive(publication(MessageType.PAUSE_PUBLICATION, "s-1"))
    for _ in range(5):
        wire.program.say(b"x")
    for _ in range(20):
        await asyncio.sleep(0)
    assert wire.program.output.qsize() == 5
    wire.agent.receive(typed(0, PayloadType.OUTPUT, b"a"))
    await wire.until("output_stream_data", 5)
    await wire.stop()


async def test_unacknowledged_output_is_resent() -> None:
    wire = Wire(FarEndSettings())
    wire.program.say(b"x")
    first = await wire.until("output_stream_data")
    assert await wire.until("output_stream_data", 2) == first
    await wire.stop()


async def test_what_cannot_run_is_an_error_for_the_user() -> None:
    async def refuse(_: str) -> RemoteProgram:
        raise CannotRun("no such user")

    agent = Agent("s-1", refuse, FarEndSettings(), lambda _: None)
    assert await agent.run() == "\n----------ERROR-------\nno such user"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            Message,
            type=st.sampled_from(MessageType),
            payload=st.binary(max_size=40) | st.sampled_from([b"{}", b"[]", HandshakeResponse("1", ()).encode()]),
            payload_type=st.integers(0, 13).filter(lambda kind: kind != PayloadType.FLAG),
            sequence=st.integers(-2, 5),
            id=st.just(new_id()),
        ),
        max_size=12,
    )
)
def test_nothing_a_client_sends_breaks_it(messages: list[Message]) -> None:
    async def scenario() -> None:
        wire = Wire(FarEndSettings(acknowledge_delay=0))
        for message in messages:
            wire.agent.receive(message)
        await wire.stop()

    asyncio.run(scenario())
