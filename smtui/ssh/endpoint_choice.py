"""Chooses an EC2 Instance Connect Endpoint for an instance, and says what such an endpoint cannot do.

Sources: DescribeInstanceConnectEndpoints in the EC2 API reference; "Connect using EC2 Instance Connect Endpoint" in the
EC2 user guide (limits); `aws ec2-instance-connect` of the AWS CLI v2 (its order of endpoints and addresses).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

PORTS = (22, 3389)
TUNNEL_SECONDS = 3600
"""The longest life of a connection through an endpoint; a policy may allow less."""
USABLE_STATES = frozenset({"create-complete", "update-in-progress", "update-failed", "update-complete"})
"""While an endpoint is changed, and if that fails, it goes on with its old settings."""


@dataclass(frozen=True, slots=True)
class ConnectEndpoint:
    """One EC2 Instance Connect Endpoint. Its host names are AWS's own; an empty one does not exist."""

    endpoint_id: str
    state: str
    vpc_id: str
    subnet_id: str
    dns_name: str
    fips_dns_name: str = ""
    dual_stack_dns_name: str = ""
    dual_stack_fips_dns_name: str = ""
    address_type: str = ""
    """The addresses that it reaches: `ipv4`, `ipv6` or `dualstack`; empty if AWS does not say."""


@dataclass(frozen=True, slots=True)
class ConnectTarget:
    """What an endpoint has to know of an EC2 instance."""

    node_id: str
    state: str
    vpc_id: str
    subnet_id: str
    zone: str = ""
    private_ip: str = ""
    ipv6: str = ""


@dataclass(frozen=True, slots=True)
class EndpointWay:
    """A way to an instance: through this endpoint to this address of it."""

    endpoint: ConnectEndpoint
    target: ConnectTarget
    address: str

    @property
    def same_subnet(self) -> bool:
        """Whether endpoint and instance are in one subnet; AWS charges for traffic between Availability Zones."""
        return self.endpoint.subnet_id == self.target.subnet_id


class NoWay(Exception):
    """No endpoint leads to the instance; the message is a sentence."""


def choose_way(endpoints: Sequence[ConnectEndpoint], target: ConnectTarget) -> EndpointWay:
    """The way that the AWS CLI takes, too: an endpoint in the instance's subnet, else the first of its VPC.

    Raises `NoWay`, which says why there is none.
    """
    if target.state != "running":
        raise NoWay(
            f"{target.node_id} is {target.state or 'in an unknown state'}; an endpoint reaches running instances."
        )
    in_vpc = [endpoint for endpoint in endpoints if endpoint.vpc_id == target.vpc_id]
    usable = [endpoint for endpoint in in_vpc if endpoint.state in USABLE_STATES]
    reaching = [endpoint for endpoint in usable if address_for(endpoint, target)]
    if not reaching:
        raise NoWay(_why_none(in_vpc, usable, target))
    nearest = next((endpoint for endpoint in reaching if endpoint.subnet_id == target.subnet_id), reaching[0])
    return EndpointWay(nearest, target, address_for(nearest, target))


def address_for(endpoint: ConnectEndpoint, target: ConnectTarget) -> str:
    """The instance's address that the endpoint can reach, the private IPv4 one first; empty if there is none."""
    fitting = {"ipv4": (target.private_ip,), "ipv6": (target.ipv6,)}
    return next(filter(None, fitting.get(endpoint.address_type, (target.private_ip, target.ipv6))), "")


def _why_none(in_vpc: Sequence[ConnectEndpoint], usable: Sequence[ConnectEndpoint], target: ConnectTarget) -> str:
    if not in_vpc:
        return f"There is no EC2 Instance Connect Endpoint in {target.vpc_id}, the VPC of {target.node_id}."
    if not usable:
        states = ", ".join(f"{endpoint.endpoint_id} is {endpoint.state}" for endpoint in in_vpc)
        return f"No EC2 Instance Connect Endpoint in {target.vpc_id} can be used: {states}."
    kind = "IPv4" if any(endpoint.address_type == "ipv4" for endpoint in usable) else "IPv6"
    return (
        f"The EC2 Instance Connect Endpoint of {target.vpc_id} needs an {kind} address, which {target.node_id} lacks."
    )


def host_of(endpoint: ConnectEndpoint, *, fips: bool = False, dual_stack: bool = False) -> str:
    """The host to connect to, as AWS named it. Raises `NoWay` if FIPS is demanded and the endpoint offers none.

    An endpoint without dual-stack names is used by its ordinary one, as by the AWS CLI.
    """
    if fips:
        host = (dual_stack and endpoint.dual_stack_fips_dns_name) or endpoint.fips_dns_name
        if not host:
            raise NoWay(f"{endpoint.endpoint_id} has no FIPS host, and this configuration demands FIPS endpoints.")
        return host
    host = (dual_stack and endpoint.dual_stack_dns_name) or endpoint.dns_name
    if not host:
        raise NoWay(f"AWS names no host for {endpoint.endpoint_id}.")
    return host


def port_complaint(port: int) -> str:
    """Why an endpoint cannot reach this port, as a sentence; empty if it can."""
    if port in PORTS:
        return ""
    return (
        f"An EC2 Instance Connect Endpoint reaches only the ports 22 (SSH) and 3389 (RDP), not {port}. "
        "For other ports, go to port 22 and let ssh forward: ssh -L."
    )


def seconds_complaint(seconds: int) -> str:
    """Why a connection cannot be limited to so many seconds, as a sentence; empty if it can."""
    if 1 <= seconds <= TUNNEL_SECONDS:
        return ""
    return f"A connection through an endpoint lasts from 1 to {TUNNEL_SECONDS} seconds, not {seconds}."
