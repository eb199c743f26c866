"""Shows the tunnels (`2`), and below them the transfers, waits and runs: all that goes on in the background, live."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import BindingType

from smtui.domain.shellquote import Unquotable, command_line
from smtui.engine.jobs import RepeatableJob, jobs_in_words
from smtui.tui.commands import Scope, bindings
from smtui.tui.copying import copy_word
from smtui.tui.parts.confirm import ConfirmScreen
from smtui.tui.parts.empty_state import Emptiness, EmptyState, Way
from smtui.tui.parts.main_screen import InnerScreen
from smtui.tui.parts.progress import BEAT_SECONDS
from smtui.tui.parts.row_table import RowTable, TableRow
from smtui.tui.parts.shown_keys import key_of
from smtui.tui.parts.status_line import StatusLine
from smtui.tui.tunnels.job_rows import JOB_COLUMNS, JOBS_HEADING, about_job, job_key, job_row
from smtui.tui.tunnels.tunnel_rows import (
    TUNNEL_COLUMNS,
    about,
    not_open,
    places_named,
    running_line,
    summary,
    tunnel_row,
)
from smtui.tui.tunnels.tunnel_sheets import CommandSheet, TunnelLogScreen
from smtui.tunnels.supervisor import TunnelRefused
from smtui.tunnels.tunnel import TunnelView, tunnels_in_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smtui.engine.jobs import Job, JobView
    from smtui.engine.launcher import Launcher
    from smtui.tui.desk import Desk

TICK_SECONDS = 1.0
"""How often ages and the seconds to the next attempt are drawn anew."""


def _nothing() -> Emptiness:
    way = f"Forward a port with {key_of('forward')} on a node, or start a preset."
    return Emptiness(("Nothing is forwarded.", way), (Way("go-nodes", "Nodes"), Way("go-presets", "Presets")))


class TunnelsScreen(InnerScreen[None]):
    """Drawn anew when a tunnel or a job changes, each second, and at each beat while a job runs."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [Path(__file__).with_name("tunnels.tcss")]
    AUTO_FOCUS = "RowTable"
    SCOPE = Scope.TUNNELS
    NAME = "Tunnels"
    REFUSED = ("tunnels.restart",)
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.TUNNELS, Scope.WHERE, Scope.SIGN_IN)

    table = getters.query_one(RowTable)
    empty = getters.query_one(EmptyState)

    def __init__(self, launcher: Launcher, desk: Desk) -> None:
        super().__init__(launcher, desk)
        self._tunnels = launcher.tunnels

    def body(self) -> ComposeResult:
        """The tunnels, then the jobs."""
        yield RowTable(TUNNEL_COLUMNS, others=JOB_COLUMNS, id="tunnels")
        yield EmptyState()

    def status_line(self) -> StatusLine:
        """Two lines, for what the row has no room for."""
        return StatusLine(least=2)

    @property
    def words(self) -> tuple[tuple[str, ...], ...]:
        """How many tunnels have each status; where that has no room, how many there are. Then the jobs."""
        views, jobs = self._tunnels.views(), self._launcher.known_jobs
        jobs_only = jobs_in_words(jobs) if jobs and not views else ""
        return (summary(views) or jobs_only,), (tunnels_in_words(len(views)) if views else jobs_only,)

    def on_mount(self) -> None:
        """Watch the tunnels, the jobs and the clock."""
        watched = (self._tunnels, self._launcher.jobs)
        self._stop_watching = [each.subscribe(self.show_tunnels) for each in watched]
        self.set_interval(TICK_SECONDS, self.show_tunnels)
        self.set_interval(BEAT_SECONDS, self._beat)

    def on_unmount(self) -> None:
        """Watch them no more."""
        for stop in self._stop_watching:
            stop()

    def _beat(self) -> None:
        """Turn the spinners."""
        if self._launcher.active_jobs:
            self.show_tunnels()

    def on_screen_resume(self) -> None:
        """Show what has changed meanwhile."""
        self.show_tunnels()

    def show_tunnels(self) -> None:
        """Draw what has changed: after each change of a tunnel or a job, and as time passes."""
        if not self.is_current:
            return
        rows = self._rows()
        self.table.show(rows)
        self.show_header()
        self.set_class(not rows, "-empty")
        self.empty.show(Emptiness() if rows else _nothing())
        self._moved()

    def _rows(self) -> list[TableRow]:
        now, jobs = self._launcher.fleet.clock(), self._launcher.known_jobs
        rows = [tunnel_row(view, now) for view in self._tunnels.views()]
        if jobs:
            rows += [JOBS_HEADING, *(job_row(job, job.view(now), now) for job in jobs)]
        return rows

    @on(RowTable.Moved)
    def _moved(self) -> None:
        view, job_view = self._current, self._current_job_view
        if job_view is not None:
            self.status.variants = about_job(job_view)
        else:
            now, counted = self._launcher.fleet.clock(), self.table.shows("CLIENTS")
            place = self._places.get(view.tunnel_id, "") if view is not None else ""
            self.status.variants = about(view, now, counted=counted, place=place) if view else ()
        self.refresh_bindings()

    @property
    def _places(self) -> Mapping[str, str]:
        return places_named(self._tunnels.views(), self._launcher.fleet.places)

    @property
    def _current(self) -> TunnelView | None:
        return next((view for view in self._tunnels.views() if view.tunnel_id == self.table.current), None)

    @property
    def _current_job(self) -> Job | None:
        return next((job for job in self._launcher.known_jobs if job_key(job) == self.table.current), None)

    @property
    def _current_job_view(self) -> JobView | None:
        job = self._current_job
        return job.view(self._launcher.fleet.clock()) if job is not None else None

    # Keys --------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim what makes no sense for the tunnel or the job under the cursor."""
        if (job := self._current_job) is not None:
            return True if self._works_for_job(action, job) else None
        view, works = self._current, True
        if action in {"copy_address", "restart", "log", "troubleshoot"}:
            works = view is not None
        elif action == "open_command":
            works = view is not None and bool(view.command)
        elif action == "stop_tunnel":
            works = view is not None and not view.state.over
        elif action == "forget":
            works = view is not None and view.state.over
        return True if works else None

    def _works_for_job(self, action: str, job: Job) -> bool:
        is_over = job not in self._launcher.active_jobs
        if action in {"copy_address", "log"}:
            return self._desk.opens_jobs(job.kind)
        if action == "restart":
            return is_over and isinstance(job, RepeatableJob)
        if action in {"stop_tunnel", "forget"}:
            return is_over is (action == "forget")
        return action not in {"open_command", "troubleshoot"}

    @property
    def footer_labels(self) -> Mapping[str, str]:
        """Name what `enter` does with a job."""
        return {"tunnels.copy": "Show"} if self._current_job is not None else {}

    @on(RowTable.Chosen)
    def action_copy_address(self) -> None:
        """Copy where to connect; of a job, show what it does."""
        view, job = self._current, self._current_job
        if job is not None:
            self._desk.open_job(job)
        elif view is not None:
            copy_word(self, view.local)

    def action_open_command(self) -> None:
        """Show and copy the command that goes with the tunnel."""
        view = self._current
        if view is None or not view.command:
            return
        try:
            line = command_line(view.command, self._launcher.setup.shell)
        except Unquotable as refused:
            self.say(f"{refused}.", "warning")
            return
        self.app.push_screen(CommandSheet(view.far_end, line, not_open(view)))

    def action_stop_tunnel(self) -> None:
        """Stop the tunnel; ask first if connections are open. A job is stopped at once."""
        if (job := self._current_job) is not None:
            self._launcher.jobs.stop(job)
        elif self._current is not None:
            self.work(self._stop(self._current), "tunnels")

    async def _stop(self, view: TunnelView) -> None:
        if view.connections_now:
            lines = (
                running_line(view, self._places.get(view.tunnel_id, "")),
                "Stopping it cuts off whoever is connected.",
            )
            question = ConfirmScreen(f"Stop the tunnel to {view.far_end}?", lines, "Stop it")
            if not await self.app.push_screen_wait(question):
                return
        await self._tunnels.stop(view.tunnel_id)

    def action_restart(self) -> None:
        """Start the tunnel again, on the same local port; do the job again, or go on with it."""
        job = self._current_job
        if isinstance(job, RepeatableJob):
            self._launcher.jobs.repeat(job)
        elif self._current is not None:
            doing = f"Restarting the tunnel to {self._current.far_end}"
            self.work_to_the_end(self._restart(self._current), "tunnels", doing)

    async def _restart(self, view: TunnelView) -> None:
        try:
            await self._tunnels.restart(view.tunnel_id)
        except TunnelRefused as refused:
            self.say(str(refused), "warning")

    def action_troubleshoot(self) -> None:
        """Show what is wrong with the tunnel."""
        view = self._current
        if view is not None:
            self._desk.troubleshoot_tunnel(view)

    def action_log(self) -> None:
        """Show the tunnel's log; of a job, show what it does."""
        view, job = self._current, self._current_job
        if job is not None:
            self._desk.open_job(job)
        elif view is not None:
            title = f"Log of {view.local} to {view.far_end}"
            self.app.push_screen(TunnelLogScreen(title, lambda: self._tunnels.log(view.tunnel_id)))

    def action_forget(self) -> None:
        """Take a tunnel or a job that is over off the list."""
        view, job = self._current, self._current_job
        if job is not None:
            self._launcher.jobs.forget(job)
        elif view is not None and view.state.over:
            self._tunnels.forget(view.tunnel_id)
            self.show_tunnels()
