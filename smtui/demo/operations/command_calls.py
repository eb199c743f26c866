"""Answers the operations of Run Command, with AWS's limits of output.

Source: SendCommand, ListCommandInvocations, GetCommandInvocation and CancelCommand in the Systems Manager API
reference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from smtui.demo.account.command_book import DemoCommand, DemoInvocation
from smtui.demo.story.demo_node import DemoNode, Ping
from smtui.demo.wire.service_errors import AwsError

if TYPE_CHECKING:
    from smtui.demo.account.region_state import Handler, Params, RegionState

_LATEST_AGENT = "3.3.987.0"
_UPDATE_AGENT = "AWS-UpdateSSMAgent"
_PLATFORMS = {"AWS-RunShellScript": ("Linux", "MacOS"), "AWS-RunPowerShellScript": ("Windows", "Linux", "MacOS")}
_PLUGINS = {"AWS-RunShellScript": "aws:runShellScript", "AWS-RunPowerShellScript": "aws:runPowerShellScript"}
_STDOUT_LIMIT, _STDERR_LIMIT = 24_000, 8_000
_NUMBER = re.compile(r"[1-9][0-9]{0,6}")
_MOST_NODES = 50


def send_command(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Runs a script on nodes that are online, or updates their agent."""
    name, asked = params["DocumentName"], list(dict.fromkeys(params.get("InstanceIds", ())))
    if name != _UPDATE_AGENT and name not in _PLATFORMS:
        raise AwsError("InvalidDocument", f"Document with name {name} does not exist in the simulated Region.")
    if not asked or len(asked) > _MOST_NODES:
        raise AwsError("ValidationException", "InstanceIds needs 1 to 50 ids; the simulated Region takes no Targets.")
    nodes = [_online(region, node_id) for node_id in asked]
    if name == _UPDATE_AGENT:
        with region.account.lock:
            for node in nodes:
                region.account.put_node(node, agent_version=_LATEST_AGENT)
        return {"Command": _command(DemoCommand(name, [], 0.0, {node.node_id: DemoInvocation(node) for node in nodes}))}
    for node in nodes:
        if node.platform.kind not in _PLATFORMS[name]:
            raise AwsError("UnsupportedPlatformType", f"{name} does not support {node.platform.kind}.")
    command = _made(params, nodes)
    region.commands.send(command, region.start_script, _count(params.get("MaxConcurrency", "50"), len(nodes)))
    return {"Command": _command(command)}


def _online(region: RegionState, node_id: str) -> DemoNode:
    node = region.fleet.find(node_id)
    if node is None or node.ping is not Ping.ONLINE or node.state not in ("running", ""):
        raise AwsError("InvalidInstanceId", "Instances not in a valid state for account")
    return node


def _made(params: Params, nodes: list[DemoNode]) -> DemoCommand:
    given = params.get("Parameters", {})
    if unknown := sorted(given.keys() - {"commands", "workingDirectory", "executionTimeout"}):
        raise AwsError("InvalidParameters", f"Parameters {unknown} are not defined in {params['DocumentName']}.")
    (timeout,) = given.get("executionTimeout", ["3600"])
    if "commands" not in given or not _NUMBER.fullmatch(timeout) or int(timeout) > 172_800:
        raise AwsError("InvalidParameters", "commands is required, and executionTimeout must be 1 to 172800.")
    errors = params.get("MaxErrors", "0")
    return DemoCommand(
        document=params["DocumentName"],
        lines=list(given["commands"]),
        seconds=float(timeout),
        invocations={node.node_id: DemoInvocation(node) for node in nodes},
        most_errors=None if errors == "100%" else _count(errors, len(nodes)),
        bucket=params.get("OutputS3BucketName", ""),
        prefix=params.get("OutputS3KeyPrefix", ""),
    )


def _count(text: str, number: int) -> int:
    """A number, or a percentage of the nodes."""
    if text.endswith("%"):
        return int(text[:-1]) * number // 100
    return int(text)


def list_command_invocations(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Lists the nodes of a command; none for a while after SendCommand."""
    operation = "ListCommandInvocations"
    command = _known(region, params.get("CommandId", ""))
    start = region.tokens.read(operation, params.get("NextToken"))
    if start is None:
        raise AwsError("InvalidNextToken", "The specified token isn't valid.")
    with command.lock:
        found = [
            _listed(region, command, each)
            for each in command.invocations.values()
            if params.get("InstanceId") in (None, each.node.node_id)
        ]
    found = found if region.commands.visible(command) else []
    end = start + params.get("MaxResults", 50)
    return {
        "CommandInvocations": found[start:end],
        "NextToken": region.tokens.make(operation, end) if end < len(found) else None,
    }


def get_command_invocation(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Describes one invocation, with the first part of its output once it is over."""
    command = _known(region, params["CommandId"])
    invocation = command.invocations.get(params["InstanceId"])
    if invocation is None or not region.commands.visible(command):
        raise AwsError("InvocationDoesNotExist", "")
    with command.lock:
        stdout = invocation.stdout.decode("utf-8", "replace") if invocation.is_over else ""
        stderr = invocation.stderr.decode("utf-8", "replace") if invocation.is_over else ""
        return _listed(region, command, invocation) | {
            "PluginName": _PLUGINS.get(command.document, ""),
            "ResponseCode": invocation.code,
            "ExecutionStartDateTime": _stamp(invocation.began_at),
            "ExecutionEndDateTime": _stamp(invocation.ended_at),
            "StandardOutputContent": stdout[:_STDOUT_LIMIT],
            "StandardErrorContent": stderr[:_STDERR_LIMIT],
        }


def cancel_command(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Cancels a command where it is not over."""
    command = _known(region, params["CommandId"])
    asked = params.get("InstanceIds") or list(command.invocations)
    if set(asked) - command.invocations.keys():
        raise AwsError("InvalidInstanceId", "The command was not sent to all of these instances.")
    region.commands.cancel(command, asked)
    return {}


def _known(region: RegionState, command_id: str) -> DemoCommand:
    command = region.commands.find(command_id)
    if command is None:
        raise AwsError("InvalidCommandId", "")
    return command


def _command(command: DemoCommand) -> Mapping[str, Any]:
    return {
        "CommandId": command.command_id,
        "DocumentName": command.document,
        "InstanceIds": list(command.invocations),
        "RequestedDateTime": command.requested_at,
        "Status": "Pending",
        "StatusDetails": "Pending",
        "TargetCount": len(command.invocations),
        "OutputS3BucketName": command.bucket,
        "OutputS3KeyPrefix": command.prefix,
    }


def _listed(region: RegionState, command: DemoCommand, invocation: DemoInvocation) -> dict[str, Any]:
    node_id = invocation.node.node_id
    where = f"https://s3.{region.name}.amazonaws.com/{command.bucket}/"
    urls = {
        f"Standard{kind}Url": f"{where}{command.key(node_id, name)}" if command.bucket else ""
        for kind, name in (("Output", "stdout"), ("Error", "stderr"))
    }
    return {
        "CommandId": command.command_id,
        "InstanceId": node_id,
        "DocumentName": command.document,
        "Status": invocation.status,
        "StatusDetails": invocation.details,
        **urls,
    }


def _stamp(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat() if moment is not None else ""


HANDLERS: Mapping[str, Handler] = {
    "SendCommand": send_command,
    "ListCommandInvocations": list_command_invocations,
    "GetCommandInvocation": get_command_invocation,
    "CancelCommand": cancel_command,
}
