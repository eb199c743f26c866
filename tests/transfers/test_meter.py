"""Speed and time left, and what is said of them."""

from __future__ import annotations

from smtui.transfers.copy_progress import Receipt, amount_words, bar, pace_words
from smtui.transfers.meter import Meter


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_speed_and_time_left_are_of_late() -> None:
    clock = Clock()
    meter = Meter(clock)
    meter.begin(200_000_000, 80_000_000)
    assert (meter.speed(), meter.seconds_left()) == (None, None)
    for _ in range(20):
        clock.now += 1
        meter.advance(1_000_000)
    for _ in range(10):
        clock.now += 1
        meter.advance(4_000_000)
    assert meter.speed() == 4_000_000
    assert meter.seconds_left() == 15
    assert amount_words(meter) == "140 of 200 MB"
    assert pace_words(meter, moving=True) == "4.0 MB/s · 15 s left · went on at 80 MB after a cut"
    assert (meter.moved, meter.resumed_at) == (60_000_000, 80_000_000)


def test_silence_makes_it_slower() -> None:
    clock = Clock()
    meter = Meter(clock)
    meter.begin(100, 0)
    clock.now = 2
    meter.advance(50)
    clock.now = 10
    assert meter.speed() == 5


def test_a_bar_is_full_only_at_the_end() -> None:
    assert bar(0, 20) == (0, 20)
    assert bar(0.999, 20) == (19, 1)
    assert bar(1, 20) == (20, 0)


def test_a_receipt() -> None:
    receipt = Receipt("a", "web-1:/tmp/a", 200_000_000, "SHA-256", "ab", 25.2, 120_000_000, 80_000_000)
    assert receipt.sentence() == "same SHA-256 on both sides, 200 MB in 25 s, 80 MB were there from before"
