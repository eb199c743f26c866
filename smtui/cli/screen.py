"""`smtui` without a subcommand: the screen."""

from __future__ import annotations

import asyncio
import logging
import os
import sys

import click

from smtui.cli.logfile import start_log
from smtui.cli.options import settings
from smtui.cli.say import problem

_USAGE = 2


def run_screen(ctx: click.Context, filter_text: str, *, read_only: bool) -> int:
    """Run the TUI to its end; answers the exit status."""
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout)):
        problem("the screen needs a terminal. Without one: smtui list, smtui connect, or smtui --help.")
        return _USAGE
    start_log(settings(ctx).log_file)
    from smtui import wiring

    return _leave(asyncio.run(wiring.run_screen(settings(ctx), filter_text, problem, read_only=read_only)))


def _leave(status: int) -> int:
    """End at once: taking a list of 50,000 nodes apart, object by object, would take the interpreter a second."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
