"""Puts the presets together: the user's own, those of included files, what was agreed to. A part of `smtui.wiring`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smtui.engine.configuration.settings_book import SettingsBook
    from smtui.engine.offloop import OffLoop
    from smtui.engine.preset_book import Presets
    from smtui.run_options import RunOptions
    from smtui.store.file_access import Tell


def presets_of(options: RunOptions) -> Presets:
    """The presets for a command that needs nothing else: the user's and included ones, or the demo's."""
    from smtui.engine.offloop import OffLoop
    from smtui.setting_wiring import settings_book
    from smtui.store.file_access import no_one

    if options.demo:
        return demo_presets(OffLoop(), read_only=options.read_only)
    return users_presets(OffLoop(), settings_book(options), no_one)


def users_presets(off_loop: OffLoop, book: SettingsBook, tell: Tell) -> Presets:
    """The user's presets and those that the settings include."""
    from smtui.domain.settings.setting_table import READ_ONLY
    from smtui.engine.preset_book import Presets
    from smtui.store.file_access import config_folder, state_folder
    from smtui.store.presets.agreed_presets import AgreedPresetsFile
    from smtui.store.presets.preset_file import PresetFile
    from smtui.store.presets.preset_includes import PresetIncludes

    folder = config_folder()
    included = PresetIncludes(folder, lambda: book.now)
    agreed, read_only = AgreedPresetsFile(state_folder(), tell), book.now[READ_ONLY]
    return Presets(off_loop, PresetFile(folder), included, agreed, read_only=read_only)


def demo_presets(off_loop: OffLoop, *, read_only: bool = False) -> Presets:
    """The demo's presets, which last until it ends."""
    from smtui.demo.demo_world import DEMO_PRESETS
    from smtui.engine.preset_book import Presets, PresetsInMemory

    return Presets(off_loop, PresetsInMemory(DEMO_PRESETS), read_only=read_only)
