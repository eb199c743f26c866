"""Runs `smtui sessions rules`: says what the account's session preferences mean, or changes them by a subcommand."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from smtui.cli.group import LazyGroup
from smtui.cli.options import PLACES, common_options, settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtui.diagnosis.evidence.rules_facts import RulesRead
    from smtui.domain.place import Place

FAILED = 1
UNSEEN = 3
_SUBCOMMANDS = {
    "set": "smtui.cli.sessions.change_rules:set_rules",
    "undo": "smtui.cli.sessions.change_rules:undo_rules",
}


@click.group("rules", cls=LazyGroup, modules=_SUBCOMMANDS, invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with the rules of each place.")
@common_options(*PLACES)
@click.pass_context
def rules(ctx: click.Context, as_json: bool) -> None:
    """Say in words what the account's session preferences mean, per account and Region.

    Logging, encryption, run-as, when sessions end, shell profiles; what contradicts itself comes first.
    """
    if ctx.invoked_subcommand is not None:
        if as_json:
            raise click.UsageError("--json is for the rules, not for their subcommands.", ctx)
        return
    from smtui.cli.launcher_context import prepared

    async def run() -> int:
        async with prepared(settings(ctx)) as launcher:
            places = launcher.fleet.places
            reads = await asyncio.gather(*(launcher.account_sessions.rules.read(place) for place in places))
            return _print(places, reads, as_json=as_json)

    ctx.exit(asyncio.run(run()))


def _print(places: Sequence[Place], reads: Sequence[RulesRead], *, as_json: bool) -> int:
    from smtui.cli.output import json_object, line, lines, name_topic, width
    from smtui.cli.sessions.rule_report import as_dict, report, topics_to_read
    from smtui.sessions.preferences.preference_words import Mark, rule_lines

    if as_json:
        json_object({"rules": [as_dict(place, read) for place, read in zip(places, reads, strict=True)]})
    else:
        for number, (place, read) in enumerate(zip(places, reads, strict=True)):
            if number:
                line("")
            lines(report(place, read, width()))
        for topic_id in topics_to_read(reads):
            name_topic(topic_id)
    if all(read.preferences is None for read in reads):
        return FAILED
    return UNSEEN if any(rule.mark is Mark.UNSEEN for read in reads for rule in rule_lines(read)) else 0
