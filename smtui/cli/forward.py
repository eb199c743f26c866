"""Runs `smtui forward`: one tunnel in the foreground, without the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from smtui.cli.launcher_context import prepared
from smtui.cli.left_behind import can_ask, end_or_report, is_yes
from smtui.cli.options import PLACES, common_options, reason_option, settings
from smtui.cli.output import help_on, line, problem, refuse, say_unseen
from smtui.domain.forward import (
    LOOPBACK,
    Destination,
    Forward,
    LocalEnd,
    LocalPort,
    NotAForward,
    parse_destination,
    parse_host,
    parse_local_socket,
    parse_port,
)
from smtui.domain.query.near_words import did_you_mean
from smtui.domain.request import READ_ONLY

if TYPE_CHECKING:
    from smtui.domain.preset import Preset
    from smtui.engine.launcher import Launcher
    from smtui.engine.targets import FoundTarget
    from smtui.tunnels.tunnel import TunnelView

FAILED = 1
INTERRUPTED = 130


@click.command()
@click.argument("target", required=False)
@click.argument("destination", metavar="[HOST:]PORT", required=False)
@click.option("--preset", "preset_name", default="", metavar="NAME", help="Use a saved forward instead of [HOST:]PORT.")
@click.option("--local-port", default="", metavar="N", help="The local port; default: any free port.")
@click.option("--local-socket", default="", metavar="PATH", help="Listen on a unix socket instead of a port.")
@click.option("--local-host", default="", metavar="ADDRESS", help="Listen on this address instead of 127.0.0.1.")
@reason_option
@common_options(*PLACES)
@click.pass_context
def forward(  # noqa: PLR0913 - one for each option
    ctx: click.Context,
    *,
    target: str | None,
    destination: str | None,
    preset_name: str,
    local_port: str,
    local_socket: str,
    local_host: str,
    reason: str,
) -> None:
    """Forward a local port to PORT of TARGET, or to HOST:PORT through it, until Ctrl-C.

    Prints on stdout where to connect once it is open. A forward that breaks for a passing reason is reopened.
    """
    where = _destination(target, destination, preset_name)
    local = _local_end(local_port, local_socket, local_host)
    if settings(ctx).read_only:
        raise click.ClickException(READ_ONLY)

    progress = _Progress()

    async def run() -> int:
        async with prepared(settings(ctx)) as launcher:
            progress.launcher = launcher
            await end_or_report(launcher)
            preset = None
            if preset_name:
                preset = await _preset(launcher, preset_name)
                await _agree(launcher, preset)
            found = await _found(launcher, target, preset)
            if found.trouble:
                return refuse(found, demo=launcher.setup.demo)
            say_unseen(found)
            if preset is not None:
                wanted = preset.forward(found.node_id, found.place, found.label, local=local, reason=reason)
                return await _run(launcher, wanted, preset, progress)
            assert where is not None  # noqa: S101 - without a preset there is a destination
            wanted = Forward(found.node_id, found.place, found.label, where, local or LocalPort(), reason)
            return await _run(launcher, wanted, None, progress)

    try:
        ctx.exit(asyncio.run(run()))
    except click.exceptions.Exit as ended:
        interrupted = ended.exit_code == INTERRUPTED
        raise click.exceptions.Exit(progress.after_ctrl_c() if interrupted else ended.exit_code) from None


class _Progress:
    """How far the forward got, for the exit status."""

    def __init__(self) -> None:
        self.launcher: Launcher | None = None
        self.has_opened = False

    def after_ctrl_c(self) -> int:
        """Success is a forward that was open and left no session open; a session left open was reported before."""
        if not self.has_opened:
            problem("the forward was stopped before it opened.")
            return FAILED
        return FAILED if self.launcher is not None and self.launcher.left_open() else 0


def _destination(target: str | None, destination: str | None, preset_name: str) -> Destination | None:
    if preset_name:
        if destination:
            raise click.UsageError("Give [HOST:]PORT or --preset, not both: a preset has its own destination.")
        return None
    if not target or not destination:
        raise click.UsageError("Give TARGET and [HOST:]PORT, or --preset NAME.")
    try:
        return parse_destination(destination)
    except NotAForward as wrong:
        raise click.BadParameter(str(wrong), param_hint="[HOST:]PORT") from None


def _local_end(port: str, path: str, host: str) -> LocalEnd | None:
    """The local end; None for the preset's, or the next free port."""
    try:
        if path:
            if port or host:
                raise click.UsageError("Give --local-socket, or --local-port and --local-host, not both.")
            return parse_local_socket(path)
        if not port and not host:
            return None
        bracketed = host.startswith("[") and host.endswith("]")
        address = parse_host(host[1:-1] if bracketed else host, bracketed=True) if host else LOOPBACK
        return LocalPort(parse_port(port) if port else 0, address)
    except NotAForward as wrong:
        raise click.BadParameter(str(wrong), param_hint="--local-…") from None


async def _preset(launcher: Launcher, name: str) -> Preset:
    known = await launcher.presets.load()
    preset = known.find(name)
    if preset is not None:
        return preset
    broken = next((entry.problem for entry in known.broken if entry.name == name), "")
    near = did_you_mean(name, [each.name for each in known.presets])
    listed = f" To list them: smtui {'--demo ' if launcher.setup.demo else ''}presets list"
    raise click.ClickException(known.problem or broken or f"There is no preset named {name!r}.{near or listed}")


async def _agree(launcher: Launcher, preset: Preset) -> None:
    """Ask about a preset of an included file before its first start, and after each change."""
    lines = await launcher.presets.doubts(preset)
    if not lines:
        return
    if not can_ask():
        raise click.ClickException(f"Nothing was started. {lines[0]} Start it once on a terminal, which asks.")
    for each in lines:
        problem(each)
    if not await is_yes(launcher, f"Start {preset.name}?"):
        raise click.ClickException("Nothing was started.")
    await launcher.presets.agree(preset)


async def _found(launcher: Launcher, target: str | None, preset: Preset | None) -> FoundTarget:
    from smtui.domain.preset import PICK_ANY

    if target or preset is None:
        return await _one(launcher, target or "")
    if not preset.target:
        raise click.UsageError(f"The preset {preset.name!r} names no target: give one before --preset.")
    if preset.pick == PICK_ANY:
        return await _any_of(launcher, preset)
    return await _one(launcher, preset.target)


async def _one(launcher: Launcher, target: str) -> FoundTarget:
    """Resolves TARGET. Of a node that filters found, its agent is looked up: it may be too old for forwards."""
    from smtui.engine.targets import find_target

    fleet = launcher.fleet
    found = await find_target(fleet, launcher.off_loop, target)
    if found.node_id and found.node_id not in target and fleet.node_at(found.place, found.node_id) is None:
        await fleet.look_up(found.place, found.node_id)
    return found


async def _any_of(launcher: Launcher, preset: Preset) -> FoundTarget:
    from smtui.domain.node import Node
    from smtui.engine.targets import FoundTarget

    fleet = launcher.fleet
    await fleet.refresh()
    node = launcher.presets.resolve(preset, fleet.nodes(), fleet.clock())
    if isinstance(node, Node):
        return FoundTarget(node.node_id, node.place, node.name or node.node_id)
    return _none(node) if isinstance(node, str) else await _one(launcher, preset.target)


def _none(trouble: str) -> FoundTarget:
    from smtui.domain.place import Place
    from smtui.engine.targets import FoundTarget

    return FoundTarget("", Place(), "", trouble)


async def _run(launcher: Launcher, wanted: Forward, preset: Preset | None, progress: _Progress) -> int:
    from smtui.tunnels.supervisor import TunnelRefused
    from smtui.tunnels.tunnel import TunnelState

    changed = asyncio.Event()
    launcher.tunnels.subscribe(changed.set)
    try:
        await launcher.tunnels.start(wanted, preset=preset.name if preset else "")
    except TunnelRefused as refused:
        problem(str(refused))
        _help_on(refused.topic, launcher, wanted)
        return FAILED
    reporter = _Reporter(lambda topic: _help_on(topic, launcher, wanted))
    while True:
        [view] = launcher.tunnels.views()
        reporter.report(view)
        progress.has_opened |= view.state is TunnelState.OPEN
        if view.state.over:
            return FAILED
        await changed.wait()
        changed.clear()


def _help_on(topic: str, launcher: Launcher, wanted: Forward) -> None:
    document = wanted.request().document_name
    help_on(topic, wanted.node_id, wanted.place, demo=launcher.setup.demo, document=document)


class _Reporter:
    """Prints what is new: where to connect on stdout, once; everything else on stderr."""

    def __init__(self, help_on: Callable[[str], None]) -> None:
        self._help_on = help_on
        self._helped = ""
        self._opened = False
        self._troubled = False
        self._last = ""

    def report(self, view: TunnelView) -> None:
        from smtui.tunnels.tunnel import TunnelState, title_of

        open_ = view.state is TunnelState.OPEN
        if open_ and not self._opened:
            self._opened = True
            if view.warning:
                problem(view.warning)
            line(f"{view.local} → {title_of(view.forward)}")
        words = view.last_word or (self._back(view) if open_ and self._last else "")
        news = words if open_ else f"{view.state.value}: {words}" if words else ""
        if news and news != self._last:
            problem(news)
            self._last = news
        self._troubled = bool(view.trouble)
        if (open_ or view.state.over) and view.topic != self._helped:
            self._help_on(view.topic)
            self._helped = view.topic

    def _back(self, view: TunnelView) -> str:
        return "connections go through now." if self._troubled and not view.trouble else "open again."
