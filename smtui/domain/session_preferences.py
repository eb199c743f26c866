"""The account's Session Manager preferences, read from the document that holds them (SSM-SessionManagerRunShell).

Source: Session document schema in the AWS documentation. Anyone may have written the document, so a value of another
type counts as not set, and content that is no JSON object sets nothing.
"""

from __future__ import annotations

import json
from typing import Any

from smtui.domain.evidence.preferences import SessionPreferences

_TRUE = frozenset({"1", "t", "true"})
"""What the agent reads as true, in any case."""


def parse_preferences(content: str) -> SessionPreferences:
    """Read the document's content (JSON)."""
    inputs = _inputs(content)
    return SessionPreferences(
        s3_bucket=_text(inputs, "s3BucketName"),
        s3_encrypted=_flag(inputs, "s3EncryptionEnabled"),
        log_group=_text(inputs, "cloudWatchLogGroupName"),
        log_encrypted=_flag(inputs, "cloudWatchEncryptionEnabled"),
        kms_key=_text(inputs, "kmsKeyId"),
    )


def _inputs(content: str) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    inputs = document.get("inputs") if isinstance(document, dict) else None
    return inputs if isinstance(inputs, dict) else {}


def _text(inputs: dict[str, Any], name: str) -> str:
    value = inputs.get(name)
    return value.strip() if isinstance(value, str) else ""


def _flag(inputs: dict[str, Any], name: str) -> bool:
    value = inputs.get(name)
    return value is True or (isinstance(value, str) and value.strip().lower() in _TRUE)
