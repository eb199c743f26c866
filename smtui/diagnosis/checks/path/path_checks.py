"""Checks the path layer: from the node's network interface to Systems Manager, and back.

An organisation's policies cannot be seen and are not judged here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from smtui.diagnosis.check import Check, Judgement
from smtui.diagnosis.check_result import CheckStatus
from smtui.diagnosis.checks.path.acls import judge_network_acl
from smtui.diagnosis.checks.path.destinations import EC2MESSAGES, SSM, SSMMESSAGES
from smtui.diagnosis.checks.path.endpoint_policies import judge_endpoint_policy
from smtui.diagnosis.checks.path.outbound import READ_FOR_PROOF
from smtui.diagnosis.checks.path.path_facts import WAY_READINGS
from smtui.diagnosis.checks.path.security_groups import judge_endpoint_security_group, judge_security_group
from smtui.diagnosis.checks.path.vpc_endpoints import judge_endpoint, judge_private_dns, judge_route, judge_vpc_dns
from smtui.diagnosis.evidence.reading import Seen, value
from smtui.diagnosis.evidence.record import Evidence

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.node_facts import Instance, NetworkInterface

_WAY_BUT_TABLES = tuple(lookup for lookup in WAY_READINGS if lookup is not Evidence.route_tables)

_Judge = Callable[[Evidence], Judgement]


def _by_any_interface(judge: _Judge) -> _Judge:
    """The judgement of the primary interface; a warning where that is a FAIL and another interface has none.

    A node's own system decides which of its interfaces packets take.
    """

    def judged(evidence: Evidence) -> Judgement:
        first = judge(evidence)
        if first.status is not CheckStatus.FAIL:
            return first
        instance = value(evidence.instance)
        faces = _others(instance) if instance is not None else ()
        other = next((face for face in faces if _serves(judge, evidence, face)), None)
        if other is None:
            return first
        line = f"ec2:DescribeInstances: {evidence.subject.node_id} has {other.interface_id} in {other.subnet_id}, too"
        finding = (
            f"{first.finding.removesuffix('.')}; this is about the primary network interface, and the node may use"
            f" {other.interface_id} instead."
        )
        lines = (*first.evidence, line)
        return replace(first, status=CheckStatus.WARN, finding=finding, evidence=lines).likely()

    return judged


def _others(instance: Instance) -> Iterator[NetworkInterface]:
    """The other interfaces whose packets pass other rules than the primary one's."""
    for face in instance.other_interfaces:
        if (face.subnet_id, set(face.group_ids)) != (instance.subnet_id, set(instance.group_ids)) or face.public_ip:
            yield face


def _serves(judge: _Judge, evidence: Evidence, face: NetworkInterface) -> bool:
    """Whether the interface may serve; in another VPC nobody can tell."""
    instance = value(evidence.instance)
    if instance is None or face.vpc_id not in (instance.vpc_id, ""):
        return True
    seen_from = replace(
        instance,
        subnet_id=face.subnet_id,
        private_ip=face.private_ip,
        public_ip=face.public_ip,
        ipv6_addresses=face.ipv6_addresses,
        group_ids=face.group_ids,
        interface_id=face.interface_id,
    )
    return judge(replace(evidence, instance=Seen(seen_from))).status is not CheckStatus.FAIL


CHECKS: tuple[Check, ...] = (
    Check(
        "path.security_group",
        "security-group-egress",
        (Evidence.instance, Evidence.security_groups),
        _by_any_interface(judge_security_group),
        (Evidence.endpoints, Evidence.interface_addresses, *WAY_READINGS),
    ),
    Check(
        "path.network_acl",
        "network-acl",
        (Evidence.instance, Evidence.network_acls),
        _by_any_interface(judge_network_acl),
        (Evidence.endpoints, *WAY_READINGS),
    ),
    Check(
        "path.route",
        "no-way-out",
        (Evidence.instance, Evidence.route_tables),
        _by_any_interface(judge_route),
        (Evidence.endpoints, Evidence.managed, *READ_FOR_PROOF, *_WAY_BUT_TABLES),
    ),
    *(
        Check(
            f"path.endpoint_{service}",
            "endpoint-missing",
            (Evidence.instance, Evidence.vpc_endpoints),
            _by_any_interface(partial(judge_endpoint, service=service)),
            (Evidence.endpoints, Evidence.managed, *READ_FOR_PROOF, *WAY_READINGS),
        )
        for service in (SSM, SSMMESSAGES, EC2MESSAGES)
    ),
    Check(
        "path.private_dns",
        "private-dns-off",
        (Evidence.instance, Evidence.vpc_endpoints),
        _by_any_interface(judge_private_dns),
        (Evidence.endpoints, Evidence.managed, *WAY_READINGS),
    ),
    Check(
        "path.endpoint_security_group",
        "endpoint-security-group",
        (Evidence.instance, Evidence.vpc_endpoints, Evidence.security_groups),
        _by_any_interface(judge_endpoint_security_group),
        (Evidence.endpoints, Evidence.managed, *WAY_READINGS),
    ),
    Check(
        "path.endpoint_policy",
        "endpoint-policy",
        (Evidence.instance, Evidence.vpc_endpoints),
        judge_endpoint_policy,
        (Evidence.endpoints, Evidence.managed, Evidence.role, Evidence.caller, *READ_FOR_PROOF, *WAY_READINGS),
    ),
    Check(
        "path.vpc_dns",
        "vpc-dns-off",
        (Evidence.instance, Evidence.vpc_dns),
        judge_vpc_dns,
        (Evidence.endpoints, *WAY_READINGS),
    ),
)
