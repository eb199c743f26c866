"""Runs `smtui demo serve`: the simulated Region by itself."""

from __future__ import annotations

import click

from smtui.cli.options import WholeNumber, common_options, group_options
from smtui.cli.upkeep.helpful_group import HelpfulGroup

_HIGHEST_PORT = 65535


@click.group(cls=HelpfulGroup)
@group_options
def demo() -> None:
    """Run the simulated Region."""


@demo.command()
@click.option(
    "--nodes", type=WholeNumber(min=0), default=None, metavar="N", help="Number of nodes (default: about 40)."
)
@click.option(
    "--port",
    type=WholeNumber(0, _HIGHEST_PORT),
    default=0,
    metavar="N",
    help="The port to listen on; 0 means any free port.",
)
@click.option(
    "--format", "fmt", type=click.Choice(["json", "env"]), default="env", help="How the address and keys are printed."
)
@common_options()
@click.pass_context
def serve(ctx: click.Context, nodes: int | None, port: int, fmt: str) -> None:
    """Serve AWS's APIs on 127.0.0.1 until stopped, and print how to reach them."""
    from smtui.wiring import serve_region

    ctx.exit(serve_region(nodes, port, fmt))
