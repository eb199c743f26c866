"""Listens on the local end of a port forward, which only this machine can reach unless the user asks for more."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from smtui.domain.text import error_words

LOOPBACK = "127.0.0.1"

_BACKLOG = 128


class CannotListen(Exception):
    """The local end cannot be opened; the message is in the words of the official plugin."""


class LocalListener:
    """Listens until `close`. `address` is `host:port`, or the path of a unix socket; `port` is then 0."""

    def __init__(self, listening: socket.socket, path: str = "") -> None:
        self.listening = listening
        self.path = path
        self.port = 0
        self.address = path
        if not path:
            host, self.port = listening.getsockname()[:2]
            self.address = _joined(host, self.port)
        self._identity = _identity(path) if path else None

    def close(self) -> None:
        """Free the port, or remove the socket unless another process has replaced it."""
        self.listening.close()
        if self.path and _identity(self.path) == self._identity:
            with contextlib.suppress(OSError):
                Path(self.path).unlink()


def listen_on_port(port: int, host: str = "") -> LocalListener:
    """Listen on a port, a free one for 0, of 127.0.0.1 or the given host; raises CannotListen."""
    host = host or LOOPBACK
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError):
        raise CannotListen(f"listen tcp: lookup {host}: no such host") from None
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            # Lingering connections of a forward that just ended must not block its port.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _bind(listening, address, f"tcp {_joined(host, port)}")
    except BaseException:
        listening.close()
        raise
    return LocalListener(listening)


def listen_on_socket(path: str) -> LocalListener:
    """Listen on a unix socket that only its owner may use; replaces one that nobody listens on.

    Raises CannotListen.
    """
    if sys.platform == "win32":
        raise CannotListen(f"listen unix {path}: this system has no unix sockets here")
    if "\0" in path:
        raise CannotListen("listen unix: a path cannot hold a NUL")
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if _is_left_behind(path):
            Path(path).unlink()
        with _for_the_owner_alone():
            _bind(listening, path, f"unix {path}")
    except OSError as error:
        listening.close()
        raise CannotListen(f"listen unix {path}: {_reason(error)}") from None
    except BaseException:
        listening.close()
        raise
    return LocalListener(listening, path)


def _bind(listening: socket.socket, address: object, called: str) -> None:
    try:
        listening.bind(address)  # type: ignore[arg-type]
        listening.listen(_BACKLOG)
        listening.setblocking(False)
    except (OSError, ValueError, TypeError) as error:
        raise CannotListen(f"listen {called}: bind: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    """Return the C library's words, without the capital, as the official plugin prints them."""
    text = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else error_words(error)
    return text[:1].lower() + text[1:]


def _is_left_behind(path: str) -> bool:
    """Tell whether a path is a socket that nobody listens on."""
    try:
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            return False
    except (OSError, ValueError):
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as trial:
        trial.setblocking(False)
        return trial.connect_ex(path) == errno.ECONNREFUSED


@contextlib.contextmanager
def _for_the_owner_alone() -> Iterator[None]:
    before = os.umask(0o177)
    try:
        yield
    finally:
        os.umask(before)


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _joined(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
