"""Names the simulated accounts, the caller, the Regions and the switches, and makes up ids.

A switch is what can be wrong with the whole account; each names the check that finds it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

ACCOUNT = "111122223333"
OTHER_ACCOUNT = "444455556666"
"""The second account. It shares documents with the first."""
CALLER_NAME = "demo-operator"
CALLER_ARN = f"arn:aws:iam::{ACCOUNT}:user/{CALLER_NAME}"
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
REGIONS_NOT_ENABLED = ("af-south-1", "ap-east-1", "eu-south-1", "me-south-1")
"""Both accounts could opt in to these, and have not."""
SILENT_REGION = "sa-east-1"
"""A Region that takes every call and never answers."""
OTHERS_SESSIONS = "others-sessions"
"""The switch under which the caller may terminate and resume the sessions of others."""
SWITCHES: Mapping[str, str] = {
    "preferences": "",
    "kms": "",
    "bucket-deleted": "preferences.s3_bucket",
    "bucket-unencrypted": "preferences.s3_encryption",
    "log-group-deleted": "preferences.log_group",
    "log-group-unencrypted": "preferences.log_encryption",
    "key-disabled": "preferences.kms_key",
    "key-pending-deletion": "preferences.kms_key",
    "key-deleted": "preferences.kms_key",
    "key-for-signing": "preferences.kms_key",
    "no-s3-endpoint": "preferences.endpoints",
    "no-logs-endpoint": "preferences.endpoints",
    "standard-tier": "node.tier",
    "host-management": "",
    "host-management-broken": "identity.policy",
    OTHERS_SESSIONS: "",
    "no-just-in-time": "",
}
"""Name -> the code of the check that fails; empty if none does.

A switch named after a bucket, log group or key adds it to the session preferences and breaks it. `preferences` adds all
three and `kms` the key, unbroken: that is harmless except for a node whose VPC has only the endpoints of Systems
Manager, and for a node under Default Host Management, whose role may not decrypt. Missing endpoints matter in VPCs with
no other way out. The tier concerns hybrid nodes. Default Host Management concerns instances without an instance
profile; its broken form names a role that allows nothing. `no-just-in-time` turns just-in-time node access off: there
are no approval policies, and nobody can ask for access.
"""

_ALL = frozenset({"preferences"})
S3_SWITCHES = _ALL | {"bucket-deleted", "bucket-unencrypted", "no-s3-endpoint"}
LOG_SWITCHES = _ALL | {"log-group-deleted", "log-group-unencrypted", "no-logs-endpoint"}
KEY_SWITCHES = _ALL | {"kms", "key-disabled", "key-pending-deletion", "key-deleted", "key-for-signing"}
"""The switches with a bucket, a log group, a key in the preferences."""

BUCKET = "acme-session-output"
LOG_GROUP = "/acme/session-manager"
KEY_ID = "5d1b1f5e-3a4c-4f0e-9d57-0c6c2f1e8a44"
KEY_ARN = f"arn:aws:kms:{HOME_REGION}:{ACCOUNT}:key/{KEY_ID}"
KEY_ALIAS = "alias/acme-session-manager"
HOST_MANAGEMENT_ROLE = "AWSSystemsManagerDefaultEC2InstanceManagementRole"
"""The name that Quick Setup gives the role; the setting's value has the path `service-role/` before it."""
BROKEN_HOST_MANAGEMENT_ROLE = "AcmeHostManagementWithoutPolicy"

UNDER_HOST_MANAGEMENT: Mapping[str, str] = {"no-profile-1": "", "no-profile-old-agent-1": "identity.dhmc"}
"""The check that fails for each node without a profile while `host-management` is on; empty if none does."""


def made_up_id(prefix: str, seed: str) -> str:
    """An id such as `vpc-0a1b…` with 17 hex digits, the same for the same seed."""
    return f"{prefix}-0{hashlib.sha256(f'{prefix}/{seed}'.encode()).hexdigest()[:16]}"


_BLOCKS = {
    (ACCOUNT, "us-east-1"): "10.40",
    (ACCOUNT, "eu-central-1"): "10.44",
    (OTHER_ACCOUNT, "eu-west-1"): "10.20",
    (OTHER_ACCOUNT, "us-east-1"): "10.24",
    (OTHER_ACCOUNT, "eu-central-1"): "10.28",
}


@dataclass(frozen=True, slots=True)
class DemoPlace:
    """One Region of one account."""

    account: str = ACCOUNT
    region: str = HOME_REGION

    @property
    def is_home(self) -> bool:
        """Whether the story plays here: its nodes, switches and documents."""
        return self.account == ACCOUNT and self.region == HOME_REGION

    @property
    def block(self) -> str:
        """The first two bytes of the addresses in its main VPC: `10.0`."""
        return _BLOCKS.get((self.account, self.region), "10.0")

    def seed(self, name: str) -> str:
        """What the id of something with this name is made up from: places have the same names and different ids."""
        return name if self.is_home else f"{self.account}/{self.region}/{name}"

    def arn(self, service: str, resource: str) -> str:
        """An ARN of this account and Region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


HOME = DemoPlace()
