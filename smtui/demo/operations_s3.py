"""The operations of Amazon S3 that the simulated Region answers: one bucket, for the output of sessions.

Source: the Amazon S3 API reference. A bucket lives in one Region and is known in all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from smtui.demo.errors import AwsError
from smtui.demo.state import ACCOUNT, HOME_REGION, Handler, Params, RegionState
from smtui.demo.switches import BUCKET

_MADE = datetime(2026, 2, 3, 10, 0, tzinfo=UTC)
_OWNER = f"{ACCOUNT * 6}"[:64]


def head_bucket(region: RegionState, params: Params) -> Mapping[str, Any]:
    _existing(region, params)
    return {"BucketRegion": HOME_REGION, "AccessPointAlias": "false"}


def get_bucket_location(region: RegionState, params: Params) -> Mapping[str, Any]:
    _existing(region, params)
    return {"LocationConstraint": HOME_REGION}


def get_bucket_encryption(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Since 2023 every new bucket is encrypted with S3's own keys; ours is older, and its switch makes it show."""
    _existing(region, params)
    if "bucket-unencrypted" in region.switches():
        raise AwsError(
            "ServerSideEncryptionConfigurationNotFoundError",
            "The server side encryption configuration was not found",
            404,
        )
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}
    return {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}


def list_buckets(region: RegionState, _params: Params) -> Mapping[str, Any]:
    buckets = [{"Name": BUCKET, "CreationDate": _MADE}] if _there(region) else []
    return {"Buckets": buckets, "Owner": {"ID": _OWNER}}


def _existing(region: RegionState, params: Params) -> None:
    if params["Bucket"] != BUCKET or not _there(region):
        raise AwsError("NoSuchBucket", "The specified bucket does not exist", 404)


def _there(region: RegionState) -> bool:
    return "bucket-deleted" not in region.switches()


HANDLERS: Mapping[str, Handler] = {
    "HeadBucket": head_bucket,
    "GetBucketLocation": get_bucket_location,
    "GetBucketEncryption": get_bucket_encryption,
    "ListBuckets": list_buckets,
}
PERMISSIONS: Mapping[str, str] = {
    "HeadBucket": "ListBucket",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "ListBuckets": "ListAllMyBuckets",
}
"""The IAM actions that are not named like their operations."""
