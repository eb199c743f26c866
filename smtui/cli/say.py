"""What is said on stderr: sentences, made harmless, with the log named where there is one."""

from __future__ import annotations

import logging
import shlex
import shutil
from typing import TYPE_CHECKING

import click

from smtui.domain.request import place_argv
from smtui.domain.text import harmless

if TYPE_CHECKING:
    from smtui.domain.place import Place
    from smtui.engine.targets import FoundTarget

FAILED = 1
_PAGE = 100
_WIDEST = 120


def problem(sentence: str) -> None:
    """One line on stderr."""
    click.echo(f"smtui: {harmless(sentence)}", err=True)


def refuse(found: FoundTarget, *, demo: bool = False) -> int:
    """No session starts: why TARGET is not one node, and what it could be."""
    problem(found.trouble)
    for line in found.candidates:
        click.echo(f"  {harmless(line)}", err=True)
    help_on(found.topic, demo=demo)
    return FAILED


def help_on(topic_id: str, node_id: str = "", place: Place | None = None, *, demo: bool = False) -> None:
    """The topic that helps against a failure, and the command that finds its cause; nothing for an empty id.

    Without a node, the command looks at this machine alone.
    """
    from smtui.topics.library import topic

    if not topic_id:
        return
    where = [node_id] if node_id else []
    doctor = ["smtui", *(["--demo"] if demo else []), "doctor", *where, *(place_argv(place) if place else [])]
    problem(f"Topic: {topic(topic_id).title} ({topic_id}).")
    problem(f"To find the cause and its fix: {shlex.join(doctor)}")


def width() -> int:
    """For lines that are wrapped: the terminal's, or what reads well in a file."""
    return min(shutil.get_terminal_size((_PAGE, 24)).columns, _WIDEST)


def unexpected(error: BaseException) -> int:
    """A fault of our own: its kind and words, without a traceback; the traceback goes to the log."""
    logging.getLogger().addHandler(logging.NullHandler())
    logging.getLogger("smtui").error("unexpected", exc_info=error)
    problem(f"something unexpected went wrong ({type(error).__name__}: {error}).")
    problem("Nothing is left running. Run the same with --log-file FILE to keep the details for a report.")
    return FAILED
