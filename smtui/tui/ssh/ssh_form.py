"""Works out what the form for ssh shows: its fields, what is wrong in them, and the command that does the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from smtui.domain.request import place_argv
from smtui.domain.shellquote import Shell, command_line
from smtui.ssh.ephemeral_key import user_complaint as pushed_user_complaint
from smtui.ssh.ssh_login import SshLogin, key_complaint, user_complaint, usual_user

if TYPE_CHECKING:
    from smtui.domain.node import Node
    from smtui.ssh.endpoint_choice import EndpointWay

USER, KEY, THROUGH = "user", "key", "through"
PUSH = "push"
"""What stands in place of a key's path for a new one that is pushed."""
SESSION, ENDPOINT = "session", "endpoint"
_PUSHED = "EC2 Instance Connect gives the node a new key, which gets this user in within a minute."
_WAYS = "session, or endpoint (EC2 Instance Connect)"


@dataclass(frozen=True, slots=True)
class SshAnswer:
    """What the form was left with."""

    login: SshLogin
    """Who logs in; without a key where one is pushed."""
    pushes_key: bool = False
    through: str = SESSION

    @property
    def through_endpoint(self) -> bool:
        """Whether ssh is to go through an EC2 Instance Connect Endpoint."""
        return self.through == ENDPOINT


def first_user(node: Node, login: SshLogin) -> str:
    """Return what the field of the user holds at first: who got in the last time, or who the image usually has."""
    return login.user or usual_user(node.platform)


def answer_of(texts: Mapping[str, str]) -> SshAnswer:
    """Return what is typed."""
    login = SshLogin(texts.get(USER, "").strip(), texts.get(KEY, "").strip())
    through = texts.get(THROUGH, "").strip() or SESSION
    if login.key == PUSH:
        return SshAnswer(replace(login, key=""), True, through)
    return SshAnswer(login, False, through)


def first_key(answer: SshAnswer) -> str:
    """Return what the field of the key holds at first."""
    return PUSH if answer.pushes_key else answer.login.key


def complaints(answer: SshAnswer) -> dict[str, str]:
    """Return what is wrong while typing, by field."""
    user, key = answer.login.user, answer.login.key
    found = {
        USER: user_complaint(user) or (pushed_user_complaint(user) if answer.pushes_key else ""),
        KEY: key_complaint(key),
        THROUGH: "" if answer.through in (SESSION, ENDPOINT) else "Either session or endpoint.",
    }
    return {name: sentence for name, sentence in found.items() if sentence}


def key_note(answer: SshAnswer) -> str:
    """Return what the key means, where that is not plain."""
    return _PUSHED if answer.pushes_key else ""


def way_note(node: Node, way: EndpointWay | None) -> str:
    """Return what the ways are; `way` is the one that is left where Systems Manager cannot reach the node."""
    if way is None:
        return _WAYS
    name, endpoint = node.name or node.node_id, way.endpoint.endpoint_id
    return (
        f"Systems Manager cannot reach {name}. The EC2 Instance Connect Endpoint {endpoint} can, for an hour at most."
    )


def missing_key(login: SshLogin) -> str:
    """Return a sentence if the key's file cannot be found; looks at the disk."""
    try:
        is_there = not login.key or Path(login.key).expanduser().is_file()
    except (OSError, RuntimeError, ValueError):
        is_there = False
    return "" if is_there else "There is no such file."


def same_command(node: Node, answer: SshAnswer, shell: Shell) -> str:
    """Return the `smtui ssh` that does the same; raises `Unquotable`."""
    login = answer.login
    target = f"{login.user}@{node.node_id}" if login.user else node.node_id
    means = [
        *(["--through", ENDPOINT] if answer.through_endpoint else []),
        *(["--push-key"] if answer.pushes_key else []),
    ]
    key = ["-i", login.key] if login.key else []
    return command_line(["smtui", "ssh", *means, *place_argv(node.place), target, *key], shell)
