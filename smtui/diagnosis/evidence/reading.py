"""Holds what was looked up, or why there is no answer, and declares how each piece of evidence is looked up.

A lookup is declared beside the field that holds its reading:

    tier: Lookup[str] = Lookup("ssm:GetServiceSetting", _tier)

`Evidence.tier` is then the lookup, which checks name as what they need; `evidence.tier` is its `Reading[str]`, None
until it has come.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, fields
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, overload

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.record import Evidence, EvidenceSources
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


class NothingToAsk(Exception):
    """The lookup does not apply; the message is a sentence that says why."""


class Inherited(Exception):
    """A reading that this lookup needs has no answer, so it has none either, for the same reason."""

    def __init__(self, reading: Unseen | NotAsked) -> None:
        super().__init__("inherited")
        self.reading = reading


class Lookup(Generic[T]):
    """One field of `Evidence`: a descriptor that holds a reading, and knows how to get its answer.

    `action` is the IAM action to name when no answer comes in time; where AWS is not asked it is empty and `what` says
    in words what was looked at. `ask` may block, and raises `AwsCallFailed`, `NothingToAsk` or `Inherited`. It is
    called once all lookups of `after` have come, whatever they are; a node's lookups are not awaited where this
    machine alone is examined.
    """

    def __init__(
        self,
        action: str,
        ask: Callable[[EvidenceSources, Evidence], T],
        after: tuple[Lookup[Any], ...] = (),
        *,
        what: str = "",
    ) -> None:
        self.name = ""
        self.action = action
        self.ask = ask
        self.after = after
        self.what = what

    def __set_name__(self, owner: type, name: str) -> None:
        """Learn the name of the field."""
        self.name = name

    @overload
    def __get__(self, evidence: None, owner: type) -> Lookup[T]: ...

    @overload
    def __get__(self, evidence: object, owner: type) -> Reading[T] | None: ...

    def __get__(self, evidence: object | None, owner: type) -> Lookup[T] | Reading[T] | None:
        """The lookup for the class, the reading for an object of it."""
        return self if evidence is None else self.of(evidence)

    def __set__(self, evidence: object, reading: Reading[T] | None) -> None:
        """Keep the reading, once: a dataclass that is given none hands over its default, which is this lookup."""
        if self.name in evidence.__dict__:
            raise FrozenInstanceError(f"{self.name} has been read; make another evidence with replace()")
        evidence.__dict__[self.name] = None if isinstance(reading, Lookup) else reading

    def of(self, evidence: object) -> Reading[T] | None:
        """Its reading; None while it has not come."""
        reading: Reading[T] | None = evidence.__dict__[self.name]
        return reading

    def __repr__(self) -> str:
        """Its field, for messages of tests."""
        return f"<lookup of {self.name}>"


def lookups_of(kind: type[Any]) -> tuple[Lookup[Any], ...]:
    """All that a dataclass declares or inherits, in their order."""
    declared = (getattr(kind, field.name, None) for field in fields(kind))
    return tuple(each for each in declared if isinstance(each, Lookup))


def answer(reading: Reading[T] | None) -> T:
    """The answer of an earlier reading. Raises `Inherited` where it has none."""
    if isinstance(reading, Seen):
        return reading.value
    if reading is None:
        raise ValueError("asked before its turn")
    raise Inherited(reading)
