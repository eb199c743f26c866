"""Frames that are read and written past `websockets`: whatever comes, the result is the one of `websockets` alone."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.asyncio.connection import Connection
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side

from smtui.channel.transport import LARGEST_FRAME
from smtui.channel.whole_frames import TextFrame, WholeFrames


class Transport(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.is_read = True
        self.is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def pause_reading(self) -> None:
        self.is_read = False

    def resume_reading(self) -> None:
        self.is_read = True

    def is_closing(self) -> bool:
        return self.is_closed

    def can_write_eof(self) -> bool:
        return False

    def close(self) -> None:
        self.is_closed = True

    abort = close

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...


def plain(side: Side) -> Connection:
    """A connection of `websockets` after its handshake."""
    connection = Connection(Protocol(side, max_size=LARGEST_FRAME), max_queue=None)
    connection.connection_made(Transport())
    return connection


def whole(side: Side = Side.CLIENT) -> tuple[WholeFrames, Transport]:
    connection, transport = WholeFrames(Protocol(side, max_size=LARGEST_FRAME)), Transport()
    connection.connection_made(transport)
    connection._shook_hands = True
    return connection, transport


def messages_of(connection: Connection) -> list[bytes]:
    """All whole messages, as `websockets` has kept them."""
    messages, parts = [], b""
    while len(connection.recv_messages.frames):
        frame = connection.recv_messages.frames.queue.popleft()
        parts += bytes(frame.data)
        if frame.fin:
            messages.append(parts)
            parts = b""
    return messages


def unread(connection: WholeFrames) -> list[bytes]:
    return list(iter(connection.next_frame, None))


Kind = tuple[Opcode, bool]
KINDS: list[Kind] = [
    (Opcode.BINARY, True),
    (Opcode.TEXT, True),
    (Opcode.BINARY, False),
    (Opcode.TEXT, False),
    (Opcode.CONT, False),
    (Opcode.CONT, True),
    (Opcode.PING, True),
    (Opcode.PONG, True),
    (Opcode.CLOSE, True),
]
PAYLOADS = st.one_of(
    st.binary(max_size=20),
    st.sampled_from([125, 126, 127, 1_144, 0xFFFF, 0x10000, LARGEST_FRAME, LARGEST_FRAME + 1]).map(bytes),
)
FRAMES = st.lists(st.tuples(st.one_of(st.sampled_from(KINDS[:2]), st.sampled_from(KINDS)), PAYLOADS), max_size=12)


def encoded(frames: list[tuple[Kind, bytes]], *, mask: bool) -> bytes:
    return b"".join(
        Frame(opcode, b"\x03\xe8" if opcode is Opcode.CLOSE else data[:125] if opcode > Opcode.BINARY else data, fin)
        .serialize(mask=mask)
        for (opcode, fin), data in frames
    )  # fmt: skip


def fed(connection: Connection, data: bytes, cuts: list[int]) -> Connection:
    at = 0
    for cut in [*sorted(cut % (len(data) + 1) for cut in cuts), len(data)]:
        if cut > at:
            connection.data_received(data[at:cut])
            at = cut
    return connection


@settings(max_examples=150)
@given(FRAMES, st.lists(st.integers(0, 2**20), max_size=8), st.sampled_from(Side), st.booleans(), st.data())
async def test_whatever_comes_in_whatever_pieces_is_read_as_websockets_reads_it(
    frames: list[tuple[Kind, bytes]], cuts: list[int], side: Side, is_masked_well: bool, more: st.DataObject
) -> None:
    data = encoded(frames, mask=(side is Side.SERVER) is is_masked_well)
    if data and more.draw(st.booleans()):
        at = more.draw(st.integers(0, min(40, len(data) - 1)))
        data = data[:at] + bytes((data[at] ^ more.draw(st.integers(1, 255)),)) + data[at + 1 :]
    theirs, ours = plain(side), whole(side)[0]
    fed(theirs, data, cuts)
    fed(ours, data, cuts)
    assert unread(ours) == messages_of(theirs)
    if 2 <= len(ours._begun) < 14:
        return  # a broken header is read once it is whole
    assert ours.protocol.state == theirs.protocol.state
    assert (ours.protocol.close_rcvd, ours.protocol.close_sent) == (
        theirs.protocol.close_rcvd,
        theirs.protocol.close_sent,
    )


async def test_text_is_told_from_bytes() -> None:
    connection, _ = whole()
    connection.data_received(b"\x81\x02hi\x82\x02hi" + b"\x01\x01h\x80\x01i")
    assert [type(frame) for frame in unread(connection)] == [TextFrame, bytes, TextFrame]
    connection.data_received(b"\x81\x02hi\x82\x02hi\x81\x02hi")
    assert [await connection.recv(), await connection.recv(), await connection.recv(decode=False)] == [
        "hi",
        b"hi",
        b"hi",
    ]


@pytest.mark.parametrize("side", Side)
async def test_frames_of_one_moment_are_one_write_and_keep_their_order(side: Side) -> None:
    connection, transport = whole(side)
    sizes = (0, 1, 125, 126, 127, 1_144, 0xFFFF)
    for size in sizes:
        await connection.send_frame(bytes(size))
    assert len(transport.written) == 1, "what is more than 64 KiB does not wait"
    await connection.send_frame(b"before the text")
    await connection.send("text")
    await connection.send_frame(b"last")
    connection.flush()
    other = plain(Side.CLIENT if side is Side.SERVER else Side.SERVER)
    other.data_received(b"".join(transport.written))
    assert messages_of(other) == [*map(bytes, sizes), b"before the text", b"text", b"last"]


async def test_what_is_sent_is_written_in_the_same_moment() -> None:
    connection, transport = whole()
    await connection.send_frame(b"a")
    await connection.send_frame(b"b")
    assert transport.written == []
    await asyncio.sleep(0)
    assert len(transport.written) == 1


async def test_every_frame_of_a_client_has_a_mask_of_its_own() -> None:
    connection, transport = whole()
    for _ in range(50):
        await connection.send_frame(bytes(4))
    connection.flush()
    (written,) = transport.written
    assert len({written[at + 2 : at + 6] for at in range(0, len(written), 10)}) == 50


async def test_a_socket_that_is_not_read_is_paused_until_all_is_taken() -> None:
    connection, transport = whole()
    frame = Frame(Opcode.BINARY, bytes(65_536)).serialize(mask=False)
    for _ in range(4):
        assert transport.is_read
        connection.data_received(frame)
    assert not transport.is_read
    for _ in range(3):
        connection.next_frame()
    assert not transport.is_read
    connection.next_frame()
    assert transport.is_read


async def test_frames_without_a_byte_pause_it_as_well() -> None:
    connection, transport = whole()
    connection.data_received(b"\x82\x00" * 10_000)
    assert not transport.is_read


async def test_a_sender_waits_while_the_other_end_does_not_read() -> None:
    connection, _ = whole()
    connection.pause_writing()
    sending = asyncio.create_task(connection.send_frame(b"typed"))
    await asyncio.sleep(0)
    assert not sending.done()
    connection.resume_writing()
    await sending


async def test_a_sender_that_waits_is_told_when_the_connection_is_lost() -> None:
    connection, _ = whole()
    connection.pause_writing()
    sending = asyncio.create_task(connection.send_frame(b"typed"))
    await asyncio.sleep(0)
    connection.connection_lost(ConnectionResetError())
    with pytest.raises(ConnectionClosed):
        await sending


async def test_whoever_waits_gets_the_last_frame_then_the_end() -> None:
    connection, _ = whole()
    waiting = asyncio.create_task(connection.recv())
    await asyncio.sleep(0)
    connection.data_received(b"\x82\x04last")
    assert await waiting == b"last"
    waiting = asyncio.create_task(connection.recv())
    await asyncio.sleep(0)
    connection.eof_received()
    connection.connection_lost(None)
    with pytest.raises(ConnectionClosed):
        await waiting
    with pytest.raises(ConnectionClosed):
        await connection.send_frame(b"too late")


@pytest.mark.parametrize("rest", [b"", b"\x82\x02hi", b"\x82", b"\x82\x02h"])
async def test_frames_right_behind_the_handshake_are_read(rest: bytes) -> None:
    """They may share its segment."""
    from websockets.client import ClientProtocol
    from websockets.server import ServerProtocol
    from websockets.uri import parse_uri

    from smtui.channel.whole_frames import ClientFrames

    client, server = ClientFrames(ClientProtocol(parse_uri("ws://127.0.0.1/"))), ServerProtocol()
    transport = Transport()
    client.connection_made(transport)
    shaking = asyncio.create_task(client.handshake(None, None))
    await asyncio.sleep(0)
    server.receive_data(b"".join(transport.written))
    (asked,) = server.events_received()
    server.send_response(server.accept(asked))  # type: ignore[arg-type]
    client.data_received(b"".join(server.data_to_send()) + rest)
    await shaking
    client.data_received(b"\x82\x02hi"[len(rest) % 4 :] if len(rest) < 4 else b"")
    assert unread(client) == [b"hi"]
