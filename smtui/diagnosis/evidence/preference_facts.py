"""Looks at the account's Session Manager preferences and at what they rely on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from smtui.diagnosis.evidence.lookup import Lookup, NothingToAsk, answer

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.record import Evidence, EvidenceSources


@dataclass(frozen=True, slots=True)
class SessionPreferences:
    """The inputs of the document SSM-SessionManagerRunShell; texts are empty where nothing is set."""

    s3_bucket: str = ""
    s3_encrypted: bool = False
    """Whether sessions demand an encrypted bucket."""
    log_group: str = ""
    log_encrypted: bool = False
    kms_key: str = ""
    """A key's id, ARN or alias, for the session itself."""
    left_open: tuple[str, ...] = ()
    """Inputs such as `kmsKeyId` that take a parameter without a default: only each session gives them a value."""
    content: str = field(default="", compare=False, repr=False)
    """The document as it is, JSON."""

    def why_unset(self, name: str, otherwise: str) -> str:
        """Why an input has no value: a sentence of its own where each session gives it."""
        if name in self.left_open:
            return f"The preferences leave {name} to a parameter that each session has to give."
        return otherwise


@dataclass(frozen=True, slots=True)
class Bucket:
    """s3:HeadBucket, which the permission s3:ListBucket allows."""

    name: str
    exists: bool
    region: str = ""


@dataclass(frozen=True, slots=True)
class LogGroup:
    """One entry of logs:DescribeLogGroups, or the name of a group that is not there."""

    name: str
    exists: bool
    kms_key: str = ""
    """Empty where it is not encrypted with a KMS key."""


@dataclass(frozen=True, slots=True)
class KmsKey:
    """kms:DescribeKey."""

    key: str
    """As the preferences name it."""
    exists: bool
    arn: str = ""
    state: str = ""
    """`Enabled`, `Disabled`, `PendingDeletion`, …"""
    usage: str = ""
    """`ENCRYPT_DECRYPT`, `SIGN_VERIFY`, …; empty where KMS does not report it."""
    spec: str = ""
    """`SYMMETRIC_DEFAULT`, `RSA_2048`, …; empty where KMS does not report it."""


class PreferencesAws(Protocol):
    """The calls of `PreferencesEvidence`; see `EvidenceAws`."""

    def preferences(self) -> SessionPreferences | None:
        """ssm:GetDocument of SSM-SessionManagerRunShell; None where there is no such document."""

    def bucket(self, name: str) -> Bucket:
        """s3:HeadBucket, which needs s3:ListBucket."""

    def bucket_encryption(self, name: str) -> str:
        """s3:GetEncryptionConfiguration: `AES256`, `aws:kms`, … or empty for none."""

    def log_group(self, name: str) -> LogGroup:
        """logs:DescribeLogGroups."""

    def kms_key(self, key: str) -> KmsKey:
        """kms:DescribeKey."""


def _not_set(preferences: SessionPreferences | None, name: str, otherwise: str) -> str:
    return preferences.why_unset(name, otherwise) if preferences is not None else otherwise


def _bucket_name(got: Evidence) -> str:
    preferences = answer(got.preferences)
    if preferences is None or not preferences.s3_bucket:
        raise NothingToAsk(_not_set(preferences, "s3BucketName", "The preferences send no session output to S3."))
    return preferences.s3_bucket


def _log_group(sources: EvidenceSources, got: Evidence) -> LogGroup:
    preferences = answer(got.preferences)
    if preferences is None or not preferences.log_group:
        why = "The preferences send no session output to CloudWatch Logs."
        raise NothingToAsk(_not_set(preferences, "cloudWatchLogGroupName", why))
    return sources.aws.log_group(preferences.log_group)


def _kms_key(sources: EvidenceSources, got: Evidence) -> KmsKey:
    preferences = answer(got.preferences)
    if preferences is None or not preferences.kms_key:
        raise NothingToAsk(_not_set(preferences, "kmsKeyId", "The preferences name no key for sessions."))
    return sources.aws.kms_key(preferences.kms_key)


@dataclass(kw_only=True)
class PreferencesEvidence:
    """The preferences, and the bucket, log group and key that they name."""

    preferences: Lookup[SessionPreferences | None] = Lookup(
        "ssm:GetDocument", lambda sources, _: sources.aws.preferences()
    )
    """None where none were ever saved."""
    bucket: Lookup[Bucket] = Lookup(
        "s3:ListBucket", lambda sources, got: sources.aws.bucket(_bucket_name(got)), (preferences,)
    )
    bucket_encryption: Lookup[str] = Lookup(
        "s3:GetEncryptionConfiguration",
        lambda sources, got: sources.aws.bucket_encryption(_bucket_name(got)),
        (preferences,),
    )
    """`AES256`, `aws:kms`, …; empty where there is none."""
    log_group: Lookup[LogGroup] = Lookup("logs:DescribeLogGroups", _log_group, (preferences,))
    kms_key: Lookup[KmsKey] = Lookup("kms:DescribeKey", _kms_key, (preferences,))
