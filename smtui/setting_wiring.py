"""Puts the settings together: config.toml, the environment, the options. A part of `smtui.wiring`."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smtui.domain.settings.setting_table import (
    FILE_NAME,
    INCLUDES,
    MOST_BYTES,
    PLUGIN_LOG,
    READ_ONLY,
    SETTINGS,
    SSMMESSAGES_ENDPOINT,
)
from smtui.domain.settings.settings_values import FileValues, Layer, Mistake, Origin, Settings
from smtui.engine.configuration.settings_book import SettingsBook
from smtui.store.file_access import UnusableFile, read_bytes

if TYPE_CHECKING:
    from smtui.domain.settings.setting import Setting
    from smtui.domain.settings.theme_source import ThemeSource
    from smtui.run_options import RunOptions
    from smtui.store.settings_file import SettingsFile

_NOT_OF_THE_DEMO = (SSMMESSAGES_ENDPOINT, PLUGIN_LOG)
"""The demo's data channels have one place to go, and its sessions do not belong in the user's log."""
_LOOK_SECONDS = 0.5
"""How long a disk that does not answer delays the start; smtui then uses the defaults."""


def settings_book(options: RunOptions) -> SettingsBook:
    """Return the settings of this run. Reads the file, if there is one and the options do not hold what it says."""
    from smtui.store.file_access import config_folder

    folder = config_folder()
    environment = {setting.variable: os.environ.get(setting.variable, "") for setting in SETTINGS if setting.variable}
    given = {READ_ONLY.key: True} if options.read_only else {}
    kept = not options.demo
    of_file = options.of_file if options.of_file is not None else _read(folder)
    return SettingsBook(lambda: _file(folder, kept=kept), environment, given, of_file, lambda: _themes(folder))


def all_mistakes(book: SettingsBook) -> Sequence[Mistake]:
    """Return every mistake of settings, keys, theme files and the sessions' endpoint, and each unread included file."""
    from smtui.domain.settings.setting_table import KEYS, THEME
    from smtui.tui.configured.own_keys import judged
    from smtui.tui.configured_app import key_mistakes, known_themes, theme_mistake
    from smtui.tui.looks.own_themes import own_theme

    now = book.now
    keys = key_mistakes(judged(now[KEYS]).mistakes, now.origin_of)
    themes = [own_theme(source) for source in book.themes()]
    of_themes = (mistake for theme in themes for mistake in (*theme.mistakes, *theme.hard_to_read))
    known = [*known_themes(), *(own.theme.name for own in themes if own.theme is not None)]
    unknown = () if now[THEME] in known else (theme_mistake(now[THEME], now.origin(THEME), known),)
    return (*now.mistakes, *keys, *unknown, *of_themes, *_unread_includes(now), *_unusable_endpoint(now))


def _unusable_endpoint(now: Settings) -> Iterator[Mistake]:
    from smtui.domain.places.stream_endpoint import EndpointUnusable, checked_endpoint

    origin, key = now.origin(SSMMESSAGES_ENDPOINT), SSMMESSAGES_ENDPOINT.key
    try:
        if given := now[SSMMESSAGES_ENDPOINT]:
            checked_endpoint(given, key)
    except EndpointUnusable as unusable:
        yield Mistake(origin, key, str(unusable), path=(key,) if origin.layer is Layer.FILE else ())


def _unread_includes(now: Settings) -> Iterator[Mistake]:
    from smtui.store.file_access import config_folder
    from smtui.store.presets.preset_includes import PresetIncludes

    origin = now.origin(INCLUDES)
    for sentence in PresetIncludes(config_folder(), lambda: now).load().unread:
        said = sentence.replace(f", which {origin.words()} includes,", "").removesuffix(".")
        yield Mistake(origin, INCLUDES.key, said, path=(INCLUDES.key,))


def options_in_force(options: RunOptions) -> RunOptions:
    """Return the options with what the file adds to them, and with its values: the run need not read it again."""
    from smtui.store.file_access import config_folder

    read = replace(options, of_file=_read(config_folder()))
    return replace(read, read_only=settings_book(read).now[READ_ONLY])


def _file(folder: Path, *, kept: bool = True) -> SettingsFile:
    from smtui.store.settings_file import SettingsFile, SettingsInMemory

    return SettingsFile(folder) if kept else SettingsInMemory(folder)


def _themes(folder: Path) -> Sequence[ThemeSource]:
    from smtui.store.theme_files import theme_sources

    return theme_sources(folder)


def _read(folder: Path) -> FileValues:
    """Read the file in a thread, which is abandoned if the disk does not answer. Parsing has no such limit."""
    found: list[bytes | UnusableFile | None] = []

    def look() -> None:
        try:
            found.append(read_bytes(folder / FILE_NAME, MOST_BYTES))
        except UnusableFile as unusable:
            found.append(unusable)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(_LOOK_SECONDS)
    if found:
        return FileValues() if found[0] is None else _file(folder).understood(lambda: _given(found[0]))
    silent = f"{folder / FILE_NAME} is not read: its disk did not answer within {_LOOK_SECONDS} s"
    return FileValues(mistakes=(Mistake(Origin(Layer.FILE), "", silent),))


def _given(found: bytes | UnusableFile | None) -> bytes | None:
    if isinstance(found, UnusableFile):
        raise found
    return found


@contextmanager
def with_settings(options: RunOptions) -> Iterator[tuple[SettingsBook, RunOptions]]:
    """Yield the settings, and the options with what the file adds; meanwhile the environment has the file's values."""
    book = settings_book(options)
    ours = tuple(setting for setting in SETTINGS if not (options.demo and setting in _NOT_OF_THE_DEMO))
    with _in_environment(book, ours):
        yield book, replace(options, read_only=book.now[READ_ONLY])


@contextmanager
def _in_environment(book: SettingsBook, ours: Sequence[Setting[Any]]) -> Iterator[None]:
    """Put the file's values into the environment: smtui's own programs read them there, too.

    Values that can change while smtui runs follow the file; on exit the environment is as it was.
    """
    before = {setting.variable: os.environ.get(setting.variable) for setting in SETTINGS if setting.variable}
    mine = set(_put(book.now, ours))

    def follow(changed: Sequence[Setting[Any]]) -> None:
        live = [setting for setting in changed if setting.live and setting.variable]
        for setting in live:
            _restore(setting.variable, before[setting.variable])
        mine.update(_put(book.now, live))

    book.watch(follow)
    try:
        yield
    finally:
        for variable in mine:
            _restore(variable, before[variable])


def _put(settings: Settings, wanted: Sequence[Setting[Any]]) -> Iterator[str]:
    """Set the variables of these settings, as far as the file says them; yield their names."""
    said = settings.variables()
    for setting in wanted:
        if setting.variable in said:
            os.environ[setting.variable] = os.path.expanduser(said[setting.variable])  # noqa: PTH111 - a text, maybe no path
            yield setting.variable


def _restore(variable: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(variable, None)
    else:
        os.environ[variable] = value


def own_folders() -> dict[str, str]:
    """smtui's own folders, by what they are for."""
    from smtui.store.file_access import cache_folder, config_folder, state_folder

    return {"config": str(config_folder()), "cache": str(cache_folder()), "state": str(state_folder())}
