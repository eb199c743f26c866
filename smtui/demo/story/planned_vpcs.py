"""Builds the VPCs of the simulated accounts: a main one for each place, and one from each node's plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache

from smtui.demo.story.account_facts import HOME, DemoPlace, made_up_id
from smtui.demo.story.path_nodes import broken_paths, healthy_paths, more_broken_paths
from smtui.demo.story.vpc import (
    ALL_OUT,
    AND_OUTPUT,
    ANYWHERE,
    ANYWHERE_6,
    FULL_ACCESS,
    OPEN_ACL,
    OPEN_ACL_6,
    REFUSE_THE_REST,
    S3_LIST,
    THREE,
    Acl,
    ConnectEndpoint,
    Group,
    Nat,
    Subnet,
    Vpc,
    VpcEndpoint,
    VpcPlan,
    Way,
    https,
    rule,
)
from smtui.diagnosis.evidence.network_facts import ANY_PROTOCOL, TCP, Route, RouteTable

_WITH_PUBLIC_SUBNET = frozenset({Way.NAT, Way.NAT_LOOP, Way.NAT64, Way.FAILED_NAT, Way.DELETED_NAT})
_NAT64_ADDRESSES = "64:ff9b::/96"


@cache
def vpcs(missing: frozenset[str] = frozenset()) -> tuple[Vpc, ...]:
    """Every VPC, the main one first. VPCs without a way to the internet lack the endpoints of `missing` services."""
    return (_main(HOME), *(_own(name, _without(plan, missing)) for name, plan in _plans().items()))


@cache
def vpcs_of(place: DemoPlace) -> tuple[Vpc, ...]:
    """The one VPC of a place that is not the home Region of the story."""
    return (_main(place),)


def _plans() -> Mapping[str, VpcPlan]:
    """Name of the node -> plan, in the order of the plans' numbers."""
    nodes = (*broken_paths(), *healthy_paths(), *more_broken_paths())
    plans = {node.name: node.plan for node in nodes if node.plan is not None}
    return dict(sorted(plans.items(), key=lambda named: named[1].number))


def _without(plan: VpcPlan, missing: frozenset[str]) -> VpcPlan:
    if plan.way is not Way.NOWHERE:
        return plan
    return replace(plan, endpoints=tuple(service for service in plan.endpoints if service not in missing))


def _main(place: DemoPlace) -> Vpc:
    """Private subnets behind a NAT gateway, a public one for it and one for instances with a public address."""
    main, start = place.seed("main"), place.block
    vpc_id, group_id = made_up_id("vpc", main), made_up_id("sg", main)
    private = tuple(made_up_id("subnet", f"{main}-{zone}") for zone in "abc")
    nat_subnet, web_subnet = made_up_id("subnet", f"{main}-nat"), made_up_id("subnet", f"{main}-web")
    cidrs = (f"{start}.0.0/16", *(("10.16.0.0/16", "10.17.0.0/16") if place.is_home else ()))
    blocks = (f"{start}.0.0/20", "10.16.0.0/16", "10.17.0.0/16")
    table_id, internet, nat = made_up_id("rtb", main), made_up_id("igw", main), made_up_id("nat", main)
    local = tuple(Route(cidr, "local") for cidr in cidrs)
    outside = (web_subnet, nat_subnet)
    return Vpc(
        vpc_id,
        "main",
        cidrs,
        subnets=(
            *(
                Subnet(subnet, block, f"{place.region}{zone}")
                for subnet, block, zone in zip(private, blocks, "abc", strict=True)
            ),
            Subnet(web_subnet, f"{start}.16.0/20", f"{place.region}a", public_addresses=True),
            Subnet(nat_subnet, f"{start}.32.0/24", f"{place.region}a"),
        ),
        groups=(
            Group(group_id, "default", (rule(group_ids=(group_id,)),), (ALL_OUT, rule(ANY_PROTOCOL, None, ANYWHERE_6))),
        ),
        acls=(_acl(main, (*private, web_subnet, nat_subnet)),),
        tables=(
            RouteTable(table_id, main=True, subnet_ids=(), routes=local),
            RouteTable(
                made_up_id("rtb", f"{main}-private"), False, private, (*local, Route(ANYWHERE, nat), _s3_route(main))
            ),
            RouteTable(made_up_id("rtb", f"{main}-public"), False, outside, (*local, Route(ANYWHERE, internet))),
        ),
        nats=(Nat(nat, nat_subnet, f"{start}.32.8"),),
        endpoints=(VpcEndpoint(_endpoint_id(main, "s3"), "s3", table_ids=(made_up_id("rtb", f"{main}-private"),)),),
        connect_endpoints=(ConnectEndpoint(made_up_id("eice", main), private[1], (group_id,)),),
        place=place,
    )


def _own(name: str, plan: VpcPlan) -> Vpc:
    cidr = f"{plan.block}.0.0/16"
    node, second = made_up_id("subnet", name), made_up_id("subnet", f"{name}-second")
    return Vpc(
        made_up_id("vpc", name),
        name,
        (cidr,),
        subnets=(
            _node_subnet(name, plan),
            Subnet(second, f"{plan.block}.2.0/24", "eu-west-1b"),
        ),
        groups=tuple(_groups(name, plan)),
        acls=tuple(_acls(name, plan, node, second)),
        tables=tuple(_tables(name, plan, Route(cidr, "local"))),
        nats=tuple(_nats(name, plan)),
        endpoints=tuple(_endpoint(name, plan, service) for service in plan.endpoints),
        connect_endpoints=_connect_endpoints(name, plan, node),
        dns_support=plan.dns,
        dns_hostnames=plan.dns,
        cidr_6=f"{plan.block_6[:-2]}00::/56" if plan.ipv6_only else "",
    )


def _node_subnet(name: str, plan: VpcPlan) -> Subnet:
    subnet_id = made_up_id("subnet", name)
    if plan.ipv6_only:
        return Subnet(subnet_id, "", cidr_6=f"{plan.block_6}::/64", dns64=plan.dns64)
    return Subnet(subnet_id, f"{plan.block}.1.0/24")


def _groups(name: str, plan: VpcPlan) -> Iterator[Group]:
    ssh = (rule(TCP, (22, 22), f"{plan.block}.0.0/16"),) if plan.connect_endpoint else ()
    yield Group(made_up_id("sg", name), name, ssh, plan.egress)
    if plan.endpoints:
        ingress = plan.endpoint_ingress
        yield Group(
            made_up_id("sg", f"{name}-endpoints"),
            f"{name}-endpoints",
            (https(f"{plan.block}.0.0/16"),) if ingress is None else ingress,
        )
    for service, own in plan.service_ingress.items():
        yield Group(_service_group(name, service), f"{name}-{service}", own)


def _connect_endpoints(name: str, plan: VpcPlan, subnet: str) -> tuple[ConnectEndpoint, ...]:
    if not plan.connect_endpoint:
        return ()
    return (ConnectEndpoint(made_up_id("eice", name), subnet, (made_up_id("sg", name),), plan.connect_endpoint),)


def _service_group(name: str, service: str) -> str:
    return made_up_id("sg", f"{name}-{service}")


def _acls(name: str, plan: VpcPlan, node_subnet: str, second_subnet: str) -> Iterator[Acl]:
    """The node's subnet has its own ACL if the plan has one."""
    if plan.acl is OPEN_ACL:
        yield _acl(name, (node_subnet, second_subnet), ipv6=plan.ipv6_only)
        return
    yield _acl(name, (second_subnet,))
    yield Acl(made_up_id("acl", f"{name}-node"), (node_subnet,), (*plan.acl, *REFUSE_THE_REST), default=False)


def _acl(name: str, subnet_ids: tuple[str, ...], *, ipv6: bool = False) -> Acl:
    entries = (*OPEN_ACL, *(OPEN_ACL_6 if ipv6 else ()), *REFUSE_THE_REST)
    return Acl(made_up_id("acl", name), subnet_ids, entries)


def _tables(name: str, plan: VpcPlan, local: Route) -> Iterator[RouteTable]:
    """The node's own table and the second subnet's; one of the two is the main one, without an association."""
    node, second = made_up_id("subnet", name), made_up_id("subnet", f"{name}-second")
    default = _default_route(name, plan.way)
    routes = (local, *((default,) if default else ()), *((_s3_route(name),) if "s3" in plan.endpoints else ()))
    internet = made_up_id("igw", name)
    outside = (Route(ANYWHERE, internet),) if plan.way in _WITH_PUBLIC_SUBNET else ()
    mains = (plan.main_table, not plan.main_table)
    for table, subnet, held, main in zip(
        (_node_table(name), made_up_id("rtb", f"{name}-second")),
        (node, second),
        (routes, (local, *outside)),
        mains,
        strict=True,
    ):
        yield RouteTable(table, main, () if main else (subnet,), held)


def _node_table(name: str) -> str:
    return made_up_id("rtb", name)


def _default_route(name: str, way: Way) -> Route | None:
    match way:
        case Way.NOWHERE | Way.PROXY:
            return None
        case Way.INTERNET_GATEWAY:
            return Route(ANYWHERE, made_up_id("igw", name))
        case Way.EGRESS_ONLY:
            return Route(ANYWHERE_6, made_up_id("eigw", name))
        case Way.NAT64:
            return Route(_NAT64_ADDRESSES, made_up_id("nat", name))
        case Way.TRANSIT_GATEWAY:
            return Route(ANYWHERE, made_up_id("tgw", name))
        case _:
            return Route(ANYWHERE, made_up_id("nat", name), active=way is not Way.DELETED_NAT)


def _s3_route(name: str) -> Route:
    return Route(S3_LIST.prefix_list_id, _endpoint_id(name, "s3"))


def _nats(name: str, plan: VpcPlan) -> Iterator[Nat]:
    nat_id, subnet = made_up_id("nat", name), made_up_id("subnet", f"{name}-second")
    address = f"{plan.block}.2.8"
    match plan.way:
        case Way.NAT | Way.NAT64 | Way.NAT_WITHOUT_INTERNET:
            yield Nat(nat_id, subnet, address)
        case Way.NAT_LOOP:
            yield Nat(nat_id, made_up_id("subnet", name), f"{plan.block}.1.8")
        case Way.PRIVATE_NAT:
            yield Nat(nat_id, subnet, address, public_ip="")
        case Way.FAILED_NAT:
            yield Nat(nat_id, subnet, address, state="failed")


def _endpoint(name: str, plan: VpcPlan, service: str) -> VpcEndpoint:
    endpoint_id = _endpoint_id(name, service)
    if service == "s3":
        return VpcEndpoint(endpoint_id, service, table_ids=(_node_table(name),))
    suffix, third = ("-second", 2) if plan.endpoints_elsewhere else ("", 1)
    last = 200 + (*THREE, *AND_OUTPUT).index(service)
    return VpcEndpoint(
        endpoint_id,
        service,
        (made_up_id("subnet", f"{name}{suffix}"),),
        (_service_group(name, service) if service in plan.service_ingress else made_up_id("sg", f"{name}-endpoints"),),
        addresses={made_up_id("eni", f"{name}/{service}"): f"{plan.block}.{third}.{last}"},
        private_dns=plan.private_dns,
        state="pending" if service in plan.pending else "available",
        policy=plan.endpoint_policies.get(service, FULL_ACCESS),
    )


def _endpoint_id(name: str, service: str) -> str:
    return made_up_id("vpce", f"{name}/{service}")
