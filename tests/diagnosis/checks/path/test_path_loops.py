"""Routes that lead round and round, or to nowhere by several hops."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smtui.diagnosis.check_result import Certainty, CheckResult, CheckStatus
from smtui.diagnosis.checks.path.path_checks import CHECKS
from smtui.diagnosis.evidence.network_facts import NatGateway, Route, RouteTable
from tests.diagnosis import build

DEFAULT = "0.0.0.0/0"
FAIL, UNKNOWN, PASS = CheckStatus.FAIL, CheckStatus.UNKNOWN, CheckStatus.PASS
LOCAL = Route(build.VPC_CIDR, "local")
OTHER = "nat-0aaaaaaaaaaaaaaa2"
FIREWALL = build.endpoint("firewall", kind="GatewayLoadBalancer", subnet_ids=(build.PUBLIC,), private_dns=False)


def route_result(**changes: Any) -> CheckResult:
    check = next(check for check in CHECKS if check.code == "path.route")
    result = check.result(build.healthy(**changes))
    assert result is not None
    return result


def tables(private: str, public: str, *, active: bool = True) -> tuple[RouteTable, ...]:
    """Where the node's subnet and the other one send public addresses."""
    return (
        RouteTable("rtb-private", False, (build.PRIVATE,), (LOCAL, Route(DEFAULT, private))),
        RouteTable("rtb-public", False, (build.PUBLIC,), (LOCAL, Route(DEFAULT, public, active))),
    )


def nat(gateway_id: str = build.NAT, subnet_id: str = build.PUBLIC, **changes: Any) -> NatGateway:
    return replace(NatGateway(gateway_id, "available", subnet_id, public=True), **changes)


@pytest.mark.parametrize(
    ("private", "public", "gateways", "endpoints", "words"),
    [
        (build.NAT, "igw-1", (nat(subnet_id=build.PRIVATE),), (), "that it serves, and its route table rtb-private"),
        (build.NAT, build.NAT, (nat(),), (), f"{build.PUBLIC}, whose route table rtb-public leads back to it"),
        (
            build.NAT,
            OTHER,
            (nat(), nat(OTHER)),
            (),
            f"leads to {OTHER}, which stands in the subnet {build.PUBLIC}, whose route table rtb-public leads back to",
        ),
        (build.NAT, "vpce-firewall", (nat(),), (FIREWALL,), "leads back to it"),
        ("vpce-firewall", "vpce-firewall", (), (FIREWALL,), "leads back to it"),
        ("vpce-firewall", build.NAT, (nat(),), (FIREWALL,), f"leads to {build.NAT}, which"),
        (build.NODE, "igw-1", (), (), f"the instance {build.NODE}, which is the node itself"),
        ("eni-own", "igw-1", (), (), "the network interface eni-own, which is the node itself"),
    ],
    ids=[
        "own subnet",
        "its own",
        "two gateways",
        "by a firewall",
        "firewall",
        "firewall and NAT",
        "the node",
        "its eni",
    ],
)
def test_a_loop_leads_nowhere(
    private: str, public: str, gateways: tuple[NatGateway, ...], endpoints: Any, words: str
) -> None:
    result = route_result(
        route_tables=tables(private, public),
        nat_gateways=gateways,
        vpc_endpoints=endpoints,
        instance=build.instance(interface_id="eni-own"),
    )
    assert (result.status, result.certainty) == (FAIL, Certainty.CERTAIN)
    assert words in result.finding


def test_a_black_hole_behind_the_gateway() -> None:
    result = route_result(route_tables=tables(build.NAT, "igw-gone", active=False))
    assert result.status is FAIL
    assert "igw-gone, which is gone (black hole)" in result.finding


def test_a_private_gateway_leads_to_no_internet_whatever_its_subnet_does() -> None:
    result = route_result(route_tables=tables(build.NAT, "igw-1"), nat_gateways=(nat(public=False),))
    assert result.status is FAIL
    assert "is private" in result.finding


def test_a_peering_leads_to_no_internet_but_perhaps_to_endpoints() -> None:
    result = route_result(route_tables=tables("pcx-1", "igw-1"))
    assert result.status is UNKNOWN
    assert "a peering leads to no internet; 0.0.0.0/0 leads to the VPC peering pcx-1" in result.finding


def test_what_two_hops_make_of_packets_cannot_be_known() -> None:
    result = route_result(route_tables=tables(build.NAT, "vpce-firewall"), vpc_endpoints=(replace(FIREWALL),))
    assert result.status is FAIL, "the firewall's own subnet leads back to it"
    elsewhere = replace(FIREWALL, subnet_ids=("subnet-firewall",))
    firewall = RouteTable("rtb-firewall", False, ("subnet-firewall",), (LOCAL, Route(DEFAULT, "igw-1")))
    result = route_result(route_tables=(*tables(build.NAT, "vpce-firewall"), firewall), vpc_endpoints=(elsewhere,))
    assert result.status is UNKNOWN


@pytest.mark.parametrize(
    ("destinations", "status"),
    [
        (("0.0.0.0/1", "128.0.0.0/1"), PASS),
        (("52.0.0.0/8",), UNKNOWN),
        (("pl-unread",), UNKNOWN),
        (("10.9.0.0/16",), FAIL),
    ],
)
def test_the_gateways_subnet_needs_no_route_named_default(destinations: tuple[str, ...], status: CheckStatus) -> None:
    """Two halves are a default route, too; a part of the addresses is a doubt, not a fault."""
    own, _ = tables(build.NAT, "igw-1")
    out = RouteTable("rtb-public", False, (build.PUBLIC,), (LOCAL, *(Route(one, "igw-1") for one in destinations)))
    result = route_result(route_tables=(own, out), prefix_lists=build.denied("ec2:GetManagedPrefixListEntries"))
    assert result.status is status


@pytest.mark.parametrize("field", ["subnets", "security_groups"])
def test_a_closed_way_is_not_certain_while_something_may_open_another(field: str) -> None:
    """The subnet may be shared, and its owner's endpoints hidden; the group may let out to a proxy alone."""
    closed = {"route_tables": build.route_tables(), "nat_gateways": ()}
    assert route_result(**closed).certainty is Certainty.CERTAIN
    unseen = route_result(**closed, **{field: build.denied("ec2:Describe")})
    assert (unseen.status, unseen.certainty) == (FAIL, Certainty.LIKELY)


def test_another_gateway_that_works_is_the_nearest_fix() -> None:
    public = (RouteTable("rtb-public", False, (build.PUBLIC,), (LOCAL, Route(DEFAULT, "igw-1"))),)
    bare = RouteTable("rtb-private", False, (build.PRIVATE,), (LOCAL,))
    result = route_result(route_tables=(bare, *public), nat_gateways=(nat(),))
    assert (result.values["working_nat"], result.values["table_without_default"]) == (build.NAT, "rtb-private")
    looping = route_result(route_tables=tables(OTHER, "igw-1"), nat_gateways=(nat(OTHER, build.PRIVATE), nat()))
    assert (looping.values["working_nat"], looping.values["table_with_default"]) == (build.NAT, "rtb-private")
    useless = route_result(route_tables=(bare, *public), nat_gateways=(nat(state="failed"), nat(OTHER, public=False)))
    assert "working_nat" not in useless.values
