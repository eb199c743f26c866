"""Answers the operations of Systems Manager Automation, for the one runbook that smtui starts.

Source: the Systems Manager API reference and the runbook's own page. The names of its steps are
ours, except the last.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from smtui.demo.account.automation_executions import Execution, PlannedStep
from smtui.demo.story.demo_node import DemoNode, Ping
from smtui.demo.wire.service_errors import AwsError

if TYPE_CHECKING:
    from smtui.demo.account.region_state import Handler, Params, RegionState

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


_MANAGED = "EC2 instance is managed by Systems Manager."


@dataclass(frozen=True, slots=True)
class _Section:
    heading: str
    passed: str
    failed: Mapping[str, str]
    """Code of the check -> the line of the report."""


_NO_ENDPOINT = "[ERROR] No VPC endpoint 'com.amazonaws.{region}.%s' found on the EC2 instance VPC: {vpc}."
_SECTIONS = (
    _Section(
        "Checks for Amazon VPC Systems Manager VPC Endpoint 'com.amazonaws.{region}.ssm':",
        "[INFO] The VPC endpoints of the EC2 instance VPC need nothing: {vpc}.",
        {
            "path.endpoint_ssm": _NO_ENDPOINT % "ssm",
            "path.endpoint_ssmmessages": _NO_ENDPOINT % "ssmmessages",
            "path.endpoint_ec2messages": _NO_ENDPOINT % "ec2messages",
            "path.private_dns": "[ERROR] Private DNS is not enabled for the VPC endpoints on: {vpc}.",
            "path.endpoint_security_group": (
                "[ERROR] VPC endpoint security groups do not allow inbound traffic on port '443' from '{address}'."
            ),
        },
    ),
    _Section(
        "Checks for the VPC route table entries of the instance's subnet '{subnet}':",
        "[OK] The route table has a route to the endpoints of Systems Manager.",
        {
            "path.route": (
                "[WARNING] No route found for 0.0.0.0/0. Internet access is required to connect to the public Systems "
                "Manager endpoint."
            )
        },
    ),
    _Section(
        "Checks for NACL rules of the instance subnet '{subnet}':",
        "[OK] 'ALL' outbound traffic allowed to '{address}' from '[1024, 65535]'",
        {"path.network_acl": "[ERROR] The network ACL does not allow '{address}' to reach port '443' and be answered."},
    ),
    _Section(
        "Checks EC2 instance '{node}' security groups outbound traffic:",
        "[OK] Security group '{group}' allows outbound traffic on port '443' to '0.0.0.0/0'.",
        {"path.security_group": "[ERROR] Security group '{group}' does not allow outbound traffic on port '443'."},
    ),
    _Section(
        "Checks EC2 instance IAM profile and required permissions:",
        "[OK] The IAM profile '{profile}' has the required permissions.",
        {
            "identity.instance_profile": "[ERROR] No EC2 instance IAM profile attached to the instance: '{node}'.",
            "identity.trust": "[ERROR] The role of the IAM profile '{profile}' cannot be assumed by EC2.",
            "identity.policy": "[ERROR] The IAM profile '{profile}' lacks permissions that Systems Manager needs.",
        },
    ),
    _Section(
        "Additional Troubleshooting:",
        "Starting with the SSM Agent version 3.1.501.0, 'ssm-cli' finds problems on the instance itself.",
        {},
    ),
)


def start_automation_execution(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Starts the runbook for one instance; the same client token returns the same execution."""
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
    execution = region.automations.start(ids[0], region.caller_arn, _steps(region, ids[0]), token)
    if execution.node_id != ids[0]:
        raise AwsError("IdempotentParameterMismatch", "The client token was used with other parameters.")
    return {"AutomationExecutionId": execution.execution_id}


def get_automation_execution(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Describes an execution and its steps as they are now."""
    execution = _found(region, params)
    moment = region.automations.moment(execution)
    steps = [_step(region, execution, index) for index in range(len(execution.steps))]
    over = moment.status != "InProgress"
    final = steps[-1].get("Outputs", {}).get("Message", [_NOT_YET])
    failed = next((step for step in steps if step["StepStatus"] == "Failed"), None)
    facts: dict[str, Any] = {
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
        facts["FailureMessage"] = f"Step {failed['StepName']} failed: {failed['FailureMessage']}"
    elif not over:
        facts |= {"CurrentStepName": steps[moment.done]["StepName"], "CurrentAction": steps[moment.done]["Action"]}
    return {"AutomationExecution": facts}


def stop_automation_execution(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Cancels an execution that is in progress."""
    execution = _found(region, params)
    if not region.automations.stop(execution):
        raise AwsError(
            "InvalidAutomationStatusUpdateException", "The automation execution has completed and cannot be stopped."
        )
    return {}


def _steps(region: RegionState, node_id: str) -> tuple[PlannedStep, ...]:
    denied = {name: _denied(region, action) for name, action in _NEEDS.items() if region.denies(action)}
    return tuple(
        replace(step, failure=denied[step.name]) if step.name in denied else step for step in _planned(region, node_id)
    )


def _denied(region: RegionState, action: str) -> str:
    operation = action.partition(":")[2]
    words = f"User: {region.caller_arn} is not authorized to perform: {action}"
    return f"An error occurred (AccessDenied) when calling the {operation} operation: {words}"


def _planned(region: RegionState, node_id: str) -> tuple[PlannedStep, ...]:
    node = region.fleet.find(node_id)
    if node is None:
        words = f"An error occurred (InvalidInstanceID.NotFound): The instance ID '{node_id}' does not exist"
        return (*_FIRST, PlannedStep(_DESCRIBE, _CALL, failure=words), *_CHECKS[1:], PlannedStep(_FINAL, _SCRIPT))
    final = PlannedStep(_FINAL, _SCRIPT, {"Message": report(node, region.name)})
    if _managed(node):
        return (*_FIRST, final)
    platform = "Windows" if node.platform.kind == "Windows" else "Linux"
    return (*_FIRST, *_CHECKS, PlannedStep(f"AgentToolkit{platform}", _SCRIPT), final)


def _step(region: RegionState, execution: Execution, index: int) -> dict[str, Any]:
    step, moment = execution.steps[index], region.automations.moment(execution)
    status = moment.step_status(index, step)
    began, ended = moment.times(index)
    facts: dict[str, Any] = {
        "StepName": step.name,
        "Action": step.action,
        "StepStatus": status,
        "ExecutionStartTime": began,
        "ExecutionEndTime": ended,
        "StepExecutionId": f"{execution.execution_id[:-4]}{index:04}",
    }
    if status == "Success":
        facts["Outputs"] = {name: [text] for name, text in step.outputs.items()}
    if status == "Failed":
        facts["FailureMessage"] = step.failure
    return facts


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


def _managed(node: DemoNode) -> bool:
    """Whether the runbook finds nothing wrong."""
    return node.ping is Ping.ONLINE


def report(node: DemoNode, region: str) -> str:
    """The message of the step FinalOutput."""
    if _managed(node) or node.network is None:
        return _MANAGED
    words = {
        "vpc": node.network.vpc_id,
        "subnet": node.network.subnet_id,
        "group": node.network.security_group_id,
        "address": node.network.private_ip,
        "region": region,
        "node": node.node_id,
        "profile": node.profile,
    }
    return "\n".join(_lines(words, node.causes))


def _lines(words: Mapping[str, str], codes: Collection[str]) -> Iterator[str]:
    for number, section in enumerate(_SECTIONS, 1):
        yield f"{number}. {section.heading.format_map(words)}"
        for line in [section.failed[code] for code in codes if code in section.failed] or [section.passed]:
            yield f"- {line.format_map(words)}"
        yield ""


HANDLERS: Mapping[str, Handler] = {
    "StartAutomationExecution": start_automation_execution,
    "GetAutomationExecution": get_automation_execution,
    "StopAutomationExecution": stop_automation_execution,
}
