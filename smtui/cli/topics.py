"""Runs `smtui topics`: lists, searches and prints the troubleshooting texts for this system and a named node."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from smtui.cli.options import PLACES, common_options, settings
from smtui.cli.output import json_object, lines, problem, width
from smtui.domain.query.near_words import did_you_mean
from smtui.topics.machines import Machines, system_named
from smtui.topics.topic import ReadyCommand, RunsOn, Topic, WithheldCommand
from smtui.topics.topic_text import advice, step_texts, topic_lines

if TYPE_CHECKING:
    from smtui.engine.launcher_parts import Setup

FAILED = 1


@click.command()
@click.argument("words", nargs=-1, metavar="[ID | WORDS…]")
@click.option("--target", default="", metavar="T", help="Fill in what smtui finds out about this node.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with the topics.")
@common_options(*PLACES)
@click.pass_context
def topics(ctx: click.Context, words: tuple[str, ...], target: str, as_json: bool) -> None:
    """Print the topic ID, or list the topics that contain all WORDS; without either, list all.

    Exit status 1: no topic contains these words.
    """
    from smtui.topics.library import search, topic, topic_ids

    wanted = " ".join(words)
    found = (topic(wanted),) if wanted in topic_ids() else search(wanted)
    if not found:
        near = did_you_mean(wanted, topic_ids())
        problem(f"no topic contains all of these words: {wanted}.{near} To list all topics: smtui topics")
        ctx.exit(FAILED)
    whole = as_json or len(found) == 1
    if target and not whole:
        raise click.UsageError("--target fills in one topic only: give its ID.", ctx)
    setup, values = _known(ctx, target)
    if as_json:
        json_object({"topics": [as_dict(each, setup, values) for each in found]})
    else:
        lines(_text(found[0], setup, values) if whole else _listed(found))


def _listed(found: tuple[Topic, ...]) -> list[str]:
    widest = max(len(each.id) for each in found)
    return [f"{each.id:<{widest}}  {each.title}" for each in found]


def _text(found: Topic, setup: Setup, values: Mapping[str, str]) -> tuple[str, ...]:
    return topic_lines(found, values, _machines(setup, values), width())


def _machines(setup: Setup, values: Mapping[str, str]) -> Machines:
    return setup.machines(system_named(values.get("platform", "")))


def as_dict(found: Topic, setup: Setup, values: Mapping[str, str]) -> dict[str, Any]:
    """One topic as `topics --json` prints it; `command` is null, with `why`, if a value is not known."""
    machines = _machines(setup, values)
    advised = advice(found, values, machines)
    return {
        "id": found.id,
        "title": found.title,
        "signs": list(found.symptoms),
        "causes": list(found.causes),
        "steps": list(step_texts(found, machines)),
        "commands": [_command(each) for each in (*advised.fixes, *advised.looks)],
        "links": [{"title": link.title, "url": link.url} for link in found.links],
    }


def _command(command: ReadyCommand | WithheldCommand) -> dict[str, Any]:
    """One command; `changes` and `risk` are empty if it only reads."""
    ready = command if isinstance(command, ReadyCommand) else None
    return {
        "does": command.does,
        "command": ready.text if ready else None,
        "why": "" if isinstance(command, ReadyCommand) else command.why,
        "on_node": command.runs_on is RunsOn.NODE,
        "system": command.system.value,
        "changes": ready.changes if ready else "",
        "risk": ready.risk if ready else "",
    }


def _known(ctx: click.Context, target: str) -> tuple[Setup, Mapping[str, str]]:
    """This machine, and the node's values to fill into commands."""
    from smtui.wiring import this_setup

    if not target:
        return this_setup(demo=settings(ctx).demo), {}
    return asyncio.run(_examined(ctx, target))


async def _examined(ctx: click.Context, target: str) -> tuple[Setup, Mapping[str, str]]:
    from smtui.cli.launcher_context import prepared
    from smtui.cli.output import refuse
    from smtui.diagnosis.evidence.record import Subject
    from smtui.engine.targets import find_target

    async with prepared(settings(ctx)) as launcher:
        found = await find_target(launcher.fleet, launcher.off_loop, target)
        if found.trouble:
            ctx.exit(refuse(found, demo=launcher.setup.demo))
        diagnosis = await launcher.examine(Subject(found.node_id, found.place, name=found.label)).run()
        return launcher.setup, diagnosis.values
