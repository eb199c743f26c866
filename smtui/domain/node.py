"""Describes a managed node, or an EC2 instance that is not managed yet, by dated facts.

Sources: DescribeInstanceInformation, DescribeInstances and GetConnectionStatus in the AWS API references.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from smtui.domain.version import Version

if TYPE_CHECKING:
    from smtui.domain.place import Place
    from smtui.domain.places.organisation_facts import OrganisationFacts

NO_TAGS: Mapping[str, str] = MappingProxyType({})


class NodeKind(StrEnum):
    """An EC2 instance, or a hybrid node (`mi-…`)."""

    EC2 = "ec2"
    HYBRID = "hybrid"


class PingStatus(StrEnum):
    """The values of PingStatus; any other is UNRECOGNISED."""

    ONLINE = "Online"
    CONNECTION_LOST = "ConnectionLost"
    INACTIVE = "Inactive"
    UNRECOGNISED = ""


class ConnectionStatus(StrEnum):
    """The values of GetConnectionStatus."""

    CONNECTED = "connected"
    NOT_CONNECTED = "notconnected"


class Sighting(StrEnum):
    """What the listing of Systems Manager or of EC2 says about a node."""

    PENDING = "pending"
    """The listing is still being read and has not shown the node yet."""
    LISTED = "listed"
    ABSENT = "absent"
    """The listing is complete and the node is not in it."""
    DENIED = "denied"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SsmFacts:
    """One entry of DescribeInstanceInformation."""

    node_id: str
    ping_status: PingStatus
    last_ping: datetime | None
    agent_version: str
    platform_type: str
    """`Linux`, `Windows`, `MacOS` or empty."""
    platform_name: str
    platform_version: str
    seen_at: datetime
    """When this answer came; aware, UTC."""
    is_latest_agent: bool | None = None
    name: str = ""
    """Hybrid nodes only: the name given at activation."""
    computer_name: str = ""
    ip_address: str = ""
    iam_role: str = ""
    activation_id: str = ""
    registered_at: datetime | None = None
    source_type: str = ""
    source_id: str = ""
    source_location: str = ""
    """Where in another cloud it runs; empty for AWS and for machines of one's own."""

    @property
    def agent(self) -> Version | None:
        """The agent's version; None if it cannot be read."""
        return Version.parse(self.agent_version)


@dataclass(frozen=True, slots=True)
class Ec2Facts:
    """One instance of DescribeInstances."""

    node_id: str
    state: str
    """pending, running, shutting-down, terminated, stopping or stopped."""
    seen_at: datetime
    name: str = ""
    instance_type: str = ""
    private_ip: str = ""
    public_ip: str = ""
    vpc_id: str = ""
    subnet_id: str = ""
    zone: str = ""
    instance_profile_arn: str = ""
    image_id: str = ""
    platform_details: str = ""
    launched_at: datetime | None = None
    tags: Mapping[str, str] = field(default_factory=lambda: NO_TAGS)


@dataclass(frozen=True, slots=True)
class ConnectionFact:
    """One answer of GetConnectionStatus."""

    status: ConnectionStatus
    probed_at: datetime


@dataclass(frozen=True, slots=True)
class StopFacts:
    """What EC2 says of an instance that may be started."""

    state: str
    instance_type: str = ""
    stopped_at: datetime | None = None
    code: str = ""
    """StateReason's code, such as `Client.UserInitiatedShutdown`; empty if it is not known."""
    has_fixed_public_address: bool = False
    """Whether it keeps a public address while it is stopped: an Elastic IP."""


@dataclass(frozen=True, slots=True)
class Node:
    """Everything known about one node, joined by id. Either side may be missing; `*_side` says why."""

    node_id: str
    place: Place
    account: str
    region: str
    ssm: SsmFacts | None
    ssm_side: Sighting
    ec2: Ec2Facts | None
    ec2_side: Sighting
    connection: ConnectionFact | None = None
    ssm_trouble: str = ""
    """The sentence that names the call if `ssm_side` is DENIED or FAILED; else empty."""
    ec2_trouble: str = ""
    organisation: OrganisationFacts | None = None
    """What the organisation's list had; only for nodes that no list of their own place shows."""
    no_way_in: bool = False
    """Whether no profile leads to its account: no session can be started."""

    @property
    def kind(self) -> NodeKind:
        """Whether it is an EC2 instance or a hybrid node, by its id."""
        return NodeKind.HYBRID if self.node_id.startswith("mi-") else NodeKind.EC2

    @property
    def name(self) -> str:
        """The Name tag, else the hybrid or the organisation's name, else the computer name; empty if none is known."""
        candidates = (
            self.ec2.name if self.ec2 else "",
            self.ssm.name if self.ssm else "",
            self.organisation.name if self.organisation else "",
            self.ssm.computer_name if self.ssm else "",
            self.organisation.computer_name if self.organisation else "",
        )
        return next((candidate for candidate in candidates if candidate), "")

    @property
    def given_name(self) -> str:
        """The Name tag of an instance, or the name that a hybrid node was activated with; empty if it has none."""
        if self.kind is NodeKind.EC2:
            return self.ec2.name if self.ec2 else ""
        return self.ssm.name if self.ssm else ""

    @property
    def place_label(self) -> str:
        """`prod/eu-west-1`: the profile and Region that the node was seen through."""
        return "/".join(part for part in (self.place.profile, self.region) if part)

    @property
    def platform(self) -> str:
        """`Amazon Linux 2023`, from Systems Manager, else EC2's less exact name, else empty."""
        if self.ssm and self.ssm.platform_name:
            return f"{self.ssm.platform_name} {self.ssm.platform_version}".strip()
        if self.ssm and self.ssm.platform_type:
            return self.ssm.platform_type
        if self.ec2:
            return self.ec2.platform_details
        return self.organisation.platform if self.organisation else ""

    @property
    def agent_version(self) -> str:
        """The agent's version as AWS writes it; empty if unknown."""
        if self.ssm:
            return self.ssm.agent_version
        return self.organisation.agent_version if self.organisation else ""

    @property
    def address(self) -> str:
        """The private IP address, from EC2 or the agent; empty if unknown."""
        if self.ec2 and self.ec2.private_ip:
            return self.ec2.private_ip
        if self.ssm:
            return self.ssm.ip_address
        return self.organisation.address if self.organisation else ""

    @property
    def state(self) -> str:
        """The EC2 instance state; empty for hybrid nodes and if EC2 could not be read."""
        return self.ec2.state if self.ec2 else ""

    @property
    def tags(self) -> Mapping[str, str]:
        """The EC2 instance's tags."""
        return self.ec2.tags if self.ec2 else NO_TAGS


def known_by_id(node_id: str, place: Place) -> Node:
    """Return a node of which nothing else is known."""
    return Node(node_id, place, "", place.region, None, Sighting.PENDING, None, Sighting.PENDING)
