"""`smtui forward`: one tunnel without the screen, in the foreground, through the same supervisor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from smtui.cli.options import common_options, settings
from smtui.cli.prepared import prepared
from smtui.cli.say import help_on, problem, refuse
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
from smtui.domain.text import harmless

if TYPE_CHECKING:
    from smtui.domain.preset import Preset
    from smtui.domain.tunnel import TunnelView
    from smtui.engine.launcher import Launcher
    from smtui.engine.targets import FoundTarget
    from smtui.engine.tunnels import Tunnels

FAILED = 1
INTERRUPTED = 130
LONGEST_REASON = 256


@click.command()
@click.argument("target", required=False)
@click.argument("destination", metavar="[HOST:]PORT", required=False)
@click.option("--preset", "preset_name", default="", metavar="NAME", help="A saved forward, in place of [HOST:]PORT.")
@click.option("--local-port", default="", metavar="N", help="Listen there; a free one otherwise.")
@click.option("--local-socket", default="", metavar="PATH", help="Listen on a unix socket in place of a port.")
@click.option("--local-host", default="", metavar="ADDRESS", help="Listen on this address in place of 127.0.0.1.")
@click.option("--reason", default="", metavar="TEXT", help="Why, for the session's record (1 to 256 characters).")
@common_options
@click.pass_context
def forward(  # noqa: PLR0913 - one a word of the command line
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

    Says on stdout where to connect once it is open. A forward that breaks off for a passing reason is opened again.
    """
    if len(reason) > LONGEST_REASON:
        raise click.BadParameter(f"must have at most {LONGEST_REASON} characters.", param_hint="--reason")
    where = _destination(target, destination, preset_name)
    local = _local_end(local_port, local_socket, local_host)

    async def run() -> int:
        async with prepared(settings(ctx)) as launcher:
            preset = None
            if preset_name:
                preset = await _preset(launcher, preset_name)
            found = await _found(launcher, target, preset)
            if found.trouble:
                return refuse(found, demo=launcher.setup.demo)
            if preset is not None:
                wanted = preset.forward(found.node_id, found.place, found.label, local=local, reason=reason)
                return await _run(launcher, wanted, preset)
            assert where is not None  # noqa: S101 - there is a destination where there is no preset
            return await _run(
                launcher, Forward(found.node_id, found.place, found.label, where, local or LocalPort(), reason), None
            )

    try:
        ctx.exit(asyncio.run(run()))
    except click.exceptions.Exit as ended:
        raise click.exceptions.Exit(0 if ended.exit_code == INTERRUPTED else ended.exit_code) from None


def _destination(target: str | None, destination: str | None, preset_name: str) -> Destination | None:
    if preset_name:
        if destination:
            raise click.UsageError("[HOST:]PORT and --preset exclude each other: a preset has its own.")
        return None
    if not target or not destination:
        raise click.UsageError("TARGET and [HOST:]PORT are needed, or --preset NAME.")
    try:
        return parse_destination(destination)
    except NotAForward as wrong:
        raise click.BadParameter(str(wrong), param_hint="[HOST:]PORT") from None


def _local_end(port: str, path: str, host: str) -> LocalEnd | None:
    """None: what the preset says, or the next free port."""
    try:
        if path:
            if port or host:
                raise click.UsageError("--local-socket excludes --local-port and --local-host.")
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
    raise click.ClickException(known.problem or broken or f"There is no preset named {harmless(name)!r}.")


async def _found(launcher: Launcher, target: str | None, preset: Preset | None) -> FoundTarget:
    from smtui.domain.preset import PICK_ANY

    if target or preset is None:
        return await launcher.find_target(target or "")
    if not preset.target:
        raise click.UsageError(f"The preset {preset.name!r} names no target: give one before --preset.")
    if preset.pick == PICK_ANY:
        return await _any_of(launcher, preset)
    return await launcher.find_target(preset.target)


async def _any_of(launcher: Launcher, preset: Preset) -> FoundTarget:
    from smtui.domain.node import Node
    from smtui.engine.targets import FoundTarget

    fleet = launcher.fleet
    await fleet.refresh()
    node = launcher.presets.resolve(preset, fleet.nodes(), fleet.clock())
    if isinstance(node, Node):
        return FoundTarget(node.node_id, node.place, node.name or node.node_id)
    return await launcher.find_target(preset.target) if not isinstance(node, str) else _none(node)


def _none(trouble: str) -> FoundTarget:
    from smtui.domain.place import Place
    from smtui.engine.targets import FoundTarget

    return FoundTarget("", Place(), "", trouble)


async def _run(launcher: Launcher, wanted: Forward, preset: Preset | None) -> int:
    from smtui.engine.tunnels import TunnelRefused

    await _clean_up(launcher.tunnels)
    changed = asyncio.Event()
    launcher.tunnels.subscribe(changed.set)
    try:
        await launcher.tunnels.start(wanted, preset=preset.name if preset else "")
    except TunnelRefused as refused:
        problem(str(refused))
        help_on(refused.topic, wanted.node_id, wanted.place, demo=launcher.setup.demo)
        return FAILED
    told = _Told(lambda topic: help_on(topic, wanted.node_id, wanted.place, demo=launcher.setup.demo))
    while True:
        [view] = launcher.tunnels.views()
        told.tell(view)
        if view.state.over:
            return FAILED
        await changed.wait()
        changed.clear()


async def _clean_up(tunnels: Tunnels) -> None:
    """What an earlier smtui left behind because it was killed."""
    left = await tunnels.leftovers()
    for leftover in left:
        problem(f"ending what an earlier smtui left behind: {leftover.label}, session {leftover.session_id}.")
    for sentence in await tunnels.clean_up(left):
        problem(sentence)


class _Told:
    """Says what is new: where to connect on stdout, once; all else on stderr."""

    def __init__(self, help_on: Callable[[str], None]) -> None:
        self._help_on = help_on
        self._helped = ""
        self._opened = False
        self._last = ""

    def tell(self, view: TunnelView) -> None:
        from smtui.domain.tunnel import TunnelState, title_of

        open_ = view.state is TunnelState.OPEN
        if open_ and not self._opened:
            self._opened = True
            if view.warning:
                problem(view.warning)
            click.echo(f"{view.local} → {title_of(view.forward)}")
        words = view.last_word or ("open again." if open_ and self._last else "")
        line = words if open_ else f"{view.state.value}: {words}" if words else ""
        if line and line != self._last:
            problem(line)
            self._last = line
        if (open_ or view.state.over) and view.topic != self._helped:
            self._help_on(view.topic)
            self._helped = view.topic
