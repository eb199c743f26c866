"""A VPC as EC2 tells it: every page, both address families, protocols by name and by number."""

from __future__ import annotations

import pytest

from smtui.diagnosis.evidence.network_facts import (
    AclEntry,
    GroupRule,
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
from smtui.domain.fault import FaultKind
from tests.aws.evidence_support import StubbedAws, by_filter, check_denied, fault_of

OF_THE_VPC = by_filter("vpc-id", "vpc-1")


def test_security_groups(stubbed: StubbedAws) -> None:
    egress = [
        {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "Ipv6Ranges": [{"CidrIpv6": "::/0"}]},
        {"IpProtocol": "6", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": "pl-1"}]},
    ]
    ingress = [{"IpProtocol": "tcp", "FromPort": -1, "ToPort": -1, "UserIdGroupPairs": [{"GroupId": "sg-2"}]}]
    entry: dict[str, object] = {"GroupId": "sg-1", "GroupName": "web", "VpcId": "vpc-1"}
    entry |= {"IpPermissions": ingress, "IpPermissionsEgress": egress}
    asked = by_filter("group-id", "sg-1", "sg-gone")
    stubbed.answers("ec2", "describe_security_groups", {"SecurityGroups": [entry]}, asked)
    assert stubbed.evidence.security_groups(["sg-1", "sg-gone"]) == (
        SecurityGroup(
            "sg-1",
            (GroupRule("tcp", group_ids=("sg-2",)),),
            (
                GroupRule("-1", cidrs=("0.0.0.0/0", "::/0")),
                GroupRule("tcp", 443, 443, prefix_list_ids=("pl-1",)),
            ),
        ),
    )


def test_no_groups_are_not_asked_for(stubbed: StubbedAws) -> None:
    assert stubbed.evidence.security_groups(()) == ()
    assert stubbed.evidence.interface_addresses(()) == {}


def test_more_groups_than_one_filter_takes(stubbed: StubbedAws) -> None:
    groups = [f"sg-{number}" for number in range(201)]
    stubbed.answers("ec2", "describe_security_groups", {"SecurityGroups": []}, by_filter("group-id", *groups[:200]))
    stubbed.answers("ec2", "describe_security_groups", {"SecurityGroups": []}, by_filter("group-id", "sg-200"))
    assert stubbed.evidence.security_groups(groups) == ()


def test_prefix_lists_to_their_last_page(stubbed: StubbedAws) -> None:
    operation, asked = "get_managed_prefix_list_entries", {"PrefixListId": "pl-1"}
    stubbed.answers("ec2", operation, {"Entries": [{"Cidr": "10.0.0.0/8"}], "NextToken": "t"}, asked)
    stubbed.answers("ec2", operation, {"Entries": [{"Cidr": "2001:db8::/32"}]}, asked | {"NextToken": "t"})
    stubbed.answers("ec2", operation, {"Entries": []}, {"PrefixListId": "pl-2"})
    assert stubbed.evidence.prefix_lists(["pl-1", "pl-2"]) == (
        PrefixList("pl-1", ("10.0.0.0/8", "2001:db8::/32")),
        PrefixList("pl-2", ()),
    )


def test_a_prefix_list_that_is_gone_is_no_empty_one(stubbed: StubbedAws) -> None:
    stubbed.refuses("ec2", "get_managed_prefix_list_entries", "InvalidPrefixListID.NotFound")
    assert fault_of(lambda: stubbed.evidence.prefix_lists(["pl-1"])).code == "InvalidPrefixListID.NotFound"


def test_network_acls(stubbed: StubbedAws) -> None:
    entries = [
        {"RuleNumber": 100, "RuleAction": "allow", "Egress": True, "Protocol": "-1", "CidrBlock": "0.0.0.0/0"},
        {
            "RuleNumber": 110,
            "RuleAction": "deny",
            "Egress": False,
            "Protocol": "6",
            "Ipv6CidrBlock": "::/0",
            "PortRange": {"From": 1024, "To": 65535},
        },
        {"RuleNumber": 120, "RuleAction": "allow", "Egress": False, "Protocol": "17", "CidrBlock": "10.0.0.0/8"},
    ]
    acl = {"NetworkAclId": "acl-1", "Associations": [{"SubnetId": "subnet-1"}], "Entries": entries}
    stubbed.answers("ec2", "describe_network_acls", {"NetworkAcls": [acl]}, OF_THE_VPC)
    assert stubbed.evidence.network_acls("vpc-1") == (
        NetworkAcl(
            "acl-1",
            ("subnet-1",),
            (
                AclEntry(100, True, True, "-1", "0.0.0.0/0"),
                AclEntry(110, False, False, "tcp", "::/0", 1024, 65535),
                AclEntry(120, True, False, "17", "10.0.0.0/8"),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("answered", "route"),
    [
        (
            {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"},
            Route("10.0.0.0/16", "local"),
        ),
        ({"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1"}, Route("0.0.0.0/0", "nat-1")),
        (
            {"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1"},
            Route("::/0", "eigw-1"),
        ),
        ({"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1"}, Route("pl-1", "vpce-1")),
        ({"DestinationCidrBlock": "0.0.0.0/0", "TransitGatewayId": "tgw-1"}, Route("0.0.0.0/0", "tgw-1")),
        ({"DestinationCidrBlock": "0.0.0.0/0", "VpcPeeringConnectionId": "pcx-1"}, Route("0.0.0.0/0", "pcx-1")),
        (
            {"DestinationCidrBlock": "0.0.0.0/0", "InstanceId": "i-1", "NetworkInterfaceId": "eni-1"},
            Route("0.0.0.0/0", "i-1"),
        ),
        (
            {"DestinationCidrBlock": "0.0.0.0/0", "NetworkInterfaceId": "eni-1", "State": "blackhole"},
            Route("0.0.0.0/0", "eni-1", active=False),
        ),
    ],
)
def test_a_route(stubbed: StubbedAws, answered: dict[str, str], route: Route) -> None:
    table = {"RouteTableId": "rtb-1", "Associations": [{"Main": True}], "Routes": [answered]}
    stubbed.answers("ec2", "describe_route_tables", {"RouteTables": [table]}, OF_THE_VPC)
    assert stubbed.evidence.route_tables("vpc-1") == (RouteTable("rtb-1", True, (), (route,)),)


def test_a_route_table_of_subnets(stubbed: StubbedAws) -> None:
    associations = [
        {"Main": False, "SubnetId": "subnet-1", "AssociationState": {"State": "associated"}},
        {"Main": False, "SubnetId": "subnet-2", "AssociationState": {"State": "disassociated"}},
    ]
    table = {"RouteTableId": "rtb-1", "Associations": associations, "Routes": []}
    stubbed.answers("ec2", "describe_route_tables", {"RouteTables": [table]}, OF_THE_VPC)
    assert stubbed.evidence.route_tables("vpc-1") == (RouteTable("rtb-1", False, ("subnet-1",), ()),)


def test_nat_gateways(stubbed: StubbedAws) -> None:
    gateways = [
        {"NatGatewayId": "nat-1", "State": "available", "SubnetId": "subnet-1", "ConnectivityType": "public"},
        {"NatGatewayId": "nat-2", "State": "failed", "SubnetId": "subnet-2", "ConnectivityType": "private"},
    ]
    asked = {"Filter": OF_THE_VPC["Filters"]}
    stubbed.answers("ec2", "describe_nat_gateways", {"NatGateways": gateways[:1], "NextToken": "t"}, asked)
    stubbed.answers("ec2", "describe_nat_gateways", {"NatGateways": gateways[1:]}, asked | {"NextToken": "t"})
    assert stubbed.evidence.nat_gateways("vpc-1") == (
        NatGateway("nat-1", "available", "subnet-1", public=True),
        NatGateway("nat-2", "failed", "subnet-2", public=False),
    )


def test_subnets(stubbed: StubbedAws) -> None:
    blocks = [
        {"Ipv6CidrBlock": "2001:db8::/64", "Ipv6CidrBlockState": {"State": "associated"}},
        {"Ipv6CidrBlock": "2001:db9::/64", "Ipv6CidrBlockState": {"State": "disassociated"}},
    ]
    six = {"SubnetId": "subnet-1", "Ipv6CidrBlockAssociationSet": blocks}
    own = {
        "SubnetId": "subnet-2",
        "CidrBlock": "10.0.1.0/24",
        "OwnerId": "111122223333",
        "BlockPublicAccessStates": {"InternetGatewayBlockMode": "block-ingress"},
    }
    stubbed.answers(
        "ec2",
        "describe_subnets",
        {
            "Subnets": [
                six | {"EnableDns64": True},
                own,
            ]
        },
        OF_THE_VPC,
    )
    assert stubbed.evidence.subnets("vpc-1") == (
        Subnet("subnet-1", "", ("2001:db8::/64",), dns64=True),
        Subnet("subnet-2", "10.0.1.0/24", owner="111122223333", blocked="block-ingress"),
    )


def test_endpoints(stubbed: StubbedAws) -> None:
    entry = {
        "VpcEndpointId": "vpce-1",
        "ServiceName": "com.amazonaws.eu-west-1.ssm",
        "VpcEndpointType": "Interface",
        "State": "available",
        "PrivateDnsEnabled": True,
        "SubnetIds": ["subnet-1"],
        "Groups": [{"GroupId": "sg-1"}],
        "NetworkInterfaceIds": ["eni-1"],
        "PolicyDocument": "{}",
        "IpAddressType": "dualstack",
    }
    gateway = {"VpcEndpointId": "vpce-2", "VpcEndpointType": "Gateway", "RouteTableIds": ["rtb-1"]}
    stubbed.answers("ec2", "describe_vpc_endpoints", {"VpcEndpoints": [entry, gateway]}, OF_THE_VPC)
    assert stubbed.evidence.vpc_endpoints("vpc-1") == (
        VpcEndpoint(
            "vpce-1",
            "com.amazonaws.eu-west-1.ssm",
            "Interface",
            "available",
            True,
            ("subnet-1",),
            ("sg-1",),
            (),
            ("eni-1",),
            "{}",
            "dualstack",
        ),
        VpcEndpoint("vpce-2", "", "Gateway", "", route_table_ids=("rtb-1",)),
    )


@pytest.mark.parametrize(("only_for_others", "named"), [(True, False), (False, True)])
def test_private_dns_that_is_kept_for_resolver_endpoints(
    stubbed: StubbedAws, only_for_others: bool, named: bool
) -> None:
    entry = {
        "PrivateDnsEnabled": True,
        "DnsOptions": {"PrivateDnsOnlyForInboundResolverEndpoint": only_for_others},
    }
    stubbed.answers("ec2", "describe_vpc_endpoints", {"VpcEndpoints": [entry]}, OF_THE_VPC)
    assert stubbed.evidence.vpc_endpoints("vpc-1")[0].private_dns is named


def test_addresses_of_interfaces(stubbed: StubbedAws) -> None:
    faces = [
        {
            "NetworkInterfaceId": "eni-1",
            "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.0.9"}, {"PrivateIpAddress": "10.0.0.10"}],
            "Ipv6Addresses": [{"Ipv6Address": "2001:db8::9"}],
        },
        {"NetworkInterfaceId": "eni-2", "PrivateIpAddress": "10.0.1.9"},
    ]
    asked = by_filter("network-interface-id", "eni-1", "eni-2")
    stubbed.answers("ec2", "describe_network_interfaces", {"NetworkInterfaces": faces}, asked)
    assert stubbed.evidence.interface_addresses(["eni-1", "eni-2"]) == {
        "eni-1": ("10.0.0.9", "10.0.0.10", "2001:db8::9"),
        "eni-2": ("10.0.1.9",),
    }


def test_the_dns_of_a_vpc(stubbed: StubbedAws) -> None:
    asked = {"VpcId": "vpc-1"}
    stubbed.answers(
        "ec2",
        "describe_vpc_attribute",
        {"EnableDnsSupport": {"Value": True}},
        asked | {"Attribute": "enableDnsSupport"},
    )
    stubbed.answers(
        "ec2",
        "describe_vpc_attribute",
        {"EnableDnsHostnames": {"Value": False}},
        asked | {"Attribute": "enableDnsHostnames"},
    )
    assert stubbed.evidence.vpc_dns("vpc-1") == VpcDns(support=True, hostnames=False)


def test_an_attribute_that_is_not_reported_is_not_guessed(stubbed: StubbedAws) -> None:
    stubbed.answers("ec2", "describe_vpc_attribute", {}, {"VpcId": "vpc-1", "Attribute": "enableDnsSupport"})
    assert fault_of(lambda: stubbed.evidence.vpc_dns("vpc-1")).kind is FaultKind.SERVICE


@pytest.mark.parametrize("page", [{}, {"RouteTables": [], "NextToken": "again"}])
def test_a_list_cut_short_does_not_pass_for_whole(stubbed: StubbedAws, page: dict[str, object]) -> None:
    stubbed.answers("ec2", "describe_route_tables", {"RouteTables": [], "NextToken": "again"}, OF_THE_VPC)
    stubbed.answers("ec2", "describe_route_tables", page, OF_THE_VPC | {"NextToken": "again"})
    assert fault_of(lambda: stubbed.evidence.route_tables("vpc-1")).kind is FaultKind.SERVICE


def test_what_may_not_be_seen(stubbed: StubbedAws) -> None:
    aws = stubbed.evidence
    calls = [
        ("describe_security_groups", "ec2:DescribeSecurityGroups", lambda: aws.security_groups(["sg-1"])),
        ("get_managed_prefix_list_entries", "ec2:GetManagedPrefixListEntries", lambda: aws.prefix_lists(["pl-1"])),
        ("describe_network_acls", "ec2:DescribeNetworkAcls", lambda: aws.network_acls("vpc-1")),
        ("describe_route_tables", "ec2:DescribeRouteTables", lambda: aws.route_tables("vpc-1")),
        ("describe_nat_gateways", "ec2:DescribeNatGateways", lambda: aws.nat_gateways("vpc-1")),
        ("describe_subnets", "ec2:DescribeSubnets", lambda: aws.subnets("vpc-1")),
        ("describe_vpc_endpoints", "ec2:DescribeVpcEndpoints", lambda: aws.vpc_endpoints("vpc-1")),
        ("describe_network_interfaces", "ec2:DescribeNetworkInterfaces", lambda: aws.interface_addresses(["eni-1"])),
        ("describe_vpc_attribute", "ec2:DescribeVpcAttribute", lambda: aws.vpc_dns("vpc-1")),
    ]
    for operation, action, ask in calls:
        stubbed.refuses("ec2", operation, "UnauthorizedOperation", "You are not authorized to perform this operation.")
        check_denied(ask, action)
