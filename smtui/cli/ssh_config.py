"""Runs `smtui ssh-config`: prints, or writes, what lets ssh and editors reach nodes through Session Manager."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smtui.cli.launcher_context import prepared
from smtui.cli.options import LOG_FILE, PROFILE, READ_ONLY, REGION, common_options, settings
from smtui.cli.output import FAILED, line, lines, problem, refuse
from smtui.domain.place import Place
from smtui.ssh.config_block import ConfiguredHost, alias_of, block_lines

if TYPE_CHECKING:
    from smtui.engine.launcher import Launcher


@click.command("ssh-config")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--write", is_flag=True, help="Put it into the file, after a backup; without this it is printed.")
@click.option(
    "--file",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    metavar="PATH",
    help="The ssh configuration to write; default: ~/.ssh/config.",
)
@common_options(PROFILE, REGION, READ_ONLY, LOG_FILE)
@click.pass_context
def ssh_config(ctx: click.Context, names: tuple[str, ...], write: bool, path: Path | None) -> None:
    """Print the ssh configuration for all node ids, and for each NAME a host of that name.

    Then ssh, scp, rsync, sftp and editors reach nodes by these names. Each NAME is a TARGET. With --write the lines
    replace those of the last time and leave all others as they are.
    """
    if write and settings(ctx).read_only:
        raise click.ClickException("smtui is read-only, so it writes no file.")

    async def run() -> int:
        async with prepared(settings(ctx)) as launcher:
            hosts = await _hosts(launcher, names)
            if hosts is None:
                return FAILED
            block = _block(launcher, hosts)
        if os.environ.get("AWS_ACCESS_KEY_ID") and not settings(ctx).profiles:
            problem("no profile is named: ssh and editors need the AWS_ variables of this shell.")
        if not write:
            lines(block)
            return 0
        return _write(path or Path.home() / ".ssh" / "config", block)

    ctx.exit(asyncio.run(run()))


async def _hosts(launcher: Launcher, names: tuple[str, ...]) -> list[ConfiguredHost] | None:
    """The nodes of these names, each once; None if one is not to be had, which was said."""
    from smtui.engine.targets import find_target

    hosts: dict[str, ConfiguredHost] = {}
    for name in names:
        found = await find_target(launcher.fleet, launcher.off_loop, name)
        if found.trouble:
            refuse(found)
            return None
        alias = alias_of(name) if alias_of(name) == name and name != found.node_id else alias_of(found.label)
        if alias == found.node_id:
            continue  # its id is enough
        if not alias or (alias in hosts and hosts[alias].node_id != found.node_id):
            problem(f"{found.label!r} ({found.node_id}) cannot be a host of its own: use its id with ssh.")
            return None
        login = await launcher.ssh.login(found.node_id)
        hosts[alias] = ConfiguredHost(alias, found.node_id, _explicit(launcher, found.place), login)
    return list(hosts.values())


def _block(launcher: Launcher, hosts: list[ConfiguredHost]) -> tuple[str, ...]:
    from smtui.domain.shellquote import Unquotable
    from smtui.engine.ssh_access import own_program

    places = [_explicit(launcher, place) for place in launcher.fleet.places]
    if len(places) > 1:
        raise click.UsageError("Give one --profile and one --region: ssh cannot know where a node id belongs.")
    try:
        return block_lines(own_program(), places[0], hosts)
    except Unquotable as refused:
        raise click.ClickException(f"No ssh configuration can be made: {refused}.") from refused


def _explicit(launcher: Launcher, place: Place) -> Place:
    """The place with its profile and Region by name: ssh may be started where the environment names others."""
    profile = place.profile
    if not profile and not os.environ.get("AWS_ACCESS_KEY_ID"):
        profile = os.environ.get("AWS_DEFAULT_PROFILE") or os.environ.get("AWS_PROFILE") or ""
    return Place(profile, place.region or launcher.fleet.aws(place).region())


def _write(path: Path, block: tuple[str, ...]) -> int:
    from smtui.ssh.config_block import SshConfigUnusable
    from smtui.wiring import write_ssh_config

    try:
        done = write_ssh_config(path, block)
    except SshConfigUnusable as unusable:
        raise click.ClickException(str(unusable)) from unusable
    if not done.changed:
        line(f"{path} holds these lines already; nothing was changed.")
        return 0
    line(f"{path} was written." + (f" What it was before: {done.backup}" if done.backup else ""))
    if done.dropped:
        line(f"No longer in it: {', '.join(done.dropped)}. To keep a host, name it each time.")
    return 0
