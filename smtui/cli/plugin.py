"""Runs `smtui plugin`: which plugin sessions use, and help with the official one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from smtui.cli.launcher_context import prepared
from smtui.cli.options import PLACES, READ_ONLY, common_options, group_options, settings
from smtui.cli.output import lines, width
from smtui.cli.upkeep.helpful_group import HelpfulGroup
from smtui.domain.text import error_words
from smtui.topics.failure_topics import of_grade
from smtui.topics.next_step import after_grade

if TYPE_CHECKING:
    from smtui.domain.plugin_grade import PluginPick

_FAILED = 1


@click.group(cls=HelpfulGroup)
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
@click.argument("state", type=click.Choice(["on", "off", "show"]), required=False, metavar="[on|off|show]")
@common_options(READ_ONLY)
def logging(state: str | None) -> None:
    """Switch the log of smtui's own plugin, or show both plugins' logs; alone, how to turn on the official one's too.

    The log says what passes between the plugin and AWS: kinds, numbers, sizes and times of messages. It holds no
    token, no key, nothing that was typed and nothing that was shown. Attach it when you report a bug.
    """
    if state in ("on", "off"):
        _switch_log(on=state == "on")
    lines(log_lines())
    if state is None:
        lines([""])
        _print_topic("plugin-logging")


def _switch_log(*, on: bool) -> None:
    from smtui.store.plugin_log_files import switch_own_log

    try:
        switch_own_log(on)
    except OSError as error:
        raise click.ClickException(f"The log could not be switched: {error.strerror or error_words(error)}.") from None


def log_lines() -> list[str]:
    """Return where the logs of both plugins are, and whether they are on."""
    from smtui.store.plugin_log_files import LOG_VARIABLE, official_log, own_log

    own, official = own_log(), official_log()
    why = f", as {LOG_VARIABLE} says" if own.by_variable else ""
    size = "nothing is in it yet" if own.size is None else f"{own.size:,} bytes"
    level = f"on, level {official.level}" if official.is_on else "off"
    return [
        f"smtui's plugin    {'on' if own.is_on else 'off'}{why}",
        f"its log           {own.path} ({size})",
        f"official plugin   {official.trouble or level}",
        f"its settings      {official.configuration}",
        f"its logs          {official.folder}",
    ]


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
