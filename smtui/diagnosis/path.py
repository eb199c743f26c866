"""The checks of the path layer: from the node's network interface to Systems Manager, and back.

Policies of an organisation are out of sight and are not judged here.
"""

from __future__ import annotations

from functools import partial

from smtui.diagnosis.checking import Check
from smtui.diagnosis.path_acls import judge_network_acl
from smtui.diagnosis.path_destinations import EC2MESSAGES, SSM, SSMMESSAGES
from smtui.diagnosis.path_endpoints import judge_endpoint, judge_private_dns, judge_route, judge_vpc_dns
from smtui.diagnosis.path_facts import WAY_READINGS
from smtui.diagnosis.path_groups import judge_endpoint_security_group, judge_security_group
from smtui.diagnosis.path_interfaces import by_any_interface
from smtui.diagnosis.path_policies import judge_endpoint_policy

_WAY_BUT_TABLES = tuple(name for name in WAY_READINGS if name != "route_tables")

CHECKS: tuple[Check, ...] = (
    Check(
        "path.security_group",
        "security-group-egress",
        ("instance", "security_groups"),
        by_any_interface(judge_security_group),
        ("vpc_endpoints", "interface_addresses", *WAY_READINGS),
    ),
    Check(
        "path.network_acl",
        "network-acl",
        ("instance", "network_acls"),
        by_any_interface(judge_network_acl),
        ("vpc_endpoints", *WAY_READINGS),
    ),
    Check(
        "path.route",
        "no-way-out",
        ("instance", "route_tables"),
        by_any_interface(judge_route),
        ("vpc_endpoints", *_WAY_BUT_TABLES),
    ),
    *(
        Check(
            f"path.endpoint_{service}",
            "endpoint-missing",
            ("instance", "vpc_endpoints"),
            by_any_interface(partial(judge_endpoint, service=service)),
            ("endpoints", "managed", *WAY_READINGS),
        )
        for service in (SSM, SSMMESSAGES, EC2MESSAGES)
    ),
    Check(
        "path.private_dns",
        "private-dns-off",
        ("instance", "vpc_endpoints"),
        by_any_interface(judge_private_dns),
        ("managed", *WAY_READINGS),
    ),
    Check(
        "path.endpoint_security_group",
        "endpoint-security-group",
        ("instance", "vpc_endpoints", "security_groups"),
        by_any_interface(judge_endpoint_security_group),
        ("managed", *WAY_READINGS),
    ),
    Check(
        "path.endpoint_policy",
        "endpoint-policy",
        ("instance", "vpc_endpoints"),
        judge_endpoint_policy,
        ("managed", "role", "caller", *WAY_READINGS),
    ),
    Check(
        "path.vpc_dns",
        "vpc-dns-off",
        ("instance", "vpc_dns"),
        judge_vpc_dns,
        ("vpc_endpoints", *WAY_READINGS),
    ),
)
