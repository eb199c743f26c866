from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from botocore.exceptions import ClientError

from smtui.demo.region import SimulatedRegion, demo_fleet
from smtui.demo.story.account_facts import made_up_id
from smtui.demo.story.demo_node import DemoNode
from smtui.demo.story.planned_vpcs import vpcs
from smtui.demo.story.story_nodes import more_causes, story
from smtui.demo.story.vpc import Vpc
from tests.demo.planted import CAUSES, MORE_CAUSES, ONLY_WARNED, OUT_OF_SIGHT, SEVERAL_CAUSES
from tests.demo.support import client, quiet_region

NODES = {node.name: node for node in [*story(), *more_causes()]}
PLACED = [node for node in NODES.values() if node.network is not None]
VPCS = {vpc.vpc_id: vpc for vpc in vpcs()}


@pytest.fixture(scope="module")
def ec2() -> Iterator[Any]:
    with quiet_region(demo_fleet(causes=True)) as region:
        yield client(region, "ec2")


def of_vpc(name: str) -> list[dict[str, Any]]:
    """The filter for the VPC that the node of that name is in."""
    return [{"Name": "vpc-id", "Values": [vpc_id(name)]}]


def vpc_id(name: str) -> str:
    network = NODES[name].network
    assert network is not None
    return network.vpc_id


def vpc(name: str) -> Vpc:
    return VPCS[vpc_id(name)]


def tables_of(ec2: Any, subnet_id: str, name: str) -> list[dict[str, Any]]:
    """The subnet's own table, or else the main one of the VPC that the node is in."""
    of_subnet = [{"Name": "association.subnet-id", "Values": [subnet_id]}]
    main = [*of_vpc(name), {"Name": "association.main", "Values": ["true"]}]
    own: list[dict[str, Any]] = ec2.describe_route_tables(Filters=of_subnet)["RouteTables"]
    return own or ec2.describe_route_tables(Filters=main)["RouteTables"]


class TestValues:
    @pytest.mark.parametrize("node", PLACED, ids=lambda node: node.name)
    def test_every_instance_stands_in_a_subnet_and_a_group_that_exist(self, node: DemoNode) -> None:
        network = node.network
        assert network is not None
        around = VPCS[network.vpc_id]
        assert network.security_group_id in {group.group_id for group in around.groups}
        subnet = next(subnet for subnet in around.subnets if subnet.subnet_id == network.subnet_id)
        address, block = (network.private_ip, subnet.cidr) if subnet.cidr else (network.ipv6, subnet.cidr_6)
        assert ip_address(address) in ip_network(block)
        assert subnet.zone == network.zone

    def test_every_plan_has_a_node(self) -> None:
        assert {node.name for node in PLACED if node.plan} == {
            node.name for node in PLACED if vpc_id(node.name) != vpc_id("web-1")
        }

    @pytest.mark.parametrize("it", vpcs(), ids=lambda it: it.name)
    def test_a_vpc_is_whole(self, it: Vpc) -> None:
        """Subnets lie in it side by side, each has one ACL and one table, and one table is the main one."""
        blocks = [ip_network(subnet.cidr) for subnet in it.subnets if subnet.cidr]
        assert not any(one.overlaps(other) for one in blocks for other in blocks if one is not other)
        assert all(any(block.subnet_of(ip_network(cidr)) for cidr in it.cidrs) for block in blocks)  # type: ignore[arg-type]
        subnets = [subnet.subnet_id for subnet in it.subnets]
        assert sorted(subnet for acl in it.acls for subnet in acl.subnet_ids) == sorted(subnets)
        associated = [subnet for table in it.tables for subnet in table.subnet_ids]
        assert len(set(associated)) == len(associated)
        assert set(associated) <= set(subnets)
        assert [table.main for table in it.tables].count(True) == 1

    def test_what_routes_and_endpoints_name_exists(self) -> None:
        for it in vpcs():
            known = {nat.nat_id for nat in it.nats} | {made_up_id("igw", it.name), "local"}
            known |= {endpoint.endpoint_id for endpoint in it.endpoints}
            targets = {route.target for table in it.tables for route in table.routes if route.active}
            assert {target for target in targets - known if not target.startswith(("tgw-", "eigw-"))} == set()
            for endpoint in it.endpoints:
                assert set(endpoint.subnet_ids) <= {subnet.subnet_id for subnet in it.subnets}
                assert set(endpoint.group_ids) <= {group.group_id for group in it.groups}
                assert set(endpoint.table_ids) <= {table.table_id for table in it.tables}

    def test_no_two_addresses_are_the_same(self) -> None:
        used = [node.network.private_ip or node.network.ipv6 for node in PLACED if node.network is not None]
        used += [address for it in vpcs() for endpoint in it.endpoints for address in endpoint.addresses.values()]
        used += [nat.private_ip for it in vpcs() for nat in it.nats]
        assert len(set(used)) == len(used)


class TestCauses:
    def test_every_cause_is_of_a_node_and_listed_once(self) -> None:
        told = [*CAUSES, *MORE_CAUSES, *SEVERAL_CAUSES, *OUT_OF_SIGHT]
        assert len(set(told)) == len(told)
        assert set(told) <= set(NODES)
        assert set(CAUSES) <= {node.name for node in story()}
        assert {*MORE_CAUSES, *SEVERAL_CAUSES, *OUT_OF_SIGHT} <= {node.name for node in more_causes()}
        assert {*CAUSES, *MORE_CAUSES} >= ONLY_WARNED

    def test_a_node_without_a_cause_can_start_a_session(self) -> None:
        told = {*CAUSES, *MORE_CAUSES, *SEVERAL_CAUSES, *OUT_OF_SIGHT}
        well = {name for name, node in NODES.items() if node.can_start_session and node.state != "stopped"}
        assert well - set(told) == set(NODES) - set(told)
        assert well & set(told) <= ONLY_WARNED

    def test_they_are_not_in_the_fleet_unless_asked_for(self) -> None:
        usual, more = demo_fleet(), demo_fleet(causes=True)
        assert len(usual) == 46
        assert len(more) == 46 + len(more_causes())


class TestPlanted:
    def test_no_egress(self, ec2: Any) -> None:
        groups = ec2.describe_security_groups(Filters=of_vpc("no-egress-1"))["SecurityGroups"]
        assert [group["IpPermissionsEgress"] for group in groups] == [[]]

    def test_the_main_group_lets_everything_out(self, ec2: Any) -> None:
        network = NODES["web-1"].network
        assert network is not None
        (group,) = ec2.describe_security_groups(GroupIds=[network.security_group_id])["SecurityGroups"]
        cidrs = [cidr["CidrIp"] for rule in group["IpPermissionsEgress"] for cidr in rule["IpRanges"]]
        assert (group["GroupName"], cidrs) == ("default", ["0.0.0.0/0"])
        assert group["IpPermissions"][0]["UserIdGroupPairs"][0]["GroupId"] == network.security_group_id

    def test_a_closed_acl_lets_no_answers_back(self, ec2: Any) -> None:
        network = NODES["acl-closed-1"].network
        assert network is not None
        of_subnet = [{"Name": "association.subnet-id", "Values": [network.subnet_id]}]
        (acl,) = ec2.describe_network_acls(Filters=of_subnet)["NetworkAcls"]
        entries = [
            (e["RuleNumber"], e["Egress"], e["RuleAction"], e["Protocol"], e.get("PortRange")) for e in acl["Entries"]
        ]
        assert not acl["IsDefault"]
        assert entries == [
            (100, True, "allow", "-1", None),
            (100, False, "allow", "6", {"From": 443, "To": 443}),
            (32767, True, "deny", "-1", None),
            (32767, False, "deny", "-1", None),
        ]

    def test_no_way_out(self, ec2: Any) -> None:
        for table in ec2.describe_route_tables(Filters=of_vpc("no-nat-1"))["RouteTables"]:
            assert [route["GatewayId"] for route in table["Routes"]] == ["local"]
        assert ec2.describe_nat_gateways(Filter=of_vpc("no-nat-1"))["NatGateways"] == []
        assert ec2.describe_vpc_endpoints(Filters=of_vpc("no-nat-1"))["VpcEndpoints"] == []

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("no-ssm-endpoint-1", "ssmmessages ec2messages s3 logs kms"),
            ("no-ssmmessages-1", "ssm ec2messages s3 logs kms"),
            ("no-ec2messages-1", "ssm ssmmessages s3 logs kms"),
            ("private-dns-off-1", "ssm ssmmessages ec2messages s3 logs kms"),
            ("isolated-1", "ssm ssmmessages ec2messages"),
        ],
    )
    def test_the_endpoints(self, ec2: Any, name: str, expected: str) -> None:
        found = ec2.describe_vpc_endpoints(Filters=of_vpc(name))["VpcEndpoints"]
        assert [each["ServiceName"] for each in found] == [f"com.amazonaws.eu-west-1.{it}" for it in expected.split()]
        on = name != "private-dns-off-1"
        assert {each["PrivateDnsEnabled"] for each in found if each["VpcEndpointType"] == "Interface"} == {on}

    def test_an_interface_endpoint_has_an_address_in_a_subnet(self, ec2: Any) -> None:
        found = ec2.describe_vpc_endpoints(Filters=of_vpc("isolated-1"))["VpcEndpoints"]
        ids = [interface for each in found for interface in each["NetworkInterfaceIds"]]
        interfaces = ec2.describe_network_interfaces(NetworkInterfaceIds=ids)["NetworkInterfaces"]
        assert [each["NetworkInterfaceId"] for each in interfaces] == ids
        assert [each["PrivateIpAddress"] for each in interfaces] == ["10.111.1.200", "10.111.1.201", "10.111.1.202"]
        assert [each["Groups"] for each in interfaces] == [each["Groups"] for each in found]

    def test_a_gateway_endpoint_has_a_route_of_its_prefix_list(self, ec2: Any) -> None:
        (s3,) = ec2.describe_vpc_endpoints(
            Filters=[*of_vpc("no-ssmmessages-1"), {"Name": "vpc-endpoint-type", "Values": ["Gateway"]}]
        )["VpcEndpoints"]
        (table,) = ec2.describe_route_tables(RouteTableIds=s3["RouteTableIds"])["RouteTables"]
        (route,) = [route for route in table["Routes"] if route.get("GatewayId") == s3["VpcEndpointId"]]
        told = ec2.get_managed_prefix_list_entries(PrefixListId=route["DestinationPrefixListId"])
        assert "52.218.0.0/17" in [entry["Cidr"] for entry in told["Entries"]]

    def test_a_closed_endpoint_group(self, ec2: Any) -> None:
        own = ec2.describe_vpcs(VpcIds=[vpc_id("endpoint-sg-closed-1")])["Vpcs"][0]["CidrBlock"]
        (group,) = ec2.describe_security_groups(
            Filters=[*of_vpc("endpoint-sg-closed-1"), {"Name": "group-name", "Values": ["*-endpoints"]}]
        )["SecurityGroups"]
        (rule,) = group["IpPermissions"]
        assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 443, 443)
        assert not any(ip_network(each["CidrIp"]).overlaps(ip_network(own)) for each in rule["IpRanges"])

    def test_an_endpoint_policy(self, ec2: Any) -> None:
        found = ec2.describe_vpc_endpoints(Filters=of_vpc("endpoint-policy-1"))["VpcEndpoints"]
        closed = [each["ServiceName"] for each in found if '"Action": "*"' not in each["PolicyDocument"]]
        assert closed == ["com.amazonaws.eu-west-1.ssmmessages"]

    @pytest.mark.parametrize(("name", "expected"), [("vpc-dns-off-1", False), ("isolated-1", True), ("web-1", True)])
    def test_dns_attributes(self, ec2: Any, name: str, *, expected: bool) -> None:
        support = ec2.describe_vpc_attribute(VpcId=vpc_id(name), Attribute="enableDnsSupport")
        hostnames = ec2.describe_vpc_attribute(VpcId=vpc_id(name), Attribute="enableDnsHostnames")
        assert support["EnableDnsSupport"] == hostnames["EnableDnsHostnames"] == {"Value": expected}

    @pytest.mark.parametrize(
        ("name", "state", "kind"),
        [
            ("nat-in-private-1", "available", "public"),
            ("private-nat-1", "available", "private"),
            ("nat-failed-1", "failed", "public"),
            ("web-1", "available", "public"),
        ],
    )
    def test_nat_gateways(self, ec2: Any, name: str, state: str, kind: str) -> None:
        (nat,) = ec2.describe_nat_gateways(Filter=of_vpc(name))["NatGateways"]
        assert (nat["State"], nat["ConnectivityType"]) == (state, kind)
        assert ("PublicIp" in nat["NatGatewayAddresses"][0]) == (kind == "public")
        tables = tables_of(ec2, nat["SubnetId"], name)
        public = any(route.get("GatewayId", "").startswith("igw-") for table in tables for route in table["Routes"])
        assert public == (name in {"web-1", "nat-failed-1"})

    def test_a_black_hole(self, ec2: Any) -> None:
        tables = ec2.describe_route_tables(Filters=of_vpc("blackhole-1"))["RouteTables"]
        (lost,) = [route for table in tables for route in table["Routes"] if route["State"] == "blackhole"]
        assert lost["DestinationCidrBlock"] == "0.0.0.0/0"
        with pytest.raises(ClientError, match=rf"\(NatGatewayNotFound\).*NatGateway {lost['NatGatewayId']} was not"):
            ec2.describe_nat_gateways(NatGatewayIds=[lost["NatGatewayId"]])

    def test_a_pending_endpoint(self, ec2: Any) -> None:
        found = ec2.describe_vpc_endpoints(Filters=of_vpc("endpoint-pending-1"))["VpcEndpoints"]
        assert {each["ServiceName"].rpartition(".")[2] for each in found if each["State"] == "pending"} == {"ssm"}

    def test_ipv6(self, ec2: Any) -> None:
        network = NODES["nat64-1"].network
        assert network is not None
        (subnet,) = ec2.describe_subnets(SubnetIds=[network.subnet_id])["Subnets"]
        assert subnet["EnableDns64"]
        assert subnet["Ipv6Native"]
        assert "CidrBlock" not in subnet
        assert [each["Ipv6CidrBlock"] for each in subnet["Ipv6CidrBlockAssociationSet"]] == ["2001:db8:0:1201::/64"]
        tables = ec2.describe_route_tables(Filters=of_vpc("nat64-1"))["RouteTables"]
        six = [r for table in tables for r in table["Routes"] if "DestinationIpv6CidrBlock" in r]
        assert [(r["DestinationIpv6CidrBlock"], r["NatGatewayId"][:4]) for r in six] == [("64:ff9b::/96", "nat-")]
        (instance,) = ec2.describe_instances(InstanceIds=[NODES["nat64-1"].node_id])["Reservations"][0]["Instances"]
        assert "PrivateIpAddress" not in instance
        assert instance["Ipv6Address"] == "2001:db8:0:1201::10"
        assert instance["NetworkInterfaces"][0]["Ipv6Addresses"] == [{"Ipv6Address": "2001:db8:0:1201::10"}]


@pytest.mark.parametrize(("switch", "service"), [("no-s3-endpoint", "s3"), ("no-logs-endpoint", "logs")])
def test_a_switch_takes_an_endpoint_away_where_there_is_no_other_way(
    region: SimulatedRegion, switch: str, service: str
) -> None:
    ec2 = client(region, "ec2")

    def lists_and_services(name: str) -> tuple[set[str], set[str]]:
        routes = [r for t in ec2.describe_route_tables(Filters=of_vpc(name))["RouteTables"] for r in t["Routes"]]
        found = ec2.describe_vpc_endpoints(Filters=of_vpc(name))["VpcEndpoints"]
        lists = {route["DestinationPrefixListId"] for route in routes if "DestinationPrefixListId" in route}
        return lists, {each["ServiceName"].rpartition(".")[2] for each in found}

    main, (lists, services) = lists_and_services("web-1"), lists_and_services("endpoints-elsewhere-1")
    region.faults.apply({"switch": [switch]})
    assert lists_and_services("web-1") == main
    assert lists_and_services("endpoints-elsewhere-1") == (lists if service == "logs" else set(), services - {service})


class TestInstances:
    def test_a_public_one_stands_in_a_public_subnet(self, ec2: Any) -> None:
        (instance,) = ec2.describe_instances(InstanceIds=[NODES["web-3"].node_id])["Reservations"][0]["Instances"]
        assert instance["PublicIpAddress"] == "203.0.113.14"
        (interface,) = instance["NetworkInterfaces"]
        assert interface["Association"]["PublicIp"] == "203.0.113.14"
        assert interface["Attachment"]["DeviceIndex"] == 0
        of_subnet = [{"Name": "association.subnet-id", "Values": [instance["SubnetId"]]}]
        (table,) = ec2.describe_route_tables(Filters=of_subnet)["RouteTables"]
        default = next(route for route in table["Routes"] if route["DestinationCidrBlock"] == "0.0.0.0/0")
        assert default["GatewayId"] == made_up_id("igw", "main")

    def test_the_interface_is_the_same_by_both_calls(self, ec2: Any) -> None:
        node_id = NODES["no-egress-1"].node_id
        (instance,) = ec2.describe_instances(InstanceIds=[node_id])["Reservations"][0]["Instances"]
        by_instance = [{"Name": "attachment.instance-id", "Values": [node_id]}]
        (interface,) = ec2.describe_network_interfaces(Filters=by_instance)["NetworkInterfaces"]
        (attached,) = instance["NetworkInterfaces"]
        for member in ("NetworkInterfaceId", "Groups", "PrivateIpAddress", "SubnetId", "VpcId"):
            assert attached[member] == interface[member]
        assert attached["Groups"] == instance["SecurityGroups"]

    def test_associations(self, ec2: Any) -> None:
        def associations(*names: str) -> list[str]:
            ids = [NODES[name].node_id for name in names]
            found = ec2.describe_iam_instance_profile_associations(Filters=[{"Name": "instance-id", "Values": ids}])
            return [each["IamInstanceProfile"]["Arn"] for each in found["IamInstanceProfileAssociations"]]

        start = "arn:aws:iam::111122223333:instance-profile"
        assert associations("web-1") == [f"{start}/web-instance-profile"]
        assert associations("no-profile-1") == []
        assert associations("api-1", "no-policy-1") == [
            f"{start}/api-instance-profile",
            f"{start}/s3-only-instance-profile",
        ]

    def test_an_association_in_a_large_fleet_is_found_without_going_through_it(self) -> None:
        fleet = demo_fleet(2000)
        node = fleet.node(1500)
        with quiet_region(fleet) as region:
            found = client(region, "ec2").describe_iam_instance_profile_associations(
                Filters=[{"Name": "instance-id", "Values": [node.node_id]}]
            )["IamInstanceProfileAssociations"]
        assert [each["InstanceId"] for each in found] == [node.node_id]


CALLS = {
    "describe_vpcs": ("VpcIds", "vpc-1", "InvalidVpcID.NotFound", "The vpc ID 'vpc-1' does not exist"),
    "describe_subnets": ("SubnetIds", "subnet-1", "InvalidSubnetID.NotFound", "The subnet ID 'subnet-1' does not"),
    "describe_security_groups": ("GroupIds", "sg-1", "InvalidGroup.NotFound", "The security group 'sg-1' does not"),
    "describe_network_acls": ("NetworkAclIds", "acl-1", "InvalidNetworkAclID.NotFound", "The networkAcl ID 'acl-1'"),
    "describe_route_tables": ("RouteTableIds", "rtb-1", "InvalidRouteTableID.NotFound", "The routeTable ID 'rtb-1'"),
    "describe_nat_gateways": ("NatGatewayIds", "nat-1", "NatGatewayNotFound", "NatGateway nat-1 was not found"),
    "describe_vpc_endpoints": (
        "VpcEndpointIds",
        "vpce-1",
        "InvalidVpcEndpointId.NotFound",
        "The Vpc Endpoint Id 'vpce-1' does not exist",
    ),
    "describe_network_interfaces": (
        "NetworkInterfaceIds",
        "eni-1",
        "InvalidNetworkInterfaceID.NotFound",
        "The networkInterface ID 'eni-1' does not exist",
    ),
    "describe_iam_instance_profile_associations": (
        "AssociationIds",
        "iip-assoc-1",
        "InvalidAssociationID.NotFound",
        "The association ID 'iip-assoc-1' does not exist",
    ),
}


class TestEveryListing:
    @pytest.mark.parametrize("call", CALLS)
    def test_one_unknown_id_fails_the_call(self, ec2: Any, call: str) -> None:
        member, unknown, code, words = CALLS[call]
        with pytest.raises(ClientError) as raised:
            getattr(ec2, call)(**{member: [unknown]})
        assert raised.value.response["Error"]["Code"] == code
        assert words in raised.value.response["Error"]["Message"]

    @pytest.mark.parametrize("call", CALLS)
    def test_pages_join_to_the_whole(self, ec2: Any, call: str) -> None:
        pages = list(ec2.get_paginator(call).paginate(PaginationConfig={"PageSize": 5}))
        member = next(name for name, held in pages[0].items() if isinstance(held, list))
        joined = [thing for page in pages for thing in page[member]]
        assert joined == getattr(ec2, call)()[member]
        assert all(0 < len(page[member]) <= 5 for page in pages)

    @pytest.mark.parametrize("call", CALLS)
    def test_another_region_has_none(self, region: SimulatedRegion, call: str) -> None:
        told = getattr(client(region, "ec2", region_name="eu-north-1"), call)()
        assert [held for held in told.values() if isinstance(held, list)] == [[]]

    @pytest.mark.parametrize("call", CALLS)
    def test_an_unknown_filter_is_refused(self, ec2: Any, call: str) -> None:
        member = "Filter" if call == "describe_nat_gateways" else "Filters"
        with pytest.raises(ClientError, match=r"\(InvalidParameterValue\).*The filter 'colour' is invalid"):
            getattr(ec2, call)(**{member: [{"Name": "colour", "Values": ["red"]}]})

    @pytest.mark.parametrize("call", [*CALLS, "describe_vpc_attribute", "get_managed_prefix_list_entries"])
    def test_a_denied_call(self, region: SimulatedRegion, call: str) -> None:
        action = "ec2:" + "".join(word.capitalize() for word in call.split("_"))
        needed = {
            "describe_vpc_attribute": {"VpcId": "vpc-1", "Attribute": "enableDnsSupport"},
            "get_managed_prefix_list_entries": {"PrefixListId": "pl-1"},
        }
        region.faults.apply({"deny": [action]})
        with pytest.raises(ClientError) as raised:
            getattr(client(region, "ec2"), call)(**needed.get(call, {}))
        assert raised.value.response["Error"]["Code"] == "UnauthorizedOperation"
        assert f"is not authorized to perform: {action} on resource" in raised.value.response["Error"]["Message"]

    def test_a_made_up_page_is_refused(self, ec2: Any) -> None:
        with pytest.raises(ClientError, match="InvalidParameterValue"):
            ec2.describe_subnets(NextToken="nonsense")

    @pytest.mark.parametrize(("values", "count"), [(["10.101.1.*"], 1), (["10.10?.1.0/24"], 9), ([], 0)])
    def test_wildcards(self, ec2: Any, values: list[str], count: int) -> None:
        found = ec2.describe_subnets(Filters=[{"Name": "cidr-block", "Values": values}])["Subnets"]
        assert len(found) == count

    def test_tags(self, ec2: Any) -> None:
        (found,) = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["no-nat-1"]}])["Vpcs"]
        assert found["VpcId"] == vpc_id("no-nat-1")

    def test_unknown_vpcs_and_lists(self, ec2: Any) -> None:
        with pytest.raises(ClientError, match=r"\(InvalidVpcID.NotFound\)"):
            ec2.describe_vpc_attribute(VpcId="vpc-1", Attribute="enableDnsSupport")
        with pytest.raises(ClientError, match=r"\(InvalidPrefixListID.NotFound\)"):
            ec2.get_managed_prefix_list_entries(PrefixListId="pl-1")
