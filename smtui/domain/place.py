"""Names where nodes are: an account and Region, reached through a profile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product

from smtui.domain.ages import age


@dataclass(frozen=True, slots=True)
class Place:
    """One account and Region as reached through one profile. An empty name means: as boto3 resolves it."""

    profile: str = ""
    region: str = ""

    @property
    def label(self) -> str:
        """Return `prod/eu-west-1`, as far as it has names."""
        return "/".join(filter(None, (self.profile, self.region)))


def each_place(profiles: Sequence[str], regions: Sequence[str]) -> tuple[Place, ...]:
    """Return every profile in every Region; without names, one place, as boto3 resolves it."""
    return tuple(Place(profile, region) for profile, region in product(profiles or ("",), regions or ("",)))


@dataclass(frozen=True, slots=True)
class Caller:
    """The identity that AWS sees, from sts:GetCallerIdentity."""

    account: str
    arn: str
    user_id: str
    region: str
    """The Region that boto3 resolved."""


@dataclass(frozen=True, slots=True)
class PendingCall:
    """A call that has not been answered yet."""

    what: str
    """`ssm:DescribeInstanceInformation at ssm.eu-west-1.amazonaws.com`, or `the credentials of profile work`."""
    since: datetime

    def sentence(self, now: datetime) -> str:
        """Return what smtui waits for, and how long."""
        return f"Waiting for {self.what}: no answer for {age(self.since, now)}."


_OUR_WORDS = frozenset({"you", "your", "somebody", "not known"})


def told_apart(name: str) -> str:
    """Return another's name for a list. Whoever assumes a role names the session: such a `you` is not the caller."""
    return f"“{name}”" if name.casefold() in _OUR_WORDS else name
