"""Answers the operations of EC2 that describe or change instances, those on Regions, and GetConsoleOutput.

Source: the Amazon EC2 API reference.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from smtui.demo.operations.node_filters import all_tags, ec2_filter
from smtui.demo.operations.vpc_shapes import attached_interface, group_name
from smtui.demo.story.account_facts import REGIONS, REGIONS_NOT_ENABLED, made_up_id
from smtui.demo.story.demo_node import Boot
from smtui.demo.wire.service_errors import AwsError

if TYPE_CHECKING:
    from smtui.demo.account.region_state import Handler, Params, RegionState
    from smtui.demo.story.demo_node import DemoNode, Network

_LAUNCHED = datetime(2026, 6, 14, 8, 30, tzinfo=UTC)
_STATE_CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
_STOPPED_SINCE = timedelta(days=3)
_SMALLEST_PAGE = 5
_LARGEST_PAGE = 1000
_CODES = {"pending": 0, "running": 16, "stopping": 64, "stopped": 80}
_ALWAYS_ON, _OFF = "opt-in-not-required", "not-opted-in"
_CONSOLE = """[    0.000000] Linux version 6.1.0 (the demo's own)
[ 2412.518844] Out of memory: Killed process 2213 (amazon-ssm-agen)
"""


def describe_instances(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Lists instances, up to 1,000 a page."""
    _settle(region, params.get("InstanceIds", ()))
    nodes, token = _page(region, "DescribeInstances", params, ec2_filter(params))
    return {"Reservations": [_reservation(node) for node in nodes], "NextToken": token}


def describe_instance_status(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Lists the states and status checks of instances, by default of running ones."""
    fits = ec2_filter(params)
    every = params.get("IncludeAllInstances", False)
    nodes, token = _page(
        region, "DescribeInstanceStatus", params, lambda node: fits(node) and (every or node.state == "running")
    )
    return {"InstanceStatuses": [_status(node) for node in nodes], "NextToken": token}


def describe_regions(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Lists the enabled Regions; with AllRegions, or by name, those that nobody has opted in to as well."""
    known = {**dict.fromkeys(REGIONS, _ALWAYS_ON), **dict.fromkeys(REGIONS_NOT_ENABLED, _OFF)}
    asked = params.get("RegionNames", ())
    for name in asked:
        if name not in known:
            raise AwsError("InvalidParameterValue", f"Invalid region provided: {name}")
    everywhere = params.get("AllRegions") or asked
    names = [name for name in sorted(known) if (not asked or name in asked) and (everywhere or name in REGIONS)]
    for condition in params.get("Filters", ()):
        values = condition.get("Values", ())
        match condition.get("Name"):
            case "region-name":
                names = [name for name in names if name in values]
            case "opt-in-status":
                names = [name for name in names if known[name] in values]
            case other:
                raise AwsError("InvalidParameterValue", f"The filter '{other}' is invalid")
    return {
        "Regions": [
            {"RegionName": name, "Endpoint": f"ec2.{name}.amazonaws.com", "OptInStatus": known[name]} for name in names
        ]
    }


def _page(
    region: RegionState, operation: str, params: Params, fits: Callable[[DemoNode], bool]
) -> tuple[list[DemoNode], str | None]:
    """The instances of one page in the fleet's order, and the token of the next."""
    _refuse_dry_run(params)
    asked = params.get("InstanceIds", ())
    size = _page_size(params, asked)
    if asked:
        return [node for node in _named(region, asked) if fits(node)], None
    start = region.tokens.read(operation, params.get("NextToken"))
    if start is None:
        raise AwsError("InvalidParameterValue", "Invalid value for the parameter nextToken.")
    nodes, more = region.fleet.page(start, size, fits)
    return nodes, region.tokens.make(operation, more) if more is not None else None


def _settle(region: RegionState, asked: Iterable[str]) -> None:
    """Lets time pass for whoever waits: an instance that is named by its id reaches its next state."""
    for node_id in asked:
        node = region.fleet.find(node_id)
        if node is not None:
            region.account.settle(node)


def _page_size(params: Params, asked: object) -> int:
    size = params.get("MaxResults")
    if size is None:
        return _LARGEST_PAGE
    if asked:
        raise AwsError(
            "InvalidParameterCombination",
            "The parameter instancesSet cannot be used with the parameter maxResults",
        )
    if size < _SMALLEST_PAGE:
        raise AwsError(
            "InvalidParameterValue",
            f"Value ( {size} ) for parameter maxResults is invalid. Expecting a value greater than {_SMALLEST_PAGE}.",
        )
    return min(int(size), _LARGEST_PAGE)


def _refuse_dry_run(params: Params) -> None:
    if params.get("DryRun"):
        raise AwsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)


def _named(region: RegionState, ids: list[str]) -> list[DemoNode]:
    """The instances with these ids. One unknown id fails the whole call, as in EC2."""
    malformed = [node_id for node_id in ids if not node_id.startswith("i-")]
    if malformed:
        raise AwsError("InvalidInstanceID.Malformed", f'Invalid id: "{malformed[0]}" (expecting "i-...")')
    nodes = {node_id: region.fleet.find(node_id) for node_id in ids}
    missing = [node_id for node_id, node in nodes.items() if node is None]
    if missing:
        words = f"instance ID '{missing[0]}' does" if len(missing) == 1 else f"instance IDs '{', '.join(missing)}' do"
        raise AwsError("InvalidInstanceID.NotFound", f"The {words} not exist")
    return [node for node in nodes.values() if node is not None]


def _reservation(node: DemoNode) -> Mapping[str, Any]:
    return {
        "ReservationId": node.node_id.replace("i-", "r-", 1),
        "OwnerId": node.place.account,
        "Groups": [],
        "Instances": [_instance(node)],
    }


def _instance(node: DemoNode) -> Mapping[str, Any]:
    windows = node.platform.kind == "Windows"
    facts: dict[str, Any] = {
        "InstanceId": node.node_id,
        "ImageId": node.platform.image_id,
        "State": {"Code": _STATE_CODES[node.state], "Name": node.state},
        "AmiLaunchIndex": 0,
        "InstanceType": node.instance_type,
        "LaunchTime": node.boot.launched if node.boot is not None else _LAUNCHED,
        "Monitoring": {"State": "disabled"},
        "Platform": "windows" if windows else None,
        "PlatformDetails": node.platform.ec2_details,
        "Architecture": "x86_64_mac" if node.platform.kind == "MacOS" else "x86_64",
        "RootDeviceType": "ebs",
        "VirtualizationType": "hvm",
        "Tags": [{"Key": key, "Value": value} for key, value in all_tags(node).items()],
        "MetadataOptions": {
            "State": "applied",
            "HttpTokens": "required" if node.metadata.tokens_required else "optional",
            "HttpPutResponseHopLimit": node.metadata.hop_limit,
            "HttpEndpoint": "enabled" if node.metadata.enabled else "disabled",
        },
    }
    if node.profile:
        arn = f"{_profile_prefix(node)}{node.profile}"
        facts["IamInstanceProfile"] = {"Arn": arn, "Id": "AIPADEMO0PROFILE00001"}
    if node.state in ("stopping", "stopped"):
        facts |= _stop(node.stopped_at or datetime.now(UTC) - _STOPPED_SINCE)
    # EC2 no longer reports the network of a terminated instance.
    return facts if node.state == "terminated" else facts | _placement(node)


def _profile_prefix(node: DemoNode) -> str:
    return f"arn:aws:iam::{node.place.account}:instance-profile/"


def _stop(at: datetime) -> dict[str, Any]:
    code = "Client.UserInitiatedShutdown"
    return {
        "StateTransitionReason": f"User initiated ({at:%Y-%m-%d %H:%M:%S} GMT)",
        "StateReason": {"Code": code, "Message": f"{code}: User initiated shutdown"},
    }


def _placement(node: DemoNode) -> dict[str, Any]:
    network = node.network
    if network is None:
        return {}
    return {
        "Placement": {"AvailabilityZone": network.zone, "Tenancy": "default"},
        "VpcId": network.vpc_id,
        "SubnetId": network.subnet_id,
        "SecurityGroups": [{"GroupId": network.security_group_id, "GroupName": group_name(node)}],
        "NetworkInterfaces": [attached_interface(node)],
        "SourceDestCheck": True,
        "PrivateIpAddress": network.private_ip or None,
        "Ipv6Address": network.ipv6 or None,
        "PrivateDnsName": _dns_name(node, network),
        "PublicIpAddress": network.public_ip or None,
    }


def _dns_name(node: DemoNode, network: Network) -> str:
    """The private DNS name: of the address, or of the instance without IPv4."""
    label = f"ip-{network.private_ip.replace('.', '-')}" if network.private_ip else node.node_id
    return f"{label}.{node.place.region}.compute.internal"


def _status(node: DemoNode) -> Mapping[str, Any]:
    running = node.state == "running"
    word, detail = ("impaired", "failed") if node.impaired else ("ok", "passed")
    reachable = {"Status": word, "Details": [{"Name": "reachability", "Status": detail}]}
    healthy = {"Status": "ok", "Details": [{"Name": "reachability", "Status": "passed"}]}
    unknown = {"Status": "not-applicable"}
    return {
        "InstanceId": node.node_id,
        "AvailabilityZone": node.network.zone if node.network is not None else None,
        "InstanceState": {"Code": _STATE_CODES[node.state], "Name": node.state},
        "InstanceStatus": reachable if running else unknown,
        "SystemStatus": healthy if running else unknown,
    }


def start_instances(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Starts stopped instances, with their agents; how long that takes the Region is told (`boot`, `connect`)."""
    _refuse_dry_run(params)
    return {
        "StartingInstances": [_switched(region, node_id, "stopped", "running") for node_id in params["InstanceIds"]]
    }


def stop_instances(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Stops running instances."""
    _refuse_dry_run(params)
    return {
        "StoppingInstances": [_switched(region, node_id, "running", "stopped") for node_id in params["InstanceIds"]]
    }


def _switched(region: RegionState, node_id: str, start: str, end: str) -> Mapping[str, Any]:
    """Changes an instance's state at once; an instance that is in state `end` keeps it."""
    with region.account.lock:
        node = known_instance(region, node_id)
        if node.state not in (start, end, "pending"):
            word = "started" if end == "running" else "stopped"
            words = f"The instance '{node_id}' is not in a state from which it can be {word}."
            raise AwsError("IncorrectInstanceState", words)
        if node.state == start or (end == "stopped" and node.state == "pending"):
            region.account.put_node(node, state=end, **_turned(region, end))
        now = known_instance(region, node_id).state
    before, after = _CODES[node.state], _CODES[now]
    return {
        "InstanceId": node_id,
        "CurrentState": {"Code": after, "Name": now},
        "PreviousState": {"Code": before, "Name": node.state},
    }


def _turned(region: RegionState, end: str) -> dict[str, Any]:
    """What else changes of an instance that is started or stopped."""
    now = datetime.now(UTC)
    if end != "running":
        return {"boot": None, "stopped_at": now}
    boot, connect = region.boot_seconds()
    # AWS tells moments in whole seconds, and a ping must not seem to be older than the launch.
    launched = now.replace(microsecond=0)
    return {"boot": Boot(time.monotonic(), launched, boot, boot + connect), "impaired": False, "agent_running": True}


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
    name = given.get("Name") or given.get("Arn", "").removeprefix(_profile_prefix(node))
    if name not in region.account.profiles():
        words = f"Value ({name}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name"
        raise AwsError("InvalidParameterValue", words)
    region.account.put_node(node, profile=name)
    association = {
        "AssociationId": made_up_id("iip-assoc", node.node_id),
        "InstanceId": node.node_id,
        "IamInstanceProfile": {"Arn": f"{_profile_prefix(node)}{name}", "Id": "AIPADEMO0PROFILE00001"},
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
    "DescribeInstances": describe_instances,
    "DescribeInstanceStatus": describe_instance_status,
    "DescribeRegions": describe_regions,
    "StartInstances": start_instances,
    "StopInstances": stop_instances,
    "RebootInstances": reboot_instances,
    "GetConsoleOutput": get_console_output,
    "ModifyInstanceMetadataOptions": modify_instance_metadata_options,
    "AssociateIamInstanceProfile": associate_iam_instance_profile,
    "ReplaceIamInstanceProfileAssociation": replace_iam_instance_profile_association,
}
