"""The simulated Region as one thing that can be started and closed."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

from smtui.demo.channel_glue import ChannelFactory, DataChannel, websocket_channel
from smtui.demo.endpoint import Endpoint
from smtui.demo.errors import Refused
from smtui.demo.faults import Faults
from smtui.demo.fleet import Fleet
from smtui.demo.http_message import HttpRequest
from smtui.demo.http_server import LOOPBACK, DemoHttpServer
from smtui.demo.loop_thread import LoopThread
from smtui.demo.nasty import nasty_nodes
from smtui.demo.sessions import SessionBook
from smtui.demo.signature import KeyPair, SignatureVerifier
from smtui.demo.state import HOME_REGION, REGIONS, RegionState
from smtui.demo.story import more_causes, story, terminated
from smtui.demo.switched_fleet import SwitchedFleet

_KEY_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def demo_fleet(nodes: int | None = None, *, nasty: bool = False, causes: bool = False) -> Fleet:
    """The story, cut or filled up with generated nodes to `nodes`; those of a switch and a terminated one beside."""
    told = story()
    wanted = len(told) if nodes is None else nodes
    extra = [*(nasty_nodes() if nasty else ()), *(more_causes() if causes else ())]
    return Fleet([*told[:wanted], *extra, terminated()], generated=max(0, wanted - len(told)))


class SimulatedRegion:
    """A whole Region on loopback. Nothing of the user's is touched."""

    def __init__(
        self,
        fleet: Fleet | None = None,
        *,
        port: int = 0,
        temporary_credentials: bool = False,
        channel_factory: ChannelFactory | None = None,
    ) -> None:
        self.region = HOME_REGION
        self.sessions = SessionBook()
        self.faults = Faults()
        self._keys = _new_keys(temporary=temporary_credentials)
        self._verifier = SignatureVerifier(self._keys, REGIONS)
        self._fleet = fleet if fleet is not None else demo_fleet()
        self._channel_factory = channel_factory or websocket_channel
        self._port = port
        self._lock = threading.Lock()
        self._running: _Running | None = None

    def __repr__(self) -> str:
        return f"SimulatedRegion(region={self.region!r}, access_key_id={self._keys.access_key_id!r})"

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
        return self._keys.access_key_id

    @property
    def secret_access_key(self) -> str:
        return self._keys.secret_access_key

    @property
    def session_token(self) -> str:
        """Empty unless the credentials are temporary."""
        return self._keys.session_token

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
        if running is not None:
            running.close()

    def _build(self) -> _Running:
        running = _Running()
        try:
            running.channel = running.loop.run(self._start_channel())
            states = self._states(running.channel.stream_url)
            endpoint = Endpoint(states, self._verifier, self.faults, running.closing.wait)
            running.server = DemoHttpServer(self._port, endpoint.answer)
            running.server.start()
        except BaseException:
            running.close()
            raise
        return running

    async def _start_channel(self) -> DataChannel:
        channel = self._channel_factory(self.sessions, self._accepts_upgrade, self.faults)
        await channel.start(LOOPBACK, 0)
        return channel

    def _states(self, stream_url: Callable[[str], str]) -> Mapping[str, RegionState]:
        """The fleet lives in one Region; the account's others exist and are empty."""
        set_by_faults: Any = {"switches": self.faults.switches, "denies": self.faults.denies}
        fleet = SwitchedFleet(self._fleet, self.faults.switches)
        home = RegionState(self.region, fleet, stream_url, self.sessions, **set_by_faults)
        others = {name: RegionState(name, Fleet(), stream_url, **set_by_faults) for name in REGIONS}
        return others | {self.region: home}

    def _accepts_upgrade(self, path_and_query: str, headers: Mapping[str, str]) -> bool:
        """Whether a websocket upgrade is rightly signed for ssmmessages; header names in lower case."""
        path, _, query = path_and_query.partition("?")
        try:
            scope = self._verifier.verify(HttpRequest("GET", path, query, tuple(headers.items())))
        except Refused:
            return False
        return scope.service == "ssmmessages" and not self.faults.expired


class _Running:
    """What a started Region holds and has to give back."""

    channel: DataChannel | None = None
    server: DemoHttpServer

    def __init__(self) -> None:
        self.closing = threading.Event()
        self.loop = LoopThread()

    def close(self) -> None:
        self.closing.set()
        try:
            if "server" in vars(self):
                self.server.close()
            if self.channel is not None:
                self.loop.run(self.channel.close())
        finally:
            self.loop.close()


def _new_keys(*, temporary: bool) -> KeyPair:
    random_part = "".join(secrets.choice(_KEY_ALPHABET) for _ in range(16))
    return KeyPair(
        access_key_id=("ASIA" if temporary else "AKIA") + random_part,
        secret_access_key=secrets.token_urlsafe(30),
        session_token=secrets.token_urlsafe(90) if temporary else "",
    )
