"""The runbook against the simulated Region, and answers that no Region of ours gives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from smtui.aws.automation_adapter import AutomationAdapter, execution_of
from smtui.aws.places import BotoPlaces
from smtui.demo.region import SimulatedRegion
from smtui.diagnosis.runbook import RUNBOOK, FinalLine, LineMark, Progress
from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.place import Place
from tests.demo.support import quiet_region

WEB_1 = "i-0a1b2c3d4e5f60718"


@pytest.fixture
def region() -> Iterator[SimulatedRegion]:
    with quiet_region() as running:
        yield running


@pytest.fixture
def automations(region: SimulatedRegion) -> AutomationAdapter:
    keys = (region.access_key_id, region.secret_access_key, region.region)
    return BotoPlaces.fixed(region.endpoint_url, *keys).automation_at(Place())


def test_started_looked_at_and_stopped(automations: AutomationAdapter) -> None:
    execution_id = automations.start_automation("i-0123456789abcdef0")
    execution = automations.automation(execution_id)
    assert (execution.execution_id, execution.progress, execution.lines) == (execution_id, Progress.RUNNING, ())
    assert execution.steps[0].name == "GetPingStatus"
    automations.stop_automation(execution_id)
    assert automations.automation(execution_id).progress is Progress.STOPPED
    automations.stop_automation(execution_id)  # which is over, and that is fine
    assert automations.automation_console_url(execution_id) == ""  # of no use: the endpoint is not AWS's


def test_the_list_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtui.demo.account.automation_executions.STEP_SECONDS", 0.0)
    with quiet_region() as region:
        keys = (region.access_key_id, region.secret_access_key, region.region)
        automations = BotoPlaces.fixed(region.endpoint_url, *keys).automation_at(Place())
        execution = automations.automation(automations.start_automation(WEB_1))
    assert execution.progress is Progress.SUCCEEDED
    assert execution.lines == (FinalLine(LineMark.NOTE, "EC2 instance is managed by Systems Manager."),)


def test_a_throttled_start_is_repeated_and_begins_one_execution(
    region: SimulatedRegion, automations: AutomationAdapter
) -> None:
    region.faults.apply({"throttle": {"ssm:StartAutomationExecution": 1}})
    automations.start_automation(WEB_1)
    assert region.faults.calls("ssm:StartAutomationExecution") == 2


@pytest.mark.parametrize("action", ["StartAutomationExecution", "GetAutomationExecution", "StopAutomationExecution"])
def test_a_denied_call_names_its_action(region: SimulatedRegion, automations: AutomationAdapter, action: str) -> None:
    begun = automations.start_automation(WEB_1)
    region.faults.apply({"deny": [f"ssm:{action}"]})
    calls: dict[str, Any] = {
        "StartAutomationExecution": lambda: automations.start_automation(WEB_1),
        "GetAutomationExecution": lambda: automations.automation(begun),
        "StopAutomationExecution": lambda: automations.stop_automation(begun),
    }
    with pytest.raises(AwsCallFailed) as caught:
        calls[action]()
    assert (caught.value.fault.kind, caught.value.fault.action) == (FaultKind.DENIED, f"ssm:{action}")


def test_a_start_carries_a_token_of_its_own_so_that_its_repetition_begins_nothing() -> None:
    asked: list[dict[str, Any]] = []

    class Calls:
        connection = None

        def call(self, action: str, /, **parameters: Any) -> dict[str, Any]:
            asked.append(parameters)
            return {"AutomationExecutionId": "e-1"}

    automations = AutomationAdapter(Calls())  # type: ignore[arg-type]
    assert (automations.start_automation(WEB_1), automations.start_automation(WEB_1)) == ("e-1", "e-1")
    tokens = {UUID(parameters.pop("ClientToken")) for parameters in asked}
    assert len(tokens) == 2
    assert asked == [{"DocumentName": RUNBOOK, "Parameters": {"InstanceId": [WEB_1]}}] * 2


def test_a_console_page_where_the_endpoint_is_awss(keys: None) -> None:
    automations = BotoPlaces().automation_at(Place(region="cn-north-1"))
    assert automations.automation_console_url("e-1").startswith("https://cn-north-1.console.amazonaws.cn/")


def test_odd_answers_are_read_as_far_as_they_go() -> None:
    assert execution_of({}, "e-1").progress is Progress.RUNNING
    execution = execution_of(
        {
            "AutomationExecutionStatus": "Failed",
            "FailureMessage": "Step \x1b[2J failed",
            "StepExecutions": ["odd", {"StepName": "One", "StepStatus": "Failed", "FailureMessage": "a\n  b"}, {}],
            "Outputs": {"FinalOutput.Message": ["No output available yet because the step is not executed"]},
        },
        "e-1",
    )
    assert execution.trouble == "Step ␛[2J failed"
    assert [(step.name, step.status, step.finding) for step in execution.steps] == [
        ("One", "Failed", "a b"),
        ("", "", ""),
    ]
    assert execution.lines == ()


def test_the_last_steps_own_output_where_the_execution_has_none() -> None:
    steps = [
        {"StepName": "Other", "Outputs": {"Message": ["not this, though it is longer"]}},
        {"StepName": "FinalOutput", "Outputs": {"Message": ["- [OK] this", "- [ERROR] and that"]}},
    ]
    execution = execution_of({"AutomationExecutionStatus": "Success", "StepExecutions": steps}, "e-1")
    assert [line.mark for line in execution.lines] == [LineMark.OK, LineMark.ERROR]


@pytest.mark.parametrize("odd", [None, 7, "text", ["list"], {"a": None}, {"FinalOutput.Message": None}, [None, 3]])
@pytest.mark.parametrize("key", ["AutomationExecutionStatus", "StepExecutions", "Outputs", "FailureMessage"])
def test_no_answer_however_odd_makes_it_raise(key: str, odd: object) -> None:
    assert execution_of({key: odd}, "e-1").execution_id == "e-1"
    assert execution_of({"StepExecutions": [{"StepName": "FinalOutput", key: odd}]}, "e-1").lines == ()


def test_how_long_it_took() -> None:
    began = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)
    answer = {"ExecutionStartTime": began, "ExecutionEndTime": began + timedelta(seconds=48)}
    assert execution_of(answer, "e-1").seconds == 48
    assert execution_of({"ExecutionStartTime": began}, "e-1").seconds is None
