"""`smtui plugin status`: which Session Manager plugin would be used, and why."""

from __future__ import annotations

import asyncio

import click

from smtui.cli.options import common_options, settings


@click.group()
@common_options
def plugin() -> None:
    """The Session Manager plugin."""


@plugin.command()
@common_options
@click.pass_context
def status(ctx: click.Context) -> None:
    """Say which plugin sessions would use, its version and its grade."""
    from smtui.wiring import plugin_status, wired

    async def run() -> int:
        async with wired(settings(ctx)) as launcher:
            return await plugin_status(launcher)

    ctx.exit(asyncio.run(run()))
