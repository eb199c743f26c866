"""A `RulesAws` in memory, which can deny any of its calls and whose document anyone may change."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from smtui.diagnosis.evidence.preference_facts import Bucket, KmsKey, LogGroup
from smtui.diagnosis.evidence.rules_facts import LATEST, RulesState, RulesText, RulesVersion
from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.place import Caller, Place

NOW = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)


def denied(action: str) -> AwsCallFailed:
    return AwsCallFailed(Fault(FaultKind.DENIED, action, "AccessDeniedException", "no", NOW))


def refused(code: str) -> AwsCallFailed:
    return AwsCallFailed(Fault(FaultKind.INVALID_REQUEST, "ssm:UpdateDocument", code, "no", NOW))


@dataclass
class FakeRules:
    """`texts` are the versions, the oldest first; `default` is one of them, from 1."""

    texts: list[str] = field(default_factory=list)
    default: int = 0
    denied: set[str] = field(default_factory=set)
    fails: dict[str, AwsCallFailed] = field(default_factory=dict)
    buckets: dict[str, Bucket] = field(default_factory=dict)
    encryptions: dict[str, str] = field(default_factory=dict)
    groups: dict[str, LogGroup] = field(default_factory=dict)
    keys: dict[str, KmsKey] = field(default_factory=dict)
    key_decision: str = "allowed"
    tag: str = ""
    meanwhile: list[str] = field(default_factory=list)
    """What somebody else writes just before the next update arrives."""
    calls: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.default = self.default or len(self.texts)

    def _asked(self, action: str) -> None:
        self.calls.append(action)
        if action in self.denied:
            raise denied(action)
        if action in self.fails:
            raise self.fails[action]

    def rules_text(self, version: str = LATEST) -> RulesText | None:
        self._asked("ssm:GetDocument")
        if not self.texts:
            return None
        number = len(self.texts) if version == LATEST else int(version)
        return RulesText(str(number), self.texts[number - 1])

    def rules_state(self) -> RulesState | None:
        self._asked("ssm:DescribeDocument")
        return RulesState(str(len(self.texts)), str(self.default), "Active") if self.texts else None

    def rules_versions(self) -> tuple[RulesVersion, ...]:
        self._asked("ssm:ListDocumentVersions")
        numbers = range(len(self.texts), 0, -1)
        return tuple(
            RulesVersion(str(number), number == self.default, NOW - timedelta(days=len(self.texts) - number), "Active")
            for number in numbers
        )

    def create_rules(self, content: str) -> str:
        self._asked("ssm:CreateDocument")
        self.texts.append(content)
        self.default = 1
        return "1"

    def update_rules(self, content: str, newest: str) -> str:
        self._asked("ssm:UpdateDocument")
        if self.meanwhile:
            self.texts.append(self.meanwhile.pop())
        if newest != str(len(self.texts)):
            raise refused("InvalidDocumentVersion")
        if content in self.texts:
            raise refused("DuplicateDocumentContent")
        self.texts.append(content)
        return str(len(self.texts))

    def make_default(self, version: str) -> None:
        self._asked("ssm:UpdateDocumentDefaultVersion")
        self.default = int(version)

    def bucket(self, name: str) -> Bucket:
        self._asked("s3:ListBucket")
        return self.buckets.get(name, Bucket(name, exists=False))

    def bucket_encryption(self, name: str) -> str:
        self._asked("s3:GetEncryptionConfiguration")
        return self.encryptions.get(name, "")

    def log_group(self, name: str) -> LogGroup:
        self._asked("logs:DescribeLogGroups")
        return self.groups.get(name, LogGroup(name, exists=False))

    def kms_key(self, key: str) -> KmsKey:
        self._asked("kms:DescribeKey")
        return self.keys.get(key, KmsKey(key, exists=False))

    def key_permission(self, caller: Caller, key_arn: str) -> str:
        self._asked("iam:SimulatePrincipalPolicy")
        return self.key_decision

    def run_as_tag(self, caller: Caller) -> str:
        self._asked("iam:GetRole")
        return self.tag


@dataclass
class FakeRecords:
    """`RecordPlaces` with these rules everywhere."""

    rules: FakeRules

    def records_at(self, place: Place) -> Any:
        return self


class FakeAccess:
    """Of `Aws`, who we are; `fails` is raised instead."""

    def __init__(self, fails: AwsCallFailed | None = None) -> None:
        self._fails = fails

    def caller(self) -> Caller:
        if self._fails is not None:
            raise self._fails
        return Caller("111122223333", "arn:aws:sts::111122223333:assumed-role/ops/ana", "AROA:ana", "eu-west-1")
