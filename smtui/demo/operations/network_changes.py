"""Answers the operations of EC2 that change a VPC: groups, ACLs, routes, endpoints, attributes.

Source: the Amazon EC2 API reference. Changes that take minutes in EC2 are done at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any, TypeVar

from smtui.demo.operations import vpc_shapes as wire
from smtui.demo.story.identities import is_policy
from smtui.demo.story.vpc import FULL_ACCESS, S3_LIST, Vpc, VpcEndpoint, acl_entry, rule
from smtui.demo.wire.service_errors import AwsError
from smtui.diagnosis.evidence.network_facts import AclEntry, GroupRule, Route, RouteTable

if TYPE_CHECKING:
    from smtui.demo.account.region_state import Handler, Params, RegionState

T = TypeVar("T")
_TARGETS = ("GatewayId", "NatGatewayId", "TransitGatewayId", "EgressOnlyInternetGatewayId", "VpcPeeringConnectionId")
_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
_NO_GROUP = ("InvalidGroup.NotFound", "The security group '{}' does not exist")
_NO_ACL = ("InvalidNetworkAclID.NotFound", "The networkAcl ID '{}' does not exist")
_NO_TABLE = ("InvalidRouteTableID.NotFound", "The routeTable ID '{}' does not exist")
_NO_SUBNET = ("InvalidSubnetID.NotFound", "The subnet ID '{}' does not exist")
_NO_ENDPOINT = ("InvalidVpcEndpointId.NotFound", "The Vpc Endpoint Id '{}' does not exist")
_NO_VPC = ("InvalidVpcID.NotFound", "The vpc ID '{}' does not exist")
_FIRST_OF_OURS = 100
"""The first host address of a subnet for endpoints that calls create."""


def authorize_security_group_ingress(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Adds rules for inbound traffic to a security group."""
    return _authorized(region, params, "ingress")


def authorize_security_group_egress(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Adds rules for outbound traffic to a security group."""
    return _authorized(region, params, "egress")


def _authorized(region: RegionState, params: Params, side: str) -> Mapping[str, Any]:
    with region.account.lock:
        vpc, group = _find(region, lambda vpc: vpc.groups, "group_id", params["GroupId"], _NO_GROUP)
        held: tuple[GroupRule, ...] = getattr(group, side)
        new = tuple(_rule(permission) for permission in params.get("IpPermissions", ()))
        if not new:
            raise AwsError("MissingParameter", "The request must contain the parameter ipPermissions")
        if set(new) & set(held):
            raise AwsError("InvalidPermission.Duplicate", "the specified rule already exists")
        sides: dict[str, Any] = {side: (*held, *new)}
        changed = replace(group, **sides)
        region.account.put_vpc(vpc, groups=_with(vpc.groups, group, changed))
    return {"Return": True, "SecurityGroupRules": []}


def _rule(permission: Mapping[str, Any]) -> GroupRule:
    protocol = str(permission.get("IpProtocol", "-1"))
    ports = (permission["FromPort"], permission["ToPort"]) if "FromPort" in permission and protocol != "-1" else None
    return rule(
        {"6": "tcp", "17": "udp"}.get(protocol, protocol),
        ports,
        *map(_cidr, _texts(permission, "IpRanges", "CidrIp")),
        *map(_cidr, _texts(permission, "Ipv6Ranges", "CidrIpv6")),
        group_ids=_texts(permission, "UserIdGroupPairs", "GroupId"),
        prefix_list_ids=_texts(permission, "PrefixListIds", "PrefixListId"),
    )


def _texts(permission: Mapping[str, Any], member: str, inner: str) -> tuple[str, ...]:
    return tuple(item[inner] for item in permission.get(member, ()) if inner in item)


def create_network_acl_entry(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Adds an entry to a network ACL; each number exists once a direction."""
    with region.account.lock:
        vpc, acl = _find(region, lambda vpc: vpc.acls, "acl_id", params["NetworkAclId"], _NO_ACL)
        entry = _entry(params)
        if any((one.number, one.egress) == (entry.number, entry.egress) for one in acl.entries):
            words = f"The network acl entry identified by {entry.number} already exists."
            raise AwsError("NetworkAclEntryAlreadyExists", words)
        changed = replace(acl, entries=(*acl.entries, entry))
        region.account.put_vpc(vpc, acls=_with(vpc.acls, acl, changed))
    return {}


def _entry(params: Params) -> AclEntry:
    ports = params.get("PortRange")
    return acl_entry(
        params["RuleNumber"],
        allow=params["RuleAction"] == "allow",
        egress=params["Egress"],
        protocol=params["Protocol"],
        ports=(ports["From"], ports["To"]) if ports else None,
        cidr=_cidr(_first(params, ("CidrBlock", "Ipv6CidrBlock"))),
    )


def create_route(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Adds a route to a route table."""
    _route_put(region, params, anew=True)
    return {"Return": True}


def replace_route(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Gives an existing route another target."""
    _route_put(region, params, anew=False)
    return {}


def _route_put(region: RegionState, params: Params, *, anew: bool) -> None:
    named, target = _first(params, _DESTINATIONS), _first(params, _TARGETS)
    destination = named if named.startswith("pl-") else _cidr(named)
    with region.account.lock:
        vpc, table = _find(region, lambda vpc: vpc.tables, "table_id", params["RouteTableId"], _NO_TABLE)
        others = tuple(route for route in table.routes if route.destination != destination)
        if anew and len(others) < len(table.routes):
            raise AwsError("RouteAlreadyExists", f"The route identified by {destination} already exists.")
        if not anew and len(others) == len(table.routes):
            raise AwsError(
                "InvalidParameterValue", f"There is no route defined for '{destination}' in the route table."
            )
        changed = replace(table, routes=(*others, Route(destination, target)))
        region.account.put_vpc(vpc, tables=_with(vpc.tables, table, changed))


def _cidr(text: str) -> str:
    """A CIDR in its canonical form, as EC2 keeps it."""
    try:
        return str(ip_network(text, strict=False))
    except ValueError:
        raise AwsError("InvalidParameterValue", f"CIDR block {text} is malformed") from None


def _first(params: Params, names: Sequence[str]) -> str:
    found: str = next((params[name] for name in names if params.get(name)), "")
    if not found:
        raise AwsError("MissingParameter", f"The request must contain one of {', '.join(names)}.")
    return found


def create_vpc_endpoint(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Creates an interface or gateway endpoint, which is available at once."""
    with region.account.lock:
        vpc = _vpc(region, params["VpcId"])
        service = params["ServiceName"].removeprefix(wire.service_name("", region.name))
        if params.get("VpcEndpointType", "Gateway") == "Gateway":
            made = _gateway_endpoint(region, vpc, service, params)
        else:
            made = _interface_endpoint(region, vpc, service, params)
        endpoints = (*vpc.endpoints, made)
        region.account.put_vpc(vpc, endpoints=endpoints, tables=_with_gateway_routes(vpc, made))
        return {"VpcEndpoint": wire.vpc_endpoint(made, vpc)}


def _gateway_endpoint(region: RegionState, vpc: Vpc, service: str, params: Params) -> VpcEndpoint:
    tables = tuple(params.get("RouteTableIds", ()))
    if not tables:
        raise AwsError("MissingParameter", "The request must contain the parameter RouteTableIds")
    for table_id in tables:
        _one(vpc.tables, "table_id", table_id, _NO_TABLE)
    return VpcEndpoint(region.account.new_id("vpce"), service, table_ids=tables)


def _with_gateway_routes(vpc: Vpc, made: VpcEndpoint) -> tuple[RouteTable, ...]:
    route = Route(S3_LIST.prefix_list_id, made.endpoint_id)
    return tuple(
        replace(table, routes=(*table.routes, route)) if table.table_id in made.table_ids else table
        for table in vpc.tables
    )


def _interface_endpoint(region: RegionState, vpc: Vpc, service: str, params: Params) -> VpcEndpoint:
    subnets = tuple(params.get("SubnetIds", ()))
    groups = tuple(params.get("SecurityGroupIds", ()))
    for group_id in groups:
        _one(vpc.groups, "group_id", group_id, _NO_GROUP)
    found = [_one(vpc.subnets, "subnet_id", subnet_id, _NO_SUBNET) for subnet_id in subnets]
    taken = {address for one in vpc.endpoints for address in one.addresses.values()}
    addresses = {region.account.new_id("eni"): _free_address(subnet.cidr, taken) for subnet in found}
    made = VpcEndpoint(
        region.account.new_id("vpce"),
        service,
        subnets,
        groups,
        addresses=addresses,
        private_dns=params.get("PrivateDnsEnabled", True),
        policy=_json(params.get("PolicyDocument", FULL_ACCESS)),
    )
    _check_names(vpc, made)
    return made


def _free_address(cidr: str, taken: Iterable[str]) -> str:
    hosts = list(ip_network(cidr).hosts())
    return next(str(host) for host in hosts[_FIRST_OF_OURS:] if str(host) not in taken)


def _check_names(vpc: Vpc, endpoint: VpcEndpoint) -> None:
    """Raises `AwsError` for private DNS in a VPC without DNS, or where another endpoint has the same name."""
    if not endpoint.private_dns:
        return
    if not (vpc.dns_support and vpc.dns_hostnames):
        words = "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true"
        raise AwsError("InvalidParameter", f"{words} for {vpc.vpc_id}")
    same = [one for one in vpc.endpoints if one.service == endpoint.service and not one.gateway and one.private_dns]
    if any(one.endpoint_id != endpoint.endpoint_id for one in same):
        name = f"{endpoint.service}.{vpc.place.region}.amazonaws.com"
        words = f"private-dns-enabled cannot be set because there is already a conflicting DNS domain for {name}"
        raise AwsError("InvalidParameter", f"{words} in the VPC {vpc.vpc_id}")


def modify_vpc_endpoint(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Changes the policy, the private DNS or the security groups of an endpoint."""
    with region.account.lock:
        vpc, endpoint = _find(
            region, lambda vpc: vpc.endpoints, "endpoint_id", params["VpcEndpointId"], _NO_ENDPOINT
        )  # fmt: skip
        policy = FULL_ACCESS if params.get("ResetPolicy") else params.get("PolicyDocument", endpoint.policy)
        removed = params.get("RemoveSecurityGroupIds", ())
        groups = (group_id for group_id in endpoint.group_ids if group_id not in removed)
        changed = replace(
            endpoint,
            policy=_json(policy),
            private_dns=params.get("PrivateDnsEnabled", endpoint.private_dns),
            group_ids=(*groups, *params.get("AddSecurityGroupIds", ())),
        )
        _check_names(vpc, changed)
        region.account.put_vpc(vpc, endpoints=_with(vpc.endpoints, endpoint, changed))
    return {"Return": True}


def _json(policy: str) -> str:
    if not is_policy(policy):
        raise AwsError("InvalidPolicyDocument", "The policy document is not valid.")
    return policy


def delete_vpc_endpoints(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Deletes endpoints."""
    with region.account.lock:
        for endpoint_id in params["VpcEndpointIds"]:
            vpc, endpoint = _find(region, lambda vpc: vpc.endpoints, "endpoint_id", endpoint_id, _NO_ENDPOINT)
            kept = tuple(one for one in vpc.endpoints if one is not endpoint)
            region.account.put_vpc(vpc, endpoints=kept)
    return {"Unsuccessful": []}


def modify_vpc_attribute(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Changes one attribute of a VPC; EC2 accepts one a call."""
    attributes = {"EnableDnsSupport": "dns_support", "EnableDnsHostnames": "dns_hostnames"}
    given = {field: params[name]["Value"] for name, field in attributes.items() if name in params}
    if len(given) != 1:
        raise AwsError("InvalidParameterCombination", "Exactly one attribute may be modified at a time.")
    with region.account.lock:
        region.account.put_vpc(_vpc(region, params["VpcId"]), **given)
    return {}


def modify_subnet_attribute(region: RegionState, params: Params) -> Mapping[str, Any]:
    """Changes one attribute of a subnet."""
    attributes = {"EnableDns64": "dns64", "MapPublicIpOnLaunch": "public_addresses"}
    given: dict[str, Any] = {field: params[name]["Value"] for name, field in attributes.items() if name in params}
    if len(given) != 1:
        raise AwsError("InvalidParameterCombination", "Exactly one attribute may be modified at a time.")
    with region.account.lock:
        vpc, subnet = _find(region, lambda vpc: vpc.subnets, "subnet_id", params["SubnetId"], _NO_SUBNET)
        region.account.put_vpc(vpc, subnets=_with(vpc.subnets, subnet, replace(subnet, **given)))
    return {}


def _vpc(region: RegionState, vpc_id: str) -> Vpc:
    return _one(tuple(region.vpcs()), "vpc_id", vpc_id, _NO_VPC)


def _find(
    region: RegionState, parts: Callable[[Vpc], Sequence[T]], member: str, wanted: str, missing: tuple[str, str]
) -> tuple[Vpc, T]:
    """The part with this id, and its VPC. Raises `AwsError` with the code and message of `missing`."""
    for vpc in region.vpcs():
        for part in parts(vpc):
            if getattr(part, member) == wanted:
                return vpc, part
    code, words = missing
    raise AwsError(code, words.format(wanted))


def _one(parts: Sequence[T], member: str, wanted: str, missing: tuple[str, str]) -> T:
    found = next((part for part in parts if getattr(part, member) == wanted), None)
    if found is None:
        code, words = missing
        raise AwsError(code, words.format(wanted))
    return found


def _with(parts: Sequence[T], old: T, new: T) -> tuple[T, ...]:
    return tuple(new if part is old else part for part in parts)


HANDLERS: Mapping[str, Handler] = {
    "AuthorizeSecurityGroupIngress": authorize_security_group_ingress,
    "AuthorizeSecurityGroupEgress": authorize_security_group_egress,
    "CreateNetworkAclEntry": create_network_acl_entry,
    "CreateRoute": create_route,
    "ReplaceRoute": replace_route,
    "CreateVpcEndpoint": create_vpc_endpoint,
    "ModifyVpcEndpoint": modify_vpc_endpoint,
    "DeleteVpcEndpoints": delete_vpc_endpoints,
    "ModifyVpcAttribute": modify_vpc_attribute,
    "ModifySubnetAttribute": modify_subnet_attribute,
}
