"""Keeps the user and key of each node for ssh, in a file that only its owner can read. It holds no key, only paths."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from smtui.ssh.ssh_login import LONGEST_KEY, LONGEST_USER, SshLogin, key_complaint, user_complaint
from smtui.store.file_access import Tell, WrongShape, field, no_one, table, text
from smtui.store.kept_file import Form, KeptFile, small_table

FILE_NAME = "ssh.json"
MOST_LOGINS = 5000
MOST_BYTES = 32 << 20

_Logins = dict[str, SshLogin]
"""By node id, in the order of their use."""

log = logging.getLogger(__name__)


class SshLoginFile:
    """One file, by node id. Reading and writing block and never raise."""

    def __init__(self, folder: Path, tell: Tell = no_one) -> None:
        form = Form(_none, _stored, _restored, MOST_BYTES, "Users and keys for ssh are not known any more")
        self._file = KeptFile(folder / FILE_NAME, form, tell)

    def login(self, node_id: str) -> SshLogin:
        """Return what was kept for the node; an empty login if nothing was."""
        return self._file.load().get(node_id, SshLogin())

    def remember(self, node_id: str, login: SshLogin) -> None:
        """Keep it for the node; the node that was used longest ago makes room."""

        def with_login(known: _Logins) -> _Logins:
            others = [(each, one) for each, one in known.items() if each != node_id]
            return dict([*others, (node_id, login)][-MOST_LOGINS:])

        try:
            self._file.change(with_login)
        except OSError as error:
            log.warning("the user and key for ssh cannot be saved: %s", error)


def _none() -> _Logins:
    return {}


def _stored(logins: _Logins) -> dict[str, Any]:
    return {"logins": {node_id: {"user": login.user, "key": login.key} for node_id, login in logins.items()}}


def _restored(stored: dict[str, Any]) -> _Logins:
    """Raises `WrongShape`."""
    logins = field(stored, "logins", small_table(MOST_LOGINS))
    return {text(node_id): _login(value) for node_id, value in logins.items()}


def _login(value: Any) -> SshLogin:
    login = SshLogin(field(table(value), "user", text), field(value, "key", text))
    if len(login.user) > LONGEST_USER or len(login.key) > LONGEST_KEY:
        raise WrongShape("is too long", "login")
    if wrong := user_complaint(login.user) or key_complaint(login.key):
        raise WrongShape(f"cannot be used: {wrong}", "login")
    return login
