"""Knows which words the command line has: subcommands, options and arguments, with the kind of their values.

They are read from a file that is made from the command line itself (`command_table`), because importing every
subcommand would take longer than a completion may. A test fails if the file is stale.
"""

from __future__ import annotations

import os

FILE_NAME = "known_commands.txt"
FLAG = "-"
"""The kind of an option without a value."""
REPEATABLE = "*"
"""Follows the kind of what may be given several times."""
GROUP, FOREIGN, BEHIND = "group", "foreign", "behind"
"""How a command reads its words: it has subcommands; or another program's words follow its first argument, or `--`."""


class Parameter:
    """One option or argument."""

    def __init__(self, names: tuple[str, ...], kind: str, about: str) -> None:
        self.names = names
        self.kind = kind.removesuffix(REPEATABLE)
        self.is_repeatable = kind.endswith(REPEATABLE)
        self.about = about


class Command:
    """What may follow one subcommand."""

    def __init__(self, how: str, about: str) -> None:
        self.how = how
        self.about = about
        self.options: list[Parameter] = []
        self.arguments: list[Parameter] = []

    def option(self, name: str) -> Parameter | None:
        """Return the option of that name."""
        return next((option for option in self.options if name in option.names), None)


def read_commands(text: str = "") -> dict[str, Command]:
    """Return every command by its words, the program itself by an empty text."""
    commands: dict[str, Command] = {}
    command = Command("", "")
    for line in (text or _file()).splitlines():
        name, *cells = line.split("\t")
        if name != "" or len(cells) == 2:
            command = commands[name] = Command(cells[0], cells[1])
            continue
        names = tuple(cells[0].split(","))
        parameter = Parameter(names, cells[1], cells[2])
        (command.options if names[0][0] == "-" else command.arguments).append(parameter)
    return commands


def subcommands(commands: dict[str, Command], path: str) -> list[tuple[str, str]]:
    """Return the subcommands of a group, each with what it does."""
    before = f"{path} " if path else ""
    found = [(name[len(before) :], command.about) for name, command in commands.items() if name.startswith(before)]
    return [(name, about) for name, about in found if name and " " not in name]


def _file() -> str:
    with open(os.path.join(os.path.dirname(__file__), FILE_NAME), encoding="utf-8") as file:
        return file.read()
