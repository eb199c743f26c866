"""Serves tunnels through EC2 Instance Connect Endpoints: checks the signed URL, then passes bytes to a node's port.

The refusal of a port and the reason for an unreachable target have AWS's words, as reports of the AWS CLI quote them
(aidansteele/rdsconn#5). The other bodies have the same form; their codes, and the close codes, are not known.
Limits: "Connect using EC2 Instance Connect Endpoint" in the EC2 user guide.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from smtui.demo.far_end.node_services import dial
from smtui.demo.far_end.port_agent import NODE_ITSELF
from smtui.demo.story.account_facts import CALLER_ARN
from smtui.demo.wire.service_errors import Refusal, Refused, not_authorized

if TYPE_CHECKING:
    from websockets.asyncio.server import ServerConnection

    from smtui.channel.transport import ByteStream
    from smtui.demo.account.region_state import RegionState
    from smtui.demo.story.account_facts import DemoPlace
    from smtui.demo.story.demo_node import DemoNode
    from smtui.demo.story.region_faults import Fate
    from smtui.demo.story.vpc import ConnectEndpoint

PATH = "/openTunnel"
ACTION = "ec2-instance-connect:OpenTunnel"
VerifyPresigned = Callable[[str, Mapping[str, str]], str]
"""The service that the URL is signed for, from its path with query and its headers by name. Raises `Refused`."""

_PORTS = ("22", "3389")
_SSH = 22
_LONGEST = 3600
_MOST_CONNECTIONS = 20
_FRAME = 65_000
_NORMAL, _WRONG_DATA, _OVER, _UNREACHED = 1000, 1003, 1008, 1011


@dataclass(frozen=True, slots=True)
class _Tunnel:
    endpoint_id: str
    node: DemoNode | None
    """None for an address that nothing has."""
    port: int
    seconds: int


class _NotOpened(Exception):
    def __init__(self, status: HTTPStatus, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = json.dumps({"ErrorCode": code, "Message": message})


class TunnelService:
    """The endpoints of one Region. Both methods run in the event loop of the Region."""

    def __init__(self, home: RegionState, verify: VerifyPresigned, fate_of: Callable[[str, DemoPlace], Fate]) -> None:
        self._home = home
        self._verify = verify
        self._fate_of = fate_of
        self._open: Counter[str] = Counter()

    def refusal(self, target: str, headers: Mapping[str, str]) -> tuple[HTTPStatus, str] | None:
        """Status and body for an upgrade that is refused; None for one that is accepted."""
        try:
            self._accepted(target, headers)
        except _NotOpened as refused:
            return refused.status, refused.body
        return None

    async def serve(self, websocket: ServerConnection, target: str) -> None:
        """Pass bytes both ways until one side ends or the time is over."""
        tunnel = self._read(_parameters(target))
        self._open[tunnel.endpoint_id] += 1
        try:
            stream = await self._dial(tunnel.node, tunnel.port)
            if stream is None:
                await websocket.close(_UNREACHED, "Unable to connect to target")
                return
            try:
                async with asyncio.timeout(tunnel.seconds):
                    code, reason = await _relay(websocket, stream)
            except TimeoutError:
                code, reason = _OVER, "The maximum tunnel duration was reached"
            finally:
                stream.abort()
            await websocket.close(code, reason)
        finally:
            self._open[tunnel.endpoint_id] -= 1

    def _accepted(self, target: str, headers: Mapping[str, str]) -> None:
        try:
            service = self._verify(target, headers)
        except Refused as refused:
            error = refused.error("json")
            raise _NotOpened(HTTPStatus.FORBIDDEN, error.code, error.message) from None
        if service != "ec2-instance-connect":
            words = "Credential should be scoped to correct service: 'ec2-instance-connect'."
            raise _NotOpened(HTTPStatus.FORBIDDEN, "InvalidSignatureException", words)
        tunnel = self._read(_parameters(target))
        fate = self._fate_of(ACTION, self._home.place)
        if fate.refusal is Refusal.DENIED:
            resource = self._home.place.arn("ec2", f"instance-connect-endpoint/{tunnel.endpoint_id}")
            raise _NotOpened(HTTPStatus.FORBIDDEN, "AccessDenied", not_authorized(CALLER_ARN, ACTION, resource))
        if fate.refusal is not None:
            raise _NotOpened(HTTPStatus.SERVICE_UNAVAILABLE, "ServiceUnavailable", "Try again later.")
        if self._open[tunnel.endpoint_id] >= _MOST_CONNECTIONS:
            words = f"The endpoint has {_MOST_CONNECTIONS} connections, which is the most."
            raise _NotOpened(HTTPStatus.TOO_MANY_REQUESTS, "TooManyConnections", words)

    def _read(self, given: Mapping[str, str]) -> _Tunnel:
        """The tunnel that the parameters describe; raises `_NotOpened` for one that AWS does not open."""
        port, seconds = given.get("remotePort", ""), given.get("maxTunnelDuration", str(_LONGEST))
        if port not in _PORTS:
            raise _invalid(
                "The specified RemotePort is not valid. Specify either 22 or 3389 as the RemotePort and retry your "
                "request."
            )
        if not (seconds.isascii() and seconds.isdecimal() and 1 <= int(seconds) <= _LONGEST):
            raise _invalid(f"The specified MaxTunnelDuration is not valid. Specify a value from 1 to {_LONGEST}.")
        vpc_id, endpoint = self._endpoint(given.get("instanceConnectEndpointId", ""))
        address = given.get("privateIpAddress", "")
        if not address:
            raise _invalid("The specified PrivateIpAddress is not valid.")
        return _Tunnel(endpoint.endpoint_id, self._node(vpc_id, address), int(port), int(seconds))

    def _endpoint(self, endpoint_id: str) -> tuple[str, ConnectEndpoint]:
        for vpc in self._home.vpcs():
            for endpoint in vpc.connect_endpoints:
                if endpoint.endpoint_id == endpoint_id and endpoint.usable:
                    return vpc.vpc_id, endpoint
        raise _NotOpened(HTTPStatus.NOT_FOUND, "ResourceNotFound", "The specified endpoint does not exist.")

    def _node(self, vpc_id: str, address: str) -> DemoNode | None:
        fleet = self._home.fleet
        nodes = (fleet.node(index) for index in range(len(fleet)))
        return next(
            (
                each
                for each in nodes
                if each.network and (each.network.vpc_id, each.network.private_ip) == (vpc_id, address)
            ),
            None,
        )

    async def _dial(self, node: DemoNode | None, port: int) -> ByteStream | None:
        """None where nothing answers."""
        if node is None or node.state != "running":
            return None
        dial_ssh = self._home.dial_ssh if port == _SSH and node.platform.kind != "Windows" else None
        with contextlib.suppress(OSError):
            if dial_ssh is not None:
                return await dial_ssh(node.node_id, node.name)
            return await dial(node.name, NODE_ITSELF, port)
        return None


def _invalid(message: str) -> _NotOpened:
    return _NotOpened(HTTPStatus.BAD_REQUEST, "InvalidParameter", message)


def _parameters(target: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(target.partition("?")[2]).items()}


async def _relay(websocket: ServerConnection, stream: ByteStream) -> tuple[int, str]:
    """Pass bytes until one side ends; returns the close code and reason for the client."""
    passing = {asyncio.create_task(_to_node(websocket, stream)), asyncio.create_task(_to_client(websocket, stream))}
    try:
        done, _ = await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
        return done.pop().result()
    finally:
        for task in passing:
            task.cancel()
        await asyncio.wait(passing)


async def _to_node(websocket: ServerConnection, stream: ByteStream) -> tuple[int, str]:
    from websockets.exceptions import ConnectionClosed

    try:
        while True:
            frame = await websocket.recv()
            if isinstance(frame, str):
                return _WRONG_DATA, "Only binary frames carry data"
            await stream.write(frame)
    except (ConnectionClosed, OSError):
        return _NORMAL, ""


async def _to_client(websocket: ServerConnection, stream: ByteStream) -> tuple[int, str]:
    from websockets.exceptions import ConnectionClosed

    try:
        while data := await stream.read():
            for start in range(0, len(data), _FRAME):
                await websocket.send(data[start : start + _FRAME])
    except (ConnectionClosed, OSError):
        pass
    return _NORMAL, ""
