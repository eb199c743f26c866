"""What is said on stderr: sentences, made harmless, with the log named where there is one."""

from __future__ import annotations

import logging

import click

from smtui.domain.text import harmless

FAILED = 1


def problem(sentence: str) -> None:
    """One line on stderr."""
    click.echo(f"smtui: {harmless(sentence)}", err=True)


def unexpected(error: BaseException) -> int:
    """A fault of our own: its kind and words, without a traceback; the traceback goes to the log."""
    logging.getLogger().addHandler(logging.NullHandler())
    logging.getLogger("smtui").error("unexpected", exc_info=error)
    problem(f"something unexpected went wrong ({type(error).__name__}: {error}).")
    problem("Nothing is left running. Run the same with --log-file FILE to keep the details for a report.")
    return FAILED
