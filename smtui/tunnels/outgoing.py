"""Whether a plugin still has its connection to Session Manager, seen from outside: Linux's /proc.

An official plugin that could not resume a session gives up without a word: its process and its local port stay.
"""

from __future__ import annotations

import os
from pathlib import Path

from smtui.tunnels.holder import holds, tcp_sockets

_ESTABLISHED = "01"


def has_connection(pid: int, local_port: int, proc: Path = Path("/proc")) -> bool | None:
    """Any but those of its own clients, which come to `local_port`; None where the system does not tell."""
    process = proc / str(pid)
    if not (process / "net" / "tcp").exists() or not os.access(process / "fd", os.R_OK):
        return None
    inodes = {
        inode
        for table in ("tcp", "tcp6")
        for _, port, state, inode in tcp_sockets(process / "net" / table)
        if state == _ESTABLISHED and port != local_port
    }
    return holds(process, {f"socket:[{inode}]" for inode in inodes})
