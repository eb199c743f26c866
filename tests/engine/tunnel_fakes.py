"""Plugins that forward nothing, in memory, but hold a real local port as a real one does."""

from __future__ import annotations

import itertools
import socket
import threading
from dataclasses import dataclass, field

from smtui.domain.forward import Forward, LocalPort
from smtui.domain.outcome import PluginRun, PluginWord, PluginWords
from smtui.domain.place import Place
from smtui.domain.plugin import PluginGrade, PluginPick
from smtui.domain.request import SessionRequest, StartedSession
from smtui.domain.tunnel import Leftover
from smtui.engine.ports import PluginCredentials
from smtui.engine.tunnel_ports import ForwardingPlugin, Listener
from smtui.plugin.forward_words import Kind, Said
from tests.engine.fakes import FakeAws

INTERRUPTED = PluginRun(exit_status=0, stopped=True, words=PluginWords(PluginWord.TERMINATED))
KILLED = PluginRun(signal=9, spoke=True)


@dataclass
class CountingAws(FakeAws):
    """A new session each time; knows how many are active, and the most that ever were."""

    active: set[str] = field(default_factory=set)
    peak: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    def start_session(self, request: SessionRequest) -> StartedSession:
        self._call("ssm:StartSession")
        with self.lock:
            session_id = f"s-{next(self.numbers)}"
            self.active.add(session_id)
            self.peak = max(self.peak, len(self.active))
        return StartedSession(session_id, "wss://x", "TOKEN", "eu-west-1", "https://ssm")

    def terminate_session(self, session_id: str) -> None:
        super().terminate_session(session_id)
        with self.lock:
            self.active.discard(session_id)


class FakeForwarding:
    """`stubborn` ignores SIGINT; `hung` never opens; `dead` opens and takes no connection."""

    def __init__(self, forward: Forward, listener: Listener, manner: str) -> None:
        self.pid = 0
        self.manner = manner
        self.signals: list[str] = []
        self._listener = listener
        self._socket: socket.socket | None = None
        self._over = False
        listener(Said(Kind.WORDS, "Starting session with SessionId: s"))
        if manner == "hung":
            return
        assert isinstance(forward.local, LocalPort)
        self._socket = socket.create_server((forward.local.address, forward.local.port))
        listener(Said(Kind.LISTENING, f"Port {forward.local.port} opened for sessionId s."))
        if manner != "dead":
            listener(Said(Kind.ACCEPTED, now=1, total=1))

    def say(self, said: Said) -> None:
        self._listener(said)

    def end(self, run: PluginRun = KILLED) -> None:
        if not self._over:
            self._over = True
            if self._socket is not None:
                self._socket.close()
            self._listener(run)

    def interrupt(self) -> None:
        self.signals.append("INT")
        if self.manner != "stubborn":
            self.end(INTERRUPTED)

    def kill(self) -> None:
        self.signals.append("KILL")
        self.end(KILLED)


@dataclass
class FakeForwardPlugins:
    """`manners` are those of the plugins to come, the last one for all others."""

    manners: list[str] = field(default_factory=lambda: ["good"])
    grade: PluginGrade = PluginGrade.BUILTIN
    error: Exception | None = None
    started: list[FakeForwarding] = field(default_factory=list)

    def pick_for_forward(self, *, endpoint_is_aws: bool) -> PluginPick:
        return PluginPick("", None, self.grade, "It was found.")

    def start_forward(
        self,
        pick: PluginPick,
        started: StartedSession,
        forward: Forward,
        credentials: PluginCredentials,
        listener: Listener,
    ) -> ForwardingPlugin:
        if self.error is not None:
            raise self.error
        manner = self.manners.pop(0) if len(self.manners) > 1 else self.manners[0]
        plugin = FakeForwarding(forward, listener, manner)
        self.started.append(plugin)
        return plugin


@dataclass
class FakeJournal:
    open: dict[str, int] = field(default_factory=dict)
    left: list[Leftover] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    def opened(self, session: StartedSession, place: Place, label: str, plugin_pid: int) -> None:
        self.open[session.session_id] = plugin_pid

    def closed(self, session_id: str) -> None:
        self.open.pop(session_id, None)

    def leftovers(self) -> tuple[Leftover, ...]:
        return tuple(self.left)

    def end_plugin(self, leftover: Leftover) -> None:
        self.ended.append(leftover.session_id)

    def settle(self, leftover: Leftover) -> None:
        self.left.remove(leftover)
