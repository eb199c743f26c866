"""Parses a command line as click does before it runs anything."""

from __future__ import annotations

import click

from smtui.cli.group import cli


def reached(words: list[str]) -> str:
    """Return the path of the subcommand that the words after `smtui` reach; raises a `click.ClickException`."""
    return _reached(cli, words, None, "smtui")


def _reached(command: click.Command, words: list[str], parent: click.Context | None, name: str) -> str:
    with command.make_context(name, words, parent) as ctx:
        left = [*ctx._protected_args, *ctx.args]
        if isinstance(command, click.Group) and left:
            inner, found, rest = command.resolve_command(ctx, left)
            assert found is not None
            return _reached(found, rest, ctx, inner or "")
        return ctx.command_path.removeprefix("smtui").strip()
