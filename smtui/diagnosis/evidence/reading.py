"""Holds one thing that was looked up: its answer, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from smtui.domain.fault import Fault

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen(Generic[T]):
    """The answer."""

    value: T


@dataclass(frozen=True, slots=True)
class Unseen:
    """The call was denied or failed; the fault's action is the IAM permission that it needs."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class NotAsked:
    """There was nothing to ask for."""

    why: str
    """A sentence: `A hybrid node has no EC2 instance.`"""


Reading: TypeAlias = Seen[T] | Unseen | NotAsked


def value(reading: Reading[T] | None) -> T:
    """The answer of a reading that is known to have one. Raises `TypeError` for any other."""
    if isinstance(reading, Seen):
        return reading.value
    raise TypeError(f"no answer: {reading!r}")


def seen(reading: Reading[T] | None) -> T | None:
    """The answer, or None where there is none (also where the answer is None)."""
    return reading.value if isinstance(reading, Seen) else None
