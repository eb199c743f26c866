"""Fetches the account's session preferences, and the bucket, log group and key that they name.

Sources: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetDocument.html,
https://docs.aws.amazon.com/AmazonS3/latest/API/ (API_HeadBucket, API_GetBucketEncryption),
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html and
https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html
"""

from __future__ import annotations

from dataclasses import replace

from smtui.aws.api_calls import ApiCalls, headers_of, is_code, mapping, mappings, text
from smtui.aws.document_adapter import DocumentAdapter
from smtui.diagnosis.evidence.preference_facts import Bucket, KmsKey, LogGroup, SessionPreferences, parse_preferences
from smtui.domain.fault import AwsCallFailed, FaultKind

DOCUMENT = "SSM-SessionManagerRunShell"
"""The document with the account's session preferences."""
_NO_BUCKET = ("404", "NoSuchBucket")
_OTHER_REGION = ("301", "PermanentRedirect", "AuthorizationHeaderMalformed")
_BARE_DENIALS = ("403", "Forbidden")
"""The answer to a HEAD request has no body: its status is all that AWS says."""
_REGION_HEADER = "x-amz-bucket-region"


class PreferencesAdapter:
    """The session preferences of one place. Every method blocks and raises `AwsCallFailed`, naming the IAM action."""

    def __init__(self, calls: ApiCalls) -> None:
        self._calls = calls
        self._documents = DocumentAdapter(calls)

    def preferences(self) -> SessionPreferences | None:
        """ssm:GetDocument; None where the account never saved preferences, and so has no such document."""
        try:
            return parse_preferences(self._documents.document(DOCUMENT).content)
        except AwsCallFailed as failed:
            if is_code(failed, "InvalidDocument"):
                return None
            raise

    def bucket(self, name: str) -> Bucket:
        """s3:HeadBucket, which takes s3:ListBucket; a bucket of another Region counts as existing."""
        try:
            answer = self._calls.call("s3:ListBucket", "head_bucket", Bucket=name)
        except AwsCallFailed as failed:
            if failed.fault.code in _NO_BUCKET:
                return Bucket(name, exists=False)
            if failed.fault.code in _OTHER_REGION:
                return Bucket(name, exists=True, region=text(headers_of(failed), _REGION_HEADER))
            raise _as_denied(failed) from failed
        headers = mapping(mapping(answer.get("ResponseMetadata")).get("HTTPHeaders"))
        return Bucket(name, exists=True, region=text(answer, "BucketRegion") or text(headers, _REGION_HEADER))

    def bucket_encryption(self, name: str) -> str:
        """s3:GetBucketEncryption: `AES256`, `aws:kms`, …; empty for none, and for a bucket that does not exist."""
        try:
            answer = self._calls.call("s3:GetEncryptionConfiguration", "get_bucket_encryption", Bucket=name)
        except AwsCallFailed as failed:
            if is_code(failed, "ServerSideEncryptionConfigurationNotFound", *_NO_BUCKET):
                return ""
            raise _as_denied(failed) from failed
        rules = mappings(mapping(answer.get("ServerSideEncryptionConfiguration")).get("Rules"))
        defaults = (mapping(rule.get("ApplyServerSideEncryptionByDefault")) for rule in rules)
        return next((found for default in defaults if (found := text(default, "SSEAlgorithm"))), "")

    def log_group(self, name: str) -> LogGroup:
        """logs:DescribeLogGroups, which finds names by prefix."""
        for group in self._calls.entries("logs:DescribeLogGroups", logGroupNamePrefix=name):
            if text(group, "logGroupName") == name:
                return LogGroup(name, exists=True, kms_key=text(group, "kmsKeyId"))
        return LogGroup(name, exists=False)

    def kms_key(self, key: str) -> KmsKey:
        """kms:DescribeKey of an id, an ARN or an alias."""
        try:
            answer = self._calls.call("kms:DescribeKey", KeyId=key)
        except AwsCallFailed as failed:
            if is_code(failed, "NotFound"):
                return KmsKey(key, exists=False)
            raise
        metadata = mapping(answer.get("KeyMetadata"))
        return KmsKey(
            key,
            exists=True,
            arn=text(metadata, "Arn"),
            state=text(metadata, "KeyState"),
            usage=text(metadata, "KeyUsage"),
            spec=text(metadata, "KeySpec"),
        )


def _as_denied(failed: AwsCallFailed) -> AwsCallFailed:
    if failed.fault.code not in _BARE_DENIALS:
        return failed
    return AwsCallFailed(replace(failed.fault, kind=FaultKind.DENIED))
