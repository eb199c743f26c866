"""Parses the command line, wires smtui together and prints the results.

Importing this costs next to nothing: click is imported where there are words to parse, a subcommand when it is called.
"""

from __future__ import annotations

import errno
import os
import sys

_INTERRUPTED = 130
"""What a shell reports for a command that Ctrl-C ended."""
_BROKEN_PIPE = 141
"""What a shell reports for a command that SIGPIPE ended."""

_COMPLETION = "_SMTUI_COMPLETE"
"""Set by a shell that asks what may follow the words that were typed."""

_OUTPUT_LOST = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO}


def main() -> None:
    """Run `smtui`: every failure ends in a sentence and an exit status, never a traceback."""
    if _COMPLETION in os.environ:
        _complete()
    from smtui.domain.text import KNOWN_SECRETS
    from smtui.garbage import collect_later
    from smtui.spelling import spell_out
    from smtui.strays import keep_strays_off_terminal

    collect_later()
    try:
        _fill_closed_streams()
        keep_strays_off_terminal()
        spell_out(sys.stdout, sys.stderr)
        KNOWN_SECRETS.learn_environment(os.environ)
        status = _run()
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):  # click raises SystemExit for a broken pipe only
        status = _nobody_reads()
    except KeyboardInterrupt:
        status = _INTERRUPTED
    except Exception as error:
        status = _failed(error)
    sys.exit(status or 0)


def _complete() -> None:
    """Answers a shell. Nothing else is imported for it, and nothing may be printed that is no word."""
    status = 1
    try:
        from smtui.cli.upkeep.answer import answer

        status = answer(sys.argv[1:], os.environ)
        sys.stdout.flush()
    finally:
        os._exit(status)


def _run() -> int | None:
    """Runs what the command line names. Without words that is the screen, which needs nothing of click."""
    if len(sys.argv) > 1:
        from smtui.cli.group import cli

        status: int | None = cli.main(standalone_mode=False)
        return status
    from smtui.cli.start_screen import run_screen
    from smtui.run_options import RunOptions

    return run_screen(RunOptions())


def _failed(error: Exception) -> int:
    import click

    from smtui.cli.output import unexpected, wrong_usage

    if isinstance(error, click.ClickException):
        from smtui.cli.upkeep.helpful_group import with_near

        return wrong_usage(with_near(error))
    if isinstance(error, click.Abort):
        return _INTERRUPTED
    return _unwritten(error) if isinstance(error, OSError) and error.errno in _OUTPUT_LOST else unexpected(error)


def _nobody_reads() -> int:
    """Ends quietly after `smtui list | head`, as a program that SIGPIPE ends; Python would complain at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return _BROKEN_PIPE


def _unwritten(error: OSError) -> int:
    """Reports that the output could not be written; failures of other files are handled where they are written."""
    from smtui.cli.output import FAILED, problem

    _nobody_reads()
    from contextlib import suppress

    with suppress(OSError):  # the terminal may be gone
        problem(f"the output could not be written: {error.strerror}.")
    return FAILED


def _fill_closed_streams() -> None:
    """Opens closed streams (`<&-`), or the next opened file would become stdin, and a log stderr.

    Python has None for each: whoever asks `sys.stderr` whether it is a terminal would fail.
    """
    for stream, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        try:
            os.fstat(stream)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one
        if getattr(sys, name) is None:
            setattr(sys, name, open(stream, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
