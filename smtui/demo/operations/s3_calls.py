"""Answers the operations of Amazon S3, with one bucket, for session logs.

Source: the Amazon S3 API reference. The bucket is in the home Region; calls from every Region find it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smtui.demo.account.region_state import Handler, Params, RegionState
from smtui.demo.story.account_facts import HOME_REGION
from smtui.demo.story.account_switches import BUCKET
from smtui.demo.wire.service_errors import AwsError

_EXISTS, _ENCRYPTED = "s3/bucket-exists", "s3/bucket-encrypted"


def head_bucket(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Returns the Region of the bucket."""
    _existing(region, params)
    return {"BucketRegion": HOME_REGION, "AccessPointAlias": "false"}


def get_bucket_encryption(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Returns the encryption. Every bucket since 2023 has one; this bucket is older, and a switch removes it."""
    _existing(region, params)
    if not bucket_encrypted(region):
        raise AwsError(
            "ServerSideEncryptionConfigurationNotFoundError",
            "The server side encryption configuration was not found",
            404,
        )
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}
    return {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}


def _existing(region: RegionState, params: Params) -> None:
    if params["Bucket"] != BUCKET or not bucket_exists(region):
        raise AwsError("NoSuchBucket", "The specified bucket does not exist", 404)


def create_bucket(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Creates the bucket again after it was deleted; `aws s3 mb` calls it."""
    name = params["Bucket"]
    if name != BUCKET:
        raise AwsError("AccessDenied", "The simulated account has one bucket alone.", 403)
    with region.account.lock:
        if bucket_exists(region):
            words = "Your previous request to create the named bucket succeeded and you already own it."
            raise AwsError("BucketAlreadyOwnedByYou", words, 409)
        region.account.put_setting(_EXISTS, "true")
    return {"Location": f"/{name}"}


def put_bucket_encryption(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Encrypts the bucket."""
    _existing(region, params)
    with region.account.lock:
        region.account.put_setting(_ENCRYPTED, "true")
    return {}


def bucket_exists(region: RegionState) -> bool:
    """Whether the bucket of the preferences exists."""
    return bool(region.account.setting(_EXISTS)) or "bucket-deleted" not in region.switches()


def bucket_encrypted(region: RegionState) -> bool:
    """Whether the bucket of the preferences is encrypted."""
    return bool(region.account.setting(_ENCRYPTED)) or "bucket-unencrypted" not in region.switches()


HANDLERS: Mapping[str, Handler] = {
    "HeadBucket": head_bucket,
    "GetBucketEncryption": get_bucket_encryption,
    "CreateBucket": create_bucket,
    "PutBucketEncryption": put_bucket_encryption,
}
PERMISSIONS: Mapping[str, str] = {
    "HeadBucket": "ListBucket",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
}
"""Operation -> IAM action, where the names differ."""
