"""The EC2 and Systems Manager sides of one node, as troubleshooting needs them (more than a row of the list does)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class MetadataOptions:
    """How the instance metadata service is set up."""

    enabled: bool
    tokens_required: bool
    """IMDSv2 only."""
    hop_limit: int


@dataclass(frozen=True, slots=True)
class NetworkInterface:
    """One of an instance's further network interfaces."""

    interface_id: str
    vpc_id: str
    subnet_id: str
    private_ip: str = ""
    public_ip: str = ""
    ipv6_addresses: tuple[str, ...] = ()
    group_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Instance:
    """One entry of ec2:DescribeInstances, a terminated one too. Empty texts and tuples where EC2 told nothing."""

    node_id: str
    state: str
    vpc_id: str = ""
    subnet_id: str = ""
    private_ip: str = ""
    public_ip: str = ""
    ipv6_addresses: tuple[str, ...] = ()
    """Of the primary network interface."""
    group_ids: tuple[str, ...] = ()
    """Security groups of the primary network interface."""
    profile_arn: str = ""
    metadata: MetadataOptions | None = None
    platform: str = ""
    """`windows`, else empty."""
    owner: str = ""
    """The account's number."""
    other_interfaces: tuple[NetworkInterface, ...] = ()
    """All but the primary one."""


@dataclass(frozen=True, slots=True)
class StatusChecks:
    """One entry of ec2:DescribeInstanceStatus: `ok`, `impaired`, `initializing`, `insufficient-data`, …"""

    instance: str
    system: str


@dataclass(frozen=True, slots=True)
class Activation:
    """The hybrid activation that a node was registered with (ssm:DescribeActivations)."""

    activation_id: str
    expired: bool
    expires_at: datetime | None
    registrations: int
    limit: int
