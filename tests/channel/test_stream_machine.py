"""The reliable stream in any order of events: what is delivered is the beginning of what was sent, and little is kept.

Hypothesis looks for a sequence of steps that breaks a rule, the same ones each time; both senders run against the one
receiver. At the end the line heals, and everything must arrive.
"""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from smtui.channel.input_stream import BURST, InputStream
from smtui.channel.message import Message, MessageType, PayloadType
from smtui.channel.stream import WINDOW as WINDOW_OF_CLIENT
from smtui.channel.stream import Incoming, Outgoing

WINDOW, CAPACITY, CAPACITY_BYTES = 4, 6, 2_000
STEPS = 5_000
"""More than any line needs to bring everything after it has healed."""
_which = st.integers(0, 1_000)


class _Line(RuleBasedStateMachine):
    """A sender, a receiver and all that is under way between them; subclasses choose the sender."""

    sender: InputStream | Outgoing

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_000.0
        self.receiver = Incoming(CAPACITY, CAPACITY_BYTES)
        self.messages: list[Message] = []
        self.acknowledgements: list[int] = []
        self.staged: list[bytes] = []
        self.delivered: list[bytes] = []

    def stage(self, payload: bytes) -> None:
        raise NotImplementedError

    def write(self) -> None:
        raise NotImplementedError

    def new_connection(self) -> None:
        raise NotImplementedError

    # What the program and the clock do ---------------------------------------------------------

    @precondition(lambda self: self.sender.has_room)
    @rule(size=st.sampled_from([0, 1, 700, 1_024]))
    def send(self, size: int) -> None:
        payload = b"%d:" % len(self.staged) + bytes(size)
        self.staged.append(payload)
        self.stage(payload)

    @rule(seconds=st.sampled_from([0.001, 0.05, 0.2, 1.0, 3.0, 30.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.write()

    @rule()
    def write_what_is_due(self) -> None:
        self.write()

    # What the network does ----------------------------------------------------------------------

    @precondition(lambda self: self.messages)
    @rule(which=_which)
    def a_message_arrives(self, which: int) -> None:
        self._arrives(self.messages.pop(which % len(self.messages)))

    @precondition(lambda self: self.messages)
    @rule(which=_which)
    def a_message_arrives_and_comes_again(self, which: int) -> None:
        self._arrives(self.messages[which % len(self.messages)])

    @precondition(lambda self: self.messages)
    @rule(which=_which)
    def a_message_is_lost(self, which: int) -> None:
        self.messages.pop(which % len(self.messages))

    @precondition(lambda self: self.acknowledgements)
    @rule(which=_which)
    def an_acknowledgement_arrives(self, which: int) -> None:
        self.acknowledged(self.acknowledgements.pop(which % len(self.acknowledgements)))

    @precondition(lambda self: self.acknowledgements)
    @rule(which=_which)
    def an_acknowledgement_is_lost(self, which: int) -> None:
        self.acknowledgements.pop(which % len(self.acknowledgements))

    @rule(sequence=st.integers(-3, 40))
    def an_acknowledgement_of_anything_old_arrives(self, sequence: int) -> None:
        if sequence < len(self.delivered):
            self.acknowledged(sequence)

    @rule()
    def the_connection_is_lost_and_made_again(self) -> None:
        self.messages.clear()
        self.acknowledgements.clear()
        self.new_connection()
        self.write()

    def _arrives(self, message: Message) -> None:
        received = self.receiver.receive(message)
        self.delivered += [each.payload for each in received.deliver]
        if received.acknowledge:
            self.acknowledgements.append(message.sequence)

    def acknowledged(self, sequence: int) -> None:
        self.sender.acknowledged(sequence, self.now)

    # What holds ---------------------------------------------------------------------------------

    @invariant()
    def what_is_delivered_is_the_beginning_of_what_was_sent(self) -> None:
        assert self.delivered == self.staged[: len(self.delivered)]

    @invariant()
    def the_receiver_keeps_little_and_only_what_it_waits_for(self) -> None:
        ahead = self.receiver._ahead
        assert len(ahead) <= CAPACITY
        assert all(sequence > self.receiver._expected for sequence in ahead)
        assert sum(len(each.payload) for each in ahead.values()) == CAPACITY_BYTES - self.receiver._room
        assert self.receiver._room >= 0

    def teardown(self) -> None:
        """Heal the line: everything arrives, and nothing is kept."""
        for _ in range(STEPS):
            self.write()
            while self.messages:
                self._arrives(self.messages.pop(0))
            while self.acknowledgements:
                self.acknowledged(self.acknowledgements.pop(0))
            if len(self.sender) == 0:
                break
            due = self.sender.next_due()
            self.now = max(self.now + 0.001, due or 0.0)
        assert self.delivered == self.staged
        assert len(self.sender) == 0
        assert not self.receiver._ahead
        assert self.sender.next_due() is None


class AgentLine(_Line):
    """The agent's sender: it writes at once, and resends its oldest message alone."""

    sender: Outgoing

    def __init__(self) -> None:
        super().__init__()
        self.sender = Outgoing(MessageType.OUTPUT_STREAM_DATA, window=WINDOW)

    def stage(self, payload: bytes) -> None:
        self.messages.append(self.sender.stage(PayloadType.OUTPUT, payload, self.now))

    def write(self) -> None:
        if (again := self.sender.overdue(self.now)) is not None:
            self.messages.append(again)

    def new_connection(self) -> None:
        self.messages += self.sender.replay_all(self.now)

    @invariant()
    def the_sender_keeps_no_more_than_its_window(self) -> None:
        assert len(self.sender) <= WINDOW


class ClientLine(_Line):
    """The client's sender: it holds the message back whose turn it is, and resends what is overdue."""

    sender: InputStream

    def __init__(self) -> None:
        super().__init__()
        self.sender = InputStream(window=WINDOW)

    def stage(self, payload: bytes) -> None:
        self.sender.stage(PayloadType.OUTPUT, payload)

    @rule()
    def send_a_size_which_cannot_wait(self) -> None:
        self.staged.append(b"size")
        self.sender.stage(PayloadType.SIZE, b"size")

    def write(self) -> None:
        while (message := self.sender.next_message(self.now)) is not None:
            self.messages.append(message)

    def new_connection(self) -> None:
        self.sender.reconnected(self.now)

    @invariant()
    def the_sender_has_little_in_flight(self) -> None:
        assert self.sender.in_flight <= self.sender.window + BURST


@pytest.mark.parametrize("line", [AgentLine, ClientLine])
def test_any_order_of_events(line: type[_Line]) -> None:
    quick = settings(max_examples=60, stateful_step_count=60, derandomize=True, deadline=None, database=None)
    run_state_machine_as_test(line, settings=quick)


@pytest.mark.slow
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("line", [AgentLine, ClientLine])
def test_many_orders_of_events(line: type[_Line]) -> None:
    run_state_machine_as_test(line, settings=settings(max_examples=2_000, stateful_step_count=150, deadline=None))


def test_an_agent_that_acknowledges_nothing_makes_the_client_wait() -> None:
    """Keys trickle in for ten minutes, on a connection that looks alive: what is kept must not grow with them."""
    stream, now, staged = InputStream(), 0.0, 0
    while now < 600:
        now += 0.05
        if stream.has_room:
            stream.stage(PayloadType.OUTPUT, b"x")
            staged += 1
        while stream.next_message(now) is not None:
            pass
    assert len(stream) == staged <= 2 * WINDOW_OF_CLIENT + BURST
