"""Sessions on the terminal are in the journal for as long as they may be open."""

from __future__ import annotations

from contextlib import nullcontext

from smtui.domain.outcome import PluginRun
from smtui.domain.place import Place
from smtui.engine.fleet import Fleet
from smtui.engine.launcher import Launcher
from smtui.engine.offloop import OffLoop
from smtui.tunnels.supervisor import Tunnels
from tests.engine.fakes import FakeAws, FakePlaces, FakePlugins, FakeRunning, fault
from tests.engine.launcher_parts import launcher_over
from tests.engine.test_session_attempt import REQUEST
from tests.tunnels.tunnel_fakes import FakeForwardPlugins, FakeJournal


def launcher_of(aws: FakeAws, running: FakeRunning, journal: FakeJournal) -> Launcher:
    off_loop = OffLoop()
    tunnels = Tunnels(lambda place: aws, lambda *_: None, FakeForwardPlugins(), journal, read_only=False)
    return launcher_over(Fleet(FakePlaces(aws), [Place()], off_loop), FakePlugins(running), off_loop, tunnels=tunnels)


class Watching(FakeRunning):
    """A plugin that looks into the journal while it has the terminal."""

    def __init__(self, journal: FakeJournal, run: PluginRun) -> None:
        super().__init__(run, pid=4711)
        self.journal = journal
        self.seen: dict[str, int] = {}

    def attach(self) -> PluginRun:
        self.seen = dict(self.journal.open)
        return self.run


async def test_it_is_noted_while_it_runs() -> None:
    journal = FakeJournal()
    running = Watching(journal, FakeRunning().run)
    await launcher_of(FakeAws(), running, journal).open_session(REQUEST, "web-1", nullcontext)
    assert running.seen == {"s-i-0000000000000000a": 4711}
    assert journal.open == {}


async def test_one_that_was_killed_is_forgotten_once_it_was_terminated() -> None:
    journal = FakeJournal()
    running = Watching(journal, PluginRun(signal=9, spoke=True))
    await launcher_of(FakeAws(), running, journal).open_session(REQUEST, "web-1", nullcontext)
    assert journal.open == {}


async def test_one_that_could_not_be_ended_stays() -> None:
    journal = FakeJournal()
    aws = FakeAws(failing={"ssm:TerminateSession": fault("ssm:TerminateSession")})
    running = Watching(journal, PluginRun(signal=9, spoke=True))
    await launcher_of(aws, running, journal).open_session(REQUEST, "web-1", nullcontext)
    assert list(journal.open) == ["s-i-0000000000000000a"]
