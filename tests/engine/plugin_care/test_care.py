"""Plugins are surveyed, chosen, verified and tried without a screen."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from smtui.domain.fault import AwsCallFailed
from smtui.domain.place import Place
from smtui.domain.plugin_facts.plugin_choice import ChoiceNotSaved
from smtui.domain.plugin_facts.plugin_survey import ChosenBy, Trial, TrialState
from smtui.domain.plugin_grade import FoundPlugin
from smtui.domain.version import Version
from smtui.engine.plugin_care.care import PluginCare
from smtui.engine.plugin_care.care_protocols import TrialRegionFailed
from smtui.plugin.contract import PluginRefused
from tests.engine.fakes import NOW, FakeAws, fault
from tests.engine.plugin_care.care_fakes import GOOD, OLD, OURS, SOME, FakeCaredPlugins, FakeDebugLogs, plugin_care
from tests.engine.plugin_care.care_fakes import trial_region as region_of


def care(plugins: FakeCaredPlugins | None = None, aws: FakeAws | None = None, **parts: Any) -> PluginCare:
    return plugin_care(aws or FakeAws(), lambda: NOW, plugins, **parts)


async def test_where_the_endpoint_is_not_known_it_is_taken_for_aws() -> None:
    def unknown(_: Place) -> bool:
        raise AwsCallFailed(fault("sts:GetCallerIdentity"))

    survey = await care(endpoint_is_aws=unknown).survey(Place())
    assert survey.shells.path == GOOD.path
    elsewhere = await care(endpoint_is_aws=lambda _: False).survey(Place())
    assert elsewhere.shells.builtin


async def test_a_choice_is_written_and_taken_back() -> None:
    plugins = FakeCaredPlugins([GOOD, SOME])
    looking = care(plugins)
    assert await looking.choose(SOME) == "Written to config.toml."
    assert plugins.choice == SOME.path
    await looking.choose(OURS)
    assert plugins.choice == "builtin"
    await looking.choose(None)
    assert plugins.choice == "auto"


@pytest.mark.parametrize("found", [OLD, FoundPlugin("/gone", None, missing=True), FoundPlugin("/mute", None)])
async def test_a_plugin_that_is_never_used_cannot_be_chosen(found: FoundPlugin) -> None:
    plugins = FakeCaredPlugins()
    with pytest.raises(ChoiceNotSaved, match="is never used"):
        await care(plugins).choose(found)
    assert plugins.choice == "auto"


async def test_the_variable_beats_the_setting() -> None:
    with pytest.raises(ChoiceNotSaved, match="SMTUI_PLUGIN"):
        await care(FakeCaredPlugins(chosen_by=ChosenBy.VARIABLE)).choose(GOOD)


async def test_a_test_session_runs_a_command_and_looks_for_its_answer() -> None:
    plugins, aws, ended = FakeCaredPlugins(), FakeAws(), list[str]()
    looking = care(plugins, aws, region=region_of(aws, ended))
    trial = await looking.try_out(SOME)
    assert trial.state is TrialState.WORKED
    assert aws.calls == ["ssm:StartSession"]
    assert ended == ["ended"]
    assert looking.last_trial(SOME) == trial
    assert looking.last_trial(GOOD) is None
    (command,) = plugins.asked
    assert "smtui-test-42" not in command
    assert shlex.split(command)[:2] == ["sh", "-c"]


@pytest.mark.parametrize(
    ("output", "in_time", "said"),
    [
        ("sh -c 'echo smtui-test-$((40 + 2))'\n", True, "did not arrive"),
        ("smtui-test-42\n", False, "did not end within 15 s"),
        ("", True, "It said nothing."),
        ("a\n\x1b[2Jdial tcp: refused\n\n", True, '"␛[2Jdial tcp: refused"'),
    ],
)
async def test_a_session_without_its_answer_has_failed(output: str, in_time: bool, said: str) -> None:
    trial = await care(FakeCaredPlugins(output=output, in_time=in_time)).try_out(SOME)
    assert trial.state is TrialState.FAILED
    assert said in trial.text


async def tried(found: FoundPlugin, error: Exception | None = None, aws: FakeAws | None = None) -> Trial:
    return await care(FakeCaredPlugins(error=error), aws).try_out(found)


async def test_what_fails_is_said() -> None:
    assert "Exec format error" in (await tried(SOME, OSError(8, "Exec format error"))).text
    denied = await tried(SOME, aws=FakeAws(failing={"ssm:StartSession": fault("ssm:StartSession")}))
    assert denied.state is TrialState.FAILED
    assert "ssm:StartSession" in denied.text


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (OLD, "never used"),
        (GOOD, "cannot be tested on this machine"),
        (FoundPlugin("/x", Version.of("1.2.889.0")), "cannot be tested on this machine"),
    ],
)
async def test_what_cannot_be_tried_is_no_failure(found: FoundPlugin, said: str) -> None:
    plugins = FakeCaredPlugins()
    trial = await care(plugins).try_out(found)
    assert trial.state is TrialState.IMPOSSIBLE
    assert said in trial.text
    assert plugins.asked == []


async def test_the_newest_that_takes_loopback_is_tried() -> None:
    assert (await tried(FoundPlugin("/x", Version.of("1.2.888.0")))).state is TrialState.WORKED
    assert (await tried(OURS)).state is TrialState.WORKED


async def test_a_region_that_does_not_start_is_no_failure_of_the_plugin() -> None:
    def out_of_order() -> Any:
        raise TrialRegionFailed("A test session needs the simulated Region. It did not start.")

    trial = await care(region=out_of_order).try_out(SOME)
    assert trial.state is TrialState.IMPOSSIBLE
    assert "did not start" in trial.text
    assert (await tried(SOME, PluginRefused("It is refused."))).text == "It is refused."


async def test_each_plugin_has_the_log_of_its_kind() -> None:
    logs = FakeDebugLogs()
    looking = care(logs=logs)
    await looking.switch_log(ours=True, on=True)
    assert logs.is_on == {True: True, False: False}
    await looking.switch_log(ours=False, on=True)
    assert logs.is_on == {True: True, False: True}
    assert (await looking.log_of(ours=False)).settings.endswith("seelog.xml")
    assert await looking.log_tail(await looking.log_of(ours=True)) == logs.lines


async def test_a_log_that_is_kept_is_not_switched() -> None:
    logs = FakeDebugLogs(keeps_official=True)
    looking = care(logs=logs)
    steps = await looking.switch_log(ours=False, on=True)
    assert (steps.is_done, steps.text) == (False, "The demo leaves it.")
    await looking.switch_log(ours=True, on=True)
    assert logs.is_on == {True: True, False: False}
