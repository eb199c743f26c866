"""The openTunnel websocket of the demo: signature, expiry, ports, duration, targets, and the bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from smtui.aws.actions.instance_connect_adapter import InstanceConnectAdapter
from smtui.aws.places import BotoPlaces
from smtui.channel.tunnel_client import TunnelClient, open_tunnel
from smtui.demo.far_end.node_services import MemoryStream, connected
from smtui.demo.far_end.tunnel_service import TunnelService
from smtui.demo.region import SimulatedRegion, demo_fleet
from smtui.demo.story.demo_node import DemoNode
from smtui.domain.place import Place
from smtui.ssh.endpoint_choice import EndpointWay, choose_way
from smtui.ssh.endpoint_tunnels import TunnelAddress, TunnelFailed


async def echo(stream: MemoryStream) -> None:
    while data := await stream.read():
        await stream.write(data)
    await stream.close()


@pytest.fixture(scope="module")
def region() -> Iterator[SimulatedRegion]:
    with SimulatedRegion(demo_fleet()) as running:
        yield running


@pytest.fixture(autouse=True)
def echoing_port(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Port 22 of no-nat-1 returns what it gets; nothing listens on any other."""
    dialled: list[tuple[str, int]] = []
    running: set[asyncio.Task[None]] = set()

    async def dial(_: TunnelService, node: DemoNode | None, port: int) -> MemoryStream | None:
        if node is None:
            return None
        dialled.append((node.name, port))
        if (node.name, port) != ("no-nat-1", 22):
            return None
        near, far = connected()
        running.add(asyncio.create_task(echo(far)))
        return near

    monkeypatch.setattr(TunnelService, "_dial", dial)
    return dialled


@pytest.fixture
def adapter(region: SimulatedRegion) -> InstanceConnectAdapter:
    places = BotoPlaces.fixed(region.endpoint_url, region.access_key_id, region.secret_access_key, region.region)
    return places.instance_connect_at(Place())


@pytest.fixture
def way(region: SimulatedRegion, adapter: InstanceConnectAdapter) -> EndpointWay:
    return way_to(region, adapter, "no-nat-1")


def way_to(region: SimulatedRegion, adapter: InstanceConnectAdapter, name: str) -> EndpointWay:
    node_id = next(node.node_id for node in region._fleet.story if node.name == name)
    target = adapter.connect_target(node_id)
    assert target is not None
    return choose_way(adapter.connect_endpoints(target.vpc_id), target)


async def opened(adapter: InstanceConnectAdapter, way: EndpointWay, port: int = 22, seconds: int = 60) -> TunnelClient:
    address = await asyncio.to_thread(adapter.tunnel_address, way, port, seconds)
    return await open_tunnel(address, way, port)


async def refusal_of(opening: Any) -> str:
    with pytest.raises(TunnelFailed) as raised:
        await opening
    return str(raised.value)


async def test_bytes_come_back(adapter: InstanceConnectAdapter, way: EndpointWay) -> None:
    client = await opened(adapter, way)
    sent = bytes(range(256)) * 1000
    await client.write(sent)
    got = b""
    while len(got) < len(sent):
        got += await client.read()
    await client.close()
    assert got == sent


async def test_the_wrong_port(adapter: InstanceConnectAdapter, way: EndpointWay) -> None:
    assert "Specify either 22 or 3389" in await refusal_of(opened(adapter, way, 5432))


@pytest.mark.parametrize("seconds", [0, 3601])
async def test_the_wrong_duration(adapter: InstanceConnectAdapter, way: EndpointWay, seconds: int) -> None:
    assert "MaxTunnelDuration is not valid" in await refusal_of(opened(adapter, way, 22, seconds))


async def test_the_end_of_the_duration(adapter: InstanceConnectAdapter, way: EndpointWay) -> None:
    client = await opened(adapter, way, 22, 1)
    await client.write(b"x")
    assert await client.read() == b"x"
    async with asyncio.timeout(20):
        assert "maximum tunnel duration" in await refusal_of(client.read())


async def test_a_port_where_nothing_listens(adapter: InstanceConnectAdapter, way: EndpointWay) -> None:
    client = await opened(adapter, way, 3389)
    assert "cannot reach 10.103.1.10 on port 3389" in await refusal_of(client.read())


async def test_an_address_outside_of_the_endpoints_vpc(
    adapter: InstanceConnectAdapter, way: EndpointWay, echoing_port: list[tuple[str, int]]
) -> None:
    client = await opened(adapter, replace(way, address="10.0.1.12"))
    assert "cannot reach 10.0.1.12" in await refusal_of(client.read())
    assert echoing_port == []


async def test_an_unknown_endpoint(adapter: InstanceConnectAdapter, way: EndpointWay) -> None:
    other = replace(way, endpoint=replace(way.endpoint, endpoint_id="eice-0fedcba9876543210"))
    assert "does not exist" in await refusal_of(opened(adapter, other))


async def test_the_signature_covers_everything(adapter: InstanceConnectAdapter, way: EndpointWay) -> None:
    address = adapter.tunnel_address(way, 22, 60)
    for changed in (
        address.url.replace("remotePort=22", "remotePort=3389"),
        address.url.replace("X-Amz-Expires=60", "X-Amz-Expires=600"),
        address.url[:-1] + ("0" if address.url[-1] != "0" else "1"),
        address.url.partition("&X-Amz-Algorithm")[0],
    ):
        assert "HTTP status 403" in await refusal_of(open_tunnel(TunnelAddress(changed, None), way, 22))


async def test_a_url_is_valid_for_a_minute(
    region: SimulatedRegion, adapter: InstanceConnectAdapter, way: EndpointWay, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = adapter.tunnel_address(way, 22, 60)
    for seconds, accepted in ((55, True), (62, False), (-400, False)):
        monkeypatch.setattr(
            region._verifier, "_now", lambda seconds=seconds: datetime.now(UTC) + timedelta(seconds=seconds)
        )
        if accepted:
            await (await open_tunnel(address, way, 22)).close()
        else:
            assert "Signature" in await refusal_of(open_tunnel(address, way, 22))


async def test_a_denied_tunnel(region: SimulatedRegion, adapter: InstanceConnectAdapter, way: EndpointWay) -> None:
    region.faults.apply({"deny": ["ec2-instance-connect:OpenTunnel"]})
    try:
        sentence = await refusal_of(opened(adapter, way))
    finally:
        region.faults.apply({"reset": True})
    assert "is not authorized to perform: ec2-instance-connect:OpenTunnel on resource: arn:aws:ec2:" in sentence
    assert "maxTunnelDuration" in sentence


async def test_twenty_connections_are_the_most(adapter: InstanceConnectAdapter, way: EndpointWay) -> None:
    clients = [await opened(adapter, way) for _ in range(20)]
    for client in clients:  # all are served, not only accepted
        await client.write(b"x")
        assert await client.read() == b"x"
    assert "20 connections" in await refusal_of(opened(adapter, way))
    for client in clients:
        await client.close()


async def test_only_programs_of_this_machine(adapter: InstanceConnectAdapter, way: EndpointWay) -> None:
    address = adapter.tunnel_address(way, 22, 60)
    elsewhere = address.url.replace("127.0.0.1", "localhost")
    assert urlsplit(elsewhere).hostname == "localhost"
    assert "HTTP status 403" in await refusal_of(open_tunnel(TunnelAddress(elsewhere, None), way, 22))
