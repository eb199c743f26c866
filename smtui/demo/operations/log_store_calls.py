"""Answers the operations on what keeps the logs of sessions: log groups of CloudWatch Logs, and a bucket of Amazon S3.

Sources: DescribeLogGroups in the CloudWatch Logs API reference; the Amazon S3 API reference. The bucket is in the home
Region; calls from every Region find it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from smtui.demo.story.account_facts import BUCKET, HOME_REGION, KEY_ARN, LOG_GROUP
from smtui.demo.wire.service_errors import AwsError

if TYPE_CHECKING:
    from smtui.demo.account.region_state import Handler, Params, RegionState

_MADE = datetime(2026, 2, 3, 10, 5, tzinfo=UTC)
_OTHERS = ("/acme/api", "/acme/session-manager-old", "/aws/lambda/acme-nightly", "/aws/ssm/AWS-RunShellScript")
_OPERATION = "DescribeLogGroups"
_GROUP_EXISTS, _GROUP_ENCRYPTED = "logs/group-exists", "logs/group-encrypted"
_BUCKET_EXISTS, _BUCKET_ENCRYPTED = "s3/bucket-exists", "s3/bucket-encrypted"


def describe_log_groups(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Lists log groups by name; one group's name is a prefix of another's, as can happen."""
    if "logGroupNamePrefix" in params and "logGroupNamePattern" in params:
        raise AwsError(
            "InvalidParameterException", "LogGroup name prefix and LogGroup name pattern are mutually exclusive."
        )
    found = [name for name in _names(region) if _wanted(name, params)]
    start = region.tokens.read(_OPERATION, params.get("nextToken"))
    if start is None:
        raise AwsError("InvalidParameterException", "The specified nextToken is invalid.")
    end = start + params.get("limit", 50)
    return {
        "logGroups": [_group(name, region) for name in found[start:end]],
        "nextToken": region.tokens.make(_OPERATION, end) if end < len(found) else None,
    }


def _names(region: RegionState) -> list[str]:
    if not region.place.is_home:
        return []
    there = (LOG_GROUP,) if log_group_exists(region) else ()
    return sorted((*_OTHERS, *there))


def create_log_group(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Creates the log group of the preferences, encrypted if a key is given."""
    name = params["logGroupName"]
    if name != LOG_GROUP or not region.place.is_home:
        raise AwsError("LimitExceededException", "The simulated account has no room for other log groups.")
    with region.account.lock:
        if log_group_exists(region):
            raise AwsError("ResourceAlreadyExistsException", "The specified log group already exists")
        region.account.put_setting(_GROUP_EXISTS, "true")
        region.account.put_setting(_GROUP_ENCRYPTED, "true" if params.get("kmsKeyId") else "false")
    return {}


def associate_kms_key(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Encrypts a log group."""
    if params.get("logGroupName") not in _names(region):
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
    with region.account.lock:
        region.account.put_setting(_GROUP_ENCRYPTED, "true")
    return {}


def log_group_exists(region: RegionState, name: str = LOG_GROUP) -> bool:
    """Whether the log group exists."""
    if name != LOG_GROUP:
        return name in _OTHERS
    return bool(region.account.setting(_GROUP_EXISTS)) or "log-group-deleted" not in region.switches()


def log_group_encrypted(region: RegionState, name: str = LOG_GROUP) -> bool:
    """Whether the log group is encrypted; the others than that of the preferences are not."""
    if name != LOG_GROUP:
        return False
    changed = region.account.setting(_GROUP_ENCRYPTED)
    return changed == "true" if changed else "log-group-unencrypted" not in region.switches()


def _wanted(name: str, params: Params) -> bool:
    pattern = params.get("logGroupNamePattern", "").lower()
    return name.startswith(params.get("logGroupNamePrefix", "")) and pattern in name.lower()


def _group(name: str, region: RegionState) -> dict[str, Any]:
    arn = region.place.arn("logs", f"log-group:{name}")
    encrypted = name == LOG_GROUP and log_group_encrypted(region)
    return {
        "logGroupName": name,
        "creationTime": int(_MADE.timestamp() * 1000),
        "metricFilterCount": 0,
        "arn": f"{arn}:*",
        "logGroupArn": arn,
        "storedBytes": 48_128,
        "kmsKeyId": KEY_ARN if encrypted else None,
        "logGroupClass": "STANDARD",
    }


LOGS_HANDLERS: Mapping[str, Handler] = {
    _OPERATION: describe_log_groups,
    "CreateLogGroup": create_log_group,
    "AssociateKmsKey": associate_kms_key,
}


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
        raise AwsError("AccessDenied", "The simulated account has only one bucket.", 403)
    with region.account.lock:
        if bucket_exists(region):
            words = "Your previous request to create the named bucket succeeded and you already own it."
            raise AwsError("BucketAlreadyOwnedByYou", words, 409)
        region.account.put_setting(_BUCKET_EXISTS, "true")
    return {"Location": f"/{name}"}


def put_bucket_encryption(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Encrypts the bucket."""
    _existing(region, params)
    with region.account.lock:
        region.account.put_setting(_BUCKET_ENCRYPTED, "true")
    return {}


def bucket_exists(region: RegionState, name: str = BUCKET) -> bool:
    """Whether the bucket exists; the account has one alone."""
    if name != BUCKET:
        return False
    return bool(region.account.setting(_BUCKET_EXISTS)) or "bucket-deleted" not in region.switches()


def bucket_encrypted(region: RegionState) -> bool:
    """Whether the bucket of the preferences is encrypted."""
    return bool(region.account.setting(_BUCKET_ENCRYPTED)) or "bucket-unencrypted" not in region.switches()


S3_HANDLERS: Mapping[str, Handler] = {
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
