"""Reads the account's Session Manager preferences from their document (SSM-SessionManagerRunShell).

Source: Session document schema in the AWS documentation. Anyone may have written the document, so a value of another
type counts as not set, and content that is not a JSON object sets nothing. Inputs may hold placeholders for parameters;
a session that is given no value uses their defaults.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from smtui.diagnosis.evidence.preference_facts import SessionPreferences
from smtui.domain.document import PLACEHOLDER

_TRUE = frozenset({"1", "t", "true"})
"""What the agent reads as true, in upper or lower case."""
_BUCKET, _BUCKET_FLAG = "s3BucketName", "s3EncryptionEnabled"
_GROUP, _GROUP_FLAG = "cloudWatchLogGroupName", "cloudWatchEncryptionEnabled"
_KEY = "kmsKeyId"


def parse_preferences(content: str) -> SessionPreferences:
    """Read the document's content (JSON)."""
    document = _object(content)
    inputs = _mapping(document, "inputs")
    defaults = _defaults(_mapping(document, "parameters"))
    filled = {name: _filled(inputs.get(name), defaults) for name in (_BUCKET, _BUCKET_FLAG, _GROUP, _GROUP_FLAG, _KEY)}
    return SessionPreferences(
        s3_bucket=_text(filled[_BUCKET]),
        s3_encrypted=_flag(filled[_BUCKET_FLAG]),
        log_group=_text(filled[_GROUP]),
        log_encrypted=_flag(filled[_GROUP_FLAG]),
        kms_key=_text(filled[_KEY]),
        left_open=tuple(name for name, value in filled.items() if value is _OPEN),
        content=content,
    )


def without_demand(preferences: SessionPreferences) -> str:
    """The document without its demand that logs be encrypted; empty where it cannot be read."""
    return _changed(preferences, {_BUCKET_FLAG: False, _GROUP_FLAG: False})


def without_key(preferences: SessionPreferences) -> str:
    """The document without a key for sessions; empty where it cannot be read."""
    return _changed(preferences, {_KEY: ""})


def _changed(preferences: SessionPreferences, changes: Mapping[str, object]) -> str:
    document = _object(preferences.content)
    inputs = _mapping(document, "inputs")
    if not inputs:
        return ""
    changed = {name: value for name, value in changes.items() if name in inputs}
    return json.dumps({**document, "inputs": {**inputs, **changed}}, separators=(",", ":"))


class _Open:
    """Stands for an input whose value nobody knows before the session."""


_OPEN = _Open()


def _filled(value: object, defaults: Mapping[str, str]) -> object:
    """The value with the parameters' defaults in the place of their names; `_OPEN` where one has none."""
    if not isinstance(value, str):
        return value
    names = PLACEHOLDER.findall(value)
    if any(name not in defaults for name in names):
        return _OPEN
    return PLACEHOLDER.sub(lambda found: defaults[found[1]], value)


def _defaults(parameters: Mapping[str, Any]) -> dict[str, str]:
    """The defaults of the parameters that have one, as text."""
    given = {name: told["default"] for name, told in parameters.items() if isinstance(told, dict) and "default" in told}
    return {name: _as_text(default) for name, default in given.items() if not isinstance(default, dict | None)}


def _as_text(default: Any) -> str:
    single = default[0] if isinstance(default, list) and len(default) == 1 else default
    return single if isinstance(single, str) else json.dumps(single)


def _object(content: str) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _mapping(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = document.get(name)
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _flag(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.strip().lower() in _TRUE)
