"""Starts, reads and stops the runbook AWSSupport-TroubleshootManagedInstance.

Sources: https://docs.aws.amazon.com/systems-manager/latest/APIReference/ (API_StartAutomationExecution,
API_GetAutomationExecution, API_AutomationExecution, API_StopAutomationExecution).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from smtui.aws.access_adapter import AccessAdapter
from smtui.aws.api_calls import ApiCalls, is_code, mapping, mappings, text, texts, when
from smtui.diagnosis.runbook import (
    FINAL_STEP,
    RUNBOOK,
    AutomationExecution,
    AutomationStep,
    console_url,
    final_lines,
    final_message,
)
from smtui.domain.fault import AwsCallFailed
from smtui.domain.text import harmless

_NOT_YET = "No output available yet"
"""AWS's placeholder for an output whose step has not run yet."""
_OVER = ("AutomationExecutionNotFoundException", "InvalidAutomationStatusUpdateException")


class AutomationAdapter:
    """The automations of one place. Implements `AutomationAws`.

    Every method blocks and raises `AwsCallFailed`, whose fault names the IAM action.
    """

    def __init__(self, calls: ApiCalls) -> None:
        self._calls = calls
        self._access = AccessAdapter(calls)

    def start_automation(self, node_id: str) -> str:
        """ssm:StartAutomationExecution: the execution's id.

        Our client token keeps a repeated call from starting a second execution.
        """
        answer = self._calls.call(
            "ssm:StartAutomationExecution",
            DocumentName=RUNBOOK,
            Parameters={"InstanceId": [node_id]},
            ClientToken=str(uuid.uuid4()),
        )
        return text(answer, "AutomationExecutionId")

    def automation(self, execution_id: str) -> AutomationExecution:
        """ssm:GetAutomationExecution: its status, steps and findings."""
        answer = self._calls.call("ssm:GetAutomationExecution", AutomationExecutionId=execution_id)
        return execution_of(mapping(answer.get("AutomationExecution")), execution_id)

    def stop_automation(self, execution_id: str) -> None:
        """ssm:StopAutomationExecution, which cancels the running step; an execution that is over already is success."""
        try:
            self._calls.call("ssm:StopAutomationExecution", AutomationExecutionId=execution_id, Type="Cancel")
        except AwsCallFailed as failed:
            if not is_code(failed, *_OVER):
                raise

    def automation_console_url(self, execution_id: str) -> str:
        """The execution's page in the AWS console; empty where the endpoint is not AWS's own. No call."""
        region = self._calls.connection.opened().region
        return console_url(region, execution_id) if self._access.endpoint_is_aws() else ""


def execution_of(answer: Mapping[str, Any], execution_id: str) -> AutomationExecution:
    """An AutomationExecution of GetAutomationExecution; what is missing is left empty."""
    steps = list(mappings(answer.get("StepExecutions")))
    return AutomationExecution(
        execution_id=execution_id,
        status=harmless(text(answer, "AutomationExecutionStatus")),
        steps=tuple(_step(step) for step in steps),
        lines=final_lines(final_message(list(_outputs(answer, "")) or list(_final_step_outputs(steps)))),
        trouble=harmless(text(answer, "FailureMessage")),
        began=when(answer.get("ExecutionStartTime")),
        ended=when(answer.get("ExecutionEndTime")),
    )


def _step(step: Mapping[str, Any]) -> AutomationStep:
    return AutomationStep(
        name=harmless(text(step, "StepName")),
        status=harmless(text(step, "StepStatus")),
        finding=harmless(" ".join(text(step, "FailureMessage").split())),
    )


def _final_step_outputs(steps: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for step in steps:
        if step.get("StepName") == FINAL_STEP:
            yield from _outputs(step, f"{FINAL_STEP}.")


def _outputs(step: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    """Each output by its name, such as `FinalOutput.Message`; values come as lists of strings."""
    outputs = mapping(step.get("Outputs"))
    for name in outputs:
        message = "\n".join(texts(outputs, name))
        if message and not message.startswith(_NOT_YET):
            yield f"{prefix}{name}", message
