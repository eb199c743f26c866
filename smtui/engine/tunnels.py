"""The tunnels of this smtui: started, watched, restarted, stopped; what an earlier smtui left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from itertools import count

from smtui.domain.command_template import BadTemplate, expand, values_of
from smtui.domain.failure import still_open
from smtui.domain.failure_topics import of_local_end
from smtui.domain.fault import AwsCallFailed, Fault
from smtui.domain.forward import Forward, LocalPort
from smtui.domain.place import Place
from smtui.domain.text import harmless
from smtui.domain.tunnel import Leftover, TunnelView, title_of
from smtui.engine.offloop import OffLoop
from smtui.engine.ports import Aws
from smtui.engine.tunnel_attempt import TunnelAttempt
from smtui.engine.tunnel_ports import ForwardPlugins, Journal, NoJournal
from smtui.engine.tunnel_run import Means, TunnelRun
from smtui.tunnels import local_end
from smtui.tunnels.machine import Limits
from smtui.tunnels.reasons import Reason

NOTICE_SECONDS = 0.2
"""Between two notices to listeners."""
HANGING_START_SECONDS = 0.5
"""Quitting does not wait longer for a StartSession that does not answer."""
CLOSING_SECONDS = 8.0
_STOP_SECONDS = 12.0
_STARTS_AT_ONCE = 4

_NO_JOURNAL = NoJournal()


class TunnelRefused(Exception):
    """The tunnel was not even tried; the message is a sentence for the user."""

    def __init__(self, sentence: str, topic: str = "") -> None:
        super().__init__(sentence)
        self.topic = topic
        """The id of the topic that helps; empty for none."""


class Tunnels:
    """Every method belongs to the event loop; none blocks it."""

    def __init__(
        self,
        aws: Callable[[Place], Aws],
        plugins: ForwardPlugins,
        journal: Journal = _NO_JOURNAL,
        *,
        read_only: bool = False,
        objection: Callable[[Forward], Reason | None] = lambda _: None,
        limits: Limits | None = None,
    ) -> None:
        """`objection` answers why, for a forward that cannot work, as with an agent that is too old."""
        self.journal = journal
        """Of the sessions on the terminal as well."""
        self._aws = aws
        self._read_only = read_only
        self._objection = objection
        self._off_loop = OffLoop()
        self._means = Means(
            lambda forward, label: TunnelAttempt(aws(forward.place), plugins, journal, forward, label),
            self._off_loop,
            asyncio.Semaphore(_STARTS_AT_ONCE),
            lambda: datetime.now(UTC),
            limits or Limits(),
        )
        self._runs: dict[str, TunnelRun] = {}
        self._ids = count(1)
        self._listeners: list[Callable[[], None]] = []
        self._notice: asyncio.TimerHandle | None = None
        self._last_notice = float("-inf")
        self._closing = False

    def views(self) -> tuple[TunnelView, ...]:
        """All tunnels since smtui began that were not forgotten, the oldest first."""
        return tuple(run.view() for run in self._runs.values())

    @property
    def active(self) -> int:
        """How many are neither closed nor failed."""
        return len(self._live())

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after something changed, at most five times a second; returns what ends it."""
        self._listeners.append(listener)
        return partial(self._listeners.remove, listener)

    async def start(self, forward: Forward, *, preset: str = "", command: tuple[str, ...] = ()) -> TunnelView:
        """Begin a tunnel and return at once, while it is starting; raises `TunnelRefused`.

        Local port 0 is chosen here. `command` is a preset's template; the view has it with its placeholders filled in.
        """
        if self._read_only:
            raise TunnelRefused("smtui runs read-only: no tunnel is started.")
        if objection := self._objection(forward):
            raise TunnelRefused(objection.sentence, objection.topic)
        settled = await self._settled(forward)
        try:
            filled_in = expand(command, values_of(settled, region=settled.place.region))
        except BadTemplate as bad:
            raise TunnelRefused(f"The preset's command cannot be used: {bad}") from None
        if self._closing:
            raise TunnelRefused("smtui is about to end.")
        run = TunnelRun(f"t{next(self._ids)}", settled, self._means, self._changed)
        run.preset, run.command = preset, filled_in
        self._runs[run.tunnel_id] = run
        run.begin()
        return run.view()

    async def stop(self, tunnel_id: str) -> None:
        """End it; returns when its plugin and its session have ended."""
        run = self._runs.get(tunnel_id)
        if run is not None:
            run.stop()
            await _until_over([run], _STOP_SECONDS)

    async def restart(self, tunnel_id: str) -> None:
        """Begin anew on the same local port, whatever its state; raises `TunnelRefused`."""
        run = self._runs.get(tunnel_id)
        if run is None:
            return
        if self._read_only or self._closing:
            raise TunnelRefused("No tunnel is started any more.")
        if run.state.over and (other := self._holder(run.forward)):
            raise TunnelRefused(_ours(run.forward, other))
        run.begin()

    def forget(self, tunnel_id: str) -> None:
        """Drop a closed or failed one from the list; others stay."""
        run = self._runs.get(tunnel_id)
        if run is not None and run.state.over:
            del self._runs[tunnel_id]
            self._changed()

    def log(self, tunnel_id: str) -> tuple[str, ...]:
        """What happened to it and what its plugin said, the latest last; harmless, bounded."""
        run = self._runs.get(tunnel_id)
        return tuple(run.lines) if run is not None else ()

    async def close_all(self) -> None:
        """Before the program ends: stop every tunnel at once; takes eight seconds at most. None can be started then."""
        self._closing = True
        runs = self._live()
        for run in runs:
            run.stop()
        try:
            await _until_over(runs, HANGING_START_SECONDS)
            waited_for = [run for run in runs if not run.hangs_in_start]
            await _until_over(waited_for, CLOSING_SECONDS - HANGING_START_SECONDS)
        finally:
            for run in runs:
                if not run.state.over:
                    run.kill()

    def loose_ends(self) -> tuple[str, ...]:
        """After `close_all`: a sentence for each session that may be left open."""
        return tuple(sentence for run in self._runs.values() for sentence in run.loose_ends())

    async def leftovers(self) -> tuple[Leftover, ...]:
        """Sessions and plugins of a smtui that is gone."""
        return await self._off_loop.call(self.journal.leftovers)

    async def clean_up(self, leftovers: Iterable[Leftover]) -> tuple[str, ...]:
        """End them; answers a sentence for each that could not be ended."""
        if self._read_only:
            return ("smtui runs read-only: nothing is ended.",)
        done = await asyncio.gather(*(self._off_loop.call(partial(self._clean, leftover)) for leftover in leftovers))
        return tuple(sentence for sentence in done if sentence)

    def _clean(self, leftover: Leftover) -> str:
        self.journal.end_plugin(leftover)
        try:
            aws = self._aws(leftover.place)
            if leftover.endpoint not in ("", aws.endpoint_url()):
                # Another endpoint does not know the session, and would say that it has ended.
                by_hand = still_open(leftover.label, leftover.session_id, leftover.place)
                return f"{by_hand} It was started at {harmless(leftover.endpoint)}, which is not the endpoint in use."
            aws.terminate_session(leftover.session_id)
        except AwsCallFailed as failed:
            fault: Fault = failed.fault
            return f"{fault.sentence()} {still_open(leftover.label, leftover.session_id, leftover.place)}"
        self.journal.settle(leftover)
        return ""

    async def _settled(self, forward: Forward) -> Forward:
        """With a local end that is free, also of our own tunnels; raises TunnelRefused."""
        while True:
            if other := self._holder(forward):
                raise TunnelRefused(_ours(forward, other))
            ports = {run.forward.local.port for run in self._live() if isinstance(run.forward.local, LocalPort)}
            try:
                settled = await self._off_loop.call(partial(local_end.settled, forward, ports))
            except local_end.LocalEndTaken as taken:
                raise TunnelRefused(str(taken), of_local_end().topic) from None
            if self._holder(settled) is None:
                return settled  # else another tunnel of ours took it meanwhile

    def _holder(self, forward: Forward) -> TunnelRun | None:
        """The tunnel of ours that has this local end."""
        if isinstance(forward.local, LocalPort) and not forward.local.port:
            return None
        return next((run for run in self._live() if run.forward.local == forward.local), None)

    def _live(self) -> list[TunnelRun]:
        return [run for run in self._runs.values() if not run.state.over]

    # Notices -----------------------------------------------------------------------------------

    def _changed(self) -> None:
        if self._notice is None:
            loop = asyncio.get_running_loop()
            self._notice = loop.call_at(max(loop.time(), self._last_notice + NOTICE_SECONDS), self._notify)

    def _notify(self) -> None:
        self._notice = None
        self._last_notice = asyncio.get_running_loop().time()
        for listener in list(self._listeners):
            listener()


async def _until_over(runs: list[TunnelRun], seconds: float) -> None:
    if runs:
        waiting = [asyncio.ensure_future(run.over.wait()) for run in runs]
        await asyncio.wait(waiting, timeout=seconds)
        for each in waiting:
            each.cancel()


def _ours(forward: Forward, other: TunnelRun) -> str:
    return f"{forward.local} is taken by the tunnel to {title_of(other.forward)}."
