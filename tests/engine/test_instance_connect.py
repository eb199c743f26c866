"""The use cases of EC2 Instance Connect: what is checked before a call, and in which order calls are made."""

from __future__ import annotations

from typing import Any

import pytest

from smtui.domain.place import Place
from smtui.engine.instance_connect import InstanceConnect
from smtui.engine.offloop import OffLoop
from smtui.ssh.endpoint_choice import ConnectEndpoint, ConnectTarget, EndpointWay, NoWay
from smtui.ssh.endpoint_tunnels import TunnelAddress

TARGET = ConnectTarget("i-1", "running", "vpc-1", "subnet-1", private_ip="10.0.1.10")
ENDPOINT = ConnectEndpoint("eice-0b7c1d2e3f4a59680", "create-complete", "vpc-1", "subnet-1", "host")
WAY = EndpointWay(ENDPOINT, TARGET, "10.0.1.10")
ADDRESS = TunnelAddress("wss://host", None)


class ConnectAws:
    """Answers, and keeps what it was asked. Also the places, all of which are this one."""

    def __init__(self, target: ConnectTarget | None = TARGET) -> None:
        self.target = target
        self.asked: list[Any] = []

    def instance_connect_at(self, place: Place) -> ConnectAws:
        return self

    def push_key(self, node_id: str, user: str, public_key: str) -> None:
        self.asked.append((node_id, user, public_key))

    def connect_target(self, node_id: str) -> ConnectTarget | None:
        self.asked.append(node_id)
        return self.target

    def connect_endpoints(self, vpc_id: str) -> list[ConnectEndpoint]:
        self.asked.append(vpc_id)
        return [ENDPOINT]

    def tunnel_address(self, way: EndpointWay, port: int, seconds: int) -> TunnelAddress:
        self.asked.append((way, port, seconds))
        return ADDRESS

    async def open_tunnel(self, *given: object) -> Any:
        self.asked.append(given)
        return "a tunnel"


def over(aws: ConnectAws, *, read_only: bool = False) -> InstanceConnect:
    return InstanceConnect(aws, aws.open_tunnel, OffLoop(), read_only=read_only)


async def test_a_key_is_pushed() -> None:
    aws = ConnectAws()
    await over(aws).push_key(Place(), "i-1", "ec2-user", "key")
    assert aws.asked == [("i-1", "ec2-user", "key")]


async def test_the_way_and_the_tunnel() -> None:
    aws = ConnectAws()
    connect = over(aws)
    assert await connect.find_way(Place(), "i-1") == WAY
    assert await connect.open(Place(), WAY, 22) == "a tunnel"  # type: ignore[comparison-overlap]
    assert aws.asked == ["i-1", "vpc-1", (WAY, 22, 3600), (ADDRESS, WAY, 22)]


async def test_what_cannot_be_is_not_asked() -> None:
    aws = ConnectAws()
    connect = over(aws)
    for attempt in (
        connect.push_key(Place(), "mi-1", "ec2-user", "key"),
        connect.push_key(Place(), "i-1", "-oX=y", "key"),
        connect.find_way(Place(), "mi-1"),
        connect.find_way(Place(), "i-1", 8080),
        connect.open(Place(), WAY, 22, 0),
    ):
        with pytest.raises(NoWay):
            await attempt
    assert aws.asked == []


async def test_an_unknown_instance() -> None:
    with pytest.raises(NoWay, match="finds no instance i-1"):
        await over(ConnectAws(None)).find_way(Place(), "i-1")


async def test_another_way_is_offered_only_where_there_is_one() -> None:
    assert await over(ConnectAws()).other_way(Place(), "i-1") == WAY
    assert await over(ConnectAws(None)).other_way(Place(), "i-1") is None
    assert await over(ConnectAws()).other_way(Place(), "mi-1") is None


async def test_read_only_pushes_and_opens_nothing() -> None:
    aws = ConnectAws()
    connect = over(aws, read_only=True)
    with pytest.raises(NoWay, match="pushes no keys"):
        await connect.push_key(Place(), "i-1", "ec2-user", "key")
    with pytest.raises(NoWay, match="opens no tunnels"):
        await connect.open(Place(), WAY, 22)
    assert aws.asked == []
    assert await connect.find_way(Place(), "i-1") == WAY
