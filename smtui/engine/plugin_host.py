"""Session Manager plugins of this machine, as the engine wants them."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from smtui.domain.plugin import PluginPick
from smtui.domain.request import SessionRequest, StartedSession
from smtui.engine.ports import PluginCredentials, RunningPlugin
from smtui.plugin import contract, find


def on_terminal() -> bool:
    """Whether a session started now would talk to a person at a terminal."""
    return sys.stdin.isatty() and sys.stdout.isatty()


class PluginHost:
    """Implements `ports.Plugins` with real programs."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def pick(self, *, endpoint_is_aws: bool) -> PluginPick:
        return find.choose_plugin(self._environment, endpoint_is_aws=endpoint_is_aws, on_terminal=on_terminal())

    def start(
        self,
        pick: PluginPick,
        started: StartedSession,
        request: SessionRequest,
        credentials: PluginCredentials,
        label: str,
    ) -> RunningPlugin:
        launch = contract.prepare(
            pick,
            started,
            request,
            inherited=self._environment,
            profile=credentials.profile,
            credentials=credentials.environment,
        )
        from smtui.plugin import handoff

        return handoff.start(launch, label)
