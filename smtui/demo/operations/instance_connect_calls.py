"""Answers SendSSHPublicKey of EC2 Instance Connect, and EC2's operation that lists its endpoints.

Sources: the EC2 Instance Connect API reference, whose errors these are, and the Amazon EC2 API reference.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from smtui.demo.operations.network_calls import Listing, values_at
from smtui.demo.operations.vpc_shapes import Wire, name_tag
from smtui.demo.story.account_facts import made_up_id
from smtui.demo.wire.service_errors import AwsError

if TYPE_CHECKING:
    from smtui.demo.account.region_state import Handler, Params, RegionState
    from smtui.demo.story.vpc import ConnectEndpoint, Vpc

_KEY_TYPES = ("ssh-rsa", "ssh-ed25519")
_MADE = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)
_LARGEST_PAGE = 50


def send_ssh_public_key(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Accepts a key for a user of a running instance, for a minute."""
    node = region.fleet.find(params["InstanceId"])
    if node is None or node.hybrid:
        raise AwsError("EC2InstanceNotFoundException", "The specified instance was not found.")
    if node.state != "running":
        raise AwsError(
            "EC2InstanceStateInvalidException",
            "Unable to connect because the instance is not in a valid state. Connecting to a stopped or terminated "
            "instance is not supported.",
        )
    if node.impaired:
        raise AwsError("EC2InstanceUnavailableException", "The instance is currently unavailable.", 500)
    zone = params.get("AvailabilityZone", "")
    if zone and (node.network is None or zone != node.network.zone):
        raise AwsError("InvalidArgsException", f"The instance is not in the Availability Zone {zone}.")
    if not params["SSHPublicKey"].startswith(_KEY_TYPES):
        raise AwsError("InvalidArgsException", "Invalid SSH public key.")
    region.pushed_keys.put(node.node_id, params["InstanceOSUser"], params["SSHPublicKey"])
    return {"RequestId": str(uuid.uuid4()), "Success": True}


def _endpoints(region: RegionState, _params: Params) -> Iterator[Wire]:
    for vpc in region.vpcs():
        for endpoint in vpc.connect_endpoints:
            yield _endpoint(endpoint, vpc, region)


def _endpoint(it: ConnectEndpoint, of: Vpc, region: RegionState) -> Wire:
    """One endpoint. The host of its name is this machine: the demo has no name in AWS's DNS."""
    host = region.tunnel_host()
    zone = next((subnet.zone for subnet in of.subnets if subnet.subnet_id == it.subnet_id), None)
    return {
        "OwnerId": region.place.account,
        "InstanceConnectEndpointId": it.endpoint_id,
        "InstanceConnectEndpointArn": region.place.arn("ec2", f"instance-connect-endpoint/{it.endpoint_id}"),
        "State": it.state,
        "StateMessage": "" if it.usable else "The subnet has no free address.",
        "DnsName": host,
        "PublicDnsNames": {"Ipv4": {"DnsName": host}},
        "NetworkInterfaceIds": [made_up_id("eni", it.endpoint_id)],
        "VpcId": of.vpc_id,
        "AvailabilityZone": zone,
        "SubnetId": it.subnet_id,
        "SecurityGroupIds": list(it.group_ids),
        "PreserveClientIp": False,
        "IpAddressType": "ipv4",
        "CreatedAt": _MADE,
        "Tags": name_tag(of.name),
    }


_LISTING = Listing(
    "DescribeInstanceConnectEndpoints",
    "InstanceConnectEndpoints",
    "InstanceConnectEndpointId",
    "InstanceConnectEndpointIds",
    _endpoints,
    ("InvalidInstanceConnectEndpointId.NotFound", "The instance connect endpoint ID '{}' does not exist"),
    {
        "instance-connect-endpoint-id": values_at("InstanceConnectEndpointId"),
        "state": values_at("State"),
        "subnet-id": values_at("SubnetId"),
        "vpc-id": values_at("VpcId"),
        "tag-key": values_at("Tags", "Key"),
    },
)


def describe_instance_connect_endpoints(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Lists the EC2 Instance Connect Endpoints, up to 50 a page."""
    size = min(int(params.get("MaxResults", _LARGEST_PAGE)), _LARGEST_PAGE)
    return _LISTING.handle(region, {**params, "MaxResults": size})


HANDLERS: Mapping[str, Handler] = {"SendSSHPublicKey": send_ssh_public_key}
EC2_HANDLERS: Mapping[str, Handler] = {"DescribeInstanceConnectEndpoints": describe_instance_connect_endpoints}
