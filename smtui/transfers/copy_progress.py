"""What a copy shows of itself: how far it is, in words, and what became of each source."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from smtui.domain.ages import data_size, duration, part_of

if TYPE_CHECKING:
    from smtui.transfers.meter import Meter


class Phase(StrEnum):
    """What a copy does now, in a word for a list."""

    STARTING = "starting"
    COMPARING = "comparing"
    """with what an earlier copy has left"""
    SENDING = "sending"
    RECEIVING = "receiving"
    CHECKING = "checking"
    """the hashes of both sides"""
    WAITING = "reconnecting"


@dataclass(frozen=True, slots=True)
class Receipt:
    """One source that was copied."""

    source: str
    target: str
    size: int
    hash_kind: str
    digest: str
    seconds: float
    moved: int
    """Bytes that this run moved; fewer than `size` if an earlier one had moved the rest."""
    resumed_at: int
    left_out: tuple[str, ...] = ()

    def sentence(self) -> str:
        """`same SHA-256 on both sides, 200 MB in 25 s`."""
        resumed = f", {data_size(self.resumed_at)} were there from before" if self.resumed_at else ""
        return f"same {self.hash_kind} on both sides, {data_size(self.size)} in {duration(self.seconds)}{resumed}"


def amount_words(meter: Meter) -> str:
    """`124 of 200 MB`; what is done where the whole is not known."""
    if meter.total:
        return part_of(meter.done, meter.total)
    return data_size(meter.done) if meter.done else ""


def pace_words(meter: Meter, *, moving: bool) -> str:
    """`8.1 MB/s · 9 s left · went on at 80 MB after a cut`."""
    speed, left = meter.speed(), meter.seconds_left()
    parts = [
        f"{data_size(int(speed))}/s" if moving and speed is not None else "",
        f"{duration(left)} left" if moving and left is not None else "",
        f"went on at {data_size(meter.resumed_at)} after a cut" if meter.resumed_at else "",
    ]
    return " · ".join(part for part in parts if part)


def bar(fraction: float, width: int) -> tuple[int, int]:
    """The full and the empty cells of a bar; full only when all is done."""
    full = width if fraction >= 1 else min(int(fraction * width), width - 1)
    return full, width - full
