"""Holds the settings in force while smtui runs, reads and changes their file, and notifies listeners of changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from smtui.domain.settings.settings_values import FileValues, Settings, SettingsUnchanged, settings_in_force

if TYPE_CHECKING:
    from pathlib import Path

    from smtui.domain.settings.setting import Setting
    from smtui.domain.settings.theme_source import ThemeSource
    from smtui.engine.offloop import OffLoop

    Listener = Callable[[Sequence[Setting[Any]]], None]
    """Called with the settings whose values have changed."""


class SettingsStore(Protocol):
    """The file of the settings. Every method blocks."""

    path: Path
    is_kept: bool
    """Whether changes outlive this run."""

    def load(self) -> FileValues:
        """Return what the file says; nothing if there is none. Never raises."""

    def change(self, path: tuple[str, ...], value: Any) -> None:
        """Give the key this value; raises `SettingsUnchanged`."""

    def remove(self, path: tuple[str, ...]) -> None:
        """Remove the key from the file; raises `SettingsUnchanged`."""


class SettingsBook:
    """The settings of this run; lives on the event loop. Without a store, the defaults."""

    def __init__(
        self,
        make_store: Callable[[], SettingsStore] | None = None,
        environment: Mapping[str, str] = MappingProxyType({}),
        options: Mapping[str, Any] = MappingProxyType({}),
        of_file: FileValues | None = None,
        themes: Callable[[], Sequence[ThemeSource]] = tuple,
    ) -> None:
        """`options` holds the values of the command line, by key; `of_file` is what the file said at the start.

        `themes` reads the user's theme files; it blocks.
        """
        self.themes = themes
        self._make_store = make_store
        self._environment = environment
        self._options = options
        self._now = settings_in_force(of_file or FileValues(), environment, options)
        self._listeners: list[Listener] = []
        self._writing: asyncio.Future[None] | None = None

    @property
    def now(self) -> Settings:
        """The values in force: `book.now[REFRESH]`."""
        return self._now

    @cached_property
    def store(self) -> SettingsStore | None:
        """The file; made when it is first used."""
        return self._make_store() if self._make_store is not None else None

    def watch(self, listener: Listener) -> None:
        """Call `listener` after each change, with the settings that have another value now."""
        self._listeners.append(listener)

    def put(self, of_file: FileValues) -> None:
        """Use the file's values from now on, where neither the environment nor an option overrides them."""
        before, self._now = self._now, settings_in_force(of_file, self._environment, self._options)
        changed = self._now.changed(before)
        for listener in self._listeners if changed else ():
            listener(changed)

    async def reload(self, off_loop: OffLoop) -> None:
        """Read the file again."""
        if (store := self.store) is not None:
            self.put(await off_loop.call(store.load))

    async def change(self, off_loop: OffLoop, setting: Setting[Any], value: Any) -> None:
        """Write the value into the file and use it; raises `SettingsUnchanged`."""
        written = setting.kind.written(value)
        await self._write(off_loop, lambda store: store.change(setting.path, written))

    async def remove(self, off_loop: OffLoop, path: tuple[str, ...]) -> None:
        """Remove a key from the file, known or not; raises `SettingsUnchanged`."""
        await self._write(off_loop, lambda store: store.remove(path))

    async def _write(self, off_loop: OffLoop, write: Callable[[SettingsStore], None]) -> None:
        store = self.store
        if store is None:
            raise SettingsUnchanged("This run has no file of settings.")
        self._writing = asyncio.ensure_future(self._write_and_read(off_loop, lambda: write(store)))
        await asyncio.shield(self._writing)  # once it has begun, the new value counts, whoever still waits for it

    async def _write_and_read(self, off_loop: OffLoop, write: Callable[[], None]) -> None:
        await off_loop.change(write, "changing the settings")
        await self.reload(off_loop)
