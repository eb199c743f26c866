"""Manages presets, the user's own, included and built-in ones, and finds the node that a preset starts on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from smtui.domain.node_search import resolve
from smtui.domain.preset import (
    PICK_ANY,
    Choice,
    NotAPreset,
    Preset,
    PresetList,
    PresetsUnusable,
    name_key,
    read_preset,
    what_it_does,
    written,
)
from smtui.domain.query.filter_target import is_filter, nodes_of
from smtui.domain.query.near_words import did_you_mean
from smtui.domain.readiness import Badge, readiness

if TYPE_CHECKING:
    from smtui.domain.forward import Forward, LocalEnd
    from smtui.domain.node import Node
    from smtui.engine.offloop import OffLoop
    from smtui.engine.protocols import AgreedPresets, IncludedPresets, PresetStore


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


class _NothingIncluded:
    """An `IncludedPresets` for the demo."""

    def load(self) -> PresetList:
        return PresetList()


class _AgreedUntilTheEnd:
    """An `AgreedPresets` for the demo."""

    def __init__(self) -> None:
        self._agreed: dict[str, str] = {}

    def fingerprint(self, key: str) -> str:
        return self._agreed.get(key, "")

    def agree(self, key: str, fingerprint: str) -> None:
        self._agreed[key] = fingerprint


class Presets:
    """The use cases of presets. They are loaded each time, because the files may be edited."""

    def __init__(
        self,
        off_loop: OffLoop,
        store: PresetStore,
        included: IncludedPresets | None = None,
        agreed: AgreedPresets | None = None,
        *,
        read_only: bool = False,
    ) -> None:
        self._off_loop = off_loop
        self._store = store
        self._included = included or _NothingIncluded()
        self._agreed = agreed or _AgreedUntilTheEnd()
        self._read_only = read_only

    async def load(self) -> PresetList:
        """The user's own presets in their order, then included ones, then built-in ones; the first of a name counts."""
        own = await self._off_loop.call(self._store.load)
        included = await self._off_loop.call(self._included.load)
        return own.with_included(included).with_builtin()

    async def doubts(self, preset: Preset) -> tuple[str, ...]:
        """Return what the user must read before an included preset is started; nothing if it was agreed to as it is."""
        if not preset.origin:
            return ()
        agreed = await self._off_loop.call(lambda: self._agreed.fingerprint(_agreement(preset)))
        return () if agreed == preset.fingerprint else what_it_does(preset, was_agreed=bool(agreed))

    async def agree(self, preset: Preset) -> None:
        """Start it without a question from now on, until it changes."""
        await self._off_loop.change(
            lambda: self._agreed.agree(_agreement(preset), preset.fingerprint),
            f"keeping that you agreed to {preset.name}",
        )

    async def save(self, preset: Preset, *, replacing: str = "") -> None:
        """Add the preset, or put it in place of the one named `replacing`; raises `PresetsUnusable`.

        A built-in preset is never changed: the user's own of that name takes its place in the list.
        """
        self._refuse_if_read_only()
        try:
            own = read_preset(written(preset))
        except NotAPreset as wrong:
            raise PresetsUnusable(str(wrong)) from wrong
        await self._off_loop.change(
            lambda: self._store.save(own, "" if self._only_others(replacing) else replacing),
            f"saving preset {preset.name}",
        )

    async def remove(self, name: str) -> None:
        """Remove one of the user's own presets; raises `PresetsUnusable`, also for an included or a built-in one."""
        self._refuse_if_read_only()

        def remove() -> None:
            if other := self._only_others(name):
                raise PresetsUnusable(not_removed(other))
            self._store.remove(name)

        await self._off_loop.change(remove, f"removing preset {name}")

    def _refuse_if_read_only(self) -> None:
        if self._read_only:
            raise PresetsUnusable("smtui is read-only, so it changes no presets.")

    def _only_others(self, name: str) -> Preset | None:
        """The included or built-in preset of the name, if the user's file has none of it."""
        if not name:
            return None
        own = self._store.load()
        if own.problem or own.owns(name):
            return None
        return self._included.load().with_builtin().find(name)

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


def not_removed(preset: Preset) -> str:
    """Return the sentence that says why a preset of others stays."""
    if preset.builtin:
        return f"{preset.name!r} is built in, so it cannot be removed."
    return f"{preset.name!r} is not yours: it is in {preset.origin}, which smtui only reads."


def _agreement(preset: Preset) -> str:
    return f"{preset.origin} {name_key(preset.name)}"


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
