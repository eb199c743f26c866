"""Mutated frames: nothing but our own exceptions, little held, and in the long run (`-m slow`) no slow call.

A failure names target, seed and number; `hammer(TARGETS["codec"], "codec", seed, number + 1)` runs it again.
"""

from __future__ import annotations

import contextlib
import gc
import random
import sys
import time
from collections.abc import Callable

import pytest

from smtui.channel import payloads
from smtui.channel.client_session import CATCHING_UP, ClientSession, Closed, Event, KeyWanted, Opened
from smtui.channel.encryption import DataKey
from smtui.channel.handshake import KMS_ENCRYPTION, HandshakeComplete, HandshakeRequest, HandshakeResponse, KeyRequest
from smtui.channel.message import MAX_PAYLOAD, MalformedMessage, decode
from smtui.channel.ports import PortCapabilities, PortProperties
from smtui.channel.smux import BrokenMultiplexing, Mux, Received
from smtui.channel.stream import REORDER_BYTES, REORDER_CAPACITY
from smtui.channel.transport import LARGEST_FRAME, ChannelError
from tests.channel import mutations

OURS = (MalformedMessage, ChannelError, BrokenMultiplexing)
ORDINARY, LONG = 10_000, 200_000
"""Frames for each of the five targets."""
SLOW_CALL = 0.05
_MOST_OWED = 4_096

Target = Callable[[random.Random], Callable[[], None]]
"""Makes a wrong input; what it returns takes the input in."""


def codec(chance: random.Random) -> Callable[[], None]:
    frame = mutations.message_frame(chance)

    def take() -> None:
        message = decode(frame)
        assert len(message.payload) <= len(frame)
        assert decode(message.encode()).payload == message.payload

    return take


def small_payloads(chance: random.Random) -> Callable[[], None]:
    payload = mutations.payload(chance)
    readers: tuple[Callable[[bytes], object], ...] = (
        payloads.acknowledged_sequence,
        payloads.read_size,
        payloads.read_flag,
        payloads.closing_output,
        payloads.session_state,
        payloads.offered_token,
    )
    return lambda: _read_by_all(payload, readers)


def handshake(chance: random.Random) -> Callable[[], None]:
    payload = mutations.payload(chance)

    def request(given: bytes) -> None:
        asked = HandshakeRequest.parse(given)
        assert isinstance(asked.session_type, str)
        PortCapabilities.of(asked.agent_version)
        PortProperties.of(asked.properties)
        KeyRequest.parse(asked.parameters_of(KMS_ENCRYPTION) or {})

    return lambda: _read_by_all(payload, (request, HandshakeResponse.parse, HandshakeComplete.parse))


def _read_by_all(payload: bytes, readers: tuple[Callable[[bytes], object], ...]) -> None:
    for read in readers:
        with contextlib.suppress(MalformedMessage):
            read(payload)


class Client:
    """Sessions of a client in several states; each gets a few hundred frames, or as many as it survives."""

    def __init__(self) -> None:
        self._session = ClientSession("1.2.896.0")
        self._left = 0
        self._now = 0.0
        self._most_staged = 0

    def __call__(self, chance: random.Random) -> Callable[[], None]:
        if not self._left:
            self._begin(chance)
        self._left -= 1
        frame, writes = mutations.message_frame(chance), chance.random() < 0.3
        return lambda: self._take(frame, writes=writes)

    def _begin(self, chance: random.Random) -> None:
        self._left = chance.choice((3, 30, 600))
        self._session = ClientSession("1.2.896.0", encryption=chance.random() < 0.5)
        before = chance.choice(("nothing", "output", "handshake", "key", "taken over"))
        self._most_staged = 2
        if before == "taken over" and self._left == 600:
            self._most_staged += CATCHING_UP + 2
            self._session.take_over(80, 24)
        elif before == "output":
            self._session.receive(mutations.renumbered(mutations.MESSAGES[6].encode(), 0), 0.0)
        elif before in ("handshake", "key"):
            self._react(self._session.receive(mutations.MESSAGES[1 + (before == "key")].encode(), 0.0))

    def _take(self, frame: bytes, *, writes: bool) -> None:
        self._now += 0.05
        try:
            self._react(self._session.receive(frame, self._now))
            if writes:
                while self._session.next_frame(self._now) is not None:
                    pass
        except ChannelError:
            self._left = 0
            raise
        finally:
            self._check_holds_little()

    def _react(self, events: list[Event]) -> None:
        for event in events:
            match event:
                case KeyWanted():
                    self._session.key_generated(DataKey(bytes(64), b"wrapped"))
                case Opened():
                    PortCapabilities.of(event.agent_version)
                    PortProperties.of(event.properties)
                case Closed():
                    assert isinstance(event.output, str)

    def _check_holds_little(self) -> None:
        session = self._session
        ahead = session._incoming._ahead
        assert len(session._owed) <= _MOST_OWED
        assert len(ahead) <= REORDER_CAPACITY
        assert session._incoming._room >= 0
        assert session._incoming._room == REORDER_BYTES - sum(len(each.payload) for each in ahead.values())
        assert len(session.outgoing) <= self._most_staged


class Smux:
    """Both ends of smux, fed in pieces of any size; each session gets until it breaks, or 200 pieces."""

    def __init__(self) -> None:
        self._left = 0
        self._mux = Mux(client=False)

    def __call__(self, chance: random.Random) -> Callable[[], None]:
        if not self._left:
            self._left = 200
            self._mux = Mux(client=chance.random() < 0.5)
            self._mux._open |= {3, 5} if self._mux._client else set()
        self._left -= 1
        data = mutations.smux_bytes(chance)
        cut = chance.randrange(len(data) + 1)
        return lambda: self._take(data[:cut], data[cut:])

    def _take(self, *pieces: bytes) -> None:
        held = 0
        try:
            for piece in pieces:
                for event in self._mux.receive(piece):
                    held += len(event.data) if isinstance(event, Received) else 0
        except BrokenMultiplexing:
            self._left = 0
            raise
        assert self._mux._untaken == held
        self._mux.taken(held)
        assert len(self._mux._reader._waiting) < 8 + 65_536
        assert len(self._mux._open) <= 1_000


TARGETS: dict[str, Callable[[], Target]] = {
    "codec": lambda: codec,
    "payloads": lambda: small_payloads,
    "handshake": lambda: handshake,
    "client": Client,
    "smux": Smux,
}


def hammer(target: Target, name: str, seed: int, count: int, *, timed: bool = False) -> int:
    """Feed so many inputs; returns how many raised one of our own exceptions."""
    chance, refused = random.Random(seed), 0
    for number in range(count):
        take = target(chance)
        began = time.thread_time() if timed else 0.0
        try:
            take()
        except OURS:
            refused += 1
        except Exception as fault:
            raise AssertionError(f"{name}, seed {seed}, input {number}: {type(fault).__name__}: {fault}") from fault
        if timed:
            took = time.thread_time() - began
            assert took < SLOW_CALL, f"{name}, seed {seed}, input {number} took {took * 1000:.0f} ms"
    return refused


@pytest.mark.parametrize("name", TARGETS)
def test_no_input_raises_anything_but_our_own_exceptions(name: str) -> None:
    refused = hammer(TARGETS[name](), name, 16, ORDINARY)
    if name in ("codec", "smux"):
        assert ORDINARY * 0.1 < refused < ORDINARY * 0.9, "inputs are neither all whole nor all noise"


@pytest.mark.slow
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("name", TARGETS)
def test_a_million_inputs_and_no_slow_call_and_no_memory(name: str) -> None:
    target, batch = TARGETS[name](), LONG // 10
    blocks = []
    for seed in range(10):
        hammer(target, name, seed, batch, timed=True)
        gc.collect()
        blocks.append(sys.getallocatedblocks())
    # The least of several: a client in the middle of a session may just hold its 10,000 messages.
    assert min(blocks[5:]) < min(blocks[:5]) * 1.02, f"{name}: {blocks}"


DEEP = {
    "lists": b"[" * LARGEST_FRAME,
    "objects": b'{"a":' * (LARGEST_FRAME // 5),
    "closed": b"[" * 100_000 + b"]" * 100_000,
    "side by side": b'{"a":[' + b"[]," * 50_000 + b"[]]}",
    "behind a text": b'{"a":"\\"[",' + b'"a":[' * 50_000,
}


@pytest.mark.parametrize("payload", DEEP.values(), ids=DEEP)
def test_nested_json_is_refused_before_it_is_parsed(payload: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """100,000 nested brackets took 161 ms, and each message could bring as many."""
    parsed: list[str] = []
    monkeypatch.setattr("smtui.channel.payloads.json.loads", parsed.append)
    with pytest.raises(MalformedMessage):
        payloads.json_object(payload)
    assert parsed == []


def test_brackets_in_a_text_are_not_nested() -> None:
    text = '[{\\"' * 5_000
    assert payloads.json_object(payloads.json_bytes({"Output": text})) == {"Output": text}


def test_nesting_as_deep_as_any_session_needs_is_read() -> None:
    assert payloads.json_object(b'{"a":' * 500 + b"1" + b"}" * 500)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_json_in_another_encoding_is_refused(encoding: str) -> None:
    """The bound counts characters; in another encoding quotation marks could be part of others."""
    with pytest.raises(MalformedMessage):
        payloads.json_object('{"a":1}'.encode(encoding))


def test_a_version_of_thousands_of_digits_is_just_unknown() -> None:
    assert PortCapabilities.of("9" * MAX_PAYLOAD * 5 + ".0.0.0") == PortCapabilities.of("")
