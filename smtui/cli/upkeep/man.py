"""Runs `smtui man`: prints the manual page of a subcommand."""

from __future__ import annotations

import click

from smtui.cli.options import common_options
from smtui.cli.output import plain


@click.command()
@click.argument("words", nargs=-1, metavar="[COMMAND]...")
@common_options()
@click.pass_context
def man(ctx: click.Context, words: tuple[str, ...]) -> None:
    """Print the manual page of smtui, or of a subcommand, as man reads it.

    To read one: smtui man connect | man -l -. Packages put the same pages into share/man, where man finds them.
    """
    from smtui.cli.upkeep.command_table import described
    from smtui.cli.upkeep.man_page import man_page
    from smtui.domain.query.near_words import did_you_mean

    pages = {" ".join(each.path): each for each in described()}
    name = " ".join(words)
    if name not in pages:
        raise click.UsageError(f"There is no command {name!r}.{did_you_mean(name, pages)}", ctx)
    plain(man_page(pages[name]))
