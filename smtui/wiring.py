"""Where the parts are put together: the one module that knows AWS, plugin, store, demo and the front ends."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from itertools import product
from typing import TYPE_CHECKING

from smtui.domain.place import Place
from smtui.domain.shellquote import Shell
from smtui.domain.topic import System
from smtui.settings import Settings

if TYPE_CHECKING:
    from smtui.engine.fleet import Fleet
    from smtui.engine.launcher import Launcher, Setup
    from smtui.engine.offloop import OffLoop
    from smtui.engine.presets import Presets
    from smtui.engine.reports import Reports
    from smtui.engine.tunnel_ports import ForwardPlugins, Journal
    from smtui.engine.tunnels import Tunnels

Tell = Callable[[str], None]
"""Says a sentence to the user, outside of any screen."""


@asynccontextmanager
async def wired(settings: Settings, tell: Tell, *, read_only: bool = False) -> AsyncIterator[Launcher]:
    """A launcher for AWS, or for a demo Region of its own; at the end its sessions and its Region end too.

    `tell` hears of sessions that are, or may be, left open.
    `launcher.prepare()` comes first: it starts the demo's Region and does nothing for AWS.
    """
    launcher, close = _demo(read_only=read_only) if settings.demo else _aws(settings, read_only=read_only)
    try:
        yield launcher
    finally:
        try:
            await launcher.settle()
            with suppress(OSError):  # a terminal that is gone
                for sentence in launcher.loose_ends():
                    tell(sentence)
        finally:
            close()


def _aws(settings: Settings, *, read_only: bool) -> tuple[Launcher, Callable[[], None]]:
    from smtui.aws.places import BotoPlaces
    from smtui.engine.automations import Automations
    from smtui.engine.documents import DocumentLibrary
    from smtui.engine.fleet import Fleet
    from smtui.engine.launcher import Launcher
    from smtui.engine.offloop import OffLoop
    from smtui.engine.plugin_host import PluginHost
    from smtui.engine.this_machine import LocalMachine
    from smtui.store.folders import cache_folder, state_folder
    from smtui.store.journal import SessionJournal
    from smtui.store.node_cache import NodeCache
    from smtui.store.recent import RecentDocuments

    off_loop = OffLoop()
    aws_places = BotoPlaces()
    places = places_of(settings.profiles, settings.regions)
    fleet = Fleet(aws_places, places, off_loop, cache=NodeCache(cache_folder()))
    plugins = PluginHost(os.environ)
    launcher = Launcher(
        fleet,
        plugins,
        off_loop,
        setup=this_setup(read_only=read_only, demo=False),
        documents=DocumentLibrary(off_loop, aws_places, RecentDocuments(state_folder())),
        presets=_presets(off_loop, demo=False),
        tunnels=_tunnels(fleet, plugins, SessionJournal(state_folder()), read_only=read_only),
        automations=Automations(aws_places, off_loop, read_only=read_only),
        evidence=aws_places,
        machine=LocalMachine(os.environ),
        reports=_reports(off_loop),
    )
    return launcher, lambda: None


def _demo(*, read_only: bool) -> tuple[Launcher, Callable[[], None]]:
    from smtui.demo.child import DemoDidNotStart
    from smtui.demo.world import DemoWorld
    from smtui.engine.automations import Automations
    from smtui.engine.fleet import Fleet
    from smtui.engine.launcher import Launcher, PreparationFailed
    from smtui.engine.offloop import OffLoop
    from smtui.engine.plugin_host import PluginHost
    from smtui.engine.this_machine import LocalMachine
    from smtui.engine.tunnel_ports import NoJournal

    off_loop = OffLoop()
    world = DemoWorld()

    async def start() -> None:
        try:
            await off_loop.call(world.start)
        except DemoDidNotStart as failed:
            raise PreparationFailed(str(failed)) from failed

    fleet, plugins = Fleet(world, [Place()], off_loop), PluginHost(os.environ)
    launcher = Launcher(
        fleet,
        plugins,
        off_loop,
        setup=this_setup(read_only=read_only, demo=True),
        prepare=start,
        presets=_presets(off_loop, demo=True),
        tunnels=_tunnels(fleet, plugins, NoJournal(), read_only=read_only),  # the Region's sessions end with it
        automations=Automations(world, off_loop, read_only=read_only),
        evidence=world,
        machine=LocalMachine(os.environ),
        reports=_reports(off_loop),
    )
    return launcher, world.close


def _tunnels(fleet: Fleet, plugins: ForwardPlugins, journal: Journal, *, read_only: bool) -> Tunnels:
    from smtui.engine.tunnel_objection import objection
    from smtui.engine.tunnels import Tunnels

    return Tunnels(fleet.aws, plugins, journal, read_only=read_only, objection=partial(objection, fleet))


def this_setup(*, read_only: bool = False, demo: bool = False) -> Setup:
    """What this run is like, from the system and the environment."""
    from smtui.engine.launcher import Setup

    return Setup(
        shell=shell_of_this_system(),
        demo=demo,
        read_only=read_only,
        default_profile="default" if demo else profile_in_force(os.environ),
        system=this_system(),
        architecture=this_architecture(),
    )


def _reports(off_loop: OffLoop) -> Reports:
    """In the demo too: nothing is saved but what the user asks to have saved."""
    from smtui.engine.reports import Reports
    from smtui.store.folders import state_folder
    from smtui.store.reports import ReportFolder

    return Reports(off_loop, ReportFolder(state_folder()))


def presets_of(settings: Settings) -> Presets:
    """The user's own presets, or the demo's, which last as long as it does."""
    from smtui.engine.offloop import OffLoop

    return _presets(OffLoop(), demo=settings.demo)


def _presets(off_loop: OffLoop, *, demo: bool) -> Presets:
    from smtui.demo.presets import DEMO_PRESETS
    from smtui.engine.presets import Presets, PresetsInMemory
    from smtui.store.folders import config_folder
    from smtui.store.presets import PresetFile

    return Presets(off_loop, PresetsInMemory(DEMO_PRESETS) if demo else PresetFile(config_folder()))


def places_of(profiles: Sequence[str], regions: Sequence[str]) -> list[Place]:
    """Every profile in every Region that was named; nothing named is one place, as boto3 resolves it."""
    return [Place(profile, region) for profile, region in product(profiles or ("",), regions or ("",))]


def profile_in_force(environment: Mapping[str, str]) -> str:
    """Where credentials come from when no profile is named, as botocore looks: keys of the environment come first."""
    if environment.get("AWS_ACCESS_KEY_ID"):
        return "environment keys"
    return environment.get("AWS_DEFAULT_PROFILE") or environment.get("AWS_PROFILE") or "default"


def shell_of_this_system() -> Shell:
    """The shell that a copied command line is most likely pasted into."""
    if os.name != "nt":
        return Shell.POSIX
    return Shell.CMD if "PROMPT" in os.environ else Shell.POWERSHELL  # cmd sets PROMPT, PowerShell does not


def this_system() -> System:
    """Which of the systems that AWS has plugins for this one is."""
    return {"linux": System.LINUX, "darwin": System.MACOS, "win32": System.WINDOWS}.get(sys.platform, System.ANY)


def this_architecture() -> str:
    """As AWS names its downloads: `x86_64`, `x86` or `arm64`; empty for one that has none."""
    known = {"x86_64": "x86_64", "amd64": "x86_64", "i386": "x86", "i686": "x86", "aarch64": "arm64", "arm64": "arm64"}
    return known.get(platform.machine().lower(), "")


def serve_region(nodes: int | None, port: int, fmt: str) -> int:
    """`smtui demo serve`: run a Region until it is ended; answers the exit status."""
    from smtui.demo.serve import serve

    return serve(nodes, port, fmt, sys.stdout)


async def run_screen(settings: Settings, filter_text: str, tell: Tell, *, read_only: bool) -> int:
    """The TUI, to its end; answers the exit status."""
    from smtui.engine.endings import ended_by_signals
    from smtui.tui.app import SmtuiApp

    async with wired(settings, tell, read_only=read_only) as launcher:
        app = SmtuiApp(launcher, initial_filter=filter_text)

        async def end() -> None:
            await launcher.settle()  # first: a session that holds the terminal gives it back to the screen
            app.exit()

        with ended_by_signals(end, launcher.hurry) as ending:
            await app.run_async()
            await launcher.settle()
    return ending.exit_status or app.return_code or 0
