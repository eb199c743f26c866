"""Files as anybody or anything may have left them: any value in any place of a good one."""

from __future__ import annotations

import json
from datetime import UTC, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

_ZONES = st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(-timedelta(hours=9, minutes=30))])
"""A small machine has no other time zones to look up."""
_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**30, -(10**400), 2**63, 0, -1]),
    st.floats(),
    st.text(),
    st.sampled_from(["\ud800", "\x1b[2J", "Online", "2026-11-22T12:00:00", "2026-11-22T12:00:00+00:00", "9999-12-31"]),
    st.datetimes(timezones=_ZONES).map(lambda moment: moment.isoformat()),
)
ANY_JSON = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@st.composite
def mutated(draw: st.DrawFn, document: Any, values: st.SearchStrategy[Any] = ANY_JSON) -> Any:
    """`document` with one to three of its values replaced, left out or added."""
    changed = json.loads(json.dumps(document))
    for _ in range(draw(st.integers(1, 3))):
        changed = _one_change(draw, changed, values)
    return changed


def _one_change(draw: st.DrawFn, document: Any, values: st.SearchStrategy[Any]) -> Any:
    places = list(_places(document))
    if not places:
        return draw(values)
    holder, key = draw(st.sampled_from(places))
    match draw(st.sampled_from(["replace", "replace", "replace", "remove", "add", "all"])):
        case "replace":
            holder[key] = draw(values)
        case "remove":
            del holder[key]
        case "add" if isinstance(holder, dict):
            holder[draw(st.text(max_size=8))] = draw(values)
        case "add":
            holder.append(draw(values))
        case "all":
            return draw(values)
    return document


def _places(value: Any) -> Any:
    """Every value inside, as its holder and its key."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield value, key
        yield from _places(inner)
