"""Keeps the last known list of a place, so that the first paint shows nodes. Every fact keeps its own date."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import logging
import os
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from smtui.domain.node import Ec2Facts, PingStatus, SsmFacts
from smtui.domain.place import Caller, Place
from smtui.domain.roster import Snapshot
from smtui.store.file_access import (
    Tell,
    UnusableFile,
    WrongShape,
    field,
    instant,
    items,
    no_one,
    read_json,
    replace_text,
    table,
    text,
    texts,
    truth,
    understanding,
    words,
)

FORMAT = 1
MOST_NODES = 10_000
"""A longer list takes longer to read back than its first pages take to come from AWS."""
MOST_BYTES = 32 << 20
"""10,000 nodes with ten tags each take 10 MB."""
_PROFILE_VARIABLES = ("AWS_DEFAULT_PROFILE", "AWS_PROFILE")
_REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")
_Facts = TypeVar("_Facts", SsmFacts, Ec2Facts)

log = logging.getLogger(__name__)


class NodeCache:
    """One file a place, in the cache folder. Reading and writing block and never raise."""

    def __init__(self, folder: Path, environment: Mapping[str, str] = os.environ, tell: Tell = no_one) -> None:
        """`environment` gives the profile and Region of a place that names none."""
        self._folder = folder
        self._environment = environment
        self._tell = tell

    def load(self, place: Place) -> Snapshot | None:
        """Return what was saved; None if there is nothing, or nothing usable, which is reported to `tell`."""
        path = self._path(place)
        try:
            stored = read_json(path, MOST_BYTES)
            if stored is None or stored.get("format") != FORMAT:
                return None
            with understanding(path):
                return _snapshot(stored)
        except UnusableFile as unusable:
            self._tell(f"The list of the last run is not used, the nodes are read from AWS: {unusable}")
            return None

    def save(self, place: Place, snapshot: Snapshot) -> bool:
        """Save the list; returns whether it could be written. A failure only costs the next start its first list."""
        path = self._path(place)
        stored = ""
        if len(snapshot.ssm) + len(snapshot.ec2) <= 2 * MOST_NODES:
            stored = json.dumps(_stored(snapshot))
        if not 0 < len(stored) <= MOST_BYTES:
            with contextlib.suppress(OSError):
                path.unlink()  # the earlier, shorter list would be wrong
            return False
        try:
            replace_text(path, stored)
        except OSError as error:
            log.warning("the list of nodes cannot be saved: %s", error)
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


def _stored(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "caller": dataclasses.asdict(snapshot.caller),
        "complete_at": snapshot.complete_at.isoformat(),
        "ssm": [_entry(facts) for facts in snapshot.ssm],
        "ec2": [_entry(facts) for facts in snapshot.ec2],
    }


def _entry(facts: SsmFacts | Ec2Facts) -> dict[str, Any]:
    values = {each.name: getattr(facts, each.name) for each in dataclasses.fields(facts)}
    return {name: _plain(value) for name, value in values.items() if value not in ("", None)}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return dict(value) if hasattr(value, "items") else value


def _snapshot(stored: dict[str, Any]) -> Snapshot:
    """Raises `WrongShape`."""
    return Snapshot(
        caller=field(stored, "caller", _caller),
        complete_at=field(stored, "complete_at", instant),
        ssm=field(stored, "ssm", partial(items, read=_reader(SsmFacts), most=2 * MOST_NODES)),
        ec2=field(stored, "ec2", partial(items, read=_reader(Ec2Facts), most=2 * MOST_NODES)),
    )


def _caller(value: Any) -> Caller:
    return Caller(**{each.name: field(table(value), each.name, text) for each in dataclasses.fields(Caller)})


def _ping_status(value: Any) -> PingStatus:
    try:
        return PingStatus(text(value))
    except ValueError:
        raise WrongShape("is no ping status") from None


_NO_TEXTS: Mapping[str, Callable[[Any], Any]] = {
    "node_id": words,
    "ping_status": _ping_status,
    "last_ping": instant,
    "is_latest_agent": truth,
    "seen_at": instant,
    "registered_at": instant,
    "launched_at": instant,
    "tags": texts,
}
"""How to read the fields that are no plain texts."""
_BLANK: Mapping[str, Any] = {"ping_status": PingStatus.UNRECOGNISED, "last_ping": None}
"""Values of left-out fields without a default, if not the empty text."""
_NEEDED = ("node_id", "seen_at")


def _reader(kind: type[_Facts]) -> Callable[[Any], _Facts]:
    """Return a reader of one entry; it ignores unknown keys, which come from another version of smtui."""
    make: Callable[..., _Facts] = kind
    fields = dataclasses.fields(kind)
    readers: dict[str, Callable[[Any], Any]] = {each.name: _NO_TEXTS.get(each.name, text) for each in fields}
    has_default = {each.name for each in fields if (each.default, each.default_factory) != (dataclasses.MISSING,) * 2}
    blank = {each.name: _BLANK.get(each.name, "") for each in fields if each.name not in has_default}

    def read(value: Any) -> _Facts:
        values, name = dict(blank), ""
        for needed in _NEEDED:
            if needed not in table(value):
                raise WrongShape("is missing", needed)
        try:
            for name, stored in value.items():
                if name in readers:
                    values[name] = readers[name](stored)
        except WrongShape as wrong:
            raise wrong.within(name) from None
        return make(**values)

    return read
