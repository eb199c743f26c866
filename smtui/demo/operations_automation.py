"""The operations of Automation that the simulated Region answers, for the one runbook that smtui starts.

Source: the Systems Manager API reference and the runbook's own page. The names of its steps are ours but for the last.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from smtui.demo.automation_report import managed, report
from smtui.demo.automations import Execution, PlannedStep
from smtui.demo.errors import AwsError
from smtui.demo.state import CALLER_ARN, Handler, Params, RegionState

RUNBOOK = "AWSSupport-TroubleshootManagedInstance"
_FINAL = "FinalOutput"
_INSTANCE_ID = re.compile(r"i-(?:[0-9a-f]{8}|[0-9a-f]{17})")
_SCRIPT, _BRANCH, _CALL = "aws:executeScript", "aws:branch", "aws:executeAwsApi"
_FIRST = (PlannedStep("GetPingStatus", _SCRIPT), PlannedStep("BranchOnPingStatus", _BRANCH))
_NEEDS = {
    "GetPingStatus": "ssm:DescribeInstanceInformation",
    "DescribeInstance": "ec2:DescribeInstances",
    "CheckVpcEndpoints": "ec2:DescribeVpcEndpoints",
    "CheckRouteTable": "ec2:DescribeRouteTables",
    "CheckNetworkAcl": "ec2:DescribeNetworkAcls",
    "CheckSecurityGroups": "ec2:DescribeSecurityGroups",
    "CheckInstanceProfile": "iam:GetInstanceProfile",
}
"""The runbook runs with the permissions of whoever started it."""
_DESCRIBE = "DescribeInstance"
_CHECKS = (
    PlannedStep(_DESCRIBE, _CALL),
    PlannedStep("CheckVpcEndpoints", _SCRIPT),
    PlannedStep("CheckRouteTable", _SCRIPT),
    PlannedStep("CheckNetworkAcl", _SCRIPT),
    PlannedStep("CheckSecurityGroups", _SCRIPT),
    PlannedStep("CheckInstanceProfile", _SCRIPT),
    PlannedStep("BranchOnPlatform", _BRANCH),
)
_NOT_YET = "No output available yet because the step is not successfully executed"


def start_automation_execution(region: RegionState, params: Params) -> Mapping[str, Any]:
    if params["DocumentName"] != RUNBOOK:
        raise AwsError(
            "AutomationDefinitionNotFoundException",
            f"Automation definition with name {params['DocumentName']} could not be found.",
        )
    given = params.get("Parameters", {})
    if unknown := sorted(given.keys() - {"InstanceId", "AutomationAssumeRole"}):
        raise _refused(f"Parameter(s) {unknown} provided but not defined in the document.")
    ids = given.get("InstanceId", [])
    if len(ids) != 1 or not _INSTANCE_ID.fullmatch(ids[0]):
        raise _refused('Parameter "InstanceId" must be the ID of one EC2 instance.')
    token = params.get("ClientToken", "")
    execution = region.automations.start(ids[0], CALLER_ARN, _steps(region, ids[0]), token)
    if execution.node_id != ids[0]:
        raise AwsError("IdempotentParameterMismatch", "The client token was used with other parameters.")
    return {"AutomationExecutionId": execution.execution_id}


def get_automation_execution(region: RegionState, params: Params) -> Mapping[str, Any]:
    execution = _found(region, params)
    moment = region.automations.moment(execution)
    steps = [_step(region, execution, index) for index in range(len(execution.steps))]
    over = moment.status != "InProgress"
    final = steps[-1].get("Outputs", {}).get("Message", [_NOT_YET])
    failed = next((step for step in steps if step["StepStatus"] == "Failed"), None)
    told: dict[str, Any] = {
        "AutomationExecutionId": execution.execution_id,
        "DocumentName": RUNBOOK,
        "DocumentVersion": "1",
        "ExecutionStartTime": execution.started_at,
        "ExecutionEndTime": moment.times(moment.done - 1)[1] if over and moment.done else None,
        "AutomationExecutionStatus": moment.status,
        "StepExecutions": steps,
        "StepExecutionsTruncated": False,
        "Parameters": {"InstanceId": [execution.node_id]},
        "Outputs": {f"{_FINAL}.Message": final},
        "Mode": "Auto",
        "ExecutedBy": execution.executed_by,
    }
    if failed is not None:
        told["FailureMessage"] = f"Step {failed['StepName']} failed: {failed['FailureMessage']}"
    elif not over:
        told |= {"CurrentStepName": steps[moment.done]["StepName"], "CurrentAction": steps[moment.done]["Action"]}
    return {"AutomationExecution": told}


def stop_automation_execution(region: RegionState, params: Params) -> Mapping[str, Any]:
    execution = _found(region, params)
    if not region.automations.stop(execution):
        raise AwsError(
            "InvalidAutomationStatusUpdateException", "The automation execution has completed and cannot be stopped."
        )
    return {}


def _steps(region: RegionState, node_id: str) -> tuple[PlannedStep, ...]:
    denied = {name: _denied(action) for name, action in _NEEDS.items() if region.denies(action)}
    return tuple(
        replace(step, failure=denied[step.name]) if step.name in denied else step for step in _planned(region, node_id)
    )


def _denied(action: str) -> str:
    operation = action.partition(":")[2]
    words = f"User: {CALLER_ARN} is not authorized to perform: {action}"
    return f"An error occurred (AccessDenied) when calling the {operation} operation: {words}"


def _planned(region: RegionState, node_id: str) -> tuple[PlannedStep, ...]:
    node = region.fleet.find(node_id)
    if node is None:
        words = f"An error occurred (InvalidInstanceID.NotFound): The instance ID '{node_id}' does not exist"
        return (*_FIRST, PlannedStep(_DESCRIBE, _CALL, failure=words), *_CHECKS[1:], PlannedStep(_FINAL, _SCRIPT))
    final = PlannedStep(_FINAL, _SCRIPT, {"Message": report(node, region.name)})
    if managed(node):
        return (*_FIRST, final)
    platform = "Windows" if node.platform.kind == "Windows" else "Linux"
    return (*_FIRST, *_CHECKS, PlannedStep(f"AgentToolkit{platform}", _SCRIPT), final)


def _step(region: RegionState, execution: Execution, index: int) -> dict[str, Any]:
    step, moment = execution.steps[index], region.automations.moment(execution)
    status = moment.step_status(index, step)
    began, ended = moment.times(index)
    told: dict[str, Any] = {
        "StepName": step.name,
        "Action": step.action,
        "StepStatus": status,
        "ExecutionStartTime": began,
        "ExecutionEndTime": ended,
        "StepExecutionId": f"{execution.execution_id[:-4]}{index:04}",
    }
    if status == "Success":
        told["Outputs"] = {name: [text] for name, text in step.outputs.items()}
    if status == "Failed":
        told["FailureMessage"] = step.failure
    return told


def _found(region: RegionState, params: Params) -> Execution:
    execution = region.automations.find(params["AutomationExecutionId"])
    if execution is None:
        raise AwsError(
            "AutomationExecutionNotFoundException",
            f"Automation execution {params['AutomationExecutionId']} could not be found.",
        )
    return execution


def _refused(words: str) -> AwsError:
    return AwsError("InvalidAutomationExecutionParametersException", words)


HANDLERS: Mapping[str, Handler] = {
    "StartAutomationExecution": start_automation_execution,
    "GetAutomationExecution": get_automation_execution,
    "StopAutomationExecution": stop_automation_execution,
}
