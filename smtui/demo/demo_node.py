"""One node of the simulated fleet: what is true of it, from which every API answer is made."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Platform(Enum):
    """An operating system: SSM's type, name and version, EC2's words for it and the image."""

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

    def __init__(self, kind: str, title: str, release: str, ec2_words: str, image_id: str) -> None:
        self.kind = kind
        self.title = title
        self.release = release
        self.ec2_words = ec2_words
        self.image_id = image_id


class Ping(Enum):
    """What Systems Manager's listing says of a node; ABSENT nodes are not in it."""

    ONLINE = "Online"
    LOST = "ConnectionLost"
    ABSENT = ""


@dataclass(frozen=True, slots=True)
class Metadata:
    """The instance metadata options."""

    enabled: bool = True
    tokens_required: bool = True
    hop_limit: int = 2


@dataclass(frozen=True, slots=True)
class Network:
    """Where an EC2 instance stands."""

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
    """Seconds since the last ping, at whatever moment one asks."""
    connected: bool = True
    """Whether the agent holds a control channel to ssmmessages."""
    state: str = "running"
    impaired: bool = False
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
    thing_name: str = ""
    """Edge devices: the IoT thing behind the node."""

    @property
    def hybrid(self) -> bool:
        return self.node_id.startswith("mi-")

    @property
    def listed(self) -> bool:
        """Whether Systems Manager's listing has it; it drops instances that do not run."""
        return self.ping is not Ping.ABSENT

    @property
    def can_start_session(self) -> bool:
        return self.connected and self.state in {"running", ""}


def made_up_id(prefix: str, seed: str) -> str:
    """An id such as `vpc-0a1b…` with 17 hex digits, the same for the same seed."""
    return f"{prefix}-0{hashlib.sha256(f'{prefix}/{seed}'.encode()).hexdigest()[:16]}"
