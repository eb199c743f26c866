"""Runs `smtui completion`: prints or installs what lets a shell complete smtui's words."""

from __future__ import annotations

import click

from smtui.cli.options import common_options
from smtui.cli.output import lines, plain
from smtui.cli.upkeep.shell_setup import SHELLS
from smtui.domain.text import error_words


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.option("--install", "does", flag_value="install", help="Put it where the shell looks for it.")
@click.option("--uninstall", "does", flag_value="uninstall", help="Remove what --install wrote.")
@common_options()
def completion(shell: str, does: str | None) -> None:
    """Let a shell complete subcommands, options, nodes, profiles, Regions, presets, documents and topics.

    Without an option, the script is printed: eval "$(smtui completion bash)" loads it into this shell. What is offered
    is what smtui last knew: completing a word never calls AWS.
    """
    from smtui.cli.upkeep.shell_setup import ShellSetup, script
    from smtui.store.file_access import UnusableFile

    if does is None:
        plain(script(shell))
        return
    setup = ShellSetup(shell)
    try:
        lines(setup.install() if does == "install" else setup.uninstall())
    except OSError as error:
        why = f"{error.filename} cannot be written: {error.strerror}." if error.filename else error_words(error)
        raise click.ClickException(f"Nothing more was changed: {why}") from None
    except UnusableFile as unusable:
        raise click.ClickException(f"Nothing more was changed: {unusable}") from None
