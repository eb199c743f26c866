"""Connections over the `websockets` package, which is imported only when one is made."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from smtui.channel.connection import ABNORMAL, CannotConnect, ChannelRefused, ConnectionLost

if TYPE_CHECKING:
    from ssl import SSLContext

    from websockets.asyncio.client import connect
    from websockets.asyncio.connection import Connection

CONNECT_SECONDS = 15.0
KEEPALIVE_SECONDS = 30.0
PONG_SECONDS = 30.0

_MAX_FRAME = 4 * 2**20
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

wire_log = logging.getLogger(__name__)
"""For `websockets`, on both ends: at debug level it would log whole frames, and with them the token."""
wire_log.setLevel(logging.WARNING)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its very name: a literal of 127.0.0.0/8, ::1, or localhost."""
    if host in _LOOPBACK_NAMES:
        return True
    try:
        return socket.inet_pton(socket.AF_INET, host).startswith(b"\x7f")
    except OSError:
        return False


class WebSocketConnection:
    """A `Connection` over one websocket of `websockets`, of either side."""

    def __init__(self, websocket: Connection) -> None:
        self._websocket = websocket
        self._receiving = False
        self._keepalive: asyncio.Task[None] | None = None

    def keep_alive(self) -> None:
        """Ping every half minute, and give up a connection that does not answer."""
        self._keepalive = asyncio.create_task(self._ping())

    async def send(self, frame: str | bytes) -> None:
        """See `Connection`."""
        from websockets.exceptions import ConnectionClosed

        try:
            await self._websocket.send(frame)
        except ConnectionClosed as closed:
            raise _lost(closed) from None

    async def receive(self) -> bytes:
        """See `Connection`."""
        from websockets.exceptions import ConnectionClosed

        self._receiving = True
        try:
            return await self._websocket.recv(decode=False)
        except ConnectionClosed as closed:
            self._stop_keepalive()
            raise _lost(closed) from None
        finally:
            self._receiving = False

    async def close(self, code: int, reason: str) -> None:
        """End with a close frame: what a service does that refuses a token."""
        await self._websocket.close(code, reason)

    def hang_up(self) -> None:
        """See `Connection`."""
        self._stop_keepalive()
        self._websocket.transport.close()

    def abort(self) -> None:
        """See `Connection`."""
        self._stop_keepalive()
        raw = self._websocket.transport.get_extra_info("socket")
        if raw is not None:
            # Linger for no time: the other end sees a reset, as when a NAT gateway forgets the connection.
            with contextlib.suppress(OSError):
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._websocket.transport.abort()

    async def ended(self) -> None:
        """Wait until the TCP connection is gone."""
        await self._websocket.wait_closed()

    def _stop_keepalive(self) -> None:
        if self._keepalive is not None:
            self._keepalive.cancel()

    async def _ping(self) -> None:
        from websockets.exceptions import ConnectionClosed

        with contextlib.suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(KEEPALIVE_SECONDS)
                pong = await self._websocket.ping()
                answered, _ = await asyncio.wait([asyncio.ensure_future(pong)], timeout=PONG_SECONDS)
                # While nobody receives, as with a stopped terminal, a pong may wait unread: that proves nothing.
                if not answered and self._receiving:
                    self._websocket.transport.abort()
                    return


async def dial(
    url: str,
    headers: Mapping[str, str],
    *,
    user_agent: str,
    tls: SSLContext | None = None,
    seconds: float = CONNECT_SECONDS,
) -> WebSocketConnection:
    """Open a websocket; raises CannotConnect, or ChannelRefused when the service answers with an HTTP status.

    Proxies are taken from the environment, except towards this machine; redirects are not followed.
    """
    from websockets.asyncio.client import connect
    from websockets.exceptions import InvalidStatus, WebSocketException

    options: dict[str, Any] = {"ssl": tls} if tls is not None else {}
    opening: connect = _no_redirects(connect)(
        url,
        additional_headers=dict(headers),
        user_agent_header=user_agent,
        compression=None,
        open_timeout=seconds,
        ping_interval=None,
        close_timeout=1,
        max_size=_MAX_FRAME,
        proxy=None if is_loopback(urlsplit(url).hostname or "") else True,
        logger=wire_log,
        **options,
    )
    try:
        websocket = await opening
    except InvalidStatus as refused:
        status = refused.response.status_code
        if status >= 500:
            raise CannotConnect(f"the service answered with HTTP status {status}") from None
        raise ChannelRefused(f"the service refused the connection with HTTP status {status}") from None
    except TimeoutError:
        raise CannotConnect(f"no connection within {seconds:.0f} s") from None
    except (OSError, WebSocketException, ValueError, ImportError) as failed:
        raise CannotConnect(f"{failed}" or type(failed).__name__) from None
    connection = WebSocketConnection(websocket)
    connection.keep_alive()
    return connection


def _no_redirects(connector: type[connect]) -> type[connect]:
    class ConnectHere(connector):  # type: ignore[misc, valid-type]
        def process_redirect(self, exc: Exception) -> Exception:
            return exc

    return ConnectHere


def _lost(closed: Exception) -> ConnectionLost:
    frame = getattr(closed, "rcvd", None)
    return ConnectionLost(frame.code, frame.reason) if frame is not None else ConnectionLost(ABNORMAL)
