"""Keeps the versions of each Region's session preferences, as calls have changed them.

They are settings of the account, so newly set switches restore the story. Only the home Region's account saved
preferences; in the others there is no such document until CreateDocument makes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from smtui.demo.account.session_documents import DOCUMENTS
from smtui.demo.account.session_registry import DEFAULT_DOCUMENT
from smtui.demo.story.account_facts import (
    BUCKET,
    KEY_ARN,
    KEY_SWITCHES,
    LOG_GROUP,
    LOG_SWITCHES,
    S3_SWITCHES,
)

if TYPE_CHECKING:
    from smtui.demo.account.account import Account
    from smtui.demo.story.account_facts import DemoPlace

_SETTING = "ssm/preferences"
_NOTHING: Mapping[str, Any] = {
    "s3BucketName": "",
    "s3KeyPrefix": "",
    "s3EncryptionEnabled": True,
    "cloudWatchLogGroupName": "",
    "cloudWatchEncryptionEnabled": True,
    "cloudWatchStreamingEnabled": True,
    "idleSessionTimeout": "20",
    "maxSessionDuration": "",
    "runAsEnabled": False,
    "runAsDefaultUser": "",
    "kmsKeyId": "",
    "shellProfile": {"windows": "", "linux": ""},
}
"""The preferences as the console saves its defaults: encryption is required, although no target is named."""
_EARLIER: tuple[tuple[datetime, Mapping[str, Any]], ...] = (
    (datetime(2026, 2, 11, 8, 30, tzinfo=UTC), {"idleSessionTimeout": "60", "cloudWatchStreamingEnabled": False}),
    (datetime(2026, 5, 19, 14, 2, tzinfo=UTC), {"idleSessionTimeout": "30"}),
)
_NEWEST = datetime(2026, 9, 14, 9, 41, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PreferenceVersion:
    """One version of the document."""

    content: str = field(repr=False)
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PreferenceVersions:
    """All versions in a Region, the first of them version 1, and the number of the default one."""

    all: tuple[PreferenceVersion, ...]
    default: int

    @property
    def newest(self) -> int:
        """The number of the newest version; 0 where there is none."""
        return len(self.all)


def preference_versions(account: Account, place: DemoPlace, switches: frozenset[str]) -> PreferenceVersions:
    """The versions as calls have changed them, else those of the story with the switches' effects on the newest."""
    kept = account.setting(f"{_SETTING}/{place.region}")
    if not kept:
        told = _of_the_story(switches) if place.is_home else ()
        return PreferenceVersions(told, len(told))
    held = json.loads(kept)
    versions = tuple(PreferenceVersion(text, datetime.fromisoformat(at)) for text, at in held["versions"])
    return PreferenceVersions(versions, held["default"])


def keep_preferences(account: Account, place: DemoPlace, versions: PreferenceVersions) -> None:
    """Record these versions. A caller holds the account's lock since it read them."""
    listed = [[each.content, each.created_at.isoformat()] for each in versions.all]
    account.put_setting(f"{_SETTING}/{place.region}", json.dumps({"versions": listed, "default": versions.default}))


def newest_preferences(account: Account, place: DemoPlace, switches: frozenset[str]) -> Mapping[str, Any]:
    """The content that sessions follow: of the newest version, or AWS's defaults where none was ever saved."""
    versions = preference_versions(account, place, switches)
    if not versions.all:
        return {"inputs": {}}
    content: Mapping[str, Any] = json.loads(versions.all[-1].content)
    return content


def _of_the_story(switches: frozenset[str]) -> tuple[PreferenceVersion, ...]:
    named = {
        "s3BucketName": BUCKET if switches & S3_SWITCHES else "",
        "cloudWatchLogGroupName": LOG_GROUP if switches & LOG_SWITCHES else "",
        "kmsKeyId": KEY_ARN if switches & KEY_SWITCHES else "",
    }
    return tuple(PreferenceVersion(_text(inputs), at) for at, inputs in (*_EARLIER, (_NEWEST, named)))


def _text(inputs: Mapping[str, Any]) -> str:
    return json.dumps({**DOCUMENTS[DEFAULT_DOCUMENT].content, "inputs": {**_NOTHING, **inputs}}, indent=2)
