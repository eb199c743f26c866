"""Holds the facts of one simulated node; every API answer about it is made from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from smtui.demo.story.vpc import VpcPlan


class Platform(Enum):
    """An operating system: type, name and version in Systems Manager, platform details and image in EC2."""

    AL2023 = ("Linux", "Amazon Linux", "2023", "Linux/UNIX", "ami-0d71ea30463e0ff8d")
    AL2 = ("Linux", "Amazon Linux", "2", "Linux/UNIX", "ami-05cd7a2a1b2f8d5a1")
    UBUNTU_18 = ("Linux", "Ubuntu", "18.04", "Linux/UNIX", "ami-0f29c8402f8cce65c")
    UBUNTU_22 = ("Linux", "Ubuntu", "22.04", "Linux/UNIX", "ami-0694d931cee176e7d")
    UBUNTU_24 = ("Linux", "Ubuntu", "24.04", "Linux/UNIX", "ami-03446a3af42c5e74e")
    DEBIAN_12 = ("Linux", "Debian GNU/Linux", "12", "Linux/UNIX", "ami-0715d656023fe21b4")
    RHEL_9 = ("Linux", "Red Hat Enterprise Linux", "9.4", "Red Hat Enterprise Linux", "ami-07d4917b6f95f5c2a")
    WINDOWS_2019 = ("Windows", "Microsoft Windows Server 2019 Datacenter", "10.0.17763", "Windows", "ami-0b1c2d3e4f")
    WINDOWS_2022 = ("Windows", "Microsoft Windows Server 2022 Datacenter", "10.0.20348", "Windows", "ami-0c2d3e4f5a")
    MACOS_14 = ("MacOS", "macOS", "14.6.1", "Linux/UNIX", "ami-0e4f5a6b7c8d9e0f1")

    def __init__(self, kind: str, title: str, release: str, ec2_details: str, image_id: str) -> None:
        self.kind = kind
        self.title = title
        self.release = release
        self.ec2_details = ec2_details
        self.image_id = image_id


class Ping(Enum):
    """The ping status in Systems Manager's listing; ABSENT nodes are not listed."""

    ONLINE = "Online"
    LOST = "ConnectionLost"
    ABSENT = ""


class Finding(Enum):
    """The status of the checks that find what is wrong with a node."""

    FAIL = "FAIL"
    WARN = "WARN"
    """A session starts all the same, or may for all that can be seen."""
    UNKNOWN = "UNKNOWN"
    """The cause is where no check sees."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """The instance metadata options."""

    enabled: bool = True
    tokens_required: bool = True
    hop_limit: int = 2


@dataclass(frozen=True, slots=True)
class Network:
    """The place of an EC2 instance in a VPC."""

    vpc_id: str
    subnet_id: str
    security_group_id: str
    private_ip: str
    """Empty in an IPv6-only subnet."""
    public_ip: str = ""
    ipv6: str = ""
    zone: str = "eu-west-1a"


@dataclass(frozen=True, slots=True)
class DemoNode:
    """A node. Hybrid ones have no `network`, and `state` is empty for them."""

    node_id: str
    name: str
    """The Name tag of an EC2 instance, the activation's name of a hybrid node."""
    platform: Platform
    agent_version: str
    ping: Ping = Ping.ONLINE
    ping_age: float = 30.0
    """Seconds since the last ping; the same at every moment."""
    connected: bool = True
    """Whether the agent holds a control channel to ssmmessages."""
    state: str = "running"
    impaired: bool = False
    agent_running: bool = True
    instance_type: str = "t3.small"
    network: Network | None = None
    profile: str = "web-instance-profile"
    """The instance profile's name; empty for none."""
    metadata: Metadata = Metadata()
    tags: Mapping[str, str] = field(default_factory=dict)
    computer_name: str = ""
    address: str = ""
    """Hybrid nodes: the address the agent reports."""
    activation_id: str = ""
    last_session: str = ""
    """The reason of a session that ended with the last ping; empty for none."""
    thing_name: str = ""
    """Edge devices: the IoT thing behind the node."""
    plan: VpcPlan | None = None
    """How its VPC is laid out, where it has one of its own."""
    causes: tuple[str, ...] = ()
    """The codes of the checks that have to find what is wrong, the nearest link first; empty for a healthy node."""
    finding: Finding = Finding.FAIL

    @property
    def hybrid(self) -> bool:
        """Whether it is a hybrid node, and so no EC2 instance."""
        return self.node_id.startswith("mi-")

    @property
    def listed(self) -> bool:
        """Whether Systems Manager lists it; stopped instances disappear from the listing."""
        return self.ping is not Ping.ABSENT

    @property
    def can_start_session(self) -> bool:
        """Whether StartSession succeeds."""
        return self.connected and self.state in {"running", ""}
