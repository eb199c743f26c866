"""Where nodes live: an account and Region, seen through a profile."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """One account and Region as reached through one profile. Empty means: as boto3 resolves it."""

    profile: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who we are to AWS, from sts:GetCallerIdentity."""

    account: str
    arn: str
    user_id: str
    region: str
    """The Region that boto3 resolved."""
