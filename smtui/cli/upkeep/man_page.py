"""Writes the manual page of a subcommand from what click knows of it, and from the examples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smtui.cli.upkeep.command_table import Described, Entry
from smtui.cli.upkeep.examples import EXAMPLES

EXIT_STATUSES = (
    ("0", "done"),
    ("1", "failed; for doctor, a session cannot start"),
    ("2", "wrong usage"),
    ("3", "done, but something could not be seen"),
)
_OWN_STATUS = ("connect", "run", "ssh", "ssh-proxy")
"""Commands that exit with the status of what they ran."""


def page_name(path: Sequence[str]) -> str:
    """Return the name of a command's page: `smtui-sessions-log`."""
    return "-".join(["smtui", *path])


def man_page(command: Described) -> str:
    """Return the page as roff."""
    title = page_name(command.path)
    name = " ".join(["smtui", *command.path])
    lines = [
        f'.TH "{_text(title.upper())}" "1" "" "smtui" "smtui"',
        ".SH NAME",
        f"{_text(title)} \\- {_text(command.about[:1].lower() + command.about[1:])}",
        ".SH SYNOPSIS",
        f".B {_text(name)}",
        _text(command.usage),
        ".SH DESCRIPTION",
        *_paragraphs(command.text),
        *_entries("COMMANDS", _below(command)),
        *_entries("OPTIONS", command.options),
        *_examples(" ".join(command.path)),
        ".SH EXIT STATUS",
        *_statuses(command.path),
        ".SH SEE ALSO",
        _text(_see_also(command)),
    ]
    return "\n".join(lines) + "\n"


def _paragraphs(paragraphs: Sequence[str]) -> Iterator[str]:
    for number, paragraph in enumerate(paragraphs):
        if number:
            yield ".PP"
        yield _text(paragraph)


def _below(command: Described) -> list[Entry]:
    """The subcommands of a group, as entries without a value."""
    return [Entry((name,), "", about, "") for name, about in command.subcommands]


def _entries(title: str, entries: Sequence[Entry]) -> Iterator[str]:
    if entries:
        yield f".SH {title}"
    for entry in entries:
        yield ".TP"
        yield f".B {_text(', '.join(entry.names))}{f' {_text(entry.metavar)}' if entry.metavar else ''}"
        yield _text(entry.about)


def _examples(path: str) -> Iterator[str]:
    examples = EXAMPLES.get(path, ())
    if examples:
        yield ".SH EXAMPLES"
    for example in examples:
        yield ".PP"
        yield f"{_text(example.does)}:"
        yield ".PP"
        yield ".nf"
        yield f".RS\n{_text(example.command)}\n.RE"
        yield ".fi"


def _statuses(path: Sequence[str]) -> Iterator[str]:
    for status, means in EXIT_STATUSES:
        yield ".TP"
        yield f".B {status}"
        yield _text(means)
    if path and path[0] in _OWN_STATUS:
        yield ".PP"
        yield "A command or session that ended by itself gives its own status."


def _see_also(command: Described) -> str:
    below = [f"{page_name([*command.path, name])}(1)" for name, _ in command.subcommands]
    above = [f"{page_name(command.path[:-1])}(1)"] if command.path else []
    return ", ".join([*above, *below])


def _text(text: str) -> str:
    """Return a text of which roff obeys nothing, and whose hyphens can be copied."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace('"', "\\(dq")
    escaped = escaped.replace("^", "\\(ha").replace("~", "\\(ti").replace("`", "\\(ga").replace("…", "...")
    return f"\\&{escaped}" if escaped[:1] in (".", "\\") and not escaped.startswith("\\-") else escaped
