"""Prints everything the command line says, after `domain.text` has made it harmless."""

from __future__ import annotations

import io
import logging
import os
import re
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from smtui.domain.text import cell_width, error_words, fit, harmless, harmless_lines, masked

if TYPE_CHECKING:
    from smtui.domain.fault import Fault
    from smtui.domain.place import Place
    from smtui.engine.targets import FoundTarget

FAILED = 1
_PAGE = 100
_WIDEST = 120
_NO_HOME = re.compile("determine (the )?home directory")
"""What pathlib and platformdirs say for a user of a container that the system does not know."""
_ERASED = "\r\x1b[K"


def line(text: str, *, dim: bool = False) -> None:
    """Print one line on stdout."""
    shown = harmless(text)
    click.echo(click.style(shown, dim=True) if dim and not _wants_plain_text() else shown)


def _wants_plain_text() -> bool:
    """Whether no attribute is wanted: many screen readers set one of these."""
    return "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"


def lines(texts: Iterable[str]) -> None:
    """Print each text as a line on stdout."""
    for text in texts:
        line(text)


def aligned(rows: Sequence[Sequence[str]], widest: int) -> list[str]:
    """Return rows as lines with aligned columns; each cell is cut at `widest`, except the last of a row."""
    widths = [min(widest, max(map(cell_width, column))) for column in list(zip(*rows, strict=True))[:-1]]
    return ["  ".join([*map(fit, row, widths), row[-1]]).rstrip() for row in rows]


def json_object(content: dict[str, Any]) -> None:
    """Print one JSON object on stdout, secrets masked."""
    click.echo(ascii_json(_masked(content), indent=2))


def ascii_json(content: object, *, indent: int | None = None) -> str:
    """Return the JSON in ASCII: it escapes whatever a terminal obeys; DEL, which it would not, is escaped here."""
    import json

    return json.dumps(content, indent=indent).replace("\x7f", "\\u007f")


def plain(text: str) -> None:
    """Print what `PlainText` made of a recording on stdout: characters, tabs and line ends, nothing added."""
    click.echo(text.encode("utf-8", "replace"), nl=False)


def problem(sentence: str) -> None:
    """Print one line on stderr."""
    click.echo(f"smtui: {harmless(sentence)}", err=True)


def progress(text: str) -> None:
    """Replace the progress line of the terminal, cut to fit; an empty text removes it, where there is a terminal.

    A terminal that obeys no escapes gets none.
    """
    if os.environ.get("TERM") == "dumb" or (not text and not sys.stderr.isatty()):
        return
    columns = shutil.get_terminal_size().columns
    shown = harmless(text)
    if cell_width(shown) >= columns:
        shown = fit(shown, columns - 1)
    click.echo(f"{_ERASED}{shown}", err=True, nl=False)


def wrong_usage(wrong: click.ClickException) -> int:
    """Print click's message, which quotes what was typed, on stderr; returns the exit status."""
    said = io.StringIO()
    wrong.show(said)
    for text in harmless_lines(said.getvalue().rstrip("\n")):
        click.echo(text, err=True)
    return wrong.exit_code


def _masked(content: object) -> object:
    """Masks the secrets in every text and changes nothing else, because a program reads it."""
    if isinstance(content, str):
        return masked(content)
    if isinstance(content, dict):
        return {name: _masked(value) for name, value in content.items()}
    return [_masked(value) for value in content] if isinstance(content, list | tuple) else content


def refuse(found: FoundTarget, *, demo: bool = False) -> int:
    """Print why TARGET is not one node, and which nodes it could be; returns the exit status."""
    problem(found.trouble)
    for candidate in found.candidates:
        click.echo(f"  {harmless(candidate)}", err=True)
    if found.is_absent:
        problem(f"To see the nodes: smtui {'--demo ' if demo else ''}list")
    help_on(found.topic, demo=demo)
    return FAILED


def say_unseen(found: FoundTarget) -> None:
    """Print which places could not be searched: another node of that name may be there."""
    if found.unseen:
        problem(found.unseen)


def help_on(
    topic_id: str, node_id: str = "", place: Place | None = None, *, demo: bool = False, document: str = ""
) -> None:
    """Print the topic that helps, how to read it, and how to find the cause; nothing for an empty id.

    Without a node, the commands are about this machine only. The doctor is named if its checks can find the cause.
    """
    from smtui.domain.request import place_argv
    from smtui.domain.shellquote import offered_line
    from smtui.topics.causes import UNCHECKED

    if not topic_id:
        return
    smtui = ["smtui", *(["--demo"] if demo else [])]
    there = place_argv(place) if place else []
    reading = [*smtui, "topics", topic_id, *(["--target", node_id, *there] if node_id else [])]
    problem(_topic_sentence(topic_id, reading))
    if topic_id not in UNCHECKED:
        chosen = ["--document-name", document] if document else []
        doctor = [*smtui, "doctor", *([node_id, *chosen] if node_id else []), *there]
        problem(f"To find the cause and its fix: {offered_line(doctor)}")


def name_topics(faults: Iterable[Fault]) -> None:
    """Print the topics for what could not be read, each once."""
    from smtui.topics.failure_topics import of_fault

    for topic_id in dict.fromkeys(of_fault(fault).topic for fault in faults):
        name_topic(topic_id)


def name_topic(topic_id: str) -> None:
    """Print a topic's title and how to read it."""
    problem(_topic_sentence(topic_id, ["smtui", "topics", topic_id]))


def _topic_sentence(topic_id: str, reading: Sequence[str]) -> str:
    from smtui.domain.shellquote import offered_line
    from smtui.topics.library import topic

    return f"Topic: {topic(topic_id).title} ({topic_id}). To read it: {offered_line(reading)}"


def width() -> int:
    """The width for wrapped lines, in cells: the terminal's up to 120, or 100 in a file."""
    return min(shutil.get_terminal_size((_PAGE, 24)).columns, _WIDEST)


def unexpected(error: BaseException) -> int:
    """Print a bug of ours as its kind and message; the traceback goes to the log. Returns the exit status."""
    if isinstance(error, RuntimeError) and _NO_HOME.search(str(error)):
        problem("This user has no home folder. Set HOME to the absolute path of one, then try again.")
        return FAILED
    logging.getLogger().addHandler(logging.NullHandler())
    logging.getLogger("smtui").error("unexpected", exc_info=error)
    problem(f"something unexpected went wrong ({type(error).__name__}: {error_words(error)}).")
    problem("If it had started a session, run smtui list on a terminal: it finds sessions left open.")
    problem("Run the same command with --log-file FILE to keep the details for a report.")
    return FAILED
