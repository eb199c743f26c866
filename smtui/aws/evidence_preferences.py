"""What the session preferences name. Sources: the API references of S3, CloudWatch Logs and KMS."""

from __future__ import annotations

from dataclasses import replace

from smtui.aws.evidence_calls import EvidenceCalls, Listing, headers_of, is_code
from smtui.aws.shapes import mapping, mappings, text
from smtui.domain.evidence.preferences import Bucket, KmsKey, LogGroup, SessionPreferences
from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.session_preferences import parse_preferences

_DOCUMENT = "SSM-SessionManagerRunShell"
_LOG_GROUPS = Listing("logs:DescribeLogGroups", "describe_log_groups", "logGroups", "nextToken")
_NO_BUCKET = ("404", "NoSuchBucket")
_OTHER_REGION = ("301", "PermanentRedirect", "AuthorizationHeaderMalformed")
_BARE_DENIALS = ("403", "Forbidden")
"""The answer to a HEAD has no body, so that its status is all that AWS says."""
_REGION_HEADER = "x-amz-bucket-region"


class PreferencesEvidence(EvidenceCalls):
    """Calls about the account's session preferences."""

    def preferences(self) -> SessionPreferences | None:
        """ssm:GetDocument; an account that never saved preferences has no such document."""
        action = "ssm:GetDocument"
        try:
            said = self._call(action, "get_document", Name=_DOCUMENT, DocumentFormat="JSON")
        except AwsCallFailed as failed:
            if is_code(failed, "InvalidDocument"):
                return None
            raise
        content = said.get("Content")
        if not isinstance(content, str):
            raise self._odd(action, "The answer holds no content.")
        return parse_preferences(content)

    def bucket(self, name: str) -> Bucket:
        """s3:HeadBucket; a bucket of another Region exists, too."""
        try:
            said = self._call("s3:ListBucket", "head_bucket", Bucket=name)
        except AwsCallFailed as failed:
            if failed.fault.code in _NO_BUCKET:
                return Bucket(name, exists=False)
            if failed.fault.code in _OTHER_REGION:
                return Bucket(name, exists=True, region=text(headers_of(failed), _REGION_HEADER))
            raise _as_denied(failed) from failed
        headers = mapping(mapping(said.get("ResponseMetadata")).get("HTTPHeaders"))
        return Bucket(name, exists=True, region=text(said, "BucketRegion") or text(headers, _REGION_HEADER))

    def bucket_encryption(self, name: str) -> str:
        """s3:GetBucketEncryption; a bucket that does not exist encrypts nothing."""
        try:
            said = self._call("s3:GetEncryptionConfiguration", "get_bucket_encryption", Bucket=name)
        except AwsCallFailed as failed:
            if is_code(failed, "ServerSideEncryptionConfigurationNotFound", *_NO_BUCKET):
                return ""
            raise _as_denied(failed) from failed
        rules = mappings(mapping(said.get("ServerSideEncryptionConfiguration")).get("Rules"))
        defaults = (mapping(rule.get("ApplyServerSideEncryptionByDefault")) for rule in rules)
        return next((found for default in defaults if (found := text(default, "SSEAlgorithm"))), "")

    def log_group(self, name: str) -> LogGroup:
        """logs:DescribeLogGroups, which finds names by how they begin."""
        for group in self._entries(_LOG_GROUPS, logGroupNamePrefix=name):
            if text(group, "logGroupName") == name:
                return LogGroup(name, exists=True, kms_key=text(group, "kmsKeyId"))
        return LogGroup(name, exists=False)

    def kms_key(self, key: str) -> KmsKey:
        """kms:DescribeKey, of an id, an ARN or an alias."""
        try:
            said = self._call("kms:DescribeKey", "describe_key", KeyId=key)
        except AwsCallFailed as failed:
            if is_code(failed, "NotFound"):
                return KmsKey(key, exists=False)
            raise
        told = mapping(said.get("KeyMetadata"))
        return KmsKey(key, exists=True, arn=text(told, "Arn"), state=text(told, "KeyState"))


def _as_denied(failed: AwsCallFailed) -> AwsCallFailed:
    if failed.fault.code not in _BARE_DENIALS:
        return failed
    return AwsCallFailed(replace(failed.fault, kind=FaultKind.DENIED))
