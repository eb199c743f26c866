"""What this machine, its credentials and its way to AWS are like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from smtui.domain.version import Version


@dataclass(frozen=True, slots=True)
class Credentials:
    """Where the credentials come from and how long they last; never the keys themselves."""

    method: str
    """botocore's word: `env`, `sso`, `assume-role`, `shared-credentials-file`, …"""
    expires_at: datetime | None = None
    """Aware, UTC; None for keys that do not expire, or that do not tell."""


@dataclass(frozen=True, slots=True)
class Clock:
    """This machine's clock against AWS's, from the Date header of an answer."""

    ahead: float
    """Seconds that ours is ahead; negative when it lags. Exact to about 1 s."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The Region in use and the addresses that follow from it or were configured."""

    region: str
    ssm_url: str
    ssmmessages_url: str
    """`https://ssmmessages.eu-west-1.amazonaws.com`."""
    is_aws: bool
    """Whether the ssm endpoint is AWS's own."""
    region_in_url: str = ""
    """The Region that the ssm endpoint's host names; empty where it names none."""


@dataclass(frozen=True, slots=True)
class Reach:
    """One attempt to connect from here (TCP, then TLS for https)."""

    url: str
    seconds: float
    trouble: str = ""
    """Why it failed, in a sentence; empty when it did not."""
    proxy: str = ""
    """The proxy that it went through, as `host:port`; empty for none."""


@dataclass(frozen=True, slots=True)
class Permissions:
    """What iam:SimulatePrincipalPolicy says of us, per action: `allowed`, `implicitDeny` or `explicitDeny`."""

    principal_arn: str
    decisions: Mapping[str, str]
    by_organisation: bool = False
    """Whether an organisation's policy is what denies."""
    missing_context: tuple[str, ...] = ()
    """Condition keys that the policies ask and the simulation was not told: an implicit denial is then a guess."""


@dataclass(frozen=True, slots=True)
class AwsCli:
    """The AWS CLI on PATH."""

    path: str
    version: Version | None
