"""A line between the client's sending side and a receiver, in virtual time: it loses and delays."""

from __future__ import annotations

import heapq
import random
from dataclasses import dataclass, field
from itertools import count

from smtui.channel.input_stream import InputStream
from smtui.channel.message import Message, PayloadType
from smtui.channel.stream import Incoming

DEADLINE = 3_600.0


@dataclass
class LossyLine:
    """`send_all` is a whole transfer; afterwards the fields tell what happened on the line."""

    round_trip: float
    loss: float = 0.0
    seed: int = 1
    stream: InputStream = field(default_factory=InputStream)
    written: int = 0
    delivered: list[int] = field(default_factory=list)
    most_in_flight: int = 0

    def send_all(self, messages: int) -> float:
        """Send so many messages of 1,024 bytes as fast as the stream takes them; returns the virtual seconds."""
        chance, tie, receiver = random.Random(self.seed), count(), Incoming()
        under_way: list[tuple[float, int, Message | int]] = []
        now, staged = 0.0, 0

        def put(item: Message | int) -> None:
            if chance.random() >= self.loss:
                heapq.heappush(under_way, (now + self.round_trip / 2, next(tie), item))

        while len(self.delivered) < messages or len(self.stream):
            while staged < messages and self.stream.has_room:
                self.stream.stage(PayloadType.OUTPUT, bytes(1024))
                staged += 1
            while (message := self.stream.next_message(now)) is not None:
                self.written += 1
                put(message)
            self.most_in_flight = max(self.most_in_flight, self.stream.in_flight)
            due = self.stream.next_due()
            times = [each for each in (due, under_way[0][0] if under_way else None) if each is not None]
            assert times, "the stream waits for nothing"
            now = max(now, min(times))
            assert now < DEADLINE, "the stream stalled"
            while under_way and under_way[0][0] <= now:
                match heapq.heappop(under_way)[2]:
                    case int(sequence):
                        self.stream.acknowledged(sequence, now)
                    case message:
                        received = receiver.receive(message)
                        self.delivered += [each.sequence for each in received.deliver]
                        if received.acknowledge:
                            put(message.sequence)
        assert self.delivered == list(range(messages))
        return now
