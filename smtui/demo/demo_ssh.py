"""Lets ssh into the demo's nodes with a key of the demo's own, and keeps it off all that is the user's."""

from __future__ import annotations

import contextlib
import getpass
import os
from typing import TYPE_CHECKING, Any

from smtui.demo.far_end.node_sshd import KEY, KNOWN_HOSTS, make_ssh_folder
from smtui.ssh.ssh_command import SshSurroundings
from smtui.ssh.ssh_login import SshLogin

if TYPE_CHECKING:
    from pathlib import Path

    from smtui.demo.region_process import DemoRegionChild


_MARK = "SMTUI_STATE_DIR"
"""Holds the demo's folder in the environment of ssh and of what it starts."""
_LAST_STEPS_SECONDS = 3.0


def surroundings(region: DemoRegionChild, scratch: Path) -> SshSurroundings | None:
    """What ssh needs for the demo's nodes; None where no sshd is installed, so that no node has one. Blocks."""
    if not make_ssh_folder(region.ssh_folder):
        return None
    folder = str(scratch)
    # smtui takes an empty variable for none; ssh itself does not go by HOME, but its ProxyCommand finds tokens there.
    users = {name: "" for name in os.environ if name.upper().startswith("AWS_")}
    environment = {
        **users,
        **region.config.environment({}),
        **region.config.home_variables(),
        "SMTUI_CONFIG_DIR": folder,
        "SMTUI_CACHE_DIR": folder,
        _MARK: folder,
        "SMTUI_PLUGIN": "builtin",
    }
    return SshSurroundings(ssh_options(region.ssh_folder), environment)


def ssh_options(folder: Path) -> tuple[str, ...]:
    """Options of ssh: neither the user's configuration nor keys or known hosts of theirs."""
    options = (
        "IdentitiesOnly=yes",
        "IdentityAgent=none",
        f'IdentityFile="{folder / KEY}"',
        f'UserKnownHostsFile="{folder / KNOWN_HOSTS}"',
        "GlobalKnownHostsFile=none",
        "UpdateHostKeys=no",
    )
    return ("-F", "none", *(word for option in options for word in ("-o", option)))


def end_programs(folder: Path) -> None:
    """Let each ProxyCommand end its session, as it does once ssh has ended; what stays is killed. Blocks."""
    import psutil

    def is_ours(process: Any) -> bool:
        with contextlib.suppress(psutil.Error, OSError):
            return bool(process.environ().get(_MARK) == str(folder))
        return False

    running = [process for process in psutil.process_iter() if is_ours(process)]
    for end in (psutil.Process.terminate, psutil.Process.kill):
        _, running = psutil.wait_procs(running, _LAST_STEPS_SECONDS)
        for process in running:
            with contextlib.suppress(psutil.Error):
                end(process)
    psutil.wait_procs(running, _LAST_STEPS_SECONDS)


class DemoLogins:
    """Who logs in on the demo's nodes: the user who runs it. Implements `engine.protocols.SshLogins`."""

    def __init__(self) -> None:
        self._logins: dict[str, SshLogin] = {}

    def login(self, node_id: str) -> SshLogin:
        """The user of this machine, unless another one was remembered."""
        return self._logins.get(node_id) or SshLogin(_own_name())

    def remember(self, node_id: str, login: SshLogin) -> None:
        """Keep it until the demo ends."""
        self._logins[node_id] = login


def _own_name() -> str:
    """The user's name by the system: the environment may name another one."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        return getpass.getuser()
