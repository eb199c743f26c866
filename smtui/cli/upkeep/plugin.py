"""Runs `smtui plugin`: which plugins there are and which sessions use, checks and tests of them, their logs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

import click

from smtui.cli.launcher_context import cancelled_by_signals, prepared
from smtui.cli.options import PLACES, READ_ONLY, common_options, given_options, group_options, settings
from smtui.cli.output import aligned, lines, width
from smtui.cli.upkeep.helpful_group import HelpfulGroup
from smtui.topics.failure_topics import of_grade
from smtui.topics.next_step import after_grade

if TYPE_CHECKING:
    from smtui.domain.plugin_facts.plugin_survey import DebugLog, PluginCheck, PluginSurvey
    from smtui.domain.plugin_grade import FoundPlugin, PluginPick
    from smtui.engine.plugin_care.care import PluginCare

_FAILED = 1
_WIDEST = 80
_TITLES = ("PLUGIN", "VERSION", "GRADE", "USED FOR", "WHERE")
_TO_PASTE = (
    "# Paste this: it verifies and installs the newest version, and stops if anything fails. Below is what it needs."
)
_Run = Callable[["PluginCare"], Coroutine[Any, Any, int]]


@click.group(cls=HelpfulGroup)
@group_options
def plugin() -> None:
    """Show the Session Manager plugins, install, verify and test them, and switch their logs."""


@plugin.command()
@common_options(*PLACES)
@click.pass_context
def status(ctx: click.Context) -> None:
    """Show every plugin with its version and grade, and which one sessions would use.

    Exit status 1: that one cannot be used.
    """

    async def run() -> int:
        async with prepared(settings(ctx)) as launcher:
            care = launcher.plugin_care
            survey = await care.survey(launcher.fleet.places[0])
            lines(status_lines(survey, care.system, await _logs(care)))
            return 0 if survey.shells.usable else _FAILED

    ctx.exit(asyncio.run(run()))


@plugin.command("install-help")
@common_options(READ_ONLY)
def install_help() -> None:
    """Show how to install, verify and remove the official plugin on this system."""
    from smtui.topics.plugin_steps import INSTALL_TOPIC, install_block
    from smtui.wiring import this_setup

    if block := install_block(this_setup().machines()):
        lines([_TO_PASTE, *block.splitlines(), ""])
    _print_topic(INSTALL_TOPIC)


@plugin.command()
@click.argument("path", required=False)
@common_options(READ_ONLY)
@click.pass_context
def verify(ctx: click.Context, path: str | None) -> None:
    """Check the plugin at PATH, or every plugin: its answer, who can change its file, its package, its signature.

    Nothing is changed. What this system cannot tell is shown as "not known". Exit status 1: a check failed.
    """

    async def run(care: PluginCare) -> int:
        from smtui.domain.plugin_facts.plugin_survey import checks_fail

        fails = False
        for found in await _plugins(care, path):
            checks = await care.verify(found)
            lines([_named(found), *check_lines(checks)])
            fails = fails or checks_fail(checks)
        return _FAILED if fails else 0

    ctx.exit(_with_care(run))


@plugin.command()
@click.argument("path", required=False)
@common_options(READ_ONLY)
@click.pass_context
def test(ctx: click.Context, path: str | None) -> None:
    """Run a short session with the plugin at PATH, or with the one that shells use, in a simulated Region.

    AWS is not called. Official plugins from 1.2.889.0 on connect only to AWS, so they cannot be tested this way; that
    is not a failure. Exit status 1: the session failed, or the plugin cannot be used.
    """

    async def run(care: PluginCare) -> int:
        from smtui.domain.plugin_facts.plugin_survey import TrialState, is_picked
        from smtui.domain.plugin_facts.plugin_words import trial_words

        if path is not None:
            found = (await _plugins(care, path))[0]
        else:
            survey = await _survey(care)
            found = next((each for each in survey.plugins if is_picked(survey.shells, each)), survey.plugins[-1])
        trial = await care.try_out(found)
        lines([f"{_named(found)}: {trial_words(trial)}"])
        return _FAILED if trial.state is TrialState.FAILED or not found.grade.usable else 0

    ctx.exit(_with_care(run))


@plugin.command()
@click.argument("state", type=click.Choice(["on", "off", "show"]), required=False, metavar="[on|off|show]")
@click.option("--official", is_flag=True, help="Switch the official plugin's log, at level debug.")
@common_options(READ_ONLY)
def logging(state: str | None, official: bool) -> None:
    """Switch the log of smtui's own plugin, or show both plugins' logs.

    Without an argument it also says how to turn on the official plugin's log.

    The log of smtui's own plugin says what passes between it and AWS: kinds, numbers, sizes and times of messages. It
    holds no token, no key, nothing that was typed and nothing that was shown. Attach it when you report a bug.

    With --official it changes the official plugin's seelog.xml; off restores the file. Where only an administrator
    may do that, the commands are printed. That log may hold what is typed and shown.
    """

    async def run(care: PluginCare) -> int:
        if state in ("on", "off"):
            steps = await care.switch_log(ours=not official, on=state == "on")
            if not steps.is_done and not steps.commands:
                raise click.ClickException(steps.text)
            if official:
                lines([steps.text, *steps.commands, ""])
        lines(log_lines(*await _logs(care)))
        return 0

    _with_care(run)
    if state is None:
        lines([""])
        _print_topic("plugin-logging")


def _with_care(run: _Run) -> int:
    from smtui.engine.offloop import OffLoop
    from smtui.plugin_wiring import plugin_care, plugin_host
    from smtui.setting_wiring import with_settings

    with with_settings(given_options(click.get_current_context())) as (book, _):
        off_loop = OffLoop()
        plugins = plugin_host(book, off_loop)
        care = plugin_care(book, plugins, off_loop)

        async def settle() -> None:
            plugins.stop()
            await off_loop.settle()

        async def to_its_end() -> int:
            """Run it; a signal ends the plugins that are asked or tried, and the Region of a test session."""
            async with cancelled_by_signals(plugins.stop, settle):
                return await run(care)

        return asyncio.run(to_its_end())


async def _survey(care: PluginCare) -> PluginSurvey:
    from smtui.domain.place import Place

    return await care.survey(Place())


async def _plugins(care: PluginCare, path: str | None) -> list[FoundPlugin]:
    """Return the plugin at this path, or `builtin`; every plugin for no path."""
    if path is None:
        return list((await _survey(care)).plugins)
    return [await care.look(path)]


async def _logs(care: PluginCare) -> tuple[DebugLog, DebugLog]:
    """Return the log of smtui's plugin, and that of the official one."""
    return await care.log_of(ours=True), await care.log_of(ours=False)


def _print_topic(topic_id: str) -> None:
    from smtui.cli.doctor_lines import topic_text
    from smtui.wiring import this_setup

    lines(topic_text(topic_id, this_setup(), width()))


# Lines -------------------------------------------------------------------------------------------


def status_lines(survey: PluginSurvey, system: str, logs: Sequence[DebugLog]) -> list[str]:
    """List every plugin, which are used and why, what newer ones mend, the logs, and what to do about a problem."""
    from smtui.domain.plugin_facts.plugin_fixes import grade_words
    from smtui.domain.plugin_facts.plugin_words import (
        chosen_words,
        log_words,
        name_of,
        reasons,
        uses_words,
        version_of,
        where_words,
    )

    rows = [
        (name_of(each), version_of(each), grade_words(each), survey.uses(each) or "-", where_words(each))
        for each in survey.plugins
    ]
    told = [*aligned([_TITLES, *rows], _WIDEST), "", f"{uses_words(survey)}. {chosen_words(survey)}"]
    told += [f"  {use}: {why}" for use, why in reasons(survey)]
    if fixes := survey.fixes(system):
        told += ["", f"Newer versions of {survey.best.path if survey.best else 'it'} mend:"]
        told += [f"  {fix.version}  {fix.text}" for fix in fixes]
    ours, official = logs
    told += ["", f"built-in: {log_words(ours)}"]
    if official.is_on or official.trouble or not all(each.ours for each in survey.plugins):
        told.append(f"official: {log_words(official)}")
    return told + wrong_lines(survey.shells)


def wrong_lines(pick: PluginPick) -> list[str]:
    """Return what is wrong with the plugin in use, and the next step; nothing if it is fine."""
    if not pick.complaint:
        return []
    topic = of_grade(pick.grade).topic
    return ["", f"wrong    {pick.complaint}", f"next     {after_grade(pick.grade)}", f"topic    smtui topics {topic}"]


def check_lines(checks: Sequence[PluginCheck]) -> list[str]:
    """The checks of one plugin, one a line."""
    return [f"  {check.state} {check.name:<10} {check.text}" for check in checks]


def _named(found: FoundPlugin) -> str:
    from smtui.domain.plugin_facts.plugin_words import named_with_version

    return named_with_version(found.path or "built-in", found)


def log_lines(own: DebugLog, official: DebugLog) -> list[str]:
    """Where the logs of both plugins are, and whether they are on."""
    why = f", as {own.fixed_by} says" if own.fixed_by else ""
    size = "nothing is in it yet" if own.size is None else f"{own.size:,} bytes"
    level = f"on, level {official.level}" if official.is_on else "off"
    return [
        f"smtui's plugin    {'on' if own.is_on else 'off'}{why}",
        f"its log           {own.path} ({size})",
        f"official plugin   {official.trouble or level}",
        f"its settings      {official.settings}",
        f"its log           {official.path}",
    ]
