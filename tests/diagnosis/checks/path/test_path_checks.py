"""The path of a packet, broken in one place after the other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from smtui.diagnosis.check_result import CheckResult, CheckStatus
from smtui.diagnosis.checks.path.path_checks import CHECKS
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
)
from smtui.diagnosis.evidence.node_facts import NetworkInterface
from smtui.diagnosis.evidence.reading import Seen
from smtui.diagnosis.evidence.record import Evidence, Subject
from smtui.domain.place import Place
from tests.diagnosis import build

PASS, WARN, FAIL, UNKNOWN, SKIPPED = CheckStatus
DEFAULT = "0.0.0.0/0"
OTHER_SUBNET = "subnet-0aaaaaaaaaaaaaaa3"
OLD = build.managed(agent_version="3.2.2303.0")
NEW = build.managed(agent_version="3.3.40.0")


def results(evidence: Evidence) -> dict[str, CheckResult]:
    found = {check.code: check.result(evidence) for check in CHECKS}
    return {code.partition(".")[2]: result for code, result in found.items() if result is not None}


def troubles(evidence: Evidence) -> dict[str, CheckStatus]:
    """All that is neither well nor beside the point."""
    return {name: one.status for name, one in results(evidence).items() if one.status not in (PASS, SKIPPED)}


def lets_out(*rules: GroupRule) -> SecurityGroup:
    return build.group(egress=rules)


def https(*cidrs: str, **ends: Any) -> GroupRule:
    return GroupRule("tcp", 443, 443, cidrs=cidrs, **ends)


def groups(*egress: GroupRule) -> tuple[SecurityGroup, ...]:
    return (lets_out(*egress), build.endpoint_group())


def acl_of(*entries: AclEntry, subnet_ids: tuple[str, ...] = (build.PRIVATE,), acl_id: str = "acl-own") -> NetworkAcl:
    return NetworkAcl(acl_id, subnet_ids, entries)


def rule(
    number: int, *, egress: bool, cidr: str = DEFAULT, ports: tuple[int, int] | None = None, **more: Any
) -> AclEntry:
    first, last = ports or (None, None)
    allow = more.get("allow", True)
    return AclEntry(number, allow, egress, "tcp" if ports else "-1", cidr, first, last)


HTTPS_OUT = rule(100, egress=True, ports=(443, 443))
BACK_IN = rule(100, egress=False, ports=(1024, 65535))
OPEN_ELSEWHERE = NetworkAcl("acl-open", (build.PUBLIC, OTHER_SUBNET), build.acl().entries)


def test_all_codes_of_the_layer_are_there() -> None:
    assert [check.code for check in CHECKS] == [
        f"path.{name}"
        for name in (
            *("security_group", "network_acl", "route", "endpoint_ssm", "endpoint_ssmmessages"),
            *("endpoint_ec2messages", "private_dns", "endpoint_security_group", "endpoint_policy", "vpc_dns"),
        )
    ]


@pytest.mark.parametrize("evidence", [build.healthy(), build.isolated(), build.hybrid(), build.host_managed()])
def test_a_healthy_node_passes(evidence: Evidence) -> None:
    assert troubles(evidence) == {}


def test_a_hybrid_node_has_no_path_of_ours() -> None:
    assert {result.status for result in results(build.hybrid()).values()} == {SKIPPED}


# security group


@pytest.mark.parametrize(
    "egress",
    [
        (https(DEFAULT),),
        (https("0.0.0.0/1", "128.0.0.0/1"),),
        (GroupRule("tcp", 0, 65535, cidrs=(DEFAULT,)),),
        (https(prefix_list_ids=("pl-all",)),),
    ],
)
def test_egress_to_the_internet(egress: tuple[GroupRule, ...]) -> None:
    evidence = build.healthy(security_groups=(lets_out(*egress),), prefix_lists=(PrefixList("pl-all", (DEFAULT,)),))
    assert results(evidence)["security_group"].status is PASS


@pytest.mark.parametrize(
    ("egress", "status"),
    [
        ((), FAIL),
        ((GroupRule("tcp", 80, 80, cidrs=(DEFAULT,)),), FAIL),
        ((GroupRule("udp", 443, 443, cidrs=(DEFAULT,)),), FAIL),
        ((https("10.0.0.0/8"),), FAIL),
        ((https("::/0"),), FAIL),
        ((https(group_ids=("sg-db",)),), FAIL),
        ((https("52.94.0.0/16"),), WARN),
        ((https(prefix_list_ids=("pl-some",)),), WARN),
    ],
)
def test_egress_that_is_not_enough_for_the_internet(egress: Any, status: CheckStatus) -> None:
    lists = (PrefixList("pl-some", ("52.94.0.0/16",)),)
    evidence = build.healthy(security_groups=(lets_out(*egress),), prefix_lists=lists)
    assert troubles(evidence) == {"security_group": status}
    result = results(evidence)["security_group"]
    assert result.topic == "security-group-egress"
    assert result.values["security_group"] == build.GROUP
    assert build.GROUP in result.finding


def test_several_groups_add_up() -> None:
    second = build.group("sg-second", egress=(https(DEFAULT),))
    evidence = build.healthy(
        instance=build.instance(group_ids=(build.GROUP, "sg-second")), security_groups=(lets_out(), second)
    )
    assert troubles(evidence) == {}
    alone = build.healthy(security_groups=(lets_out(), second))
    assert troubles(alone) == {"security_group": FAIL}


@pytest.mark.parametrize(
    "egress",
    [
        https(group_ids=(build.ENDPOINT_GROUP,)),
        https("10.0.1.100/32", "10.0.1.101/32"),
        https("10.0.1.0/24"),
        https(prefix_list_ids=("pl-own",)),
    ],
)
def test_egress_to_the_endpoints_is_enough_where_they_are_the_way(egress: GroupRule) -> None:
    lists = (PrefixList("pl-own", ("10.0.0.0/16",)),)
    assert troubles(build.isolated(security_groups=groups(egress), prefix_lists=lists)) == {}


@pytest.mark.parametrize(
    ("egress", "status"),
    [
        (https("10.0.1.100/32"), FAIL),
        (https("10.9.0.0/16"), FAIL),
        (https(group_ids=("sg-db",)), FAIL),
        (https("52.0.0.0/8"), FAIL),
    ],
)
def test_egress_that_misses_an_endpoint(egress: GroupRule, status: CheckStatus) -> None:
    assert troubles(build.isolated(security_groups=groups(egress))) == {"security_group": status}


def test_a_missing_endpoint_is_not_blamed_on_the_group() -> None:
    evidence = build.isolated(
        vpc_endpoints=build.endpoints("ssm", "ec2messages"), security_groups=groups(https("10.0.0.0/16"))
    )
    assert troubles(evidence) == {"endpoint_ssmmessages": FAIL}


def test_an_endpoint_with_two_addresses_of_which_one_is_let_out_to() -> None:
    faces = {"eni-ssm": ("10.0.1.100", "10.0.2.100"), "eni-ssmmessages": ("10.0.1.101",)}
    evidence = build.isolated(security_groups=groups(https("10.0.1.0/24")), interface_addresses=faces)
    assert troubles(evidence) == {"security_group": WARN}


def test_the_subnets_stand_in_for_addresses_that_were_not_reported() -> None:
    evidence = build.isolated(security_groups=groups(https("10.0.1.0/24")), interface_addresses={})
    assert troubles(evidence) == {}
    unread = replace(evidence, interface_addresses=build.denied("ec2:DescribeNetworkInterfaces"))
    assert troubles(unread) == {}


def test_with_endpoints_and_a_nat_gateway_the_private_names_decide() -> None:
    behind_nat = build.healthy(
        vpc_endpoints=build.endpoints(), security_groups=groups(https("10.0.0.0/16")), interface_addresses={}
    )
    assert troubles(behind_nat) == {}
    nameless = tuple(replace(one, private_dns=False) for one in build.endpoints())
    assert troubles(replace(behind_nat, vpc_endpoints=Seen(nameless))) == {"security_group": FAIL}


# network ACL


@pytest.mark.parametrize(
    ("entries", "status"),
    [
        ((HTTPS_OUT, BACK_IN), None),
        ((HTTPS_OUT, rule(1, egress=False, ports=(32768, 60999))), None),
        ((), FAIL),
        ((HTTPS_OUT,), FAIL),
        ((BACK_IN,), FAIL),
        ((rule(99, egress=True, ports=(443, 443), allow=False), HTTPS_OUT, BACK_IN), FAIL),
        ((HTTPS_OUT, BACK_IN, rule(99, egress=False, ports=(1024, 65535), allow=False)), FAIL),
        ((HTTPS_OUT, BACK_IN, rule(101, egress=False, allow=False)), None),
        ((HTTPS_OUT, rule(1, egress=False, ports=(1024, 32000))), FAIL),
        ((HTTPS_OUT, rule(1, egress=False, ports=(1024, 50000))), WARN),
        ((rule(1, egress=True, cidr="52.0.0.0/8", ports=(443, 443)), BACK_IN), WARN),
        ((rule(1, egress=True, cidr="10.0.0.0/8", ports=(443, 443)), BACK_IN), FAIL),
        ((rule(1, egress=True, cidr="10.0.0.0/8", allow=False), HTTPS_OUT, BACK_IN), None),
        ((rule(1, egress=False, cidr="198.51.100.0/24", allow=False), HTTPS_OUT, BACK_IN), None),
    ],
)
def test_network_acl_towards_the_internet(entries: tuple[AclEntry, ...], status: CheckStatus | None) -> None:
    evidence = build.healthy(network_acls=(acl_of(*entries), OPEN_ELSEWHERE))
    assert troubles(evidence) == ({"network_acl": status} if status else {})
    if status:
        assert results(evidence)["network_acl"].values == {"network_acl": "acl-own"}
        assert results(evidence)["network_acl"].topic == "network-acl"


def test_windows_answers_come_back_to_its_own_ports() -> None:
    only_windows = acl_of(HTTPS_OUT, rule(1, egress=False, ports=(49152, 65535)))
    evidence = build.healthy(network_acls=(only_windows, OPEN_ELSEWHERE))
    assert troubles(evidence) == {"network_acl": WARN}
    assert troubles(replace(evidence, instance=Seen(build.instance(platform="windows")))) == {}


def test_a_packet_inside_its_subnet_passes_no_acl() -> None:
    assert troubles(build.isolated(network_acls=(acl_of(), OPEN_ELSEWHERE))) == {}


def elsewhere(*subnet_ids: str) -> Evidence:
    """The three endpoints in other subnets than the node's."""
    found = tuple(replace(one, subnet_ids=subnet_ids or (OTHER_SUBNET,)) for one in build.endpoints())
    subnets = (*build.subnets(), Subnet(OTHER_SUBNET, "10.0.3.0/24"))
    return build.isolated(
        vpc_endpoints=found, subnets=subnets, network_acls=(acl_of(HTTPS_OUT, BACK_IN), OPEN_ELSEWHERE)
    )


def test_endpoints_in_another_subnet() -> None:
    assert troubles(elsewhere()) == {}


@pytest.mark.parametrize(
    ("own", "far", "status", "acl_id"),
    [
        ((rule(1, egress=True, cidr="10.0.3.0/24", ports=(443, 443)), BACK_IN), None, None, ""),
        ((rule(1, egress=True, cidr="52.0.0.0/8", ports=(443, 443)), BACK_IN), None, FAIL, "acl-own"),
        ((HTTPS_OUT, rule(1, egress=False, cidr="52.0.0.0/8", ports=(1024, 65535))), None, FAIL, "acl-own"),
        ((HTTPS_OUT, BACK_IN), (), FAIL, "acl-far"),
        ((HTTPS_OUT, BACK_IN), (rule(1, egress=False, ports=(443, 443)),), FAIL, "acl-far"),
        (
            (HTTPS_OUT, BACK_IN),
            (rule(1, egress=False, cidr="10.0.1.0/24", ports=(443, 443)), rule(1, egress=True, ports=(1024, 65535))),
            None,
            "",
        ),
        (
            (HTTPS_OUT, BACK_IN),
            (rule(1, egress=False, ports=(443, 443)), rule(1, egress=True, ports=(1024, 50000))),
            WARN,
            "acl-far",
        ),
    ],
)
def test_both_edges_between_the_node_and_its_endpoints(own: Any, far: Any, status: Any, acl_id: str) -> None:
    acls = [acl_of(*own), OPEN_ELSEWHERE]
    if far is not None:
        acls[1:] = [acl_of(*far, subnet_ids=(OTHER_SUBNET,), acl_id="acl-far")]
    evidence = replace(elsewhere(), network_acls=Seen(tuple(acls)))
    assert troubles(evidence) == ({"network_acl": status} if status else {})
    if status:
        assert results(evidence)["network_acl"].values == {"network_acl": acl_id}


def test_one_of_two_subnets_closed_is_a_doubt() -> None:
    two = replace(elsewhere(build.PUBLIC, OTHER_SUBNET))
    closed = acl_of(subnet_ids=(OTHER_SUBNET,), acl_id="acl-far")
    acls = (acl_of(HTTPS_OUT, BACK_IN), closed, NetworkAcl("acl-open", (build.PUBLIC,), build.acl().entries))
    assert troubles(replace(two, network_acls=Seen(acls))) == {"network_acl": WARN}


@pytest.mark.parametrize("left_out", range(4))
def test_each_crossing_of_the_nat_gateways_edge(left_out: int) -> None:
    needed = [
        rule(1, egress=False, cidr="10.0.1.0/24", ports=(443, 443)),
        rule(2, egress=True, cidr="10.0.1.0/24", ports=(1024, 65535)),
        *(
            rule(3 + at, egress=True, cidr=half, ports=(443, 443))
            for at, half in enumerate(("0.0.0.0/1", "128.0.0.0/1"))
        ),
        rule(6, egress=False, cidr=DEFAULT, ports=(1024, 65535)),
    ]
    crossings = [needed[:1], needed[1:2], needed[2:4], needed[4:]]
    own = acl_of(HTTPS_OUT, BACK_IN)
    whole = acl_of(*needed, subnet_ids=(build.PUBLIC,), acl_id="acl-nat")
    assert troubles(build.healthy(network_acls=(own, whole))) == {}
    rest = [entry for at, crossing in enumerate(crossings) if at != left_out for entry in crossing]
    less = acl_of(*rest, subnet_ids=(build.PUBLIC,), acl_id="acl-nat")
    assert troubles(build.healthy(network_acls=(own, less))) == {"network_acl": FAIL}


def test_the_edge_of_the_nat_gateways_subnet() -> None:
    closed = acl_of(subnet_ids=(build.PUBLIC,), acl_id="acl-nat")
    evidence = build.healthy(network_acls=(acl_of(HTTPS_OUT, BACK_IN), closed))
    assert troubles(evidence) == {"network_acl": FAIL}
    assert results(evidence)["network_acl"].values == {"network_acl": "acl-nat"}


def test_a_subnet_without_an_acl_cannot_be_judged() -> None:
    assert troubles(build.healthy(network_acls=())) == {"network_acl": UNKNOWN}


# route


def in_public(**changes: Any) -> Evidence:
    return build.healthy(instance=build.instance(subnet_id=build.PUBLIC, **changes))


def test_internet_gateway_needs_a_public_address() -> None:
    assert troubles(in_public(public_ip="198.51.100.7")) == {}
    assert troubles(in_public()) == {"route": FAIL}
    assert "no public IPv4 address" in results(in_public())["route"].finding


def test_the_main_table_counts_where_none_is_named() -> None:
    main = RouteTable("rtb-main", True, (), (Route("10.0.0.0/16", "local"), Route(DEFAULT, build.GATEWAY)))
    other = RouteTable("rtb-other", False, ("subnet-x",), ())
    evidence = build.healthy(route_tables=(other, main), instance=build.instance(public_ip="198.51.100.7"))
    assert troubles(evidence) == {}
    named = RouteTable("rtb-own", False, (build.PRIVATE,), ())
    assert troubles(replace(evidence, route_tables=Seen((other, main, named)))) == {"route": FAIL}


@pytest.mark.parametrize(
    ("route", "gateway", "status"),
    [
        (Route(DEFAULT, build.NAT), NatGateway(build.NAT, "available", build.PUBLIC, True), None),
        (Route(DEFAULT, build.NAT), NatGateway(build.NAT, "Available", build.PUBLIC, True), None),
        (Route(DEFAULT, build.NAT), NatGateway(build.NAT, "available", "", True), None),
        (Route(DEFAULT, build.NAT), NatGateway(build.NAT, "deleted", build.PUBLIC, True), FAIL),
        (Route(DEFAULT, build.NAT), NatGateway(build.NAT, "failed", build.PUBLIC, True), FAIL),
        (Route(DEFAULT, build.NAT), NatGateway("nat-other", "available", build.PUBLIC, True), UNKNOWN),
        (Route(DEFAULT, build.NAT), NatGateway(build.NAT, "available", build.PUBLIC, False), FAIL),
        (Route(DEFAULT, build.NAT), NatGateway(build.NAT, "available", build.PRIVATE, True), FAIL),
        (Route(DEFAULT, build.NAT), NatGateway(build.NAT, "available", "subnet-main", True), FAIL),
        (Route(DEFAULT, build.NAT, active=False), NatGateway(build.NAT, "available", build.PUBLIC, True), FAIL),
        (Route("0.0.0.0/1", build.NAT), NatGateway(build.NAT, "available", build.PUBLIC, True), None),
        (Route("52.0.0.0/8", build.NAT), NatGateway(build.NAT, "available", build.PUBLIC, True), UNKNOWN),
        (Route("10.0.0.0/8", build.NAT), NatGateway(build.NAT, "available", build.PUBLIC, True), FAIL),
        (Route("::/0", build.NAT), NatGateway(build.NAT, "available", build.PUBLIC, True), FAIL),
    ],
)
def test_nat_gateway(route: Route, gateway: NatGateway, status: CheckStatus | None) -> None:
    evidence = build.healthy(route_tables=build.route_tables(route), nat_gateways=(gateway,))
    assert troubles(evidence) == ({"route": status} if status else {})


@pytest.mark.parametrize("target", ["tgw-1", "pcx-1", "vgw-1", "eni-1", "i-1", "vpce-firewall", "lgw-1", "acme-1"])
def test_what_lies_beyond_cannot_be_seen(target: str) -> None:
    evidence = build.healthy(route_tables=build.route_tables(Route(DEFAULT, target)))
    assert troubles(evidence) == {"route": UNKNOWN}
    assert target in results(evidence)["route"].finding
    served = build.isolated(route_tables=build.route_tables(Route(DEFAULT, target)))
    assert troubles(served) == {}


@pytest.mark.parametrize("target", ["tgw-1", "pcx-1", "vgw-1", "eni-1", "arn:aws:networkmanager::1:core-network/c-1"])
def test_a_hub_may_have_the_endpoints(target: str) -> None:
    """Its endpoints' names come to the VPC by a private hosted zone, which EC2 tells nothing of."""
    tables = build.route_tables(Route("10.0.0.0/8", target))
    evidence = build.healthy(route_tables=tables, nat_gateways=())
    assert troubles(evidence) == {"route": UNKNOWN}
    finding = results(evidence)["route"].finding
    assert "10.0.0.0/8" in finding
    assert target in finding
    to_the_hub = lets_out(https("10.0.0.0/8"))
    assert troubles(replace(evidence, security_groups=Seen((to_the_hub,))))["security_group"] is UNKNOWN
    to_nowhere = lets_out(GroupRule("udp", 53, 53, cidrs=(DEFAULT,)))
    assert troubles(replace(evidence, security_groups=Seen((to_nowhere,))))["security_group"] is FAIL
    inside = build.route_tables(Route("10.0.2.0/24", target))
    assert troubles(replace(evidence, route_tables=Seen(inside))) == {"route": FAIL}
    gone = build.route_tables(Route("10.0.0.0/8", target, active=False))
    assert troubles(replace(evidence, route_tables=Seen(gone))) == {"route": FAIL}
    partly = build.isolated(route_tables=tables, vpc_endpoints=build.endpoints("ssm", "ec2messages"))
    assert troubles(partly)["endpoint_ssmmessages"] is UNKNOWN


def test_an_acl_that_lets_the_node_reach_a_hub() -> None:
    tables = build.route_tables(Route(DEFAULT, "tgw-1"))
    private = rule(100, egress=True, cidr="10.0.0.0/8", ports=(443, 443))
    evidence = build.healthy(route_tables=tables, network_acls=(acl_of(private, BACK_IN),))
    assert troubles(evidence) == {"route": UNKNOWN, "network_acl": UNKNOWN}
    shut = build.healthy(route_tables=tables, network_acls=(acl_of(BACK_IN),))
    assert troubles(shut) == {"route": UNKNOWN, "network_acl": FAIL}


def test_an_acl_that_shuts_out_the_endpoints_is_shut_whatever_lies_beyond() -> None:
    private = rule(100, egress=True, cidr="10.9.0.0/16", ports=(443, 443))
    shut = replace(elsewhere(), network_acls=Seen((acl_of(private, BACK_IN), OPEN_ELSEWHERE)))
    beyond = replace(shut, route_tables=Seen(build.route_tables(Route(DEFAULT, "tgw-1"))))
    assert troubles(beyond) == {"network_acl": FAIL}


def test_a_gateway_whose_subnet_has_no_table_that_is_shown() -> None:
    own = RouteTable("rtb-own", False, (build.PRIVATE,), (Route(DEFAULT, build.NAT),))
    evidence = build.healthy(route_tables=(own,))
    assert troubles(evidence) == {"route": UNKNOWN}
    assert "of which EC2 shows no route table" in results(evidence)["route"].finding


def test_a_shared_subnet_hides_what_its_owner_has() -> None:
    """The participant sees the route table of the subnet, but neither the NAT gateways nor the endpoints."""
    of_another = tuple(replace(subnet, owner="999988887777") for subnet in build.subnets())
    node = build.instance(owner=build.ACCOUNT)
    no_way: dict[str, Any] = {"route_tables": build.route_tables(), "nat_gateways": ()}
    shared = build.healthy(instance=node, subnets=of_another, **no_way)
    assert troubles(shared) == {"route": UNKNOWN}
    assert "999988887777" in results(shared)["route"].finding
    own = tuple(replace(subnet, owner=build.ACCOUNT) for subnet in build.subnets())
    assert troubles(build.healthy(instance=node, subnets=own, **no_way)) == {"route": FAIL}
    unseen_nat = build.healthy(instance=node, subnets=of_another, nat_gateways=())
    assert troubles(unseen_nat) == {"route": UNKNOWN}


@pytest.mark.parametrize("readings", ["route_tables", "network_acls", "subnets"])
def test_what_is_not_shown_is_not_broken(readings: str) -> None:
    found = troubles(build.healthy(**{readings: ()}))
    assert FAIL not in found.values()
    assert FAIL not in troubles(build.isolated(**{readings: ()})).values()


@pytest.mark.parametrize("state", ["pending", "stopped"])
def test_a_machine_that_does_not_run_may_get_a_public_address(state: str) -> None:
    assert troubles(in_public(state=state)) == {}
    assert results(in_public(state=state))["route"].status is SKIPPED
    assert "once it runs" in results(in_public(state=state))["route"].finding


@pytest.mark.parametrize(
    ("mode", "by_address", "by_nat"),
    [("off", None, None), ("block-ingress", UNKNOWN, None), ("block-bidirectional", UNKNOWN, UNKNOWN)],
)
def test_public_access_that_is_blocked(mode: str, by_address: CheckStatus | None, by_nat: CheckStatus | None) -> None:
    blocked = tuple(replace(subnet, blocked=mode) for subnet in build.subnets())
    with_address = replace(in_public(public_ip="198.51.100.7"), subnets=Seen(blocked))
    assert troubles(with_address) == ({"route": by_address} if by_address else {})
    only_that_of_the_nat = (build.subnets()[0], blocked[1])
    behind_nat = build.healthy(subnets=only_that_of_the_nat)
    assert troubles(behind_nat) == ({"route": by_nat} if by_nat else {})
    if by_nat:
        assert f"({mode})" in results(behind_nat)["route"].finding


def second_interface(**changes: Any) -> NetworkInterface:
    usual = NetworkInterface(
        "eni-2", build.VPC, build.PUBLIC, "10.0.2.10", "198.51.100.7", group_ids=(build.ENDPOINT_GROUP,)
    )
    return replace(usual, **changes)


def test_another_interface_may_be_the_way() -> None:
    """Which one packets take is up to the node's system: what shuts the primary one is a doubt."""
    node = build.instance(other_interfaces=(second_interface(),))
    both = (build.group(), build.endpoint_group())
    evidence = build.healthy(instance=node, route_tables=build.route_tables(), nat_gateways=(), security_groups=both)
    assert troubles(evidence) == {"route": WARN}
    assert "eni-2" in results(evidence)["route"].finding
    shut = build.healthy(instance=node, security_groups=(build.group(egress=()), build.endpoint_group()))
    assert troubles(shut) == {"security_group": WARN}
    useless = build.instance(other_interfaces=(second_interface(public_ip=""),))
    assert troubles(replace(evidence, instance=Seen(useless))) == {"route": FAIL}
    twin = second_interface(subnet_id=build.PRIVATE, group_ids=(build.GROUP,), public_ip="")
    assert troubles(replace(evidence, instance=Seen(build.instance(other_interfaces=(twin,))))) == {"route": FAIL}
    beyond = second_interface(vpc_id="vpc-other", subnet_id="subnet-other", public_ip="")
    far = build.instance(other_interfaces=(beyond,))
    assert troubles(replace(evidence, instance=Seen(far))) == {"route": WARN}


def test_another_interface_may_make_an_endpoint_needless() -> None:
    node = build.instance(other_interfaces=(second_interface(),))
    evidence = build.isolated(instance=node, vpc_endpoints=build.endpoints("ssmmessages", "ec2messages"))
    assert troubles(evidence) == {"endpoint_ssm": WARN}


def test_groups_that_are_not_shown_are_not_closed() -> None:
    two = build.instance(group_ids=(build.GROUP, "sg-hidden"))
    shut = build.group(egress=())
    assert troubles(build.healthy(instance=two, security_groups=(shut,))) == {"security_group": UNKNOWN}
    assert troubles(build.isolated(security_groups=(build.group(),))) == {"endpoint_security_group": UNKNOWN}


def test_the_longest_prefix_of_most_addresses_decides() -> None:
    nat, tgw = Route(DEFAULT, build.NAT), Route("10.0.0.0/8", "tgw-1")
    hole = Route("192.0.2.0/24", "pcx-1", active=False)
    assert troubles(build.healthy(route_tables=build.route_tables(tgw, hole, nat))) == {}
    halves = (Route("0.0.0.0/1", "tgw-1"), Route("128.0.0.0/1", "tgw-1"))
    assert troubles(build.healthy(route_tables=build.route_tables(nat, *halves))) == {"route": UNKNOWN}


def test_a_prefix_list_as_destination() -> None:
    tables = build.route_tables(Route("pl-all", build.NAT))
    lists = (PrefixList("pl-all", ("0.0.0.0/1", "128.0.0.0/1")),)
    assert troubles(build.healthy(route_tables=tables, prefix_lists=lists)) == {}
    unread = build.healthy(route_tables=tables, prefix_lists=build.denied("ec2:GetManagedPrefixListEntries"))
    assert troubles(unread) == {"route": UNKNOWN}
    assert "ec2:GetManagedPrefixListEntries" in results(unread)["route"].finding


def test_the_list_of_a_gateway_endpoint_is_no_way_out() -> None:
    tables = build.route_tables(Route("pl-s3", "vpce-s3"))
    lists = (PrefixList("pl-s3", ("52.218.0.0/17",)),)
    assert troubles(build.healthy(route_tables=tables, prefix_lists=lists)) == {"route": FAIL}


def ipv6_only(*routes: Route, dns64: bool = False, **changes: Any) -> Evidence:
    instance = build.instance(private_ip="", ipv6_addresses=("2001:db8:1::a",))
    subnets = (Subnet(build.PRIVATE, "", ("2001:db8:1::/64",), dns64=dns64), build.subnets()[1])
    open_group = build.group(egress=(GroupRule("-1", cidrs=("::/0",)),))
    every = [replace(entry, cidr="::/0") for entry in build.acl().entries]
    return build.healthy(
        instance=instance,
        subnets=subnets,
        security_groups=(open_group,),
        network_acls=(build.acl(*every),),
        route_tables=build.route_tables(*routes),
        **changes,
    )


def test_ipv6_alone_depends_on_how_the_agent_is_set() -> None:
    """Nobody can see from outside whether the agent is told to use dual-stack endpoints: a warning, no failure."""
    for target in ("eigw-1", "igw-1"):
        evidence = ipv6_only(Route("::/0", target))
        assert troubles(evidence) == {"route": WARN}
        assert "UseDualStackEndpoint" in results(evidence)["route"].finding
    assert troubles(ipv6_only(Route(DEFAULT, build.NAT))) == {"route": FAIL}


def test_nat64_is_a_way() -> None:
    assert troubles(ipv6_only(Route("64:ff9b::/96", build.NAT), dns64=True)) == {}
    assert troubles(ipv6_only(Route("64:ff9b::/96", build.NAT), Route("::/0", "eigw-1"), dns64=True)) == {}
    assert troubles(ipv6_only(Route("64:ff9b::/96", build.NAT))) == {"route": FAIL}
    unread = ipv6_only(Route("64:ff9b::/96", build.NAT))
    assert troubles(replace(unread, subnets=build.denied("ec2:DescribeSubnets"))) == {"route": UNKNOWN}


def test_nat64_that_lacks_dns64_is_named_before_the_missing_way() -> None:
    finding = results(ipv6_only(Route("64:ff9b::/96", build.NAT)))["route"].finding
    assert "its DNS64 is off" in finding


def both_families(*routes: Route) -> Evidence:
    """Rules for IPv4 alone, on a node with addresses of both families."""
    evidence = ipv6_only(*routes, dns64=True)
    dual = build.instance(ipv6_addresses=("2001:db8:1::a",))
    ipv4_rules = {"security_groups": Seen((build.group(),)), "network_acls": Seen((build.acl(),))}
    return replace(evidence, instance=Seen(dual), **ipv4_rules)  # type: ignore[arg-type]


def test_the_family_of_the_way_out_decides_which_rules_count() -> None:
    assert troubles(both_families(Route(DEFAULT, build.NAT), Route("::/0", "eigw-1"))) == {}
    only_ipv6_out = troubles(both_families(Route("::/0", "eigw-1")))
    assert only_ipv6_out == {"security_group": FAIL, "network_acl": FAIL, "route": WARN}


def test_ipv4_rules_do_nothing_for_ipv6() -> None:
    evidence = ipv6_only(Route("64:ff9b::/96", build.NAT), dns64=True)
    assert troubles(replace(evidence, security_groups=Seen((build.group(),)))) == {"security_group": FAIL}
    assert troubles(replace(evidence, network_acls=Seen((build.acl(),)))) == {"network_acl": FAIL}


def test_neither_way_nor_endpoints() -> None:
    evidence = build.healthy(route_tables=build.route_tables(), nat_gateways=())
    assert troubles(evidence) == {"route": FAIL}
    assert results(evidence)["route"].values == {"route_table": build.PRIVATE_TABLE, "subnet_id": build.PRIVATE}
    assert results(evidence)["route"].topic == "no-way-out"
    assert results(evidence)["endpoint_ssm"].status is SKIPPED


# endpoints


@pytest.mark.parametrize("service", ["ssm", "ssmmessages", "ec2messages"])
def test_a_missing_endpoint(service: str) -> None:
    rest = [one for one in ("ssm", "ssmmessages", "ec2messages") if one != service]
    evidence = build.isolated(vpc_endpoints=build.endpoints(*rest), managed=OLD)
    assert troubles(evidence) == {f"endpoint_{service}": FAIL}
    result = results(evidence)[f"endpoint_{service}"]
    assert result.values["endpoint_service"] == f"com.amazonaws.{build.REGION}.{service}"
    assert result.topic == "endpoint-missing"
    assert result.evidence
    behind_nat = build.healthy(
        vpc_endpoints=build.endpoints(*rest), security_groups=groups(https(DEFAULT)), managed=OLD
    )
    assert troubles(behind_nat) == {}


@pytest.mark.parametrize(
    ("managed", "status"),
    [
        (OLD, FAIL),
        (NEW, WARN),
        (build.managed(agent_version="3.3.39.9"), FAIL),
        (build.managed(agent_version=""), WARN),
        (None, WARN),
        (build.denied("ssm:DescribeInstanceInformation"), UNKNOWN),
    ],
)
def test_ec2messages_by_the_agents_version(managed: Any, status: CheckStatus) -> None:
    evidence = build.isolated(vpc_endpoints=build.endpoints("ssm", "ssmmessages"), managed=managed)
    assert troubles(evidence) == {"endpoint_ec2messages": status}


@pytest.mark.parametrize(
    ("state", "trouble"), [("Available", False), ("available", False), ("pending", True), ("failed", True)]
)
def test_the_state_of_an_endpoint(state: str, trouble: bool) -> None:
    found = (build.endpoint("ssm", state=state), *build.endpoints("ssmmessages", "ec2messages"))
    evidence = build.isolated(vpc_endpoints=found)
    assert troubles(evidence) == ({"endpoint_ssm": FAIL} if trouble else {})


def test_an_endpoint_in_no_subnet_has_no_address() -> None:
    found = (build.endpoint("ssm", subnet_ids=()), *build.endpoints("ssmmessages", "ec2messages"))
    evidence = build.isolated(vpc_endpoints=found)
    assert troubles(evidence) == {"endpoint_ssm": FAIL}
    assert "in no subnet" in results(evidence)["endpoint_ssm"].finding


@pytest.mark.parametrize(
    ("family", "node", "trouble"),
    [
        ("ipv4", {"private_ip": "", "ipv6_addresses": ("2001:db8::5",)}, True),
        ("ipv6", {}, True),
        ("dualstack", {"private_ip": "", "ipv6_addresses": ("2001:db8::5",)}, False),
        ("ipv4", {"ipv6_addresses": ("2001:db8::5",)}, False),
        ("ipv6", {"ipv6_addresses": ("2001:db8::5",)}, False),
    ],
)
def test_an_endpoint_of_the_other_family_is_of_no_use(family: str, node: dict[str, Any], trouble: bool) -> None:
    found = (build.endpoint("ssm", address_type=family), *build.endpoints("ssmmessages", "ec2messages"))
    result = results(build.isolated(vpc_endpoints=found, instance=build.instance(**node)))["endpoint_ssm"]
    assert (result.status is FAIL) is trouble
    assert (f"is limited to {family} addresses, which the node does not have" in result.finding) is trouble


def test_only_interface_endpoints_of_that_very_service_count() -> None:
    strange = (
        build.endpoint("ssm", kind="Gateway"),
        build.endpoint("ssm-contacts"),
        replace(build.endpoint("ssm"), service="com.acme.ssm"),
        *build.endpoints("ssmmessages", "ec2messages"),
    )
    assert troubles(build.isolated(vpc_endpoints=strange)) == {"endpoint_ssm": FAIL}


@pytest.mark.parametrize("vendor", ["com.amazonaws", "cn.com.amazonaws"])
def test_china_names_some_services_in_its_own_way(vendor: str) -> None:
    there = Subject(build.NODE, Place("work", "cn-north-1"))
    found = tuple(replace(one, service=f"{vendor}.cn-north-1.{one.endpoint_id[5:]}") for one in build.endpoints())
    assert troubles(build.isolated(subject=there, vpc_endpoints=found)) == {}
    missing = results(build.isolated(subject=there, vpc_endpoints=found[:1]))["endpoint_ssmmessages"]
    assert missing.values["endpoint_service"] == "com.amazonaws.cn-north-1.ssmmessages"


def test_an_endpoint_for_another_region_serves_other_names() -> None:
    found = (replace(build.endpoint("ssm"), service="com.amazonaws.us-east-1.ssm"), *build.endpoints("ssmmessages"))
    assert troubles(build.isolated(vpc_endpoints=found, managed=NEW))["endpoint_ssm"] is FAIL


def test_beyond_a_transit_gateway_a_missing_endpoint_is_a_doubt() -> None:
    tables = build.route_tables(Route(DEFAULT, "tgw-1"))
    evidence = build.isolated(vpc_endpoints=build.endpoints("ssm", "ec2messages"), route_tables=tables)
    assert troubles(evidence) == {"endpoint_ssmmessages": UNKNOWN, "route": UNKNOWN}


def nameless(*services: str) -> tuple[Any, ...]:
    return tuple(
        replace(one, private_dns=one.endpoint_id.removeprefix("vpce-") not in services) for one in build.endpoints()
    )


def test_private_dns_off() -> None:
    for services in (("ssm",), ("ssm", "ssmmessages", "ec2messages")):
        evidence = build.isolated(vpc_endpoints=nameless(*services))
        assert troubles(evidence) == {"private_dns": FAIL}
        assert results(evidence)["private_dns"].values["endpoint_id"] == "vpce-ssm"
        behind_nat = build.healthy(vpc_endpoints=nameless(*services), security_groups=groups(https(DEFAULT)))
        assert troubles(behind_nat) == {}
    assert troubles(build.isolated(vpc_endpoints=nameless("ec2messages"), managed=OLD)) == {"private_dns": FAIL}
    assert troubles(build.isolated(vpc_endpoints=nameless("ec2messages"), managed=NEW)) == {"private_dns": WARN}


def test_of_two_endpoints_for_a_service_one_has_the_name() -> None:
    twice = (*build.endpoints(), build.endpoint("ssm", endpoint_id="vpce-second", private_dns=False))
    assert troubles(build.isolated(vpc_endpoints=twice)) == {}
    nowhere = replace(twice[-1], subnet_ids=(OTHER_SUBNET,), group_ids=("sg-other",))
    only_the_named = build.isolated(
        vpc_endpoints=(*twice[:-1], nowhere), security_groups=groups(https(group_ids=(build.ENDPOINT_GROUP,)))
    )
    assert results(only_the_named)["security_group"].status is PASS


@pytest.mark.parametrize(
    ("ingress", "open_"),
    [
        (https("10.0.0.0/16"), True),
        (https("10.0.1.10/32"), True),
        (https(group_ids=(build.GROUP,)), True),
        (https(prefix_list_ids=("pl-own",)), True),
        (GroupRule("-1", cidrs=(DEFAULT,)), True),
        (https("10.0.2.0/24"), False),
        (https(group_ids=("sg-other",)), False),
        (GroupRule("tcp", 80, 80, cidrs=(DEFAULT,)), False),
        (https("::/0"), False),
    ],
)
def test_the_endpoints_security_group(ingress: GroupRule, open_: bool) -> None:
    lists = (PrefixList("pl-own", ("10.0.1.0/24",)),)
    closed = (build.group(), build.group(build.ENDPOINT_GROUP, (ingress,)))
    evidence = build.isolated(security_groups=closed, prefix_lists=lists)
    assert troubles(evidence) == ({} if open_ else {"endpoint_security_group": FAIL})
    if not open_:
        values = results(evidence)["endpoint_security_group"].values
        assert values["endpoint_security_group"] == build.ENDPOINT_GROUP
        assert values["endpoint_id"] == "vpce-ssm"


def closed_to_all() -> tuple[SecurityGroup, ...]:
    return build.group(), build.group(build.ENDPOINT_GROUP)


def test_a_closed_endpoint_stands_in_the_way_of_the_internet_too() -> None:
    behind_nat = build.healthy(vpc_endpoints=build.endpoints(), security_groups=closed_to_all())
    assert troubles(behind_nat) == {"endpoint_security_group": FAIL}
    unused = nameless("ssm", "ssmmessages", "ec2messages")
    assert troubles(replace(behind_nat, vpc_endpoints=Seen(unused))) == {}


def test_a_closed_ec2messages_endpoint_by_the_agents_version() -> None:
    found = (*build.endpoints("ssm", "ssmmessages"), build.endpoint("ec2messages", group_ids=("sg-shut",)))
    shut = (build.group(), build.endpoint_group(), build.group("sg-shut"))
    evidence = build.isolated(vpc_endpoints=found, security_groups=shut, managed=OLD)
    assert troubles(evidence) == {"endpoint_security_group": FAIL}
    assert troubles(replace(evidence, managed=Seen(NEW))) == {"endpoint_security_group": WARN}


def with_policy(policy: str, service: str = "ssmmessages") -> tuple[Any, ...]:
    return tuple(
        replace(one, policy=policy) if one.endpoint_id == f"vpce-{service}" else one for one in build.endpoints()
    )


def policy(effect: str = "Allow", action: str = "*", principal: str = '"*"', **more: str) -> str:
    condition = f', "Condition": {more["condition"]}' if "condition" in more else ""
    allow = '{"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}, ' if effect == "Deny" else ""
    statement = f'"Effect": "{effect}", "Action": "{action}", "Resource": "*", "Principal": {principal}{condition}'
    return f'{{"Statement": [{allow}{{{statement}}}]}}'


ROLE_ARN = f"arn:aws:iam::{build.ACCOUNT}:role/{build.ROLE}"


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ("", None),
        (policy(), None),
        (policy(action="ssmmessages:*"), None),
        (policy(principal=f'{{"AWS": "{ROLE_ARN}"}}'), None),
        (policy(condition=f'{{"StringEquals": {{"aws:SourceVpc": "{build.VPC}"}}}}'), None),
        (policy(action="ssm:*"), FAIL),
        (policy("Deny", "ssmmessages:OpenDataChannel"), FAIL),
        (policy(principal='{"AWS": "arn:aws:iam::999999999999:root"}'), FAIL),
        (policy(condition='{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}'), UNKNOWN),
        ("{", UNKNOWN),
    ],
)
def test_the_endpoints_policy(document: str, status: CheckStatus | None) -> None:
    evidence = build.isolated(vpc_endpoints=with_policy(document))
    assert troubles(evidence) == ({"endpoint_policy": status} if status else {})
    if status:
        assert results(evidence)["endpoint_policy"].values["endpoint_id"] == "vpce-ssmmessages"


def test_a_policy_for_somebody_needs_the_role_known() -> None:
    document = policy(principal=f'{{"AWS": "{ROLE_ARN}"}}')
    evidence = build.isolated(vpc_endpoints=with_policy(document), role=build.denied("iam:GetRole"))
    assert troubles(evidence) == {"endpoint_policy": UNKNOWN}
    assert troubles(build.isolated(role=build.denied("iam:GetRole"))) == {}


def test_a_policy_may_name_the_node() -> None:
    one = f"arn:aws:ec2:{build.REGION}:{build.ACCOUNT}:instance/{build.NODE}"
    named = policy().replace('"Resource": "*"', f'"Resource": "{one}"')
    assert troubles(build.isolated(vpc_endpoints=with_policy(named, "ssm"))) == {}
    region_of_the_caller = Subject(build.NODE, Place("work"))
    assert troubles(build.isolated(subject=region_of_the_caller, vpc_endpoints=with_policy(named, "ssm"))) == {}
    other = named.replace(build.NODE, "i-0fffffffffffffff0")
    assert troubles(build.isolated(vpc_endpoints=with_policy(other, "ssm"))) == {"endpoint_policy": FAIL}


def test_a_policy_about_arns_of_ssm_may_be_enough() -> None:
    named = policy().replace('"Resource": "*"', '"Resource": "arn:aws:ssm:*:*:*"')
    assert troubles(build.isolated(vpc_endpoints=with_policy(named, "ssm"))) == {"endpoint_policy": UNKNOWN}


def test_ec2messages_policy_by_the_agents_version() -> None:
    found = with_policy(policy(action="s3:*"), "ec2messages")
    assert troubles(build.isolated(vpc_endpoints=found, managed=OLD)) == {"endpoint_policy": FAIL}
    assert troubles(build.isolated(vpc_endpoints=found, managed=NEW)) == {"endpoint_policy": WARN}


@pytest.mark.parametrize(
    ("node", "dns", "status"),
    [
        (build.healthy, VpcDns(support=False, hostnames=False), FAIL),
        (build.healthy, VpcDns(support=True, hostnames=False), None),
        (build.isolated, VpcDns(support=False, hostnames=True), FAIL),
        (build.isolated, VpcDns(support=True, hostnames=False), FAIL),
    ],
)
def test_vpc_dns(node: Any, dns: VpcDns, status: CheckStatus | None) -> None:
    evidence = node(vpc_dns=dns)
    assert troubles(evidence) == ({"vpc_dns": status} if status else {})


def test_two_causes_are_both_found() -> None:
    evidence = build.isolated(
        security_groups=(lets_out(), build.endpoint_group()), vpc_endpoints=build.endpoints("ssm", "ec2messages")
    )
    assert troubles(evidence) == {"security_group": FAIL, "endpoint_ssmmessages": FAIL}
