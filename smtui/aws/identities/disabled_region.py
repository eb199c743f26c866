"""Finds out whether AWS refused credentials only because their account has not enabled the Region.

Such a Region answers as to unknown keys. Another Region of the partition, where every account is, says which it is.
Source: "Enable or disable AWS Regions in your account" in the AWS Account Management reference guide.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from smtui.domain.fault import AwsCallFailed, Fault, FaultKind

if TYPE_CHECKING:
    from smtui.aws.connection import Connection

_EVERYWHERE = frozenset(
    (
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
        "ca-central-1",
        "sa-east-1",
        "eu-central-1",
        "eu-north-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
    )
)
"""The Regions that every account of the partition `aws` has: those opened before March 2019."""
_WITHOUT_OPT_IN = ("cn-", "us-gov-", "us-iso", "eu-iso", "eusc-")
"""How the Regions of other partitions begin; none of them has to be enabled."""
_ASKED = "us-east-1"
_NOT_ENABLED = "not-opted-in"
_SUSPECTS = frozenset({"UnrecognizedClientException", "AuthFailure", "InvalidClientTokenId", "OptInRequired"})


def is_suspect(fault: Fault) -> bool:
    """Whether a Region that is not enabled answers in this way."""
    return fault.code in _SUSPECTS


def elsewhere(region: str) -> str:
    """Return the Region to ask about this one; empty if every account has it."""
    is_opt_in = bool(region) and region not in _EVERYWHERE and not region.startswith(_WITHOUT_OPT_IN)
    return _ASKED if is_opt_in else ""


def is_disabled(there: Connection, region: str) -> bool:
    """ec2:DescribeRegions in another Region: whether this one is certainly not enabled. Never raises."""
    from smtui.aws.api_calls import ApiCalls, mappings, text
    from smtui.aws.connection import Patience

    try:
        calls = ApiCalls(there, there.now, Patience.BRIEF)
        answer = calls.call("ec2:DescribeRegions", RegionNames=[region], AllRegions=True)
    except AwsCallFailed:
        return False
    states = [text(entry, "OptInStatus") for entry in mappings(answer.get("Regions"))]
    return states == [_NOT_ENABLED]


def as_disabled(fault: Fault, region: str, account: str) -> Fault:
    """Return the fault as what it is."""
    owner = f"account {account}" if account else "this account"
    says = f"Region {region} is not enabled in {owner}; AWS answers there as to unknown keys ({fault.code})."
    return replace(fault, kind=FaultKind.REGION_NOT_ENABLED, says=says, advice="", sign_in=())
