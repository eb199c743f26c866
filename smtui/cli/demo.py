"""`smtui demo serve`: the simulated Region alone, until it is ended."""

from __future__ import annotations

import click

from smtui.cli.options import common_options

_HIGHEST_PORT = 65535


@click.group()
@common_options
def demo() -> None:
    """The simulated Region."""


@demo.command()
@click.option("--nodes", type=click.IntRange(min=0), default=None, metavar="N", help="How many nodes (about 40).")
@click.option("--port", type=click.IntRange(0, _HIGHEST_PORT), default=0, metavar="N", help="0: any free one.")
@click.option("--format", "fmt", type=click.Choice(["json", "env"]), default="env", help="How its address is told.")
@common_options
@click.pass_context
def serve(ctx: click.Context, nodes: int | None, port: int, fmt: str) -> None:
    """Serve AWS's wire protocols on 127.0.0.1 until ended; prints how to reach it."""
    from smtui.wiring import serve_region

    ctx.exit(serve_region(nodes, port, fmt))
