"""Describes the document of the account's session preferences, its versions, and who may do what with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from smtui.diagnosis.evidence.preference_facts import parse_preferences
from smtui.diagnosis.evidence.reading import Seen

if TYPE_CHECKING:
    from datetime import datetime

    from smtui.diagnosis.evidence.preference_facts import Bucket, KmsKey, LogGroup, SessionPreferences
    from smtui.diagnosis.evidence.reading import Reading
    from smtui.domain.place import Caller

LATEST = "$LATEST"
"""What AWS calls the newest version. StartSession uses it, also where another version is the default one."""


@dataclass(frozen=True, slots=True)
class RulesText:
    """One version of the document."""

    version: str
    content: str = field(repr=False)
    """JSON, as it was written."""


@dataclass(frozen=True, slots=True)
class RulesState:
    """ssm:DescribeDocument."""

    latest: str
    default: str
    status: str = ""
    """`Active`, `Creating`, `Updating`, `Deleting` or `Failed`."""
    why: str = ""
    """AWS's reason for the status; empty for none."""


@dataclass(frozen=True, slots=True)
class RulesVersion:
    """One entry of ssm:ListDocumentVersions."""

    version: str
    is_default: bool
    created_at: datetime | None
    status: str = ""


class RulesAws(Protocol):
    """The session preferences of one place. Every method blocks and raises `AwsCallFailed`, naming the IAM action."""

    def rules_text(self, version: str = LATEST) -> RulesText | None:
        """ssm:GetDocument; None where the account never saved preferences."""

    def rules_state(self) -> RulesState | None:
        """ssm:DescribeDocument; None where the account never saved preferences."""

    def rules_versions(self) -> tuple[RulesVersion, ...]:
        """ssm:ListDocumentVersions, the newest first; none where the account never saved preferences."""

    def create_rules(self, content: str) -> str:
        """ssm:CreateDocument; returns the version."""

    def update_rules(self, content: str, newest: str) -> str:
        """ssm:UpdateDocument; returns the new version. AWS refuses where `newest` is not the newest version."""

    def make_default(self, version: str) -> None:
        """ssm:UpdateDocumentDefaultVersion."""

    def bucket(self, name: str) -> Bucket:
        """s3:HeadBucket, which needs s3:ListBucket."""

    def bucket_encryption(self, name: str) -> str:
        """s3:GetEncryptionConfiguration: `AES256`, `aws:kms`, … or empty for none."""

    def log_group(self, name: str) -> LogGroup:
        """logs:DescribeLogGroups."""

    def kms_key(self, key: str) -> KmsKey:
        """kms:DescribeKey."""

    def key_permission(self, caller: Caller, key_arn: str) -> str:
        """iam:SimulatePrincipalPolicy of kms:GenerateDataKey: `allowed`, `implicitDeny` or `explicitDeny`."""

    def run_as_tag(self, caller: Caller) -> str:
        """iam:GetRole or iam:GetUser: the tag SSMSessionRunAs on our role or user; empty for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesRead:
    """The preferences of one place and what they rely on, as far as it could be read."""

    region: str
    """Empty where it is not known."""
    account: str
    """Its number; empty where it is not known."""
    is_role_session: bool
    """Whether the caller has a role: its sign-in may have passed tags that nobody can look up."""
    at: datetime
    text: Reading[RulesText | None]
    """The newest version; None where the account never saved preferences."""
    state: Reading[RulesState | None]
    bucket: Reading[Bucket]
    bucket_encryption: Reading[str]
    log_group: Reading[LogGroup]
    kms_key: Reading[KmsKey]
    key_permission: Reading[str]
    run_as_tag: Reading[str]

    @property
    def newest(self) -> RulesText | None:
        """The newest version; None where there is none, or it was not seen."""
        return self.text.value if isinstance(self.text, Seen) else None

    @property
    def version(self) -> str:
        """Its number; empty where there is none, or it was not seen."""
        return self.newest.version if self.newest is not None else ""

    @property
    def preferences(self) -> SessionPreferences | None:
        """The newest version's inputs, AWS's own where none was saved; None where it was not seen."""
        if not isinstance(self.text, Seen):
            return None
        return parse_preferences(self.text.value.content if self.text.value is not None else "")
