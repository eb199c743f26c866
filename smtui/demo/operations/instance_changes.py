"""Answers the operations of EC2 that change an instance, and GetConsoleOutput.

Source: the Amazon EC2 API reference.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from smtui.demo.account.region_state import Handler, Params, RegionState
from smtui.demo.story.account_facts import ACCOUNT, made_up_id
from smtui.demo.story.demo_node import DemoNode
from smtui.demo.wire.service_errors import AwsError

_CODES = {"pending": 0, "running": 16, "stopping": 64, "stopped": 80}
_PROFILE_PREFIX = f"arn:aws:iam::{ACCOUNT}:instance-profile/"
_CONSOLE = """[    0.000000] Linux version 6.1.0 (the demo's own)
[ 2412.518844] Out of memory: Killed process 2213 (amazon-ssm-agen)
"""


def start_instances(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Starts stopped instances, with their agents."""
    return {
        "StartingInstances": [_switched(region, node_id, "stopped", "running") for node_id in params["InstanceIds"]]
    }


def stop_instances(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Stops running instances."""
    return {
        "StoppingInstances": [_switched(region, node_id, "running", "stopped") for node_id in params["InstanceIds"]]
    }


def _switched(region: RegionState, node_id: str, start: str, end: str) -> Mapping[str, Any]:
    """Changes an instance's state at once; an instance that is in state `end` keeps it."""
    with region.account.lock:
        node = known_instance(region, node_id)
        if node.state not in (start, end):
            words = f"The instance '{node_id}' is not in a state from which it can be {end}."
            raise AwsError("IncorrectInstanceState", words)
        if node.state == start:
            agent = {"impaired": False, "agent_running": True} if end == "running" else {}
            region.account.put_node(node, state=end, **agent)
    before, after = _CODES[node.state], _CODES[end]
    return {
        "InstanceId": node_id,
        "CurrentState": {"Code": after, "Name": end},
        "PreviousState": {"Code": before, "Name": node.state},
    }


def reboot_instances(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Reboots running instances: a hung one answers again, and its agent starts."""
    with region.account.lock:
        for node_id in params["InstanceIds"]:
            node = known_instance(region, node_id)
            if node.state == "running":
                region.account.put_node(node, impaired=False, agent_running=True)
    return {}


def get_console_output(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Returns the same few lines for every instance: a kernel that ran out of memory."""
    node = known_instance(region, params["InstanceId"])
    said = base64.b64encode(_CONSOLE.encode()).decode()
    return {"InstanceId": node.node_id, "Timestamp": datetime.now(UTC), "Output": said}


def modify_instance_metadata_options(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Changes the metadata options of an instance."""
    with region.account.lock:
        node = known_instance(region, params["InstanceId"])
        metadata = replace(
            node.metadata,
            enabled=params.get("HttpEndpoint", "enabled" if node.metadata.enabled else "disabled") == "enabled",
            tokens_required=params.get("HttpTokens", "required" if node.metadata.tokens_required else "") == "required",
            hop_limit=params.get("HttpPutResponseHopLimit", node.metadata.hop_limit),
        )
        region.account.put_node(node, metadata=metadata)
    options = {
        "State": "pending",
        "HttpTokens": "required" if metadata.tokens_required else "optional",
        "HttpPutResponseHopLimit": metadata.hop_limit,
        "HttpEndpoint": "enabled" if metadata.enabled else "disabled",
    }
    return {"InstanceId": node.node_id, "InstanceMetadataOptions": options}


def associate_iam_instance_profile(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Attaches an instance profile to an instance that has none."""
    with region.account.lock:
        node = known_instance(region, params["InstanceId"])
        if node.profile:
            raise AwsError("IncorrectState", f"There is an existing association for instance {node.node_id}")
        return _with_profile(region, node, params)


def replace_iam_instance_profile_association(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Replaces the instance profile of an instance."""
    wanted = params["AssociationId"]
    with region.account.lock:
        nodes = (region.fleet.node(index) for index in range(len(region.fleet)))
        held = (node for node in nodes if node.profile and made_up_id("iip-assoc", node.node_id) == wanted)
        node = next(held, None)
        if node is None:
            raise AwsError("NoSuchAssociation", f"An invalid association-id of '{wanted}' was given")
        return _with_profile(region, node, params)


def _with_profile(region: RegionState, node: DemoNode, params: Params) -> Mapping[str, Any]:
    given = params["IamInstanceProfile"]
    name = given.get("Name") or given.get("Arn", "").removeprefix(_PROFILE_PREFIX)
    if name not in region.account.profiles():
        words = f"Value ({name}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name"
        raise AwsError("InvalidParameterValue", words)
    region.account.put_node(node, profile=name)
    association = {
        "AssociationId": made_up_id("iip-assoc", node.node_id),
        "InstanceId": node.node_id,
        "IamInstanceProfile": {"Arn": f"{_PROFILE_PREFIX}{name}", "Id": "AIPADEMO0PROFILE00001"},
        "State": "associating",
    }
    return {"IamInstanceProfileAssociation": association}


def known_instance(region: RegionState, node_id: str) -> DemoNode:
    """The EC2 instance with this id. Raises `AwsError` for an unknown one and for hybrid nodes."""
    node = region.fleet.find(node_id)
    if node is None or node.hybrid:
        raise AwsError("InvalidInstanceID.NotFound", f"The instance ID '{node_id}' does not exist")
    return node


HANDLERS: Mapping[str, Handler] = {
    "StartInstances": start_instances,
    "StopInstances": stop_instances,
    "RebootInstances": reboot_instances,
    "GetConsoleOutput": get_console_output,
    "ModifyInstanceMetadataOptions": modify_instance_metadata_options,
    "AssociateIamInstanceProfile": associate_iam_instance_profile,
    "ReplaceIamInstanceProfileAssociation": replace_iam_instance_profile_association,
}
