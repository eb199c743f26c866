"""The account's Session Manager preferences and what they rely on."""

from __future__ import annotations

from dataclasses import dataclass


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


@dataclass(frozen=True, slots=True)
class Bucket:
    """s3:HeadBucket, which the permission s3:ListBucket allows."""

    name: str
    exists: bool
    region: str = ""


@dataclass(frozen=True, slots=True)
class LogGroup:
    name: str
    exists: bool
    kms_key: str = ""
    """Empty where it is not encrypted with a key of KMS."""


@dataclass(frozen=True, slots=True)
class KmsKey:
    """kms:DescribeKey."""

    key: str
    """As the preferences name it."""
    exists: bool
    arn: str = ""
    state: str = ""
    """`Enabled`, `Disabled`, `PendingDeletion`, …"""
