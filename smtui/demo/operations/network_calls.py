"""Answers the operations of EC2 that describe the network and the instance profiles of instances.

Source: the Amazon EC2 API reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from smtui.demo.operations import vpc_shapes as wire
from smtui.demo.operations.node_filters import matcher
from smtui.demo.operations.vpc_shapes import Wire
from smtui.demo.story.account_facts import made_up_id
from smtui.demo.story.vpc import PREFIX_LISTS, Vpc
from smtui.demo.wire.service_errors import AwsError

if TYPE_CHECKING:
    from smtui.demo.account.region_state import Handler, Params, RegionState
    from smtui.demo.story.demo_node import DemoNode

_LARGEST_PAGE = 1000
Facts = Callable[[Wire], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Listing:
    """What one Describe operation lists, and how."""

    operation: str
    result: str
    """The answer's member with the list."""
    id_member: str
    """The member of each item that is its id."""
    ids_param: str
    things: Callable[[RegionState, Params], Iterable[Wire]]
    """The items in EC2's order; items that the filters exclude may be missing."""
    not_found: tuple[str, str]
    """The error for an unknown id: its code, and its message with {} for the id."""
    filters: Mapping[str, Facts]
    filter_param: str = "Filters"

    def handle(self, region: RegionState, params: Params) -> Mapping[str, Any]:
        """Answers the operation: filtered, paged, by id where ids are given."""
        if params.get("DryRun"):
            raise AwsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)
        fits = self._filter(params.get(self.filter_param, ()))
        things: Iterable[Wire] = self.things(region, params)
        asked = params.get(self.ids_param, ())
        if asked:
            things = self._named(things, asked)
        start = region.tokens.read(self.operation, params.get("NextToken"))
        if start is None:
            raise AwsError("InvalidParameterValue", "Invalid value for the parameter nextToken.")
        size = min(int(params.get("MaxResults", _LARGEST_PAGE)), _LARGEST_PAGE)
        found = list(islice((thing for thing in things if fits(thing)), start, start + size + 1))
        more = region.tokens.make(self.operation, start + size) if len(found) > size else None
        return {self.result: found[:size], "NextToken": more}

    def _named(self, things: Iterable[Wire], asked: Sequence[str]) -> list[Wire]:
        """The items with these ids. One unknown id fails the whole call, as in EC2."""
        known: dict[str, Wire] = {}
        for thing in things:
            if thing[self.id_member] in asked:
                known[thing[self.id_member]] = thing
            if len(known) == len(set(asked)):
                break
        for wanted in asked:
            if wanted not in known:
                code, words = self.not_found
                raise AwsError(code, words.format(wanted))
        return [known[wanted] for wanted in dict.fromkeys(asked)]

    def _filter(self, conditions: Sequence[Mapping[str, Any]]) -> Callable[[Wire], bool]:
        checks = [self._check(item.get("Name", ""), item.get("Values", ())) for item in conditions]
        return lambda thing: all(check(thing) for check in checks)

    def _check(self, name: str, values: Sequence[str]) -> Callable[[Wire], bool]:
        matches = matcher(values)
        if name.startswith("tag:"):
            key = name.removeprefix("tag:")
            return lambda thing: any(tag["Key"] == key and matches(tag["Value"]) for tag in thing.get("Tags", ()))
        if name not in self.filters:
            raise AwsError("InvalidParameterValue", f"The filter '{name}' is invalid")
        facts = self.filters[name]
        return lambda thing: any(matches(fact) for fact in facts(thing))


def values_at(*path: str) -> Facts:
    """Reads the texts at a path of members, through lists; booleans in lower case."""

    def facts(thing: Wire) -> Iterator[str]:
        found: list[Any] = [thing]
        for member in path:
            below = [item.get(member) for item in found]
            found = [item for value in below for item in (value if isinstance(value, list) else [value])]
            found = [item for item in found if item is not None]
        for item in found:
            yield str(item).lower() if isinstance(item, bool) else str(item)

    return facts


def _of_each_vpc(things: Callable[[Vpc], Iterable[Wire]]) -> Callable[[RegionState, Params], Iterator[Wire]]:

    def listed(region: RegionState, _params: Params) -> Iterator[Wire]:
        for vpc in region.vpcs():
            yield from things(vpc)

    return listed


def _interfaces(region: RegionState, params: Params) -> Iterator[Wire]:
    yield from _of_each_vpc(_service_interfaces)(region, params)
    for node in _instances(region, params, "attachment.instance-id"):
        if node.network is not None and node.state != "terminated":
            yield wire.instance_interface(node)


def _service_interfaces(vpc: Vpc) -> Iterator[Wire]:
    for endpoint in vpc.endpoints:
        for interface_id, address in endpoint.addresses.items():
            yield wire.interface(interface_id, address, endpoint.subnet_ids[0], vpc, endpoint.group_ids, "vpc_endpoint")
    for nat in vpc.nats:
        if nat.state != "failed":
            yield wire.interface(wire.nat_interface(nat), nat.private_ip, nat.subnet_id, vpc, (), "nat_gateway")


def _instances(region: RegionState, params: Params, id_filter: str) -> Iterator[DemoNode]:
    """Every instance, or only those that a filter names, since searching a large fleet takes long."""
    named = [each.get("Values", ()) for each in params.get("Filters", ()) if each.get("Name") == id_filter]
    if named and not any(set("*?") & set(value) for value in named[0]):
        found = (region.fleet.find(node_id) for node_id in dict.fromkeys(named[0]))
    else:
        found = (region.fleet.node(index) for index in range(len(region.fleet)))
    return (node for node in found if node is not None and not node.hybrid)


def _associations(region: RegionState, params: Params) -> Iterator[Wire]:
    for node in _instances(region, params, "instance-id"):
        if node.profile and node.state != "terminated":
            yield {
                "AssociationId": made_up_id("iip-assoc", node.node_id),
                "InstanceId": node.node_id,
                "IamInstanceProfile": {
                    "Arn": f"arn:aws:iam::{node.place.account}:instance-profile/{node.profile}",
                    "Id": "AIPADEMO0PROFILE00001",
                },
                "State": "associated",
            }


_OWNER_AND_TAGS: Mapping[str, Facts] = {"owner-id": values_at("OwnerId"), "tag-key": values_at("Tags", "Key")}

_LISTINGS = (
    Listing(
        "DescribeVpcs",
        "Vpcs",
        "VpcId",
        "VpcIds",
        _of_each_vpc(lambda vpc: [wire.vpc(vpc)]),
        ("InvalidVpcID.NotFound", "The vpc ID '{}' does not exist"),
        {
            "vpc-id": values_at("VpcId"),
            "cidr": values_at("CidrBlock"),
            "state": values_at("State"),
            "is-default": values_at("IsDefault"),
            **_OWNER_AND_TAGS,
        },
    ),
    Listing(
        "DescribeSubnets",
        "Subnets",
        "SubnetId",
        "SubnetIds",
        _of_each_vpc(lambda vpc: [wire.subnet(it, vpc) for it in vpc.subnets]),
        ("InvalidSubnetID.NotFound", "The subnet ID '{}' does not exist"),
        {
            "vpc-id": values_at("VpcId"),
            "subnet-id": values_at("SubnetId"),
            "availability-zone": values_at("AvailabilityZone"),
            "cidr-block": values_at("CidrBlock"),
            "state": values_at("State"),
            "map-public-ip-on-launch": values_at("MapPublicIpOnLaunch"),
            **_OWNER_AND_TAGS,
        },
    ),
    Listing(
        "DescribeSecurityGroups",
        "SecurityGroups",
        "GroupId",
        "GroupIds",
        _of_each_vpc(lambda vpc: [wire.group(it, vpc) for it in vpc.groups]),
        ("InvalidGroup.NotFound", "The security group '{}' does not exist"),
        {
            "vpc-id": values_at("VpcId"),
            "group-id": values_at("GroupId"),
            "group-name": values_at("GroupName"),
            "egress.ip-permission.cidr": values_at("IpPermissionsEgress", "IpRanges", "CidrIp"),
            "ip-permission.cidr": values_at("IpPermissions", "IpRanges", "CidrIp"),
            **_OWNER_AND_TAGS,
        },
    ),
    Listing(
        "DescribeNetworkAcls",
        "NetworkAcls",
        "NetworkAclId",
        "NetworkAclIds",
        _of_each_vpc(lambda vpc: [wire.acl(it, vpc) for it in vpc.acls]),
        ("InvalidNetworkAclID.NotFound", "The networkAcl ID '{}' does not exist"),
        {
            "vpc-id": values_at("VpcId"),
            "network-acl-id": values_at("NetworkAclId"),
            "association.subnet-id": values_at("Associations", "SubnetId"),
            "default": values_at("IsDefault"),
            **_OWNER_AND_TAGS,
        },
    ),
    Listing(
        "DescribeRouteTables",
        "RouteTables",
        "RouteTableId",
        "RouteTableIds",
        _of_each_vpc(lambda vpc: [wire.route_table(it, vpc) for it in vpc.tables]),
        ("InvalidRouteTableID.NotFound", "The routeTable ID '{}' does not exist"),
        {
            "vpc-id": values_at("VpcId"),
            "route-table-id": values_at("RouteTableId"),
            "association.subnet-id": values_at("Associations", "SubnetId"),
            "association.main": values_at("Associations", "Main"),
            "route.destination-cidr-block": values_at("Routes", "DestinationCidrBlock"),
            "route.state": values_at("Routes", "State"),
            **_OWNER_AND_TAGS,
        },
    ),
    Listing(
        "DescribeNatGateways",
        "NatGateways",
        "NatGatewayId",
        "NatGatewayIds",
        _of_each_vpc(lambda vpc: [wire.nat_gateway(it, vpc) for it in vpc.nats]),
        ("NatGatewayNotFound", "NatGateway {} was not found"),
        {
            "vpc-id": values_at("VpcId"),
            "nat-gateway-id": values_at("NatGatewayId"),
            "subnet-id": values_at("SubnetId"),
            "state": values_at("State"),
            "tag-key": values_at("Tags", "Key"),
        },
        filter_param="Filter",
    ),
    Listing(
        "DescribeVpcEndpoints",
        "VpcEndpoints",
        "VpcEndpointId",
        "VpcEndpointIds",
        _of_each_vpc(lambda vpc: [wire.vpc_endpoint(it, vpc) for it in vpc.endpoints]),
        ("InvalidVpcEndpointId.NotFound", "The Vpc Endpoint Id '{}' does not exist"),
        {
            "vpc-id": values_at("VpcId"),
            "vpc-endpoint-id": values_at("VpcEndpointId"),
            "service-name": values_at("ServiceName"),
            "vpc-endpoint-state": values_at("State"),
            "vpc-endpoint-type": values_at("VpcEndpointType"),
            "tag-key": values_at("Tags", "Key"),
        },
    ),
    Listing(
        "DescribeNetworkInterfaces",
        "NetworkInterfaces",
        "NetworkInterfaceId",
        "NetworkInterfaceIds",
        _interfaces,
        ("InvalidNetworkInterfaceID.NotFound", "The networkInterface ID '{}' does not exist"),
        {
            "vpc-id": values_at("VpcId"),
            "subnet-id": values_at("SubnetId"),
            "network-interface-id": values_at("NetworkInterfaceId"),
            "attachment.instance-id": values_at("Attachment", "InstanceId"),
            "interface-type": values_at("InterfaceType"),
            "group-id": values_at("Groups", "GroupId"),
            "private-ip-address": values_at("PrivateIpAddress"),
            "addresses.private-ip-address": values_at("PrivateIpAddresses", "PrivateIpAddress"),
            "owner-id": values_at("OwnerId"),
        },
    ),
    Listing(
        "DescribeIamInstanceProfileAssociations",
        "IamInstanceProfileAssociations",
        "AssociationId",
        "AssociationIds",
        _associations,
        ("InvalidAssociationID.NotFound", "The association ID '{}' does not exist"),
        {"instance-id": values_at("InstanceId"), "state": values_at("State")},
    ),
)


def get_managed_prefix_list_entries(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Lists the CIDRs of a prefix list."""
    list_id = params["PrefixListId"]
    known = {it.prefix_list_id: it for it in PREFIX_LISTS} if region.place.is_home else {}
    if list_id not in known:
        raise AwsError("InvalidPrefixListID.NotFound", f"The prefix list ID '{list_id}' does not exist")
    return {"Entries": [{"Cidr": cidr} for cidr in known[list_id].cidrs]}


def describe_vpc_attribute(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Describes one attribute of a VPC."""
    vpc_id = params["VpcId"]
    found = next((vpc for vpc in region.vpcs() if vpc.vpc_id == vpc_id), None)
    if found is None:
        raise AwsError("InvalidVpcID.NotFound", f"The vpc ID '{vpc_id}' does not exist")
    match params["Attribute"]:
        case "enableDnsSupport":
            return {"VpcId": vpc_id, "EnableDnsSupport": {"Value": found.dns_support}}
        case "enableDnsHostnames":
            return {"VpcId": vpc_id, "EnableDnsHostnames": {"Value": found.dns_hostnames}}
        case _:
            return {"VpcId": vpc_id, "EnableNetworkAddressUsageMetrics": {"Value": False}}


HANDLERS: Mapping[str, Handler] = {
    **{listing.operation: listing.handle for listing in _LISTINGS},
    "GetManagedPrefixListEntries": get_managed_prefix_list_entries,
    "DescribeVpcAttribute": describe_vpc_attribute,
}
