"""Carries one TCP connection through an EC2 Instance Connect Endpoint: its bytes, in binary websocket frames.

There is no framing of its own, no acknowledgement and no resume: a tunnel that breaks is over.
Source: `aws ec2-instance-connect open-tunnel` of the AWS CLI v2 (websocket.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtui.channel.transport import ChannelError, ConnectionLost
from smtui.channel.websocket import dial
from smtui.ssh.endpoint_tunnels import TunnelFailed, closing_sentence, refusal_sentence, text_sentence

if TYPE_CHECKING:
    from smtui.channel.websocket import WebSocketConnection
    from smtui.ssh.endpoint_choice import EndpointWay
    from smtui.ssh.endpoint_tunnels import TunnelAddress

FRAME_BYTES = 65_000
"""The most that the AWS CLI puts into a frame; the service's limit is not known."""
_ENDED = 1000


class TunnelClient:
    """Our end of a tunnel, a `ByteTunnel`."""

    def __init__(self, connection: WebSocketConnection, way: EndpointWay, port: int) -> None:
        self._connection = connection
        self._way = way
        self._port = port

    async def read(self) -> bytes:
        """See `ByteTunnel`. Empty frames carry nothing and are skipped."""
        while True:
            try:
                frame = await self._connection.receive_either()
            except ConnectionLost as lost:
                if sentence := self._closing(lost):
                    raise TunnelFailed(sentence) from None
                return b""
            except ChannelError as error:
                raise TunnelFailed(f"The tunnel broke: {error}.") from None
            if isinstance(frame, str):
                self._connection.hang_up()
                raise TunnelFailed(text_sentence(frame, self._way.endpoint.endpoint_id))
            if frame:
                return frame

    async def write(self, data: bytes) -> None:
        """See `ByteTunnel`."""
        for start in range(0, len(data), FRAME_BYTES):
            try:
                await self._connection.send(data[start : start + FRAME_BYTES])
            except ConnectionLost as lost:
                raise TunnelFailed(self._closing(lost) or "The other end has closed the connection.") from None

    async def close(self) -> None:
        """See `ByteTunnel`."""
        await self._connection.close(_ENDED, "")

    def _closing(self, lost: ConnectionLost) -> str:
        return closing_sentence(lost.code, lost.reason, self._way, self._port)


async def open_tunnel(address: TunnelAddress, way: EndpointWay, port: int) -> TunnelClient:
    """A tunnel to the instance of `way`. Raises `TunnelFailed`."""
    endpoint_id = way.endpoint.endpoint_id
    try:
        connection = await dial(
            address.url,
            {},
            user_agent=address.user_agent,
            tls=address.tls,
            proxy=address.proxy,
            # ssh has its own (ServerAliveInterval), and it is not known whether the service answers pings.
            keep_alive=False,
        )
    except ChannelError as failed:
        if failed.answer is not None:
            status, body = failed.answer
            raise TunnelFailed(refusal_sentence(status, body.decode("utf-8", "replace"), endpoint_id)) from None
        raise TunnelFailed(f"The tunnel through {endpoint_id} cannot be opened: {failed}.") from None
    return TunnelClient(connection, way, port)
