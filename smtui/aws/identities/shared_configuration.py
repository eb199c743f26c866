"""Lets botocore sessions share what the AWS configuration holds: botocore parses both files again for each session.

Opening 300 profiles takes 13 s of processor time with one parse, and 23 s without.
Source: botocore/session.py (`full_config`).
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

from botocore.session import Session

from smtui.aws.config_faults import configuration_path

_SETTLED_SECONDS = 2.0
"""A file that was just written may change once more and still have the same size and, on some file systems, date."""


class SharedConfiguration:
    """What both files hold, parsed again once either has changed. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parsed: dict[str, Any] = {}
        self._state: tuple[object, ...] | None = None
        """The state of the files when they were parsed; None if that may not be shared."""

    def of(self, session: ConfiguredSession) -> dict[str, Any]:
        """Return what this session reads, with a mapping of profiles of its own; raises what botocore raises."""
        paths = [configuration_path(session, variable) for variable in ("config_file", "credentials_file")]
        with self._lock:
            state = _state_of(paths)
            if state is None or state != self._state:
                self._state = None
                self._parsed = session.parsed()
                self._state = state
            return {**self._parsed, "profiles": dict(self._parsed["profiles"])}


class ConfiguredSession(Session):  # type: ignore[misc]  # botocore has no types
    """botocore's session with a shared configuration, which it asks for once."""

    def __init__(self, shared: SharedConfiguration, **settings: Any) -> None:
        self._shared_configuration = shared
        self._own_configuration: dict[str, Any] | None = None
        super().__init__(**settings)

    @property
    def full_config(self) -> dict[str, Any]:
        """See botocore."""
        if self._own_configuration is None:
            self._own_configuration = self._shared_configuration.of(self)
        return self._own_configuration

    def parsed(self) -> dict[str, Any]:
        """Parse both files, as botocore does."""
        held: dict[str, Any] = super().full_config
        return held


def _state_of(paths: list[str]) -> tuple[object, ...] | None:
    """What changes with the files; None if one was written within the last seconds."""
    found: list[object] = []
    for path in paths:
        try:
            about = Path(path).stat()
        except (OSError, ValueError):
            found.append(path)
            continue
        if time.time() - max(about.st_mtime, about.st_ctime) < _SETTLED_SECONDS:
            return None
        found.append((path, about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns))
    return tuple(found)
