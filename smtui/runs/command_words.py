"""Turns the words of a command into what a node's shell runs, by either way.

The agent splits the command of a NonInteractiveCommands session into words and executes them: no shell takes part.
So a shell is what it executes: `sh -c LINE`, and on Windows `powershell -EncodedCommand LINE`, which needs no quoting
at all. Not verified on a Windows node.
Sources: the SSM Agent's observed behaviour; about_PowerShell_exe; StartSession and SendCommand in the API reference.
"""

from __future__ import annotations

import shlex
from base64 import b64encode
from collections.abc import Sequence
from math import ceil

from smtui.domain.document import LONGEST_VALUE
from smtui.domain.shellquote import Shell, Unquotable, command_line

DOCUMENT = "AWS-StartNonInteractiveCommand"
COMMAND, SEPARATE = "command", "separateOutputStream"
"""The document's parameters."""
RUN_DOCUMENTS = {False: "AWS-RunShellScript", True: "AWS-RunPowerShellScript"}
"""The documents of Run Command, by whether the node runs Windows."""

_BOUNDED = 'timeout -k 1 9 true 2>/dev/null && exec timeout -k {grace} {seconds} sh -c "$0"; exec sh -c "$0"'
"""Runs the line in `$0`, below `timeout` where the node has it: that ends all that the line has started.

The agent itself interrupts and ends the first process alone, and leaves its children running.
"""
_GRACE_SECONDS = 5
"""On the node, behind the limit here: for when smtui is gone, or the way to the node."""
_POWERSHELL = ("powershell", "-NoProfile", "-NonInteractive", "-EncodedCommand")
_WITH_STATUS = "{line}\n$ok = $?\nif ($LASTEXITCODE) {{ exit $LASTEXITCODE }}\nif (-not $ok) {{ exit 1 }}"
"""PowerShell exits with 0 whatever the last program's status was, unless it is told otherwise."""


class NotACommand(ValueError):
    """The words cannot be run; the message is a sentence."""


def shell_line(words: Sequence[str], *, windows: bool) -> str:
    """Return the line for the node's shell: a single word as it is, several quoted each. Raises `NotACommand`."""
    if not any(word.strip() for word in words):
        raise NotACommand("There is no command to run.")
    if any("\0" in word for word in words):
        raise NotACommand("A command cannot hold a NUL character.")
    if len(words) == 1:
        return words[0]
    if not windows:
        return shlex.join(words)
    try:
        return command_line(words, Shell.POWERSHELL)
    except Unquotable as refused:
        raise NotACommand(f"The command cannot be quoted for PowerShell: {refused}.") from refused


def session_command(words: Sequence[str], *, windows: bool, seconds: float) -> str:
    """Return the value of the document's parameter `command`, which may run for so long. Raises `NotACommand`."""
    line = shell_line(words, windows=windows)
    if windows:
        encoded = b64encode(_WITH_STATUS.format(line=line).encode("utf-16-le")).decode()
        command = " ".join((*_POWERSHELL, encoded))
    else:
        bounded = _BOUNDED.format(grace=_GRACE_SECONDS, seconds=ceil(seconds) + _GRACE_SECONDS)
        command = shlex.join(("sh", "-c", bounded, line))
    if len(command) > LONGEST_VALUE:
        raise NotACommand(
            f"The command is too long: StartSession takes {LONGEST_VALUE:,} characters, this makes {len(command):,}. "
            "Copy it to the nodes as a file, and run that."
        )
    return command


def script_lines(words: Sequence[str], *, windows: bool) -> list[str]:
    """Return the lines of Run Command's parameter `commands`. Raises `NotACommand`."""
    line = shell_line(words, windows=windows)
    if len(line) > LONGEST_VALUE:
        raise NotACommand(
            f"The command is too long: Run Command takes {LONGEST_VALUE:,} characters, this has {len(line):,}. "
            "Copy it to the nodes as a file, and run that."
        )
    return line.split("\n")


def shown(words: Sequence[str]) -> str:
    """Return the command as the user would type it in a POSIX shell."""
    return words[0] if len(words) == 1 else shlex.join(words)
