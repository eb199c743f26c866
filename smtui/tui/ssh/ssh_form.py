"""Works out what the form for ssh shows: its fields, what is wrong in them, and the command that does the same."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from smtui.domain.request import place_argv
from smtui.domain.shellquote import Shell, command_line
from smtui.ssh.ssh_login import SshLogin, key_complaint, user_complaint, usual_user

if TYPE_CHECKING:
    from smtui.domain.node import Node

USER, KEY = "user", "key"


def first_user(node: Node, login: SshLogin) -> str:
    """Return what the field of the user holds at first: who got in the last time, or who the image usually has."""
    return login.user or usual_user(node.platform)


def login_of(texts: Mapping[str, str]) -> SshLogin:
    """Return what is typed."""
    return SshLogin(texts.get(USER, "").strip(), texts.get(KEY, "").strip())


def complaints(login: SshLogin) -> dict[str, str]:
    """Return what is wrong while typing, by field."""
    found = {USER: user_complaint(login.user), KEY: key_complaint(login.key)}
    return {name: sentence for name, sentence in found.items() if sentence}


def missing_key(login: SshLogin) -> str:
    """Return a sentence if the key's file cannot be found; looks at the disk."""
    try:
        is_there = not login.key or Path(login.key).expanduser().is_file()
    except (OSError, RuntimeError, ValueError):
        is_there = False
    return "" if is_there else "There is no such file."


def same_command(node: Node, login: SshLogin, shell: Shell) -> str:
    """Return the `smtui ssh` that does the same; raises `Unquotable`."""
    target = f"{login.user}@{node.node_id}" if login.user else node.node_id
    key = ["-i", login.key] if login.key else []
    return command_line(["smtui", "ssh", *place_argv(node.place), target, *key], shell)
