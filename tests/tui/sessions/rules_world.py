"""A world whose account has session preferences that may be read and changed."""

from __future__ import annotations

import json
from typing import Any

from smtui.diagnosis.evidence.preference_facts import Bucket, KmsKey, LogGroup
from smtui.domain.place import Place
from tests.sessions.preferences.rules_fakes import FakeRules
from tests.sessions.session_fakes import FakeRecords
from tests.tui.sessions.account import Account

KEY = "arn:aws:kms:eu-west-1:111122223333:key/5d1b1f5e-3a4c-4f0e-9d57-0c6c2f1e8a44"
INPUTS = {
    "s3BucketName": "acme-ssm-logs",
    "s3KeyPrefix": "sessions",
    "s3EncryptionEnabled": True,
    "cloudWatchLogGroupName": "/ssm/sessions",
    "cloudWatchEncryptionEnabled": True,
    "cloudWatchStreamingEnabled": True,
    "kmsKeyId": "alias/ssm-sessions",
    "idleSessionTimeout": "20",
    "maxSessionDuration": "",
    "runAsEnabled": False,
}


def document(**inputs: Any) -> str:
    """Preferences that name all there is, with these inputs changed."""
    held = {"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": {**INPUTS, **inputs}}
    return json.dumps(held, indent=2)


def rules(**given: Any) -> FakeRules:
    """Three versions, of which the log group of the newest lacks the key that is demanded."""
    texts = [document(idleSessionTimeout="60"), document(idleSessionTimeout="30"), document()]
    facts: dict[str, Any] = {
        "buckets": {"acme-ssm-logs": Bucket("acme-ssm-logs", exists=True, region="eu-west-1")},
        "encryptions": {"acme-ssm-logs": "aws:kms"},
        "groups": {"/ssm/sessions": LogGroup("/ssm/sessions", exists=True)},
        "keys": {"alias/ssm-sessions": KmsKey("alias/ssm-sessions", exists=True, arn=KEY, state="Enabled")},
    }
    return FakeRules(texts, **{**facts, **given})


class _Records(FakeRecords):
    rules: FakeRules

    def records_at(self, place: Place) -> Any:
        found = _Records(self.places, place)
        found.rules = self.rules
        return found


class Ruled(Account):
    """`rules` may be changed while the app runs."""

    def __init__(self, held: FakeRules | None = None, **given: Any) -> None:
        super().__init__(**given)
        self.rules = held if held is not None else rules()
        old: FakeRecords = self.launcher_arguments["records"]
        records = _Records(old.places, old.place)
        records.rules = self.rules
        self.launcher_arguments = {**self.launcher_arguments, "records": records}
