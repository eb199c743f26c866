"""Port sessions as the client understands them."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.channel.payloads import SessionFlag
from smtui.channel.ports import BasicForwarding, MultiplexedForwarding, PortCapabilities, PortProperties, forwarding
from smtui.demo.far_end.node_services import MemoryStream, connected
from tests.waiting import jumping_clock

FORWARD = {"portNumber": "80", "localPortNumber": "8080", "type": "LocalPortForwarding"}


class Wire:
    """A `PortChannel` that remembers what was sent."""

    def __init__(self) -> None:
        self.sent: list[bytes | SessionFlag] = []
        self.changed = asyncio.Event()
        self.acknowledged = asyncio.Event()
        self.acknowledged.set()

    async def send(self, data: bytes) -> None:
        self.sent.append(data)
        self.changed.set()

    async def send_flag(self, value: SessionFlag) -> None:
        self.sent.append(value)
        self.changed.set()

    async def drained(self, seconds: float) -> bool:
        await self.acknowledged.wait()
        return True

    async def until(self, *sent: bytes | SessionFlag) -> None:
        async with asyncio.timeout(60):
            while self.sent != list(sent):
                self.changed.clear()
                await self.changed.wait()


@pytest.mark.parametrize(
    ("agent", "capabilities"),
    [
        ("2.3.722.0", PortCapabilities(multiplexed=False, keepalive=False, ends_by_flag=False)),
        ("2.3.722.1", PortCapabilities(multiplexed=False, keepalive=False, ends_by_flag=True)),
        ("3.0.196.0", PortCapabilities(multiplexed=False, keepalive=False, ends_by_flag=True)),
        ("3.0.222.0", PortCapabilities(multiplexed=True, keepalive=True, ends_by_flag=True)),
        ("3.1.1511.0", PortCapabilities(multiplexed=True, keepalive=True, ends_by_flag=True)),
        ("3.1.1511.1", PortCapabilities(multiplexed=True, keepalive=False, ends_by_flag=True)),
        ("3.3.987.0", PortCapabilities(multiplexed=True, keepalive=False, ends_by_flag=True)),
        ("3.3.987", PortCapabilities(multiplexed=False, keepalive=False, ends_by_flag=False)),
        ("", PortCapabilities(multiplexed=False, keepalive=False, ends_by_flag=False)),
    ],
)
def test_capabilities_follow_the_agents_version(agent: str, capabilities: PortCapabilities) -> None:
    assert PortCapabilities.of(agent) == capabilities
    assert isinstance(
        forwarding(Wire(), capabilities), MultiplexedForwarding if capabilities.multiplexed else BasicForwarding
    )


def test_properties() -> None:
    assert PortProperties.of(FORWARD) == PortProperties("80", "", 8080, "", listens=True)
    assert PortProperties.of({"portNumber": "22"}) == PortProperties("22", listens=False), "SSH"
    socket = {"localUnixSocket": "/tmp/s", "localConnectionType": "unix"}
    assert PortProperties.of(FORWARD | socket).local_socket == "/tmp/s"
    assert PortProperties.of(FORWARD | {"localUnixSocket": "/tmp/s"}).local_socket == ""
    assert PortProperties.of(FORWARD | {"localPortNumber": "many"}).local_port == 0


@given(
    st.dictionaries(
        st.sampled_from([*FORWARD, "host", "localUnixSocket", "localConnectionType"]), st.text() | st.integers()
    )
)
def test_any_properties_can_be_read(given_properties: dict[str, object]) -> None:
    assert 0 <= PortProperties.of(given_properties).local_port <= 99_999


@given(st.text())
def test_any_version_can_be_read(version: str) -> None:
    PortCapabilities.of(version)


async def test_multiplexed_the_frames_of_a_refused_connection_are_the_official_ones() -> None:
    wire = Wire()
    forward = MultiplexedForwarding(wire, PortCapabilities.of("3.3.987.0"))
    user, local = connected()
    carrying = asyncio.create_task(forward.carry(local))
    syn, fin = bytes.fromhex("0100000003000000"), bytes.fromhex("0101000003000000")
    await wire.until(syn)
    await forward.receive(fin)
    await carrying
    assert wire.sent == [syn, fin]
    assert await user.read() == b""


async def test_signs_of_life_only_in_their_era(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtui.channel.smux.KEEPALIVE_SECONDS", 0.01)
    old, new = Wire(), Wire()
    running = [
        asyncio.create_task(MultiplexedForwarding(wire, PortCapabilities.of(version)).run())
        for wire, version in ((old, "3.1.1511.0"), (new, "3.3.987.0"))
    ]
    nop = bytes.fromhex("0103000000000000")
    await old.until(nop)
    await old.until(nop, nop)
    assert new.sent == []
    for task in running:
        task.cancel()


async def _basic(wire: Wire) -> tuple[BasicForwarding, MemoryStream, asyncio.Task[None]]:
    forward = BasicForwarding(wire)
    user, local = connected()
    return forward, user, asyncio.create_task(forward.carry(local))


async def test_basic_bytes_travel_bare_and_a_close_is_a_flag() -> None:
    wire = Wire()
    forward, user, carrying = await _basic(wire)
    await user.write(b"x" * 1024 + b"\n")
    await wire.until(b"x" * 1024 + b"\n")
    await forward.receive(b"answer\n")
    assert await user.read() == b"answer\n"
    await user.close()
    await carrying
    assert wire.sent[1:] == [SessionFlag.DISCONNECT_TO_PORT]


async def test_basic_what_the_far_end_says_first_is_kept_for_the_first_connection() -> None:
    wire = Wire()
    forward = BasicForwarding(wire)
    await forward.receive(b"220 mail.")
    await forward.receive(b"example\r\n")
    user, local = connected()
    carrying = asyncio.create_task(forward.carry(local))
    assert await user.read() == b"220 mail.example\r\n"
    carrying.cancel()


async def test_basic_what_comes_while_the_first_words_are_written_follows_them() -> None:
    forward = BasicForwarding(Wire())
    await forward.receive(b"first, ")
    user, local = connected()
    write, begun, may_go_on = local.write, asyncio.Event(), asyncio.Event()

    async def write_slowly(data: bytes) -> None:
        begun.set()
        await may_go_on.wait()
        await write(data)

    local.write = write_slowly  # type: ignore[method-assign]
    carrying = asyncio.create_task(forward.carry(local))
    await begun.wait()
    await forward.receive(b"second")
    may_go_on.set()
    async with asyncio.timeout(60):
        assert await user.read() == b"first, "
        assert await user.read() == b"second"
    carrying.cancel()


async def test_basic_too_much_before_the_first_connection_has_to_wait_and_comes_in_order() -> None:
    forward = BasicForwarding(Wire())
    await forward.receive(b"a" * 65_536)
    waiting = asyncio.create_task(forward.receive(b"b"))
    assert not (await asyncio.wait([waiting], timeout=0.05))[0]
    user, local = connected()
    carrying = asyncio.create_task(forward.carry(local))
    assert await user.read() == b"a" * 65_536
    assert await user.read() == b"b"
    await waiting
    carrying.cancel()


async def test_basic_what_was_under_way_to_a_closed_connection_is_not_the_nexts() -> None:
    wire = Wire()
    forward, user, carrying = await _basic(wire)
    wire.acknowledged.clear()
    await user.close()
    await wire.until(SessionFlag.DISCONNECT_TO_PORT)
    await forward.receive(b"for the old one")
    wire.acknowledged.set()
    await carrying
    await forward.receive(b"for the new one")
    user, local = connected()
    carrying = asyncio.create_task(forward.carry(local))
    assert await user.read() == b"for the new one"
    carrying.cancel()


class Reset:
    """A connection whose local program reset it: both ways fail."""

    def __init__(self) -> None:
        self.is_aborted = False

    async def read(self) -> bytes:
        raise ConnectionResetError

    async def write(self, data: bytes) -> None:
        raise ConnectionResetError

    async def close(self) -> None: ...

    def abort(self) -> None:
        self.is_aborted = True


async def test_basic_a_local_program_that_resets_is_left_and_the_next_one_carried() -> None:
    wire, reset = Wire(), Reset()
    forward = BasicForwarding(wire)
    await forward.carry(reset)
    assert reset.is_aborted
    assert wire.sent == [SessionFlag.DISCONNECT_TO_PORT]
    user, local = connected()
    carrying = asyncio.create_task(forward.carry(local))
    await user.write(b"next")
    await wire.until(SessionFlag.DISCONNECT_TO_PORT, b"next")
    carrying.cancel()


async def test_basic_bytes_for_a_program_that_went_away_break_nothing() -> None:
    class Gone(Reset):
        async def read(self) -> bytes:
            await asyncio.Event().wait()
            return b""

    forward = BasicForwarding(Wire())
    carrying = asyncio.create_task(forward.carry(Gone()))
    await asyncio.sleep(0)
    await forward.receive(b"answer")
    assert not carrying.done(), "its reader notices"
    carrying.cancel()


async def test_basic_a_program_that_does_not_read_is_cut_off_and_holds_up_no_other() -> None:
    class Stuck(Reset):
        async def read(self) -> bytes:
            return b""

        async def close(self) -> None:
            await asyncio.Event().wait()

    stuck = Stuck()
    with jumping_clock():
        async with asyncio.timeout(60):
            await BasicForwarding(Wire()).carry(stuck)
    assert stuck.is_aborted


async def test_basic_a_session_that_is_lost_cuts_its_connection_off() -> None:
    class Quiet(Reset):
        async def read(self) -> bytes:
            await asyncio.Event().wait()
            return b""

    quiet = Quiet()
    carrying = asyncio.create_task(BasicForwarding(Wire()).carry(quiet))
    await asyncio.sleep(0)
    carrying.cancel()
    await asyncio.wait([carrying])
    assert quiet.is_aborted, "its reader must not take that for the end"
