"""Reads the words after TARGET as ssh itself does: its options first, then the remote command.

Source: the option string of OpenSSH's ssh.c (9.9) and ssh(1).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_WITH_VALUE = frozenset("bceilmopBDEFIJLOPQRSwW")
_NO_LOGIN = frozenset("GOQV")
"""With one of these ssh answers without logging in."""
_CONFIGURED = re.compile(r"(?i)\s*(user|identityfile)\s*[\s=]\s*(.*)")
_USER = re.compile(r"([A-Za-z0-9_][A-Za-z0-9_.\\-]*\$?)@(.+)", re.DOTALL)
OURS_WITH_VALUE = frozenset({"--profile", "--region", "--filter", "--log-file", "--through", "--max-duration"})
OURS = OURS_WITH_VALUE | {"--demo", "--read-only", "--help", "--push-key"}
"""Options of smtui, which stand among ssh's: ssh has no long ones."""


@dataclass(frozen=True, slots=True)
class SshWords:
    """What stands after TARGET."""

    options: tuple[str, ...] = ()
    """For ssh, as they were given."""
    command: tuple[str, ...] = ()
    """For the node; empty for a shell."""
    ours: tuple[str, ...] = ()
    """For smtui."""
    user: str = ""
    """The user that the options name; the first one counts, as for ssh."""
    key: str = ""
    """The first key that they name."""
    logs_in: bool = True
    """Whether ssh logs in with these options, rather than print its version or configuration."""

    @property
    def all(self) -> tuple[str, ...]:
        """Return the words for ssh. `--` keeps a command from being read as options."""
        return (*self.options, "--", *self.command) if self.command else self.options


def read_words(words: Sequence[str]) -> SshWords:
    """Split the words as ssh would."""
    options: list[str] = []
    ours: list[str] = []
    values: list[tuple[str, str]] = []
    logs_in = True
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if word == "--":
            break
        name = word.partition("=")[0]
        if name in OURS:
            takes_next = name in OURS_WITH_VALUE and word == name
            ours += words[at - 1 : at + takes_next]
            at += takes_next
        elif len(word) > 1 and word[0] == "-":
            letter, value = _with_value(word)
            logs_in = logs_in and not _NO_LOGIN.intersection(word.removesuffix(value))
            takes_next = bool(letter) and not value
            options += words[at - 1 : at + takes_next]
            if letter:
                values.append((letter, value or "".join(words[at : at + 1])))
            at += takes_next
        else:
            at -= 1
            break
    user, key = _named(values, "l", "user"), _named(values, "i", "identityfile")
    return SshWords(tuple(options), tuple(words[at:]), tuple(ours), user, key, logs_in)


def user_and_target(typed: str) -> tuple[str, str]:
    """Split `ec2-user@web-1`; the user is empty if there is none."""
    found = _USER.fullmatch(typed)
    return (found[1], found[2]) if found else ("", typed)


def _with_value(word: str) -> tuple[str, str]:
    """Return the letter in a word of options that takes a value, and the rest of the word; empty if there is none."""
    for at, letter in enumerate(word[1:], 1):
        if letter in _WITH_VALUE:
            return letter, word[at + 1 :]
    return "", ""


def _named(values: Sequence[tuple[str, str]], letter: str, keyword: str) -> str:
    for given, value in values:
        if given == letter:
            return value
        configured = _CONFIGURED.fullmatch(value) if given == "o" else None
        if configured and configured[1].lower() == keyword:
            return configured[2].strip().strip('"')
    return ""
