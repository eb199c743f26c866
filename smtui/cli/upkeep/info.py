"""Runs `smtui info`: what a bug report needs to say about this machine."""

from __future__ import annotations

import asyncio

import click

from smtui.cli.launcher_context import prepared
from smtui.cli.options import PLACES, common_options, given_options
from smtui.cli.output import json_object, lines


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--with-names", is_flag=True, help="With names of profiles, Regions, hosts and folders.")
@common_options(*PLACES)
@click.pass_context
def info(ctx: click.Context, *, as_json: bool, with_names: bool) -> None:
    """Print versions, system, terminal, settings and plugin, for a bug report.

    It holds no secret, no account and, without --with-names, no name of a node, profile, host or user. AWS is not
    called.
    """

    async def run() -> None:
        from smtui.engine.configuration.bug_facts import bug_facts, fact_lines

        async with prepared(given_options(ctx)) as launcher:
            facts = await bug_facts(launcher, names=with_names)
        if as_json:
            json_object(facts)
        else:
            lines(fact_lines(facts))

    asyncio.run(run())
