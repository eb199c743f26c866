"""Session Manager plugins of this machine, as the engine wants them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager

from smtui.domain.forward import LOOPBACK, Forward, LocalPort
from smtui.domain.plugin import PluginPick
from smtui.domain.request import SessionRequest, StartedSession
from smtui.engine.ports import Caught, PluginCredentials, RunningPlugin
from smtui.engine.tunnel_ports import ForwardingPlugin
from smtui.plugin import contract, find, handoff
from smtui.plugin.background import BackgroundPlugin, Listener


class PluginHost:
    """Implements `ports.Plugins` and `tunnel_ports.ForwardPlugins` with real programs."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def pick(self, *, endpoint_is_aws: bool, on_pipes: bool = False) -> PluginPick:
        on_terminal = handoff.runs_on_terminal() and not on_pipes
        return find.choose_plugin(self._environment, endpoint_is_aws=endpoint_is_aws, on_terminal=on_terminal)

    def start(
        self,
        pick: PluginPick,
        started: StartedSession,
        request: SessionRequest,
        credentials: PluginCredentials,
        label: str,
        *,
        on_pipes: bool = False,
    ) -> RunningPlugin:
        launch = contract.prepare(
            pick,
            started,
            request,
            inherited=self._environment,
            profile=credentials.profile,
            credentials=credentials.environment,
            hold_stdin=on_pipes,
        )
        return HostedPlugin(handoff.start(launch, label))

    def pick_for_forward(self, *, endpoint_is_aws: bool) -> PluginPick:
        return find.choose_plugin(self._environment, endpoint_is_aws=endpoint_is_aws, in_background=True)

    def start_forward(
        self,
        pick: PluginPick,
        started: StartedSession,
        forward: Forward,
        credentials: PluginCredentials,
        listener: Listener,
    ) -> ForwardingPlugin:
        launch = contract.prepare(
            pick,
            started,
            forward.request(),
            inherited=self._environment,
            profile=credentials.profile,
            credentials=credentials.environment,
        )
        elsewhere = forward.local.address if isinstance(forward.local, LocalPort) else ""
        if elsewhere == LOOPBACK:
            elsewhere = ""
        return BackgroundPlugin(contract.in_background(launch, pick, elsewhere), listener)


class HostedPlugin:
    """Implements `ports.RunningPlugin`: a started plugin together with its guard."""

    def __init__(self, running: handoff.RunningPlugin) -> None:
        self._running = running
        self.pid = running.pid
        self.attach = running.attach
        self.stop = running.stop
        self.abandon = running.abandon

    def guard(self) -> AbstractContextManager[Caught]:
        return handoff.terminal_guard(self._running)
