"""The node's VPC, read whole. Sources: the EC2 API reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from smtui.aws.evidence_calls import EvidenceCalls, Listing, side_by_side
from smtui.aws.shapes import each_text, mapping, mappings, number, text, texts
from smtui.domain.evidence.network import (
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

_GROUPS = Listing("ec2:DescribeSecurityGroups", "describe_security_groups", "SecurityGroups")
_PREFIXES = Listing("ec2:GetManagedPrefixListEntries", "get_managed_prefix_list_entries", "Entries")
_ACLS = Listing("ec2:DescribeNetworkAcls", "describe_network_acls", "NetworkAcls")
_ROUTE_TABLES = Listing("ec2:DescribeRouteTables", "describe_route_tables", "RouteTables")
_NAT_GATEWAYS = Listing("ec2:DescribeNatGateways", "describe_nat_gateways", "NatGateways")
_SUBNETS = Listing("ec2:DescribeSubnets", "describe_subnets", "Subnets")
_ENDPOINTS = Listing("ec2:DescribeVpcEndpoints", "describe_vpc_endpoints", "VpcEndpoints")
_INTERFACES = Listing("ec2:DescribeNetworkInterfaces", "describe_network_interfaces", "NetworkInterfaces")
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


class NetworkEvidence(EvidenceCalls):
    """Calls about a VPC."""

    def security_groups(self, group_ids: Sequence[str]) -> tuple[SecurityGroup, ...]:
        return tuple(map(_group, self._by_filter(_GROUPS, "group-id", group_ids)))

    def prefix_lists(self, prefix_list_ids: Sequence[str]) -> tuple[PrefixList, ...]:
        return tuple(side_by_side(self._prefix_list, prefix_list_ids))

    def _prefix_list(self, prefix_list_id: str) -> PrefixList:
        entries = list(self._entries(_PREFIXES, PrefixListId=prefix_list_id))
        return PrefixList(prefix_list_id, each_text(entries, "Cidr"))

    def network_acls(self, vpc_id: str) -> tuple[NetworkAcl, ...]:
        return tuple(map(_acl, self._by_filter(_ACLS, "vpc-id", [vpc_id])))

    def route_tables(self, vpc_id: str) -> tuple[RouteTable, ...]:
        return tuple(map(_route_table, self._by_filter(_ROUTE_TABLES, "vpc-id", [vpc_id])))

    def nat_gateways(self, vpc_id: str) -> tuple[NatGateway, ...]:
        chosen = [{"Name": "vpc-id", "Values": [vpc_id]}]
        return tuple(map(_nat_gateway, self._entries(_NAT_GATEWAYS, Filter=chosen)))  # the one with a `Filter`

    def subnets(self, vpc_id: str) -> tuple[Subnet, ...]:
        return tuple(map(_subnet, self._by_filter(_SUBNETS, "vpc-id", [vpc_id])))

    def vpc_endpoints(self, vpc_id: str) -> tuple[VpcEndpoint, ...]:
        return tuple(map(_endpoint, self._by_filter(_ENDPOINTS, "vpc-id", [vpc_id])))

    def interface_addresses(self, interface_ids: Sequence[str]) -> InterfaceAddresses:
        interfaces = self._by_filter(_INTERFACES, "network-interface-id", interface_ids)
        return {text(face, "NetworkInterfaceId"): _addresses(face) for face in interfaces}

    def vpc_dns(self, vpc_id: str) -> VpcDns:
        """ec2:DescribeVpcAttribute tells one attribute a call."""
        support, hostnames = side_by_side(
            lambda attribute: self._attribute(vpc_id, *attribute),
            [("enableDnsSupport", "EnableDnsSupport"), ("enableDnsHostnames", "EnableDnsHostnames")],
        )
        return VpcDns(support, hostnames)

    def _attribute(self, vpc_id: str, attribute: str, holds: str) -> bool:
        said = self._call(_VPC_ATTRIBUTE, "describe_vpc_attribute", VpcId=vpc_id, Attribute=attribute)
        value = mapping(said.get(holds)).get("Value")
        if not isinstance(value, bool):
            raise self._odd(_VPC_ATTRIBUTE, f"The answer does not tell {attribute}.")
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
    told = text(entry, key).lower()
    return {_TCP_NUMBER: TCP, "all": ANY_PROTOCOL}.get(told, told)


def _port(entry: Mapping[str, Any], key: str) -> int | None:
    """None also for EC2's -1, which means every one."""
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
    """Whether private DNS leads nodes of the VPC there; S3 can keep it for those that ask by a Resolver endpoint."""
    only_for_others = mapping(entry.get("DnsOptions")).get("PrivateDnsOnlyForInboundResolverEndpoint") is True
    return entry.get("PrivateDnsEnabled") is True and not only_for_others


def _addresses(face: Mapping[str, Any]) -> tuple[str, ...]:
    ipv4 = each_text(face.get("PrivateIpAddresses"), "PrivateIpAddress") or filter(
        None, [text(face, "PrivateIpAddress")]
    )
    return (*ipv4, *each_text(face.get("Ipv6Addresses"), "Ipv6Address"))
