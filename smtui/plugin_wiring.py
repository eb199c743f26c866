"""Puts together what looks after plugins. A part of `smtui.wiring`, imported when it is asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from smtui.this_machine import this_system

if TYPE_CHECKING:
    from smtui.demo.demo_world import DemoWorld
    from smtui.domain.place import Place
    from smtui.engine.offloop import OffLoop
    from smtui.engine.plugin_care.care import PluginCare
    from smtui.engine.plugin_care.care_protocols import CaredPlugins, TrialNode
    from smtui.plugin.plugin_host import PluginHost

_TRIAL_NODE = "web-1"


def plugin_host(world: DemoWorld | None = None) -> PluginHost:
    """The programs that this environment leads to; in a demo, with the demo's AWS configuration."""
    from smtui.plugin.plugin_host import PluginHost

    if world is None:
        return PluginHost(os.environ)
    return PluginHost(world.config.environment(os.environ), world.config.home_variables())


def plugin_care(
    plugins: CaredPlugins, off_loop: OffLoop, endpoint_is_aws: Callable[[Place], bool] = lambda _: True
) -> PluginCare:
    """Look after these plugins."""
    from smtui.engine.plugin_care.care import PluginCare
    from smtui.store.debug_logs import DebugLogs

    return PluginCare(
        plugins,
        DebugLogs(),
        trial_region,
        off_loop,
        endpoint_is_aws=endpoint_is_aws,
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
