"""The account's session preferences: nothing special, unless a switch of the Region says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smtui.demo.operations_kms import KEY_ARN
from smtui.demo.switches import BUCKET, KEY_SWITCHES, LOG_GROUP, LOG_SWITCHES, S3_SWITCHES

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
"""As the console writes them where only the defaults were saved: encryption is demanded of what is not named."""


def inputs(switches: frozenset[str]) -> Mapping[str, Any]:
    """The `inputs` of the document SSM-SessionManagerRunShell."""
    named = {
        "s3BucketName": BUCKET if switches & S3_SWITCHES else "",
        "cloudWatchLogGroupName": LOG_GROUP if switches & LOG_SWITCHES else "",
        "kmsKeyId": KEY_ARN if switches & KEY_SWITCHES else "",
    }
    return {**_NOTHING, **named}
