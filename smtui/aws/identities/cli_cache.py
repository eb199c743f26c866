"""Keeps role sessions where the AWS CLI keeps its own, in its format: each program can use what the other one got.

Sources: awscli/customizations/assumerole.py; botocore/credentials.py (the key) and botocore/utils.py (`JSONFileCache`).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from smtui.aws.identities.kept_credentials import instant
from smtui.aws.identities.own_folder import refuse_unsafe
from smtui.domain.text import KNOWN_SECRETS, error_words
from smtui.store.file_access import Tell, UnusableFile, no_one, read_json, replace_text

FRESH = timedelta(minutes=15)
"""botocore and the AWS CLI use no entry that ends sooner."""
_FOLDER = "~/.aws/cli/cache"
_MOST_BYTES = 1 << 20
_TEXTS = ("AccessKeyId", "SecretAccessKey", "SessionToken")


def cli_cache_folder() -> Path:
    """Return the folder that every AWS CLI uses; no setting moves it."""
    return Path(_FOLDER).expanduser()


class CliCache:
    """Role sessions by botocore's key. Safe to use from several threads; no method raises.

    What cannot be written is kept in memory, so that it lasts as long as smtui does.
    """

    def __init__(self, folder: Callable[[], Path] = cli_cache_folder, tell: Tell = no_one) -> None:
        self._folder = folder
        self._tell = tell
        self._lock = threading.Lock()
        self._held: dict[str, Mapping[str, Any]] = {}
        self._refused: set[str] = set()
        self._told: set[str] = set()

    def fresh(self, key: str) -> dict[str, Any] | None:
        """Return the entry if it lasts another 15 minutes and AWS did not refuse its keys; else None."""
        with self._lock:
            held, refused = self._held.get(key), set(self._refused)
        for entry in (held, self._kept(key)):
            if isinstance(entry, dict) and _is_fresh(entry) and entry["Credentials"]["AccessKeyId"] not in refused:
                KNOWN_SECRETS.learn(entry["Credentials"]["SecretAccessKey"], entry["Credentials"]["SessionToken"])
                return entry
        return None

    def hold(self, key: str, entry: Mapping[str, Any]) -> None:
        """Keep an entry in memory, until `keep` has written it."""
        with self._lock:
            self._held[key] = dict(entry)

    def keep(self, key: str, entry: Mapping[str, Any]) -> None:
        """Write an entry for the user alone. What keeps it from being written costs a sentence, not the session."""
        self.hold(key, entry)
        try:
            self._write(key, json.dumps(entry, default=_as_the_cli_does))
        except (OSError, RuntimeError, TypeError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error_words(error)
            with self._lock:
                is_new = reason not in self._told
                self._told.add(reason)
            if is_new:
                self._tell(
                    f"{_FOLDER} cannot be written: {reason}. smtui keeps the role's session until it ends;"
                    " the AWS CLI will ask for its own."
                )
            return
        with self._lock:
            self._held.pop(key, None)

    @property
    def distrusted(self) -> int:
        """How many keys AWS has refused."""
        with self._lock:
            return len(self._refused)

    def distrust(self, access_key_id: str) -> None:
        """Use no entry with this key any more: AWS has refused it."""
        with self._lock:
            self._refused.add(access_key_id)

    def _kept(self, key: str) -> dict[str, Any] | None:
        try:
            return read_json(self._folder() / f"{key}.json", _MOST_BYTES)
        except (UnusableFile, OSError, RuntimeError):
            return None

    def _write(self, key: str, text: str) -> None:
        folder = self._folder()
        refuse_unsafe(folder)
        replace_text(folder / f"{key}.json", text)


def _is_fresh(entry: Mapping[str, Any]) -> bool:
    """Whether botocore can use it: on half an entry it would fail instead of calling AWS."""
    credentials = entry.get("Credentials")
    if not isinstance(credentials, dict):
        return False
    ends = credentials.get("Expiration")
    ends = ends if isinstance(ends, datetime) else instant(ends)[0]
    if ends is None or not all(isinstance(credentials.get(name), str) for name in _TEXTS):
        return False
    return ends - datetime.now(UTC) > FRESH


def _as_the_cli_does(value: Any) -> str:
    if not isinstance(value, datetime):
        raise TypeError("not a date")
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SUTC")
