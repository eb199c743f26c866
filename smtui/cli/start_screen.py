"""Runs `smtui` without a subcommand: opens the screen."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from typing import TYPE_CHECKING

from smtui.cli.logfile import start_log

if TYPE_CHECKING:
    from smtui.run_options import RunOptions

_USAGE = 2


def run_screen(options: RunOptions) -> int:
    """Run the screen to its end; returns the exit status."""
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout)):
        _tell("the screen needs a terminal. Without one, use smtui list, smtui connect or smtui --help.")
        return _USAGE
    if os.environ.get("TERM") == "dumb":
        _tell("the screen cannot be drawn on this terminal (TERM=dumb). Use smtui list and smtui connect.")
        return _USAGE
    start_log(options.log_file)
    from smtui import wiring

    try:
        status = asyncio.run(wiring.run_screen(options, _tell))
    except Exception as error:
        from smtui.cli.output import unexpected

        status = unexpected(error)
    return _leave(status)


def _tell(sentence: str) -> None:
    from smtui.cli.output import problem

    problem(sentence)


def _leave(status: int) -> int:
    """Ends at once: freeing a list of 50,000 nodes object by object would take the interpreter a second."""
    try:
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)  # even if the terminal is gone
