"""What running an automation asks of AWS: blocking calls, behind a Protocol."""

from __future__ import annotations

from typing import Protocol

from smtui.domain.automation import AutomationExecution
from smtui.domain.place import Place


class AutomationAws(Protocol):
    """One place of AWS. Every method blocks and raises `AwsCallFailed`, whose fault names the IAM action."""

    def start_automation(self, node_id: str) -> str:
        """ssm:StartAutomationExecution of the troubleshooting runbook; the execution's id. Never starts a second."""

    def automation(self, execution_id: str) -> AutomationExecution:
        """ssm:GetAutomationExecution."""

    def stop_automation(self, execution_id: str) -> None:
        """ssm:StopAutomationExecution; one that is already over is success."""

    def automation_console_url(self, execution_id: str) -> str:
        """Its page in the AWS console; empty where there is none. Calls nothing."""


class AutomationPlaces(Protocol):
    """Automations in every place; making one does no call."""

    def automation_at(self, place: Place) -> AutomationAws: ...
