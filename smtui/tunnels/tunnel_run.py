"""Runs one tunnel on the event loop: takes the state machine's actions and feeds it the events."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from smtui.domain.outcome import PluginRun
from smtui.domain.request import perhaps_open, still_open
from smtui.domain.text import error_words, harmless
from smtui.plugin.plugin_output import LineKind, PluginLine
from smtui.topics.failure_topics import of_refused_destination
from smtui.tunnels import local_end
from smtui.tunnels.reasons import Lasting, Reason, of_run
from smtui.tunnels.state_machine import (
    Action,
    Begin,
    Ended,
    Event,
    Limits,
    Listening,
    NotStarted,
    PluginOver,
    Probed,
    Started,
    StateMachine,
    Stop,
    Tick,
)
from smtui.tunnels.tunnel import Tally, TunnelState, TunnelView, title_of
from smtui.tunnels.tunnel_attempt import Inbox, NotBegun, Probe, TunnelAttempt

if TYPE_CHECKING:
    from smtui.domain.forward import Forward
    from smtui.engine.offloop import OffLoop

log = logging.getLogger(__name__)

_LOG_LINES = 500
_INTERRUPT_SECONDS = 2.0
"""For a plugin to end by itself."""
_TERMINATE_SECONDS = 3.0
"""For TerminateSession; a call that takes longer goes on in its thread."""
_ACCEPT_SECONDS = 5.0
"""For a plugin to report a connection that was made to it; one that does not is alive but useless."""
_WATCH_SECONDS = 15.0
_MISSES = 2
"""Looks in a row without a connection: an official plugin tries to resume for 6 s, then gives up."""


@dataclass(frozen=True, slots=True)
class Means:
    """What all tunnels of one smtui share."""

    attempt: Callable[[Forward, str], TunnelAttempt]
    off_loop: OffLoop
    """Threads for tunnels only: starts wait for a free one."""
    starts: asyncio.Semaphore
    """Keeps starts from taking every thread, because stopping must not wait for them."""
    now: Callable[[], datetime]
    limits: Limits


class _Attempt:
    """An attempt, with what its plugin reported."""

    def __init__(self, steps: TunnelAttempt) -> None:
        self.steps = steps
        self.over = asyncio.Event()
        self.ending = asyncio.Event()
        """It has ended or is being ended."""
        self.accepted = asyncio.Event()
        self.refusal = ""
        """A sentence about the destination that refused a connection."""
        self.in_at_refusal = 0
        """Bytes from the far end when it refused."""
        self.early: list[PluginLine | PluginRun] | None = []
        """What the plugin reported before the machine knew of the start; None afterwards."""


class TunnelRun:
    """One tunnel. `changed` is called after every change."""

    def __init__(self, tunnel_id: str, forward: Forward, means: Means, changed: Callable[[], None]) -> None:
        self.tunnel_id = tunnel_id
        self.forward = forward
        self.preset = ""
        self.command: tuple[str, ...] = ()
        self.has_started = False
        self.over = asyncio.Event()
        """Set while the tunnel is closed or failed."""
        self.lines: deque[str] = deque(maxlen=_LOG_LINES)
        self._means = means
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._machine = StateMachine(lambda: random.uniform(-1, 1), means.limits)  # noqa: S311 - no secret
        self._tally = Tally()
        self._attempt: _Attempt | None = None
        self._unended: list[_Attempt] = []
        """Attempts whose session could not be terminated: retried when AWS answers again."""
        self._since = means.now()
        self._state = self._machine.state
        self._said = ""
        self._timer: asyncio.TimerHandle | None = None
        self._doing: set[asyncio.Task[None]] = set()

    @property
    def state(self) -> TunnelState:
        """The state now."""
        return self._machine.state

    @property
    def hangs_in_start(self) -> bool:
        """Whether there is no session yet that must be ended."""
        return self._attempt is None or self._attempt.steps.session is None

    def view(self) -> TunnelView:
        """The tunnel as it is now."""
        return TunnelView(
            tunnel_id=self.tunnel_id,
            forward=self.forward,
            state=self._state,
            since=self._since,
            local=harmless(str(self.forward.local)),
            connections_now=self._tally.now,
            connections_total=self._tally.total,
            bytes_in=self._tally.bytes_in,
            bytes_out=self._tally.bytes_out,
            last_word=self._last_word(),
            topic=of_refused_destination().topic if self._refusal else self._machine.topic,
            attempt=self._machine.attempt,
            next_try_at=self._next_try_at(),
            preset=self.preset,
            command=self.command,
            refusal=self._refusal,
            stalled=self._tally.stalled if self._state is TunnelState.OPEN else "",
            warning=local_end.warning(self.forward.local),
            session_id=self._session_id,
        )

    @property
    def _session_id(self) -> str:
        session = self._attempt.steps.session if self._attempt is not None else None
        return harmless(session.session_id) if session is not None and not self._state.over else ""

    @property
    def _refusal(self) -> str:
        return self._attempt.refusal if self._attempt is not None and self._state is TunnelState.OPEN else ""

    def begin(self) -> None:
        """Start or restart the tunnel."""
        if self.lines:
            self._note("restart requested.")
        self._feed(Begin())

    def stop(self) -> None:
        """Stop the tunnel; `over` is set when it has ended."""
        self._note("stop requested.")
        self._feed(Stop())

    def kill(self) -> None:
        """Kill the plugin, because smtui ends and cannot wait."""
        if self._attempt is not None and self._attempt.steps.plugin is not None:
            self._attempt.steps.plugin.kill()

    def left_open(self) -> tuple[str, ...]:
        """A sentence for each session that is, or may be, left open if smtui ends now."""
        unended = self._unended
        if self._attempt is not None and not self.state.over and self._attempt not in unended:
            unended = [*unended, self._attempt]
        return tuple(self._left_open(attempt.steps) for attempt in unended if attempt.steps.asked)

    def _left_open(self, steps: TunnelAttempt) -> str:
        if steps.session is None:
            return perhaps_open(self.forward.label, self.forward.place)
        return still_open(self.forward.label, steps.session.session_id, self.forward.place)

    # The machine -------------------------------------------------------------------------------

    def _feed(self, event: Event) -> None:
        for action in self._machine.handle(event, self._loop.time()):
            self._act(action)
        self._wind()
        self._note_state()
        self._changed()

    def _act(self, action: Action) -> None:
        match action:
            case Action.START:
                self._attempt = attempt = _Attempt(self._means.attempt(self.forward, title_of(self.forward)))
                self._tally.new_plugin()
                self._said = ""
                self._do(self._start(attempt))
            case Action.CANCEL if self._attempt is not None:
                self._attempt.steps.cancel()
            case Action.PROBE if self._attempt is not None:
                self._do(self._probe(self._attempt))
            case Action.END if self._attempt is not None:
                self._do(self._end(self._attempt))

    def _wind(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._machine.deadline is not None:
            self._timer = self._loop.call_at(self._machine.deadline, self._feed, Tick())

    def _note_state(self) -> None:
        state = self._machine.state
        if state is not self._state:
            self._state = state
            self._since = self._means.now()
            reason = self._machine.reason if state.in_trouble else ""
            self._note(f"{state.value}{f': {reason}' if reason else '.'}")
        if state.over:
            self.over.set()
        else:
            self.over.clear()

    def _do(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._doing.add(task)
        task.add_done_callback(self._doing.discard)
        return task

    # What the machine asks for -----------------------------------------------------------------

    async def _start(self, attempt: _Attempt) -> None:
        inbox = Inbox(self._loop, partial(self._on_report, attempt))
        try:
            async with self._means.starts:
                session_id = await self._means.off_loop.call(lambda: attempt.steps.begin(inbox.put))
        except NotBegun as failed:
            self._note(failed.reason.sentence)
            self._feed(NotStarted(failed.reason))
        except Exception as error:  # a bug of ours: this tunnel fails with a reason, the others go on
            log.exception("tunnel %s", self.tunnel_id)
            sentence = f"Something unexpected went wrong ({type(error).__name__}: {error_words(error)})."
            self._feed(NotStarted(Reason(harmless(sentence), Lasting.PERMANENT)))
        else:
            self.has_started = True
            self._note(f"session {session_id} started.")
            self._feed(Started())
            self._catch_up(attempt)
            self._do(self._terminate_unended())

    def _catch_up(self, attempt: _Attempt) -> None:
        """Handles what the plugin reported before the machine knew of its start."""
        early, attempt.early = attempt.early, None
        for item in early or ():
            self._on_report(attempt, item)

    async def _probe(self, attempt: _Attempt) -> None:
        self._tally.probe()
        probe = await self._means.off_loop.call(attempt.steps.probe)
        trouble = await self._judged(attempt, probe)
        if attempt is self._attempt:
            self._feed(Probed(trouble))
            if trouble is None and not attempt.steps.builtin:
                await self._watch(attempt)

    async def _judged(self, attempt: _Attempt, probe: Probe) -> Reason | None:
        if probe.error:
            return Reason(f"The plugin reports an open local end, but nothing can connect to it: {probe.error}.")
        if probe.closed_at_once:
            self._note_refusal(attempt, attempt.refusal or _refused(self.forward))
            return None
        try:
            async with asyncio.timeout(_ACCEPT_SECONDS):
                await attempt.accepted.wait()
        except TimeoutError:
            return Reason("The plugin runs but accepts no connection.")
        return None

    async def _watch(self, attempt: _Attempt) -> None:
        """Watches an official plugin: one that has lost Session Manager for good keeps running. Ours ends by itself."""
        missed = 0
        while missed < _MISSES:
            await _within(_WATCH_SECONDS, attempt.ending.wait())
            if attempt.ending.is_set():
                return
            connected = await self._means.off_loop.call(attempt.steps.has_connection)
            missed = missed + 1 if connected is False else 0
        if attempt is self._attempt:
            self._feed(PluginOver(Reason("The plugin runs, but has lost its connection to Session Manager.")))

    async def _end(self, attempt: _Attempt) -> None:
        attempt.ending.set()
        try:
            await self._end_in_order(attempt)
        except Exception:  # a bug of ours must not leave it half ended
            log.exception("tunnel %s", self.tunnel_id)
        if attempt is self._attempt:
            self._feed(Ended())

    async def _end_in_order(self, attempt: _Attempt) -> None:
        """SIGINT, then TerminateSession, then SIGKILL."""
        plugin = attempt.steps.plugin
        if plugin is not None and not attempt.over.is_set():
            plugin.interrupt()
            await _within(_INTERRUPT_SECONDS, attempt.over.wait())
        self._unended.append(attempt)
        await asyncio.wait([self._do(self._terminate_unended())], timeout=_TERMINATE_SECONDS)
        if plugin is not None and not attempt.over.is_set():
            plugin.kill()
            await _within(_INTERRUPT_SECONDS, attempt.over.wait())
        await self._means.off_loop.call(attempt.steps.clear_away)

    async def _terminate_unended(self) -> None:
        for attempt in list(self._unended):
            fault = await self._means.off_loop.call(attempt.steps.terminate)
            if fault is not None:
                self._note(f"{fault.sentence()} {self._left_open(attempt.steps)}")
            elif attempt in self._unended:
                self._unended.remove(attempt)

    # What the plugin reports -----------------------------------------------------------------------------

    def _on_report(self, attempt: _Attempt, item: PluginLine | PluginRun) -> None:
        if isinstance(item, PluginRun):
            attempt.over.set()
            attempt.ending.set()
        if attempt.early is not None:
            attempt.early.append(item)
        elif attempt is not self._attempt:
            return
        elif isinstance(item, PluginRun):
            self._feed(PluginOver(of_run(item)))
        else:
            self._on_line(attempt, item)

    def _on_line(self, attempt: _Attempt, line: PluginLine) -> None:
        self._tally.take(line)
        if line.text and line.kind is LineKind.WORDS:
            self._say(line.text)
        elif line.text:
            self._note(line.text)
        match line.kind:
            case LineKind.LISTENING:
                self._feed(Listening())
            case LineKind.ACCEPTED:
                attempt.accepted.set()
            case LineKind.REFUSED:
                attempt.accepted.set()
                self._note_refusal(attempt, _refused(self.forward, line.to))
        if attempt.refusal and (self._tally.bytes_in or 0) > attempt.in_at_refusal:
            attempt.refusal = ""
        self._changed()

    def _note_refusal(self, attempt: _Attempt, sentence: str) -> None:
        if attempt.refusal != sentence:
            self._note(sentence)
        attempt.refusal, attempt.in_at_refusal = sentence, self._tally.bytes_in or 0

    def _say(self, text: str) -> None:
        self._said = text
        self._note(text)

    def _note(self, text: str) -> None:
        self.lines.append(f"{self._means.now():%H:%M:%S} {harmless(text)}")

    # What is shown -----------------------------------------------------------------------------

    def _last_word(self) -> str:
        if self._machine.stopping:
            return "Ending its plugin and its session."
        if self._machine.restarting:
            return "Restarting."
        if self._state is TunnelState.CLOSED:
            return "Stopped."
        if self._state is TunnelState.OPEN:
            return self._refusal or self._tally.stalled or self._said
        return self._machine.reason or self._said

    def _next_try_at(self) -> datetime | None:
        if not self._machine.waiting or self._machine.deadline is None:
            return None
        return self._means.now() + timedelta(seconds=max(self._machine.deadline - self._loop.time(), 0.0))


def _refused(forward: Forward, to: str = "") -> str:
    """Names the host and port, because the plugin's words name neither."""
    destination, label = forward.destination, harmless(forward.label)
    if destination.host:
        return f"{label} could not connect to {to or destination}: nothing listens there, or it is out of reach."
    return f"Nothing listens on port {destination.port} of {label}."


async def _within(seconds: float, waiting: Coroutine[None, None, object]) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await waiting
