"""Runs `smtui` without a subcommand: opens the screen."""

from __future__ import annotations

import asyncio
import logging
import os
import sys

import click

from smtui.cli.logfile import start_log
from smtui.cli.options import settings
from smtui.cli.output import problem, unexpected

_USAGE = 2


def run_screen(ctx: click.Context) -> int:
    """Run the screen to its end; returns the exit status."""
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout)):
        problem("the screen needs a terminal. Without one, use smtui list, smtui connect or smtui --help.")
        return _USAGE
    if os.environ.get("TERM") == "dumb":
        problem("the screen cannot be drawn on this terminal (TERM=dumb). Use smtui list and smtui connect.")
        return _USAGE
    start_log(settings(ctx).log_file)
    from smtui import wiring

    try:
        status = asyncio.run(wiring.run_screen(settings(ctx), problem))
    except Exception as error:
        status = unexpected(error)
    return _leave(status)


def _leave(status: int) -> int:
    """Ends at once: freeing a list of 50,000 nodes object by object would take the interpreter a second."""
    try:
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)  # even if the terminal is gone
