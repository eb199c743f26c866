"""The switches of the Region: what can be wrong with the account as a whole, and the one check that finds it."""

from __future__ import annotations

from collections.abc import Mapping

SWITCHES: Mapping[str, str] = {
    "preferences": "",
    "bucket-deleted": "preferences.s3_bucket",
    "bucket-unencrypted": "preferences.s3_encryption",
    "log-group-deleted": "preferences.log_group",
    "log-group-unencrypted": "preferences.log_encryption",
    "key-disabled": "preferences.kms_key",
    "key-pending-deletion": "preferences.kms_key",
    "key-deleted": "preferences.kms_key",
    "no-s3-endpoint": "preferences.endpoints",
    "no-logs-endpoint": "preferences.endpoints",
    "standard-tier": "node.tier",
    "host-management": "",
    "host-management-broken": "identity.policy",
}
"""Name -> the code of the check that it makes fail; empty where all stays well.

Every switch of the preferences has sessions write to, or be encrypted with, what it is named after. `preferences` alone
sets all of them, and all is well, but for a node whose VPC has the endpoints of Systems Manager and no others. The
endpoints that are missing count in VPCs that have no other way; the tier concerns hybrid nodes; Default Host Management
concerns instances without an instance profile, and its broken form names a role that allows nothing.
"""

_ALL = frozenset({"preferences"})
S3_SWITCHES = _ALL | {"bucket-deleted", "bucket-unencrypted", "no-s3-endpoint"}
LOG_SWITCHES = _ALL | {"log-group-deleted", "log-group-unencrypted", "no-logs-endpoint"}
KEY_SWITCHES = _ALL | {"key-disabled", "key-pending-deletion", "key-deleted"}
"""Those under which the preferences name a bucket, a log group, a key."""

BUCKET = "acme-session-output"
LOG_GROUP = "/acme/session-manager"
KEY_ID = "5d1b1f5e-3a4c-4f0e-9d57-0c6c2f1e8a44"
KEY_ALIAS = "alias/acme-session-manager"
HOST_MANAGEMENT_ROLE = "AWSSystemsManagerDefaultEC2InstanceManagementRole"
"""What Quick Setup calls the role; the setting holds it with the path `service-role/`."""
BROKEN_HOST_MANAGEMENT_ROLE = "AcmeHostManagementWithoutPolicy"
