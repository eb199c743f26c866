"""Joins the use cases that the screen and the command line share, makes each when it is first used, and ends them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from smtui.engine.offloop import OffLoop

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from smtui.diagnosis.evidence.record import EvidenceAws, Subject
    from smtui.domain.document import SessionDocument
    from smtui.domain.place import Place
    from smtui.domain.plugin_grade import PluginPick
    from smtui.domain.records.session_limits import SessionLimits
    from smtui.domain.request import SessionRequest
    from smtui.engine.automation_runs import Automations
    from smtui.engine.document_library import DocumentLibrary
    from smtui.engine.examination import Examination
    from smtui.engine.fleet import Fleet
    from smtui.engine.instance_connect import InstanceConnect
    from smtui.engine.jobs import Job, Jobs
    from smtui.engine.launcher_parts import Parts, Setup
    from smtui.engine.notices import Notices
    from smtui.engine.piped_session import PipedSession
    from smtui.engine.plugin_care.care import PluginCare
    from smtui.engine.preset_book import Presets
    from smtui.engine.protocols import EvidencePlaces, Journal, LendTerminal, Pause, PowerAws, ReportStore, SessionAws
    from smtui.engine.session_attempt import SessionResult
    from smtui.engine.ssh_access import SshAccess
    from smtui.engine.terminal_sessions import Sessions
    from smtui.places.place_book import PlaceBook
    from smtui.plugin.plugin_host import PluginHost
    from smtui.recording.recorder import Recorder
    from smtui.runs.run_maker import RunMaker
    from smtui.runs.run_request import RunRequest
    from smtui.runs.runner import Run
    from smtui.sessions.account_sessions import AccountSessions
    from smtui.sessions.orphans import Orphans
    from smtui.tunnels.supervisor import Tunnels

SETTLE_SECONDS = 0.5
"""Quitting takes less than a second even if a call hangs; a call that answers in time loses no session."""
EXAMINING_THREADS = 120
"""Several times a node's lookups: those that hang delay no other, nor the next run. Threads are made on demand."""


class Launcher:
    """What a front end is given. Made by `smtui.wiring`, or by a test with other parts."""

    def __init__(
        self,
        fleet: Fleet,
        off_loop: OffLoop,
        parts: Parts,
        notices: Notices,
        *,
        setup: Setup,
        prepare: Callable[[], Awaitable[None]],
    ) -> None:
        self.fleet = fleet
        self.off_loop = off_loop
        self.notices = notices
        self.setup = setup
        self.prepare = prepare
        """Awaited once before anything else; raises `PreparationFailed`."""
        self._parts = parts
        self._tunnel_listeners: list[Callable[[], None]] = []
        self._job_listeners: list[Callable[[], None]] = []
        self._hurried = asyncio.Event()
        self._has_settled = False
        self._is_plugin_ahead = False
        self._closing = False

    # Its parts, made when they are first used --------------------------------------------------

    @cached_property
    def tunnels(self) -> Tunnels:
        """The tunnels of this smtui."""
        from smtui.engine.hooks.session_hooks import tunnel_hooks

        tunnels = self._parts.tunnels(self._plugins, self._journal)
        tunnels.hooks, tunnels.tell = partial(tunnel_hooks, self), self.notices.add
        for listener in self._tunnel_listeners:
            tunnels.subscribe(listener)
        if self._closing:
            tunnels.refuse()
        return tunnels

    @property
    def open_tunnels(self) -> Tunnels | None:
        """The tunnels, if any was ever started; else None."""
        made: Tunnels | None = self._made("tunnels")
        return made

    def watch_tunnels(self, listener: Callable[[], None]) -> None:
        """Call `listener` after changes, once there are tunnels."""
        self._tunnel_listeners.append(listener)
        if self.open_tunnels is not None:
            self.open_tunnels.subscribe(listener)

    @cached_property
    def jobs(self) -> Jobs:
        """What runs in the background beside the tunnels."""
        from smtui.engine.jobs import Jobs

        jobs = Jobs()
        for listener in self._job_listeners:
            jobs.subscribe(listener)
        return jobs

    @property
    def known_jobs(self) -> tuple[Job, ...]:
        """The jobs that were started and not forgotten; makes nothing."""
        jobs: Jobs | None = self._made("jobs")
        return jobs.all if jobs is not None else ()

    @property
    def active_jobs(self) -> tuple[Job, ...]:
        """The jobs that are not over; makes nothing."""
        jobs: Jobs | None = self._made("jobs")
        return jobs.active if jobs is not None else ()

    def watch_jobs(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each start and end of a job, once there are jobs."""
        self._job_listeners.append(listener)
        if (jobs := self._made("jobs")) is not None:
            jobs.subscribe(listener)

    @cached_property
    def documents(self) -> DocumentLibrary:
        """The session documents of every place."""
        return self._parts.documents()

    @cached_property
    def presets(self) -> Presets:
        """The user's presets, and those that come with smtui."""
        return self._parts.presets()

    @cached_property
    def automations(self) -> Automations:
        """AWS's own troubleshooting."""
        automations = self._parts.automations()
        if self._closing:
            automations.close()
        return automations

    @cached_property
    def instance_connect(self) -> InstanceConnect:
        """Keys for one login, and the ways through endpoints."""
        return self._parts.instance_connect()

    @cached_property
    def _runs(self) -> RunMaker:
        return self._parts.runs(self.piped_session, self.documents)

    @cached_property
    def ssh(self) -> SshAccess:
        """What ssh needs to reach the nodes."""
        return self._parts.ssh()

    @cached_property
    def plugin_care(self) -> PluginCare:
        """What looks after the plugins of this machine."""
        return self._parts.plugin_care(self._plugins)

    @cached_property
    def place_book(self) -> PlaceBook:
        """Profiles, Regions and signing in."""
        return self._parts.place_book()

    @cached_property
    def orphans(self) -> Orphans:
        """The sessions that an earlier smtui left open."""
        from smtui.sessions.orphans import Orphans

        fleet = self.fleet
        return Orphans(self._journal, fleet.aws, self.off_loop, fleet.clock, read_only=self.setup.read_only)

    @cached_property
    def account_sessions(self) -> AccountSessions:
        """The sessions of the account, whoever started them."""
        from smtui.sessions.account_sessions import AccountSessions, Surroundings

        fleet = self.fleet
        around = Surroundings(lambda: fleet.places, fleet.clock, fleet.name_at, self.evidence_at)
        records, read_only = self._parts.records(), self.setup.read_only
        return AccountSessions(fleet.aws, records, self.off_loop, around, read_only=read_only)

    @property
    def known_account_sessions(self) -> AccountSessions | None:
        """The sessions of the account, if they were ever asked for; makes nothing."""
        made: AccountSessions | None = self._made("account_sessions")
        return made

    @cached_property
    def sessions(self) -> Sessions:
        """All sessions, and the programs that get the user's terminal."""
        from smtui.engine.terminal_sessions import Sessions

        sessions = Sessions(self.fleet.aws, self._plugins, self._journal, self.off_loop, self.notices.add)
        if self._closing:
            sessions.stop()
        return sessions

    @cached_property
    def _plugins(self) -> PluginHost:
        return self._parts.plugins()

    @cached_property
    def _journal(self) -> Journal:
        return self._parts.journal()

    @cached_property
    def _evidence(self) -> EvidencePlaces:
        return self._parts.evidence()

    @cached_property
    def _reports(self) -> ReportStore:
        return self._parts.reports()

    @cached_property
    def _examining(self) -> OffLoop:
        return OffLoop(EXAMINING_THREADS)

    def _made(self, part: str) -> Any:
        """The part of that name if it was made, else None."""
        return vars(self).get(part)

    # Use cases ---------------------------------------------------------------------------------

    @property
    def closing(self) -> bool:
        """True once smtui is ending: no session starts any more."""
        return self._closing

    @property
    def has_sessions(self) -> bool:
        """Whether a session is starting, running or being ended."""
        sessions: Sessions | None = self._made("sessions")
        return sessions is not None and sessions.under_way

    async def import_soon(self) -> None:
        """Import in a thread what the first key may need, so that a session does not wait for it."""
        await self.off_loop.call(self._parts.import_soon)

    async def inspect_plugin(self, place: Place | None = None) -> PluginPick:
        """Which plugin a session there, or at AWS's own endpoint, gets; raises `AwsCallFailed` if there is no way."""
        return await self.off_loop.call(
            lambda: self._plugins.pick(endpoint_is_aws=place is None or self.fleet.aws(place).endpoint_is_aws())
        )

    def command_line(self, request: SessionRequest) -> str:
        """The equivalent `aws` command for this system's shell; raises `Unquotable` on control characters."""
        from smtui.domain.request import aws_argv
        from smtui.domain.shellquote import command_line

        caller = self.fleet.caller(request.place)
        place = replace(request.place, region=request.place.region or (caller.region if caller else ""))
        return command_line(aws_argv(replace(request, place=place)), self.setup.shell)

    def examine(self, subject: Subject) -> Examination:
        """The checks of a node, or of this machine only; nothing is read before `run`."""
        from smtui.engine.examination import Examination, Sources

        aws = self._evidence.evidence_at(subject.place)
        return Examination(subject, Sources(aws, self._plugins, self._examining, self.fleet.clock))

    def power_at(self, place: Place) -> PowerAws:
        """What starts the instances of a place; calls nothing."""
        return self._parts.power().power_at(place)

    async def save_report(self, name: str, lines: Iterable[str]) -> str:
        """Save the lines as a new file that only the user can read; returns its path. Raises `ReportNotSaved`.

        The lines are read in a thread, one by one: they may be those of a large log that still has to be fetched.
        """
        ended = (f"{line}\n" for line in lines)
        return await self.off_loop.change(lambda: self._reports.save(name, ended), f"saving {name}")

    def start_plugin_ahead(self) -> None:
        """Let the plugin of the session that is about to start be ready by then, if that is possible."""
        self._is_plugin_ahead = True
        self._plugins.start_ahead()

    async def open_session(
        self,
        request: SessionRequest,
        label: str,
        lend: LendTerminal,
        document: SessionDocument | None = None,
        pause: Pause | None = None,
        recorder: Recorder | None = None,
        greeting: str = "",
    ) -> SessionResult:
        """Run a session from its start to its end, as `Sessions.open` does; the recorder is closed in any case.

        It starts with credentials that were granted for the node, where some fit.
        """
        from smtui.engine.hooks.session_hooks import with_hooks
        from smtui.plugin.companions import Companions
        from smtui.sessions.session_end import end_reminder

        companions = Companions(recorder, end_reminder(request, self._limits, minute=self.setup.minute), greeting)
        opened = partial(self.sessions.open, request, label, lend, document, pause, companions, self._granted(request))
        return await with_hooks(self, request, label, companions, opened)

    async def _limits(self, place: Place) -> SessionLimits | None:
        return await self.account_sessions.rules.limits(place)

    async def recorder(self, label: str, path: str = "") -> Recorder | None:
        """A recorder for a session on this terminal: into this file, or where every shell is recorded; else None.

        Raises `NotRecorded`. Give it to `open_session`, which closes it.
        """
        recordings = self._parts.recordings()
        return await self.off_loop.call(lambda: recordings.make(label, path))

    def _granted(self, request: SessionRequest) -> SessionAws | None:
        """The calls with the credentials of just-in-time access to the node; None where none are held."""
        account: AccountSessions | None = self._made("account_sessions")
        return account.granted(request) if account is not None else None

    def piped_session(
        self, request: SessionRequest, label: str, document: SessionDocument | None = None
    ) -> PipedSession:
        """A session that a program of ours reads and writes, as `Sessions.piped` makes it."""
        return self.sessions.piped(request, label, document, self._granted(request))

    def new_run(self, request: RunRequest) -> Run:
        """A run of one command on many nodes, which has not begun yet; raises `RunRefused`."""
        return self._runs.make(request)

    def evidence_at(self, place: Place) -> EvidenceAws:
        """What the doctor can look up there. Calls nothing."""
        return self._evidence.evidence_at(place)

    async def sign_in(self, argv: tuple[str, ...], lend: LendTerminal) -> str:
        """Run the AWS CLI's sign-in on the user's terminal to its end; returns what went wrong, or an empty text."""
        return await self.sessions.sign_in(argv, lend)

    # Its end -----------------------------------------------------------------------------------

    async def settle(self, patience: float = SETTLE_SECONDS) -> None:
        """End everything under way, once, before the program ends. A start that hangs gets `patience` seconds."""
        self.stop_sessions()
        if self._has_settled:
            return
        sessions, tunnels = self._made("sessions"), self._made("tunnels")
        if (jobs := self._made("jobs")) is not None:
            await self._unless_hurried(asyncio.ensure_future(jobs.settle()))  # they end their own sessions
        settling = [self.off_loop.settle()]
        settling += [sessions.settle(patience)] if sessions is not None else []
        settling += [tunnels.close_all()] if tunnels is not None else []
        await self._unless_hurried(asyncio.gather(*settling))
        if self._is_plugin_ahead:
            await self.off_loop.call(self._plugins.give_up)
        self._has_settled = True

    async def _unless_hurried(self, settling: asyncio.Future[Any]) -> None:
        settling.add_done_callback(_retrieved)
        hurried = asyncio.ensure_future(self._hurried.wait())
        await asyncio.wait([hurried, settling], return_when=asyncio.FIRST_COMPLETED)
        hurried.cancel()
        settling.cancel()

    def hurry(self) -> None:
        """Do not wait any longer: `settle` returns, and `left_open` names what is left."""
        self._hurried.set()

    def left_open(self) -> tuple[str, ...]:
        """A sentence for each session that is, or may be, left open, and each change; call it after `settle`."""
        parts = (self._made("sessions"), self._made("tunnels"))
        return sum((part.left_open() for part in parts if part is not None), self.off_loop.unsettled())

    def stop_sessions(self) -> None:
        """End every session under way now, and start no other: smtui is ending."""
        self._closing = True
        for part in ("_plugins", "sessions"):
            if (made := self._made(part)) is not None:
                made.stop()
        if (tunnels := self._made("tunnels")) is not None:
            tunnels.refuse()
        if (automations := self._made("automations")) is not None:
            automations.close()


def _retrieved(future: asyncio.Future[Any]) -> None:
    """Retrieves the exception: if nobody waits any more, asyncio would print it as never retrieved."""
    if not future.cancelled():
        future.exception()
