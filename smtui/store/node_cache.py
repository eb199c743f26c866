"""Keeps the last known list of a place, so that the first paint shows nodes. Every fact keeps its own date.

A file has one JSON object a line: the head, with what the first paint draws, then the rest in parts. Reading the head
takes as long for 50,000 nodes as for 50. A part has columns, a list for each field, which are checked and made into
facts as a whole: several times as fast as one object for each node.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from smtui.domain.node import NO_TAGS, Ec2Facts, PingStatus, SsmFacts
from smtui.domain.place import Caller
from smtui.domain.stored_list import BrokenList, ListHead, Part, split
from smtui.store.file_access import (
    JsonLines,
    Tell,
    UnusableFile,
    WrongShape,
    field,
    instant,
    no_one,
    replace_lines,
    table,
    text,
    understanding,
    unicode_texts,
    whole,
)

if TYPE_CHECKING:
    from datetime import datetime

    from smtui.domain.place import Place
    from smtui.domain.roster import Snapshot

FORMAT = 2
MOST_NODES = 200_000
MOST_IN_A_PART = 2_000
MOST_LINE_BYTES = 16 << 20
"""A part of 500 nodes takes this much if each has fifty tags of the greatest length."""
MOST_BYTES = 1 << 30
_PROFILE_VARIABLES = ("AWS_DEFAULT_PROFILE", "AWS_PROFILE")
_REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")
_Facts = TypeVar("_Facts", SsmFacts, Ec2Facts)
_Column = list[Any]

log = logging.getLogger(__name__)


class NodeCache:
    """One file a place, in the cache folder. Reading and writing block and never raise."""

    def __init__(self, folder: Path, environment: Mapping[str, str] = os.environ, tell: Tell = no_one) -> None:
        """`environment` gives the profile and Region of a place that names none."""
        self._folder = folder
        self._environment = environment
        self._tell = tell

    def load(self, place: Place) -> StoredNodes | None:
        """Return the list that was saved, of which the head is read.

        None if there is nothing, or nothing usable, which is reported to `tell`.
        """
        lines = JsonLines(self._path(place), MOST_LINE_BYTES, MOST_BYTES)
        try:
            stored = next(lines, None)
            if stored is not None and stored.get("format") == FORMAT:
                with understanding(lines.path):
                    return StoredNodes(_head(stored), lines, self._not_used)
        except UnusableFile as unusable:
            self._not_used(unusable)
        lines.close()
        return None

    def _not_used(self, unusable: UnusableFile) -> None:
        self._tell(f"The list of the last run is not used, the nodes are read from AWS: {unusable}")

    def save(self, place: Place, snapshot: Snapshot) -> bool:
        """Save the list; returns whether it could be written. A failure only costs the next start its first list."""
        path = self._path(place)
        head, rest = split(snapshot, place)
        try:
            if head.nodes > MOST_NODES:
                raise OSError("there are too many nodes")
            replace_lines(path, map(_line, chain([_stored_head(head)], map(_stored_part, rest))))
        except OSError as error:
            log.warning("the list of nodes cannot be saved: %s", error)
            with contextlib.suppress(OSError):
                path.unlink()  # the earlier list would be shown as the last one
            return False
        with contextlib.suppress(OSError):
            path.with_suffix(".json").unlink(missing_ok=True)  # what versions up to 0.1 kept
        self._save_words(place, snapshot)
        return True

    def _save_words(self, place: Place, snapshot: Snapshot) -> None:
        """Save what completion offers for TARGET there."""
        from smtui.store.node_words import profile_name, save_node_words

        names = {entry.node_id: entry.name or entry.computer_name for entry in snapshot.ssm}
        names |= {entry.node_id: entry.name or names.get(entry.node_id, "") for entry in snapshot.ec2}
        profile, region = profile_name(place.profile, self._environment), snapshot.caller.region or place.region
        try:
            save_node_words(str(self._folder), profile, region, names.items())
        except OSError as error:
            log.warning("the words for completion cannot be saved: %s", error)

    def _path(self, place: Place) -> Path:
        words = [place.profile, place.region]
        if not place.profile:
            words += [self._environment.get(name, "") for name in _PROFILE_VARIABLES]
        if not place.region:
            words += [self._environment.get(name, "") for name in _REGION_VARIABLES]
        digest = hashlib.sha256("\n".join(words).encode()).hexdigest()
        return self._folder / f"nodes-{digest[:16]}.jsonl"


class StoredNodes:
    """A list in a file that stays open until its rest was read, so that it cannot be exchanged in between."""

    def __init__(self, head: ListHead, lines: JsonLines, not_used: Callable[[UnusableFile], None]) -> None:
        self.head = head
        self._lines = lines
        self._not_used = not_used

    def rest(self) -> Iterator[Part]:
        """Yield the other nodes, part by part; call it once. Blocks; raises `BrokenList`, which was reported."""
        path = self._lines.path
        known = set(self.head.first.node_ids())
        try:
            for stored in self._lines:
                with understanding(path):
                    part = _part(stored)
                    _check_dates(part, self.head.latest)
                known.update(part.node_ids())
                yield part
            if len(known) != self.head.nodes:
                raise UnusableFile(path, f"is not whole: it has {len(known):,} of {self.head.nodes:,} nodes")
        except UnusableFile as unusable:
            self._not_used(unusable)
            raise BrokenList(str(unusable)) from unusable
        finally:
            self.close()

    def close(self) -> None:
        """Read no more of it."""
        self._lines.close()


# Writing -----------------------------------------------------------------------------------------


def _line(stored: dict[str, Any]) -> bytes:
    line = json.dumps(stored, separators=(",", ":")).encode() + b"\n"
    if len(line) > MOST_LINE_BYTES:
        raise OSError("its tags are too long")
    return line


def _stored_head(head: ListHead) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "caller": dataclasses.asdict(head.caller),
        "complete_at": head.complete_at.isoformat(),
        "latest": head.latest.isoformat(),
        "nodes": head.nodes,
        "first": _stored_part(head.first),
        "widest": _stored_part(head.widest),
    }


def _stored_part(part: Part) -> dict[str, Any]:
    return {"ssm": _SSM.stored(part.ssm), "ec2": _EC2.stored(part.ec2)}


def _dates(column: _Column) -> _Column:
    return [moment.isoformat() if moment is not None else None for moment in column]


def _plain_tags(column: _Column) -> _Column:
    return [dict(tags) for tags in column]


# Reading -----------------------------------------------------------------------------------------


def _head(stored: dict[str, Any]) -> ListHead:
    """Raises `WrongShape`."""
    head = ListHead(
        caller=field(stored, "caller", _caller),
        complete_at=field(stored, "complete_at", instant),
        latest=field(stored, "latest", instant),
        nodes=field(stored, "nodes", lambda value: whole(value, 0, MOST_NODES)),
        first=field(stored, "first", _part),
        widest=field(stored, "widest", _part),
    )
    _check_dates(head.first, head.latest)
    if head.complete_at > head.latest:
        raise WrongShape("is later than the latest date", "complete_at")
    return head


def _check_dates(part: Part, latest: datetime) -> None:
    if any(entry.seen_at > latest for side in (part.ssm, part.ec2) for entry in side):
        raise WrongShape("is later than the latest date", "seen_at")


def _caller(value: Any) -> Caller:
    return Caller(**{each.name: field(table(value), each.name, text) for each in dataclasses.fields(Caller)})


def _part(value: Any) -> Part:
    return Part(field(table(value), "ssm", _SSM.read), field(table(value), "ec2", _EC2.read))


def _names(column: _Column) -> _Column:
    if not all(unicode_texts(column)):
        raise WrongShape("is empty")
    return column


def _instants(column: _Column) -> _Column:
    """Many are the same: a page of nodes was seen at one moment."""
    read = {value: instant(value) for value in set(_hashable(column)) if value is not None}
    return [read[value] if value is not None else None for value in column]


def _hashable(column: _Column) -> _Column:
    if not {str, type(None)}.issuperset(map(type, column)):
        raise WrongShape("is not a date")
    return column


def _known_instants(column: _Column) -> _Column:
    if None in column:
        raise WrongShape("is missing")
    return _instants(column)


def _truths(column: _Column) -> _Column:
    if not {bool, type(None)}.issuperset(map(type, column)):
        raise WrongShape("is neither true nor false")
    return column


_PINGS: Mapping[Any, PingStatus] = {status.value: status for status in PingStatus}


def _pings(column: _Column) -> _Column:
    try:
        return [_PINGS[value] for value in column]
    except (KeyError, TypeError):
        raise WrongShape("is no ping status") from None


def _tags(column: _Column) -> _Column:
    for tags in column:
        if type(tags) is not dict:
            raise WrongShape("is not an object")
    unicode_texts(list(chain.from_iterable(chain(tags, tags.values()) for tags in column)))
    return [tags or NO_TAGS for tags in column]


_READERS: Mapping[str, Callable[[_Column], _Column]] = {
    "node_id": _names,
    "ping_status": _pings,
    "last_ping": _instants,
    "is_latest_agent": _truths,
    "seen_at": _known_instants,
    "registered_at": _instants,
    "launched_at": _instants,
    "tags": _tags,
}
"""How to read the columns of fields that are no plain texts."""
_WRITERS: Mapping[str, Callable[[_Column], _Column]] = {
    "last_ping": _dates,
    "seen_at": _dates,
    "registered_at": _dates,
    "launched_at": _dates,
    "tags": _plain_tags,
}
_BLANK: Mapping[str, Any] = {
    "ping_status": PingStatus.UNRECOGNISED,
    "last_ping": None,
    "is_latest_agent": None,
    "registered_at": None,
    "launched_at": None,
    "tags": NO_TAGS,
}
"""Values of columns that are left out, if not the empty text."""
_NEEDED = ("node_id", "seen_at")


class _Columns(Generic[_Facts]):
    """Facts of one kind as columns. A column of blanks is left out; one of another version of smtui is ignored."""

    def __init__(self, kind: type[_Facts]) -> None:
        self._kind: Callable[..., _Facts] = kind
        self._names = tuple(each.name for each in dataclasses.fields(kind))

    def stored(self, entries: Sequence[_Facts]) -> dict[str, _Column]:
        """Return the columns to be written."""
        found = {}
        for name in self._names:
            column = [getattr(entry, name) for entry in entries]
            blank = _BLANK.get(name, "")
            if any(value != blank for value in column):
                found[name] = _WRITERS[name](column) if name in _WRITERS else column
        return found

    def read(self, value: Any) -> tuple[_Facts, ...]:
        """Return the facts; raises `WrongShape`."""
        stored = table(value)
        if not stored:
            return ()
        for name in _NEEDED:
            if name not in stored:
                raise WrongShape("is missing", name)
        count = len(stored["node_id"]) if isinstance(stored["node_id"], list) else 0
        return tuple(map(self._kind, *(self._column(stored, name, count) for name in self._names)))

    def _column(self, stored: Mapping[str, Any], name: str, count: int) -> _Column:
        if name not in stored:
            return [_BLANK.get(name, "")] * count
        column = stored[name]
        try:
            if not isinstance(column, list):
                raise WrongShape("is not a list")
            if len(column) != count or count > MOST_IN_A_PART:
                raise WrongShape(f"has {len(column)} entries, not {min(count, MOST_IN_A_PART)}")
            return _READERS[name](column) if name in _READERS else unicode_texts(column)
        except WrongShape as wrong:
            raise wrong.within(name) from None


_SSM, _EC2 = _Columns(SsmFacts), _Columns(Ec2Facts)
