"""AWSSupport-TroubleshootManagedInstance through botocore. Implements `engine.automation_ports.AutomationAws`."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from smtui.aws.connection import Connection
from smtui.aws.shapes import mapping, mappings, text, texts
from smtui.domain.automation import (
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
"""What AWS gives as an execution's output before the step that makes it has run."""
_GONE = frozenset({"AutomationExecutionNotFoundException", "InvalidAutomationStatusUpdateException"})


class BotoAutomation:
    """Automations of one place."""

    def __init__(self, connection: Connection, endpoint_is_aws: Callable[[], bool]) -> None:
        self._connection = connection
        self._endpoint_is_aws = endpoint_is_aws

    def start_automation(self, node_id: str) -> str:
        """ssm:StartAutomationExecution, with a token of ours so that a repeated call starts no second execution."""
        said = self._connection.call(
            "ssm:StartAutomationExecution",
            "ssm",
            "start_automation_execution",
            DocumentName=RUNBOOK,
            Parameters={"InstanceId": [node_id]},
            ClientToken=str(uuid.uuid4()),
        )
        return text(said, "AutomationExecutionId")

    def automation(self, execution_id: str) -> AutomationExecution:
        """ssm:GetAutomationExecution."""
        said = self._connection.call(
            "ssm:GetAutomationExecution", "ssm", "get_automation_execution", AutomationExecutionId=execution_id
        )
        return execution_of(mapping(said.get("AutomationExecution")), execution_id)

    def stop_automation(self, execution_id: str) -> None:
        """ssm:StopAutomationExecution, which cancels the step under way."""
        try:
            self._connection.call(
                "ssm:StopAutomationExecution",
                "ssm",
                "stop_automation_execution",
                AutomationExecutionId=execution_id,
                Type="Cancel",
            )
        except AwsCallFailed as failed:
            if failed.fault.code not in _GONE:
                raise

    def automation_console_url(self, execution_id: str) -> str:
        """Empty where the endpoint is not AWS's own: its consoles know nothing of the execution."""
        return console_url(self._connection.opened().region, execution_id) if self._endpoint_is_aws() else ""


def execution_of(told: Mapping[str, Any], execution_id: str) -> AutomationExecution:
    """What GetAutomationExecution told; whatever is missing is left empty."""
    steps = list(mappings(told.get("StepExecutions")))
    return AutomationExecution(
        execution_id=execution_id,
        status=harmless(text(told, "AutomationExecutionStatus")),
        steps=tuple(_step(step) for step in steps),
        lines=final_lines(final_message(list(_outputs(told, "")) or list(_final_step_outputs(steps)))),
        trouble=harmless(text(told, "FailureMessage")),
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


def _outputs(told: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    """Each output by its name, such as `FinalOutput.Message`; values come as lists of strings."""
    outputs = mapping(told.get("Outputs"))
    for name in outputs:
        message = "\n".join(texts(outputs, name))
        if message and not message.startswith(_NOT_YET):
            yield f"{prefix}{name}", message
