"""Names what quitting would end: tunnels, transfers, waits and runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtui.engine.jobs import jobs_in_words
from smtui.tui.tunnels.job_rows import quit_line
from smtui.tui.tunnels.tunnel_rows import places_named, running_line
from smtui.tunnels.tunnel import tunnels_in_words

if TYPE_CHECKING:
    from smtui.engine.launcher import Launcher
    from smtui.tunnels.tunnel import TunnelView


def _running(launcher: Launcher) -> list[TunnelView]:
    tunnels = launcher.open_tunnels
    return [view for view in tunnels.views() if not view.state.over] if tunnels is not None else []


def running_words(launcher: Launcher) -> str:
    """Return what would end: `close 2 tunnels, 1 transfer`, or `stop 1 transfer`."""
    tunnels, jobs = len(_running(launcher)), jobs_in_words(launcher.active_jobs)
    words = ", ".join(part for part in (tunnels_in_words(tunnels) if tunnels else "", jobs) if part)
    return f"{'close' if tunnels else 'stop'} {words}"


def running_lines(launcher: Launcher) -> list[str]:
    """Return a line for each."""
    now = launcher.fleet.clock()
    jobs = [quit_line(job.view(now)) for job in launcher.active_jobs]
    running = _running(launcher)
    places = places_named(running, launcher.fleet.places)
    return [running_line(view, places.get(view.tunnel_id, "")) for view in running] + jobs
