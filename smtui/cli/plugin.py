"""`smtui plugin status`: which Session Manager plugin would be used, and why."""

from __future__ import annotations

import asyncio

import click

from smtui.cli.options import common_options, settings
from smtui.cli.prepared import prepared
from smtui.cli.say import width
from smtui.domain.plugin import PluginPick
from smtui.domain.text import harmless

_FAILED = 1


@click.group()
@common_options
def plugin() -> None:
    """The Session Manager plugin."""


@plugin.command()
@common_options
@click.pass_context
def status(ctx: click.Context) -> None:
    """Say which plugin sessions would use, its version and its grade. Status 1: it cannot be used."""

    async def run() -> int:
        async with prepared(settings(ctx)) as launcher:
            pick = await launcher.inspect_plugin(launcher.fleet.places[0])
            for line in status_lines(pick):
                click.echo(harmless(line))
            return 0 if pick.usable else _FAILED

    ctx.exit(asyncio.run(run()))


@plugin.command("install-help")
@common_options
def install_help() -> None:
    """How to install, verify and remove the official plugin on this very system."""
    _print_topic("install-plugin")


@plugin.command()
@common_options
def logging() -> None:
    """How to turn on the official plugin's own log on this very system."""
    _print_topic("plugin-logging")


def _print_topic(topic_id: str) -> None:
    from smtui.cli.doctor_lines import topic_text
    from smtui.wiring import this_setup

    for line in topic_text(topic_id, this_setup(), width()):
        click.echo(line)


def status_lines(pick: PluginPick) -> list[str]:
    """The pick in lines; what is wrong and the next step only where there is something wrong."""
    which = "smtui's own (built in)" if pick.builtin else f"{pick.path} {pick.version or ''}".rstrip()
    lines = [f"plugin   {which}", f"grade    {pick.grade.value}", f"because  {pick.because}"]
    if pick.complaint:
        lines += [f"wrong    {pick.complaint}", f"next     {pick.grade.next_step}"]
    return lines
