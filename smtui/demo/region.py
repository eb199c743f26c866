"""Starts and closes the simulated cloud: its HTTP server, its data channels and its accounts."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

from smtui.demo.account.access_book import AccessBook
from smtui.demo.account.account import Account
from smtui.demo.account.command_book import CommandBook
from smtui.demo.account.identity_book import IdentityBook, new_keys
from smtui.demo.account.log_book import LogBook
from smtui.demo.account.organisation import Organisation
from smtui.demo.account.planted_sessions import past_sessions, sessions_of_others
from smtui.demo.account.pushed_keys import PushedKeys
from smtui.demo.account.region_state import RegionState
from smtui.demo.account.session_registry import SessionBook, earlier_sessions
from smtui.demo.account.sign_in_book import SignInBook
from smtui.demo.account.switched_fleet import SwitchedFleet
from smtui.demo.demo_states import DemoStates
from smtui.demo.endpoint import Endpoint
from smtui.demo.far_end.node_script import NodeScript
from smtui.demo.far_end.node_sshd import NodeSshd
from smtui.demo.operations.access_calls import earlier_requests
from smtui.demo.story.access_story import access_nodes
from smtui.demo.story.account_facts import HOME, HOME_REGION, REGIONS, REGIONS_NOT_ENABLED, DemoPlace
from smtui.demo.story.region_faults import Faults
from smtui.demo.story.simulated_fleet import Fleet
from smtui.demo.story.story_nodes import more_causes, story, terminated
from smtui.demo.wire.http_server import LOOPBACK, DemoHttpServer, HttpRequest
from smtui.demo.wire.service_errors import Refusal, Refused
from smtui.demo.wire.signature import KeyPair, SignatureVerifier

if TYPE_CHECKING:
    from smtui.demo.far_end.channel_service import DataChannelServer
    from smtui.demo.far_end.far_end_settings import VerifyUpgrade
    from smtui.demo.far_end.tunnel_service import VerifyPresigned
    from smtui.demo.story.demo_node import DemoNode


def demo_fleet(nodes: int | None = None, *, causes: bool = False, more: Iterable[DemoNode] = ()) -> Fleet:
    """The story, then `more`, those of `causes`, a terminated one.

    With `nodes` the story is cut, or filled up with generated nodes, to that many; without, the nodes that need
    just-in-time access follow it.
    """
    planted = story()
    wanted = len(planted) if nodes is None else nodes
    extra = [*(access_nodes() if nodes is None else ()), *more, *(more_causes() if causes else ())]
    return Fleet([*planted[:wanted], *extra, terminated()], generated=max(0, wanted - len(planted)))


class SimulatedRegion:
    """The whole cloud on loopback, seen from its home Region. It touches no file or setting of the user."""

    def __init__(
        self,
        fleet: Fleet | None = None,
        *,
        port: int = 0,
        temporary_credentials: bool = False,
        channel_factory: ChannelFactory | None = None,
        past_sessions: int | None = None,
    ) -> None:
        """With `past_sessions` the account has a past of so many sessions, and others have sessions open right now.

        Without, every session is the caller's: what tests count is what they started.
        """
        self.region = HOME_REGION
        self.sessions = SessionBook()
        self.commands = CommandBook()
        self.logs = LogBook()
        self.faults = Faults()
        self.account = Account()
        self.faults.on_switches(self.account.forget_settings)
        self.keys = new_keys(temporary=temporary_credentials)
        self.identities = IdentityBook()
        self.organisation = Organisation(SignInBook(), self.identities)
        self.access = AccessBook()
        self._verifier = SignatureVerifier(self.keys, REGIONS, granted=self._granted_keys, closed=REGIONS_NOT_ENABLED)
        self._fleet = fleet if fleet is not None else demo_fleet()
        self._plant_sessions(past_sessions)
        self._channel_factory = channel_factory or websocket_channel
        self._pushed_keys = PushedKeys()
        self._sshd = NodeSshd(self._pushed_keys.of_node)
        self._port = port
        self._lock = threading.Lock()
        self._running: _Running | None = None

    def _plant_sessions(self, past: int | None) -> None:
        nodes, now = list(self._fleet.story), datetime.now(UTC)
        ended = list(earlier_sessions(nodes, now))
        if past is not None:
            ended += past_sessions(nodes, now, past)
            self.sessions.plant(*sessions_of_others(nodes, now))
        self.sessions.recall(*sorted(ended, key=lambda session: session.ended_at or now))

    def __repr__(self) -> str:
        return f"SimulatedRegion(region={self.region!r}, access_key_id={self.keys.access_key_id!r})"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def endpoint_url(self) -> str:
        """Where it accepts calls; raises RuntimeError while it does not run."""
        return f"http://{LOOPBACK}:{self._started.server.port}"

    @property
    def access_key_id(self) -> str:
        """The one access key that is accepted; every Region has its own."""
        return self.keys.access_key_id

    @property
    def secret_access_key(self) -> str:
        """The secret of that access key."""
        return self.keys.secret_access_key

    @property
    def session_token(self) -> str:
        """Empty unless the credentials are temporary."""
        return self.keys.session_token

    @property
    def ssh_folder(self) -> Path:
        """Where the keys for its nodes are, once `make_ssh_folder` has made them; it goes with the Region."""
        return self._sshd.folder

    @property
    def _started(self) -> _Running:
        if self._running is None:
            raise RuntimeError("The simulated Region is not running.")
        return self._running

    def start(self) -> None:
        """Returns once calls are accepted; does nothing when it runs. Raises OSError for a port in use."""
        with self._lock:
            if self._running is None:
                self._running = self._build()

    def close(self) -> None:
        """Ends every session with its shell and frees the ports; safe to call twice."""
        with self._lock:
            running, self._running = self._running, None
        self.commands.close()
        if running is not None:
            running.states.close()
            running.close()

    def _build(self) -> _Running:
        running = _Running(self._sshd, self._start_channel)
        try:
            running.states = states = self._states(running)
            running.channel(states.at(HOME))
            callers, wait = self.identities.caller_of, running.closing.wait
            endpoint = Endpoint(states.at, self._verifier, self.faults, wait, callers, self.organisation)
            running.server = DemoHttpServer(self._port, endpoint.answer)
            running.server.start()
        except BaseException:
            running.close()
            raise
        return running

    async def _start_channel(self, state: RegionState) -> DataChannel:
        upgrades = Upgrades(self._accepts_upgrade, partial(self._service_of_presigned, state.place))
        channel = self._channel_factory(state, upgrades, self.faults)
        await channel.start(LOOPBACK, 0)
        return channel

    def _states(self, running: _Running) -> DemoStates:
        """The story plays in one Region of one account; the other places are made when they are first called."""
        common: Any = {
            "boot_seconds": lambda: (self.faults.seconds("boot"), self.faults.seconds("connect")),
            "speed": self.faults.seconds,
            "identities": self.identities,
            "start_script": NodeScript,
            "dial_ssh": self._sshd.dial,
            "pushed_keys": self._pushed_keys,
        }
        home = RegionState(
            HOME,
            SwitchedFleet(self._fleet, self.faults.switches, self.account),
            lambda session_id: running.channel(running.states.at(HOME)).stream_url(session_id),
            self.sessions,
            tunnel_host=lambda: running.channel(running.states.at(HOME)).tunnel_host(),
            switches=self.faults.switches,
            denies=self.faults.denies,
            account=self.account,
            access=self.access,
            commands=self.commands,
            logs=self.logs,
            **common,
        )
        earlier_requests(self.access, self._fleet)
        return DemoStates(home, self.faults, running.channel, common)

    def _granted_keys(self, access_key_id: str) -> KeyPair | None:
        grant = self.access.grant_of(access_key_id)
        if grant is None:
            return self.identities.keys_of(access_key_id)
        if datetime.now(UTC) >= grant.ends_at:
            raise Refused(Refusal.EXPIRED)
        return grant.keys

    def _accepts_upgrade(self, path_and_query: str, headers: Mapping[str, str]) -> bool:
        """Whether a websocket upgrade has a valid signature for ssmmessages; header names in lower case."""
        path, _, query = path_and_query.partition("?")
        try:
            scope = self._verifier.verify(HttpRequest("GET", path, query, tuple(headers.items())))
        except Refused:
            return False
        return scope.service == "ssmmessages" and not self.faults.expired

    def _service_of_presigned(self, place: DemoPlace, path_and_query: str, headers: Mapping[str, str]) -> str:
        """The service that an upgrade's query is signed for; raises `Refused`, also for keys of another account."""
        path, _, query = path_and_query.partition("?")
        scope = self._verifier.verify_presigned(HttpRequest("GET", path, query, tuple(headers.items())))
        if self.faults.expired:
            raise Refused(Refusal.EXPIRED)
        if self.identities.caller_of(scope.access_key_id).account != place.account:
            raise Refused(Refusal.UNKNOWN_KEY)
        return scope.service


class _Running:
    """The threads and ports of a started cloud."""

    server: DemoHttpServer
    states: DemoStates

    def __init__(self, sshd: NodeSshd, start: Callable[[RegionState], Coroutine[Any, Any, DataChannel]]) -> None:
        self._sshd = sshd
        self._start = start
        self._lock = threading.Lock()
        self._channels: dict[DemoPlace, DataChannel] = {}
        self.closing = threading.Event()
        self.loop = _LoopThread()

    def channel(self, state: RegionState) -> DataChannel:
        """The data channel of a place, which listens from its first session on. Not to be called from the loop."""
        with self._lock:
            if state.place not in self._channels:
                self._channels[state.place] = self.loop.run(self._start(state))
            return self._channels[state.place]

    def close(self) -> None:
        self.closing.set()
        try:
            if "server" in vars(self):
                self.server.close()
            with self._lock:
                for channel in self._channels.values():
                    self.loop.run(channel.close())
        finally:
            self.loop.close()
            self._sshd.close()


_Result = TypeVar("_Result")
_PATIENCE = 10.0


class _LoopThread:
    """An event loop in a thread of its own; it runs coroutines for threads that wait for them."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="smtui-demo-loop", daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, _Result]) -> _Result:
        """The coroutine's result. Raises TimeoutError after 10 s. Must not be called from the loop itself."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(_PATIENCE)

    def close(self) -> None:
        """Cancels the remaining tasks and ends the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()


class DataChannel(Protocol):
    """The far end of every session; its coroutines run in the Region's event loop."""

    async def start(self, host: str, port: int) -> None:
        """Listens on this address; port 0 is a free one."""

    def stream_url(self, session_id: str) -> str:
        """The StreamUrl of a session."""

    def tunnel_host(self) -> str:
        """Host and port of the EC2 Instance Connect Endpoints, which the same server plays."""

    async def close(self) -> None:
        """Ends every session and stops listening."""


@dataclass(frozen=True, slots=True)
class Upgrades:
    """Checks the signatures of websocket upgrades."""

    of_channel: VerifyUpgrade
    of_tunnel: VerifyPresigned


ChannelFactory = Callable[[RegionState, Upgrades, Faults], DataChannel]
"""Makes a data channel from the Region with the sessions, the check of signed upgrades, and the faults."""


def websocket_channel(home: RegionState, upgrades: Upgrades, faults: Faults) -> DataChannel:
    """A data channel over websockets, not started yet."""
    from smtui.demo.far_end.channel_service import DataChannelServer
    from smtui.demo.far_end.session_work import work_under
    from smtui.demo.far_end.tunnel_service import TunnelService

    server = DataChannelServer(
        home.sessions,
        verify_upgrade=upgrades.of_channel,
        work_for=partial(work_under, home),
        tunnels=TunnelService(home, upgrades.of_tunnel, faults.fate_of),
    )
    faults.on_channel_faults(lambda settings: _set_faults(server, home.sessions, settings))
    return server


def _set_faults(server: DataChannelServer, sessions: SessionBook, settings: Mapping[str, Any]) -> None:
    faults = server.faults
    for name, value in settings.items():
        match name:
            case "mute":
                faults.mute = bool(value)
            case "drop_for_good":
                faults.for_good = bool(value)
            case "mute_after_bytes":
                faults.mute_after_bytes = value or None
            case "drop_after_bytes":
                faults.drop_after_bytes = value or None
            case "corrupt":
                faults.corrupt = value or 0
            case "channel_delay":
                faults.delay = value or 0.0
    if settings.get("drop_now"):
        for session in sessions.active():
            server.drop_now(session.session_id)
