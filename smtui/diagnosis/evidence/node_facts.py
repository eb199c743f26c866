"""Looks at one node through EC2 and Systems Manager, in more detail than a row of the list needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

from smtui.diagnosis.evidence.reading import Lookup, NothingToAsk, answer
from smtui.domain.node import ConnectionFact, NodeKind, PingStatus, SsmFacts

if TYPE_CHECKING:
    from smtui.diagnosis.evidence.record import Evidence, EvidenceSources

T = TypeVar("T")


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
    """One entry of ec2:DescribeInstances, also a terminated one. Texts and tuples are empty where EC2 reports none."""

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
    interface_id: str = ""
    """The primary one's."""
    tags: tuple[tuple[str, str], ...] = ()
    """Key and value."""


@dataclass(frozen=True, slots=True)
class StatusChecks:
    """One entry of ec2:DescribeInstanceStatus: `ok`, `impaired`, `initializing`, `insufficient-data` or another."""

    instance: str
    system: str


@dataclass(frozen=True, slots=True)
class SessionSpan:
    """A session on the node, from ssm:DescribeSessions."""

    session_id: str
    started_at: datetime
    ended_at: datetime | None = None
    """None for an active session."""


@dataclass(frozen=True, slots=True)
class Activation:
    """The hybrid activation that a node was registered with (ssm:DescribeActivations)."""

    activation_id: str
    expired: bool
    expires_at: datetime | None
    registrations: int
    limit: int


class NodeAws(Protocol):
    """The calls of `NodeEvidence`; see `EvidenceAws`."""

    def instance(self, node_id: str) -> Instance | None:
        """ec2:DescribeInstances; None for an id that EC2 does not know here."""

    def status_checks(self, node_id: str) -> StatusChecks | None:
        """ec2:DescribeInstanceStatus; None while the instance does not run."""

    def managed_node(self, node_id: str) -> SsmFacts | None:
        """ssm:DescribeInstanceInformation; None where Systems Manager does not list the node."""

    def connection_status(self, node_id: str) -> ConnectionFact:
        """ssm:GetConnectionStatus."""

    def sessions(self, node_id: str) -> tuple[SessionSpan, ...]:
        """ssm:DescribeSessions: the node's active sessions and the latest ended ones."""

    def activation(self, activation_id: str) -> Activation | None:
        """ssm:DescribeActivations."""

    def tier(self) -> str:
        """ssm:GetServiceSetting of /ssm/managed-instance/activation-tier: `standard` or `advanced`."""


def of_instance(
    ask: Callable[[EvidenceSources, str], T],
) -> Callable[[EvidenceSources, Evidence], T]:
    """Ask EC2 by the node's id; a hybrid node has nothing to ask for."""

    def asked(sources: EvidenceSources, got: Evidence) -> T:
        if got.subject.kind is NodeKind.HYBRID:
            raise NothingToAsk("A hybrid node has no EC2 instance.")
        return ask(sources, got.subject.node_id)

    return asked


def known_instance(got: Evidence) -> Instance:
    """The instance, where there is one. Raises `NothingToAsk` or `Inherited`."""
    instance = answer(got.instance)
    if instance is None:
        raise NothingToAsk(f"EC2 knows no instance {got.subject.node_id} here.")
    if instance.state == "terminated":
        raise NothingToAsk("The instance is terminated.")
    return instance


def _activation(sources: EvidenceSources, got: Evidence) -> Activation | None:
    if got.subject.kind is not NodeKind.HYBRID:
        raise NothingToAsk("Only hybrid nodes are activated.")
    managed = answer(got.managed)
    if managed is None or not managed.activation_id:
        raise NothingToAsk("Systems Manager names no activation for this node.")
    return sources.aws.activation(managed.activation_id)


def _sessions(sources: EvidenceSources, got: Evidence) -> tuple[SessionSpan, ...]:
    managed = answer(got.managed)
    if managed is None or managed.ping_status not in (PingStatus.CONNECTION_LOST, PingStatus.INACTIVE):
        raise NothingToAsk("The node has not gone away.")
    return sources.aws.sessions(got.subject.node_id)


def _tier(sources: EvidenceSources, got: Evidence) -> str:
    if got.subject.kind is not NodeKind.HYBRID:
        raise NothingToAsk("Only hybrid nodes need a tier.")
    return sources.aws.tier()


@dataclass(kw_only=True)
class NodeEvidence:
    """The node as EC2 and Systems Manager describe it."""

    instance: Lookup[Instance | None] = Lookup(
        "ec2:DescribeInstances", of_instance(lambda sources, node: sources.aws.instance(node))
    )
    status_checks: Lookup[StatusChecks | None] = Lookup(
        "ec2:DescribeInstanceStatus", of_instance(lambda sources, node: sources.aws.status_checks(node))
    )
    managed: Lookup[SsmFacts | None] = Lookup(
        "ssm:DescribeInstanceInformation", lambda sources, got: sources.aws.managed_node(got.subject.node_id)
    )
    """The entry of ssm:DescribeInstanceInformation; None where Systems Manager does not list the node."""
    connection: Lookup[ConnectionFact] = Lookup(
        "ssm:GetConnectionStatus", lambda sources, got: sources.aws.connection_status(got.subject.node_id)
    )
    sessions: Lookup[tuple[SessionSpan, ...]] = Lookup("ssm:DescribeSessions", _sessions, (managed,))
    """The active and the latest ended ones of a node that no longer reports to Systems Manager."""
    activation: Lookup[Activation | None] = Lookup("ssm:DescribeActivations", _activation, (managed,))
    tier: Lookup[str] = Lookup("ssm:GetServiceSetting", _tier)
    """`standard` or `advanced`."""
