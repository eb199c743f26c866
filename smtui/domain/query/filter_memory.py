"""Describes what is kept of the list between runs: filters, pins, the nodes used last, the last views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from smtui.domain.text import folded

if TYPE_CHECKING:
    from smtui.domain.place import Place

MOST_SAVED = 200
MOST_EARLIER = 100
MOST_PINS = 1_000
MOST_USED = 50
MOST_VIEWS = 200
LONGEST_NAME = 80
LONGEST_FILTER = 2_000


@dataclass(frozen=True, slots=True)
class NodeRef:
    """A node between runs."""

    place: Place
    node_id: str


@dataclass(frozen=True, slots=True)
class View:
    """How the list of a place was filtered and sorted last."""

    filter_text: str = ""
    sort: str = ""
    """The column's id; empty for the first one."""
    descending: bool = False


def _nothing() -> Mapping[str, str]:
    return MappingProxyType({})


def _no_views() -> Mapping[str, View]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class FilterMemory:
    """All of it. Each `with_…` returns a new one; the oldest entries make room."""

    saved: Mapping[str, str] = field(default_factory=_nothing)
    """The filters by their names."""
    earlier: tuple[str, ...] = ()
    """The newest first."""
    pins: tuple[NodeRef, ...] = ()
    used: tuple[NodeRef, ...] = ()
    """The newest first."""
    views: Mapping[str, View] = field(default_factory=_no_views)
    """By the places that were listed, the one used last at the end."""
    pinned_first: bool = False
    """Whether pinned nodes, then those used last, stand above all others."""

    def with_saved(self, name: str, text: str) -> FilterMemory:
        """Save a filter; one of the same name, whatever its case, is replaced."""
        kept = {each: saved for each, saved in self.saved.items() if folded(each) != folded(name)}
        kept[name] = text
        return replace(self, saved=MappingProxyType(dict(list(kept.items())[-MOST_SAVED:])))

    def without_saved(self, name: str) -> FilterMemory:
        """Forget a saved filter."""
        kept = {each: text for each, text in self.saved.items() if folded(each) != folded(name)}
        return replace(self, saved=MappingProxyType(kept))

    def with_earlier(self, text: str) -> FilterMemory:
        """Put a filter first among the earlier ones."""
        text = text.strip()
        if not text or len(text) > LONGEST_FILTER:
            return self
        others = (each for each in self.earlier if each != text)
        return replace(self, earlier=(text, *others)[:MOST_EARLIER])

    def with_pin_turned(self, node: NodeRef) -> FilterMemory:
        """Pin a node, or take its pin away."""
        if node in self.pins:
            return replace(self, pins=tuple(each for each in self.pins if each != node))
        return replace(self, pins=(*self.pins, node)[-MOST_PINS:])

    def with_used(self, node: NodeRef) -> FilterMemory:
        """Put a node first among those used last."""
        others = (each for each in self.used if each != node)
        return replace(self, used=(node, *others)[:MOST_USED])

    def with_view(self, places: str, view: View) -> FilterMemory:
        """Remember how the list of these places was filtered and sorted."""
        if len(view.filter_text) > LONGEST_FILTER:
            return self
        views = {each: known for each, known in self.views.items() if each != places} | {places: view}
        return replace(self, views=MappingProxyType(dict(list(views.items())[-MOST_VIEWS:])))


def name_complaint(name: str, text: str) -> str:
    """Return why a filter cannot be saved under this name, as a sentence; empty if it can."""
    if not name:
        return "A saved filter needs a name."
    if '"' in name or not name.isprintable():
        return "A name has no quotes and no control characters."
    if len(name) > LONGEST_NAME:
        return f"A name has at most {LONGEST_NAME} characters."
    if len(text) > LONGEST_FILTER:
        return f"A saved filter has at most {LONGEST_FILTER:,} characters."
    return ""
