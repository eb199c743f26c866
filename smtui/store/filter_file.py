"""Keeps saved and earlier filters, pins and the nodes used last: in a file that only its owner can read.

For the demo it keeps them in memory alone.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from smtui.domain.place import Place
from smtui.domain.query.filter_memory import (
    LONGEST_FILTER,
    MOST_EARLIER,
    MOST_PINS,
    MOST_SAVED,
    MOST_USED,
    MOST_VIEWS,
    FilterMemory,
    NodeRef,
    View,
    name_complaint,
)
from smtui.store.file_access import (
    Tell,
    WrongShape,
    field,
    items,
    no_one,
    table,
    text,
)
from smtui.store.kept_file import Form, KeptFile, short_text, small_table

FILE_NAME = "filters.json"
LONGEST_TEXT = 2_000
"""Of a name of a profile, a Region, a node or a column."""
MOST_BYTES = 16 << 20

_filter, _short = short_text(LONGEST_FILTER), short_text(LONGEST_TEXT)

Edit = Callable[[FilterMemory], FilterMemory]


class FilterFile:
    """One file. Implements `places.place_protocols.FilterStore`."""

    def __init__(self, folder: Path, tell: Tell = no_one) -> None:
        form = Form(FilterMemory, _stored, _restored, MOST_BYTES, "Saved filters and pins are not known any more")
        self._file = KeptFile(folder / FILE_NAME, form, tell)

    def load(self) -> FilterMemory:
        """Return what was kept; see `KeptFile`."""
        return self._file.load()

    def change(self, edit: Edit) -> str:
        """Change what the file holds now. Return what went wrong, as a sentence."""
        try:
            self._file.change(edit)
        except OSError as error:
            return f"{self._file.path} cannot be written: {error.strerror}."
        return ""


class FiltersInMemory:
    """Keeps them until the program ends. Implements `places.place_protocols.FilterStore`."""

    def __init__(self, memory: FilterMemory | None = None) -> None:
        self._memory = memory or FilterMemory()

    def load(self) -> FilterMemory:
        """Return what was kept."""
        return self._memory

    def change(self, edit: Edit) -> str:
        """Change what is kept; nothing can go wrong."""
        self._memory = edit(self._memory)
        return ""


def _stored(memory: FilterMemory) -> dict[str, Any]:
    return {
        "saved": dict(memory.saved),
        "earlier": list(memory.earlier),
        "pins": [_node_stored(node) for node in memory.pins],
        "used": [_node_stored(node) for node in memory.used],
        "views": {
            places: {"filter": view.filter_text, "sort": view.sort, "descending": view.descending}
            for places, view in memory.views.items()
        },
        "pinned_first": memory.pinned_first,
    }


def _node_stored(node: NodeRef) -> dict[str, str]:
    return {"profile": node.place.profile, "region": node.place.region, "node": node.node_id}


def _restored(stored: dict[str, Any]) -> FilterMemory:
    """Raises `WrongShape`."""
    saved = {_name(name): _filter(each) for name, each in field(stored, "saved", small_table(MOST_SAVED)).items()}
    views = {_short(places): _view(each) for places, each in field(stored, "views", small_table(MOST_VIEWS)).items()}
    return FilterMemory(
        MappingProxyType(saved),
        field(stored, "earlier", partial(items, read=_filter, most=MOST_EARLIER)),
        field(stored, "pins", partial(items, read=_node, most=MOST_PINS)),
        field(stored, "used", partial(items, read=_node, most=MOST_USED)),
        MappingProxyType(views),
        field(stored, "pinned_first", _flag),
    )


def _node(value: Any) -> NodeRef:
    place = Place(field(table(value), "profile", _short), field(value, "region", _short))
    return NodeRef(place, field(value, "node", _short))


def _view(value: Any) -> View:
    return View(field(table(value), "filter", _filter), field(value, "sort", _short), field(value, "descending", _flag))


def _name(value: Any) -> str:
    if complaint := name_complaint(text(value), ""):
        raise WrongShape(f"holds a name that cannot be used: {complaint.removesuffix('.')}", "saved")
    return str(value)


def _flag(value: Any) -> bool:
    if type(value) is not bool:
        raise WrongShape("is not true or false")
    return value
