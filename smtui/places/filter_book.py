"""Remembers filters, pins and the nodes used last: at once in memory, then in the user's file, off the event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from smtui.domain.query.filter_memory import FilterMemory, NodeRef, View, name_complaint

if TYPE_CHECKING:
    from smtui.domain.place import Place
    from smtui.engine.offloop import OffLoop
    from smtui.places.place_protocols import FilterStore

log = logging.getLogger(__name__)

Edit = Callable[[FilterMemory], FilterMemory]


class FilterBook:
    """What is known is `now`. A file that cannot be written costs no more than what was to be kept in it."""

    def __init__(self, store: FilterStore, off_loop: OffLoop) -> None:
        self._store = store
        self._off_loop = off_loop
        self.now = FilterMemory()
        """Empty until `load` has read it."""
        self._edits: list[Edit] = []
        """Those of this run, in their order, which are not in the file yet."""
        self._keeping: asyncio.Task[str] | None = None
        self._listeners: list[Callable[[], None]] = []

    def subscribe(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each change."""
        self._listeners.append(listener)

    async def load(self) -> None:
        """Read what was kept. What was changed meanwhile stays changed."""
        memory = await self._off_loop.call(self._store.load)
        for edit in self._edits:
            memory = edit(memory)
        self._set(memory)

    async def complaint(self, text: str) -> str:
        """Return what is wrong with a filter, now that the saved ones are read; empty if nothing is."""
        from smtui.domain.query.node_query import NodeQuery

        await self.load()
        mistakes = NodeQuery.parse(text, self.now.saved).mistakes
        return " ".join(f"{mistake.sentence}{'' if mistake.near else '.'}" for mistake in mistakes)

    # Changes -----------------------------------------------------------------------------------

    def note_used(self, place: Place, node_id: str) -> None:
        """Put a node first among those used last: something was started on it."""
        self._change(lambda memory: memory.with_used(NodeRef(place, node_id)))

    def turn_pin(self, place: Place, node_id: str) -> bool:
        """Pin a node, or take its pin away; return whether it is pinned now."""
        node = NodeRef(place, node_id)
        is_pinned = node not in self.now.pins
        self._change(lambda memory: memory.with_pin_turned(node) if (node in memory.pins) != is_pinned else memory)
        return is_pinned

    def put_pinned_first(self, *, first: bool) -> None:
        """Set whether pinned nodes and those used last stand above all others."""
        from dataclasses import replace

        self._change(lambda memory: replace(memory, pinned_first=first))

    def note_filter(self, text: str) -> None:
        """Put a filter first among the earlier ones."""
        self._change(lambda memory: memory.with_earlier(text))

    def note_view(self, places: str, view: View) -> None:
        """Remember how the list of these places was filtered and sorted."""
        if self.now.views.get(places, View()) != view:
            self._change(lambda memory: memory.with_view(places, view))

    async def save(self, name: str, text: str) -> str:
        """Save a filter under a name; return why it was not kept, as a sentence, or an empty text."""
        name, text = name.strip().removeprefix("@"), text.strip()
        if complaint := name_complaint(name, text):
            return complaint
        self._change(lambda memory: memory.with_saved(name, text))
        return await self.kept()

    async def forget(self, name: str) -> str:
        """Forget a saved filter; return why the file still has it, as a sentence, or an empty text."""
        self._change(lambda memory: memory.without_saved(name))
        return await self.kept()

    def _change(self, edit: Edit) -> None:
        self._edits.append(edit)
        self._set(edit(self.now))
        if self._keeping is None or self._keeping.done():
            self._keeping = asyncio.ensure_future(self._keep())

    def _set(self, memory: FilterMemory) -> None:
        self.now = memory
        for listener in self._listeners:
            listener()

    async def kept(self) -> str:
        """Wait until all changes are in the file; return what went wrong, as a sentence, or an empty text."""
        return await asyncio.shield(self._keeping) if self._keeping is not None else ""

    async def _keep(self) -> str:
        wrong = ""
        while self._edits:
            edits = tuple(self._edits)
            change = partial(self._store.change, _all(edits))
            wrong = await self._off_loop.change(change, "keeping filters and pins") or wrong
            del self._edits[: len(edits)]
        if wrong:
            log.warning("what is remembered of the list cannot be kept: %s", wrong)
        return wrong


def _all(edits: tuple[Edit, ...]) -> Edit:
    def edit(memory: FilterMemory) -> FilterMemory:
        for each in edits:
            memory = each(memory)
        return memory

    return edit
