"""Sends, reads and cancels commands of Run Command, and reads the output that it keeps in S3.

Sources: https://docs.aws.amazon.com/systems-manager/latest/APIReference/ (API_SendCommand,
API_ListCommandInvocations, API_GetCommandInvocation, API_CancelCommand).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from smtui.aws.api_calls import ApiCalls, is_code, mapping, number, text
from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.work.command_invocation import LEAST_DELIVERY_SECONDS, CommandInvocation, CommandToSend

_PAGE = 50
"""The largest page that AWS gives."""
_MOST_STORED = 32 << 20
"""Bytes of one output that are read from S3."""
_NOT_YET = "InvocationDoesNotExist"
_ALL_FAIL = "100%"
"""MaxErrors: by default AWS stops sending after the first node that fails."""


class CommandAdapter:
    """Run Command in one place. Implements `CommandAws`.

    Every method blocks and raises `AwsCallFailed`, whose fault names the IAM action.
    """

    def __init__(self, calls: ApiCalls) -> None:
        self._calls = calls

    def send_command(self, wanted: CommandToSend) -> str:
        """ssm:SendCommand: the command's id. Never sent twice: AWS would run it twice."""
        given: dict[str, Any] = {
            "InstanceIds": list(wanted.node_ids),
            "DocumentName": wanted.document_name,
            "Parameters": {"commands": list(wanted.lines), "executionTimeout": [str(wanted.seconds)]},
            "TimeoutSeconds": max(LEAST_DELIVERY_SECONDS, wanted.seconds),
            "MaxConcurrency": str(wanted.concurrency),
            "MaxErrors": "0" if wanted.fail_fast else _ALL_FAIL,
        }
        if wanted.comment:
            given["Comment"] = wanted.comment
        if wanted.bucket:
            given |= {"OutputS3BucketName": wanted.bucket, "OutputS3KeyPrefix": wanted.prefix}
        answer = self._calls.call_once("ssm:SendCommand", **given)
        command_id = text(mapping(answer.get("Command")), "CommandId")
        if not command_id:
            raise self._calls.odd_answer("ssm:SendCommand", "The answer holds no command id.")
        return command_id

    def invocations(self, command_id: str) -> list[CommandInvocation]:
        """ssm:ListCommandInvocations: the states, without output."""
        entries = self._calls.entries("ssm:ListCommandInvocations", page_size=_PAGE, CommandId=command_id)
        return [_invocation(entry) for entry in entries]

    def invocation(self, command_id: str, node_id: str) -> CommandInvocation | None:
        """ssm:GetCommandInvocation; None while AWS does not know it yet."""
        try:
            answer = self._calls.call("ssm:GetCommandInvocation", CommandId=command_id, InstanceId=node_id)
        except AwsCallFailed as failed:
            if is_code(failed, _NOT_YET):
                return None
            raise
        return _invocation(answer)

    def cancel_command(self, command_id: str) -> None:
        """ssm:CancelCommand, on all nodes that have not ended."""
        self._calls.call("ssm:CancelCommand", CommandId=command_id)

    def stored_output(self, url: str) -> bytes:
        """s3:GetObject of the object that an invocation's URL names, at most 32 MiB of it."""
        bucket, key = _object_of(url)
        if not bucket or not key:
            raise self._calls.failed(FaultKind.OTHER, "s3:GetObject", f"{url!r} is not an object of S3.")
        return self._calls.call_for_data("s3:GetObject", _MOST_STORED, Bucket=bucket, Key=key)[1]


def _invocation(entry: Mapping[str, Any]) -> CommandInvocation:
    code = number(entry, "ResponseCode")
    return CommandInvocation(
        node_id=text(entry, "InstanceId"),
        status=text(entry, "Status"),
        details=text(entry, "StatusDetails"),
        response_code=-1 if code is None else code,
        seconds=_seconds(text(entry, "ExecutionStartDateTime"), text(entry, "ExecutionEndDateTime")),
        stdout=text(entry, "StandardOutputContent"),
        stderr=text(entry, "StandardErrorContent"),
        stdout_url=text(entry, "StandardOutputUrl"),
        stderr_url=text(entry, "StandardErrorUrl"),
    )


def _seconds(began: str, ended: str) -> float | None:
    try:
        return (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()
    except (ValueError, TypeError):  # one of them is missing, or only one has a time zone
        return None


def _object_of(url: str) -> tuple[str, str]:
    """Bucket and key of `https://s3.eu-west-1.amazonaws.com/BUCKET/KEY`, which is how Run Command writes it."""
    bucket, _, key = unquote(urlsplit(url).path).removeprefix("/").partition("/")
    return bucket, key
