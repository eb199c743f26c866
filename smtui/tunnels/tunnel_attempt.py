"""Runs one attempt at a tunnel: a session and its plugin, from StartSession to TerminateSession."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from smtui.domain.fault import AwsCallFailed, Fault
from smtui.domain.forward import Forward, LocalPort
from smtui.domain.outcome import PluginRun
from smtui.domain.request import StartedSession, perhaps_open
from smtui.domain.text import error_words
from smtui.engine.session_start import start_session
from smtui.plugin.plugin_output import LineKind, PluginLine
from smtui.topics.failure_topics import of_grade, of_local_end
from smtui.topics.next_step import after_grade
from smtui.tunnels import local_end
from smtui.tunnels.reasons import Lasting, Reason, of_fault, of_run

if TYPE_CHECKING:
    from smtui.domain.plugin_grade import PluginPick
    from smtui.engine.protocols import Aws, Journal
    from smtui.plugin.background import BackgroundPlugin, Listener
    from smtui.plugin.plugin_host import PluginHost

log = logging.getLogger(__name__)

_PROBE_SECONDS = 0.4
"""How long a probe waits for the destination to refuse."""
_MOST_WAITING = 500
_WORTH_LOSING = (LineKind.WORDS, LineKind.BANNER, LineKind.TRAFFIC)


class NotBegun(Exception):
    """The attempt failed; a session may be left of it only if the reason says so."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.sentence)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Probe:
    """How a probe went."""

    closed_at_once: bool = False
    error: str = ""
    """Why no connection could be made; empty if one was."""


class TunnelAttempt:
    """The steps of one attempt. All but `cancel` block: run them in a thread."""

    def __init__(self, aws: Aws, plugins: PluginHost, journal: Journal, forward: Forward, label: str) -> None:
        self._aws = aws
        self._plugins = plugins
        self._journal = journal
        self._forward = forward
        self._label = label
        self._cancelled = threading.Event()
        self.session: StartedSession | None = None
        self.plugin: BackgroundPlugin | None = None
        self.builtin = False
        self.asked = False
        """Whether StartSession was called: a session may exist."""

    def cancel(self) -> None:
        """Do not start the next step."""
        self._cancelled.set()

    def begin(self, listener: Listener) -> str:
        """Check the local end, choose a plugin, start session and plugin; returns the session's id. Raises NotBegun."""
        self._stop_if_cancelled()
        try:
            local_end.remove_dead_socket(self._forward.local)
            local_end.check_free(self._forward.local)
            pick = self._picked()
            self.builtin = pick.builtin
            credentials = self._aws.plugin_credentials()
            session = self._start_session()
        except local_end.LocalEndTaken as taken:
            raise NotBegun(Reason(str(taken), Lasting.PERMANENT, of_local_end().topic)) from None
        except AwsCallFailed as failed:
            raise NotBegun(self._not_begun(failed.fault)) from None
        try:
            self._stop_if_cancelled()
            self.plugin = self._plugins.start_forward(pick, session, self._forward, credentials, listener)
        except BaseException as error:  # whatever it is, the session must be ended
            self.terminate()
            if isinstance(error, NotBegun):
                raise
            raise NotBegun(of_run(PluginRun.never(error_words(error)))) from error
        self._journal.opened(session, self._forward.place, self._label, self.plugin.pid)
        log.info("session %s started for %s, %s", session.session_id, self._label, pick.because)
        return session.session_id

    def _picked(self) -> PluginPick:
        pick = self._plugins.pick_for_forward(endpoint_is_aws=self._aws.endpoint_is_aws())
        if not pick.usable:
            sentence = f"{pick.complaint} {after_grade(pick.grade)}"
            raise NotBegun(Reason(sentence, Lasting.PERMANENT, of_grade(pick.grade).topic))
        if not pick.builtin and not local_end.only_here(self._forward.local):
            sentence = "Official plugins listen on 127.0.0.1 only; with SMTUI_PLUGIN=builtin other addresses work."
            raise NotBegun(Reason(sentence, Lasting.PERMANENT))
        return pick

    def _start_session(self) -> StartedSession:
        self._stop_if_cancelled()
        self.asked = True
        self.session = start_session(self._aws, self._journal, self._forward.request(), self._label)
        return self.session

    def _not_begun(self, fault: Fault) -> Reason:
        reason = of_fault(fault, self._forward.request())
        if not (self.asked and fault.may_be_done):
            return reason
        return replace(reason, sentence=f"{reason.sentence} {perhaps_open(self._label, self._forward.place)}")

    def _stop_if_cancelled(self) -> None:
        if self._cancelled.is_set():
            raise NotBegun(Reason("It was stopped before it started."))

    def terminate(self) -> Fault | None:
        """Call TerminateSession, if there is a session; returns why it failed. A session that has ended is success."""
        if self.session is None:
            return None
        try:
            self._aws.terminate_session(self.session.session_id)
        except AwsCallFailed as failed:
            log.warning("session %s could not be ended: %s", self.session.session_id, failed.fault.code)
            return failed.fault
        self._journal.closed(self.session.session_id)
        return None

    def clear_away(self) -> None:
        """Remove what a killed plugin left of the local end."""
        local_end.remove_dead_socket(self._forward.local)

    def has_connection(self) -> bool | None:
        """Whether the plugin is still connected to Session Manager; None if the system does not say."""
        port = self._forward.local.port if isinstance(self._forward.local, LocalPort) else 0
        return has_connection(self.plugin.pid, port) if self.plugin is not None else None

    def probe(self) -> Probe:
        """Connect once and see whether it lasts. The destination sees the connection too: probe rarely."""
        try:
            with local_end.connect(self._forward.local) as connection:
                connection.settimeout(_PROBE_SECONDS)
                return Probe(closed_at_once=_closed(connection))
        except OSError as error:
            return Probe(error=error.strerror or error_words(error))


def _closed(connection: socket.socket) -> bool:
    try:
        return not connection.recv(1)
    except TimeoutError:
        return False
    except OSError:
        return True


def has_connection(pid: int, local_port: int) -> bool | None:
    """Tell whether a plugin is connected to anything but its own clients, which come to `local_port`.

    None if the system does not show it. An official plugin that cannot resume its session gives up without a word,
    and its process and its local port stay.
    """
    import psutil  # only once a tunnel is open

    try:
        connections = psutil.Process(pid).net_connections("tcp")
    except (psutil.Error, OSError):
        return None
    return any(each.status == psutil.CONN_ESTABLISHED and each.laddr.port != local_port for each in connections)


class Inbox:
    """Passes what a plugin says from the threads that read it to the event loop: many lines cost one wake-up.

    `put` may be called from any thread; `read` is called on the loop with each item, in order. More than 500 waiting
    items cost lines of text, never an item that says what happened.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, read: Callable[[PluginLine | PluginRun], None]) -> None:
        self._loop = loop
        self._read = read
        self._lock = threading.Lock()
        self._items: list[PluginLine | PluginRun] = []

    def put(self, item: PluginLine | PluginRun) -> None:
        """Add a line of the plugin, or how it ended; returns at once."""
        with self._lock:
            full = len(self._items) >= _MOST_WAITING
            if full and isinstance(item, PluginLine) and item.kind in _WORTH_LOSING:
                return
            self._items.append(item)
            if len(self._items) > 1:
                return  # the loop has been woken
        try:
            self._loop.call_soon_threadsafe(self._empty)
        except RuntimeError:
            if not self._loop.is_closed():
                raise

    def _empty(self) -> None:
        with self._lock:
            items, self._items = self._items, []
        for item in items:
            self._read(item)
