"""Quotes an argv for the shell that the user will paste it into, or refuses what that shell cannot take safely.

Strangers choose some values (a Name, a document's default), so every shell must read the line as exactly this argv.
Sources: the POSIX shell language, fish's and zsh's manuals; PowerShell's tokenizer and about_Quoting_Rules; the
parsing rules of cmd.exe and of the Microsoft C run time's command line.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

from smtui.domain.text import hidden_in


class Shell(StrEnum):
    """The shells that lines are quoted for."""

    POSIX = "posix"
    """sh, dash, bash, ksh, zsh; fish too."""
    POWERSHELL = "powershell"
    """Windows PowerShell 5.1, which every Windows has."""
    PWSH = "pwsh"
    """PowerShell 7.3 and later, which passes quotation marks on correctly."""
    CMD = "cmd"


class Unquotable(ValueError):
    """The text cannot be quoted safely for this shell; the message says why, without a full stop."""


def join(words: Sequence[str], shell: Shell) -> str:
    """Quote words of a command for the shell; raises `Unquotable`. Use `command_line` for a whole command."""
    for word in words:
        hidden = hidden_in(word)
        if hidden:
            raise Unquotable(
                f"a value holds a control character (U+{ord(hidden):04X}), so it is not made into a command line"
            )
    return " ".join(_QUOTERS[shell](word) for word in words)


def command_line(argv: Sequence[str], shell: Shell) -> str:
    """Return one line that the shell runs as exactly this argv; raises `Unquotable`."""
    line = join(argv, shell)
    is_powershell = shell in (Shell.POWERSHELL, Shell.PWSH)
    # PowerShell prints a string where it expects a command.
    return f"& {line}" if is_powershell and argv and not _POWERSHELL_COMMAND.fullmatch(argv[0]) else line


def offered_line(argv: Sequence[str], shell: Shell | None = None) -> str:
    """Return a command's line for a sentence, for this machine's shell by default; or in brackets why there is none."""
    try:
        return command_line(argv, shell or HERE)
    except Unquotable as unquotable:
        return f"({unquotable})"


def shell_of_windows(environ: Mapping[str, str]) -> Shell:
    """Guess from the environment which Windows shell started this program."""
    if "PROMPT" in environ:
        return Shell.CMD  # cmd sets it, PowerShell does not
    modules = environ.get("PSModulePath", "").lower()
    is_seven = r"\powershell\7" in modules or r"\documents\powershell\modules" in modules
    return Shell.PWSH if is_seven else Shell.POWERSHELL


HERE = shell_of_windows(os.environ) if os.name == "nt" else Shell.POSIX
"""The shell of this machine that a line is most likely pasted into."""

_POSIX_PLAIN = re.compile(r"[A-Za-z0-9_./:@+,-][A-Za-z0-9_./:@+,=-]*")
"""zsh replaces a leading = with a program's path, and fish a leading % with a process."""
_POSIX_RUNS = re.compile(r"(['\\])")


def _posix(word: str) -> str:
    """Use single quotes, where an interactive shell ignores !; backslashes go outside, since fish obeys them inside."""
    if _POSIX_PLAIN.fullmatch(word):
        return word
    pieces = [piece for piece in _POSIX_RUNS.split(word) if piece]
    return "".join(f"\\{piece}" if piece in "'\\" else f"'{piece}'" for piece in pieces) or "''"


_POWERSHELL_COMMAND = re.compile(r"[A-Za-z_][A-Za-z0-9_.\\:/+-]*|\.{1,2}\\[A-Za-z0-9_./\\-]+")
_POWERSHELL_PLAIN = re.compile(
    r"[A-Za-z_/][A-Za-z0-9_./:\\=+-]*"
    r"|\.{1,2}\\[A-Za-z0-9_./\\-]+"
    r"|--[A-Za-z][A-Za-z0-9-]*"
    r"|-[A-Za-z]+"
    r"|0|[1-9][0-9]{0,8}"
)
"""Anything else could be a number, a parameter that is cut at a dot, or an operator."""
_SINGLE_QUOTES = re.compile("['\N{LEFT SINGLE QUOTATION MARK}-\N{SINGLE HIGH-REVERSED-9 QUOTATION MARK}]")
"""Each of them ends a string that any of them began."""


def _pwsh(word: str) -> str:
    return word if _POWERSHELL_PLAIN.fullmatch(word) else "'" + _SINGLE_QUOTES.sub(r"\g<0>\g<0>", word) + "'"


def _powershell(word: str) -> str:
    """5.1 passes a string on unchanged, in quotation marks if it holds a blank, and drops an empty one."""
    if not word:
        return "'\"\"'"
    inner = _in_c_run_time(word)
    if any(character.isspace() for character in word):
        inner += _trailing_backslashes(word)
    return _pwsh(inner)


_CMD_PLAIN = re.compile(r"[A-Za-z0-9_./:\\+-]+")
_CMD_OBEYS = re.compile(r"[&|<>^%]")


def _cmd(word: str) -> str:
    """In quotation marks cmd.exe obeys only % and !; the next mark ends that, even an escaped one."""
    if _CMD_PLAIN.fullmatch(word):
        return word
    if "!" in word:
        raise Unquotable("a value holds an exclamation mark, which cmd.exe may take for a variable's")
    marks = word.count('"')
    if marks % 2 or (marks and _CMD_OBEYS.search(word)):
        raise Unquotable('a value holds a " that would make cmd.exe obey what follows it')
    inner = _in_c_run_time(word) + _trailing_backslashes(word)
    # Outside the marks, so that the caret is removed; the variable's name would begin with a mark, which none does.
    # Backslashes before a quotation mark are doubled, also before these marks.
    return '"' + re.sub(r"(\\*)%", r'\1\1"^%"', inner) + '"'


def _in_c_run_time(word: str) -> str:
    """Escape every quotation mark, and the backslashes before it, for the C run-time library's command line."""
    return re.sub(r'(\\*)"', r'\1\1\\"', word)


def _trailing_backslashes(word: str) -> str:
    """Return as many backslashes as the word ends in: a quotation mark follows."""
    return "\\" * (len(word) - len(word.rstrip("\\")))


_QUOTERS = {Shell.POSIX: _posix, Shell.POWERSHELL: _powershell, Shell.PWSH: _pwsh, Shell.CMD: _cmd}
