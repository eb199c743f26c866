"""One attempt at a tunnel: a session and its plugin, from StartSession to TerminateSession."""

from __future__ import annotations

import logging
import socket
import threading
from dataclasses import dataclass

from smtui.domain.failure_topics import of_grade, of_local_end
from smtui.domain.fault import AwsCallFailed, Fault
from smtui.domain.forward import Forward, LocalPort
from smtui.domain.outcome import PluginRun
from smtui.domain.plugin import PluginPick
from smtui.domain.request import StartedSession
from smtui.engine.ports import Aws
from smtui.engine.tunnel_ports import ForwardingPlugin, ForwardPlugins, Journal, Listener
from smtui.tunnels import local_end
from smtui.tunnels.outgoing import has_connection
from smtui.tunnels.reasons import Lasting, Reason, of_fault, of_run

log = logging.getLogger(__name__)

_PROBE_SECONDS = 0.4
"""For a destination that refuses, to be known as refusing."""


class NotBegun(Exception):
    """The attempt came to nothing, and nothing is left of it."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.sentence)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Probe:
    """How a probe went."""

    closed_at_once: bool = False
    error: str = ""
    """Why no connection came about at all."""


class TunnelAttempt:
    """Every method but `cancel` blocks: for a thread."""

    def __init__(self, aws: Aws, plugins: ForwardPlugins, journal: Journal, forward: Forward, label: str) -> None:
        self._aws = aws
        self._plugins = plugins
        self._journal = journal
        self._forward = forward
        self._label = label
        self._cancelled = threading.Event()
        self.session: StartedSession | None = None
        self.plugin: ForwardingPlugin | None = None
        self.builtin = False
        self.asked = False
        """Whether StartSession was called: a session may exist."""

    def cancel(self) -> None:
        """Begin no more than has begun."""
        self._cancelled.set()

    def begin(self, listener: Listener) -> str:
        """Check the local end, choose the plugin, start session and plugin; the session's id. Raises NotBegun."""
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
            raise NotBegun(of_fault(failed.fault, self._forward.request())) from None
        try:
            self._stop_if_cancelled()
            self._journal.opened(session, self._forward.place, self._label, 0)
            self.plugin = self._plugins.start_forward(pick, session, self._forward, credentials, listener)
        except BaseException as error:  # whatever it is, the session must not outlive it
            self.terminate()
            raise error if isinstance(error, NotBegun) else NotBegun(of_run(PluginRun.never(_words(error)))) from error
        self._journal.opened(session, self._forward.place, self._label, self.plugin.pid)
        log.info("session %s started for %s, %s", session.session_id, self._label, pick.because)
        return session.session_id

    def _picked(self) -> PluginPick:
        pick = self._plugins.pick_for_forward(endpoint_is_aws=self._aws.endpoint_is_aws())
        if not pick.usable:
            sentence = f"{pick.complaint} {pick.grade.next_step}"
            raise NotBegun(Reason(sentence, Lasting.PERMANENT, of_grade(pick.grade).topic))
        if not pick.builtin and not local_end.only_here(self._forward.local):
            sentence = "Official plugins listen on 127.0.0.1 alone; SMTUI_PLUGIN=builtin can listen elsewhere."
            raise NotBegun(Reason(sentence, Lasting.PERMANENT))
        return pick

    def _start_session(self) -> StartedSession:
        self._stop_if_cancelled()
        self.asked = True
        self.session = self._aws.start_session(self._forward.request())
        return self.session

    def _stop_if_cancelled(self) -> None:
        if self._cancelled.is_set():
            raise NotBegun(Reason("It was stopped before it began."))

    def terminate(self) -> Fault | None:
        """TerminateSession; a session that ended before is as good."""
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
        """What a killed plugin left of the local end."""
        local_end.remove_dead_socket(self._forward.local)

    def has_connection(self) -> bool | None:
        """Whether the plugin still has one to Session Manager; None where the system does not tell."""
        port = self._forward.local.port if isinstance(self._forward.local, LocalPort) else 0
        return has_connection(self.plugin.pid, port) if self.plugin is not None else None

    def probe(self) -> Probe:
        """Connect once and see whether it lasts. It makes a connection at the destination: use it sparingly."""
        try:
            with local_end.connect(self._forward.local) as connection:
                connection.settimeout(_PROBE_SECONDS)
                return Probe(closed_at_once=_closed(connection))
        except OSError as error:
            return Probe(error=error.strerror or str(error))


def _closed(connection: socket.socket) -> bool:
    try:
        return not connection.recv(1)
    except TimeoutError:
        return False
    except OSError:
        return True


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__
