"""What AWSSupport-TroubleshootManagedInstance says of a node at its end, made from what is planted there.

The frame, the marks and the order are the runbook's; its findings here follow from the codes of the planted causes. It
looks at endpoints, routes, network ACLs, security groups and the instance profile, and at nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from smtui.demo.causes import CAUSES, MORE_CAUSES, SEVERAL_CAUSES
from smtui.demo.demo_node import DemoNode, Ping

MANAGED = "EC2 instance is managed by Systems Manager."


@dataclass(frozen=True, slots=True)
class _Section:
    heading: str
    well: str
    ill: Mapping[str, str]
    """By the code of the cause."""


_NO_ENDPOINT = "[ERROR] No VPC endpoint 'com.amazonaws.{region}.%s' found on the EC2 instance VPC: {vpc}."
_SECTIONS = (
    _Section(
        "Checks for Amazon VPC Systems Manager VPC Endpoint 'com.amazonaws.{region}.ssm':",
        "[INFO] The VPC endpoints of the EC2 instance VPC need nothing: {vpc}.",
        {
            "path.endpoint_ssm": _NO_ENDPOINT % "ssm",
            "path.endpoint_ssmmessages": _NO_ENDPOINT % "ssmmessages",
            "path.endpoint_ec2messages": _NO_ENDPOINT % "ec2messages",
            "path.private_dns": "[ERROR] Private DNS is not enabled for the VPC endpoints on: {vpc}.",
            "path.endpoint_security_group": (
                "[ERROR] VPC endpoint security groups do not allow inbound traffic on port '443' from '{address}'."
            ),
        },
    ),
    _Section(
        "Checks for the VPC route table entries of the instance's subnet '{subnet}':",
        "[OK] The route table has a route to the endpoints of Systems Manager.",
        {
            "path.route": (
                "[WARNING] No route found for 0.0.0.0/0. Internet access is required to connect to the public Systems "
                "Manager endpoint."
            )
        },
    ),
    _Section(
        "Checks for NACL rules of the instance subnet '{subnet}':",
        "[OK] 'ALL' outbound traffic allowed to '{address}' from '[1024, 65535]'",
        {"path.network_acl": "[ERROR] The network ACL does not allow '{address}' to reach port '443' and be answered."},
    ),
    _Section(
        "Checks EC2 instance '{node}' security groups outbound traffic:",
        "[OK] Security group '{group}' allows outbound traffic on port '443' to '0.0.0.0/0'.",
        {"path.security_group": "[ERROR] Security group '{group}' does not allow outbound traffic on port '443'."},
    ),
    _Section(
        "Checks EC2 instance IAM profile and required permissions:",
        "[OK] The IAM profile '{profile}' has the required permissions.",
        {
            "identity.instance_profile": "[ERROR] No EC2 instance IAM profile attached to the instance: '{node}'.",
            "identity.trust": "[ERROR] The role of the IAM profile '{profile}' cannot be assumed by EC2.",
            "identity.policy": "[ERROR] The IAM profile '{profile}' lacks permissions that Systems Manager needs.",
        },
    ),
    _Section(
        "Additional Troubleshooting:",
        "Starting with the SSM Agent version 3.1.501.0, 'ssm-cli' finds problems on the instance itself.",
        {},
    ),
)


def managed(node: DemoNode) -> bool:
    """Whether the runbook finds nothing to do."""
    return node.ping is Ping.ONLINE


def report(node: DemoNode, region: str) -> str:
    """The message of the step FinalOutput."""
    if managed(node) or node.network is None:
        return MANAGED
    words = {
        "vpc": node.network.vpc_id,
        "subnet": node.network.subnet_id,
        "group": node.network.security_group_id,
        "address": node.network.private_ip,
        "region": region,
        "node": node.node_id,
        "profile": node.profile,
    }
    return "\n".join(_lines(words, _planted(node.name)))


def _planted(name: str) -> tuple[str, ...]:
    single = CAUSES.get(name) or MORE_CAUSES.get(name)
    return (single,) if single else SEVERAL_CAUSES.get(name, ())


def _lines(words: Mapping[str, str], codes: Collection[str]) -> Iterator[str]:
    for number, section in enumerate(_SECTIONS, 1):
        yield f"{number}. {section.heading.format_map(words)}"
        for line in [section.ill[code] for code in codes if code in section.ill] or [section.well]:
            yield f"- {line.format_map(words)}"
        yield ""
