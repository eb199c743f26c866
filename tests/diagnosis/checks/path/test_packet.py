"""Rules against packets, each case worked out by hand."""

from __future__ import annotations

import random
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from smtui.diagnosis.checks.path.packet import (
    EVERY_IPV4,
    HTTPS,
    PUBLIC_IPV4,
    Ports,
    Share,
    acl_share,
    networks,
    permits,
    remainder,
    share,
    size,
)
from smtui.diagnosis.evidence.network_facts import TCP, AclEntry, GroupRule

ANYWHERE = "0.0.0.0/0"
HTTPS_PORT = Ports(443, 443)


def allow(
    number: int, cidr: str = ANYWHERE, first: int | None = 443, last: int | None = 443, proto: str = "tcp"
) -> AclEntry:
    return AclEntry(number, allow=True, egress=True, protocol=proto, cidr=cidr, from_port=first, to_port=last)


def deny(
    number: int, cidr: str = ANYWHERE, first: int | None = 443, last: int | None = 443, proto: str = "tcp"
) -> AclEntry:
    return AclEntry(number, allow=False, egress=True, protocol=proto, cidr=cidr, from_port=first, to_port=last)


def out(*entries: AclEntry, to: str = ANYWHERE, ports: Ports = HTTPS_PORT) -> Share:
    return acl_share(entries, networks((to,)), ports, egress=True)


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        (GroupRule("tcp", 443, 443, cidrs=(ANYWHERE,)), True),
        (GroupRule("6", 443, 443, cidrs=(ANYWHERE,)), True),
        (GroupRule("-1", cidrs=(ANYWHERE,)), True),
        (GroupRule("-1", 0, 0, cidrs=(ANYWHERE,)), True),
        (GroupRule("tcp", 0, 65535, cidrs=(ANYWHERE,)), True),
        (GroupRule("tcp", cidrs=(ANYWHERE,)), True),
        (GroupRule("tcp", 400, 443, cidrs=(ANYWHERE,)), True),
        (GroupRule("tcp", 444, 65535, cidrs=(ANYWHERE,)), False),
        (GroupRule("tcp", 0, 442, cidrs=(ANYWHERE,)), False),
        (GroupRule("udp", 443, 443, cidrs=(ANYWHERE,)), False),
        (GroupRule("icmp", -1, -1, cidrs=(ANYWHERE,)), False),
        (GroupRule("17", cidrs=(ANYWHERE,)), False),
    ],
)
def test_protocols_and_ports(rule: GroupRule, fits: bool) -> None:
    assert (permits([rule], {}).networks == (EVERY_IPV4,)) is fits


def test_rules_add_up() -> None:
    halves = (GroupRule("tcp", 443, 443, cidrs=("0.0.0.0/1",)), GroupRule("-1", cidrs=("128.0.0.0/1",)))
    assert permits(halves, {}).networks == (EVERY_IPV4,)


def test_prefix_lists_count_by_their_entries() -> None:
    rule = GroupRule("tcp", 443, 443, prefix_list_ids=("pl-1", "pl-2"))
    allowed = permits([rule], {"pl-1": ("52.94.0.0/16",)})
    assert allowed.networks == networks(("52.94.0.0/16",))
    assert allowed.unread_lists == ("pl-2",)


def test_groups_are_kept_and_families_apart() -> None:
    allowed = permits([GroupRule("tcp", 443, 443, ("::/0", "10.0.0.0/8"), ("sg-1",))], {})
    assert allowed.group_ids == {"sg-1"}
    assert share(networks(("10.1.2.3",)), allowed.networks) is Share.ALL
    assert share(networks(("2001:db8::1",)), allowed.networks) is Share.ALL
    assert share((EVERY_IPV4,), allowed.networks) is Share.SOME
    assert share(networks(("192.0.2.1",)), allowed.networks) is Share.NONE


def test_nothing_wanted_is_nothing_covered() -> None:
    assert share((), (EVERY_IPV4,)) is Share.NONE


def test_addresses_that_cannot_be_read_are_left_out() -> None:
    assert networks(("pl-1", "", "10.0.0.1/8", "300.1.1.1")) == (ip_network("10.0.0.0/8"),)


@pytest.mark.parametrize("private", ["10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254"])
def test_public_addresses_are_public(private: str) -> None:
    assert not any(ip_address(private) in network for network in PUBLIC_IPV4)
    assert any(ip_address("52.94.1.1") in network for network in PUBLIC_IPV4)


def test_remainder_is_exact() -> None:
    left = remainder((ip_network("10.0.0.0/24"),), (ip_network("10.0.0.64/26"), ip_network("10.0.0.0/26")))
    assert left == (ip_network("10.0.0.128/25"),)
    assert size(remainder((EVERY_IPV4,), PUBLIC_IPV4)) + size(PUBLIC_IPV4) == 2**32


@pytest.mark.parametrize(
    ("entries", "got"),
    [
        ((allow(100),), Share.ALL),
        ((), Share.NONE),
        ((deny(90), allow(100)), Share.NONE),
        ((allow(90), deny(100)), Share.ALL),
        ((allow(100, proto="-1", first=None, last=None),), Share.ALL),
        ((allow(100, proto="udp"),), Share.NONE),
        ((deny(50, proto="udp"), allow(100)), Share.ALL),
        ((deny(50, proto="6"), allow(100)), Share.NONE),
        ((deny(90, "192.0.2.0/24"), allow(100)), Share.SOME),
        ((deny(90, "52.0.0.0/6"), allow(100)), Share.SOME),
        ((deny(90), allow(100, "192.0.2.0/24")), Share.NONE),
        ((allow(90, "192.0.2.0/24"), deny(100)), Share.SOME),
        ((allow(90, "0.0.0.0/1"), allow(91, "128.0.0.0/1")), Share.ALL),
        ((allow(90, "0.0.0.0/1"),), Share.SOME),
        ((allow(100, first=0, last=65535), deny(32767, proto="-1", first=None, last=None)), Share.ALL),
        ((allow(100, "::/0"),), Share.NONE),
    ],
)
def test_the_lowest_number_that_fits_decides(entries: tuple[AclEntry, ...], got: Share) -> None:
    assert out(*entries) is got
    assert out(*reversed(entries)) is got


def test_ranges_of_ports_may_be_pieced_together() -> None:
    halves = (allow(1, first=1024, last=40000), allow(2, first=40001, last=65535))
    assert out(*halves, ports=Ports(1024, 65535)) is Share.ALL
    assert out(halves[0], ports=Ports(1024, 65535)) is Share.SOME
    assert out(halves[0], ports=Ports(49152, 65535)) is Share.NONE
    assert out(deny(1, first=3000, last=9000), allow(2, first=1024, last=65535), ports=Ports(1024, 65535)) is Share.SOME


def test_a_little_may_be_refused_where_that_is_said() -> None:
    for blocked, got in (("192.0.2.0/24", Share.ALL), ("52.0.0.0/8", Share.ALL), ("52.0.0.0/6", Share.SOME)):
        entries = (deny(1, blocked), allow(2))
        assert acl_share(entries, (EVERY_IPV4,), HTTPS_PORT, egress=True, spare=1) is got


def test_a_direction_has_its_own_rules() -> None:
    assert acl_share([allow(1)], (EVERY_IPV4,), Ports(443, 443), egress=False) is Share.NONE


def test_a_rule_for_a_part_decides_for_that_part_only() -> None:
    entries = (deny(1, "10.0.0.0/8"), allow(2))
    assert out(*entries, to="10.0.1.0/24") is Share.NONE
    assert out(*entries, to="52.94.0.0/16") is Share.ALL


def _random_entry(dice: random.Random, number: int) -> AclEntry:
    cidr = str(ip_network(f"10.0.0.{dice.randrange(64)}/{dice.randrange(26, 33)}", strict=False))
    first = dice.randrange(0, 12)
    proto = dice.choice(("tcp", "tcp", "udp", "-1"))
    ports = (first, first + dice.randrange(0, 6)) if proto != "-1" else (None, None)
    return AclEntry(number, dice.random() < 0.6, dice.random() < 0.8, proto, cidr, *ports)


def _passes(entries: list[AclEntry], address: str, port: int) -> bool:
    """As the user guide words it, for one packet."""
    for entry in sorted(entries, key=lambda entry: entry.number):
        fits = entry.egress and entry.protocol in ("tcp", "-1") and ip_address(address) in ip_network(entry.cidr)
        if fits and (entry.from_port is None or entry.from_port <= port <= (entry.to_port or 0)):
            return entry.allow
    return False


@pytest.mark.parametrize("seed", range(60))
def test_whole_ranges_come_to_the_same_as_packet_by_packet(seed: int) -> None:
    dice = random.Random(seed)
    entries = [_random_entry(dice, number) for number in dice.sample(range(100), 6)]
    wanted, ports = networks(("10.0.0.0/29", "10.0.0.32/30")), Ports(3, 8)
    passing = [_passes(entries, str(address), port) for net in wanted for address in net for port in range(3, 9)]
    expected = Share.ALL if all(passing) else Share.SOME if any(passing) else Share.NONE
    assert acl_share(entries, wanted, ports, egress=True) is expected
    permitted = permits([GroupRule("tcp", 443, 443, (entry.cidr,)) for entry in entries[:3]], {}).networks
    inside = [any(address in net for net in permitted) for one in wanted for address in one]
    assert share(wanted, permitted) is (Share.ALL if all(inside) else Share.SOME if any(inside) else Share.NONE)


def test_a_prefix_list_that_many_rules_name_is_read_once() -> None:
    class Lists(dict[str, tuple[str, ...]]):
        read = 0

        def get(self, name: str, default: Any = ()) -> Any:
            self.read += 1
            return super().get(name, default)

    lists = Lists({"pl-1": ("10.0.0.0/8",)})
    rules = [GroupRule(TCP, HTTPS, HTTPS, prefix_list_ids=("pl-1", "pl-2"))] * 50
    got = permits(rules, lists)
    assert (got.networks, got.unread_lists) == (networks(("10.0.0.0/8",)), ("pl-2",))
    assert lists.read == 2
