"""Serves the data channel: a websocket server on loopback, with a far end for each session.

It checks what the real service checks (the token, and the signature if there is one) and refuses what only a browser
would send: a foreign Host, any Origin.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import quote, unquote, urlsplit

from smtui.channel.handshake import SessionType
from smtui.channel.message import MalformedMessage
from smtui.channel.payloads import offered_token
from smtui.channel.transport import LARGEST_FRAME, REFUSED, ConnectionLost
from smtui.channel.websocket import WebSocketConnection, wire_log
from smtui.demo.far_end.far_end import FarEnd
from smtui.demo.far_end.far_end_settings import FarEndFaults, FarEndSettings, VerifyUpgrade
from smtui.demo.far_end.session_enforcer import Limits, enforce
from smtui.demo.far_end.tunnel_service import PATH as TUNNEL_PATH

if TYPE_CHECKING:
    from websockets.asyncio.server import Server, ServerConnection
    from websockets.http11 import Request, Response

    from smtui.channel.encryption import AgentEncryption
    from smtui.channel.served_frames import ServedFrames
    from smtui.demo.far_end.agent import StartProgram
    from smtui.demo.far_end.tunnel_service import TunnelService

ABSENT_SECONDS = 20 * 60.0
"""How long a session waits for its client to reconnect; Session Manager's default idle timeout."""

_FIRST_FRAME_SECONDS = 15.0
_PREFIX = "/v1/data-channel/"
_MAX_REASON = 123
_ALWAYS_SHAKE_HANDS = frozenset({SessionType.PORT, SessionType.NON_INTERACTIVE_COMMANDS})
_log = logging.getLogger(__name__)


class HostedSession(Protocol):
    """One session that StartSession has made."""

    @property
    def session_id(self) -> str:
        """As StartSession returned it."""

    @property
    def node_id(self) -> str:
        """The target."""

    @property
    def node_name(self) -> str:
        """The target's Name."""

    @property
    def document_name(self) -> str:
        """The session document's name or ARN."""

    @property
    def parameters(self) -> Mapping[str, Sequence[str]]:
        """The parameters of StartSession."""

    @property
    def agent_version(self) -> str:
        """The version that the agent reports in the handshake."""


class HostedSessions(Protocol):
    """The Region's sessions, as the data channel uses them; every method may be called from any thread."""

    def session(self, session_id: str) -> HostedSession | None:
        """A session that has not ended."""

    def check_token(self, session_id: str, token: str) -> bool:
        """Whether this is the session's latest token."""

    def connected(self, session_id: str) -> None:
        """A client is connected."""

    def disconnected(self, session_id: str) -> None:
        """The client is gone; the session may be resumed."""

    def ended(self, session_id: str, reason: str = "") -> None:
        """The session has ended on the node."""

    def on_terminated(self, callback: Callable[[str], None]) -> None:
        """Call a function, from any thread, with the id of each session that the Region terminates."""


@dataclass(frozen=True, slots=True)
class SessionWork:
    """What a session's agent runs, and what it sends in the handshake."""

    start: StartProgram
    session_type: SessionType = SessionType.STANDARD_STREAM
    properties: Mapping[str, Any] | None = None
    """For the handshake; the agent sends them for ports only."""
    encryption: AgentEncryption | None = None
    limits: Limits = field(default_factory=Limits)
    """When the service ends it."""


WorkFor = Callable[[HostedSession], SessionWork]


class DataChannelServer:
    """Serves the sessions of one Region on one event loop; the Region's HTTP server may run in other threads."""

    def __init__(
        self,
        book: HostedSessions,
        *,
        work_for: WorkFor,
        verify_upgrade: VerifyUpgrade | None = None,
        tunnels: TunnelService | None = None,
        settings: FarEndSettings | None = None,
        absent_seconds: float = ABSENT_SECONDS,
    ) -> None:
        self.faults = FarEndFaults()
        self._book = book
        self._verify_upgrade = verify_upgrade
        self._tunnels = tunnels
        self._work_for = work_for
        self._settings = settings or FarEndSettings()
        self._absent_seconds = absent_seconds
        self._hosted: dict[str, _Hosted] = {}
        self._server: Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._host = ""
        self.port = 0

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; port 0 chooses a free one, see `port`."""
        from websockets.asyncio.server import serve

        from smtui.channel.served_frames import ServedFrames

        self._loop = asyncio.get_running_loop()
        self._server = await serve(
            self._serve,
            host,
            port,
            process_request=self._refusal,
            compression=None,
            ping_interval=None,
            close_timeout=1,
            max_size=LARGEST_FRAME,
            server_header=None,
            create_connection=ServedFrames,
            logger=wire_log,
        )
        self._host = host
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        self._book.on_terminated(self._terminated)

    def stream_url(self, session_id: str) -> str:
        """The StreamUrl of StartSession and ResumeSession."""
        path = f"{_PREFIX}{quote(session_id, safe='')}"
        return f"ws://{self._host}:{self.port}{path}?role=publish_subscribe&cell-number=AAEAAdemo"

    def tunnel_host(self) -> str:
        """Host and port of the EC2 Instance Connect Endpoints."""
        return f"{self._host}:{self.port}"

    def drop_now(self, session_id: str, *, reset: bool = True) -> None:
        """Reset or close a session's connection; may be called from any thread."""

        def drop() -> None:
            if session_id in self._hosted:
                self._hosted[session_id].far_end.drop(reset=reset)

        self._on_loop(drop)

    async def close(self) -> None:
        """End every session and its program, then the server."""
        for hosted in self._hosted.values():
            hosted.far_end.terminate()
        await asyncio.gather(*(hosted.life for hosted in self._hosted.values()), return_exceptions=True)
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def _refusal(self, connection: ServerConnection, request: Request) -> Response | None:
        """The refusal of an upgrade; None to accept it."""
        headers = request.headers
        session_id = _session_id(request.path)
        if headers.get("Host", "") not in self._own_names() or "Origin" in headers:
            return connection.respond(HTTPStatus.FORBIDDEN, "This host is not served here.\n")
        given = {name.lower(): value for name, value in headers.raw_items()}
        if self._tunnels is not None and _is_tunnel(request.path):
            refused = self._tunnels.refusal(request.path, given)
            return connection.respond(*refused) if refused is not None else None
        if session_id is None:
            return connection.respond(HTTPStatus.NOT_FOUND, "There is no such channel.\n")
        if self.faults.for_good and session_id in self._hosted:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "This channel is down.\n")
        verify = self._verify_upgrade if "Authorization" in headers else None
        if verify is not None and not verify(request.path, given):
            return connection.respond(HTTPStatus.FORBIDDEN, "The signature does not match.\n")
        return None

    def _own_names(self) -> set[str]:
        return {f"{name}:{self.port}" for name in (self._host, "127.0.0.1", "localhost")}

    async def _serve(self, websocket: ServerConnection) -> None:
        target = websocket.request.path if websocket.request else ""
        if self._tunnels is not None and _is_tunnel(target):
            await self._tunnels.serve(websocket, target)
            return
        connection = WebSocketConnection(cast("ServedFrames", websocket))
        session_id = _session_id(target) or ""
        try:
            async with asyncio.timeout(_FIRST_FRAME_SECONDS):
                first = await connection.receive()
        except (ConnectionLost, TimeoutError):
            connection.hang_up()
        else:
            problem = self._problem_with(session_id, first)
            session = self._book.session(session_id)
            if problem or session is None:
                await connection.close(REFUSED, problem)
            else:
                await self._attach(session, connection)
        await connection.ended()

    def _problem_with(self, session_id: str, first: bytes) -> str:
        try:
            token = offered_token(first)
        except MalformedMessage:
            token = ""
        if token and self._book.session(session_id) and self._book.check_token(session_id, token):
            return ""
        fault = "contains an invalid token" if token else "does not contain token"
        return f"Channel {session_id[:40]}: request to open data channel {fault}."[:_MAX_REASON]

    async def _attach(self, session: HostedSession, connection: WebSocketConnection) -> None:
        hosted = self._hosted.get(session.session_id) or self._begin(session)
        hosted.expect_client(None)
        self._book.connected(session.session_id)
        await hosted.far_end.attach(connection)
        if hosted.far_end.client_is_absent and not hosted.far_end.ended:
            self._book.disconnected(session.session_id)
            hosted.expect_client(self._absent_seconds)

    def _begin(self, session: HostedSession) -> _Hosted:
        work = self._work_for(session)
        settings = replace(
            self._settings,
            agent_version=session.agent_version or self._settings.agent_version,
            handshake=self._settings.handshake or work.session_type in _ALWAYS_SHAKE_HANDS or bool(work.encryption),
            encryption=work.encryption,
            session_type=work.session_type,
            properties=work.properties,
        )
        far_end = FarEnd(session.session_id, session.node_id, work.start, settings=settings, faults=self.faults)
        hosted = _Hosted(far_end, asyncio.create_task(self._live(session.session_id, far_end, work.limits)))
        self._hosted[session.session_id] = hosted
        return hosted

    async def _live(self, session_id: str, far_end: FarEnd, limits: Limits) -> None:
        output = ""
        enforcing = asyncio.create_task(enforce(far_end, limits))
        try:
            output = await far_end.run()
        except Exception:
            _log.exception("the far end of session %s failed", session_id)
            output = "The demo's agent failed."
        finally:
            enforcing.cancel()
            self._hosted.pop(session_id).expect_client(None)
            self._book.ended(session_id, output)

    def _terminated(self, session_id: str) -> None:
        def end() -> None:
            if session_id in self._hosted:
                self._hosted[session_id].far_end.terminate()

        self._on_loop(end)

    def _on_loop(self, action: Callable[[], None]) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed, so every session has ended
                self._loop.call_soon_threadsafe(action)


class _Hosted:
    """A running far end, and its timer while no client is connected."""

    def __init__(self, far_end: FarEnd, life: asyncio.Task[None]) -> None:
        self.far_end = far_end
        self.life = life
        self._limit: asyncio.TimerHandle | None = None

    def expect_client(self, seconds: float | None) -> None:
        """End the session unless a client connects within `seconds`; None for no limit."""
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None
        if seconds is not None:
            self._limit = asyncio.get_running_loop().call_later(seconds, self.far_end.terminate)


def _is_tunnel(target: str) -> bool:
    return urlsplit(target).path == TUNNEL_PATH


def _session_id(target: str) -> str | None:
    """The session id in an upgrade's path; None for a path that is not a data channel's."""
    path = urlsplit(target).path
    if not path.startswith(_PREFIX):
        return None
    return unquote(path.removeprefix(_PREFIX)) or None
