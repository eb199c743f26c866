"""Whether something fits, when not all is known: a logic of three values."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Fit(IntEnum):
    """`and` is the least, `or` the greatest."""

    NO = 0
    MAYBE = 1
    YES = 2

    def inverted(self) -> Fit:
        return Fit(Fit.YES - self)


def known(holds: bool) -> Fit:
    return Fit.YES if holds else Fit.NO


def any_of(fits: Iterable[Fit]) -> Fit:
    return max(fits, default=Fit.NO)


def all_of(fits: Iterable[Fit]) -> Fit:
    return min(fits, default=Fit.YES)
