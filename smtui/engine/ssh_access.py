"""Prepares ssh to a node: who logs in with which key, and the command, for the screen and the command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from smtui.domain.version import AgentAbility
from smtui.ssh.ssh_command import USUAL_MEANS, SshCommand, SshMeans, SshSurroundings, ssh_command
from smtui.ssh.ssh_words import SshWords

if TYPE_CHECKING:
    from smtui.domain.place import Place
    from smtui.domain.version import Version
    from smtui.engine.offloop import OffLoop
    from smtui.engine.protocols import SshLogins
    from smtui.ssh.ssh_login import SshLogin

FAILED = 255
"""The exit status of ssh where ssh itself failed; any other one is the remote command's."""


class SshNotPossible(Exception):
    """ssh cannot be run here; the message is a sentence for the user."""


class SshAccess:
    """What ssh needs to reach the nodes."""

    def __init__(
        self, off_loop: OffLoop, logins: SshLogins, surroundings: Callable[[], SshSurroundings] = SshSurroundings
    ) -> None:
        """`surroundings` may block and raise `SshNotPossible`."""
        self._off_loop = off_loop
        self._logins = logins
        self._surroundings = surroundings

    async def login(self, node_id: str) -> SshLogin:
        """Return the user and key that got into the node the last time; an empty login if none did."""
        return await self._off_loop.call(lambda: self._logins.login(node_id))

    async def remember(self, node_id: str, login: SshLogin) -> None:
        """Keep the user and key for the next time."""
        await self._off_loop.change(
            lambda: self._logins.remember(node_id, login), f"keeping the ssh login of {node_id}"
        )

    async def command(
        self,
        node_id: str,
        place: Place,
        login: SshLogin,
        words: SshWords | None = None,
        means: SshMeans = USUAL_MEANS,
    ) -> SshCommand:
        """Return what runs ssh to the node; raises `SshNotPossible` and `Unquotable`."""
        surroundings = await self._off_loop.call(self._surroundings)
        return ssh_command(own_program(), node_id, place, login, words or SshWords(), surroundings, means)


def own_program() -> tuple[str, ...]:
    """Return what starts this smtui from anywhere."""
    # As one file, smtui runs from a cache that the next version replaces: pex names the file itself in PEX.
    for started in (Path(os.environ.get("PEX", "")), Path(sys.argv[0])):
        if started.stem == "smtui" and started.is_file():
            return (str(started.absolute()),)
    beside = Path(sys.executable).with_name("smtui.exe" if sys.platform == "win32" else "smtui")
    if beside.is_file():
        return (str(beside),)
    return (sys.executable, "-P", "-c", "from smtui.cli import main; main()")


def too_old(label: str, agent: Version | None) -> str:
    """Return a sentence if the node's agent cannot carry ssh; empty if it can, or its version is not known."""
    needed = AgentAbility.PORT_FORWARDING.minimum
    if agent is None or agent >= needed:
        return ""
    return f"SSH needs SSM Agent {needed} or later; {label} has {agent}."
