"""Holds the facts of one simulated node, and makes the nodes of the story.

Every API answer about a node is made from its facts. There are makers of instances in the main VPC, of
instances in a VPC of their own, and of hybrid nodes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

from smtui.demo.story.account_facts import HOME, DemoPlace, made_up_id

if TYPE_CHECKING:
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


class Approval(Enum):
    """What comes of a request for just-in-time access."""

    BY_ANA = "by ana"
    """Approved after some seconds."""
    REJECTED = "rejected"
    AUTOMATIC = "automatic"
    NO_POLICY = "no policy"
    """No approval policy fits the node, so nothing can be asked."""


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
class Boot:
    """A start of an instance, which takes its time: the agent registers, and gets its channel after that."""

    began: float
    """On the monotonic clock."""
    launched: datetime
    online_after: float = 0.0
    """Seconds from the start to the first ping."""
    connected_after: float = 0.0
    """Seconds from the start to the control channel."""

    @property
    def running_after(self) -> float:
        """Seconds from the start until the instance is no longer pending."""
        return self.online_after / 3


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
    approval: Approval | None = None
    """How a request for access is decided; None where the caller may start sessions without one."""
    boot: Boot | None = None
    """Its last start by a call; None for none."""
    stopped_at: datetime | None = None
    """When a call stopped it; None if that was before the story begins."""
    place: DemoPlace = HOME

    @property
    def hybrid(self) -> bool:
        """Whether it is a hybrid node, and so no EC2 instance."""
        return self.node_id.startswith("mi-")

    @property
    def reported_address(self) -> str:
        """The address that the agent reports."""
        return (self.network.private_ip or self.network.ipv6) if self.network is not None else self.address

    @property
    def listed(self) -> bool:
        """Whether Systems Manager lists it; stopped instances disappear from the listing."""
        return self.ping is not Ping.ABSENT

    @property
    def can_start_session(self) -> bool:
        """Whether StartSession succeeds."""
        return self.connected and self.state in {"running", ""}


CURRENT_AGENT = "3.3.987.0"
HOUR = 3600.0
DAY = 24 * HOUR
UNMANAGED: dict[str, Any] = {"ping": Ping.ABSENT, "connected": False}
LOST: dict[str, Any] = {"ping": Ping.LOST, "connected": False}
AGENT_STOPPED: dict[str, Any] = {**LOST, "agent_running": False}
CUT_FROM_SSMMESSAGES: dict[str, Any] = {"connected": False}
"""Facts that go together: how Systems Manager sees a node."""


def in_main_vpc(
    name: str,
    host: int,
    platform: Platform = Platform.AL2023,
    agent: str = CURRENT_AGENT,
    *,
    node_id: str = "",
    public_ip: str = "",
    place: DemoPlace = HOME,
    **facts: Any,
) -> DemoNode:
    """An instance of the main VPC, healthy unless `facts` say otherwise; in the public subnet with a public address.

    `host` is the last byte of its private address, `facts` are fields of `DemoNode`.
    """
    subnet, third = ("main-web", 16) if public_ip else ("main-a", 1)
    network = Network(
        vpc_id=made_up_id("vpc", place.seed("main")),
        subnet_id=made_up_id("subnet", place.seed(subnet)),
        security_group_id=made_up_id("sg", place.seed("main")),
        private_ip=f"{place.block}.{third}.{host}",
        public_ip=public_ip,
        zone=f"{place.region}a",
    )
    facts.setdefault("tags", {"env": "staging", "team": "platform"})
    facts.setdefault("computer_name", _computer_name(name, platform, network.private_ip, place))
    return DemoNode(
        node_id=node_id or made_up_id("i", place.seed(name)),
        name=name,
        platform=platform,
        agent_version=agent,
        network=network,
        place=place,
        **facts,
    )


def in_own_vpc(
    name: str, number: int, plan: VpcPlan, *, agent: str = CURRENT_AGENT, public_ip: str = "", **facts: Any
) -> DemoNode:
    """An instance in a VPC that is made from its plan, so that its path can be broken alone."""
    plan = replace(plan, number=number)
    address = "" if plan.ipv6_only else f"{plan.block}.1.10"
    network = Network(
        vpc_id=made_up_id("vpc", name),
        subnet_id=made_up_id("subnet", name),
        security_group_id=made_up_id("sg", name),
        private_ip=address,
        public_ip=public_ip,
        ipv6="" if address else f"{plan.block_6}::10",
    )
    node = in_main_vpc(name, 10, Platform.AL2023, agent, **facts)
    computer = _computer_name(name, node.platform, address) if address else f"{node.node_id}.eu-west-1.compute.internal"
    return replace(node, network=network, computer_name=computer, plan=plan)


def hybrid(
    name: str, address: str, platform: Platform = Platform.DEBIAN_12, *, place: DemoPlace = HOME, **facts: Any
) -> DemoNode:
    """A hybrid node: no EC2 instance, no tags on the EC2 side, its name in Systems Manager's own listing."""
    windows = platform.kind == "Windows"
    facts.setdefault("computer_name", _computer_name(name, platform, address) if windows else f"{name}.example.net")
    return DemoNode(
        node_id=made_up_id("mi", place.seed(name)),
        name=name,
        platform=platform,
        agent_version=CURRENT_AGENT,
        state="",
        instance_type="",
        profile="",
        address=address,
        place=place,
        **facts,
    )


def planted(facts: Mapping[str, Any]) -> DemoNode:
    """A node from JSON: a hybrid one where `address` is given, else an instance of the main VPC with `host`.

    Raises TypeError for a missing or an unknown name.
    """
    return hybrid(**facts) if "address" in facts else in_main_vpc(**facts)


def _computer_name(name: str, platform: Platform, address: str, place: DemoPlace = HOME) -> str:
    if platform.kind == "Windows":
        return f"{name.upper()[:15]}.corp.example.net"
    return f"ip-{address.replace('.', '-')}.{place.region}.compute.internal"
