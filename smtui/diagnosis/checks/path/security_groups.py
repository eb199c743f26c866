"""Checks the security groups on the way: out of the node, and into the endpoints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from smtui.diagnosis.check import Judgement, failed, passed, proven, skipped, unknown, unseen_judgement, warned
from smtui.diagnosis.checks.path.destinations import (
    EC2MESSAGES,
    OF_A_SESSION,
    SERVICES,
    Destination,
    addresses_of,
    available,
    destinations,
    endpoints_of,
    is_spare,
    of_ec2messages,
    service_of,
)
from smtui.diagnosis.checks.path.outbound import no_other_way, proxy_port, way_out
from smtui.diagnosis.checks.path.packet import PUBLIC_IPV6, Permits, Share, networks, permits, share, tcp_ports
from smtui.diagnosis.checks.path.path_facts import every_address, has_ipv4, lists_of
from smtui.diagnosis.evidence.network_facts import ANY_PROTOCOL, GroupRule, SecurityGroup, VpcEndpoint
from smtui.diagnosis.evidence.reading import Seen, Unseen, value

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.node_facts import Instance
    from smtui.diagnosis.evidence.record import Evidence


def judge_security_group(evidence: Evidence) -> Judgement:
    """Judges whether the node's own groups let TCP 443 out to what sessions have to reach."""
    instance = _instance(evidence)
    groups = _groups(evidence, instance.group_ids)
    if not groups:
        return unknown(f"EC2 lists none of the node's security groups ({_several(instance.group_ids)}).")
    allowed = permits((rule for group in groups for rule in group.egress), lists_of(evidence))
    lines = tuple(f"ec2:DescribeSecurityGroups: {group.group_id} lets out {_rules(group.egress)}" for group in groups)
    unnamed = [name for name in instance.group_ids if all(name != group.group_id for group in groups)]
    let = _who_lets(instance.group_ids)
    if share(every_address(instance), allowed.networks) is Share.ALL:
        return passed(f"{let} TCP 443 out to everywhere.", *lines)
    if unnamed:
        return unknown(f"EC2 does not list all of the node's security groups (missing: {_several(unnamed)}).", *lines)
    return _not_everywhere(evidence, groups, allowed, let, lines)


def _not_everywhere(
    evidence: Evidence, groups: Sequence[SecurityGroup], allowed: Permits, let: str, lines: tuple[str, ...]
) -> Judgement:
    proxy = proxy_port(evidence)
    if proxy is not None:
        finding = (
            f"{let} no TCP 443 out, but TCP {proxy}: that is enough for an agent that uses a proxy there, if the proxy"
            " and the agent's settings for it are right, which cannot be seen."
        )
        return warned(finding, *lines, topic="agent-proxy", security_group=groups[0].group_id)
    if allowed.nothing:
        return _shut_in(evidence, groups, allowed, f"{let} no TCP 443 out.", lines)
    if isinstance(evidence.vpc_endpoints, Unseen):
        return unseen_judgement(evidence.vpc_endpoints)
    return _out_to_destinations(evidence, allowed, let, lines)


def _shut_in(
    evidence: Evidence, groups: Sequence[SecurityGroup], allowed: Permits, finding: str, lines: tuple[str, ...]
) -> Judgement:
    """A FAIL; certain only without any TCP, since a proxy may be on another port than 443."""
    some_tcp = tcp_ports(rule for group in groups for rule in group.egress)
    by = () if some_tcp else (evidence.instance, evidence.security_groups)
    values = {"security_group": groups[0].group_id, **_public_egress(evidence, allowed)}
    return proven(finding, *lines, by=by, **values).for_each(_endpoint_egress(evidence, allowed))


def _public_egress(evidence: Evidence, allowed: Permits) -> dict[str, str]:
    """The topics' placeholders for the public addresses that have to be opened."""
    if isinstance(evidence.vpc_endpoints, Seen) and all(one.endpoint for one in destinations(evidence)):
        return {}
    towards = way_out(evidence).towards
    if share(towards, allowed.networks) is Share.ALL:
        return {}
    return {"egress_ipv6": "::/0"} if towards is PUBLIC_IPV6 else {"egress_cidr": "0.0.0.0/0"}


def _endpoint_egress(evidence: Evidence, allowed: Permits) -> Iterator[Mapping[str, str]]:
    """The topics' placeholders for each endpoint's group that the node may not call."""
    if not isinstance(evidence.vpc_endpoints, Seen):
        return
    groups = (
        one.endpoint.group_ids[0]
        for one in destinations(evidence)
        if one.endpoint is not None and one.endpoint.group_ids and not allowed.group_ids & set(one.endpoint.group_ids)
    )
    yield from ({"egress_group": group} for group in dict.fromkeys(groups))


def _who_lets(group_ids: Sequence[str]) -> str:
    """`The security groups sg-1, sg-2 let`."""
    return f"The security group{'s' if len(group_ids) > 1 else ''} {_several(group_ids)} let" + (
        "" if len(group_ids) > 1 else "s"
    )


def _out_to_destinations(evidence: Evidence, allowed: Permits, let: str, lines: tuple[str, ...]) -> Judgement:
    shares: list[tuple[Share, Destination]] = []
    missing: list[Unseen] = []
    for destination in destinations(evidence):
        got, unseen = _covered(evidence, allowed, destination)
        shares.append((got, destination))
        missing += [unseen] if unseen is not None and got is not Share.ALL else []
    worst, destination = max(shares, key=lambda entry: _BADNESS[entry[0]])
    if worst is Share.ALL:
        return passed(f"{let} TCP 443 out to {_labels(shares)}.", *lines)
    doubt = _way_in_doubt(evidence) or next(iter(missing), None) or _unread(evidence, allowed)
    if doubt is not None:
        return unseen_judgement(doubt)
    first_group = _instance(evidence).group_ids[0]
    way = way_out(evidence)
    if worst is Share.NONE and destination.endpoint is None and way.hidden:
        finding = f"{let} no TCP 443 out to public addresses, and smtui cannot see whether the node has to reach any"
        return unknown(f"{finding}: {way.finding}", *lines, security_group=first_group)
    values = {"security_group": first_group, **_public_egress(evidence, allowed)}
    if worst is Share.NONE:  # not certain: a proxy may be where they let 443 out to
        shut = failed(f"{let} no TCP 443 out to {destination.label}.", *lines, **values)
        return shut.for_each(_endpoint_egress(evidence, allowed))
    some = f"{let} TCP 443 out to only a part of {destination.label}; smtui cannot tell whether that is enough."
    return warned(some, *lines, **values).for_each(_endpoint_egress(evidence, allowed))


_BADNESS = {Share.ALL: 0, Share.SOME: 1, Share.NONE: 2}


def _labels(shares: Sequence[tuple[Share, Destination]]) -> str:
    return _several([destination.label for _, destination in shares])


def _covered(evidence: Evidence, allowed: Permits, destination: Destination) -> tuple[Share, Unseen | None]:
    """How much of the destination the rules cover, and the reading that was missing for it."""
    endpoint = destination.endpoint
    if endpoint is None:
        return share(destination.networks, allowed.networks), None
    if allowed.group_ids.intersection(endpoint.group_ids):
        return Share.ALL, None
    wanted, missing = addresses_of(endpoint, evidence, ipv4=has_ipv4(_instance(evidence)))
    return share(wanted, allowed.networks), missing


def _way_in_doubt(evidence: Evidence) -> Unseen | None:
    """The missing reading that decides whether an endpoint or the internet counts; None for none."""
    return way_out(evidence).unseen if endpoints_of(evidence, *OF_A_SESSION) else None


def _unread(evidence: Evidence, allowed: Permits) -> Unseen | None:
    reading = evidence.prefix_lists
    return reading if allowed.unread_lists and isinstance(reading, Unseen) else None


def judge_endpoint_security_group(evidence: Evidence) -> Judgement:
    """Judges whether the endpoints' groups let the node in on TCP 443."""
    existing = [endpoint for endpoint in endpoints_of(evidence, *SERVICES) if available(endpoint)]
    if not existing:
        return skipped("The VPC has no endpoint for Systems Manager.")
    closed = [
        (endpoint, allowed) for endpoint in existing if not _lets_in(evidence, allowed := _into(evidence, endpoint))
    ]
    if not closed:
        return _all_let_in(evidence, existing)
    way = way_out(evidence)
    in_use = [(endpoint, allowed) for endpoint, allowed in closed if not is_spare(endpoint, way)]
    if not in_use:
        return skipped("The node reaches the internet, and the endpoints that would shut it out are not used.")
    certain = [(endpoint, allowed) for endpoint, allowed in in_use if endpoint.private_dns or way.unseen is None]
    if not certain and way.unseen is not None:
        return unseen_judgement(way.unseen)
    return _closed_for_certain(evidence, certain)


def _closed_for_certain(evidence: Evidence, certain: Sequence[tuple[VpcEndpoint, Permits]]) -> Judgement:
    """Unless rules that were not read let the node in."""
    readable = [(endpoint, allowed) for endpoint, allowed in certain if _unread(evidence, allowed) is None]
    if not readable and isinstance(evidence.prefix_lists, Unseen):
        return unseen_judgement(evidence.prefix_lists)
    readable = [(endpoint, allowed) for endpoint, allowed in readable if _groups_known(evidence, endpoint)]
    if not readable:
        endpoint = certain[0][0]
        return unknown(f"EC2 named not all security groups of the endpoint {endpoint.endpoint_id}.")
    return _shut_out(evidence, [endpoint for endpoint, _ in readable])


def _all_let_in(evidence: Evidence, existing: Sequence[VpcEndpoint]) -> Judgement:
    ids = _several([endpoint.endpoint_id for endpoint in existing])
    return passed(
        f"The security groups of the endpoints {ids} let the node in on TCP 443.", *_lines(evidence, existing)
    )


def _shut_out(evidence: Evidence, closed: Sequence[VpcEndpoint]) -> Judgement:
    needed = [endpoint for endpoint in closed if service_of(endpoint) != EC2MESSAGES]
    worst = (needed or list(closed))[0]
    node = _instance(evidence)
    labels = _several([f"{endpoint.endpoint_id} ({service_of(endpoint)})" for endpoint in closed])
    ids = tuple(dict.fromkeys(group for endpoint in closed for group in endpoint.group_ids))
    does = "s {} of the endpoint{} {} do" if len(ids) > 1 else " {} of the endpoint{} {} does"
    who = does.format(_several(ids), "s" if len(closed) > 1 else "", labels)
    finding = f"The security group{who} not let the node in on TCP 443."
    lines = (
        f"ec2:DescribeInstances: {node.node_id} has {node.private_ip or 'IPv6 only'}, {_several(node.group_ids)}",
        *_lines(evidence, closed),
    )
    values = {"endpoint_id": worst.endpoint_id, "endpoint_service": worst.service}
    values["endpoint_security_group"] = next(iter(worst.group_ids), "")
    if needed:
        judged = proven(finding, *lines, by=no_other_way(evidence), **values)
    else:
        judged = of_ec2messages(evidence, finding, *lines, **values)
    groups = dict.fromkeys(endpoint.group_ids[0] for endpoint in closed if endpoint.group_ids)
    return judged.for_each({"endpoint_security_group": group} for group in groups)


def _groups_known(evidence: Evidence, endpoint: VpcEndpoint) -> bool:
    return {group.group_id for group in _groups(evidence, endpoint.group_ids)} == set(endpoint.group_ids)


def _into(evidence: Evidence, endpoint: VpcEndpoint) -> Permits:
    groups = _groups(evidence, endpoint.group_ids)
    return permits((rule for group in groups for rule in group.ingress), lists_of(evidence))


def _lets_in(evidence: Evidence, allowed: Permits) -> bool:
    instance = _instance(evidence)
    if allowed.group_ids.intersection(instance.group_ids):
        return True
    own = networks((instance.private_ip,)) or networks(instance.ipv6_addresses)
    return any(share((address,), allowed.networks) is Share.ALL for address in own)


def _lines(evidence: Evidence, endpoints: Iterable[VpcEndpoint]) -> tuple[str, ...]:
    ids = dict.fromkeys(group for endpoint in endpoints for group in endpoint.group_ids)
    groups = _groups(evidence, tuple(ids))
    return tuple(f"ec2:DescribeSecurityGroups: {group.group_id} lets in {_rules(group.ingress)}" for group in groups)


def _groups(evidence: Evidence, ids: Sequence[str]) -> list[SecurityGroup]:
    return [group for group in value(evidence.security_groups) if group.group_id in ids]


def _instance(evidence: Evidence) -> Instance:
    instance = value(evidence.instance)
    if instance is None:
        raise ValueError("there is no instance, so it has no security groups")
    return instance


def _rules(rules: Iterable[GroupRule]) -> str:
    return "; ".join(_rule(rule) for rule in rules) or "nothing"


def _rule(rule: GroupRule) -> str:
    protocol = "everything" if rule.protocol == ANY_PROTOCOL else rule.protocol
    ports = ""
    if rule.from_port is not None and rule.to_port is not None and rule.protocol != ANY_PROTOCOL:
        ports = f" {rule.from_port}" if rule.from_port == rule.to_port else f" {rule.from_port}-{rule.to_port}"
    ends = ", ".join((*rule.cidrs, *rule.group_ids, *rule.prefix_list_ids))
    return f"{protocol}{ports} ({ends or 'nobody'})"


def _several(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
