"""Starts, lists, restarts and stops the tunnels of this smtui."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Protocol

from smtui.domain.command_template import BadTemplate, expand, values_of
from smtui.domain.forward import Forward, LocalPort
from smtui.domain.request import READ_ONLY
from smtui.engine.offloop import OffLoop
from smtui.topics.failure_topics import of_local_end
from smtui.tunnels import local_end
from smtui.tunnels.reasons import objection
from smtui.tunnels.state_machine import Limits
from smtui.tunnels.tunnel import TunnelState, TunnelView, title_of
from smtui.tunnels.tunnel_attempt import TunnelAttempt
from smtui.tunnels.tunnel_run import Means, TunnelRun

if TYPE_CHECKING:
    from smtui.domain.node import Node
    from smtui.domain.place import Place
    from smtui.engine.protocols import Aws, Journal
    from smtui.plugin.plugin_host import PluginHost

log = logging.getLogger(__name__)

NOTICE_SECONDS = 0.2
"""Between two calls of the listeners."""
HANGING_START_SECONDS = 0.5
"""Quitting waits no longer for a StartSession that does not answer."""
CLOSING_SECONDS = 8.0
_STOP_SECONDS = 12.0
_STARTS_AT_ONCE = 4


class TunnelRefused(Exception):
    """The tunnel was not started; the message is a sentence for the user."""

    def __init__(self, sentence: str, topic: str = "") -> None:
        super().__init__(sentence)
        self.topic = topic
        """The id of the topic that helps; empty if there is none."""


class Hooks(Protocol):
    """What the user runs before and after a tunnel."""

    async def before(self) -> str:
        """Return the sentence that says why it may not start, or an empty text."""

    async def after(self, said: str, *, has_started: bool, has_failed: bool) -> str:
        """Return the sentence that says what went wrong with the hook, or an empty text.

        `said` is how the tunnel ended.
        """


class Tunnels:
    """All tunnels. Call the methods on the event loop; none blocks it."""

    def __init__(
        self,
        aws: Callable[[Place], Aws],
        node: Callable[[Place, str], Node | None],
        plugins: PluginHost,
        journal: Journal,
        *,
        read_only: bool,
        limits: Limits | None = None,
    ) -> None:
        """`node` finds a node by place and id; None if the list has no such node."""
        self.hooks: Callable[[Forward], Awaitable[Hooks | None]] | None = None
        """Finds the hooks of a tunnel that is about to start."""
        self.tell: Callable[[str], object] = log.warning
        """Gets a sentence for each hook after a tunnel that fails: the tunnel may be forgotten by then."""
        self.journal = journal
        """It also records the sessions on the terminal."""
        self._aws = aws
        self._read_only = read_only
        self._node = node
        self._off_loop = OffLoop()
        self._means = Means(
            lambda forward, label: TunnelAttempt(aws(forward.place), plugins, journal, forward, label),
            self._off_loop,
            asyncio.Semaphore(_STARTS_AT_ONCE),
            lambda: datetime.now(UTC),
            limits or Limits(),
        )
        self._runs: dict[str, TunnelRun] = {}
        self._hooked: dict[asyncio.Task[None], TunnelRun] = {}
        """For each tunnel that has hooks: waits for its end and runs the hook after it."""
        self._restarting: set[str] = set()
        """Tunnels that wait for their hook before they start again."""
        self._ids = count(1)
        self._listeners: list[Callable[[], None]] = []
        self._notice: asyncio.TimerHandle | None = None
        self._last_notice = float("-inf")
        self._closing = False

    def views(self) -> tuple[TunnelView, ...]:
        """All tunnels since smtui started, except forgotten ones, oldest first."""
        return tuple(run.view() for run in self._runs.values())

    @property
    def active(self) -> int:
        """How many are neither closed nor failed."""
        return len(self._live())

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after changes, at most five times a second; returns a function that ends this."""
        self._listeners.append(listener)
        return partial(self._listeners.remove, listener)

    async def start(self, forward: Forward, *, preset: str = "", command: tuple[str, ...] = ()) -> TunnelView:
        """Start a tunnel and return while it is starting, after the user's hook; raises `TunnelRefused`.

        Local port 0 becomes a free port here. `command` is a preset's template; the view has it with values filled in.
        """
        if self._read_only:
            raise TunnelRefused(READ_ONLY)
        if refused := objection(forward, self._node(forward.place, forward.node_id)):
            raise TunnelRefused(refused.sentence, refused.topic)
        hooks = await self._agreed(forward)
        try:
            run = await self._ready(forward, preset, command)
        except TunnelRefused as late:
            raise await _refused_after(hooks, late) from None
        self._runs[run.tunnel_id] = run
        self._begin(run, hooks)
        return run.view()

    async def _ready(self, forward: Forward, preset: str, command: tuple[str, ...]) -> TunnelRun:
        """Make a tunnel that is ready to begin, on a local end that nothing else uses; raises `TunnelRefused`."""
        settled = await self._settled(forward)
        try:
            filled_in = expand(command, values_of(settled, region=settled.place.region))
        except BadTemplate as bad:
            raise TunnelRefused(f"The preset's command cannot be used: {bad}") from None
        if self._closing:
            raise TunnelRefused("smtui is about to end.")
        run = TunnelRun(f"t{next(self._ids)}", settled, self._means, self._changed)
        run.preset, run.command = preset, filled_in
        return run

    async def _agreed(self, forward: Forward) -> Hooks | None:
        """Run the hook before a tunnel; raises `TunnelRefused` with what it says."""
        hooks = await self.hooks(forward) if self.hooks is not None else None
        if hooks is not None and (refusal := await hooks.before()):
            raise TunnelRefused(refusal)
        return hooks

    def _begin(self, run: TunnelRun, hooks: Hooks | None) -> None:
        run.begin()
        if hooks is not None:
            run.has_started = False
            task = asyncio.get_running_loop().create_task(self._after(run, hooks))
            self._hooked[task] = run
            task.add_done_callback(self._hooked.pop)

    async def _after(self, run: TunnelRun, hooks: Hooks) -> None:
        await run.over.wait()
        has_failed = run.state is TunnelState.FAILED
        if wrong := await hooks.after(run.view().last_word, has_started=run.has_started, has_failed=has_failed):
            self.tell(f"{title_of(run.forward)}: {wrong}")

    async def usable_ports(self, wanted: Iterable[int]) -> Mapping[int, int]:
        """Return for each of these local ports the one to use now: itself, or the next free one if it is taken.

        No two get the same one, and none gets one that another of them wants; 0 is any free port.
        """
        ports = tuple(port for port in wanted if port)
        return await self._off_loop.call(partial(local_end.usable_ports, ports, self._ports()))

    async def stop(self, tunnel_id: str) -> None:
        """Stop a tunnel; returns when its plugin and its session have ended."""
        run = self._runs.get(tunnel_id)
        if run is not None:
            run.stop()
            await _until_over([run], _STOP_SECONDS)

    async def restart(self, tunnel_id: str) -> None:
        """Restart a tunnel on the same local port, in any state; raises `TunnelRefused`."""
        run = self._runs.get(tunnel_id)
        if run is None or tunnel_id in self._restarting:
            return
        if refusal := self._why_not_again(run):
            raise TunnelRefused(refusal)
        hooks = None
        if run.state.over:  # one that runs keeps its hooks: to its user it is the same tunnel
            self._restarting.add(tunnel_id)
            try:
                hooks = await self._agreed(run.forward)
            finally:
                self._restarting.discard(tunnel_id)
            if refusal := self._why_not_again(run):
                raise await _refused_after(hooks, TunnelRefused(refusal))
        self._begin(run, hooks)

    def _why_not_again(self, run: TunnelRun) -> str:
        """Return why the tunnel cannot be restarted, as a sentence; empty if it can."""
        if self._read_only or self._closing:
            return "No tunnel is started any more."
        if run.tunnel_id not in self._runs:
            return f"The tunnel to {title_of(run.forward)} was removed from the list."
        if run.state.over and (other := self._holder(run.forward)):
            return _ours(run.forward, other)
        return ""

    def forget(self, tunnel_id: str) -> None:
        """Remove a closed or failed tunnel from the list; any other stays."""
        run = self._runs.get(tunnel_id)
        if run is not None and run.state.over:
            del self._runs[tunnel_id]
            self._changed()

    def log(self, tunnel_id: str) -> tuple[str, ...]:
        """What happened to the tunnel and what its plugin said, latest last, at most 500 lines; harmless."""
        run = self._runs.get(tunnel_id)
        return tuple(run.lines) if run is not None else ()

    def refuse(self) -> None:
        """Start no tunnel any more."""
        self._closing = True

    async def close_all(self) -> None:
        """Stop every tunnel at once and start no other, before the program ends; takes at most eight seconds.

        The hooks after them are waited for beyond that: each ends within its own time.
        """
        self.refuse()
        runs = self._live()
        for run in runs:
            run.stop()
        try:
            await _until_over(runs, HANGING_START_SECONDS)
            waited_for = [run for run in runs if not run.hangs_in_start]
            await _until_over(waited_for, CLOSING_SECONDS - HANGING_START_SECONDS)
            if hooked := [task for task, run in self._hooked.items() if run.state.over]:
                await asyncio.wait(hooked)
        finally:
            for run in runs:
                if not run.state.over:
                    run.kill()
            for task in self._hooked:
                task.cancel()

    def left_open(self) -> tuple[str, ...]:
        """A sentence for each session that may be left open; call it after `close_all`."""
        return tuple(sentence for run in self._runs.values() for sentence in run.left_open())

    async def _settled(self, forward: Forward) -> Forward:
        """The forward with a local end that no program and no other tunnel uses; raises TunnelRefused."""
        while True:
            if other := self._holder(forward):
                raise TunnelRefused(_ours(forward, other))
            try:
                settled = await self._off_loop.call(partial(local_end.settled, forward, self._ports()))
            except local_end.LocalEndTaken as taken:
                raise TunnelRefused(str(taken), of_local_end().topic) from None
            if self._holder(settled) is None:
                return settled  # else another tunnel took it meanwhile

    def _holder(self, forward: Forward) -> TunnelRun | None:
        """The tunnel that has this local end; None if none does."""
        if isinstance(forward.local, LocalPort) and not forward.local.port:
            return None
        return next((run for run in self._live() if run.forward.local == forward.local), None)

    def _ports(self) -> set[int]:
        """The local ports of the tunnels that are not over."""
        return {run.forward.local.port for run in self._live() if isinstance(run.forward.local, LocalPort)}

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


async def _refused_after(hooks: Hooks | None, refused: TunnelRefused) -> TunnelRefused:
    """Tell the hook after a tunnel that none was started, and add what went wrong with the hook."""
    wrong = await hooks.after(str(refused), has_started=False, has_failed=True) if hooks is not None else ""
    return TunnelRefused(f"{refused} {wrong}".strip(), refused.topic)


async def _until_over(runs: list[TunnelRun], seconds: float) -> None:
    if runs:
        waiting = [asyncio.ensure_future(run.over.wait()) for run in runs]
        await asyncio.wait(waiting, timeout=seconds)
        for each in waiting:
            each.cancel()


def _ours(forward: Forward, other: TunnelRun) -> str:
    return f"{forward.local} is taken by the tunnel to {title_of(other.forward)}."
