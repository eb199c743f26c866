"""Transfers, waits and runs as rows and sentences."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.engine.jobs import JobState, JobView
from smtui.tui.parts.progress import SPINNERS, bar, percent, spinner
from smtui.tui.tunnels.job_rows import JobNews, about_job, job_row, quit_line
from tests.engine.fakes import NOW
from tests.tui.tunnels.fake_jobs import FakeJob, FakeTransfer, fake_wait


def cells(view: JobView) -> list[str]:
    return [text for text, _ in job_row(FakeJob("transfer", view), view, NOW).cells]


def test_a_transfer_shows_how_far_it_is_and_a_wait_how_long_it_takes() -> None:
    assert cells(FakeTransfer().shown)[1:4] == ["app.tar.gz → web-1:/tmp/app.tar.gz", "62 %", f"{'█' * 11}{'░' * 8}"]
    assert cells(fake_wait().shown)[1:] == ["web-stopped: Online, not connected yet", "48 s", "", ""]


@pytest.mark.parametrize(("state", "mark"), [(JobState.DONE, "✓"), (JobState.FAILED, "✕"), (JobState.STOPPED, "○")])
def test_what_is_over_has_a_mark_of_its_own_and_no_bar(state: JobState, mark: str) -> None:
    status, _, part, drawn, _ = cells(replace(FakeTransfer().shown, state=state, word="over"))
    assert (status, part, drawn) == (f"{mark} over", "", "")


def test_the_line_below_says_what_stopping_costs() -> None:
    shown = FakeTransfer().shown
    assert about_job(shown)[0].endswith("9 s left · if stopped: can go on next time")
    assert about_job(shown)[-1].endswith("9 s left")
    assert quit_line(shown) == "⠋  app.tar.gz → web-1:/tmp/app.tar.gz, 62 %: can go on next time"
    assert quit_line(fake_wait().shown) == "⠋  web-stopped: Online, not connected yet"


def test_each_end_is_news_once_unless_it_is_seen_or_was_wanted() -> None:
    news = JobNews()
    failed, seen, stopped = (FakeJob("transfer", JobView(JobState.RUNNING, "sending", name)) for name in "abc")
    jobs = (failed, seen, stopped)
    assert news.collect(jobs, (), NOW) == []
    failed.shown = replace(failed.shown, state=JobState.FAILED, word="failed", progress="no room on web-1")
    seen.shown = replace(seen.shown, state=JobState.DONE, word="sent")
    stopped.shown = replace(stopped.shown, state=JobState.STOPPED, word="stopped")
    [end] = news.collect(jobs, {seen}, NOW)
    assert (end.sentence, end.severity) == ("a: failed: no room on web-1.", "error")
    assert news.collect(jobs, (), NOW) == []


@given(st.floats(-1, 2), st.integers(1, 60))
def test_a_bar_is_as_wide_as_asked_and_full_only_at_the_end(fraction: float, width: int) -> None:
    drawn = bar(fraction, width)
    assert len(drawn) == width
    assert ("░" not in drawn) <= (fraction >= 1 or width == 1)
    assert ("█" in drawn) == (fraction > 0)
    assert (percent(fraction) == "100 %") == (fraction >= 1)


def test_the_spinner_turns_four_times_a_second() -> None:
    seen = [spinner(NOW + timedelta(seconds=0.25 * beat)) for beat in range(len(SPINNERS))]
    assert set(seen) == set(SPINNERS)
    assert spinner(NOW) == spinner(NOW + timedelta(seconds=0.2))
