"""The command line: parse, wire together, print. No rules of its own.

Importing this costs what `import click` costs: each subcommand's module is imported when it is called.
"""

from __future__ import annotations

import importlib
import os
import sys

import click

from smtui import __version__
from smtui.cli.options import common_options, filter_option, read_only_option

_INTERRUPTED = 130
"""What a shell reports of a command that Ctrl-C ended."""

_SUBCOMMANDS = {
    "connect": "smtui.cli.connect:connect",
    "demo": "smtui.cli.demo:demo",
    "doctor": "smtui.cli.doctor:doctor",
    "documents": "smtui.cli.documents:documents",
    "forward": "smtui.cli.forward:forward",
    "list": "smtui.cli.list_nodes:list_nodes",
    "plugin": "smtui.cli.plugin:plugin",
    "presets": "smtui.cli.presets:presets",
}


class LazyGroup(click.Group):
    """Knows its subcommands by name and imports one only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        where = _SUBCOMMANDS.get(cmd_name)
        if where is None:
            return None
        module, _, name = where.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="smtui", message="%(prog)s %(version)s")
@common_options
@filter_option
@read_only_option
@click.pass_context
def cli(ctx: click.Context, filter_text: str, read_only: bool) -> None:
    """Reach servers through AWS Systems Manager Session Manager.

    Without a subcommand: the screen. TARGET is a node id, a Name, an IP address or tag:KEY=VALUE.
    """
    if ctx.invoked_subcommand is None:
        from smtui.cli.screen import run_screen

        ctx.exit(run_screen(ctx, filter_text, read_only=read_only))


def main() -> None:
    """The entry point `smtui`: whatever goes wrong ends in a sentence and an exit status, never a traceback."""
    _fill_closed_streams()
    try:
        status = cli.main(standalone_mode=False)
    except click.ClickException as wrong:
        wrong.show()
        status = wrong.exit_code
    except click.Abort:
        status = _INTERRUPTED
    except Exception as error:
        from smtui.cli.say import unexpected

        status = unexpected(error)
    sys.exit(status or 0)


def _fill_closed_streams() -> None:
    """Started with `<&-`: the next file or socket that is opened would be taken for stdin, and a log for stderr."""
    for stream in (0, 1, 2):
        try:
            os.fstat(stream)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one
