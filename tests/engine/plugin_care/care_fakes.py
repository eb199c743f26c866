"""The plugins of a machine, their logs and a simulated Region, in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from smtui.domain.place import Place
from smtui.domain.plugin_facts.plugin_choice import ChoiceNotSaved
from smtui.domain.plugin_facts.plugin_survey import (
    CheckState,
    ChosenBy,
    DebugLog,
    PluginCheck,
    PluginSurvey,
    SwitchSteps,
)
from smtui.domain.plugin_grade import AUTO, FoundPlugin, pick
from smtui.domain.request import PluginCredentials, SessionRequest, StartedSession
from smtui.domain.version import Version
from smtui.engine.offloop import OffLoop
from smtui.engine.plugin_care.care import PluginCare
from smtui.engine.plugin_care.care_protocols import CaredPlugins, DebugLogFiles, OpenTrialRegion, TrialNode
from smtui.engine.protocols import SessionAws
from smtui.plugin.inspection.trial_run import TrialEnd

USUAL = "/usr/local/sessionmanagerplugin/bin/session-manager-plugin"
SEELOG = "/usr/local/sessionmanagerplugin/seelog.xml"
OLD = FoundPlugin("/opt/old/bin/session-manager-plugin", Version.of("1.2.279.0"))
SOME = FoundPlugin("/opt/some/bin/session-manager-plugin", Version.of("1.2.764.0"))
GOOD = FoundPlugin(USUAL, Version.of("1.2.896.0"))
OURS = FoundPlugin("", None, ours=True)
ANSWER = "smtui-test-42\n"


@dataclass
class FakeCaredPlugins(CaredPlugins):
    found: Sequence[FoundPlugin] = (GOOD, OLD)
    choice: str = AUTO
    chosen_by: ChosenBy = ChosenBy.SETTING
    output: str = ANSWER
    in_time: bool = True
    error: Exception | None = None
    asked: list[str] = field(default_factory=list)
    """The commands of the sessions that were tried."""

    def survey(self, *, endpoint_is_aws: bool) -> PluginSurvey:
        named = next((each for each in self.found if each.path == self.choice), None)
        first = named or (self.found[0] if self.found else None)
        return PluginSurvey(
            (*self.found, OURS),
            pick(self.choice, first, endpoint_is_aws=endpoint_is_aws),
            pick(self.choice, first, endpoint_is_aws=endpoint_is_aws, in_background=True),
            ChosenBy.NOBODY if self.choice == AUTO else self.chosen_by,
            self.choice,
        )

    def look(self, choice: str) -> FoundPlugin:
        return next((each for each in self.found if each.path == choice), OURS)

    async def choose(self, choice: str) -> str:
        if self.chosen_by is ChosenBy.VARIABLE:
            raise ChoiceNotSaved("SMTUI_PLUGIN decides which plugin is used.")
        self.choice = choice
        return "Written to config.toml."

    def checks(self, found: FoundPlugin, system: str) -> tuple[PluginCheck, ...]:
        return (
            PluginCheck("answer", CheckState.GOOD, "It reports its version after 0.1 s."),
            PluginCheck("file", CheckState.BAD, "Every user of this machine can change it.")
            if found == OLD
            else PluginCheck("file", CheckState.GOOD, "It belongs to root; nobody else can change it."),
            PluginCheck("package", CheckState.UNKNOWN, "Not known: no package of this system has the file."),
        )

    def try_out(
        self,
        found: FoundPlugin,
        started: StartedSession,
        request: SessionRequest,
        credentials: PluginCredentials,
        patience: float,
    ) -> TrialEnd:
        self.asked += request.parameters["command"]
        if self.error is not None:
            raise self.error
        return TrialEnd(self.output, self.in_time)


@dataclass
class FakeDebugLogs(DebugLogFiles):
    is_on: dict[bool, bool] = field(default_factory=lambda: {True: False, False: False})
    """By whether it is our log."""
    commands: tuple[str, ...] = ()
    """What the administrator would have to run for the official one."""
    keeps_official: bool = False
    lines: tuple[str, ...] = ("12:00:00 opened", "12:00:01 closed")

    def own(self) -> DebugLog:
        return DebugLog("/home/me/.local/state/smtui/plugin.log", self.is_on[True])

    def official(self) -> DebugLog:
        level = "debug" if self.is_on[False] else "off"
        path = "/usr/local/sessionmanagerplugin/logs/session-manager-plugin.log"
        return DebugLog(path, self.is_on[False], level, SEELOG)

    def kept(self, *, ours: bool) -> str:
        return "The demo leaves it." if self.keeps_official and not ours else ""

    def switch_own(self, on: bool) -> SwitchSteps:
        self.is_on[True] = on
        return SwitchSteps(f"It is {'on' if on else 'off'} now.")

    def switch_official(self, on: bool) -> SwitchSteps:
        if self.commands:
            return SwitchSteps("Only an administrator may do that.", self.commands, is_done=False)
        self.is_on[False] = on
        return SwitchSteps(f"The official one is {'on' if on else 'off'} now.")

    def tail(self, path: str) -> tuple[str, ...]:
        return self.lines


def trial_region(aws: SessionAws, ended: list[str] | None = None) -> OpenTrialRegion:
    """A Region with one node, which notes its end."""

    @contextmanager
    def opened() -> Iterator[TrialNode]:
        try:
            yield TrialNode("i-0a1b2c3d4e5f60718", aws)
        finally:
            (ended if ended is not None else []).append("ended")

    return opened


def plugin_care(
    aws: SessionAws,
    clock: Callable[[], datetime],
    plugins: CaredPlugins | None = None,
    logs: DebugLogFiles | None = None,
    region: OpenTrialRegion | None = None,
    endpoint_is_aws: Callable[[Place], bool] = lambda _: True,
) -> PluginCare:
    """Looks after the plugins of a machine that exists in memory alone."""
    return PluginCare(
        plugins or FakeCaredPlugins(),
        logs or FakeDebugLogs(),
        region or trial_region(aws),
        OffLoop(),
        endpoint_is_aws=endpoint_is_aws,
        system="linux",
        clock=clock,
    )
