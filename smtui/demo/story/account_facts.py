"""Names the simulated account, its caller and its Regions, and makes up ids."""

from __future__ import annotations

import hashlib

ACCOUNT = "111122223333"
CALLER_ARN = f"arn:aws:iam::{ACCOUNT}:user/demo-operator"
CALLER_ID = "AIDADEMO0OPERATOR0001"
HOME_REGION = "eu-west-1"
"""The Region with the fleet and the account's own documents."""
REGIONS = (
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
)
"""The Regions that every account has without opting in."""


def made_up_id(prefix: str, seed: str) -> str:
    """An id such as `vpc-0a1b…` with 17 hex digits, the same for the same seed."""
    return f"{prefix}-0{hashlib.sha256(f'{prefix}/{seed}'.encode()).hexdigest()[:16]}"
