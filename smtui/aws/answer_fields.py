"""Reads fields of API answers. A field that is missing or of another type gives an empty value and never raises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any


def text(entry: Mapping[str, Any], key: str) -> str:
    """The string under the key, else empty."""
    value = entry.get(key)
    return value if isinstance(value, str) else ""


def texts(entry: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """The strings in the list under the key."""
    value = entry.get(key)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def each_text(entries: object, key: str) -> tuple[str, ...]:
    """The string under the key of every entry that has one."""
    return tuple(found for entry in mappings(entries) if (found := text(entry, key)))


def number(entry: Mapping[str, Any], key: str) -> int | None:
    """The integer under the key; None also for a boolean."""
    value = entry.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def mapping(value: object) -> Mapping[str, Any]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def mappings(value: object) -> Iterable[Mapping[str, Any]]:
    """The mappings in a list, else none."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def when(value: object) -> datetime | None:
    """The time, aware and in UTC; a naive one is in UTC already. None for anything else."""
    if not isinstance(value, datetime):
        return None
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except (OverflowError, ValueError, OSError):
        return None
