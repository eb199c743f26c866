"""Applies switches and the account's changes to the fleet.

From them follows whether a node's agent can register, and whether it can hold its control channel: by the facts of the
account (machine, role, DNS, groups, ACLs, routes, endpoints), without the doctor's rules.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from smtui.demo.account.account import Account
from smtui.demo.story.account_facts import BROKEN_HOST_MANAGEMENT_ROLE
from smtui.demo.story.demo_node import Boot, DemoNode, Ping
from smtui.demo.story.identities import ALLOWED, HYBRID_ROLE, Role, decided, role_decision, statements
from smtui.demo.story.simulated_fleet import Fleet
from smtui.demo.story.vpc import PREFIX_LISTS, Subnet, Vpc, VpcEndpoint
from smtui.diagnosis.evidence.network_facts import ANY_PROTOCOL, AclEntry, GroupRule, Route
from smtui.domain.version import Version

_OLDEST_AGENT = Version.of("3.2.582.0")
_SINCE_IT_BROKE = 2 * 3600.0
_JUST_NOW = 3.0
_AWS, _AWS_6, _AWS_BY_NAT64 = "52.95.116.20", "2a05:d018::20", "64:ff9b::345f:7414"
"""An address of Systems Manager's public endpoint, in each form that a node may call it by."""
_CIDRS = {it.prefix_list_id: it.cidrs for it in PREFIX_LISTS}
_HTTPS = 443
_ANSWERED_AT = (32768, 49152, 60999)
"""Ports that Linux clients use: the first, one between, the last."""
_TCP = ("-1", "tcp", "6")
_WITH_SESSIONS, _WITHOUT_EC2MESSAGES = Version.of("2.3.68.0"), Version.of("3.3.40.0")
_REGISTERS = ("ssm:UpdateInstanceInformation",)
_CHANNELS = tuple(f"ssmmessages:{verb}{kind}Channel" for verb in ("Create", "Open") for kind in ("Control", "Data"))
_POLLS = ("ec2messages:GetMessages",)


class SwitchedFleet(Fleet):
    """A fleet with the effects of the switches that are on and of the account's changes."""

    def __init__(self, fleet: Fleet, switches: Callable[[], frozenset[str]], account: Account | None = None) -> None:
        super().__init__()
        self._fleet = fleet
        self._switches = switches
        self._account = account if account is not None else Account()
        self._untouched = Account(self._account.account_id)
        self._known: dict[str, tuple[int, DemoNode]] = {}
        """Node id -> the number of changes that were applied, and the node with them."""

    def __len__(self) -> int:
        return len(self._fleet)

    def node(self, index: int) -> DemoNode:
        """See `Fleet`: the node with switches and changes applied."""
        return self._seen(self._fleet.node(index))

    def find(self, node_id: str) -> DemoNode | None:
        """See `Fleet`: the node with switches and changes applied."""
        node = self._fleet.find(node_id)
        return self._seen(node) if node is not None else None

    def _seen(self, planted: DemoNode) -> DemoNode:
        node = self._changed(planted) if self._account.concerns(planted) else planted
        if node.boot is not None and node.state == "running":
            node = booting(node, node.boot, time.monotonic() - node.boot.began)
        if node.profile or node.state != "running":
            return node
        on = self._switches()
        if "host-management-broken" in on and not self._role_is_enough():
            return replace(node, ping=Ping.LOST, ping_age=_SINCE_IT_BROKE, connected=False)
        if on & {"host-management", "host-management-broken"} and _can_be_managed(node):
            return replace(node, ping=Ping.ONLINE, connected=True)
        return node

    def _role_is_enough(self) -> bool:
        role = self._account.role(BROKEN_HOST_MANAGEMENT_ROLE)
        return role is not None and serves_an_agent(role, self._account)

    def _changed(self, planted: DemoNode) -> DemoNode:
        """The node with every change so far, computed once for each change."""
        changes, known = self._known.get(planted.node_id, (0, planted))
        if changes != self._account.changes:
            changes = self._account.changes
            known = self._derived(planted)
            self._known[planted.node_id] = changes, known
        return known

    def _derived(self, planted: DemoNode) -> DemoNode:
        """The node with the changes. Its agent stays as in the story until something that it depends on changes."""
        node = self._account.node(planted)
        before, now = self._agent(planted, self._untouched), self._agent(node, self._account)
        if before == now:
            return node
        if now.registered:
            return replace(node, ping=Ping.ONLINE, ping_age=_JUST_NOW, connected=now.connected)
        ping = Ping.ABSENT if node.ping is Ping.ABSENT else Ping.LOST
        return replace(node, ping=ping, connected=False)

    def _agent(self, node: DemoNode, account: Account) -> AgentState:
        vpc_id = node.network.vpc_id if node.network is not None else ""
        vpcs = account.vpcs(frozenset(), node.place.region)
        vpc = next((each for each in vpcs if each.vpc_id == vpc_id), None)
        return agent_state(node, account, vpc)


def booting(node: DemoNode, boot: Boot, elapsed: float) -> DemoNode:
    """The node so many seconds after its start: pending, then running, then Online, then connected."""
    if elapsed < boot.online_after:
        state = "pending" if elapsed < boot.running_after else "running"
        return replace(node, state=state, ping=Ping.ABSENT, connected=False)
    age = min(node.ping_age, elapsed - boot.online_after)
    return replace(node, ping_age=age, connected=node.connected and elapsed >= boot.connected_after)


def _can_be_managed(node: DemoNode) -> bool:
    return node.metadata.enabled and Version.of(node.agent_version) >= _OLDEST_AGENT


@dataclass(frozen=True, slots=True)
class AgentState:
    """What an agent can do, given the facts of the account."""

    registered: bool
    """Whether the agent reports to Systems Manager."""
    connected: bool
    """Whether it holds a control channel to ssmmessages."""


_GONE = AgentState(registered=False, connected=False)


def agent_state(node: DemoNode, account: Account, vpc: Vpc | None) -> AgentState:
    """What the agent of a node can do; `vpc` is the node's VPC, None for a hybrid node."""
    agent = Version.of(node.agent_version)
    role = _role(node, account)
    if role is None or not _runs(node):
        return _GONE
    needed = {"ssm": _REGISTERS} if agent >= _WITHOUT_EC2MESSAGES else {"ssm": _REGISTERS, "ec2messages": _POLLS}
    if not all(_may(role, actions, account) for actions in needed.values()):
        return _GONE
    if not all(_reaches(node, vpc, service, actions) for service, actions in needed.items()):
        return _GONE
    has_channel = _may(role, _CHANNELS, account) and _reaches(node, vpc, "ssmmessages", _CHANNELS)
    return AgentState(registered=True, connected=agent >= _WITH_SESSIONS and has_channel)


def _runs(node: DemoNode) -> bool:
    if node.hybrid:
        return node.agent_running
    metadata = node.metadata
    credentials = metadata.enabled and (metadata.hop_limit > 1 or not metadata.tokens_required)
    return node.state == "running" and not node.impaired and node.agent_running and credentials


def _role(node: DemoNode, account: Account) -> Role | None:
    if node.hybrid:
        return account.role(HYBRID_ROLE)
    role = account.role_of(node.profile) if node.profile else None
    return role if role is not None and _trusts(role, "ec2.amazonaws.com") else None


def _trusts(role: Role, service: str) -> bool:
    for statement in statements(role.trust):
        principal = statement.get("Principal")
        trusted = principal.get("Service", ()) if isinstance(principal, dict) else ()
        if statement["Effect"] == "Allow" and service in ([trusted] if isinstance(trusted, str) else trusted):
            return True
    return False


def _may(role: Role, actions: Iterable[str], account: Account) -> bool:
    return all(role_decision(role, action, "*", account.policies) == ALLOWED for action in actions)


def serves_an_agent(role: Role, account: Account) -> bool:
    """Whether the role allows everything that a current agent needs."""
    return _may(role, (*_REGISTERS, *_CHANNELS), account)


def _reaches(node: DemoNode, vpc: Vpc | None, service: str, actions: Iterable[str]) -> bool:
    if vpc is None or node.network is None:
        return node.hybrid
    if not vpc.dns_support:
        return False
    endpoint = next((one for one in vpc.endpoints if _has_the_name(one, service, vpc)), None)
    if endpoint is None:
        return _reaches_the_internet(node, vpc)
    allowed = all(decided([endpoint.policy], action, "*") == ALLOWED for action in actions)
    return allowed and any(_reaches_endpoint(node, vpc, endpoint, address) for address in endpoint.addresses.values())


def _has_the_name(endpoint: VpcEndpoint, service: str, vpc: Vpc) -> bool:
    usable = endpoint.service == service and endpoint.state == "available" and endpoint.private_dns
    return usable and vpc.dns_hostnames


def _reaches_endpoint(node: DemoNode, vpc: Vpc, endpoint: VpcEndpoint, address: str) -> bool:
    network = node.network
    if network is None or not network.private_ip:
        return False
    mine = (network.security_group_id,)
    if not _lets(_rules(vpc, mine, egress=True), address, endpoint.group_ids):
        return False
    if not _lets(_rules(vpc, endpoint.group_ids, egress=False), network.private_ip, mine):
        return False
    here, there = _subnet(vpc, network.subnet_id), _subnet(vpc, endpoint.subnet_ids[0])
    if here == there:
        return True  # ACLs apply at the edge of a subnet
    source = network.private_ip
    to_and_fro = _passes(vpc, here, address, egress=True) and _passes(vpc, there, source, egress=False)
    return to_and_fro and _answers(vpc, there, source, egress=True) and _answers(vpc, here, address, egress=False)


def _reaches_the_internet(node: DemoNode, vpc: Vpc) -> bool:
    network = node.network
    if network is None:
        return False
    subnet = _subnet(vpc, network.subnet_id)
    if network.private_ip:
        called = _AWS
    elif subnet.dns64:
        called = _AWS_BY_NAT64
    else:
        return False  # an agent uses no IPv6 addresses unless it is configured to
    if not _lets(_rules(vpc, (network.security_group_id,), egress=True), called, ()):
        return False
    if not (_passes(vpc, subnet, called, egress=True) and _answers(vpc, subnet, called, egress=False)):
        return False
    return _leads_out(vpc, subnet, called, public=bool(network.public_ip))


def _leads_out(vpc: Vpc, subnet: Subnet, called: str, *, public: bool) -> bool:
    """Follows the routes from gateway to gateway; a gateway in the subnet that it serves is a loop."""
    visited: set[str] = set()
    while True:
        target = _target(vpc, subnet, called)
        if target.startswith("igw-"):
            return public
        nat = next((one for one in vpc.nats if one.nat_id == target), None)
        if nat is None or nat.state != "available" or not nat.public_ip or target in visited:
            return False
        visited.add(target)
        subnet, called, public = _subnet(vpc, nat.subnet_id), _AWS, True


def _target(vpc: Vpc, subnet: Subnet, called: str) -> str:
    """The target of the route with the longest prefix; empty for none."""
    table = next((one for one in vpc.tables if subnet.subnet_id in one.subnet_ids), None)
    table = table or next(one for one in vpc.tables if one.main)
    fitting = [(length, route) for route in table.routes for length in _lengths(route, called)]
    if not fitting:
        return ""
    _, route = max(fitting, key=lambda pair: pair[0])
    return route.target if route.active else ""


def _lengths(route: Route, address: str) -> Iterator[int]:
    for cidr in _CIDRS.get(route.destination, (route.destination,)):
        if _within(address, cidr):
            yield _network(cidr).prefixlen


def _within(address: str, cidr: str) -> bool:
    return ip_address(address) in _network(cidr)


@cache
def _network(cidr: str) -> IPv4Network | IPv6Network:
    return ip_network(cidr)


def _subnet(vpc: Vpc, subnet_id: str) -> Subnet:
    return next(one for one in vpc.subnets if one.subnet_id == subnet_id)


def _rules(vpc: Vpc, group_ids: Iterable[str], *, egress: bool) -> Iterator[GroupRule]:
    for group in vpc.groups:
        if group.group_id in group_ids:
            yield from group.egress if egress else group.ingress


def _lets(rules: Iterable[GroupRule], address: str, groups: Iterable[str]) -> bool:
    """Whether a rule allows HTTPS with this address, or with a member of one of these groups."""
    return any(_is_for_https(rule) and _is_about(rule, address, groups) for rule in rules)


def _is_for_https(rule: GroupRule) -> bool:
    return rule.protocol == ANY_PROTOCOL or (rule.protocol in _TCP and _includes(rule, _HTTPS))


def _is_about(rule: GroupRule, address: str, groups: Iterable[str]) -> bool:
    listed = (cidr for list_id in rule.prefix_list_ids for cidr in _CIDRS.get(list_id, ()))
    if any(_within(address, cidr) for cidr in (*rule.cidrs, *listed)):
        return True
    return bool(set(rule.group_ids) & set(groups))


def _answers(vpc: Vpc, subnet: Subnet, address: str, *, egress: bool) -> bool:
    return all(_passes(vpc, subnet, address, egress=egress, port=port) for port in _ANSWERED_AT)


def _passes(vpc: Vpc, subnet: Subnet, address: str, *, egress: bool, port: int = _HTTPS) -> bool:
    """Whether the first matching entry of the subnet's ACL allows the packet."""
    acl = next(one for one in vpc.acls if subnet.subnet_id in one.subnet_ids)
    entries = sorted((one for one in acl.entries if one.egress is egress), key=lambda one: one.number)
    return next((entry.allow for entry in entries if _fits(entry, address, port)), False)


def _fits(entry: AclEntry, address: str, port: int) -> bool:
    for_port = entry.protocol == ANY_PROTOCOL or _includes(entry, port)
    return entry.protocol in _TCP and for_port and _within(address, entry.cidr)


def _includes(rule: AclEntry | GroupRule, port: int) -> bool:
    return rule.from_port is None or rule.to_port is None or rule.from_port <= port <= rule.to_port
