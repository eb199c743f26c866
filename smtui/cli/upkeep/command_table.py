"""Describes every subcommand as plain values, read from click, for completion, man pages and documentation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import click

from smtui.cli.upkeep.known_commands import BEHIND, FLAG, FOREIGN, GROUP, REPEATABLE

_KINDS = {
    "--profile": "profile",
    "--region": "region",
    "--filter": "filter",
    "--document-name": "document",
    "--document": "document",
    "--preset": "preset",
    "--target": "node",
    "--cwd": "text",
    "--record": "file",
    "--local-socket": "file",
    "target": "node",
    "targets": "node",
    "names": "node",
    "sources": "copy",
    "presets remove name": "preset",
    "ssh target": "login",
    "play file": "file",
    "plugin test path": "file",
    "plugin verify path": "file",
    "cp destination": "copy",
    "topics words": "topic",
}
"""What the value of an option or argument is, by its name or by its command and name; any other is free text."""
_TEXT = "text"


@dataclass(frozen=True, slots=True)
class Entry:
    """One option or argument, as `--help` shows it."""

    names: tuple[str, ...]
    """Options begin with `-`."""
    metavar: str
    """Empty for a flag."""
    about: str
    kind: str
    """Which words complete it: see `known_commands`."""


@dataclass(frozen=True, slots=True)
class Described:
    """One subcommand, or the program itself, whose path is empty."""

    path: tuple[str, ...]
    about: str
    """What it does, in one sentence."""
    text: tuple[str, ...]
    """The paragraphs of its help."""
    usage: str
    """What follows its name."""
    how: str
    options: tuple[Entry, ...]
    arguments: tuple[Entry, ...]
    subcommands: tuple[tuple[str, str], ...]
    """The names of its subcommands, each with what it does."""


def described() -> tuple[Described, ...]:
    """Return every subcommand in the order of a list, each group before what is in it; imports them all."""
    from smtui.cli.group import cli

    return tuple(_walk(cli, click.Context(cli, info_name="smtui", **cli.context_settings), ()))


def words_text(table: tuple[Described, ...]) -> str:
    """Return the table as `known_commands` reads it."""
    lines = []
    for command in table:
        lines.append(f"{' '.join(command.path)}\t{command.how}\t{command.about}")
        lines += [
            f"\t{','.join(entry.names)}\t{entry.kind}\t{entry.about}"
            for entry in (*command.options, *command.arguments)
        ]
    return "\n".join(lines) + "\n"


def _walk(command: click.Command, ctx: click.Context, path: tuple[str, ...]) -> Iterator[Described]:
    inner = _inner(command, ctx)
    entries = [(each, _entry(each, ctx, path)) for each in command.get_params(ctx) if not _is_hidden(each)]
    yield Described(
        path,
        _about(command),
        _paragraphs(command),
        " ".join(command.collect_usage_pieces(ctx)),
        _how(command),
        tuple(entry for each, entry in entries if isinstance(each, click.Option)),
        tuple(entry for each, entry in entries if isinstance(each, click.Argument)),
        tuple((name, _about(found)) for name, found in inner),
    )
    for name, found in inner:
        yield from _walk(found, click.Context(found, ctx, name), (*path, name))


def _inner(command: click.Command, ctx: click.Context) -> list[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        return []
    named = ((name, command.get_command(ctx, name)) for name in command.list_commands(ctx))
    return [(name, found) for name, found in named if found is not None]


def _paragraphs(command: click.Command) -> tuple[str, ...]:
    return tuple(" ".join(each.split()) for each in (command.help or "").split("\n\n"))


def _about(command: click.Command) -> str:
    return _paragraphs(command)[0].split(". ")[0].rstrip(".")


def _how(command: click.Command) -> str:
    if isinstance(command, click.Group):
        return GROUP
    if command.context_settings.get("ignore_unknown_options"):
        return FOREIGN
    return BEHIND if type(command).__name__ == "_CommandBehindDashes" else ""


def _is_hidden(parameter: click.Parameter) -> bool:
    return isinstance(parameter, click.Option) and parameter.hidden


def _entry(parameter: click.Parameter, ctx: click.Context, path: tuple[str, ...]) -> Entry:
    is_option = isinstance(parameter, click.Option)
    is_flag = isinstance(parameter, click.Option) and parameter.is_flag
    names = tuple(parameter.opts) if is_option else (parameter.name or "",)
    several = parameter.nargs == -1 or (isinstance(parameter, click.Option) and parameter.multiple)
    about = (parameter.help or "") if isinstance(parameter, click.Option) else ""
    return Entry(
        names,
        "" if is_flag else parameter.make_metavar(ctx),
        " ".join(about.split()),
        _kind(parameter, path, is_flag=is_flag) + (REPEATABLE if several else ""),
    )


def _kind(parameter: click.Parameter, path: tuple[str, ...], *, is_flag: bool) -> str:
    if is_flag:
        return FLAG
    if isinstance(parameter.type, click.Choice):
        return f"={'|'.join(map(str, parameter.type.choices))}"
    if isinstance(parameter.type, click.Path):
        return "file" if parameter.type.file_okay else "folder"
    name = parameter.opts[-1] if isinstance(parameter, click.Option) else parameter.name or ""
    return _KINDS.get(" ".join([*path, name]), _KINDS.get(name, _TEXT))
