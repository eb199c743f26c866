"""Finds out about the plugins of this machine, checks and tries them, and changes which is used and what it logs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING

from smtui.domain.fault import AwsCallFailed
from smtui.domain.plugin_facts.plugin_choice import ChoiceNotSaved
from smtui.domain.plugin_facts.plugin_fixes import FIRST_WITHOUT_LOOPBACK
from smtui.domain.plugin_facts.plugin_survey import SwitchSteps, Trial, TrialState, choice_of
from smtui.domain.plugin_grade import AUTO, FoundPlugin
from smtui.domain.request import SessionRequest
from smtui.domain.text import error_words, harmless_lines
from smtui.engine.plugin_care.care_protocols import TrialRegionFailed
from smtui.plugin.contract import PluginRefused

if TYPE_CHECKING:
    from smtui.domain.place import Place
    from smtui.domain.plugin_facts.plugin_survey import DebugLog, PluginCheck, PluginSurvey
    from smtui.engine.offloop import OffLoop
    from smtui.engine.plugin_care.care_protocols import (
        CaredPlugins,
        DebugLogFiles,
        OpenTrialRegion,
        TrialNode,
    )

TRIAL_SECONDS = 15.0
"""How long a test session may take."""
_DOCUMENT = "AWS-StartNonInteractiveCommand"
_COMMAND, _ANSWER = "sh -c 'echo smtui-test-$((40 + 2))'", "smtui-test-42"
"""The answer is not in the command, so a plugin that repeats the command has not carried the session."""


class PluginCare:
    """Lives on the event loop, never blocks it."""

    def __init__(
        self,
        plugins: CaredPlugins,
        logs: DebugLogFiles,
        region: OpenTrialRegion,
        off_loop: OffLoop,
        *,
        endpoint_is_aws: Callable[[Place], bool],
        system: str,
        clock: Callable[[], datetime],
    ) -> None:
        """`endpoint_is_aws` may block and raise `AwsCallFailed`; `system` is `linux`, `macos` or `windows`."""
        self._plugins = plugins
        self._logs = logs
        self._region = region
        self._off_loop = off_loop
        self._endpoint_is_aws = endpoint_is_aws
        self.system = system
        self._clock = clock
        self._trials: dict[str, Trial] = {}

    # Survey and choice -------------------------------------------------------------------------

    async def survey(self, place: Place) -> PluginSurvey:
        """Find every plugin, and which of them sessions there would use.

        An endpoint that is not known, for example without a Region, counts as AWS's own.
        """

        def surveyed() -> PluginSurvey:
            try:
                is_aws = self._endpoint_is_aws(place)
            except AwsCallFailed:
                is_aws = True
            return self._plugins.survey(endpoint_is_aws=is_aws)

        return await self._off_loop.call(surveyed)

    async def look(self, choice: str) -> FoundPlugin:
        """Describe the plugin at a path, or of a name on PATH; `builtin` is ours."""
        return await self._off_loop.call(lambda: self._plugins.look(choice))

    async def choose(self, found: FoundPlugin | None) -> str:
        """Use this plugin from the next session on, None for the best; return where that was written, as a sentence.

        Raises `ChoiceNotSaved`: a plugin that is never used cannot be chosen, and a variable beats the setting.
        """
        if found is not None and not found.grade.usable:
            raise ChoiceNotSaved(f"{found.path} is never used. {found.trouble or found.grade.wrong}")
        return await self._plugins.choose(AUTO if found is None else choice_of(found))

    # Checks and test sessions ------------------------------------------------------------------

    async def verify(self, found: FoundPlugin) -> tuple[PluginCheck, ...]:
        """Check the plugin's file, as far as this system can."""
        return await self._off_loop.call(lambda: self._plugins.checks(found, self.system))

    def last_trial(self, found: FoundPlugin) -> Trial | None:
        """Return the last test session with the plugin."""
        return self._trials.get(found.path)

    async def try_out(self, found: FoundPlugin) -> Trial:
        """Run a test session with the plugin, on a node of a simulated Region that lives as long as the test."""
        if obstacle := _obstacle(found):
            trial = Trial(found.path, TrialState.IMPOSSIBLE, self._clock(), text=obstacle)
        else:
            trial = await self._off_loop.change(lambda: self._tried(found), f"testing {found.path or 'the plugin'}")
        self._trials[found.path] = trial
        return trial

    def _tried(self, found: FoundPlugin) -> Trial:
        try:
            with self._region() as node:
                return self._session(found, node)
        except (TrialRegionFailed, PluginRefused) as failed:
            return Trial(found.path, TrialState.IMPOSSIBLE, self._clock(), text=str(failed))
        except AwsCallFailed as failed:
            return Trial(found.path, TrialState.FAILED, self._clock(), text=failed.fault.sentence())
        except OSError as error:
            text = f"The plugin could not be started: {error.strerror or error_words(error)}."
            return Trial(found.path, TrialState.FAILED, self._clock(), text=text)

    def _session(self, found: FoundPlugin, node: TrialNode) -> Trial:
        request = SessionRequest(node.target, document_name=_DOCUMENT, parameters={"command": (_COMMAND,)})
        began = monotonic()
        started = node.aws.start_session(request)
        end = self._plugins.try_out(found, started, request, node.aws.plugin_credentials(), TRIAL_SECONDS)
        seconds = monotonic() - began
        if _ANSWER in end.output and end.in_time:
            return Trial(found.path, TrialState.WORKED, self._clock(), seconds)
        said = [line for line in harmless_lines(end.output) if line.strip()]
        last = f' It said last: "{said[-1].strip()}".' if said else " It said nothing."
        what = (
            "The command's output did not arrive." if end.in_time else f"It did not end within {TRIAL_SECONDS:.0f} s."
        )
        return Trial(found.path, TrialState.FAILED, self._clock(), seconds, what + last)

    # Logs --------------------------------------------------------------------------------------

    async def log_of(self, *, ours: bool) -> DebugLog:
        """Return where our plugin logs, or the official one, and whether it does: all official ones share one log."""
        return await self._off_loop.call(self._logs.own if ours else self._logs.official)

    def keeps_log(self, *, ours: bool) -> str:
        """Return why this log is not switched in this run, as a sentence; empty if it may be."""
        return self._logs.kept(ours=ours)

    async def switch_log(self, *, ours: bool, on: bool) -> SwitchSteps:
        """Switch this log on or off, or return the commands that do, or why it stays as it is."""
        if why := self.keeps_log(ours=ours):
            return SwitchSteps(why, is_done=False)
        switch = self._logs.switch_own if ours else self._logs.switch_official
        what = f"switching the plugin's log {'on' if on else 'off'}"
        return await self._off_loop.change(lambda: switch(on), what, lambda done: "" if done.is_done else done.text)

    async def log_tail(self, log: DebugLog) -> tuple[str, ...]:
        """Return the last lines of a log, harmless and without what looks like a secret."""
        return await self._off_loop.call(lambda: self._logs.tail(log.path))


def _obstacle(found: FoundPlugin) -> str:
    """Return why no test session is possible here, as a sentence; empty if one is."""
    if found.ours:
        return ""
    if not found.grade.usable:
        return f"It is never used. {found.trouble or found.grade.wrong}"
    if found.version is not None and found.version >= FIRST_WITHOUT_LOOPBACK:
        return (
            f"It cannot be tested on this machine: from {FIRST_WITHOUT_LOOPBACK} on the official plugin connects "
            "only to AWS's own hosts, and the simulated Region is on loopback."
        )
    return ""
