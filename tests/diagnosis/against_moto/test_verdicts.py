"""The verdicts about networks and roles of an AWS that we did not write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from smtui.aws.places import BotoPlaces
from smtui.diagnosis.check_result import CheckStatus, Diagnosis, Layer
from smtui.diagnosis.evidence.record import Subject
from smtui.domain.place import Place
from smtui.engine.examination import Examination, Sources
from smtui.engine.offloop import OffLoop
from tests.diagnosis.against_moto.world import ANYWHERE, MANAGED_CORE, REGION, World, https
from tests.engine.fakes import FakePlugins

pytestmark = pytest.mark.integration

OF_THE_NODE = (Layer.IDENTITY, Layer.PATH, Layer.HANDSHAKE)


@cache
def sources(url: str) -> Sources:
    places = BotoPlaces.fixed(url, "AKIDEXAMPLE", "an-example-secret", REGION)
    aws = places.evidence_at(Place(region=REGION))
    return Sources(aws, FakePlugins(), OffLoop(40), lambda: datetime.now(UTC), patience=60)


async def examined(world: World, node_id: str) -> Diagnosis:
    return await Examination(Subject(node_id, Place(region=REGION)), sources(world.url)).run()


def bad(diagnosis: Diagnosis) -> dict[str, str]:
    """What is neither well nor beside the point, between the node and Systems Manager."""
    return {
        result.code: str(result.status)
        for result in diagnosis.results
        if result.layer in OF_THE_NODE and result.status not in (CheckStatus.PASS, CheckStatus.SKIPPED)
    }


def fails(diagnosis: Diagnosis) -> list[str]:
    return [result.code for result in diagnosis.results if result.status is CheckStatus.FAIL]


def finding(diagnosis: Diagnosis, code: str) -> str:
    result = diagnosis.result(code)
    assert result is not None
    return result.finding


async def blamed(world: World, node_id: str, code: str) -> Diagnosis:
    """The node is not connected, and this check alone says why."""
    diagnosis = await examined(world, node_id)
    assert bad(diagnosis) == {code: "FAIL"}
    assert fails(diagnosis) == [code]
    assert diagnosis.verdict is not None
    assert diagnosis.verdict.code == code
    return diagnosis


async def test_behind_a_nat_gateway(world: World) -> None:
    private = world.subnet()
    world.route(world.table(private), NatGatewayId=world.nat())
    node = world.node(private, world.group(), profile=world.role(), connected=True)
    diagnosis = await examined(world, node)
    assert bad(diagnosis) == {}
    assert not [code for code in fails(diagnosis) if not code.startswith("local.")]
    assert "nat-" in finding(diagnosis, "path.route")


async def test_behind_a_nat_gateway_that_was_deleted(world: World) -> None:
    private, nat = world.subnet(), world.nat()
    world.route(world.table(private), NatGatewayId=nat)
    world.ec2.delete_nat_gateway(NatGatewayId=nat)
    node = world.node(private, world.group(), profile=world.role())
    diagnosis = await blamed(world, node, "path.route")
    assert nat in finding(diagnosis, "path.route")


async def test_with_a_public_address(world: World) -> None:
    public = world.subnet()
    world.ec2.modify_subnet_attribute(SubnetId=public, MapPublicIpOnLaunch={"Value": True})
    world.route(world.table(public), GatewayId=world.internet_gateway())
    node = world.node(public, world.group(), profile=world.role(), connected=True)
    assert bad(await examined(world, node)) == {}


def endpoint_only(world: World, *, egress: Sequence[dict[str, Any]] | None = None, **more: Any) -> str:
    """A node whose VPC has nothing but the three endpoints."""
    private = world.subnet()
    own = world.group(egress)
    ends = world.group(ingress=[https(UserIdGroupPairs=[{"GroupId": own}])])
    world.endpoints(private, ends, **more)
    return world.node(private, own, profile=world.role())


async def test_with_only_endpoints(world: World) -> None:
    private = world.subnet()
    ends = world.group(ingress=[https(IpRanges=[{"CidrIp": "10.0.0.0/16"}])])
    own = world.group([https(UserIdGroupPairs=[{"GroupId": ends}])])
    world.endpoints(private, ends)
    node = world.node(private, own, profile=world.role(), connected=True)
    diagnosis = await examined(world, node)
    assert bad(diagnosis) == {}
    assert finding(diagnosis, "path.endpoint_ssmmessages").startswith("The endpoint vpce-")


async def test_with_neither(world: World) -> None:
    private = world.subnet()
    world.table(private)
    node = world.node(private, world.group(), profile=world.role())
    await blamed(world, node, "path.route")


@pytest.mark.parametrize("missing", ["ssm", "ssmmessages"])
async def test_an_endpoint_missing(world: World, missing: str) -> None:
    services = [service for service in ("ssm", "ssmmessages", "ec2messages") if service != missing]
    node = endpoint_only(world, services=services)
    diagnosis = await blamed(world, node, f"path.endpoint_{missing}")
    result = diagnosis.result(f"path.endpoint_{missing}")
    assert result is not None
    assert result.values["endpoint_service"] == f"com.amazonaws.{REGION}.{missing}"


async def test_ec2messages_missing_and_the_agents_version_unknown(world: World) -> None:
    node = endpoint_only(world, services=["ssm", "ssmmessages"])
    diagnosis = await examined(world, node)
    assert bad(diagnosis) == {"path.endpoint_ec2messages": "WARN"}
    assert diagnosis.verdict is not None
    assert "(likely)" in diagnosis.verdict.sentence


async def test_private_dns_off(world: World) -> None:
    await blamed(world, endpoint_only(world, PrivateDnsEnabled=False), "path.private_dns")


async def test_an_endpoints_policy_that_denies(world: World) -> None:
    policy = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}]}'
    await blamed(world, endpoint_only(world, PolicyDocument=policy), "path.endpoint_policy")


async def test_the_vpcs_dns_off(world: World) -> None:
    node = endpoint_only(world)
    world.ec2.modify_vpc_attribute(VpcId=world.vpc, EnableDnsSupport={"Value": False})
    await blamed(world, node, "path.vpc_dns")


async def test_the_main_route_table_used_implicitly(world: World) -> None:
    world.route(world.main_table, NatGatewayId=world.nat())
    world.table(world.subnet())
    node = world.node(world.subnet(), world.group(), profile=world.role(), connected=True)
    diagnosis = await examined(world, node)
    assert bad(diagnosis) == {}
    result = diagnosis.result("path.route")
    assert result is not None
    assert world.main_table in " ".join(result.evidence)


async def test_an_explicit_table_beats_the_main_one(world: World) -> None:
    world.route(world.main_table, NatGatewayId=world.nat())
    private = world.subnet()
    world.table(private)
    node = world.node(private, world.group(), profile=world.role())
    await blamed(world, node, "path.route")


async def test_egress_by_prefix_list(world: World) -> None:
    world.route(world.main_table, NatGatewayId=world.nat())
    halves = world.prefix_list("0.0.0.0/1", "128.0.0.0/1")
    good = world.group([https(PrefixListIds=[{"PrefixListId": halves}])])
    node = world.node(world.subnet(), good, profile=world.role(), connected=True)
    assert bad(await examined(world, node)) == {}
    private_only = world.prefix_list("10.0.0.0/8")
    wrong = world.group([https(PrefixListIds=[{"PrefixListId": private_only}])])
    node = world.node(world.subnet(), wrong, profile=world.role())
    await blamed(world, node, "path.security_group")


async def test_a_route_by_prefix_list(world: World) -> None:
    private = world.subnet()
    world.route(world.table(private), world.prefix_list("0.0.0.0/0"), NatGatewayId=world.nat())
    node = world.node(private, world.group(), profile=world.role(), connected=True)
    assert bad(await examined(world, node)) == {}


async def test_ipv6_only(world: World) -> None:
    """Out over IPv6 alone: it depends on the agent's own setting, so it is a warning and no failure."""
    subnet = world.ipv6_subnet()
    gateway = world.egress_only_gateway()
    world.route(world.table(subnet), "::/0", EgressOnlyInternetGatewayId=gateway)
    world.allow_ipv6(subnet)
    node = world.node(subnet, world.group(), profile=world.role(), Ipv6AddressCount=1)
    diagnosis = await examined(world, node)
    assert bad(diagnosis) == {"path.route": "WARN"}
    assert gateway in finding(diagnosis, "path.route")


async def test_endpoints_in_another_subnet(world: World) -> None:
    there, here = world.subnet(), world.subnet()
    own = world.group()
    ends = world.group(ingress=[https(UserIdGroupPairs=[{"GroupId": own}])])
    world.endpoints(there, ends)
    node = world.node(here, own, profile=world.role(), connected=True)
    assert bad(await examined(world, node)) == {}


async def test_the_acl_of_the_endpoints_subnet(world: World) -> None:
    there, here = world.subnet(), world.subnet()
    own = world.group()
    world.endpoints(there, world.group(ingress=[https(UserIdGroupPairs=[{"GroupId": own}])]))
    shut = closed_acl(world, there)
    node = world.node(here, own, profile=world.role())
    diagnosis = await blamed(world, node, "path.network_acl")
    assert shut in finding(diagnosis, "path.network_acl")


def closed_acl(world: World, subnet: str) -> str:
    """An ACL without rules refuses everything."""
    of_subnet = [{"Name": "association.subnet-id", "Values": [subnet]}]
    before = world.ec2.describe_network_acls(Filters=of_subnet)["NetworkAcls"][0]
    association = next(one for one in before["Associations"] if one["SubnetId"] == subnet)
    shut: str = world.ec2.create_network_acl(VpcId=world.vpc)["NetworkAcl"]["NetworkAclId"]
    world.ec2.replace_network_acl_association(AssociationId=association["NetworkAclAssociationId"], NetworkAclId=shut)
    return shut


async def test_a_network_acl_that_lets_no_answers_in(world: World) -> None:
    private = world.subnet()
    world.route(world.table(private), NatGatewayId=world.nat())
    acl = closed_acl(world, private)
    everywhere = {"NetworkAclId": acl, "CidrBlock": "0.0.0.0/0", "Protocol": "6", "RuleAction": "allow"}
    https_only = {"From": 443, "To": 443}
    world.ec2.create_network_acl_entry(**everywhere, RuleNumber=100, Egress=True, PortRange=https_only)
    world.ec2.create_network_acl_entry(**everywhere, RuleNumber=100, Egress=False, PortRange=https_only)
    node = world.node(private, world.group(), profile=world.role())
    diagnosis = await blamed(world, node, "path.network_acl")
    assert "answers" in finding(diagnosis, "path.network_acl")
    answers = {"From": 1024, "To": 65535}
    world.ec2.create_network_acl_entry(**everywhere, RuleNumber=110, Egress=False, PortRange=answers)
    assert bad(await examined(world, node)) == {}


@pytest.mark.parametrize(
    "ingress",
    [[], [https(IpRanges=[{"CidrIp": "10.9.0.0/16"}])], [{**https(IpRanges=ANYWHERE), "ToPort": 442, "FromPort": 80}]],
)
async def test_a_closed_endpoint_group(world: World, ingress: list[dict[str, Any]]) -> None:
    private = world.subnet()
    shut = world.group(ingress=ingress)
    world.endpoints(private, shut)
    node = world.node(private, world.group(), profile=world.role())
    diagnosis = await blamed(world, node, "path.endpoint_security_group")
    result = diagnosis.result("path.endpoint_security_group")
    assert result is not None
    assert result.values["endpoint_security_group"] == shut


async def test_no_egress_at_all(world: World) -> None:
    world.route(world.main_table, NatGatewayId=world.nat())
    node = world.node(world.subnet(), world.group([]), profile=world.role())
    await blamed(world, node, "path.security_group")


# identity, where the way is open


def behind_nat(world: World, profile: str, *, connected: bool = False) -> str:
    world.route(world.main_table, NatGatewayId=world.nat())
    return world.node(world.subnet(), world.group(), profile=profile, connected=connected)


ALLOW_ALL_THREE = {
    "Effect": "Allow",
    "Action": ["ssm:*", "ssmmessages:*", "ec2messages:*"],
    "Resource": "*",
}


async def test_a_customer_policy_instead_of_the_managed_one(world: World) -> None:
    profile = world.role([world.customer_policy(ALLOW_ALL_THREE)])
    assert bad(await examined(world, behind_nat(world, profile, connected=True))) == {}


async def test_an_inline_policy_instead_of_the_managed_one(world: World) -> None:
    inline = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
    assert bad(await examined(world, behind_nat(world, world.role([], inline), connected=True))) == {}


async def test_an_explicit_deny_beside_the_managed_policy(world: World) -> None:
    deny = world.customer_policy({"Effect": "Deny", "Action": "ssmmessages:*", "Resource": "*"})
    node = behind_nat(world, world.role([MANAGED_CORE, deny]))
    diagnosis = await blamed(world, node, "identity.policy")
    assert "ssmmessages:" in finding(diagnosis, "identity.policy")


async def test_a_role_without_permissions(world: World) -> None:
    await blamed(world, behind_nat(world, world.role([])), "identity.policy")


async def test_a_role_that_trusts_another_service(world: World) -> None:
    await blamed(world, behind_nat(world, world.role(trust="lambda.amazonaws.com")), "identity.trust")


async def test_no_instance_profile(world: World) -> None:
    await blamed(world, behind_nat(world, ""), "identity.instance_profile")


async def test_a_terminated_instance_has_no_path(world: World) -> None:
    node = behind_nat(world, world.role())
    world.ec2.terminate_instances(InstanceIds=[node])
    diagnosis = await examined(world, node)
    path = [result for result in diagnosis.results if result.layer is Layer.PATH]
    assert {result.status for result in path} == {CheckStatus.SKIPPED}


async def test_an_id_that_ec2_does_not_know(world: World) -> None:
    diagnosis = await examined(world, "i-0ffffffffffffffff")
    path = [result for result in diagnosis.results if result.layer is Layer.PATH]
    assert {result.status for result in path} == {CheckStatus.SKIPPED}


async def test_a_peering_may_lead_to_endpoints(world: World) -> None:
    hub = world.ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    peering = world.ec2.create_vpc_peering_connection(VpcId=world.vpc, PeerVpcId=hub)["VpcPeeringConnection"]
    peering_id = peering["VpcPeeringConnectionId"]
    private = world.subnet()
    world.route(world.table(private), "10.99.0.0/16", VpcPeeringConnectionId=peering_id)
    cut_off = await examined(world, world.node(private, world.group(), profile=world.role()))
    assert bad(cut_off) == {"path.route": "UNKNOWN"}
    assert peering_id in finding(cut_off, "path.route")
    assert bad(await examined(world, world.node(private, world.group(), profile=world.role(), connected=True))) == {}


async def test_a_second_interface_may_be_the_way(world: World) -> None:
    private, behind_nat = world.subnet(), world.subnet()
    world.table(private)
    world.route(world.table(behind_nat), NatGatewayId=world.nat())
    group = world.group()
    node = world.node(private, group, profile=world.role())
    await blamed(world, node, "path.route")
    made = world.ec2.create_network_interface(SubnetId=behind_nat, Groups=[group])["NetworkInterface"]
    face = made["NetworkInterfaceId"]
    world.ec2.attach_network_interface(NetworkInterfaceId=face, InstanceId=node, DeviceIndex=1)
    diagnosis = await examined(world, node)
    assert bad(diagnosis) == {"path.route": "WARN"}
    assert face in finding(diagnosis, "path.route")
