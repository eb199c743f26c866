"""Starts a shell as another user, with another program or in another folder, for one session.

The account's preferences cannot do that: they are the same for every session. So the session runs AWS's document for
one interactive command, and the command becomes the shell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from smtui.domain.settings.setting_table import DEFAULT_DOCUMENT, SHELL
from smtui.domain.shellquote import Shell, join

if TYPE_CHECKING:
    from smtui.domain.node import Node
    from smtui.domain.request import SessionRequest
    from smtui.domain.settings.settings_values import Settings

INTERACTIVE = "AWS-StartInteractiveCommand"
NEEDS_IT = (
    f"--user, --shell and --cwd need the document {INTERACTIVE}. Without them the session has the shell that the "
    "account's preferences choose; run-as there is the same for all sessions."
)
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,63}\$?")
_PROGRAM = re.compile(r"/?[A-Za-z0-9_.+][A-Za-z0-9_.+/-]*")
_LOGIN_SHELL = '"${SHELL:-/bin/sh}"'


@dataclass(frozen=True, slots=True)
class ShellChoice:
    """What the user wants of the shell; an empty text leaves it to the account."""

    user: str = ""
    shell: str = ""
    """A program, by name or path."""
    cwd: str = ""
    """A folder of the node: absolute, or `~` and what is below it."""

    @property
    def is_made(self) -> bool:
        """Whether anything is wanted."""
        return bool(self.user or self.shell or self.cwd)

    def complaints(self) -> Iterator[tuple[str, str]]:
        """Yield the name of each field that cannot be used, with a sentence that says why."""
        if self.user and not _USER.fullmatch(self.user):
            yield "user", f"{self.user!r} is not a user name."
        if self.shell and not _PROGRAM.fullmatch(self.shell):
            yield "shell", f"{self.shell!r} is not a shell: give a name or a path without arguments, such as /bin/zsh."
        if self.cwd and not self.cwd.isprintable():
            yield "cwd", "A folder whose name holds a control character cannot be given."
        elif self.cwd and not (self.cwd.startswith(("/", "~/")) or self.cwd == "~"):
            yield "cwd", f"{self.cwd!r} is not absolute: give a folder of the node that begins with / or ~/."

    def objections(self, document_name: str) -> list[str]:
        """Return all of them, and one if a document was asked for, too."""
        both = f"--document-name and --user, --shell or --cwd exclude each other: these run {INTERACTIVE}."
        return [*([both] if document_name else []), *(sentence for _, sentence in self.complaints())]

    def refusal(self, platform_type: str) -> str:
        """Return why a node of this kind of system cannot have such a shell; empty if it can, or may."""
        if not self.is_made or platform_type != "Windows":
            return ""
        return "The node runs Windows, where --user, --shell and --cwd do not work: its sessions are PowerShell's."

    def command(self) -> str:
        """Return the command line that becomes the shell, for the node's `sh`."""
        inner = f"exec {self.shell or _LOGIN_SHELL} -l"
        if self.cwd:
            inner = f"cd -- {_folder(self.cwd)} && {inner}"
        if not self.user:
            return inner
        if not self.shell and not self.cwd:
            return f"exec sudo -u {self.user} -i"
        # Not -i: sudo would let the user's login shell expand every $ in the command.
        return f"exec sudo -u {self.user} -H -- sh -c {join([inner], Shell.POSIX)}"


def wanted_shell(settings: Settings, request: SessionRequest, platform_type: str) -> SessionRequest:
    """Return the request for a shell as the settings want it: with `shell`, else by `default_document`.

    What smtui runs on Windows nodes is not for a choice; a shell that cannot be named so is a mistake of the settings.
    """
    choice = ShellChoice(shell=settings[SHELL])
    if choice.is_made and not any(choice.complaints()) and not choice.refusal(platform_type):
        return replace(request, document_name=INTERACTIVE, parameters={"command": (choice.command(),)})
    return replace(request, document_name=settings[DEFAULT_DOCUMENT])


def platform_of(node: Node | None) -> str:
    """Return `Windows`, `Linux` or `MacOS` as Systems Manager reports it; empty if that is not known."""
    return node.ssm.platform_type if node is not None and node.ssm is not None else ""


def _folder(path: str) -> str:
    home, _, below = path.partition("/")
    if home != "~":
        return join([path], Shell.POSIX)
    return '"$HOME"' + (f"/{join([below], Shell.POSIX)}" if below else "")
