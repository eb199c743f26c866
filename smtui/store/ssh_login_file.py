"""Keeps the user and key of each node for ssh, in a file that only its owner can read. It holds no key, only paths."""

from __future__ import annotations

import json
import logging
import threading
from pathlib import Path
from typing import Any

from smtui.ssh.ssh_login import LONGEST_KEY, LONGEST_USER, SshLogin, key_complaint, user_complaint
from smtui.store.file_access import (
    Tell,
    UnusableFile,
    WrongShape,
    field,
    no_one,
    read_json,
    replace_text,
    table,
    text,
    understanding,
)

FORMAT = 1
FILE_NAME = "ssh.json"
MOST_LOGINS = 5000
MOST_BYTES = 32 << 20

log = logging.getLogger(__name__)


class SshLoginFile:
    """One file, by node id. Reading and writing block and never raise."""

    def __init__(self, folder: Path, tell: Tell = no_one) -> None:
        self._path = folder / FILE_NAME
        self._tell = tell
        self._writing = threading.Lock()

    def login(self, node_id: str) -> SshLogin:
        """Return what was kept for the node; an empty login if nothing was."""
        return self._load().get(node_id, SshLogin())

    def remember(self, node_id: str, login: SshLogin) -> None:
        """Keep it for the node; the node that was used longest ago makes room."""
        with self._writing:
            known = self._load()
            if known.get(node_id) == login and next(reversed(known)) == node_id:
                return
            known.pop(node_id, None)
            known[node_id] = login
            kept = dict(list(known.items())[-MOST_LOGINS:])
            stored = {each: {"user": one.user, "key": one.key} for each, one in kept.items()}
            try:
                replace_text(self._path, json.dumps({"format": FORMAT, "logins": stored}))
            except OSError as error:
                log.warning("the user and key for ssh cannot be saved: %s", error)

    def _load(self) -> dict[str, SshLogin]:
        """In the order of their use. A file that cannot be used counts as empty, is renamed, and is reported."""
        try:
            stored = read_json(self._path, MOST_BYTES)
            if stored is None or stored.get("format") != FORMAT:
                return {}
            with understanding(self._path):
                logins = field(stored, "logins", table)
                if len(logins) > MOST_LOGINS:
                    raise WrongShape(f"has more than {MOST_LOGINS} entries", "logins")
                return {text(node_id): _login(value) for node_id, value in logins.items()}
        except UnusableFile as unusable:
            self._tell(f"Users and keys for ssh are not known any more: {unusable.set_aside()}")
            return {}


def _login(value: Any) -> SshLogin:
    login = SshLogin(field(table(value), "user", text), field(value, "key", text))
    if len(login.user) > LONGEST_USER or len(login.key) > LONGEST_KEY:
        raise WrongShape("is too long", "login")
    if wrong := user_complaint(login.user) or key_complaint(login.key):
        raise WrongShape(f"cannot be used: {wrong}", "login")
    return login
