"""Chooses, checks and probes the local end of a forward. Every function blocks."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import os
import socket
import stat
import sys
from collections.abc import Container, Iterable
from dataclasses import replace
from pathlib import Path

from smtui.domain.forward import HIGHEST_PORT, Forward, LocalEnd, LocalPort, LocalSocket
from smtui.domain.text import error_words, harmless

_CHOICES = 50
_CONNECT_SECONDS = 5.0


class LocalEndTaken(Exception):
    """The local end cannot be used; the message is a sentence for the user."""


def settled(forward: Forward, ours: Container[int]) -> Forward:
    """The forward with a free local end: port 0 becomes a free port, a relative path becomes absolute.

    `ours` are the ports of other tunnels of this smtui. Raises LocalEndTaken.
    """
    local = forward.local
    if isinstance(local, LocalSocket):
        absolute = LocalSocket(str(Path(os.path.expanduser(local.path)).absolute()))  # noqa: PTH111 - a text
        check_free(absolute)
        return replace(forward, local=absolute)
    if local.port:
        check_free(local)
        return forward
    for _ in range(_CHOICES):
        port = _bound(replace(local, port=0))
        if port not in ours:
            return replace(forward, local=replace(local, port=port))
    raise LocalEndTaken(f"No free port was found on {local.address}.")


def check_free(local: LocalEnd) -> None:
    """Raises LocalEndTaken if it is in use; the message names the holder if the system says who it is."""
    if isinstance(local, LocalSocket):
        _check_path(Path(local.path))
    else:
        _bound(local)


def usable_ports(wanted: Iterable[int], ours: Container[int]) -> dict[int, int]:
    """Return for each wanted port of 127.0.0.1 the one to use: itself, or the next free one if it is taken.

    `ours` are the ports of other tunnels of this smtui. No port is given that another one of `wanted` wants; 0 where
    none near is free.
    """
    given: dict[int, int] = {}
    reserved = set(wanted)
    for port in sorted(reserved):
        free = (
            near
            for near in range(port, min(port + _CHOICES, HIGHEST_PORT + 1))
            if near == port or (near not in reserved and near not in given.values())
        )
        given[port] = next((near for near in free if near not in ours and not _is_taken(LocalPort(near))), 0)
    return given


def _is_taken(local: LocalPort) -> bool:
    """Whether somebody listens there; a port that may not be used for another reason is refused at the start."""
    try:
        _listen(local)
    except OSError as error:
        return error.errno == errno.EADDRINUSE
    return False


def warning(local: LocalEnd) -> str:
    """A sentence for a local end that other machines can reach; empty for any other."""
    if isinstance(local, LocalSocket) or _is_loopback(local.address):
        return ""
    return f"Others on the network can use this tunnel: it listens on {local.address}, not only on this machine."


def only_here(local: LocalEnd) -> bool:
    """Whether every plugin can listen there: the official ones listen on 127.0.0.1 only."""
    return isinstance(local, LocalSocket) or local.address in ("127.0.0.1", "localhost")


def connect(local: LocalEnd) -> socket.socket:
    """Open a connection to the local end; raises OSError."""
    if isinstance(local, LocalSocket):
        return _connect_path(local.path)
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(local.address, local.address)  # noqa: S104 - not listened on
    return socket.create_connection((address, local.port), timeout=_CONNECT_SECONDS)


def holder_of(address: str, port: int) -> str:
    """Name the process that listens on the port: `process 4711 (postgres)`.

    Empty if the system does not show it: Linux shows one's own processes, macOS needs root.
    """
    import psutil  # only once a port is taken

    everywhere = ("0.0.0.0", "::")  # noqa: S104 - compared
    with contextlib.suppress(psutil.Error, OSError):
        for each in psutil.net_connections("tcp"):
            listens = each.status == psutil.CONN_LISTEN and each.laddr.port == port
            if listens and each.laddr.ip in (address, *everywhere) and each.pid is not None:
                return f"process {each.pid} ({harmless(psutil.Process(each.pid).name())})"
    return ""


def remove_dead_socket(local: LocalEnd) -> None:
    """Remove the socket file that a killed plugin left behind; one that a program listens on stays."""
    if isinstance(local, LocalSocket):
        path = Path(local.path)
        with contextlib.suppress(OSError):
            if stat.S_ISSOCK(path.lstat().st_mode) and not _is_listened_on(local.path):
                path.unlink()


def _bound(local: LocalPort) -> int:
    """Listens there for a moment; returns the port."""
    try:
        return _listen(local)
    except OSError as error:
        raise LocalEndTaken(_why_not(local, error)) from None


def _listen(local: LocalPort) -> int:
    [(family, kind, protocol, _, address), *_] = socket.getaddrinfo(
        local.address, local.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    with socket.socket(family, kind, protocol) as listener:
        if sys.platform != "win32":
            # As every server does: lingering connections of an earlier tunnel must not block its port.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(1)
        port: int = listener.getsockname()[1]
        return port


def _why_not(local: LocalPort, error: OSError) -> str:
    words = os.strerror(error.errno) if error.errno and error.errno > 0 else error_words(error)
    if isinstance(error, PermissionError):
        return f"Local port {local.port} may not be used by this account ({words}). Use a port from 1024 up."
    if isinstance(error, socket.gaierror) or "assign" in words:
        return f"This machine has no address {local.address} to listen on."
    holder = holder_of(local.address, local.port)
    return f"Local port {local.port} is taken" + (f" by {holder}." if holder else ".")


def _check_path(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        if not path.parent.is_dir():
            raise LocalEndTaken(f"There is no folder {path.parent} for the local socket.") from None
        return
    except OSError as error:
        raise LocalEndTaken(f"The local socket {path} cannot be used: {error.strerror}.") from None
    if not stat.S_ISSOCK(mode):
        raise LocalEndTaken(f"{path} is a file already, and stays as it is.")
    if _is_listened_on(str(path)):
        raise LocalEndTaken(f"The local socket {path} is in use.")
    raise LocalEndTaken(f"The local socket {path} is left over from something that ended; remove it first.")


def _is_listened_on(path: str) -> bool:
    try:
        _connect_path(path).close()
    except OSError:
        return False
    return True


def _connect_path(path: str) -> socket.socket:
    if sys.platform == "win32":
        raise OSError("unix sockets are not used on Windows")
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(_CONNECT_SECONDS)
        connection.connect(path)
    except OSError:
        connection.close()
        raise
    return connection


def _is_loopback(address: str) -> bool:
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
