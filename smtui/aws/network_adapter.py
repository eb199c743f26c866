"""Fetches a VPC: subnets, routes, gateways, endpoints, security groups and network ACLs.

Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/ (one page for each action: API_DescribeSubnets, …).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from smtui.aws.api_calls import ApiCalls, each_text, mapping, mappings, number, side_by_side, text, texts
from smtui.diagnosis.evidence.network_facts import (
    ANY_PROTOCOL,
    TCP,
    AclEntry,
    GroupRule,
    InterfaceAddresses,
    NatGateway,
    NetworkAcl,
    PrefixList,
    Route,
    RouteTable,
    SecurityGroup,
    Subnet,
    VpcDns,
    VpcEndpoint,
)

_VPC_ATTRIBUTE = "ec2:DescribeVpcAttribute"

_ROUTE_TARGETS = (
    "GatewayId",
    "NatGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "EgressOnlyInternetGatewayId",
    "InstanceId",  # before the interface that it stands for
    "NetworkInterfaceId",
    "LocalGatewayId",
    "CarrierGatewayId",
    "CoreNetworkArn",
    "OdbNetworkArn",
)
_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
_TCP_NUMBER = "6"


class NetworkAdapter:
    """The VPCs of one place. Every method blocks and raises `AwsCallFailed`, whose fault names the IAM action.

    Lists are read to their end, in AWS's order.
    """

    def __init__(self, calls: ApiCalls) -> None:
        self._calls = calls

    def security_groups(self, group_ids: Sequence[str]) -> tuple[SecurityGroup, ...]:
        """ec2:DescribeSecurityGroups by id; an id that is gone is left out."""
        return tuple(map(_group, self._calls.by_filter("ec2:DescribeSecurityGroups", "group-id", group_ids)))

    def prefix_lists(self, prefix_list_ids: Sequence[str]) -> tuple[PrefixList, ...]:
        """ec2:GetManagedPrefixListEntries of each, side by side."""
        return tuple(side_by_side(self._prefix_list, prefix_list_ids))

    def _prefix_list(self, prefix_list_id: str) -> PrefixList:
        entries = list(self._calls.entries("ec2:GetManagedPrefixListEntries", PrefixListId=prefix_list_id))
        return PrefixList(prefix_list_id, each_text(entries, "Cidr"))

    def network_acls(self, vpc_id: str) -> tuple[NetworkAcl, ...]:
        """ec2:DescribeNetworkAcls of the VPC."""
        return tuple(map(_acl, self._calls.by_filter("ec2:DescribeNetworkAcls", "vpc-id", [vpc_id])))

    def route_tables(self, vpc_id: str) -> tuple[RouteTable, ...]:
        """ec2:DescribeRouteTables of the VPC."""
        return tuple(map(_route_table, self._calls.by_filter("ec2:DescribeRouteTables", "vpc-id", [vpc_id])))

    def nat_gateways(self, vpc_id: str) -> tuple[NatGateway, ...]:
        """ec2:DescribeNatGateways, whose parameter is called `Filter`, unlike all others'."""
        found = self._calls.by_filter("ec2:DescribeNatGateways", "vpc-id", [vpc_id], parameter="Filter")
        return tuple(map(_nat_gateway, found))

    def subnets(self, vpc_id: str) -> tuple[Subnet, ...]:
        """ec2:DescribeSubnets of the VPC."""
        return tuple(map(_subnet, self._calls.by_filter("ec2:DescribeSubnets", "vpc-id", [vpc_id])))

    def vpc_endpoints(self, vpc_id: str) -> tuple[VpcEndpoint, ...]:
        """ec2:DescribeVpcEndpoints of the VPC."""
        return tuple(map(_endpoint, self._calls.by_filter("ec2:DescribeVpcEndpoints", "vpc-id", [vpc_id])))

    def interface_addresses(self, interface_ids: Sequence[str]) -> InterfaceAddresses:
        """ec2:DescribeNetworkInterfaces: the addresses by interface id; an id that is gone is left out."""
        interfaces = self._calls.by_filter("ec2:DescribeNetworkInterfaces", "network-interface-id", interface_ids)
        return {text(face, "NetworkInterfaceId"): _addresses(face) for face in interfaces}

    def vpc_dns(self, vpc_id: str) -> VpcDns:
        """ec2:DescribeVpcAttribute, one call for each of the two attributes."""
        support, hostnames = side_by_side(
            lambda attribute: self._attribute(vpc_id, *attribute),
            [("enableDnsSupport", "EnableDnsSupport"), ("enableDnsHostnames", "EnableDnsHostnames")],
        )
        return VpcDns(support, hostnames)

    def _attribute(self, vpc_id: str, attribute: str, holds: str) -> bool:
        answer = self._calls.call(_VPC_ATTRIBUTE, VpcId=vpc_id, Attribute=attribute)
        value = mapping(answer.get(holds)).get("Value")
        if not isinstance(value, bool):
            raise self._calls.odd_answer(_VPC_ATTRIBUTE, f"The answer does not hold {attribute}.")
        return value


def _group(entry: Mapping[str, Any]) -> SecurityGroup:
    return SecurityGroup(
        group_id=text(entry, "GroupId"),
        ingress=tuple(map(_rule, mappings(entry.get("IpPermissions")))),
        egress=tuple(map(_rule, mappings(entry.get("IpPermissionsEgress")))),
    )


def _rule(entry: Mapping[str, Any]) -> GroupRule:
    return GroupRule(
        protocol=_protocol(entry, "IpProtocol"),
        from_port=_port(entry, "FromPort"),
        to_port=_port(entry, "ToPort"),
        cidrs=(*each_text(entry.get("IpRanges"), "CidrIp"), *each_text(entry.get("Ipv6Ranges"), "CidrIpv6")),
        group_ids=each_text(entry.get("UserIdGroupPairs"), "GroupId"),
        prefix_list_ids=each_text(entry.get("PrefixListIds"), "PrefixListId"),
    )


def _protocol(entry: Mapping[str, Any], key: str) -> str:
    protocol = text(entry, key).lower()
    return {_TCP_NUMBER: TCP, "all": ANY_PROTOCOL}.get(protocol, protocol)


def _port(entry: Mapping[str, Any], key: str) -> int | None:
    """None where every port is meant, which EC2 also writes as -1."""
    port = number(entry, key)
    return None if port is None or port < 0 else port


def _acl(entry: Mapping[str, Any]) -> NetworkAcl:
    return NetworkAcl(
        acl_id=text(entry, "NetworkAclId"),
        subnet_ids=each_text(entry.get("Associations"), "SubnetId"),
        entries=tuple(map(_acl_entry, mappings(entry.get("Entries")))),
    )


def _acl_entry(entry: Mapping[str, Any]) -> AclEntry:
    ports = mapping(entry.get("PortRange"))
    return AclEntry(
        number=number(entry, "RuleNumber") or 0,
        allow=text(entry, "RuleAction") == "allow",
        egress=entry.get("Egress") is True,
        protocol=_protocol(entry, "Protocol"),
        cidr=text(entry, "CidrBlock") or text(entry, "Ipv6CidrBlock"),
        from_port=_port(ports, "From"),
        to_port=_port(ports, "To"),
    )


def _route_table(entry: Mapping[str, Any]) -> RouteTable:
    associations = list(mappings(entry.get("Associations")))
    return RouteTable(
        table_id=text(entry, "RouteTableId"),
        main=any(one.get("Main") is True for one in associations),
        subnet_ids=each_text([one for one in associations if _is_associated(one)], "SubnetId"),
        routes=tuple(map(_route, mappings(entry.get("Routes")))),
    )


def _is_associated(association: Mapping[str, Any]) -> bool:
    state = text(mapping(association.get("AssociationState")), "State")
    return state in ("associated", "associating", "")


def _route(entry: Mapping[str, Any]) -> Route:
    return Route(
        destination=_first(entry, _DESTINATIONS),
        target=_first(entry, _ROUTE_TARGETS),
        active=text(entry, "State") != "blackhole",
    )


def _first(entry: Mapping[str, Any], keys: Sequence[str]) -> str:
    return next((found for key in keys if (found := text(entry, key))), "")


def _nat_gateway(entry: Mapping[str, Any]) -> NatGateway:
    return NatGateway(
        gateway_id=text(entry, "NatGatewayId"),
        state=text(entry, "State"),
        subnet_id=text(entry, "SubnetId"),
        public=text(entry, "ConnectivityType") != "private",
    )


def _subnet(entry: Mapping[str, Any]) -> Subnet:
    blocks = [block for block in mappings(entry.get("Ipv6CidrBlockAssociationSet")) if _is_block_in_use(block)]
    return Subnet(
        subnet_id=text(entry, "SubnetId"),
        cidr=text(entry, "CidrBlock"),
        ipv6_cidrs=each_text(blocks, "Ipv6CidrBlock"),
        dns64=entry.get("EnableDns64") is True,
        owner=text(entry, "OwnerId"),
        blocked=text(mapping(entry.get("BlockPublicAccessStates")), "InternetGatewayBlockMode"),
    )


def _is_block_in_use(block: Mapping[str, Any]) -> bool:
    return text(mapping(block.get("Ipv6CidrBlockState")), "State") in ("associated", "associating", "")


def _endpoint(entry: Mapping[str, Any]) -> VpcEndpoint:
    return VpcEndpoint(
        endpoint_id=text(entry, "VpcEndpointId"),
        service=text(entry, "ServiceName"),
        kind=text(entry, "VpcEndpointType"),
        state=text(entry, "State"),
        private_dns=_names_lead_to(entry),
        subnet_ids=texts(entry, "SubnetIds"),
        group_ids=each_text(entry.get("Groups"), "GroupId"),
        route_table_ids=texts(entry, "RouteTableIds"),
        interface_ids=texts(entry, "NetworkInterfaceIds"),
        policy=text(entry, "PolicyDocument"),
        address_type=text(entry, "IpAddressType"),
    )


def _names_lead_to(entry: Mapping[str, Any]) -> bool:
    """Whether private DNS resolves to the endpoint in the VPC; S3's can do so for inbound Resolver endpoints alone."""
    only_for_others = mapping(entry.get("DnsOptions")).get("PrivateDnsOnlyForInboundResolverEndpoint") is True
    return entry.get("PrivateDnsEnabled") is True and not only_for_others


def _addresses(face: Mapping[str, Any]) -> tuple[str, ...]:
    ipv4 = each_text(face.get("PrivateIpAddresses"), "PrivateIpAddress") or filter(
        None, [text(face, "PrivateIpAddress")]
    )
    return (*ipv4, *each_text(face.get("Ipv6Addresses"), "Ipv6Address"))
