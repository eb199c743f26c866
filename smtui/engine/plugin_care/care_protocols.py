"""Declares what looking after plugins needs: the plugins, files, and a simulated Region."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from smtui.domain.plugin_facts.plugin_survey import DebugLog, PluginCheck, PluginSurvey, SwitchSteps
    from smtui.domain.plugin_grade import FoundPlugin
    from smtui.domain.request import PluginCredentials, SessionRequest, StartedSession
    from smtui.engine.protocols import SessionAws
    from smtui.plugin.inspection.trial_run import TrialEnd


class CaredPlugins(Protocol):
    """The plugins of this machine; `plugin.plugin_host` has them. Plain methods block."""

    def survey(self, *, endpoint_is_aws: bool) -> PluginSurvey:
        """Find and grade every plugin, and pick the ones that a shell on a terminal and a forward would use."""

    def look(self, choice: str) -> FoundPlugin:
        """Describe the plugin at a path, or of a name on PATH; `builtin` is ours."""

    async def choose(self, choice: str) -> str:
        """Write the setting `plugin`, without blocking, and return where, as a sentence. Raises `ChoiceNotSaved`."""

    def checks(self, found: FoundPlugin, system: str) -> tuple[PluginCheck, ...]:
        """Check one plugin: that it answers, who can change it, what the system says."""

    def try_out(
        self,
        found: FoundPlugin,
        started: StartedSession,
        request: SessionRequest,
        credentials: PluginCredentials,
        patience: float,
    ) -> TrialEnd:
        """Run one plugin for a started session, without a terminal. Raises OSError and `PluginRefused`."""


class DebugLogFiles(Protocol):
    """The plugins' logs. Every method blocks."""

    def own(self) -> DebugLog:
        """The log of smtui's plugin."""

    def official(self) -> DebugLog:
        """The log of the official plugin."""

    def kept(self, *, ours: bool) -> str:
        """Tell why this log is not switched in this run, as a sentence, without blocking; empty if it may be."""

    def switch_own(self, on: bool) -> SwitchSteps:
        """Switch the log of smtui's plugin for sessions that start from now on."""

    def switch_official(self, on: bool) -> SwitchSteps:
        """Switch the official plugin's log, or say which commands do, where only an administrator may."""

    def tail(self, path: str) -> tuple[str, ...]:
        """The last lines of a log; a sentence in their place where it cannot be read."""


class TrialRegionFailed(Exception):
    """The simulated Region did not start; the message is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class TrialNode:
    """A node of a simulated Region."""

    target: str
    aws: SessionAws


OpenTrialRegion = Callable[[], AbstractContextManager[TrialNode]]
"""Starts a simulated Region on loopback, which ends with the context; blocks. Raises `TrialRegionFailed`."""
