"""Quote an argv for the shell that the user will paste it into."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from enum import StrEnum

_POWERSHELL_PLAIN = re.compile(r"[\w./:\\=+-]+", re.ASCII)
_CMD_PLAIN = re.compile(r"[\w./:\\=+-]+", re.ASCII)


class Shell(StrEnum):
    POSIX = "posix"
    POWERSHELL = "powershell"
    CMD = "cmd"


class Unquotable(ValueError):
    """The text holds a control character, which no paste into a shell survives unharmed."""


def join(argv: Sequence[str], shell: Shell) -> str:
    """One line that the shell splits into exactly this argv; raises `Unquotable` on control characters."""
    for word in argv:
        if any(ord(character) < 0x20 or ord(character) == 0x7F for character in word):
            raise Unquotable("a value holds a control character, so it is not made into a command line")
    quote = {Shell.POSIX: shlex.quote, Shell.POWERSHELL: _powershell, Shell.CMD: _cmd}[shell]
    return " ".join(quote(word) for word in argv)


def _powershell(word: str) -> str:
    """Single quotes are literal in PowerShell, but 5.1 and up to 7.2 drop inner double quotes of native commands."""
    if word and _POWERSHELL_PLAIN.fullmatch(word):
        return word
    inner = re.sub(r'(\\*)"', r"\1\1\\" + '"', word)
    inner = re.sub(r"(\\+)$", r"\1\1", inner) if " " in word else inner
    return "'" + inner.replace("'", "''") + "'"


def _cmd(word: str) -> str:
    """The C runtime's rules inside double quotes; cmd's own metacharacters are literal there, except `%`."""
    if word and _CMD_PLAIN.fullmatch(word):
        return word
    inner = re.sub(r'(\\*)"', r'\1\1\\"', word)
    inner = re.sub(r"(\\+)$", r"\1\1", inner)
    return '"' + inner.replace("%", '"^%"') + '"'
