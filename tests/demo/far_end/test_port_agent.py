"""The simulated agent's side of port sessions."""

from __future__ import annotations

import asyncio

import pytest

from smtui.channel.message import PayloadType
from smtui.channel.ports import PortProperties
from smtui.channel.smux import Command, Frame
from smtui.demo.far_end.agent import CannotRun, ProgramMessage, RemoteProgram
from smtui.demo.far_end.node_services import MemoryStream, connected
from smtui.demo.far_end.port_agent import BasicPort, MultiplexedPort, port_program

FORWARD = PortProperties(port="5432", host="db.internal")
SSH = PortProperties(port="22", listens=False)
NEW, OLD = "3.3.987.0", "3.0.196.0"


class Destination:
    def __init__(self) -> None:
        self.dialled: list[tuple[str, int]] = []
        self.ends: asyncio.Queue[MemoryStream] = asyncio.Queue()
        self.refuses = False

    async def dial(self, host: str, port: int) -> MemoryStream:
        self.dialled.append((host, port))
        if self.refuses:
            raise ConnectionRefusedError("connection refused")
        near, far = connected()
        self.ends.put_nowait(far)
        return near


async def start(there: Destination, properties: PortProperties = FORWARD, agent: str = NEW) -> RemoteProgram:
    return await port_program(properties, there.dial, agent, "1.2.896.0")


@pytest.mark.parametrize(
    ("properties", "agent", "client", "kind"),
    [
        (FORWARD, NEW, "1.2.896.0", MultiplexedPort),
        (FORWARD, NEW, "1.1.69.0", BasicPort),
        (FORWARD, NEW, "", BasicPort),
        pytest.param(FORWARD, NEW, "9" * 5_000, BasicPort, id="long"),
        (FORWARD, OLD, "1.2.896.0", BasicPort),
        (SSH, NEW, "1.2.896.0", BasicPort),
    ],
)
async def test_who_multiplexes(properties: PortProperties, agent: str, client: str, kind: type) -> None:
    program = await port_program(properties, Destination().dial, agent, client)
    assert isinstance(program, kind)
    await program.close()


@pytest.mark.parametrize("port", ["", "0", "65536", "http", "٨٠", pytest.param("9" * 5_000, id="long")])
async def test_no_port_no_session(port: str) -> None:
    with pytest.raises(CannotRun):
        await start(Destination(), PortProperties(port=port))


async def test_a_refusal_is_a_flag_and_the_streams_end_as_the_real_agent_has_it() -> None:
    there = Destination()
    there.refuses = True
    program = await start(there)
    await program.write(bytes.fromhex("0100000003000000"))
    assert await program.read() == ProgramMessage(PayloadType.FLAG, bytes.fromhex("00000003"))
    assert await program.read() == bytes.fromhex("0101000003000000")
    assert there.dialled == [("db.internal", 5432)]
    await program.close()


async def test_it_says_nothing_before_the_clients_first_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtui.demo.far_end.port_agent.KEEPALIVE_SECONDS", 0.01)
    program = await start(Destination(), agent="3.1.1511.0")
    reading = asyncio.create_task(program.read())
    assert not (await asyncio.wait([reading], timeout=0.05))[0]
    await program.write(Frame(Command.NOP).encode())
    assert await reading == Frame(Command.NOP).encode(), "then signs of life, in their era"
    await program.close()


async def test_what_is_not_smux_ends_the_session() -> None:
    program = await start(Destination())
    await program.write(b"GET / HTTP/1.1\r\n")
    assert await program.read() == b""
    await program.close()


async def test_both_fins() -> None:
    there = Destination()
    program = await start(there)
    await program.write(Frame(Command.SYN, 3).encode() + Frame(Command.PSH, 3, b"hi").encode())
    far = await there.ends.get()
    assert await far.read() == b"hi"
    await program.write(Frame(Command.FIN, 3).encode())
    assert await far.read() == b""
    assert await program.read() == Frame(Command.FIN, 3).encode()
    await program.close()


async def test_closing_cuts_its_connections_off() -> None:
    there = Destination()
    program = await start(there)
    await program.write(Frame(Command.SYN, 3).encode())
    far = await there.ends.get()
    await program.close()
    assert await far.read() == b""
    assert await program.read() == b""


async def test_basic_connects_at_once_and_again_when_data_comes() -> None:
    there = Destination()
    program = await start(there, agent=OLD)
    assert isinstance(program, BasicPort)
    first = await there.ends.get()
    await first.write(b"hello")
    assert await program.read() == b"hello"
    reading = asyncio.create_task(program.read())
    await first.close()
    assert not (await asyncio.wait([reading], timeout=0.05))[0], "the destination's close is not told"
    await program.write(b"again")
    second = await there.ends.get()
    assert await second.read() == b"again"
    await program.disconnect()
    assert await second.read() == b""
    await program.write(b"and again")
    third = await there.ends.get()
    await third.write(b"answer")
    assert await reading == b"answer"
    await program.close()


async def test_basic_a_refusal_is_an_error_of_the_agents() -> None:
    there = Destination()
    there.refuses = True
    with pytest.raises(CannotRun, match="Unable to connect to specified port: connection refused"):
        await start(there, agent=OLD)


async def test_basic_a_refusal_later_ends_the_session() -> None:
    there = Destination()
    program = await start(there, agent=OLD)
    await (await there.ends.get()).close()
    there.refuses = True
    reading = asyncio.create_task(program.read())
    await asyncio.wait([reading], timeout=0.02)
    await program.write(b"again")
    with pytest.raises(CannotRun):
        await reading
    await program.close()


async def test_ssh_ends_with_its_connection() -> None:
    there = Destination()
    program = await start(there, SSH)
    far = await there.ends.get()
    await far.write(b"bye")
    await far.close()
    assert await program.read() == b"bye"
    assert await program.read() == b""
    await program.close()
