"""The client against the far end over real websockets on loopback."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from smtui.channel import input_stream
from smtui.channel.client import ClientChannel, ResumeFailed, StreamAddress
from smtui.channel.client_session import Closed, Opened, Output
from smtui.channel.handshake import SessionType
from smtui.channel.message import Message, MessageType, PayloadType
from smtui.channel.timers import Backoff
from smtui.channel.transport import (
    LARGEST_FRAME,
    CannotConnect,
    ChannelError,
    ChannelRefused,
    Connection,
    ConnectionLost,
    ConnectionNotRestored,
    SessionTimedOut,
)
from smtui.channel.websocket import dial
from smtui.demo.far_end.far_end_settings import FarEndFaults, FarEndSettings
from tests.channel.wires import QUICK, VERSION, Joined, joined
from tests.waiting import let_loop_run, until

NUMBERS = "".join(f"{n}\r\n" for n in range(1, 200_001)).encode()
"""What `seq 1 200000` prints on a terminal."""


async def test_a_session_from_prompt_to_exit() -> None:
    async with joined() as pair:
        await pair.channel.connect(pair.address)
        events = pair.channel.events()
        pair.program.say(b"$ ")
        assert await anext(events) == Opened(SessionType.STANDARD_STREAM)
        assert await anext(events) == Output(PayloadType.OUTPUT, b"$ ")
        pair.channel.resize(101, 33)
        await pair.channel.send(b"exit\r")
        rest = asyncio.create_task(pair.rest())
        await pair.program.until_typed(b"exit\r")
        pair.program.say(b"exit\r\n")
        pair.program.exit()
        assert await rest == (b"exit\r\n", [Closed("")])
        assert pair.program.sizes == [(101, 33)]
        assert await pair.life == ""
        assert pair.program.closed
        assert pair.clients == {"t0ken"}


async def test_a_session_with_a_handshake() -> None:
    settings = FarEndSettings(
        handshake=True, session_type=SessionType.INTERACTIVE_COMMANDS, customer_message="be careful"
    )
    async with joined(settings) as pair:
        pair.program.say(b"done")
        pair.program.exit()
        await pair.channel.connect(pair.address)
        assert await pair.rest() == (
            b"done",
            [Opened(SessionType.INTERACTIVE_COMMANDS, "3.3.987.0", "be careful"), Closed("")],
        )


async def test_a_client_that_never_answers_the_handshake_times_out() -> None:
    async with joined(FarEndSettings(handshake=True, handshake_limit=0.05), FarEndFaults(mute=True)) as pair:
        await pair.channel.connect(pair.address)
        assert "Handshake timed out" in await pair.life


async def test_all_behaviours_of_the_real_agent_together() -> None:
    settings = FarEndSettings(
        first_output_delay=0.05,
        acknowledges_old=False,
        replays_on_reconnect=False,
        pacing=0.001,
        handshake=True,
    )
    async with joined(settings) as pair:
        pair.program.say(b"x" * 5000)
        pair.program.exit()
        await pair.channel.connect(pair.address)
        output, events = await pair.rest()
        assert output == b"x" * 5000
        assert events[-1] == Closed("")


@pytest.mark.parametrize("after", [0, 1, 300_000])
@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(FarEndSettings(), id="friendly"),
        pytest.param(FarEndSettings(store_and_forward=False), id="loses for the absent"),
        pytest.param(FarEndSettings(pauses_for_absent=False), id="does not pause"),
        pytest.param(
            FarEndSettings(store_and_forward=False, replays_on_reconnect=False, pauses_for_absent=False),
            id="resends its head only",
        ),
    ],
)
async def test_output_is_complete_in_order_and_once_when_the_connection_is_cut_in_the_middle(
    settings: FarEndSettings, after: int
) -> None:
    async with joined(settings, FarEndFaults(drop_after_bytes=after)) as pair:
        await pair.channel.connect(pair.address)
        for start in range(0, len(NUMBERS), 60_000):
            pair.program.say(NUMBERS[start : start + 60_000])
        pair.program.exit()
        output, events = await pair.rest()
        assert output == NUMBERS
        assert events == [Opened(SessionType.STANDARD_STREAM), Closed("")]
        assert pair.faults.drop_after_bytes is None, "the fault happened"
        assert len(pair.connections) >= 2


async def test_a_session_falls_mute_after_its_first_output_and_still_hears() -> None:
    async with joined(faults=FarEndFaults(mute_after_bytes=1)) as pair:
        await pair.channel.connect(pair.address)
        pair.program.say(b"$ ")
        assert await pair.read(2) == b"$ "
        pair.program.say(b"more")
        await pair.channel.send(b"x")
        await pair.program.until_typed(b"x")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await pair.read(1)


async def test_input_is_complete_in_order_and_once_when_the_connection_is_cut_in_the_middle() -> None:
    async with joined() as pair:
        await pair.channel.connect(pair.address)
        pair.program.say(b"$ ")
        await pair.read(2)
        reading = asyncio.create_task(pair.rest())
        for start in range(0, 300_000, 10_000):
            await pair.channel.send(NUMBERS[start : start + 10_000])
            if start in (50_000, 150_000):
                pair.far_end.drop()
        assert await pair.channel.drained(10)
        await pair.program.until_typed(NUMBERS[299_900:300_000])
        assert bytes(pair.program.typed) == NUMBERS[:300_000]
        pair.program.exit()
        await reading
        assert len(pair.connections) >= 2


LIKE_THE_REAL_AGENT = FarEndSettings(
    counts_after_acknowledging=True, processing=0.0005, replays_on_reconnect=False, store_and_forward=False
)


async def upload(pair: Joined, size: int) -> bytes:
    """Send so much input as fast as it goes, wait until it is acknowledged, and return what the program got."""
    await pair.channel.connect(pair.address)
    pair.program.say(b"$ ")
    await pair.read(2)
    reading = asyncio.create_task(pair.rest())
    for start in range(0, size, 65_536):
        await pair.channel.send(NUMBERS[start : min(size, start + 65_536)])
    assert await pair.channel.drained(30)
    await pair.program.until_typed(NUMBERS[size - 100 : size])
    pair.program.exit()
    await reading
    assert pair.faults.reset_agent_after_bytes is None, "the fault happened"
    return bytes(pair.program.typed)


@pytest.mark.parametrize("after", [1, 40_000, 150_000])
@pytest.mark.parametrize("kept", [False, True])
async def test_an_upload_survives_an_agent_that_loses_its_count_when_its_connection_is_reset(
    after: int, kept: bool
) -> None:
    settings = replace(LIKE_THE_REAL_AGENT, store_and_forward=kept)
    async with joined(settings, FarEndFaults(reset_agent_after_bytes=after)) as pair:
        assert await upload(pair, 250_000) == NUMBERS[:250_000]


async def test_that_agent_passes_input_on_twice_when_much_is_in_flight_in_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the official client's order would do with as much in flight: the test above is about something."""
    monkeypatch.setattr(input_stream, "BURST", 1_000_000)
    async with joined(LIKE_THE_REAL_AGENT, FarEndFaults(reset_agent_after_bytes=100_000)) as pair:
        twice = len(await upload(pair, 250_000)) - 250_000
        assert twice > 0
        assert twice % 1_024 == 0


async def test_a_service_that_closes_with_bye_is_resumed() -> None:
    async with joined() as pair:
        await pair.channel.connect(pair.address)
        pair.program.say(b"one ")
        assert await pair.read(4) == b"one "
        reading = asyncio.create_task(pair.rest())
        await pair.connections[0].close(1000, "Bye")
        pair.program.say(b"two")
        pair.program.exit()
        assert await reading == (b"two", [Closed("")])


async def test_corrupt_messages_are_sent_again() -> None:
    async with joined(faults=FarEndFaults(corrupt=3)) as pair:
        await pair.channel.connect(pair.address)
        pair.program.say(b"one ")
        pair.program.say(b"two ")
        pair.program.exit()
        assert (await pair.rest())[0] == b"one two "


async def test_delayed_messages_arrive_whole() -> None:
    async with joined(faults=FarEndFaults(delay=0.05)) as pair:
        await pair.channel.connect(pair.address)
        pair.program.say(b"z" * 50_000)
        pair.program.exit()
        assert await pair.rest() == (b"z" * 50_000, [Opened(SessionType.STANDARD_STREAM), Closed("")])


async def test_an_absent_client_stops_the_program() -> None:
    async with joined() as pair:
        await pair.channel.connect(pair.address)
        pair.program.say(b"$ ")
        await pair.read(2)
        await pair.channel.close()
        await until(lambda: pair.far_end.client_is_absent)
        for _ in range(50):
            pair.program.say(b"unread")
        for _ in range(20):
            await asyncio.sleep(0)
        assert pair.program.output.qsize() >= 48, "at most what was being read"


async def test_a_client_that_does_not_read_stops_the_program() -> None:
    async with joined(FarEndSettings(window=8)) as pair:
        await pair.channel.connect(pair.address)
        for _ in range(200):
            pair.program.say(bytes(1024))
        events = pair.channel.events()
        await anext(events)
        await let_loop_run(0.05)
        assert pair.program.output.qsize() > 150


async def test_the_flag_kills_a_port_sessions_program_and_closes_the_channel() -> None:
    async with joined(FarEndSettings(handshake=True, session_type=SessionType.PORT)) as pair:
        await pair.channel.connect(pair.address)
        pair.program.say(b"$ ")
        await pair.read(2)
        reading = asyncio.create_task(pair.rest())
        await pair.channel.terminate(20)
        assert pair.channel.closed
        assert await reading == (b"", [Closed("")])
        assert pair.program.closed


@pytest.mark.parametrize(
    "settings",
    [
        FarEndSettings(),
        FarEndSettings(handshake=True),
        FarEndSettings(handshake=True, session_type=SessionType.INTERACTIVE_COMMANDS),
        FarEndSettings(handshake=True, session_type=SessionType.NON_INTERACTIVE_COMMANDS),
        FarEndSettings(handshake=True, session_type=SessionType.PORT, agent_version="2.3.722.0"),
    ],
)
async def test_other_agents_acknowledge_the_flag_and_are_deaf_to_it(settings: FarEndSettings) -> None:
    async with joined(settings) as pair:
        await pair.channel.connect(pair.address)
        pair.program.say(b"$ ")
        await pair.read(2)
        reading = asyncio.create_task(pair.rest())
        await pair.channel.terminate(0.1)
        assert not pair.channel.closed
        assert await pair.channel.drained(20), "it is acknowledged"
        await pair.channel.send(b"x")
        await pair.program.until_typed(b"x")
        assert not pair.program.closed
        reading.cancel()


async def test_a_session_that_the_service_terminates_is_closed() -> None:
    async with joined() as pair:
        await pair.channel.connect(pair.address)
        pair.program.say(b"$ ")
        await pair.read(2)
        pair.far_end.terminate()
        assert await pair.rest() == (b"", [Closed("")])


async def test_a_session_that_cannot_be_resumed_has_timed_out() -> None:
    async with joined() as pair:
        await pair.channel.connect(pair.address)
        pair.program.say(b"$ ")
        await pair.read(2)
        pair.resumable = False
        pair.far_end.drop()
        with pytest.raises(SessionTimedOut):
            await pair.rest()


async def test_a_connection_that_cannot_be_restored_is_given_up_in_time() -> None:
    tries = 0

    async def unreachable() -> StreamAddress | None:
        nonlocal tries
        tries += 1
        raise ResumeFailed("no network")

    patience = Backoff(first=0.01, longest=0.02, total=0.1)
    async with joined(resume=unreachable, to_resume=patience) as pair:
        await pair.channel.connect(pair.address)
        pair.program.say(b"$ ")
        await pair.read(2)
        pair.far_end.drop()
        with pytest.raises(ConnectionNotRestored, match="no network"):
            await pair.rest()
        assert tries > 2


async def test_resuming_goes_on_after_failures() -> None:
    tries = 0

    async def flaky() -> StreamAddress | None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise ResumeFailed("no network")
        return StreamAddress("ws://127.0.0.1:1/", "t0ken") if tries == 2 else pair.address

    async with joined(resume=flaky) as pair:
        await pair.channel.connect(pair.address)
        pair.program.say(b"one")
        assert await pair.read(3) == b"one"
        pair.far_end.drop()
        pair.program.say(b"two")
        assert await pair.read(3) == b"two"
        assert tries == 3


async def test_a_refused_token_is_said_and_not_tried_again() -> None:
    async def refuse(url: str) -> Connection:
        return _Refusing()

    async def never() -> StreamAddress | None:
        raise AssertionError("a refused token must not be resumed")

    channel = ClientChannel(refuse, never, client_version=VERSION)
    await channel.connect(StreamAddress("ws://127.0.0.1/", "wrong"))
    with pytest.raises(ChannelRefused, match="does not contain token"):
        await anext(channel.events())
    await channel.close()


async def test_a_refusal_that_comes_before_the_token_is_sent_is_not_tried_again() -> None:
    made = 0

    async def refuse(url: str) -> Connection:
        nonlocal made
        made += 1
        return _RefusingAtOnce()

    async def resume() -> StreamAddress | None:
        return StreamAddress("ws://127.0.0.1/", "wrong")

    channel = ClientChannel(refuse, resume, client_version=VERSION)
    with pytest.raises(ChannelRefused, match=r"^Channel s-1: request"):
        await channel.connect(StreamAddress("ws://127.0.0.1/", "wrong"))
    assert made == 1
    await channel.close()


async def test_nothing_listening_is_said_without_the_token() -> None:
    async def connect(url: str) -> Connection:
        return await dial(url, {}, user_agent="test")

    async def never() -> StreamAddress | None:
        return None

    channel = ClientChannel(connect, never, client_version=VERSION, to_connect=QUICK.__class__(0.01, 0.01, 0.05))
    with pytest.raises(CannotConnect) as caught:
        await channel.connect(StreamAddress("ws://127.0.0.1:1/", "s3cret"))
    assert "s3cret" not in str(caught.value)
    await channel.close()


async def test_the_address_keeps_the_token_out_of_its_repr() -> None:
    assert "s3cret" not in repr(StreamAddress("wss://x/", "s3cret"))


async def test_connections_that_are_lost_at_once_are_made_again_with_pauses_and_not_for_ever() -> None:
    made = 0

    async def connect(url: str) -> Connection:
        nonlocal made
        made += 1
        return _Dropping()

    async def resume() -> StreamAddress | None:
        return StreamAddress("ws://127.0.0.1/", "t0ken")

    patience = Backoff(first=0.01, longest=0.02, total=0.1)
    channel = ClientChannel(connect, resume, client_version=VERSION, to_resume=patience)
    await channel.connect(StreamAddress("ws://127.0.0.1/", "t0ken"))
    with pytest.raises(ConnectionNotRestored):
        await anext(channel.events())
    assert 2 < made < 15
    await channel.close()


async def test_a_message_too_large_ends_the_session_instead_of_coming_again_and_again() -> None:
    async with joined() as pair:
        await pair.channel.connect(pair.address)
        pair.program.say(b"$ ")
        assert await pair.read(2) == b"$ "
        await pair.connections[0].send(bytes(LARGEST_FRAME + 1))
        with pytest.raises(ChannelError, match="more than 262144 bytes"):
            await pair.rest()
        assert len(pair.connections) == 1


async def test_a_message_as_large_as_allowed_passes() -> None:
    async with joined() as pair:
        await pair.channel.connect(pair.address)
        output = bytes(LARGEST_FRAME - 120)
        message = Message(MessageType.OUTPUT_STREAM_DATA, output, PayloadType.OUTPUT)
        await pair.connections[0].send(message.encode())
        assert await pair.read(len(output)) == output


class _Refusing:
    """A service that closes with 1003 after the first frame."""

    async def send(self, frame: str | bytes) -> None:
        pass

    async def receive(self) -> bytes:
        raise ConnectionLost(1003, "Channel s-1: request to open data channel does not contain token.")

    def receive_waiting(self) -> bytes | None:
        return None

    def hang_up(self) -> None:
        pass

    def abort(self) -> None:
        pass


class _RefusingAtOnce(_Refusing):
    """A service that has closed the connection before the token is sent."""

    async def send(self, frame: str | bytes) -> None:
        await self.receive()


class _Dropping(_Refusing):
    """A service that takes the first frame and is gone."""

    async def receive(self) -> bytes:
        raise ConnectionLost
