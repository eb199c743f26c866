"""Makes frames that are wrong in one or several ways, the same ones for the same seed."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from hashlib import sha256
from struct import Struct

from smtui.channel.handshake import (
    ActionStatus,
    HandshakeComplete,
    HandshakeRequest,
    HandshakeResponse,
    KeyRequest,
    ProcessedAction,
    SessionType,
)
from smtui.channel.message import HEADER_LENGTH, Message, MessageType, PayloadType
from smtui.channel.payloads import (
    SessionFlag,
    SessionState,
    acknowledge,
    agent_session_state,
    channel_closed,
    flag,
    json_bytes,
    publication,
    size,
)
from smtui.channel.smux import Command, Frame
from smtui.channel.transport import LARGEST_FRAME

START = HEADER_LENGTH + 4
"""Where the payload begins."""
_NUMBERS = (
    0,
    1,
    5,
    7,
    12,
    115,
    117,
    0xFF,
    0xFFFF,
    *(power + step for power in (2**31, 2**32, 2**63) for step in (-1, 0)),
)
_FIELDS = ((0, 4), (36, 4), (40, 8), (48, 8), (56, 8), (112, 4), (116, 4))
"""Place and length of the header's numbers."""
_TEXTS = (
    b"", b"null", b"true", b"-1", b"1e999", b"NaN", b"[]", b"{}", b'""', b'"\\ud800"', b'"\\u0000"', b"\xff\xfe", b"\0",
    b"9" * 4_400, b'"' + b"9" * 4_400 + b'.0.0.0"', b"[" * 600, b'{"a":' * 600, b'"' + b"[" * 900 + b'"', b'\\"',
)  # fmt: skip

_REQUEST = HandshakeRequest.for_session(
    "3.3.987.0", SessionType.PORT, {"portNumber": "80", "localPortNumber": "8080", "type": "LocalPortForwarding"}
)
_WITH_KEY = HandshakeRequest.for_session(
    "3.3.808.0", SessionType.STANDARD_STREAM, key=KeyRequest("arn:key", "Y2hhbGxlbmdl")
)
_RESPONSE = HandshakeResponse(
    "1.2.896.0",
    (
        ProcessedAction("SessionType", ActionStatus.SUCCESS),
        ProcessedAction("KMSEncryption", ActionStatus.SUCCESS, {"KMSCipherTextKey": "QUJD", "KMSCipherTextHash": None}),
    ),
)


def _output(kind: PayloadType, payload: bytes, sequence: int = 0) -> Message:
    return Message(MessageType.OUTPUT_STREAM_DATA, payload, kind, sequence)


MESSAGES = (
    acknowledge(Message(MessageType.INPUT_STREAM_DATA, b"ls\r", PayloadType.OUTPUT, 3)),
    _output(PayloadType.HANDSHAKE_REQUEST, _REQUEST.encode()),
    _output(PayloadType.HANDSHAKE_REQUEST, _WITH_KEY.encode()),
    _output(PayloadType.HANDSHAKE_RESPONSE, _RESPONSE.encode()),
    _output(PayloadType.HANDSHAKE_COMPLETE, HandshakeComplete(1_000, "be careful").encode(), 1),
    _output(PayloadType.ENCRYPTION_CHALLENGE_REQUEST, json_bytes({"Challenge": "QUJD" * 20}), 1),
    _output(PayloadType.OUTPUT, b"$ \x1b[1mroot\x1b[0m\r\n" * 20, 1),
    _output(PayloadType.STDERR, "Löschen? é\r\n".encode(), 2),
    _output(PayloadType.EXIT_CODE, b"EXIT_CODE: 7", 3),
    _output(PayloadType.FLAG, flag(SessionFlag.CONNECT_TO_PORT_ERROR), 2),
    _output(PayloadType.SIZE, size(101, 33), 1),
    channel_closed("s-1", "i-1", "2026-11-22T05:19:52.000Z", "the session has ended"),
    publication(MessageType.PAUSE_PUBLICATION, "s-1"),
    agent_session_state("s-1", SessionState.CONNECTED),
)
"""One message of each kind, without a fault."""

_SMUX = (
    Frame(Command.SYN, 3).encode(),
    Frame(Command.PSH, 3, bytes(range(256))).encode(),
    Frame(Command.PSH, 5, b"x" * 3_000).encode(),
    Frame(Command.NOP).encode(),
    Frame(Command.FIN, 3).encode(),
)


def message_frame(chance: random.Random) -> bytes:
    """A frame of the data channel with faults; half of them have the right digest and length all the same."""
    frame = chance.choice(MESSAGES).encode()
    if chance.random() < 0.3:
        frame = renumbered(frame, chance.choice((0, 1, 2, 3, chance.randrange(20_000))))
    head, payload = frame[:START], frame[START:]
    if chance.random() < 0.5:
        payload = _changed(chance, payload)
        return _sealed(head, payload)
    return chance.choice((_header_changed, _changed, _changed))(chance, frame)


def payload(chance: random.Random) -> bytes:
    """The payload of a message, with faults."""
    return _changed(chance, chance.choice(MESSAGES).payload)


def smux_bytes(chance: random.Random) -> bytes:
    """Some frames of smux in a row; about half of the time one of them has a fault."""
    frames = chance.choices(_SMUX, k=chance.randrange(1, 6))
    if chance.random() < 0.5:
        at = chance.randrange(len(frames))
        frames[at] = _changed(chance, frames[at])
    return b"".join(frames)


def renumbered(frame: bytes, sequence: int) -> bytes:
    """The frame with another sequence number."""
    return frame[:48] + struct.pack(">q", sequence) + frame[56:]


def _sealed(head: bytes, payload: bytes) -> bytes:
    return head[:80] + sha256(payload).digest() + head[112:116] + struct.pack(">I", len(payload)) + payload


def _header_changed(chance: random.Random, frame: bytes) -> bytes:
    at, length = chance.choice(_FIELDS)
    field = Struct(">I" if length == 4 else ">Q")
    return frame[:at] + field.pack(chance.choice(_NUMBERS) % 256**length) + frame[at + length :]


def _changed(chance: random.Random, data: bytes) -> bytes:
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        data = chance.choice(_CHANGES)(chance, data)
    return data[:LARGEST_FRAME]


def _flip(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + bytes((data[at] ^ 1 << chance.randrange(8),)) + data[at + 1 :] if at < len(data) else data


def _cut(chance: random.Random, data: bytes) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _cut_out(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + data[at + chance.randrange(1, 40) :]


def _noise(chance: random.Random, data: bytes) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.randbytes(chance.randrange(1, 20)) + data[at:]


def _repeat(chance: random.Random, data: bytes) -> bytes:
    at, end = sorted((chance.randrange(len(data) + 1), chance.randrange(len(data) + 1)))
    return data[:end] + data[at:end] * chance.randrange(1, 4) + data[end:]


def _text(chance: random.Random, data: bytes) -> bytes:
    """Put a troublesome value in place of a JSON value, or anywhere."""
    value = chance.choice(_TEXTS)
    ends = [at + 1 for at, byte in enumerate(data) if byte == ord(":")]
    at = chance.choice(ends) if ends else chance.randrange(len(data) + 1)
    end = min((found for found in (data.find(mark, at) for mark in b",}") if found >= 0), default=at)
    return data[:at] + value + data[end:]


_CHANGES: tuple[Callable[[random.Random, bytes], bytes], ...] = (_flip, _cut, _cut_out, _noise, _repeat, _text, _text)
