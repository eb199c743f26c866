"""The demo's data channel service: a websocket server on loopback, a far end behind each session.

It checks what the real service checks (the token, and the signature where there is one) and refuses what only a web
page in a browser would send: a foreign Host, any Origin.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, unquote, urlsplit

from smtui.channel.agent import StartProgram
from smtui.channel.connection import REFUSED, ConnectionLost
from smtui.channel.encryption import AgentEncryption
from smtui.channel.far_end import FarEnd
from smtui.channel.handshake import SessionType
from smtui.channel.manners import FarEndFaults, FarEndManners
from smtui.channel.message import MalformedMessage
from smtui.channel.payloads import offered_token
from smtui.channel.websocket import WebSocketConnection, wire_log

if TYPE_CHECKING:
    from websockets.asyncio.server import Server, ServerConnection
    from websockets.http11 import Request, Response

ABSENT_SECONDS = 20 * 60.0
"""How long a session waits for its client to come back; Session Manager's own default idle time-out."""

_FIRST_FRAME_SECONDS = 15.0
_PREFIX = "/v1/data-channel/"
_MAX_REASON = 123
_ALWAYS_SHAKE_HANDS = frozenset({SessionType.PORT, SessionType.NON_INTERACTIVE_COMMANDS})
_ENCRYPTED = "This session is encrypted using AWS KMS.\n"
_log = logging.getLogger(__name__)


class DemoSession(Protocol):
    """One session that StartSession has made."""

    @property
    def session_id(self) -> str: ...
    @property
    def node_id(self) -> str: ...
    @property
    def node_name(self) -> str: ...
    @property
    def document_name(self) -> str: ...
    @property
    def parameters(self) -> Mapping[str, Sequence[str]]: ...
    @property
    def agent_version(self) -> str: ...


class SessionBook(Protocol):
    """The Region's sessions; every method may be called from any thread."""

    def session(self, session_id: str) -> DemoSession | None:
        """A session that has not ended."""

    def check_token(self, session_id: str, token: str) -> bool:
        """Whether this is the session's latest token."""

    def connected(self, session_id: str) -> None:
        """A client is connected."""

    def disconnected(self, session_id: str) -> None:
        """The client is gone; the session may be resumed."""

    def ended(self, session_id: str, reason: str = "") -> None:
        """The session is over, by itself."""

    def on_terminated(self, callback: Callable[[str], None]) -> None:
        """Have a function called, from any thread, with the id of each session that the Region ends."""


@dataclass(frozen=True, slots=True)
class SessionWork:
    """What a session's agent does."""

    start: StartProgram
    session_type: SessionType = SessionType.STANDARD_STREAM
    properties: Mapping[str, Any] | None = None
    """For the handshake; the agent tells them for ports alone."""
    encryption: AgentEncryption | None = None


WorkFor = Callable[[DemoSession], SessionWork]

VerifyUpgrade = Callable[[str, Mapping[str, str]], bool]
"""Whether a signed upgrade, given as its path with query and its headers, is signed by a key of the Region."""


def local_work(session: DemoSession) -> SessionWork:
    """What the session's document says, done on this machine and inside this process."""
    from smtui.demo.work import work_of

    return work_of(session)


class DataChannelServer:
    """All sessions of one Region; lives on one event loop, while the Region's HTTP side may be in other threads."""

    def __init__(
        self,
        book: SessionBook,
        *,
        verify_upgrade: VerifyUpgrade | None = None,
        work_for: WorkFor = local_work,
        manners: FarEndManners | None = None,
        absent_seconds: float = ABSENT_SECONDS,
    ) -> None:
        self.faults = FarEndFaults()
        self._book = book
        self._verify_upgrade = verify_upgrade
        self._work_for = work_for
        self._manners = manners or FarEndManners()
        self._absent_seconds = absent_seconds
        self._hosted: dict[str, _Hosted] = {}
        self._server: Server | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._host = ""
        self.port = 0

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; with port 0, on one that is free: see `port`."""
        from websockets.asyncio.server import serve

        self._loop = asyncio.get_running_loop()
        self._server = await serve(
            self._serve,
            host,
            port,
            process_request=self._refusal,
            compression=None,
            ping_interval=None,
            close_timeout=1,
            server_header=None,
            logger=wire_log,
        )
        self._host = host
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        self._book.on_terminated(self._terminated)

    def stream_url(self, session_id: str) -> str:
        """What StartSession and ResumeSession answer as StreamUrl."""
        path = f"{_PREFIX}{quote(session_id, safe='')}"
        return f"ws://{self._host}:{self.port}{path}?role=publish_subscribe&cell-number=AAEAAdemo"

    def drop_now(self, session_id: str) -> None:
        """Reset a session's connection; may be called from any thread."""

        def drop() -> None:
            if session_id in self._hosted:
                self._hosted[session_id].far_end.drop()

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
        """The answer to an upgrade that is not wanted; None for one that is."""
        headers = request.headers
        session_id = _session_id(request.path)
        if headers.get("Host", "") not in self._own_names() or "Origin" in headers:
            return connection.respond(HTTPStatus.FORBIDDEN, "This host is not served here.\n")
        if session_id is None:
            return connection.respond(HTTPStatus.NOT_FOUND, "There is no such channel.\n")
        if self.faults.for_good and session_id in self._hosted:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "This channel is down.\n")
        if "Authorization" in headers and self._verify_upgrade is not None:
            given = {name.lower(): value for name, value in headers.raw_items()}
            if not self._verify_upgrade(request.path, given):
                return connection.respond(HTTPStatus.FORBIDDEN, "The signature does not match.\n")
        return None

    def _own_names(self) -> set[str]:
        return {f"{name}:{self.port}" for name in (self._host, "127.0.0.1", "localhost")}

    async def _serve(self, websocket: ServerConnection) -> None:
        connection = WebSocketConnection(websocket)
        session_id = _session_id(websocket.request.path if websocket.request else "") or ""
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

    async def _attach(self, session: DemoSession, connection: WebSocketConnection) -> None:
        hosted = self._hosted.get(session.session_id) or self._begin(session)
        hosted.expect_client(None)
        self._book.connected(session.session_id)
        await hosted.far_end.attach(connection)
        if hosted.far_end.client_is_absent and not hosted.far_end.ended:
            self._book.disconnected(session.session_id)
            hosted.expect_client(self._absent_seconds)

    def _begin(self, session: DemoSession) -> _Hosted:
        work = self._work_for(session)
        manners = replace(
            self._manners,
            agent_version=session.agent_version or self._manners.agent_version,
            handshake=self._manners.handshake or work.session_type in _ALWAYS_SHAKE_HANDS or bool(work.encryption),
            encryption=work.encryption,
            customer_message=_ENCRYPTED if work.encryption else self._manners.customer_message,
            session_type=work.session_type,
            properties=work.properties,
        )
        far_end = FarEnd(session.session_id, session.node_id, work.start, manners=manners, faults=self.faults)
        hosted = _Hosted(far_end, asyncio.create_task(self._live(session.session_id, far_end)))
        self._hosted[session.session_id] = hosted
        return hosted

    async def _live(self, session_id: str, far_end: FarEnd) -> None:
        output = ""
        try:
            output = await far_end.run()
        except Exception:
            _log.exception("the far end of session %s failed", session_id)
            output = "The demo's agent failed."
        finally:
            self._hosted.pop(session_id).expect_client(None)
            self._book.ended(session_id, output)

    def _terminated(self, session_id: str) -> None:
        def end() -> None:
            if session_id in self._hosted:
                self._hosted[session_id].far_end.terminate()

        self._on_loop(end)

    def _on_loop(self, action: Callable[[], None]) -> None:
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed, and the sessions with it
                self._loop.call_soon_threadsafe(action)


class _Hosted:
    """A far end that runs, and the time it has left while no client is there."""

    def __init__(self, far_end: FarEnd, life: asyncio.Task[None]) -> None:
        self.far_end = far_end
        self.life = life
        self._limit: asyncio.TimerHandle | None = None

    def expect_client(self, seconds: float | None) -> None:
        """End the session unless a client comes within so many seconds; None: it is there, or need not come."""
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None
        if seconds is not None:
            self._limit = asyncio.get_running_loop().call_later(seconds, self.far_end.terminate)


def _session_id(target: str) -> str | None:
    """The session of an upgrade's path and query; None for a path that is not a data channel's."""
    path = urlsplit(target).path
    if not path.startswith(_PREFIX):
        return None
    return unquote(path.removeprefix(_PREFIX)) or None
