"""Opens websockets with the `websockets` package, which is imported only when one is opened."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import socket
import struct
import sys
from collections.abc import Coroutine, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

from smtui.channel.timers import SleepWatch
from smtui.channel.transport import (
    ABNORMAL,
    LARGEST_FRAME,
    CannotConnect,
    ChannelError,
    ChannelRefused,
    ConnectionLost,
    HttpAnswer,
)
from smtui.domain.proxy import ADVICE_ON_SOCKS, advice, is_socks, named, refusal, socks_trouble
from smtui.domain.text import error_words

if TYPE_CHECKING:
    from ssl import SSLContext

    from websockets.asyncio.client import connect

    from smtui.channel.whole_frames import WholeFrames

CONNECT_SECONDS = 15.0
KEEPALIVE_SECONDS = 30.0
UNANSWERED_SECONDS = 5.0
"""Seconds after which a ping is sent if something was sent and nothing came, not even an acknowledgement."""
PONG_SECONDS = 10.0
_WAKE_LOOKED_FOR = 3.0
"""Seconds. A machine that slept pings at once: its connection is usually gone, and nobody would say so."""

_TOO_BIG = 1009
"""The close code for a message that is too large."""

_Frame = TypeVar("_Frame", str | bytes, bytes)
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

wire_log = logging.getLogger(__name__)
"""The logger of `websockets`, for both ends: at debug level it would log whole frames, and so the token."""
wire_log.setLevel(logging.WARNING)


def is_loopback(host: str) -> bool:
    """Tell whether a host names this machine: a literal of 127.0.0.0/8, ::1, or localhost."""
    if host in _LOOPBACK_NAMES:
        return True
    try:
        return socket.inet_pton(socket.AF_INET, host).startswith(b"\x7f")
    except OSError:
        return False


class WebSocketConnection:
    """A `Connection` over one websocket, at either end."""

    def __init__(self, websocket: WholeFrames) -> None:
        from websockets.exceptions import ConnectionClosed

        self._websocket = websocket
        self._closed = ConnectionClosed
        self._receiving = False
        self._received = 0
        self._sent = asyncio.Event()
        self._keepalive: asyncio.Task[None] | None = None

    def keep_alive(self) -> None:
        """Ping every half minute, and if nothing follows what was sent; give up a connection that does not answer.

        An answer proves that the service is there; it says nothing about the node behind it.
        """
        self._keepalive = asyncio.create_task(self._ping())

    async def send(self, frame: str | bytes) -> None:
        """See `Connection`."""
        self._sent.set()
        try:
            if isinstance(frame, str):
                await self._websocket.send(frame)
            else:
                await self._websocket.send_frame(frame)
        except self._closed as closed:
            raise _lost(closed) from None

    async def receive(self) -> bytes:
        """See `Connection`."""
        frame = self.receive_waiting()
        return await self._receive(self._websocket.recv(decode=False)) if frame is None else frame

    def receive_waiting(self) -> bytes | None:
        """See `Connection`."""
        frame = self._websocket.next_frame()
        if frame is not None:
            self._received += 1
        return frame

    async def receive_either(self) -> str | bytes:
        """The next frame: text as a string, binary as bytes. Raises like `receive`."""
        return await self._receive(self._websocket.recv())

    async def _receive(self, receiving: Coroutine[Any, Any, _Frame]) -> _Frame:
        self._receiving = True
        try:
            frame = await receiving
            self._received += 1
            return frame
        except self._closed as closed:
            self._stop_keepalive()
            if closed.sent is not None and closed.sent.code == _TOO_BIG and not closed.rcvd_then_sent:
                # A new connection would only bring the same message again.
                raise ChannelError(f"the service sent a message of more than {LARGEST_FRAME} bytes") from None
            raise _lost(closed) from None
        finally:
            self._receiving = False

    async def close(self, code: int, reason: str) -> None:
        """End with a close frame, as a service does that refuses a token."""
        await self._websocket.close(code, reason)

    def hang_up(self) -> None:
        """See `Connection`."""
        self._stop_keepalive()
        self._websocket.flush()
        self._websocket.transport.close()

    def abort(self) -> None:
        """See `Connection`."""
        self._stop_keepalive()
        raw = self._websocket.transport.get_extra_info("socket")
        if raw is not None:
            # Do not linger: the other end sees a reset, as when a NAT gateway drops the connection.
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
        with contextlib.suppress(self._closed):
            while True:
                await self._until_in_doubt()
                received = self._received
                # A pong may queue behind much else, and stays unread while nobody receives, as with a stopped
                # terminal: its absence then proves nothing.
                if not await self._pongs() and self._receiving and self._received == received:
                    self._websocket.transport.abort()
                    return

    async def _pongs(self) -> bool:
        """Tell whether a ping is answered in time. Writing it may also wait, if the network takes nothing any more."""
        try:
            async with asyncio.timeout(PONG_SECONDS):
                await (await self._websocket.ping())
        except TimeoutError:
            return False
        return True

    async def _until_in_doubt(self) -> None:
        """Wait until a ping is due: nothing followed what was sent, nothing was sent for long, or the machine slept."""
        waits = [asyncio.create_task(self._until_unanswered()), asyncio.create_task(_until_woken())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _until_unanswered(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(KEEPALIVE_SECONDS):
                while True:
                    await self._sent.wait()
                    self._sent.clear()
                    received = self._received
                    await asyncio.sleep(UNANSWERED_SECONDS)
                    if self._received == received:
                        return


async def _until_woken() -> None:
    while True:
        watch = SleepWatch(asyncio.get_running_loop().time)
        await asyncio.sleep(_WAKE_LOOKED_FOR)
        if watch.slept():
            return


async def dial(
    url: str,
    headers: Mapping[str, str],
    *,
    user_agent: str,
    tls: SSLContext | None = None,
    proxy: str = "",
    seconds: float = CONNECT_SECONDS,
    keep_alive: bool = True,
) -> WebSocketConnection:
    """Open a websocket; raises CannotConnect, or ChannelRefused if the service answers with an HTTP status.

    `proxy` is a URL with its scheme, not used towards this machine; redirects are not followed.
    """
    import ssl

    import_websockets()
    from websockets.asyncio.client import connect
    from websockets.exceptions import InvalidProxyStatus, InvalidStatus, WebSocketException

    from smtui.channel.whole_frames import ClientFrames

    host = urlsplit(url).hostname or ""
    via = "" if is_loopback(host) else _usable(proxy)
    options: dict[str, Any] = {"ssl": tls} if tls is not None else {}
    if via.startswith("https:"):
        options["proxy_ssl"] = tls or ssl.create_default_context()
    opening: connect = _no_redirects(connect)(
        url,
        additional_headers=dict(headers),
        user_agent_header=user_agent,
        compression=None,
        open_timeout=seconds,
        ping_interval=None,
        close_timeout=1,
        max_size=LARGEST_FRAME,
        proxy=via or None,
        logger=wire_log,
        create_connection=ClientFrames,
        **options,
    )
    try:
        websocket = cast("ClientFrames", await opening)
    except InvalidStatus as refused:
        raise _refused(refused.response.status_code, bytes(refused.response.body or b"")) from None
    except InvalidProxyStatus as refused:
        status = refused.response.status_code
        failure = CannotConnect if status >= 500 else ChannelRefused
        raise failure(f"{refusal(via, status, refused.response.reason_phrase)}. {advice(status)}") from None
    except ssl.SSLCertVerificationError as untrusted:
        # Trying again would not help, and the certificate error says more than the network's.
        raise ChannelRefused(f"the certificate of {host} is not trusted here: {untrusted.verify_message}") from None
    except TimeoutError:
        through = f" through the proxy {named(via)}" if via else ""
        raise CannotConnect(f"no connection to {host}{through} within {seconds:.0f} s") from None
    except (OSError, WebSocketException, ValueError, ImportError) as failed:
        through = f"the connection through the proxy {named(via)} failed: " if via else ""
        raise CannotConnect(f"{through}{error_words(failed)}") from None
    connection = WebSocketConnection(websocket)
    if keep_alive:
        connection.keep_alive()
    return connection


def _refused(status: int, body: bytes) -> ChannelError:
    failure: ChannelError = ChannelRefused(f"the service refused the connection with HTTP status {status}")
    if status >= 500:
        failure = CannotConnect(f"the service answered with HTTP status {status}")
    failure.answer = HttpAnswer(status, body)
    return failure


_METADATA = "importlib.metadata"


class _LateMetadata(ModuleType):
    """Stands for `importlib.metadata` until somebody wants something of it."""

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(_METADATA) is self:
            del sys.modules[_METADATA]
        return getattr(importlib.import_module(_METADATA), name)


def import_websockets() -> None:
    """Import what `dial` uses, without `importlib.metadata`: websockets imports that and does not use it.

    It takes 12 ms, a tenth of the plugin's start, with email and zipfile behind it.
    """
    if _METADATA not in sys.modules:
        sys.modules[_METADATA] = vars(importlib)["metadata"] = _LateMetadata(_METADATA)
    importlib.import_module("websockets.asyncio.client")


def _usable(proxy: str) -> str:
    """Drop what `websockets` refuses: a path, and a user without a password, which botocore does not send either."""
    if not proxy:
        return ""
    try:
        parts = urlsplit(proxy)
        login, _, address = parts.netloc.rpartition("@")
        if parts.hostname is None or parts.port == 0:
            raise ValueError
    except ValueError:
        raise ChannelRefused("the address of the proxy cannot be read") from None
    if is_socks(proxy):
        raise ChannelRefused(f"{socks_trouble(proxy, _WHO)}. {ADVICE_ON_SOCKS}")
    return f"{parts.scheme}://{parts.netloc if ':' in login else address}"


_WHO = "smtui's own plugin"


def _no_redirects(connector: type[connect]) -> type[connect]:
    class ConnectHere(connector):  # type: ignore[misc, valid-type]
        def process_redirect(self, exc: Exception) -> Exception:
            return exc

    return ConnectHere


def _lost(closed: Exception) -> ConnectionLost:
    frame = getattr(closed, "rcvd", None)
    return ConnectionLost(frame.code, frame.reason) if frame is not None else ConnectionLost(ABNORMAL)
