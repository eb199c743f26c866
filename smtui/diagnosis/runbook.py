"""Describes a run of AWSSupport-TroubleshootManagedInstance: what it needs, how far it is, and what it found.

Source: the runbook's page in the Systems Manager Automation runbook reference.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from smtui.domain.ages import seconds_between
from smtui.domain.records.console_links import console_host
from smtui.domain.text import harmless, harmless_lines

if TYPE_CHECKING:
    from smtui.domain.place import Place
    from smtui.topics.failure import Failure

RUNBOOK = "AWSSupport-TroubleshootManagedInstance"
FINAL_STEP = "FinalOutput"
PERMISSIONS = (
    "ssm:StartAutomationExecution",
    "ssm:GetAutomationExecution",
    "ssm:DescribeAutomationExecutions",
    "ssm:DescribeAutomationStepExecutions",
    "ssm:DescribeInstanceInformation",
    "ssm:DescribeInstanceProperties",
    "ssm:GetDocument",
    "ssm:ListDocuments",
    "ec2:DescribeInstances",
    "ec2:DescribeNetworkAcls",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeVpcEndpoints",
    "iam:GetInstanceProfile",
    "iam:ListAttachedRolePolicies",
    "iam:ListRoles",
)
"""It runs with the permissions of the user who starts it, and needs all of these."""


class Progress(StrEnum):
    """The state of an execution or a step, in fewer words than AWS has."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    STOPPED = "stopped"

    @property
    def over(self) -> bool:
        """Whether it will not change any more."""
        return self in {Progress.SUCCEEDED, Progress.FAILED, Progress.STOPPED}


class LineMark(StrEnum):
    """How the runbook marks a line of its final list."""

    HEADING = ""
    OK = "OK"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"
    NOTE = "-"
    """A line without a mark."""


@dataclass(frozen=True, slots=True)
class FinalLine:
    """One line of the final list; harmless for a terminal."""

    mark: LineMark
    text: str


@dataclass(frozen=True, slots=True)
class AutomationStep:
    """One step of the runbook; its texts are harmless for a terminal."""

    name: str
    status: str
    """AWS's own word: `Pending`, `InProgress`, `Success`, …"""
    finding: str = ""
    """What the step reported or why it failed, in one line; usually empty."""

    @property
    def progress(self) -> Progress:
        """Its status in our words."""
        return progress_of(self.status)


@dataclass(frozen=True, slots=True)
class AutomationExecution:
    """The latest answer of ssm:GetAutomationExecution."""

    execution_id: str
    status: str
    """AWS's own word."""
    steps: tuple[AutomationStep, ...] = ()
    lines: tuple[FinalLine, ...] = ()
    """The final list; empty until the runbook has written it."""
    trouble: str = ""
    """Why the execution failed, in AWS's words; harmless."""
    began: datetime | None = None
    ended: datetime | None = None

    @property
    def seconds(self) -> int | None:
        """How long it took; None while that is not known."""
        return round(seconds_between(self.began, self.ended)) if self.began and self.ended else None

    @property
    def progress(self) -> Progress:
        """Its status in our words."""
        return progress_of(self.status)


@dataclass(frozen=True, slots=True)
class AutomationRun:
    """One run for one node, as smtui knows it."""

    node_id: str
    place: Place
    execution: AutomationExecution | None = None
    """None while it is being started, and where it could not be."""
    failure: Failure | None = None
    """The call that failed for good: the automation did not start, or can no longer be followed."""
    notice: str = ""
    """A sentence about a temporary problem, such as throttling."""
    console_url: str = ""
    """Where the AWS console shows the execution; empty where there is no such page."""

    @property
    def over(self) -> bool:
        """Whether it has ended or can no longer be followed."""
        if self.failure is not None:
            return True
        return self.execution is not None and self.execution.progress.over

    @property
    def goes_on(self) -> bool:
        """Whether it may still be running at AWS, even if smtui can no longer follow it."""
        if self.execution is None:
            return self.failure is None
        return not self.execution.progress.over

    @property
    def execution_id(self) -> str:
        """AWS's id; empty before it has started."""
        return self.execution.execution_id if self.execution is not None else ""

    @property
    def steps(self) -> tuple[AutomationStep, ...]:
        """The steps so far known, in order."""
        return self.execution.steps if self.execution is not None else ()

    @property
    def lines(self) -> tuple[FinalLine, ...]:
        """The final list; empty until it has been written."""
        return self.execution.lines if self.execution is not None else ()

    def sentence(self) -> str:
        """Its progress in one sentence."""
        if self.failure is not None:
            return f"{self.failure.title}: {self.failure.words}"
        if self.execution is None:
            return "The automation is being started."
        return _sentence(self.execution)


@dataclass(frozen=True, slots=True)
class AutomationQuestion:
    """What to ask the user before an automation is started; each text is whole sentences."""

    title: str
    runs: str
    permissions: tuple[str, ...]
    cost: str
    changes: str
    limits: str


def question(node_id: str) -> AutomationQuestion:
    """The question for this node."""
    return AutomationQuestion(
        title=f"Run {RUNBOOK}?",
        runs=(
            f"It examines {harmless(node_id)}, its VPC and its role in your account, with your own permissions. "
            "It takes up to five minutes."
        ),
        permissions=PERMISSIONS,
        cost="may cost money: AWS bills each step, and scripts by the second",
        changes="nothing on the node; writes an execution to the account",
        limits="IPv4 only",
    )


def objection(node_id: str, *, read_only: bool = False) -> str:
    """Why the automation cannot run for this node, in a sentence; empty where it can."""
    if read_only:
        return "smtui runs read-only: no automation is started."
    if node_id.startswith("mi-"):
        return f"{RUNBOOK} examines EC2 instances only, and {harmless(node_id)} is a hybrid node."
    if not _INSTANCE_ID.fullmatch(node_id):
        return f"{harmless(node_id)} is not the id of an EC2 instance."
    return ""


def progress_of(status: str) -> Progress:
    """The progress that AWS's word stands for; an unknown word counts as running, so that smtui asks again."""
    return _PROGRESS.get(status, Progress.RUNNING)


def final_lines(message: str) -> tuple[FinalLine, ...]:
    """The lines of the runbook's last message: headings are numbered, findings marked `- [OK]`; blank ones dropped."""
    return tuple(_line(line.strip()) for line in harmless_lines(message) if line.strip())


def final_message(outputs: Sequence[tuple[str, str]]) -> str:
    """The runbook's last message among the outputs (name, text): the one of its last step, else the longest of all."""
    named = [text for name, text in outputs if name.startswith(FINAL_STEP)]
    return max(named or [text for _, text in outputs], key=len, default="")


def console_url(region: str, execution_id: str) -> str:
    """The page of an execution in the AWS console of the Region's partition; empty where that console is not known."""
    host = console_host(region)
    if not host or not _EXECUTION_ID.fullmatch(execution_id):
        return ""
    return f"https://{host}/systems-manager/automation/execution/{execution_id}?region={region}"


def _line(line: str) -> FinalLine:
    if _HEADING.match(line):
        return FinalLine(LineMark.HEADING, line)
    marked = _MARKED.fullmatch(line)
    if marked is not None and marked["mark"] in _MARKS:
        return FinalLine(_MARKS[marked["mark"]], marked["text"])
    return FinalLine(LineMark.NOTE, line.removeprefix("- "))


def _sentence(execution: AutomationExecution) -> str:
    done = sum(step.progress.over for step in execution.steps)
    match execution.progress:
        case Progress.SUCCEEDED:
            errors = sum(line.mark is LineMark.ERROR for line in execution.lines)
            warnings = sum(line.mark is LineMark.WARNING for line in execution.lines)
            return f"The automation is done: {_count(errors, 'error')}, {_count(warnings, 'warning')}."
        case Progress.FAILED:
            return f"The automation failed ({execution.status}): {execution.trouble or 'AWS does not say why.'}"
        case Progress.STOPPED:
            return f"The automation was stopped after {done} of {len(execution.steps)} steps."
        case Progress.WAITING:
            return "The automation waits for its turn."
        case _:
            return f"The automation runs: {done} of {len(execution.steps)} steps are done."


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


_INSTANCE_ID = re.compile(r"i-(?:[0-9a-f]{8}|[0-9a-f]{17})")
_EXECUTION_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_HEADING = re.compile(r"[0-9]{1,2}\. ")
_MARKED = re.compile(r"(?:- )?\[(?P<mark>[A-Z]+)\]\s*(?P<text>.*)")
_MARKS = {mark.value: mark for mark in (LineMark.OK, LineMark.INFO, LineMark.WARNING, LineMark.ERROR)}
_PROGRESS = {
    **dict.fromkeys(("Pending", "Scheduled", "PendingApproval", "PendingChangeCalendarOverride"), Progress.WAITING),
    **dict.fromkeys(("Success", "CompletedWithSuccess", "Approved", "Exited"), Progress.SUCCEEDED),
    **dict.fromkeys(("Failed", "TimedOut", "Rejected", "CompletedWithFailure"), Progress.FAILED),
    "ChangeCalendarOverrideRejected": Progress.FAILED,
    "Cancelled": Progress.STOPPED,
}
