"""Reaches instances by EC2 Instance Connect: pushes a key for one login, goes through an endpoint.

A tunnel is no session of Session Manager: it needs no agent, leaves no record in its history, and there is nothing to
terminate. It ends with the program that uses it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from smtui.domain.fault import AwsCallFailed
from smtui.ssh.endpoint_choice import TUNNEL_SECONDS, NoWay, choose_way, port_complaint, seconds_complaint
from smtui.ssh.ephemeral_key import ephemeral_key, user_complaint

if TYPE_CHECKING:
    from smtui.domain.place import Place
    from smtui.engine.offloop import OffLoop
    from smtui.engine.protocols import InstanceConnectPlaces
    from smtui.ssh.endpoint_choice import EndpointWay
    from smtui.ssh.endpoint_tunnels import ByteTunnel, OpenTunnel

_READ_ONLY = "smtui is read-only, so it {does}."


class InstanceConnect:
    """EC2 Instance Connect in every place.

    Methods raise `NoWay` for what is not possible, and `AwsCallFailed`, whose fault names the IAM action.
    """

    def __init__(
        self, places: InstanceConnectPlaces, open_tunnel: OpenTunnel, off_loop: OffLoop, *, read_only: bool
    ) -> None:
        self._places = places
        self._open_tunnel = open_tunnel
        self._off_loop = off_loop
        self._read_only = read_only

    async def push_key(self, place: Place, node_id: str, user: str, public_key: str) -> None:
        """Let `user` log in to the node with this key for a minute."""
        if self._read_only:
            raise NoWay(_READ_ONLY.format(does="pushes no keys"))
        _check_instance(node_id)
        if complaint := user_complaint(user):
            raise NoWay(complaint)
        aws = self._places.instance_connect_at(place)
        await self._off_loop.call(lambda: aws.push_key(node_id, user, public_key))

    @asynccontextmanager
    async def key_for_login(self, place: Place, node_id: str, user: str) -> AsyncIterator[str]:
        """The file of a private key with which `user` may log in within a minute; it goes at the end of the block."""
        with ExitStack() as stack:
            pair = await self._off_loop.call(lambda: stack.enter_context(ephemeral_key()))
            await self.push_key(place, node_id, user, pair.public)
            yield str(pair.private_file)

    async def find_way(self, place: Place, node_id: str, port: int = 22) -> EndpointWay:
        """The way to the node's port through an endpoint. Two calls that only read."""
        _check_instance(node_id)
        if complaint := port_complaint(port):
            raise NoWay(complaint)
        aws = self._places.instance_connect_at(place)
        target = await self._off_loop.call(lambda: aws.connect_target(node_id))
        if target is None:
            raise NoWay(f"EC2 finds no instance {node_id} in this account and Region.")
        return choose_way(await self._off_loop.call(lambda: aws.connect_endpoints(target.vpc_id)), target)

    async def other_way(self, place: Place, node_id: str, port: int = 22) -> EndpointWay | None:
        """Like `find_way`, for an offer where a session failed: None where there is no way, or none can be seen."""
        try:
            return await self.find_way(place, node_id, port)
        except (NoWay, AwsCallFailed):
            return None

    async def open(self, place: Place, way: EndpointWay, port: int, seconds: int = TUNNEL_SECONDS) -> ByteTunnel:
        """An open tunnel of at most `seconds`, to be closed by the caller. Also raises `TunnelFailed`."""
        if self._read_only:
            raise NoWay(_READ_ONLY.format(does="opens no tunnels"))
        if complaint := seconds_complaint(seconds):
            raise NoWay(complaint)
        aws = self._places.instance_connect_at(place)
        address = await self._off_loop.call(lambda: aws.tunnel_address(way, port, seconds))
        return await self._open_tunnel(address, way, port)


def _check_instance(node_id: str) -> None:
    if not node_id.startswith("i-"):
        raise NoWay(f"EC2 Instance Connect works with EC2 instances only, and {node_id} is none.")
