"""Answers the operations of EC2 on instances and Regions.

Source: the Amazon EC2 API reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from smtui.demo.account.region_state import Handler, Params, RegionState
from smtui.demo.operations.node_filters import all_tags, ec2_filter
from smtui.demo.operations.vpc_shapes import attached_interface, group_name
from smtui.demo.story.account_facts import ACCOUNT, REGIONS
from smtui.demo.story.demo_node import DemoNode, Network
from smtui.demo.wire.service_errors import AwsError

_LAUNCHED = datetime(2026, 6, 14, 8, 30, tzinfo=UTC)
_STATE_CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
_SMALLEST_PAGE = 5
_LARGEST_PAGE = 1000


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
    """Lists the Regions that every account has."""
    asked = params.get("RegionNames", ())
    for name in asked:
        if name not in REGIONS:
            raise AwsError("InvalidParameterValue", f"Invalid region provided: {name}")
    names = [name for name in REGIONS if not asked or name in asked]
    for condition in params.get("Filters", ()):
        values = condition.get("Values", ())
        match condition.get("Name"):
            case "region-name":
                names = [name for name in names if name in values]
            case "opt-in-status":
                names = names if "opt-in-not-required" in values else []
            case other:
                raise AwsError("InvalidParameterValue", f"The filter '{other}' is invalid")
    return {
        "Regions": [
            {
                "RegionName": name,
                "Endpoint": f"ec2.{name}.amazonaws.com",
                "OptInStatus": "opt-in-not-required",
            }
            for name in names
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
        "OwnerId": ACCOUNT,
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
        "LaunchTime": _LAUNCHED,
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
        arn = f"arn:aws:iam::{ACCOUNT}:instance-profile/{node.profile}"
        facts["IamInstanceProfile"] = {"Arn": arn, "Id": "AIPADEMO0PROFILE00001"}
    # EC2 no longer reports the network of a terminated instance.
    return facts if node.state == "terminated" else facts | _placement(node)


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
    return f"{label}.eu-west-1.compute.internal"


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


HANDLERS: Mapping[str, Handler] = {
    "DescribeInstances": describe_instances,
    "DescribeInstanceStatus": describe_instance_status,
    "DescribeRegions": describe_regions,
}
