"""Puts together what looks after plugins. A part of `smtui.wiring`, imported when it is asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from smtui.domain.settings.setting_table import PLUGIN, PLUGIN_LOG, READ_ONLY
from smtui.domain.settings.settings_values import Layer, SettingsUnchanged
from smtui.this_machine import this_system

if TYPE_CHECKING:
    from smtui.demo.demo_world import DemoWorld
    from smtui.engine.configuration.settings_book import SettingsBook
    from smtui.engine.fleet import Fleet
    from smtui.engine.offloop import OffLoop
    from smtui.engine.plugin_care.care import PluginCare
    from smtui.engine.plugin_care.care_protocols import CaredPlugins, TrialNode
    from smtui.plugin.plugin_host import PluginHost

_TRIAL_NODE = "web-1"


class FileChoice:
    """The setting `plugin` in config.toml: `domain.plugin_facts.plugin_choice.PluginSetting`."""

    def __init__(self, book: SettingsBook, off_loop: OffLoop) -> None:
        self._book = book
        self._off_loop = off_loop

    def now(self) -> str:
        """Its value in force."""
        return self._book.now[PLUGIN]

    def variable_decides(self) -> bool:
        """Tell whether SMTUI_PLUGIN says it."""
        return self._book.now.origin(PLUGIN).layer is Layer.ENVIRONMENT

    async def write(self, choice: str) -> str:
        """Write it into the file, or take it out for `auto`. Raises `ChoiceNotSaved`."""
        from smtui.domain.plugin_facts.plugin_choice import ChoiceNotSaved

        if self._book.now[READ_ONLY]:
            raise ChoiceNotSaved("smtui is read-only, so it changes no settings.")
        try:
            if choice == PLUGIN.default:
                await self._book.remove(self._off_loop, PLUGIN.path)
            else:
                await self._book.change(self._off_loop, PLUGIN, choice)
        except SettingsUnchanged as refused:
            raise ChoiceNotSaved(str(refused)) from refused
        store = self._book.store
        return f"Written to {store.path}." if store is not None else ""


def plugin_host(book: SettingsBook, off_loop: OffLoop, world: DemoWorld | None = None) -> PluginHost:
    """The programs that this environment leads to; in a demo, with its AWS configuration and a choice in memory."""
    from smtui.domain.plugin_facts.plugin_choice import ChoiceInMemory
    from smtui.plugin.plugin_host import PluginHost

    choice = FileChoice(book, off_loop)
    if world is None:
        return PluginHost(os.environ, setting=choice)
    in_memory = ChoiceInMemory(choice.now() if choice.variable_decides() else "", choice.now())
    return PluginHost(_in_demo(world), world.config.home_variables(), in_memory)


def _in_demo(world: DemoWorld) -> dict[str, str]:
    """The environment of the demo's plugins; their log, and its switch, lie in a folder that goes with the demo."""
    return world.config.environment(os.environ) | {"SMTUI_STATE_DIR": str(world.folder / "state")}


def plugin_care(
    book: SettingsBook,
    plugins: CaredPlugins,
    off_loop: OffLoop,
    fleet: Fleet | None = None,
    world: DemoWorld | None = None,
) -> PluginCare:
    """Look after these plugins; without a fleet the endpoint is AWS's own."""
    from smtui.engine.plugin_care.care import PluginCare
    from smtui.store.debug_logs import DebugLogs

    logs = DebugLogs(
        os.environ if world is None else _in_demo(world),
        named_by=book.now.origin(PLUGIN_LOG).name,
        read_only=book.now[READ_ONLY],
        demo=world is not None,
    )
    return PluginCare(
        plugins,
        logs,
        trial_region,
        off_loop,
        endpoint_is_aws=lambda place: fleet is None or fleet.aws(place).endpoint_is_aws(),
        system=this_system(),
        clock=lambda: datetime.now(UTC),
    )


@contextmanager
def trial_region() -> Iterator[TrialNode]:
    """Start a simulated Region of its own on loopback, which ends with the context; blocks.

    Raises `TrialRegionFailed`.
    """
    from smtui.demo.demo_world import DemoWorld
    from smtui.demo.region_process import DemoDidNotStart
    from smtui.domain.place import Place
    from smtui.engine.plugin_care.care_protocols import TrialNode, TrialRegionFailed

    world = DemoWorld()
    try:
        try:
            world.start()
        except DemoDidNotStart as failed:
            raise TrialRegionFailed(f"A test session needs the simulated Region. {failed}") from failed
        aws = world.at(Place())
        yield TrialNode(aws.instances_with("tag:Name", _TRIAL_NODE)[0].node_id, aws)
    finally:
        world.close()
