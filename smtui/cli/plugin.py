"""Runs `smtui plugin`: which plugin sessions use, and help with the official one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from smtui.cli.launcher_context import prepared
from smtui.cli.options import PLACES, READ_ONLY, common_options, group_options, settings
from smtui.cli.output import lines, width
from smtui.topics.failure_topics import of_grade
from smtui.topics.next_step import after_grade

if TYPE_CHECKING:
    from smtui.domain.plugin_grade import PluginPick

_FAILED = 1


@click.group()
@group_options
def plugin() -> None:
    """Show the Session Manager plugin and how to install it."""


@plugin.command()
@common_options(*PLACES)
@click.pass_context
def status(ctx: click.Context) -> None:
    """Show which plugin sessions would use, its version and its grade. Exit status 1: it cannot be used."""

    async def run() -> int:
        async with prepared(settings(ctx)) as launcher:
            pick = await launcher.inspect_plugin(launcher.fleet.places[0])
            lines(status_lines(pick))
            return 0 if pick.usable else _FAILED

    ctx.exit(asyncio.run(run()))


@plugin.command("install-help")
@common_options(READ_ONLY)
def install_help() -> None:
    """Show how to install, verify and remove the official plugin on this system."""
    _print_topic("install-plugin")


@plugin.command()
@common_options(READ_ONLY)
def logging() -> None:
    """Show how to turn on the official plugin's own log on this system."""
    _print_topic("plugin-logging")


def _print_topic(topic_id: str) -> None:
    from smtui.cli.doctor_lines import topic_text
    from smtui.wiring import this_setup

    lines(topic_text(topic_id, this_setup(), width()))


def status_lines(pick: PluginPick) -> list[str]:
    """The plugin as lines; with what is wrong and the next step only if something is wrong."""
    which = "smtui's own (built in)" if pick.builtin else f"{pick.path} {pick.version or ''}".rstrip()
    lines = [f"plugin   {which}", f"grade    {pick.grade.value}", f"because  {pick.because}"]
    if pick.complaint:
        topic_id = of_grade(pick.grade).topic
        lines += [
            f"wrong    {pick.complaint}",
            f"next     {after_grade(pick.grade)}",
            f"topic    smtui topics {topic_id}",
        ]
    return lines
