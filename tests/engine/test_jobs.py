"""What runs in the background: started, stopped, forgotten, and over before smtui ends."""

from __future__ import annotations

import asyncio
from datetime import datetime

from smtui.engine.jobs import Jobs, JobState, JobView
from tests.engine.fakes import NOW
from tests.waiting import until


class FakeJob:
    """Runs until it is told to end, and counts what happened to it."""

    kind = "transfer"

    def __init__(self) -> None:
        self.state = JobState.RUNNING
        self.may_end = asyncio.Event()
        self.put_away = asyncio.Event()
        self.put_away.set()

    def view(self, now: datetime) -> JobView:
        assert now is NOW
        return JobView(self.state, self.state.value, "a copy")

    async def run(self) -> None:
        try:
            await self.may_end.wait()
            self.state = JobState.DONE
        except asyncio.CancelledError:
            await self.put_away.wait()
            self.state = JobState.STOPPED


async def test_a_job_runs_to_its_end_and_the_listeners_hear_of_both() -> None:
    jobs, job, heard = Jobs(), FakeJob(), list[int]()
    stop_listening = jobs.subscribe(lambda: heard.append(len(jobs.active)))
    jobs.start(job)
    assert (jobs.all, jobs.active, heard) == ((job,), (job,), [1])
    job.may_end.set()
    await jobs.over(job)
    await until(lambda: heard == [1, 0])
    assert job.view(NOW).state is JobState.DONE
    stop_listening()
    jobs.forget(job)
    assert (jobs.all, heard) == ((), [1, 0])


async def test_a_running_job_is_not_forgotten() -> None:
    jobs, job = Jobs(), FakeJob()
    jobs.start(job)
    jobs.forget(job)
    assert jobs.all == (job,)
    jobs.stop(job)
    await jobs.over(job)
    assert job.state is JobState.STOPPED
    jobs.forget(job)
    assert not jobs.all


async def test_settling_waits_until_every_job_has_put_its_things_away() -> None:
    jobs, slow, quick = Jobs(), FakeJob(), FakeJob()
    slow.put_away.clear()
    for job in (slow, quick):
        jobs.start(job)
    settling = asyncio.create_task(jobs.settle())
    await until(lambda: jobs.active == (slow,))
    assert not settling.done()
    slow.put_away.set()
    await settling
    assert {slow.state, quick.state} == {JobState.STOPPED}


async def test_whoever_stops_waiting_does_not_stop_the_job() -> None:
    jobs, job = Jobs(), FakeJob()
    jobs.start(job)
    waiting = asyncio.create_task(jobs.over(job))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait([waiting])
    assert jobs.active == (job,)
    await jobs.settle()
