"""Converts the parts of a VPC to the shapes of EC2's answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from smtui.demo.story.account_facts import made_up_id

if TYPE_CHECKING:
    from smtui.demo.story.demo_node import DemoNode
    from smtui.demo.story.vpc import (
        Acl,
        Group,
        Nat,
        Subnet,
        Vpc,
        VpcEndpoint,
    )
    from smtui.diagnosis.evidence.network_facts import AclEntry, GroupRule, Route, RouteTable

Wire = dict[str, Any]
_MADE = datetime(2026, 1, 12, 9, 0, tzinfo=UTC)
_TARGETS = {
    "nat-": "NatGatewayId",
    "tgw-": "TransitGatewayId",
    "pcx-": "VpcPeeringConnectionId",
    "eni-": "NetworkInterfaceId",
    "eigw-": "EgressOnlyInternetGatewayId",
}
"""Prefix of a route's target -> member of the route; `GatewayId` holds every other target."""


def service_name(service: str, region: str) -> str:
    """The whole name of an endpoint's service: `com.amazonaws.eu-west-1.ssm`."""
    return f"com.amazonaws.{region}.{service}"


def name_tag(name: str) -> list[Wire]:
    """The tags of something that has only a Name."""
    return [{"Key": "Name", "Value": name}]


def vpc(it: Vpc) -> Wire:
    """A VPC of DescribeVpcs."""
    blocks = [
        {
            "AssociationId": made_up_id("vpc-cidr-assoc", f"{it.vpc_id}/{cidr}"),
            "CidrBlock": cidr,
            "CidrBlockState": {"State": "associated"},
        }
        for cidr in it.cidrs
    ]
    return {
        "VpcId": it.vpc_id,
        "CidrBlock": it.cidrs[0],
        "CidrBlockAssociationSet": blocks,
        "Ipv6CidrBlockAssociationSet": _blocks_6(it.vpc_id, it.cidr_6),
        "DhcpOptionsId": made_up_id("dopt", "default"),
        "InstanceTenancy": "default",
        "IsDefault": False,
        "OwnerId": it.place.account,
        "State": "available",
        "Tags": name_tag(it.name),
    }


def _blocks_6(of: str, cidr: str) -> list[Wire]:
    block = {
        "AssociationId": made_up_id("cidr-assoc-6", of),
        "Ipv6CidrBlock": cidr,
        "Ipv6CidrBlockState": {"State": "associated"},
    }
    return [block] if cidr else []


def subnet(it: Subnet, of: Vpc) -> Wire:
    """A subnet of DescribeSubnets."""
    return {
        "SubnetId": it.subnet_id,
        "SubnetArn": of.place.arn("ec2", f"subnet/{it.subnet_id}"),
        "VpcId": of.vpc_id,
        "OwnerId": of.place.account,
        "State": "available",
        "CidrBlock": it.cidr or None,
        "Ipv6CidrBlockAssociationSet": _blocks_6(it.subnet_id, it.cidr_6),
        "AvailabilityZone": it.zone,
        "AvailableIpAddressCount": 240,
        "AssignIpv6AddressOnCreation": False,
        "DefaultForAz": False,
        "EnableDns64": it.dns64,
        "Ipv6Native": not it.cidr,
        "MapPublicIpOnLaunch": it.public_addresses,
        "Tags": [],
    }


def group(it: Group, of: Vpc) -> Wire:
    """A security group of DescribeSecurityGroups."""
    return {
        "GroupId": it.group_id,
        "GroupName": it.name,
        "Description": f"{it.name} of the demo",
        "OwnerId": of.place.account,
        "VpcId": of.vpc_id,
        "IpPermissions": [_permission(rule, of) for rule in it.ingress],
        "IpPermissionsEgress": [_permission(rule, of) for rule in it.egress],
        "Tags": [],
    }


def _permission(rule: GroupRule, of: Vpc) -> Wire:
    return {
        "IpProtocol": rule.protocol,
        "FromPort": rule.from_port,
        "ToPort": rule.to_port,
        "UserIdGroupPairs": [{"GroupId": other, "UserId": of.place.account} for other in rule.group_ids],
        "IpRanges": [{"CidrIp": cidr} for cidr in rule.cidrs if ":" not in cidr],
        "Ipv6Ranges": [{"CidrIpv6": cidr} for cidr in rule.cidrs if ":" in cidr],
        "PrefixListIds": [{"PrefixListId": list_id} for list_id in rule.prefix_list_ids],
    }


def acl(it: Acl, of: Vpc) -> Wire:
    """A network ACL of DescribeNetworkAcls."""
    return {
        "NetworkAclId": it.acl_id,
        "VpcId": of.vpc_id,
        "OwnerId": of.place.account,
        "IsDefault": it.default,
        "Associations": [
            {
                "NetworkAclAssociationId": made_up_id("aclassoc", f"{it.acl_id}/{subnet_id}"),
                "NetworkAclId": it.acl_id,
                "SubnetId": subnet_id,
            }
            for subnet_id in it.subnet_ids
        ],
        "Entries": [_entry(entry) for entry in it.entries],
        "Tags": [],
    }


def _entry(entry: AclEntry) -> Wire:
    return {
        "Ipv6CidrBlock" if ":" in entry.cidr else "CidrBlock": entry.cidr,
        "Egress": entry.egress,
        "Protocol": entry.protocol,
        "PortRange": {"From": entry.from_port, "To": entry.to_port} if entry.from_port is not None else None,
        "RuleAction": "allow" if entry.allow else "deny",
        "RuleNumber": entry.number,
    }


def route_table(it: RouteTable, of: Vpc) -> Wire:
    """A route table of DescribeRouteTables."""
    associated: Sequence[str] = ("",) if it.main else it.subnet_ids
    return {
        "RouteTableId": it.table_id,
        "VpcId": of.vpc_id,
        "OwnerId": of.place.account,
        "Associations": [
            {
                "RouteTableAssociationId": made_up_id("rtbassoc", f"{it.table_id}/{subnet_id}"),
                "RouteTableId": it.table_id,
                "SubnetId": subnet_id or None,
                "Main": it.main,
                "AssociationState": {"State": "associated"},
            }
            for subnet_id in associated
        ],
        "Routes": [_route(route) for route in it.routes],
        "PropagatingVgws": [],
        "Tags": [],
    }


def _route(route: Route) -> Wire:
    member = next((name for prefix, name in _TARGETS.items() if route.target.startswith(prefix)), "GatewayId")
    return {
        _destination_member(route.destination): route.destination,
        member: route.target,
        "Origin": "CreateRouteTable" if route.target == "local" else "CreateRoute",
        "State": "active" if route.active else "blackhole",
    }


def _destination_member(destination: str) -> str:
    if destination.startswith("pl-"):
        return "DestinationPrefixListId"
    return "DestinationIpv6CidrBlock" if ":" in destination else "DestinationCidrBlock"


def nat_gateway(it: Nat, of: Vpc) -> Wire:
    """A NAT gateway of DescribeNatGateways."""
    failed = it.state == "failed"
    address: Wire = {
        "NetworkInterfaceId": None if failed else nat_interface(it),
        "PrivateIp": None if failed else it.private_ip,
        "PublicIp": it.public_ip or None,
        "AllocationId": made_up_id("eipalloc", it.nat_id) if it.public_ip else None,
        "IsPrimary": True,
    }
    return {
        "NatGatewayId": it.nat_id,
        "VpcId": of.vpc_id,
        "SubnetId": it.subnet_id,
        "State": it.state,
        "FailureCode": "InsufficientFreeAddressesInSubnet" if failed else None,
        "FailureMessage": "Subnet has insufficient free addresses to create this NAT gateway" if failed else None,
        "ConnectivityType": "public" if it.public_ip else "private",
        "CreateTime": _MADE,
        "NatGatewayAddresses": [address],
        "Tags": [],
    }


def nat_interface(it: Nat) -> str:
    """The id of a NAT gateway's network interface."""
    return made_up_id("eni", it.nat_id)


def vpc_endpoint(it: VpcEndpoint, of: Vpc) -> Wire:
    """An endpoint of DescribeVpcEndpoints."""
    named = {group.group_id: group.name for group in of.groups}
    return {
        "VpcEndpointId": it.endpoint_id,
        "VpcEndpointType": "Gateway" if it.gateway else "Interface",
        "VpcId": of.vpc_id,
        "ServiceName": service_name(it.service, of.place.region),
        "State": it.state,
        "PolicyDocument": it.policy,
        "RouteTableIds": list(it.table_ids),
        "SubnetIds": list(it.subnet_ids),
        "Groups": [{"GroupId": group_id, "GroupName": named[group_id]} for group_id in it.group_ids],
        "IpAddressType": "ipv4",
        "DnsOptions": {"DnsRecordIpType": "ipv4"} if not it.gateway else None,
        "PrivateDnsEnabled": it.private_dns and not it.gateway,
        "RequesterManaged": False,
        "NetworkInterfaceIds": list(it.addresses),
        "DnsEntries": _dns_entries(it, of),
        "CreationTimestamp": _MADE,
        "OwnerId": of.place.account,
        "Tags": [],
    }


def _dns_entries(it: VpcEndpoint, of: Vpc) -> list[Wire]:
    if it.gateway or it.state != "available":
        return []
    region = of.place.region
    names = [f"{it.endpoint_id}-demo.{it.service}.{region}.vpce.amazonaws.com"]
    if it.private_dns:
        names.append(f"{it.service}.{region}.amazonaws.com")
    return [{"DnsName": name, "HostedZoneId": "Z38GZ743OKFT7T"} for name in names]


def interface(interface_id: str, address: str, subnet_id: str, of: Vpc, groups: Sequence[str], kind: str) -> Wire:
    """One network interface of an endpoint (`vpc_endpoint`) or a NAT gateway (`nat_gateway`)."""
    named = {group.group_id: group.name for group in of.groups}
    return {
        "NetworkInterfaceId": interface_id,
        "InterfaceType": kind,
        "Status": "in-use",
        "VpcId": of.vpc_id,
        "SubnetId": subnet_id,
        "OwnerId": of.place.account,
        "RequesterManaged": True,
        "PrivateIpAddress": address,
        "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": address}],
        "Ipv6Addresses": [],
        "Groups": [{"GroupId": group_id, "GroupName": named[group_id]} for group_id in groups],
        "SourceDestCheck": kind != "nat_gateway",
    }


def instance_interface_id(node: DemoNode) -> str:
    """The id of an instance's one network interface."""
    return made_up_id("eni", node.node_id)


def attached_interface(node: DemoNode) -> Wire:
    """The interface of an instance in DescribeInstances; short, since a page has 1,000 of them."""
    network = node.network
    if network is None:
        raise ValueError(f"{node.node_id} is in no VPC")
    facts: Wire = {
        "NetworkInterfaceId": instance_interface_id(node),
        "Status": "in-use",
        "VpcId": network.vpc_id,
        "SubnetId": network.subnet_id,
        "PrivateIpAddress": network.private_ip or None,
        "Ipv6Addresses": [{"Ipv6Address": network.ipv6}] if network.ipv6 else [],
        "Groups": [{"GroupId": network.security_group_id, "GroupName": group_name(node)}],
        "Attachment": {"DeviceIndex": 0, "Status": "attached"},
    }
    public = {"Association": {"IpOwnerId": "amazon", "PublicIp": network.public_ip}}
    return facts | public if network.public_ip else facts


def instance_interface(node: DemoNode) -> Wire:
    """The interface of an instance in DescribeNetworkInterfaces."""
    facts = attached_interface(node)
    address = {"Primary": True, "PrivateIpAddress": facts["PrivateIpAddress"], "Association": facts.get("Association")}
    attachment = {
        "AttachmentId": made_up_id("eni-attach", node.node_id),
        "DeleteOnTermination": True,
        "InstanceId": node.node_id,
        "InstanceOwnerId": node.place.account,
    }
    return facts | {
        "InterfaceType": "interface",
        "OwnerId": node.place.account,
        "Description": "",
        "SourceDestCheck": True,
        "PrivateIpAddresses": [address] if address["PrivateIpAddress"] else [],
        "Attachment": facts["Attachment"] | attachment,
    }


def group_name(node: DemoNode) -> str:
    """The name of the instance's security group."""
    own = node.network is not None and node.network.vpc_id != made_up_id("vpc", node.place.seed("main"))
    return node.name if own else "default"
