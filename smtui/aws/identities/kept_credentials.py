"""Reads what the AWS CLI and the SDKs keep below `~/.aws`: SSO tokens, role sessions, sign-ins of `aws login`.

Only dates leave this module, never a token or key. Sources: botocore/tokens.py, utils.py and credentials.py;
awscli/customizations/sso and login.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from smtui.aws.api_calls import text
from smtui.store.file_access import NotRegular, opened_regular

_MOST_BYTES = 1 << 20
_JWT_PARTS = 3


@dataclass(frozen=True, slots=True)
class Kept:
    """What one file tells."""

    is_there: bool = True
    trouble: str = ""
    """Why it cannot be used, in a few words; empty if it can."""
    ends: datetime | None = None
    """None if it does not tell, or in a way that is not understood."""
    written: datetime | None = None
    """When the file was written, by this machine's clock."""
    can_renew: bool = False
    """Whether it holds what botocore needs to renew it without the user."""


MISSING = Kept(is_there=False)


class KeptCredentials:
    """The folders of one user. Methods block and never raise."""

    def __init__(self, folder: Path, login_folder: Path | None = None) -> None:
        """`folder` is `~/.aws`; `login_folder` is where AWS_LOGIN_CACHE_DIRECTORY puts the sign-ins of `aws login`."""
        self._sso = folder / "sso" / "cache"
        self._cli = folder / "cli" / "cache"
        self._login = login_folder or folder / "login" / "cache"

    def sso_token(self, cache_key: str, now: datetime) -> Kept:
        """Return the token of a session, or start URL."""
        held, kept = _read(self._sso / f"{cache_name(cache_key)}.json")
        if held is None:
            return kept
        if not (text(held, "accessToken") and "expiresAt" in held):
            return Kept(trouble="its token file is not whole", written=kept.written)
        renewal = ("refreshToken", "clientId", "clientSecret")
        registered_until, _ = instant(held.get("registrationExpiresAt"))
        can_renew = all(text(held, key) for key in renewal) and registered_until is not None and registered_until > now
        ends, trouble = instant(held["expiresAt"])
        return Kept(True, trouble, ends, kept.written, can_renew)

    def role_session(self, settings: Mapping[str, Any]) -> Kept:
        """Return the session that the AWS CLI keeps of a profile's role."""
        held, kept = _read(self._cli / f"{role_session_key(settings)}.json")
        if held is None:
            return kept
        credentials = held.get("Credentials")
        keys = ("AccessKeyId", "SecretAccessKey", "SessionToken")
        if not isinstance(credentials, Mapping) or not all(text(credentials, key) for key in keys):
            return Kept(trouble="its role session in the AWS CLI's cache is not whole", written=kept.written)
        ends, trouble = instant(credentials.get("Expiration"))
        return Kept(True, trouble, ends, kept.written)

    def login(self, arn: str) -> Kept:
        """Return the sign-in that `aws login` keeps of an identity."""
        name = hashlib.sha256(arn.strip().encode()).hexdigest()
        held, kept = _read(self._login / f"{name}.json")
        if held is None:
            return kept
        keys = held.get("accessToken")
        if not isinstance(keys, Mapping) or not all(text(held, key) for key in ("refreshToken", "dpopKey", "clientId")):
            return Kept(trouble="its sign-in file is not whole", written=kept.written)
        ends, trouble = instant(keys.get("expiresAt"))
        return Kept(True, trouble, ends, kept.written, can_renew=True)


def web_token(path: str) -> Kept:
    """Return until when the token of a web identity is good, by its own `exp`."""
    content, kept = _content(Path(path))
    if content is None:
        return kept
    parts = content.strip().split(b".")
    if len(parts) != _JWT_PARTS:
        return kept
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + b"=" * (-len(parts[1]) % 4)))
        ends = datetime.fromtimestamp(claims["exp"], UTC)
    except (binascii.Error, ValueError, TypeError, KeyError, OverflowError, OSError, RecursionError):
        return kept
    return Kept(True, "", ends, kept.written)


def role_session_key(settings: Mapping[str, Any]) -> str:
    """Return the name under which the AWS CLI keeps the session of a profile's role, as botocore makes it."""
    names = {"RoleArn": "role_arn", "ExternalId": "external_id", "RoleSessionName": "role_session_name"}
    named = {**names, "SerialNumber": "mfa_serial"}
    arguments = {name: settings[key] for name, key in named.items() if settings.get(key) is not None}
    try:
        if settings.get("duration_seconds") is not None:
            arguments["DurationSeconds"] = int(settings["duration_seconds"])
    except (TypeError, ValueError):
        pass  # botocore ignores it, too
    return cache_name(json.dumps(arguments, sort_keys=True))


def cache_name(key: str) -> str:
    """Return the name of a file, without `.json`, as botocore and the AWS CLI make it."""
    return hashlib.sha1(key.encode(), usedforsecurity=False).hexdigest()


def instant(value: object) -> tuple[datetime | None, str]:
    """Return a date of these files, in UTC, and why botocore cannot use it: some writers end it in `UTC`."""
    if not isinstance(value, str):
        return None, "its date of expiry is missing"
    try:
        read = datetime.fromisoformat(value.removesuffix("UTC") + "+00:00" if value.endswith("UTC") else value)
        if read.tzinfo is None:
            return None, "its date of expiry has no time zone"
        return read.astimezone(UTC), ""
    except (ValueError, OverflowError):
        return None, ""


def _read(path: Path) -> tuple[dict[str, Any] | None, Kept]:
    """The file's object; or None, and why."""
    content, kept = _content(path)
    if content is None:
        return None, kept
    try:
        held = json.loads(content)
    except (ValueError, RecursionError):
        held = None
    if isinstance(held, dict):
        return held, kept
    return None, Kept(trouble=f"{path.name} is not whole", written=kept.written)


def _content(path: Path) -> tuple[bytes | None, Kept]:
    try:
        with opened_regular(path) as file:
            written = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
            return file.read(_MOST_BYTES), Kept(written=written)
    except (FileNotFoundError, NotADirectoryError):
        return None, MISSING
    except NotRegular:
        return None, Kept(trouble=f"{path.name} is not a file")
    except (OSError, ValueError, OverflowError):
        return None, Kept(trouble=f"{path.name} cannot be read")
