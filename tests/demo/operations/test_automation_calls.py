"""The simulated runbook: its steps advance with time, and its last message tells what is planted on the node."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from smtui.demo.account.automation_executions import AutomationBook, PlannedStep
from smtui.demo.operations.automation_calls import RUNBOOK, report
from smtui.demo.region import SimulatedRegion
from smtui.demo.story.story_nodes import story
from tests.demo.support import client

NODES = {node.name: node for node in story()}
STEPS = (PlannedStep("One", "aws:branch"), PlannedStep("Two", "aws:branch"), PlannedStep("Three", "aws:branch"))
BROKEN = (STEPS[0], PlannedStep("Two", "aws:branch", failure="no"), STEPS[2])


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def statuses(book: AutomationBook, execution_id: str) -> list[str]:
    execution = book.find(execution_id)
    assert execution is not None
    moment = book.moment(execution)
    return [moment.status, *(moment.step_status(index, step) for index, step in enumerate(execution.steps))]


def test_steps_advance_with_time() -> None:
    clock = Clock()
    book = AutomationBook(2.0, clock)
    begun = book.start("i-1", "me", STEPS, "").execution_id
    assert statuses(book, begun) == ["InProgress", "InProgress", "Pending", "Pending"]
    clock.now += 4.1
    assert statuses(book, begun) == ["InProgress", "Success", "Success", "InProgress"]
    clock.now += 100
    assert statuses(book, begun) == ["Success", "Success", "Success", "Success"]


def test_a_step_that_fails_is_the_last() -> None:
    clock = Clock()
    book = AutomationBook(2.0, clock)
    begun = book.start("i-1", "me", BROKEN, "").execution_id
    clock.now += 100
    assert statuses(book, begun) == ["Failed", "Success", "Failed", "Pending"]


def test_what_is_stopped_stays_where_it_was() -> None:
    clock = Clock()
    book = AutomationBook(2.0, clock)
    begun = book.start("i-1", "me", STEPS, "")
    clock.now += 2.5
    assert book.stop(begun)
    clock.now += 100
    assert statuses(book, begun.execution_id) == ["Cancelled", "Success", "Cancelled", "Pending"]
    stopped = book.find(begun.execution_id)
    assert stopped is not None
    assert not book.stop(stopped)


def test_a_step_has_its_times() -> None:
    clock = Clock()
    book = AutomationBook(2.0, clock)
    execution = book.start("i-1", "me", STEPS, "")
    clock.now += 2.5
    moment = book.moment(execution)
    (began, ended), (began_too, not_yet), never = (moment.times(index) for index in range(3))
    assert began is not None
    assert ended == began_too
    assert datetime.now(UTC) >= began
    assert (not_yet, never) == (None, (None, None))


@pytest.fixture
def ssm(region: SimulatedRegion) -> Any:
    return client(region, "ssm")


def run(ssm: Any, node_id: str, **more: Any) -> str:
    started = ssm.start_automation_execution(DocumentName=RUNBOOK, Parameters={"InstanceId": [node_id]}, **more)
    return str(started["AutomationExecutionId"])


def told(ssm: Any, execution_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = ssm.get_automation_execution(AutomationExecutionId=execution_id)["AutomationExecution"]
    return answer


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smtui.demo.account.automation_executions.STEP_SECONDS", 0.0)


class TestAtOnce:
    """With steps that take no time; the fixture is named first, so that it comes before the Region."""

    def test_an_instance_without_a_way_out(self, at_once: None, ssm: Any) -> None:
        answer = told(ssm, run(ssm, NODES["no-nat-1"].node_id))
        assert answer["AutomationExecutionStatus"] == "Success"
        assert {step["StepStatus"] for step in answer["StepExecutions"]} == {"Success"}
        (message,) = answer["Outputs"]["FinalOutput.Message"]
        assert message == answer["StepExecutions"][-1]["Outputs"]["Message"][0]
        assert "[WARNING] No route found for 0.0.0.0/0." in message

    def test_an_instance_that_is_managed_is_done_after_three_steps(self, at_once: None, ssm: Any) -> None:
        answer = told(ssm, run(ssm, NODES["web-1"].node_id))
        assert len(answer["StepExecutions"]) == 3
        assert answer["Outputs"] == {"FinalOutput.Message": ["EC2 instance is managed by Systems Manager."]}

    def test_an_instance_that_there_is_not(self, at_once: None, ssm: Any) -> None:
        answer = told(ssm, run(ssm, "i-0123456789abcdef0"))
        assert answer["AutomationExecutionStatus"] == "Failed"
        assert "InvalidInstanceID.NotFound" in answer["FailureMessage"]
        assert [step["StepStatus"] for step in answer["StepExecutions"]][:4] == [
            "Success",
            "Success",
            "Failed",
            "Pending",
        ]

    def test_it_runs_with_the_permissions_of_whoever_started_it(
        self, at_once: None, region: SimulatedRegion, ssm: Any
    ) -> None:
        region.faults.apply({"deny": ["ec2:DescribeRouteTables"]})
        answer = told(ssm, run(ssm, NODES["no-nat-1"].node_id))
        assert answer["AutomationExecutionStatus"] == "Failed"
        (failed,) = (step for step in answer["StepExecutions"] if step["StepStatus"] == "Failed")
        assert failed["StepName"] == "CheckRouteTable"
        assert "is not authorized to perform: ec2:DescribeRouteTables" in failed["FailureMessage"]
        assert failed["FailureMessage"] in answer["FailureMessage"]

    def test_what_is_over_cannot_be_stopped(self, at_once: None, ssm: Any) -> None:
        begun = run(ssm, NODES["web-1"].node_id)
        with pytest.raises(ClientError, match="InvalidAutomationStatusUpdateException"):
            ssm.stop_automation_execution(AutomationExecutionId=begun, Type="Cancel")


def test_one_that_runs_can_be_stopped(ssm: Any) -> None:
    begun = run(ssm, NODES["no-nat-1"].node_id)
    running = told(ssm, begun)
    assert running["AutomationExecutionStatus"] == "InProgress"
    assert running["CurrentStepName"] == "GetPingStatus"
    assert running["Outputs"]["FinalOutput.Message"][0].startswith("No output available yet")
    ssm.stop_automation_execution(AutomationExecutionId=begun, Type="Cancel")
    assert told(ssm, begun)["AutomationExecutionStatus"] == "Cancelled"


def test_the_same_token_starts_nothing_new(ssm: Any) -> None:
    token = "11111111-2222-3333-4444-555555555555"
    node = NODES["no-nat-1"].node_id
    assert run(ssm, node, ClientToken=token) == run(ssm, node, ClientToken=token)
    assert run(ssm, node) != run(ssm, node)
    with pytest.raises(ClientError, match="IdempotentParameterMismatch"):
        run(ssm, NODES["web-1"].node_id, ClientToken=token)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"DocumentName": "AWS-RestartEC2Instance"}, "AutomationDefinitionNotFoundException"),
        ({"Parameters": {"AutomationAssumeRole": ["x"]}}, "InvalidAutomationExecutionParametersException"),
        ({"Parameters": {"InstanceId": ["mi-0123456789abcdef0"]}}, "InvalidAutomationExecutionParametersException"),
        (
            {"Parameters": {"InstanceId": ["i-0123456789abcdef0"], "Other": ["1"]}},
            "InvalidAutomationExecutionParametersException",
        ),
    ],
)
def test_what_is_refused_at_once(ssm: Any, asked: dict[str, Any], code: str) -> None:
    given = {"DocumentName": RUNBOOK, "Parameters": {"InstanceId": ["i-0123456789abcdef0"]}} | asked
    with pytest.raises(ClientError, match=code):
        ssm.start_automation_execution(**given)


def test_an_execution_that_there_is_not(ssm: Any) -> None:
    with pytest.raises(ClientError, match="AutomationExecutionNotFoundException"):
        told(ssm, "11111111-2222-3333-4444-555555555555")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("no-profile-1", "[ERROR] No EC2 instance IAM profile attached to the instance"),
        ("no-egress-1", "does not allow outbound traffic on port '443'"),
        ("acl-closed-1", "[ERROR] The network ACL"),
        ("no-ssm-endpoint-1", "[ERROR] No VPC endpoint 'com.amazonaws.eu-west-1.ssm' found"),
    ],
)
def test_the_report_finds_what_is_planted_and_nothing_else(name: str, line: str) -> None:
    text = report(NODES[name], "eu-west-1")
    assert line in text
    assert sum(mark in text for mark in ("[ERROR]", "[WARNING]")) == 1
    assert text.count("[ERROR]") + text.count("[WARNING]") == 1


def test_the_report_sees_nothing_of_what_the_runbook_does_not_look_at() -> None:
    text = report(NODES["hop-limit-1"], "eu-west-1")
    assert "[ERROR]" not in text
    assert "[WARNING]" not in text
    assert text.startswith("1. Checks for Amazon VPC Systems Manager VPC Endpoint")
