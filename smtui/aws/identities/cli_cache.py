"""Keeps role sessions where the AWS CLI keeps its own, in its format: each program can use what the other one got.

Sources: awscli/customizations/assumerole.py; botocore/credentials.py (the key) and botocore/utils.py (`JSONFileCache`).
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from smtui.aws.boto_session import parse_timestamp
from smtui.aws.identities.own_folder import refuse_unsafe
from smtui.domain.text import KNOWN_SECRETS, error_words
from smtui.store.file_access import UnusableFile, read_bytes

FRESH = timedelta(minutes=15)
"""botocore and the AWS CLI use no entry that ends sooner."""
_FOLDER = "~/.aws/cli/cache"
_MOST_BYTES = 1 << 20
_TEXTS = ("AccessKeyId", "SecretAccessKey", "SessionToken")


def no_one(_: str) -> None:
    """Ignore the sentence."""


def cli_cache_folder() -> Path:
    """Return the folder that every AWS CLI uses; no setting moves it."""
    return Path(_FOLDER).expanduser()


class CliCache:
    """Role sessions by botocore's key. Safe to use from several threads; no method raises.

    What cannot be written is kept in memory, so that it lasts as long as smtui does.
    """

    def __init__(self, folder: Callable[[], Path] = cli_cache_folder, tell: Callable[[str], None] = no_one) -> None:
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

    def _kept(self, key: str) -> Any:
        try:
            content = read_bytes(self._folder() / f"{key}.json", _MOST_BYTES)
            return None if content is None else json.loads(content)
        except (UnusableFile, OSError, RuntimeError, ValueError, RecursionError):
            return None

    def _write(self, key: str, text: str) -> None:
        folder = self._folder()
        refuse_unsafe(folder)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{key}.", suffix=".tmp", dir=folder)  # 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(folder / f"{key}.json")
        except BaseException:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise


def _is_fresh(entry: Mapping[str, Any]) -> bool:
    """Whether botocore can use it: on half an entry it would fail instead of calling AWS."""
    credentials = entry.get("Credentials")
    if not isinstance(credentials, dict):
        return False
    ends = credentials.get("Expiration")
    ends = ends if isinstance(ends, datetime) else parse_timestamp(ends)
    if ends is None or not all(isinstance(credentials.get(name), str) for name in _TEXTS):
        return False
    return ends - datetime.now(UTC) > FRESH


def _as_the_cli_does(value: Any) -> str:
    if not isinstance(value, datetime):
        raise TypeError("not a date")
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SUTC")
