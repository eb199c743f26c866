"""Puts smtui together: the one module that knows every room, from AWS and the store to the screen."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smtui.domain import shellquote
from smtui.domain.place import each_place
from smtui.domain.settings.setting_table import READ_ONLY
from smtui.domain.settings.settings_values import in_words
from smtui.engine.configuration.settings_book import SettingsBook
from smtui.plugin_wiring import plugin_care, plugin_host
from smtui.setting_wiring import own_folders, with_settings
from smtui.this_machine import profile_in_force, this_architecture, this_package, this_system

if TYPE_CHECKING:
    from smtui.aws.identities.mfa_sessions import CodeSource
    from smtui.aws.places import BotoPlaces
    from smtui.demo.demo_world import DemoWorld
    from smtui.engine.automation_runs import Automations
    from smtui.engine.document_library import DocumentLibrary
    from smtui.engine.fleet import Fleet
    from smtui.engine.instance_connect import InstanceConnect
    from smtui.engine.launcher import Launcher
    from smtui.engine.launcher_parts import Setup
    from smtui.engine.notices import Notices
    from smtui.engine.offloop import OffLoop
    from smtui.engine.preset_book import Presets
    from smtui.engine.protocols import (
        AutomationPlaces,
        AwsPlaces,
        CommandPlaces,
        InstanceConnectPlaces,
        Journal,
    )
    from smtui.engine.ssh_access import SshAccess
    from smtui.places.place_book import PlaceBook
    from smtui.plugin.plugin_host import PluginHost
    from smtui.recording.recordings import Recordings
    from smtui.run_options import RunOptions
    from smtui.runs.by_sessions import OpenSession
    from smtui.runs.run_maker import RunMaker
    from smtui.ssh.config_block import Written
    from smtui.ssh.ssh_command import SshSurroundings
    from smtui.store.report_folder import ReportFolder
    from smtui.tui.app import SmtuiApp
    from smtui.tunnels.supervisor import Tunnels

Tell = Callable[[str], None]
"""Prints a sentence for the user, outside the screen."""
_LOOK_SECONDS = 0.5
"""A folder on a disk that does not answer delays the screen no longer; its list comes when it comes."""


@asynccontextmanager
async def wired(given: RunOptions, tell: Tell) -> AsyncIterator[Launcher]:
    """A launcher for AWS, or for a demo Region of its own; on exit its sessions and its Region end.

    `tell` gets a sentence for each session that is, or may be, left open, and each notice that no screen has shown.
    Call `launcher.prepare()` first: it starts the demo's Region and does nothing for AWS.
    """
    with with_settings(given) as (book, options):
        launcher, close = (_demo if options.demo else _aws)(options, book)
        if trouble := in_words(book.now.mistakes):
            launcher.notices.add(trouble)
        try:
            yield launcher
        finally:
            try:
                await launcher.settle()
                with suppress(OSError):  # a terminal that is gone
                    for sentence in (*launcher.left_open(), *launcher.notices.take()):
                        tell(sentence)
            finally:
                close()


def _aws(options: RunOptions, book: SettingsBook) -> tuple[Launcher, Callable[[], None]]:
    from smtui.aws.late_places import LatePlaces
    from smtui.engine.fleet import Fleet
    from smtui.engine.launcher import Launcher
    from smtui.engine.launcher_parts import Parts
    from smtui.engine.notices import Notices
    from smtui.engine.offloop import OffLoop
    from smtui.store.file_access import cache_folder
    from smtui.store.node_cache import NodeCache

    off_loop, notices = OffLoop(), Notices()
    aws = LatePlaces(lambda: _places(notices, lambda: aws.codes))
    places = each_place(options.profiles, options.named_regions)
    fleet = Fleet(aws, places, off_loop, cache=NodeCache(cache_folder(), tell=notices.add))

    parts = Parts(
        plugins=lambda: plugin_host(book, off_loop),
        plugin_care=lambda plugins: plugin_care(book, plugins, off_loop, fleet),
        journal=lambda: _journal(notices),
        documents=lambda: _documents(off_loop, aws, notices),
        presets=lambda: _presets(off_loop, book, notices.add),
        tunnels=lambda plugins, journal: _tunnels(options, fleet, plugins, journal),
        automations=lambda: _automations(options, aws, off_loop),
        instance_connect=lambda: _instance_connect(options, aws, off_loop),
        runs=lambda open_session, documents: _runs(options, open_session, documents, aws, off_loop),
        evidence=lambda: aws,
        power=lambda: aws,
        records=lambda: aws,
        recordings=_recordings,
        reports=_reports,
        ssh=lambda: _ssh(off_loop, notices),
        place_book=lambda: _place_book(options, off_loop, aws, notices),
        import_soon=_import_soon,
    )
    setup = this_setup(book, demo=False)
    return Launcher(fleet, off_loop, parts, notices, setup=setup, prepare=lambda: asyncio.sleep(0)), lambda: None


def _demo(options: RunOptions, book: SettingsBook) -> tuple[Launcher, Callable[[], None]]:
    from smtui.demo.demo_world import DemoJournal, DemoWorld, minute_of
    from smtui.demo.region_process import DemoDidNotStart
    from smtui.engine.fleet import Fleet
    from smtui.engine.launcher import Launcher
    from smtui.engine.launcher_parts import Parts, PreparationFailed
    from smtui.engine.notices import Notices
    from smtui.engine.offloop import OffLoop

    off_loop = OffLoop()
    world = DemoWorld()
    fleet = Fleet(world, each_place(options.profiles, options.named_regions), off_loop)

    async def start() -> None:
        try:
            await off_loop.call(world.start)
        except DemoDidNotStart as failed:
            raise PreparationFailed(str(failed)) from failed

    parts = Parts(
        plugins=lambda: plugin_host(book, off_loop, world),
        plugin_care=lambda plugins: plugin_care(book, plugins, off_loop, fleet, world),
        journal=DemoJournal,
        documents=lambda: _documents(off_loop, world),
        presets=lambda: _demo_presets(off_loop, options.read_only),
        tunnels=lambda plugins, journal: _tunnels(options, fleet, plugins, journal),
        automations=lambda: _automations(options, world, off_loop),
        instance_connect=lambda: _instance_connect(options, world, off_loop),
        runs=lambda open_session, documents: _runs(options, open_session, documents, world, off_loop),
        evidence=lambda: world,
        power=lambda: world,
        records=lambda: world,
        recordings=_recordings,
        reports=lambda: _reports(world.folder),
        ssh=lambda: _demo_ssh(off_loop, world),
        place_book=lambda: _place_book(options, off_loop, world),
        import_soon=_import_soon,
    )
    setup = replace(this_setup(book, demo=True), minute=minute_of(os.environ))
    return Launcher(fleet, off_loop, parts, Notices(), setup=setup, prepare=start), world.close


# The parts of a launcher, imported when they are made --------------------------------------------


def _places(notices: Notices, codes: Callable[[], CodeSource | None]) -> BotoPlaces:
    from smtui.aws.identities.cli_cache import CliCache
    from smtui.aws.identities.mfa_sessions import RoleSessions
    from smtui.aws.places import BotoPlaces
    from smtui.store.file_access import cache_folder
    from smtui.store.kept_texts import KeptTexts

    roles = RoleSessions(CliCache(tell=notices.add), codes)
    return BotoPlaces(kept=KeptTexts(cache_folder()), roles=roles)


def _journal(notices: Notices) -> Journal:
    from smtui.store.file_access import state_folder
    from smtui.store.session_journal import SessionJournal

    return SessionJournal(state_folder(), tell=notices.add)


def _documents(off_loop: OffLoop, aws: AwsPlaces, notices: Notices | None = None) -> DocumentLibrary:
    """The documents; with `notices`, how they were used is kept between runs."""
    from smtui.engine.document_library import DocumentLibrary

    if notices is None:
        return DocumentLibrary(off_loop, aws)
    from smtui.store.document_history_file import DocumentHistoryFile
    from smtui.store.file_access import state_folder

    return DocumentLibrary(off_loop, aws, DocumentHistoryFile(state_folder(), notices.add))


def _tunnels(options: RunOptions, fleet: Fleet, plugins: PluginHost, journal: Journal) -> Tunnels:
    from smtui.tunnels.supervisor import Tunnels

    return Tunnels(fleet.aws, fleet.node_at, plugins, journal, read_only=options.read_only)


def _automations(options: RunOptions, aws: AutomationPlaces, off_loop: OffLoop) -> Automations:
    from smtui.engine.automation_runs import Automations

    return Automations(aws, off_loop, read_only=options.read_only)


def _instance_connect(options: RunOptions, aws: InstanceConnectPlaces, off_loop: OffLoop) -> InstanceConnect:
    from smtui.channel.tunnel_client import open_tunnel
    from smtui.engine.instance_connect import InstanceConnect

    return InstanceConnect(aws, open_tunnel, off_loop, read_only=options.read_only)


def _runs(
    options: RunOptions, open_session: OpenSession, documents: DocumentLibrary, aws: CommandPlaces, off_loop: OffLoop
) -> RunMaker:
    from smtui.runs.run_maker import RunMaker

    return RunMaker(open_session, documents.document, aws, off_loop, read_only=options.read_only)


def _place_book(*given: Any) -> PlaceBook:
    from smtui.place_wiring import place_book

    return place_book(*given)


def _presets(off_loop: OffLoop, book: SettingsBook, tell: Tell) -> Presets:
    from smtui.preset_wiring import users_presets

    return users_presets(off_loop, book, tell)


def _demo_presets(off_loop: OffLoop, read_only: bool) -> Presets:
    from smtui.preset_wiring import demo_presets

    return demo_presets(off_loop, read_only=read_only)


def _reports(folder: Path | None = None) -> ReportFolder:
    from smtui.store.file_access import state_folder
    from smtui.store.report_folder import ReportFolder

    return ReportFolder(folder or state_folder())


def _recordings() -> Recordings:
    from smtui.plugin.handoff import runs_on_terminal
    from smtui.recording.recordings import Recordings

    return Recordings(os.environ, lambda: datetime.now(UTC), runs_on_terminal)


def _ssh(off_loop: OffLoop, notices: Notices) -> SshAccess:
    from smtui.engine.ssh_access import SshAccess
    from smtui.store.file_access import state_folder
    from smtui.store.ssh_login_file import SshLoginFile

    return SshAccess(off_loop, SshLoginFile(state_folder(), notices.add))


def _demo_ssh(off_loop: OffLoop, world: DemoWorld) -> SshAccess:
    from smtui.demo.demo_ssh import DemoLogins
    from smtui.engine.ssh_access import SshAccess, SshNotPossible

    def here() -> SshSurroundings:
        found = world.ssh_surroundings()
        if found is None:
            raise SshNotPossible(
                "No SSH server (sshd) is installed on this machine, so the demo's nodes have none: port 22 refuses."
            )
        return found

    return SshAccess(off_loop, DemoLogins(), here)


def write_ssh_config(path: Path, lines: Sequence[str]) -> Written:
    """Put these lines into the ssh configuration as smtui's block; raises `SshConfigUnusable`."""
    from smtui.store.ssh_config_file import write_block

    return write_block(path, lines)


def _import_soon() -> None:
    """What the first key may need, and the first rows do not."""
    import smtui.engine.terminal_sessions
    import smtui.store.session_journal
    import smtui.tui.nodes.detail_pane
    import smtui.tui.session.session_starter
    import smtui.tunnels.supervisor  # noqa: F401


def this_setup(book: SettingsBook | None = None, *, demo: bool = False) -> Setup:
    """The settings and the machine of this run; without a book the defaults."""
    from smtui.engine.launcher_parts import Setup

    book = book or SettingsBook()
    return Setup(
        settings=book,
        shell=shellquote.HERE,
        demo=demo,
        read_only=book.now[READ_ONLY],
        default_profile="default" if demo else profile_in_force(os.environ),
        system=this_system(),
        architecture=this_architecture(),
        package=this_package(),
        folders=own_folders,
    )


def serve_region(nodes: int | None, port: int, fmt: str) -> int:
    """Run a Region until it is stopped, for `smtui demo serve`; returns the exit status."""
    from smtui.demo.serve import serve

    return serve(nodes, port, fmt, sys.stdout)


async def run_screen(options: RunOptions, tell: Tell) -> int:
    """Run the screen to its end; returns the exit status, 1 if a session is left open.

    Raises what kept it from starting or running.
    """
    from smtui.engine.shutdown import shut_down_on_signals
    from smtui.tui.terminal.starting_terminal import StartingTerminal

    terminal = StartingTerminal()
    try:
        async with wired(options, tell) as launcher, begun(launcher) as app_class:
            if "@" in (text := options.filter_text) and (wrong := await launcher.place_book.filters.complaint(text)):
                tell(f"--filter: {wrong}")
                return 2
            if options.wants_every_region:
                from smtui.place_wiring import add_every_region

                add_every_region(launcher, options)
            app = app_class(launcher, initial_filter=options.filter_text)
            with shut_down_on_signals(app.leave, launcher.hurry, terminal.restore_by_force) as ending:
                try:
                    await app.run_to_its_end()
                finally:
                    terminal.restore_modes(more_is_shown=True)
    finally:
        terminal.restore_modes()
    if app.fault is not None:
        raise app.fault
    return ending.exit_status or app.return_code or (1 if launcher.left_open() else 0)


@asynccontextmanager
async def begun(launcher: Launcher) -> AsyncIterator[type[SmtuiApp]]:
    """Import the screen, which is half of the start, with the first rows of the last known lists at hand.

    Where there are none, the nodes are read meanwhile.
    """
    fleet, reading = launcher.fleet, None
    looking = asyncio.ensure_future(fleet.restore_first())
    await asyncio.wait([looking], timeout=_LOOK_SECONDS)
    if launcher.setup.demo or (looking.done() and looking.result()):
        app = _imported_app()
    else:
        reading = asyncio.ensure_future(_quietly(fleet.refresh()))
        app = await launcher.off_loop.call(_imported_app)
    try:
        yield app
    finally:
        for task in (looking, reading):
            if task is not None:
                task.cancel()


async def _quietly(reading: Awaitable[None]) -> None:
    """The screen joins the reading, and reports what goes wrong in it."""
    with suppress(Exception):
        await reading


def _imported_app() -> type[SmtuiApp]:
    from smtui.tui.app import SmtuiApp

    return SmtuiApp
