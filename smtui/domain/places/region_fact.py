"""Describes the Regions that an account can use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RegionFact:
    """One Region of a partition."""

    name: str
    title: str
    """`Europe (Ireland)`; empty where botocore has no name for it."""
    partition: str
    """`aws`, `aws-cn`, `aws-us-gov`, or another that botocore knows."""
    is_enabled: bool | None = None
    """Whether the account has it enabled; None as long as AWS was not asked, or denied the answer."""
    endpoint: str = ""
    """Where Systems Manager is called if the configuration says so; empty for AWS's own."""


@dataclass(frozen=True, slots=True)
class RegionList:
    """The Regions of one profile's partition."""

    regions: tuple[RegionFact, ...]
    problem: str = ""
    """Why it is not known which are enabled, in a sentence; empty if it is known."""

    @property
    def enabled(self) -> tuple[RegionFact, ...]:
        """Return those that are certainly enabled."""
        return tuple(region for region in self.regions if region.is_enabled)
