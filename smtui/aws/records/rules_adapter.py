"""Reads and changes the document of the account's session preferences, and looks up what it relies on.

Sources: https://docs.aws.amazon.com/systems-manager/latest/APIReference/ (API_GetDocument, API_DescribeDocument,
API_ListDocumentVersions, API_CreateDocument, API_UpdateDocument, API_UpdateDocumentDefaultVersion). Only the newest
version can be updated, under the name $LATEST or by its number: by its number AWS refuses once there is a newer one.
The update is a new version, which is not the default one yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtui.aws.api_calls import mapping, mappings, text, when
from smtui.aws.permission_adapter import PermissionAdapter
from smtui.aws.preferences_adapter import DOCUMENT, PreferencesAdapter
from smtui.diagnosis.evidence.rules_facts import LATEST, RulesState, RulesText, RulesVersion
from smtui.domain.fault import AwsCallFailed, FaultKind

if TYPE_CHECKING:
    from smtui.aws.api_calls import ApiCalls
    from smtui.domain.place import Caller

_GET = "ssm:GetDocument"
_NO_DOCUMENT = "InvalidDocument"
_RUN_AS_TAG = "SSMSessionRunAs"


class RulesAdapter:
    """Every method blocks and raises `AwsCallFailed`, whose fault names the IAM action."""

    def __init__(self, calls: ApiCalls) -> None:
        self._calls = calls
        self._permissions = PermissionAdapter(calls)
        preferences = PreferencesAdapter(calls)
        self.bucket = preferences.bucket
        self.bucket_encryption = preferences.bucket_encryption
        self.log_group = preferences.log_group
        self.kms_key = preferences.kms_key

    def rules_text(self, version: str = LATEST) -> RulesText | None:
        """ssm:GetDocument; None where the account never saved preferences."""
        try:
            answer = self._calls.call(_GET, Name=DOCUMENT, DocumentFormat="JSON", DocumentVersion=version)
        except AwsCallFailed as failed:
            if failed.fault.code == _NO_DOCUMENT:
                return None
            raise
        content = answer.get("Content")
        if not isinstance(content, str):
            raise self._calls.odd_answer(_GET, f"The answer for {DOCUMENT} holds no content.")
        return RulesText(text(answer, "DocumentVersion"), content)

    def rules_state(self) -> RulesState | None:
        """ssm:DescribeDocument; None where the account never saved preferences."""
        try:
            answer = self._calls.call("ssm:DescribeDocument", Name=DOCUMENT)
        except AwsCallFailed as failed:
            if failed.fault.code == _NO_DOCUMENT:
                return None
            raise
        found = mapping(answer.get("Document"))
        return RulesState(
            latest=text(found, "LatestVersion"),
            default=text(found, "DefaultVersion"),
            status=text(found, "Status"),
            why=text(found, "StatusInformation"),
        )

    def rules_versions(self) -> tuple[RulesVersion, ...]:
        """ssm:ListDocumentVersions, the newest first; none where the account never saved preferences."""
        try:
            entries = list(self._calls.entries("ssm:ListDocumentVersions", Name=DOCUMENT))
        except AwsCallFailed as failed:
            if failed.fault.code == _NO_DOCUMENT:
                return ()
            raise
        found = [
            RulesVersion(
                text(entry, "DocumentVersion"),
                entry.get("IsDefaultVersion") is True,
                when(entry.get("CreatedDate")),
                text(entry, "Status"),
            )
            for entry in entries
        ]
        return tuple(sorted(found, key=lambda one: _number(one.version), reverse=True))

    def create_rules(self, content: str) -> str:
        """ssm:CreateDocument; returns the version."""
        answer = self._calls.call_once(
            "ssm:CreateDocument", Name=DOCUMENT, Content=content, DocumentType="Session", DocumentFormat="JSON"
        )
        return text(mapping(answer.get("DocumentDescription")), "DocumentVersion")

    def update_rules(self, content: str, newest: str) -> str:
        """ssm:UpdateDocument; returns the new version. AWS refuses where `newest` is not the newest version."""
        answer = self._calls.call_once(
            "ssm:UpdateDocument", Name=DOCUMENT, Content=content, DocumentFormat="JSON", DocumentVersion=newest
        )
        return text(mapping(answer.get("DocumentDescription")), "DocumentVersion")

    def make_default(self, version: str) -> None:
        """ssm:UpdateDocumentDefaultVersion."""
        self._calls.call("ssm:UpdateDocumentDefaultVersion", Name=DOCUMENT, DocumentVersion=version)

    def key_permission(self, caller: Caller, key_arn: str) -> str:
        """iam:SimulatePrincipalPolicy of kms:GenerateDataKey: `allowed`, `implicitDeny` or `explicitDeny`."""
        return self._permissions.decision(caller, "kms:GenerateDataKey", key_arn)

    def run_as_tag(self, caller: Caller) -> str:
        """iam:GetRole or iam:GetUser: the tag SSMSessionRunAs on our role or user; empty for none."""
        kind, _, name = caller.arn.rpartition(":")[2].partition("/")
        if kind == "user":
            answer = self._calls.call("iam:GetUser", UserName=name.rpartition("/")[2])
            entity = mapping(answer.get("User"))
        elif kind == "assumed-role":
            answer = self._calls.call("iam:GetRole", RoleName=name.partition("/")[0])
            entity = mapping(answer.get("Role"))
        else:
            raise self._calls.failed(FaultKind.OTHER, "", "Only IAM roles and users have tags to look at.")
        tags = {text(tag, "Key"): text(tag, "Value") for tag in mappings(entity.get("Tags"))}
        return tags.get(_RUN_AS_TAG, "")


def _number(version: str) -> int:
    return int(version) if version.isascii() and version.isdigit() else 0
