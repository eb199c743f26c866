"""Answers a shell that completes a command line: works out what may follow, and prints it as that shell takes it.

The first line of an answer says what else the shell offers: `words` for nothing, `files` or `folders`; `open` after it
means that the words go on. Each other line is a word, for zsh and fish followed by a tab and what it means.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from smtui.cli.upkeep.known_commands import BEHIND, FLAG, FOREIGN, GROUP, Command, Parameter, read_commands, subcommands
from smtui.cli.upkeep.last_words import LastWords, Words
from smtui.cli.upkeep.typed_line import TypedLine, unquoted

VARIABLE = "_SMTUI_COMPLETE"
"""Names the shell that asks; the arguments are then what was typed, never a command."""


def answer(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Print what may follow; the exit status is 0, even if nothing is known."""
    shell = environment[VARIABLE]
    if shell == "bash" and len(arguments) == 3:
        lines = _for_bash(arguments[0], arguments[1], arguments[2], environment)
    elif shell in ("zsh", "fish") and arguments:
        *words, typed = arguments
        found = Completion(words, unquoted(typed) if shell == "fish" else typed, environment)
        lines = [found.head(), *(f"{word}\t{about}" for word, about in found.words)]
    else:
        lines = []
    sys.stdout.buffer.write(b"".join(os.fsencode(line) + b"\n" for line in lines))
    return 0


def _for_bash(line: str, breaks: str, hosts: str, environment: Mapping[str, str]) -> list[str]:
    typed = TypedLine(line, breaks, hosts)
    if not typed.words or not typed.can_complete:
        return ["words"]
    found = Completion(typed.words[1:], typed.current, environment)
    found.add_files()
    replacements = (typed.replacement(word, ends=not found.goes_on) for word, _ in found.words)
    return [found.head(), *filter(None, replacements)]


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder or ".")
    except OSError:
        return []


class Completion:
    """What may stand at the cursor: `words`, and what the shell itself knows."""

    def __init__(self, before: Sequence[str], typed: str, environment: Mapping[str, str]) -> None:
        self.words: Words = []
        self.goes_on = False
        """Whether something follows each word without a blank."""
        self._besides = "words"
        self._environment = environment
        self._commands = read_commands()
        self._typed = typed
        self._path = ""
        self._given: dict[str, list[str]] = {}
        self._arguments = 0
        self._ended = False
        """Whether `--` came: what follows is no option."""
        self._complete(self._read(before))

    def head(self) -> str:
        """Return the first line of the answer."""
        return f"{self._besides} open" if self.goes_on else self._besides

    def add_files(self) -> None:
        """Add files of this machine to words: bash offers its own only if there are none."""
        from smtui.store.node_words import is_word

        if self.words and self._besides == "files":
            folder, name = os.path.split(self._typed)
            paths = [os.path.join(folder, each) for each in sorted(_listed(folder)) if each.startswith(name)]
            self.words += [(f"{path}/" if os.path.isdir(path) else path, "") for path in paths if is_word(path)]

    @property
    def _command(self) -> Command:
        return self._commands[self._path]

    def _read(self, before: Sequence[str]) -> Parameter | None:
        """Read the words in front of the cursor; return the option whose value is at the cursor."""
        waiting: Parameter | None = None
        for word in before:
            if waiting is not None:
                self._give(waiting, word)
                waiting = None
            elif self._is_foreign or self._ended or word[:1] != "-" or word == "-":
                self._take_argument(word)
            elif word == "--":
                self._ended = True
            else:
                waiting = self._take_option(word)
        return waiting

    @property
    def _is_foreign(self) -> bool:
        how = self._command.how
        return (how == FOREIGN and self._arguments > 0) or (how == BEHIND and self._ended)

    def _take_option(self, word: str) -> Parameter | None:
        name, equals, value = word.partition("=")
        option = self._command.option(name)
        if option is None:
            return None
        if option.kind == FLAG or equals:
            self._give(option, value)
            return None
        return option

    def _give(self, option: Parameter, value: str) -> None:
        self._given.setdefault(option.names[0], []).append(value)

    def _take_argument(self, word: str) -> None:
        if self._command.how == GROUP and not self._ended and f"{self._path} {word}".strip() in self._commands:
            self._path = f"{self._path} {word}".strip()
        else:
            self._arguments += 1

    def _complete(self, waiting: Parameter | None) -> None:
        name, equals, value = self._typed.partition("=")
        if waiting is not None:
            self._offer(waiting.kind, self._typed)
        elif self._is_foreign:
            self._besides = "files"
        elif self._typed[:1] == "-" and equals and not self._ended:
            option = self._command.option(name)
            if option is not None and option.kind != FLAG:
                self._offer(option.kind, value, f"{name}=")
        elif self._typed[:1] == "-" and not self._ended:
            self._offer_options()
        elif self._command.how == GROUP:
            if not self._arguments:
                self.words = [
                    pair for pair in subcommands(self._commands, self._path) if pair[0].startswith(self._typed)
                ]
        else:
            self._offer_argument()

    def _offer_options(self) -> None:
        for option in self._command.options:
            if option.is_repeatable or option.names[0] not in self._given:
                self.words += [(name, option.about) for name in option.names if name.startswith(self._typed)]

    def _offer_argument(self) -> None:
        arguments = self._command.arguments
        if self._arguments < len(arguments):
            self._offer(arguments[self._arguments].kind, self._typed)
        elif arguments and any(argument.is_repeatable for argument in arguments):
            self._offer(arguments[-1].kind, self._typed)

    def _offer(self, kind: str, typed: str, before: str = "") -> None:
        if kind in ("file", "folder"):
            self._besides = f"{kind}s"
        elif kind == "copy":
            self._offer_copy(typed)
        elif kind == "login":
            user, at, name = typed.rpartition("@")
            self._find("node", name, before + user + at)
        else:
            self._find(kind, typed, before)

    def _offer_copy(self, typed: str) -> None:
        """One end of a copy: a file of this machine, or NODE:PATH. Nothing is known about PATH."""
        if ":" not in typed:
            self._besides = "files"
        if typed and typed[0] not in "./~" and ":" not in typed:
            self._find("node", typed, "")
            self.words = [(f"{word}:", about) for word, about in self.words if ":" not in word]
            self.goes_on = bool(self.words)

    def _find(self, kind: str, typed: str, before: str) -> None:
        values = self._given
        known = LastWords(
            self._environment, values.get("--profile", ()), values.get("--region", ()), demo="--demo" in values
        )
        self.words = [(f"{before}{word}", about) for word, about in known.of(kind, typed)]
