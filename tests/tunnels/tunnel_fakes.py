"""Plugins that forward nothing, in memory, but hold a real local port as a real one does."""

from __future__ import annotations

import itertools
import socket
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime

from smtui.domain.forward import Forward, LocalPort
from smtui.domain.orphaned_session import OrphanedSession, Remains, UnansweredStart
from smtui.domain.outcome import PluginRun, PluginWord, PluginWords
from smtui.domain.place import Caller, Place
from smtui.domain.plugin_grade import PluginGrade, PluginPick
from smtui.domain.request import PluginCredentials, SessionRequest, StartedSession
from smtui.plugin.background import BackgroundPlugin, Listener
from smtui.plugin.plugin_host import PluginHost
from smtui.plugin.plugin_output import LineKind, PluginLine
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


class FakeForwarding(BackgroundPlugin):
    """`stubborn` ignores SIGINT; `hung` never opens; `dead` opens and takes no connection."""

    def __init__(self, forward: Forward, listener: Listener, behaviour: str) -> None:
        self.pid = 0
        self.behaviour = behaviour
        self.signals: list[str] = []
        self._listener = listener
        self._socket: socket.socket | None = None
        self._over = False
        listener(PluginLine(LineKind.WORDS, "Starting session with SessionId: s"))
        if behaviour == "hung":
            return
        assert isinstance(forward.local, LocalPort)
        self._socket = socket.create_server((forward.local.address, forward.local.port))
        listener(PluginLine(LineKind.LISTENING, f"Port {forward.local.port} opened for sessionId s."))
        if behaviour != "dead":
            listener(PluginLine(LineKind.ACCEPTED, now=1, total=1))

    def say(self, said: PluginLine) -> None:
        self._listener(said)

    def end(self, run: PluginRun = KILLED) -> None:
        if not self._over:
            self._over = True
            if self._socket is not None:
                self._socket.close()
            self._listener(run)

    def interrupt(self) -> None:
        self.signals.append("INT")
        if self.behaviour != "stubborn":
            self.end(INTERRUPTED)

    def kill(self) -> None:
        self.signals.append("KILL")
        self.end(KILLED)


@dataclass
class FakeForwardPlugins(PluginHost):
    """`behaviours` are those of the plugins to come, the last one for all others."""

    behaviours: list[str] = field(default_factory=lambda: ["good"])
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
    ) -> BackgroundPlugin:
        if self.error is not None:
            raise self.error
        behaviour = self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]
        plugin = FakeForwarding(forward, listener, behaviour)
        self.started.append(plugin)
        return plugin


@dataclass
class FakeJournal:
    open: dict[str, int] = field(default_factory=dict)
    starts: dict[str, UnansweredStart] = field(default_factory=dict)
    """Of this program, by id."""
    events: list[str] = field(default_factory=list)
    left: list[OrphanedSession] = field(default_factory=list)
    left_starts: list[UnansweredStart] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    ended: list[str] = field(default_factory=list)

    def asked(self, request: SessionRequest, label: str, caller: Caller, endpoint: str) -> str:
        start_id = f"start-{len(self.events)}"
        self.events.append("asked")
        place = Place(request.place.profile, request.place.region or caller.region)
        self.starts[start_id] = UnansweredStart(
            start_id,
            "mine",
            label,
            place,
            endpoint,
            caller.arn,
            request.target,
            request.document_name,
            request.reason,
            datetime.now(UTC),
        )
        return start_id

    def identified(self, start_id: str, owner: str) -> None:
        if start_id in self.starts:
            self.events.append(f"identified {owner}")

    def refused(self, start_id: str) -> None:
        self.events.append("refused")
        del self.starts[start_id]

    def opened(self, session: StartedSession, place: Place, label: str, plugin_pid: int, start_id: str = "") -> None:
        self.events.append(f"opened {plugin_pid}")
        self.starts.pop(start_id, None)
        self.open[session.session_id] = plugin_pid

    def closed(self, session_id: str) -> None:
        self.open.pop(session_id, None)

    def remains(self) -> Remains:
        known = self.known | {orphan.session_id for orphan in self.left}
        return Remains(tuple(self.left), tuple(self.left_starts), frozenset(known), tuple(self.starts.values()))

    def end_plugin(self, orphan: OrphanedSession) -> None:
        self.ended.append(orphan.session_id)

    def settle(self, orphan: OrphanedSession) -> None:
        if orphan.start is None:
            self.left.remove(orphan)
        else:
            self.forget(orphan.start)

    def forget(self, start: UnansweredStart) -> None:
        self.left_starts.remove(start)
