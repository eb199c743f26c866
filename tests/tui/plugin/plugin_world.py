"""A world whose plugins and logs a test can look at."""

from __future__ import annotations

from typing import Any

from smtui.domain.shellquote import Shell
from smtui.engine.launcher_parts import Setup
from smtui.engine.plugin_care.care import PluginCare
from smtui.topics.machines import Package, System
from tests.engine.fakes import NOW, FakeAws
from tests.engine.plugin_care.care_fakes import GOOD, OLD, FakeCaredPlugins, FakeDebugLogs, plugin_care
from tests.tui.world import World

DEBIAN = Setup(shell=Shell.POSIX, system=System.LINUX, architecture="x86_64", package=Package.DEB)


class Plugins:
    """A world whose plugins and logs a test can look at."""

    def __init__(self, *found: Any, commands: tuple[str, ...] = (), setup: Setup = DEBIAN, **given: Any) -> None:
        self.plugins = FakeCaredPlugins(found or (GOOD, OLD), **given)
        self.logs = FakeDebugLogs(commands=commands)
        self.care: PluginCare = plugin_care(FakeAws(), lambda: NOW, self.plugins, self.logs)
        self.world = World(launcher_arguments={"plugin_care": self.care, "setup": setup})
