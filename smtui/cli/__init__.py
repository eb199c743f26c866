"""Parses the command line, wires smtui together and prints the results.

Importing this costs as much as `import click`: each subcommand's module is imported when it is called.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
import sys

import click

from smtui import __version__
from smtui.cli.options import group_options
from smtui.domain.text import KNOWN_SECRETS
from smtui.garbage import collect_from_now, collect_later
from smtui.strays import keep_strays_off_terminal

_INTERRUPTED = 130
"""What a shell reports for a command that Ctrl-C ended."""
_BROKEN_PIPE = 141
"""What a shell reports for a command that SIGPIPE ended."""

_OUTPUT_LOST = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO}

_SUBCOMMANDS = {
    "connect": "smtui.cli.connect:connect",
    "demo": "smtui.cli.demo:demo",
    "doctor": "smtui.cli.doctor:doctor",
    "documents": "smtui.cli.documents:documents",
    "forward": "smtui.cli.forward:forward",
    "list": "smtui.cli.list_nodes:list_nodes",
    "plugin": "smtui.cli.plugin:plugin",
    "presets": "smtui.cli.presets:presets",
    "topics": "smtui.cli.topics:topics",
}


class LazyGroup(click.Group):
    """Knows the subcommands by name and imports a subcommand's module when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All subcommands, for `--help`."""
        return sorted(_SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand of that name, imported now; None if there is none."""
        where = _SUBCOMMANDS.get(cmd_name)
        if where is None:
            return None
        module, _, name = where.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        collect_from_now()
        return command


@click.group(cls=LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="smtui", message="%(prog)s %(version)s")
@group_options
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Reach servers through AWS Systems Manager Session Manager.

    Without a subcommand, smtui opens its screen. TARGET is a node id, a Name, an IP address or tag:KEY=VALUE.
    """
    if ctx.invoked_subcommand is None:
        from smtui.cli.start_screen import run_screen

        ctx.exit(run_screen(ctx))


def main() -> None:
    """Run `smtui`: every failure ends in a sentence and an exit status, never a traceback."""
    collect_later()
    try:
        _fill_closed_streams()
        keep_strays_off_terminal()
        KNOWN_SECRETS.learn_environment(os.environ)
        status = cli.main(standalone_mode=False)
        if sys.stdout is not None:  # started with `>&-`
            sys.stdout.flush()
    except (BrokenPipeError, SystemExit):  # click raises SystemExit for a broken pipe only
        status = _nobody_reads()
    except click.ClickException as wrong:
        from smtui.cli.output import wrong_usage

        status = wrong_usage(wrong)
    except (click.Abort, KeyboardInterrupt):
        status = _INTERRUPTED
    except Exception as error:
        from smtui.cli.output import unexpected

        status = _unwritten(error) if isinstance(error, OSError) and error.errno in _OUTPUT_LOST else unexpected(error)
    sys.exit(status or 0)


def _nobody_reads() -> int:
    """Ends quietly after `smtui list | head`, as a program that SIGPIPE ends; Python would complain at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return _BROKEN_PIPE


def _unwritten(error: OSError) -> int:
    """Reports that the output could not be written; failures of other files are handled where they are written."""
    from smtui.cli.output import FAILED, problem

    _nobody_reads()
    with contextlib.suppress(OSError):  # the terminal may be gone
        problem(f"the output could not be written: {error.strerror}.")
    return FAILED


def _fill_closed_streams() -> None:
    """Opens closed streams (`<&-`), or the next opened file would become stdin, and a log stderr."""
    for stream in (0, 1, 2):
        try:
            os.fstat(stream)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one
