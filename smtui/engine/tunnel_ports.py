"""What tunnels need of the world beside AWS: plugins in the background, and the journal of sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from smtui.domain.forward import Forward
from smtui.domain.outcome import PluginRun
from smtui.domain.place import Place
from smtui.domain.plugin import PluginGrade, PluginPick
from smtui.domain.request import StartedSession
from smtui.domain.tunnel import Leftover
from smtui.engine.ports import PluginCredentials
from smtui.plugin.forward_words import Said

Listener = Callable[[Said | PluginRun], None]
"""Gets every line of a plugin, then, last and once, how it ended; called from any thread."""


class ForwardingPlugin(Protocol):
    """A plugin that forwards in the background. Every method returns at once, any number of times."""

    pid: int

    def interrupt(self) -> None:
        """What Ctrl-C is on a terminal."""

    def kill(self) -> None: ...


class ForwardPlugins(Protocol):
    """Session Manager plugins of this machine, for forwards. Every method blocks."""

    def pick_for_forward(self, *, endpoint_is_aws: bool) -> PluginPick:
        """Which one a forward started now would get."""

    def start_forward(
        self,
        pick: PluginPick,
        started: StartedSession,
        forward: Forward,
        credentials: PluginCredentials,
        listener: Listener,
    ) -> ForwardingPlugin:
        """Start it; raises OSError. The response goes to that one child only."""


class Journal(Protocol):
    """Which sessions are ours, kept beyond our own end. Every method blocks and never raises."""

    def opened(self, session: StartedSession, place: Place, label: str, plugin_pid: int) -> None:
        """A session of ours has begun, with this process as its plugin; 0 while there is none."""

    def closed(self, session_id: str) -> None:
        """It has ended, plugin and all."""

    def leftovers(self) -> tuple[Leftover, ...]:
        """Sessions of a smtui that is gone."""

    def end_plugin(self, leftover: Leftover) -> None:
        """Kill its plugin, if that very process still runs."""

    def settle(self, leftover: Leftover) -> None:
        """Nothing is left of it."""


class NoForwardPlugins:
    """For a launcher that is not to forward: each attempt fails by name."""

    def pick_for_forward(self, *, endpoint_is_aws: bool) -> PluginPick:
        return PluginPick("", None, PluginGrade.MISSING, "No plugin is meant for forwards here.")

    def start_forward(
        self,
        pick: PluginPick,
        started: StartedSession,
        forward: Forward,
        credentials: PluginCredentials,
        listener: Listener,
    ) -> ForwardingPlugin:
        raise OSError(pick.because)


class NoJournal:
    """For the demo, whose Region ends with us, and for tests."""

    def opened(self, session: StartedSession, place: Place, label: str, plugin_pid: int) -> None:
        return

    def closed(self, session_id: str) -> None:
        return

    def leftovers(self) -> tuple[Leftover, ...]:
        return ()

    def end_plugin(self, leftover: Leftover) -> None:
        return

    def settle(self, leftover: Leftover) -> None:
        return
