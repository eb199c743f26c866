"""Which process holds a local port, where the system tells without privileges: Linux's /proc."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from smtui.domain.text import harmless

_LISTENS = "0A"
_WORD = 4
"""/proc/net/tcp writes addresses as 32-bit words in the machine's own byte order."""


def holder_of(address: str, port: int, proc: Path = Path("/proc")) -> str:
    """`process 4711 (postgres)`; empty where it cannot be known, as for another user's process."""
    inodes = _listening(proc, address, port)
    if not inodes:
        return ""
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for process in proc.iterdir():
        if process.name.isdigit() and holds(process, wanted):
            return f"process {process.name} ({harmless(_name(process))})"
    return ""


def _listening(proc: Path, address: str, port: int) -> set[str]:
    """The inodes of the sockets that listen on this address and port, or on all addresses."""
    return {
        inode
        for table in ("tcp", "tcp6")
        for local, at, state, inode in tcp_sockets(proc / "net" / table)
        if state == _LISTENS and at == port and (local == address or local in ("0.0.0.0", "::"))  # noqa: S104 - compared
    }


def tcp_sockets(table: Path) -> Iterator[tuple[str, int, str, str]]:
    """Local address and port, state and inode of each socket in a /proc/net/tcp or tcp6."""
    try:
        lines = table.read_text(encoding="ascii", errors="replace").splitlines()[1:]
    except OSError:
        return
    for line in lines:
        words = line.split()
        try:
            local, _, port = words[1].partition(":")
            yield _address(local), int(port, 16), words[3], words[9]
        except (IndexError, ValueError):
            continue


def _address(text: str) -> str:
    raw = bytes.fromhex(text)
    words = [raw[start : start + _WORD] for start in range(0, len(raw), _WORD)]
    packed = b"".join(word[::-1] if sys.byteorder == "little" else word for word in words)
    return socket.inet_ntop(socket.AF_INET if len(packed) == _WORD else socket.AF_INET6, packed)


def holds(process: Path, wanted: set[str]) -> bool:
    """Whether /proc/PID has one of these (`socket:[4711]`) open; False where we may not look."""
    try:
        with os.scandir(process / "fd") as handles:
            return any(_target(handle.path) in wanted for handle in handles)
    except OSError:
        return False


def _target(handle: str) -> str:
    try:
        return os.readlink(handle)  # noqa: PTH115 - thousands of them
    except OSError:
        return ""


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return "unknown"
