"""Chooses and starts the programs that smtui runs on this machine: Session Manager plugins, the AWS CLI, ssh."""

from __future__ import annotations

import contextlib
import math
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from smtui.domain.plugin_facts.plugin_choice import ChoiceInMemory, ChoiceNotSaved
from smtui.domain.plugin_grade import ours_for_a_program
from smtui.plugin import contract, find, handoff
from smtui.plugin.companions import NOBODY, Companions

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.local_facts import AwsCli
    from smtui.domain.forward import Forward
    from smtui.domain.plugin_facts.plugin_choice import PluginSetting
    from smtui.domain.plugin_facts.plugin_survey import PluginCheck, PluginSurvey
    from smtui.domain.plugin_grade import FoundPlugin, PluginPick
    from smtui.domain.request import PluginCredentials, SessionRequest, StartedSession
    from smtui.plugin.background import BackgroundPlugin, Listener
    from smtui.plugin.inspection.trial_run import TrialEnd
    from smtui.plugin.plugin_ahead import PluginAhead


_AWS_CLI = "aws"
SETTING = "The setting plugin"
"""What chose a plugin, if the variable did not."""


class PluginHost:
    """The programs that an environment (`os.environ`, or a test's) leads to. Every method but `stop` blocks."""

    _is_ending = False

    def __init__(
        self,
        environment: Mapping[str, str],
        of_cli: Mapping[str, str] | None = None,
        setting: PluginSetting | None = None,
    ) -> None:
        """`of_cli` are more variables for the AWS CLI alone.

        `setting` is the setting `plugin`; without it the environment's SMTUI_PLUGIN counts.
        """
        self._given = environment
        self._of_cli = of_cli or {}
        self._setting = setting or ChoiceInMemory(environment.get(find.CHOICE_VARIABLE, ""))
        self._ahead: PluginAhead | None = None

    @property
    def _environment(self) -> Mapping[str, str]:
        """The environment, in which SMTUI_PLUGIN stands for the setting."""
        return {**self._given, find.CHOICE_VARIABLE: self._setting.now()}

    def _choose(
        self,
        *,
        endpoint_is_aws: bool,
        on_terminal: bool = True,
        in_background: bool = False,
        found: FoundPlugin | None = None,
    ) -> PluginPick:
        return find.choose_plugin(
            self._environment,
            endpoint_is_aws=endpoint_is_aws,
            on_terminal=on_terminal,
            in_background=in_background,
            chosen_by=find.CHOICE_VARIABLE if self._setting.variable_decides() else SETTING,
            found=found,
        )

    def start_ahead(self) -> None:
        """Start our own plugin now if the next session on the terminal is sure to get it; never raises.

        It starts up while AWS is called, and becomes that session's plugin in `start`. Without a session: `give_up`.
        """
        if not handoff.runs_on_terminal() or not find.is_ours_for_sure(self._environment):
            return
        from smtui.plugin.plugin_ahead import PluginAhead

        self.give_up()
        with contextlib.suppress(OSError):
            environment = contract.without_leftovers(self._environment)
            self._ahead = PluginAhead(contract.own_program(), environment, handoff.STANDARD_STREAMS[:2])

    def give_up(self) -> None:
        """End the plugin that waits for a session, if there is one."""
        if (ahead := self._taken()) is not None:
            ahead.discard()

    def _taken(self) -> PluginAhead | None:
        ahead, self._ahead = self._ahead, None
        return ahead

    def pick(self, *, endpoint_is_aws: bool, on_pipes: bool = False) -> PluginPick:
        """Which plugin a session started now would get; `on_pipes` is a command whose outputs must stay apart."""
        on_terminal = handoff.runs_on_terminal() and not on_pipes
        return self._choose(endpoint_is_aws=endpoint_is_aws, on_terminal=on_terminal)

    def start(  # noqa: PLR0913 - what AWS answered, what was asked, and how
        self,
        pick: PluginPick,
        started: StartedSession,
        request: SessionRequest,
        credentials: PluginCredentials,
        label: str,
        *,
        on_pipes: bool = False,
        session_type: str = "",
        resumes: bool = False,
        companions: Companions = NOBODY,
    ) -> handoff.RunningPlugin:
        """Start the plugin without waiting for it. The response goes to that one child only.

        `session_type` is what the request's document is known to start: our plugin then accepts nothing else.
        On pipes the plugin gets no input, and its two outputs reach ours unchanged, whatever ours are. With `resumes`
        another program opened the session; only our plugin can go on with it.
        Raises `handoff.PluginNotStarted`.
        """
        launch = contract.prepare(
            pick,
            started,
            request,
            inherited=self._environment,
            profile=credentials.profile,
            credentials=credentials.environment,
            hold_stdin=on_pipes,
        )
        if on_pipes or not pick.builtin:
            self.give_up()
        launch = contract.expecting(contract.resuming(launch) if resumes else launch, pick, session_type)
        launch = replace(launch, companions=companions)
        return handoff.start(launch, label, ahead=self._taken())

    def start_for_program(
        self,
        started: StartedSession,
        request: SessionRequest,
        credentials: PluginCredentials,
        streams: handoff.Streams,
        *,
        session_type: str = "",
    ) -> handoff.RunningPlugin:
        """Start our plugin on these streams (stdin, stdout, stderr), for a program that reads and writes them.

        None of the plugin's own words is among them, and no note to the user. Raises `handoff.PluginNotStarted`.
        """
        pick = ours_for_a_program()
        launch = contract.prepare(
            pick,
            started,
            request,
            inherited=self._environment,
            profile=credentials.profile,
            credentials=credentials.environment,
        )
        launch = contract.expecting(replace(launch, words_apart=True), pick, session_type)
        return handoff.start(launch, request.target, patience=handoff.Patience(word=math.inf), streams=streams)

    def start_program(self, argv: Sequence[str], more: Mapping[str, str]) -> handoff.RunningPlugin:
        """Start a program of PATH, such as the AWS CLI or ssh, which then gets the terminal as a plugin does.

        `more` variables are added to our own.

        Raises FileNotFoundError if PATH has no such program, and `handoff.PluginNotStarted`.
        """
        path = shutil.which(argv[0], path=self._environment.get("PATH", ""))
        if path is None:
            raise FileNotFoundError(f"{argv[0]} is not on PATH")
        of_cli = self._of_cli if argv[0] == _AWS_CLI else {}
        return handoff.start(contract.Launch((path, *argv[1:]), {**self._environment, **of_cli, **more}), argv[0])

    def pick_for_forward(self, *, endpoint_is_aws: bool) -> PluginPick:
        """Which plugin a forward started now would get."""
        return self._choose(endpoint_is_aws=endpoint_is_aws, in_background=True)

    def start_forward(
        self,
        pick: PluginPick,
        started: StartedSession,
        forward: Forward,
        credentials: PluginCredentials,
        listener: Listener,
    ) -> BackgroundPlugin:
        """Start the plugin in the background; raises OSError. The response goes to that one child only."""
        from smtui.domain.document import SessionType
        from smtui.domain.forward import LOOPBACK, LocalPort

        launch = contract.prepare(
            pick,
            started,
            forward.request(),
            inherited=self._environment,
            profile=credentials.profile,
            credentials=credentials.environment,
        )
        launch = contract.expecting(launch, pick, SessionType.PORT)
        elsewhere = forward.local.address if isinstance(forward.local, LocalPort) else ""
        if elsewhere == LOOPBACK:
            elsewhere = ""
        from smtui.plugin.background import BackgroundPlugin

        return BackgroundPlugin(contract.in_background(launch, pick, elsewhere), listener)

    def aws_cli(self) -> AwsCli | None:
        """The first AWS CLI on PATH and its version; None where there is none."""
        return find.find_aws_cli(self._environment)

    # Looking after plugins ---------------------------------------------------------------------

    def stop(self) -> None:
        """Kill every program that is asked or tried now, and try no other: smtui is ending. Does not block."""
        from smtui.plugin.bounded_answer import end_running

        self._is_ending = True
        end_running()

    def survey(self, *, endpoint_is_aws: bool) -> PluginSurvey:
        """Find and grade every plugin, and pick the ones that a shell on a terminal and a forward would use."""
        from smtui.domain.plugin_facts.plugin_survey import ChosenBy, PluginSurvey
        from smtui.domain.plugin_grade import AUTO, FoundPlugin

        environment = self._environment
        found = list(find.every_plugin(environment))
        candidate = find.candidate(environment)
        if candidate is not None and candidate.path not in (each.path for each in found):
            found.insert(0, candidate)
        by = ChosenBy.VARIABLE if self._setting.variable_decides() else ChosenBy.SETTING
        choice = self._setting.now() or AUTO
        return PluginSurvey(
            (*found, FoundPlugin("", None, ours=True)),
            self._choose(endpoint_is_aws=endpoint_is_aws, found=candidate),
            self._choose(endpoint_is_aws=endpoint_is_aws, found=candidate, in_background=True),
            ChosenBy.NOBODY if choice == AUTO else by,
            choice,
        )

    def look(self, choice: str) -> FoundPlugin:
        """Describe the plugin at a path, or of a name on PATH; `builtin` is ours."""
        return find.plugin_at(choice, self._given)

    async def choose(self, choice: str) -> str:
        """Write the setting `plugin`, and return where, as a sentence. Raises `ChoiceNotSaved`."""
        if self._setting.variable_decides():
            raise ChoiceNotSaved(f"SMTUI_PLUGIN={self._setting.now()} decides which plugin is used. Unset it first.")
        return await self._setting.write(choice)

    def checks(self, found: FoundPlugin, system: str) -> tuple[PluginCheck, ...]:
        """Check one plugin: that it answers, who can change it, what the system says."""
        from smtui.plugin.inspection.plugin_checks import plugin_checks

        return plugin_checks(found, system)

    def try_out(
        self,
        found: FoundPlugin,
        started: StartedSession,
        request: SessionRequest,
        credentials: PluginCredentials,
        patience: float,
    ) -> TrialEnd:
        """Run one plugin for a started session, without a terminal. Raises OSError and `PluginRefused`.

        It gets nothing of the user's AWS settings: neither profiles nor endpoints.
        """
        from smtui.domain.plugin_grade import BUILTIN, pick
        from smtui.plugin.inspection.trial_run import run_trial

        chosen = pick(BUILTIN if found.ours else found.path, None if found.ours else found, endpoint_is_aws=False)
        inherited = {name: value for name, value in self._given.items() if not name.upper().startswith("AWS_")}
        launch = contract.prepare(
            chosen,
            started,
            request,
            inherited=inherited | {"AWS_EC2_METADATA_DISABLED": "true"},
            profile=credentials.profile,
            credentials=credentials.environment,
            hold_stdin=True,
        )
        if self._is_ending:
            raise contract.PluginRefused("smtui is ending.")
        return run_trial(launch, patience)
