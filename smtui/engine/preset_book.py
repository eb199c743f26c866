"""Manages presets, the user's own and the built-in ones, and finds the node that a preset starts on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from smtui.domain.node_search import resolve
from smtui.domain.preset import (
    PICK_ANY,
    STARTERS,
    Choice,
    NotAPreset,
    Preset,
    PresetList,
    PresetsUnusable,
    name_key,
    read_preset,
    written,
)
from smtui.domain.query.filter_target import is_filter, nodes_of
from smtui.domain.query.near_words import did_you_mean
from smtui.domain.readiness import Badge, readiness

if TYPE_CHECKING:
    from smtui.domain.forward import Forward, LocalEnd
    from smtui.domain.node import Node
    from smtui.engine.offloop import OffLoop
    from smtui.engine.protocols import PresetStore


class PresetsInMemory:
    """Keeps presets until the program ends, for the demo, which leaves the user's own alone. A `PresetStore`."""

    def __init__(self, presets: Iterable[Preset] = ()) -> None:
        self._presets = list(presets)

    def load(self) -> PresetList:
        """All presets, in their order."""
        return PresetList(tuple(self._presets))

    def save(self, preset: Preset, replacing: str) -> None:
        """Add the preset, or put it in place of the one named `replacing`; raises `PresetsUnusable`."""
        taken = self._index(preset.name)
        at = self._index(replacing) if replacing else None
        if taken is not None and taken != at:
            raise PresetsUnusable(f"There is a preset named {preset.name!r} already.")
        if replacing and at is None:
            raise PresetsUnusable(f"There is no preset named {replacing!r} any more.")
        if at is None:
            self._presets.append(preset)
        else:
            self._presets[at] = preset

    def remove(self, name: str) -> None:
        """Remove the preset of that name; raises `PresetsUnusable`."""
        at = self._index(name)
        if at is None:
            near = did_you_mean(name, [preset.name for preset in self._presets])
            raise PresetsUnusable(f"There is no preset named {name!r}.{near}")
        del self._presets[at]

    def _index(self, name: str) -> int | None:
        return next((at for at, preset in enumerate(self._presets) if name_key(preset.name) == name_key(name)), None)


class Presets:
    """The use cases of presets. They are loaded each time, because the user may edit the file."""

    def __init__(self, off_loop: OffLoop, store: PresetStore) -> None:
        self._off_loop = off_loop
        self._store = store

    async def load(self) -> PresetList:
        """The user's own presets in their order, then the built-in ones that none of them replaces."""
        own = await self._off_loop.call(self._store.load)
        builtin = (starter for starter in STARTERS if own.find(starter.name) is None)
        return replace(own, presets=(*own.presets, *builtin))

    async def save(self, preset: Preset, *, replacing: str = "") -> None:
        """Add the preset, or put it in place of the one named `replacing`; raises `PresetsUnusable`.

        A built-in preset is never changed: the user's own of that name takes its place in the list.
        """
        try:
            own = read_preset(written(preset))
        except NotAPreset as wrong:
            raise PresetsUnusable(str(wrong)) from wrong
        await self._off_loop.call(lambda: self._store.save(own, "" if self._only_builtin(replacing) else replacing))

    async def remove(self, name: str) -> None:
        """Remove one of the user's own presets; raises `PresetsUnusable`, also for a built-in one."""

        def remove() -> None:
            if self._only_builtin(name):
                raise PresetsUnusable(f"{name!r} is built in, so it cannot be removed.")
            self._store.remove(name)

        await self._off_loop.call(remove)

    def _only_builtin(self, name: str) -> bool:
        """Whether a built-in preset has the name, and the user's file has none of it."""
        if not any(name_key(starter.name) == name_key(name) for starter in STARTERS):
            return False
        own = self._store.load()
        return not own.problem and not own.owns(name)

    def resolve(
        self, preset: Preset, nodes: Iterable[Node], now: datetime, *, here: Node | None = None
    ) -> Node | Choice | str:
        """The node to start on, the nodes to choose from, or a sentence that says why there is none.

        `here` is the selected node: a preset without a target starts on it.
        """
        if not preset.target:
            return here or f"The preset {preset.name!r} names no target: choose the node to start it on."
        by_filter = is_filter(preset.target)
        found = nodes_of(preset.target, nodes, now) if by_filter else resolve(preset.target, nodes).nodes
        if not found:
            why = "matches that" if by_filter else "has that name"
            return f"The preset {preset.name!r} is for {preset.target!r}, but no listed node {why}."
        if len(found) == 1:
            return found[0]
        return _first_ready(preset, found, now) if preset.pick == PICK_ANY else Choice(found)

    @staticmethod
    def forward_of(preset: Preset, node: Node, *, local: LocalEnd | None = None, reason: str = "") -> Forward:
        """What to start; `local` beats the preset's own local port, 0 being the next free one."""
        return preset.forward(node.node_id, node.place, node.name or node.node_id, local=local, reason=reason)


def _first_ready(preset: Preset, found: tuple[Node, ...], now: datetime) -> Node | str:
    """A confirmed node first, then by name and id, so that it is the same one each time."""
    judged = [(readiness(node, now), node) for node in found]
    ready = [
        (not judgement.confirmed, node.name.casefold(), node.node_id, node)
        for judgement, node in judged
        if judgement.badge is Badge.READY
    ]
    if not ready:
        return f"None of the {len(found)} nodes that {preset.target!r} names is Ready."
    return min(ready, key=lambda entry: entry[:3])[3]
