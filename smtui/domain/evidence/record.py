"""All that was read for one diagnosis. A field is None until its reading has come."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from smtui.domain.agent import AgentAbility
from smtui.domain.evidence.identity import HostManagement, InstanceProfile, ProfileAssociation, Role, RolePolicies
from smtui.domain.evidence.instance import Activation, Instance, StatusChecks
from smtui.domain.evidence.local import AwsCli, Clock, Credentials, Endpoints, Permissions, Reach
from smtui.domain.evidence.network import (
    InterfaceAddresses,
    NatGateway,
    NetworkAcl,
    PrefixList,
    RouteTable,
    SecurityGroup,
    Subnet,
    VpcDns,
    VpcEndpoint,
)
from smtui.domain.evidence.preferences import Bucket, KmsKey, LogGroup, SessionPreferences
from smtui.domain.evidence.reading import Reading
from smtui.domain.node import ConnectionFact, NodeKind, SsmFacts
from smtui.domain.place import Caller, Place
from smtui.domain.plugin import PluginPick


@dataclass(frozen=True, slots=True)
class Subject:
    """What is examined: a node seen from a place, or, with an empty `node_id`, this machine alone."""

    node_id: str = ""
    place: Place = field(default_factory=Place)
    needs: AgentAbility = AgentAbility.SESSIONS
    """What the session that was wanted asks of the agent."""
    name: str = field(default="", compare=False)
    """The node's Name, where it has one: what sentences call it by."""

    @property
    def called(self) -> str:
        return self.name or self.node_id

    @property
    def kind(self) -> NodeKind:
        return NodeKind.HYBRID if self.node_id.startswith("mi-") else NodeKind.EC2


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The readings by the name of what was read; `now` is when they are judged (aware, UTC)."""

    subject: Subject
    now: datetime

    plugin: Reading[PluginPick] | None = None
    credentials: Reading[Credentials] | None = None
    caller: Reading[Caller] | None = None
    clock: Reading[Clock] | None = None
    endpoints: Reading[Endpoints] | None = None
    reach_ssm: Reading[Reach] | None = None
    reach_ssmmessages: Reading[Reach] | None = None
    permissions: Reading[Permissions] | None = None
    aws_cli: Reading[AwsCli | None] | None = None

    instance: Reading[Instance | None] | None = None
    status_checks: Reading[StatusChecks | None] | None = None
    managed: Reading[SsmFacts | None] | None = None
    """The entry of ssm:DescribeInstanceInformation; None where Systems Manager does not list the node."""
    connection: Reading[ConnectionFact] | None = None
    activation: Reading[Activation | None] | None = None
    tier: Reading[str] | None = None
    """`standard` or `advanced`."""

    association: Reading[ProfileAssociation | None] | None = None
    profile: Reading[InstanceProfile | None] | None = None
    host_management: Reading[HostManagement] | None = None
    role: Reading[Role | None] | None = None
    """The role that the node would use, whichever way it comes to it; None where it has no way to any."""
    policies: Reading[RolePolicies | None] | None = None

    security_groups: Reading[tuple[SecurityGroup, ...]] | None = None
    """The node's own and those of the endpoints."""
    prefix_lists: Reading[tuple[PrefixList, ...]] | None = None
    """Those that the node's egress rules, its routes and its endpoints' ingress rules name."""
    network_acls: Reading[tuple[NetworkAcl, ...]] | None = None
    """All of the VPC."""
    route_tables: Reading[tuple[RouteTable, ...]] | None = None
    """All of the VPC."""
    nat_gateways: Reading[tuple[NatGateway, ...]] | None = None
    subnets: Reading[tuple[Subnet, ...]] | None = None
    """All of the VPC."""
    vpc_endpoints: Reading[tuple[VpcEndpoint, ...]] | None = None
    """All of the VPC, of every service."""
    interface_addresses: Reading[InterfaceAddresses] | None = None
    """Of the endpoints' network interfaces."""
    vpc_dns: Reading[VpcDns] | None = None

    preferences: Reading[SessionPreferences | None] | None = None
    """None where none were ever saved."""
    bucket: Reading[Bucket] | None = None
    bucket_encryption: Reading[str] | None = None
    """`AES256`, `aws:kms`, …; empty where there is none."""
    log_group: Reading[LogGroup] | None = None
    kms_key: Reading[KmsKey] | None = None
