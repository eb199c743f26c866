"""A session and the end of smtui in every order, one step at a time.

The session's blocking calls run in threads that stop at each step until the test lets them go on, so every order
happens exactly as written. The terminal is a stub that keeps a record.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import combinations_with_replacement
from typing import Any, TypeVar, cast

import pytest
from textual.app import App

from smtui.domain.outcome import PluginRun
from smtui.domain.place import Place
from smtui.domain.request import SessionRequest, StartedSession
from smtui.engine import terminal_sessions as sessions_module
from smtui.engine.fleet import Fleet
from smtui.engine.launcher import Launcher
from smtui.engine.offloop import OffLoop
from smtui.tui.terminal.handover import SuspendHandover
from smtui.tui.terminal.terminal_owner import TerminalOwner
from smtui.tui.way_out import WayOut
from tests.engine.fakes import ENDED, NOW, FakeAws, FakePlaces, FakePlugins, FakeRunning
from tests.engine.launcher_parts import launcher_over
from tests.waiting import PATIENCE, let_loop_run

_T = TypeVar("_T")
REQUEST = SessionRequest("i-0000000000000000a", Place())


@dataclass
class Steps:
    """Where threads stop, and how they are let go on."""

    stops: dict[str, threading.Event] = field(default_factory=dict)
    open: bool = False
    seen: list[str] = field(default_factory=list)

    def stop(self, name: str) -> None:
        """In a thread: wait for leave to go on."""
        self.seen.append(name)
        if not self.open:
            self.stops.setdefault(name, threading.Event()).wait(PATIENCE)

    def let_go(self) -> bool:
        """Whether a thread stood somewhere; it goes on to its next stop or its end."""
        for name in list(self.stops):
            self.stops.pop(name).set()
            return True
        return False


class SteppedOffLoop(OffLoop):
    """Every call stops before it begins and before its result is told."""

    def __init__(self, steps: Steps) -> None:
        super().__init__()
        self._steps = steps
        self.busy = 0

    async def call(self, function: Callable[[], _T]) -> _T:
        def stepped() -> _T:
            self._steps.stop("begin")
            try:
                return function()
            finally:
                self._steps.stop("return")

        self.busy += 1
        try:
            return await super().call(stepped)
        finally:
            self.busy -= 1


@dataclass
class SteppedAws(FakeAws):
    steps: Steps = field(default_factory=Steps)

    def start_session(self, request: SessionRequest) -> StartedSession:
        started = super().start_session(request)
        self.steps.stop("answer")
        return started


@dataclass
class SteppedPlugin(FakeRunning):
    steps: Steps = field(default_factory=Steps)
    attached: int = 0
    abandoned: int = 0
    ended_by_itself: bool = False

    def attach(self) -> PluginRun:
        self.attached += 1
        self.steps.stop("plugin")
        self.ended_by_itself = not self.stopped.is_set()
        return ENDED if self.ended_by_itself else PluginRun(signal=15, stopped=True)

    def abandon(self) -> PluginRun:
        self.abandoned += 1
        return super().abandon()


@dataclass
class StubApp:
    """Textual's app, as far as the hand-over knows it."""

    is_running = True
    is_web = is_headless = is_inline = False
    record: list[str] = field(default_factory=list)

    def clear_notifications(self) -> None:
        return

    @contextmanager
    def batch_update(self) -> Iterator[None]:
        yield

    @contextmanager
    def suspend(self) -> Iterator[None]:
        self.record.append("suspend")
        yield
        self.record.append("resume")


class Run:
    """One session, one program, and what became of them."""

    def __init__(self) -> None:
        self.steps = Steps()
        self.aws = SteppedAws(steps=self.steps)
        self.plugin = SteppedPlugin(steps=self.steps)
        self.off_loop = SteppedOffLoop(self.steps)
        fleet = Fleet(FakePlaces(self.aws), [Place()], self.off_loop, clock=lambda: NOW)
        self.launcher = launcher_over(fleet, FakePlugins(self.plugin), self.off_loop)
        self.app = StubApp()
        self.owner = TerminalOwner()
        self.handover = SuspendHandover(cast(App[Any], self.app), self.owner)
        # Its clock stands still: two leaves that a busy machine draws apart are no impatience.
        self.way_out = WayOut(self.owner, self.launcher, self._close_screen, clock=lambda: 0.0)
        self.closed = asyncio.Event()
        self.closed_too_early = False
        self.tasks: list[asyncio.Future[Any]] = []
        self.opening: asyncio.Future[Any] | None = None

    def _close_screen(self) -> None:
        self.closed_too_early = self.launcher.has_sessions
        self._close()

    def _close(self) -> None:
        self.app.record.append("close")
        self.closed.set()

    def start(self) -> None:
        self.opening = asyncio.ensure_future(self.launcher.open_session(REQUEST, "web-1", self.handover.lend))

    def leave(self, kind: str) -> None:
        """As the key, the signal or the fault does."""
        self.app.record.append(f"leave by {kind}")
        if kind in ("SIGTERM", "SIGHUP") and self.plugin.attached and not self.plugin.stopped.is_set():
            self.plugin.stop()  # as the session's own guard does first
        if kind == "crash":  # Textual's loop ends by itself
            self.app.is_running = False
            self._close()
        else:
            self.tasks.append(asyncio.ensure_future(self.way_out.leave()))

    async def step(self) -> None:
        """Let the thread that stands somewhere go on, until it or the next one stands again."""
        if self.steps.let_go():
            await self._stands()

    async def _stands(self) -> None:
        """Wait until a thread has stopped, or no call is under way."""
        async with asyncio.timeout(PATIENCE):
            while self.off_loop.busy and not self.steps.stops:
                await asyncio.sleep(0.0005)
        for _ in range(10):
            await asyncio.sleep(0)
        if self.off_loop.busy and not self.steps.stops:
            await self._stands()

    async def finish(self) -> None:
        """Let everything go on to its end, and the program end as `run_to_its_end` does."""
        if not self.closed.is_set() and not self.tasks:
            self.leave("q")
        ending: asyncio.Future[Any] | None = None
        async with asyncio.timeout(PATIENCE):
            while True:
                await self.step()
                await asyncio.sleep(0)
                if self.closed.is_set() and ending is None:
                    ending = asyncio.ensure_future(self.way_out.screen_is_over())
                if ending is not None and ending.done() and not self.off_loop.busy:
                    break
        self.steps.open = True
        await asyncio.gather(ending, *self.tasks)
        if self.opening is not None:
            await self.opening


SESSION_STEPS = 10
"""More than a session has, so that the last place is after its end."""
KINDS = ("q", "Ctrl-C", "SIGTERM", "SIGHUP", "exception", "crash")


async def run(leaves: list[tuple[int, str]]) -> Run:
    """Start a session at once and leave before each of these steps of it; 0 is before its start."""
    made = Run()
    for place in range(SESSION_STEPS + 1):
        if place == 1:
            made.start()
            await made._stands()
        elif place > 1:
            await made.step()
        for at, kind in leaves:
            if at == place:
                made.leave(kind)
                await asyncio.sleep(0)
    await made.finish()
    return made


def check(made: Run) -> None:
    record = made.app.record
    first = next((place for place, entry in enumerate(record) if entry.startswith("leave")), len(record))
    assert "suspend" not in record[first:], "handed over while leaving"
    assert "resume" not in record[first:], "drawn again after leaving"
    assert record.count("close") >= 1, "never closed"
    assert not made.closed_too_early, "closed before the session was settled"
    assert made.plugin.attached == record.count("suspend"), "attached without the terminal"
    assert made.plugin.attached + made.plugin.abandoned <= 1
    began = "ssm:StartSession" in made.aws.calls
    ended = ["s-i-0000000000000000a"] if began and not made.plugin.ended_by_itself else []
    assert made.aws.terminated == ended, "a session was left, or ended twice"
    assert made.launcher.left_open() == ()
    assert not made.owner.lent


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time-out of a slow machine may change an order."""
    monkeypatch.setattr(Launcher.settle, "__defaults__", (PATIENCE,))
    monkeypatch.setattr(sessions_module, "LAST_STEPS_SECONDS", PATIENCE)


@pytest.mark.parametrize("kind", KINDS)
async def test_every_place_of_one_leave(kind: str) -> None:
    for place in range(SESSION_STEPS + 1):
        check(await run([(place, kind)]))


@pytest.mark.parametrize("first", KINDS)
async def test_every_place_of_two_leaves(first: str) -> None:
    for second in KINDS:
        for one, other in combinations_with_replacement(range(SESSION_STEPS + 1), 2):
            check(await run([(one, first), (other, second)]))


async def test_without_a_leave_the_screen_comes_back() -> None:
    made = await run([])
    assert made.app.record == ["suspend", "resume", "leave by q", "close"]
    assert made.steps.seen == ["begin", "answer", "return", "begin", "plugin", "return", "begin", "return"]
    assert len(made.steps.seen) < SESSION_STEPS
    assert made.aws.terminated == []


async def test_a_session_cannot_start_once_somebody_has_left() -> None:
    made = await run([(0, "q")])
    assert made.aws.calls == []
    assert made.opening is not None
    assert made.opening.result().failure.words == "smtui was told to end."


async def test_who_will_not_wait_is_not_held_up(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Run()
    now = 0.0
    monkeypatch.setattr(made.way_out, "_clock", lambda: now)
    made.start()
    await made._stands()
    await made.step()  # StartSession is asked and not answered
    made.leave("q")
    await asyncio.sleep(0)
    made.leave("q")
    await let_loop_run(0.01)
    assert not made.closed.is_set(), "the second press of a bunch is no impatience"
    now = 2.0
    made.leave("q")
    async with asyncio.timeout(PATIENCE):
        await made.closed.wait()
    [told] = made.launcher.left_open()
    assert "StartSession on web-1" in told
    await made.finish()
