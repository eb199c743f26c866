"""Transfers, waits and runs below the tunnels, in the header, in the news and in the question before quitting."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from smtui.engine.jobs import Jobs, JobState
from smtui.tui.parts.confirm import QuitScreen
from smtui.tui.tunnels.tunnels_screen import TunnelsScreen
from smtui.tunnels.tunnel import TunnelState
from tests.engine.fakes import NOW
from tests.tui.driving import at, running, table_of
from tests.tui.looking import screen_text, told
from tests.tui.tunnels.fake_jobs import FakeJob, FakeTransfer, fake_wait, started
from tests.tui.tunnels.views import view
from tests.tui.world import World, nodes_screen
from tests.waiting import until

OPEN = view("t1", "db.internal:5432", "bastion-1", 15432, TunnelState.OPEN, NOW, connections_now=2)


def jobs_of(pilot: Pilot[Any]) -> Jobs:
    return nodes_screen(pilot.app)._launcher.jobs


def header(pilot: Pilot[Any]) -> str:
    return screen_text(pilot.app).splitlines()[0]


@pytest.mark.parametrize("size", [(140, 45), (80, 24), (60, 20)])
async def test_jobs_stand_below_the_tunnels(size: tuple[int, int]) -> None:
    world = World()
    world.tunnels.known["t1"] = OPEN
    async with running(world, size) as pilot:
        started(jobs_of(pilot), FakeTransfer, fake_wait)
        await pilot.press("2", "j")
        await until(lambda: "transfers, waits, runs" in screen_text(pilot.app))
        assert "app.tar.gz → web-1:" in screen_text(pilot.app)
        assert "40 s" in screen_text(pilot.app)
        assert ("███████████░░░░░░░░  124 of 200 MB · 8.1 MB/s · 9 s left" in screen_text(pilot.app)) == (size[0] > 80)
        assert "enter Show" in screen_text(pilot.app)
        assert "●1 ⠿2" in header(pilot)


async def test_a_job_is_stopped_goes_on_and_is_forgotten() -> None:
    async with running(World()) as pilot:
        jobs = jobs_of(pilot)
        [transfer] = started(jobs, FakeTransfer)
        await pilot.press("2")
        await at(pilot, TunnelsScreen)
        assert "Tunnels · 1 transfer" in header(pilot)
        await pilot.press("delete")
        assert jobs.all == (transfer,), "what runs is not forgotten"
        await pilot.press("x")
        await until(lambda: "○ stopped" in screen_text(pilot.app))
        assert told(pilot.app) == [], "who stops it knows"
        await pilot.press("r")
        await until(lambda: "sending" in screen_text(pilot.app))
        [again] = jobs.all
        assert again is not transfer
        await pilot.press("x")
        await until(lambda: not jobs.active)
        await pilot.press("delete")
        await until(lambda: "Nothing is forwarded." in screen_text(pilot.app))
        assert table_of(pilot).rows == ()


async def test_the_end_of_a_job_is_told_and_a_failed_one_counts() -> None:
    async with running(World()) as pilot:
        first, second = started(jobs_of(pilot), FakeTransfer, FakeTransfer)
        await until(lambda: "⠿2" in header(pilot))
        first.end(JobState.FAILED, "failed", "No room on web-1: /tmp has 40 MB, 76 MB are to come.")
        await until(lambda: any("failed: No room on web-1" in sentence for sentence in told(pilot.app)))
        await until(lambda: "⠿1 ✕1" in header(pilot))
        second.end(JobState.DONE, "sent", "same SHA-256 on both sides")
        await until(lambda: any("sent: same SHA-256 on both sides." in sentence for sentence in told(pilot.app)))


async def test_an_end_during_a_session_is_told_after_it() -> None:
    world = World()
    async with running(world) as pilot:
        [job] = started(jobs_of(pilot), FakeTransfer)
        world.handover.lent = True
        job.end(JobState.DONE, "sent")
        await until(lambda: not jobs_of(pilot).active)
        await pilot.pause()
        assert told(pilot.app) == []
        world.handover.lent = False
        pilot.app.app_resume_signal.publish(pilot.app)
        await until(lambda: any(sentence.endswith("sent.") for sentence in told(pilot.app)))


@pytest.mark.parametrize(
    ("tunnels", "made", "title"),
    [
        (1, (FakeTransfer,), "Quit and close 1 tunnel, 1 transfer?"),
        (0, (FakeTransfer, fake_wait), "Quit and stop 1 transfer, 1 wait?"),
    ],
)
async def test_quitting_names_the_jobs_and_settles_them(tunnels: int, made: Any, title: str) -> None:
    world = World()
    if tunnels:
        world.tunnels.known["t1"] = OPEN
    async with running(world) as pilot:
        found: list[FakeJob] = started(jobs_of(pilot), *made)
        await pilot.press("q")
        await at(pilot, QuitScreen)
        assert title in screen_text(pilot.app)
        assert "62 %: can go on next time" in screen_text(pilot.app)
        await pilot.press("enter")
        await until(lambda: not pilot.app.is_running or pilot.app._exit)
        assert {job.shown.state for job in found} == {JobState.STOPPED}


async def test_what_is_over_asks_nothing() -> None:
    async with running(World()) as pilot:
        [job] = started(jobs_of(pilot), FakeTransfer)
        job.end(JobState.DONE, "sent")
        await until(lambda: not jobs_of(pilot).active)
        await pilot.press("q")
        assert pilot.app._exit
