"""The last known list of a place, so that the first paint shows nodes; every fact keeps its own date."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from smtui.domain.node import Ec2Facts, PingStatus, SsmFacts
from smtui.domain.place import Caller, Place
from smtui.domain.roster import Snapshot
from smtui.store.private_file import replace_text

FORMAT = 1
MOST_NODES = 10_000
"""A longer list takes more time to read back than its first pages take to come from AWS."""
_PROFILE_VARIABLES = ("AWS_DEFAULT_PROFILE", "AWS_PROFILE")
_REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")
_Facts = TypeVar("_Facts", SsmFacts, Ec2Facts)


class NodeCache:
    """One file a place, in the cache folder. Reading and writing block; neither ever fails the caller."""

    def __init__(self, folder: Path, environment: Mapping[str, str] = os.environ) -> None:
        """`environment` says what a place means that names no profile or no Region."""
        self._folder = folder
        self._environment = environment

    def load(self, place: Place) -> Snapshot | None:
        """What was saved; None when there is nothing, or nothing that can be understood."""
        try:
            stored = json.loads(self._path(place).read_text(encoding="utf-8"))
            return _snapshot(stored) if stored.get("format") == FORMAT else None
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def save(self, place: Place, snapshot: Snapshot) -> bool:
        """Whether it could be written; a full disk costs the next start its first picture, nothing else."""
        if len(snapshot.ssm) + len(snapshot.ec2) > 2 * MOST_NODES:
            with contextlib.suppress(OSError):
                self._path(place).unlink()  # an earlier, shorter list would be a wrong picture
            return False
        stored = {
            "format": FORMAT,
            "caller": dataclasses.asdict(snapshot.caller),
            "complete_at": snapshot.complete_at.isoformat(),
            "ssm": [_stored(entry) for entry in snapshot.ssm],
            "ec2": [_stored(entry) for entry in snapshot.ec2],
        }
        try:
            replace_text(self._path(place), json.dumps(stored))
        except OSError:
            return False
        return True

    def _path(self, place: Place) -> Path:
        words = [place.profile, place.region]
        if not place.profile:
            words += [self._environment.get(name, "") for name in _PROFILE_VARIABLES]
        if not place.region:
            words += [self._environment.get(name, "") for name in _REGION_VARIABLES]
        digest = hashlib.sha256("\n".join(words).encode()).hexdigest()
        return self._folder / f"nodes-{digest[:16]}.json"


def _stored(entry: SsmFacts | Ec2Facts) -> dict[str, Any]:
    values = {field.name: getattr(entry, field.name) for field in dataclasses.fields(entry)}
    return {name: _plain(value) for name, value in values.items() if value not in ("", None)}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return dict(value) if hasattr(value, "items") else value


_DATES = {"last_ping", "seen_at", "registered_at", "launched_at"}


def _restored(kind: type[_Facts], entries: Iterable[dict[str, Any]]) -> tuple[_Facts, ...]:
    known = {field.name for field in dataclasses.fields(kind)}
    required = {
        field.name
        for field in dataclasses.fields(kind)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    }
    blank = dict.fromkeys(required, "") | ({"last_ping": None} if "last_ping" in known else {})
    restored = []
    for entry in entries:
        values: dict[str, Any] = {
            name: datetime.fromisoformat(value) if name in _DATES else value
            for name, value in entry.items()
            if name in known
        }
        if "ping_status" in known:
            values["ping_status"] = PingStatus(values.get("ping_status", ""))
        restored.append(kind(**{**blank, **values}))
    return tuple(restored)


def _snapshot(stored: dict[str, Any]) -> Snapshot:
    return Snapshot(
        caller=Caller(**stored["caller"]),
        complete_at=datetime.fromisoformat(stored["complete_at"]),
        ssm=_restored(SsmFacts, stored["ssm"]),
        ec2=_restored(Ec2Facts, stored["ec2"]),
    )
