"""Describes a port forward: from a local address through a node to a port of the node, or of a host behind it.

Sources: Start a session (port forwarding), and the parameters of the AWS-StartPortForwardingSession documents.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtui.domain.request import SessionRequest

if TYPE_CHECKING:
    from smtui.domain.place import Place

TO_NODE = "AWS-StartPortForwardingSession"
TO_REMOTE_HOST = "AWS-StartPortForwardingSessionToRemoteHost"
TO_SOCKET = "AWS-StartPortForwardingSessionToSocket"

LOOPBACK = "127.0.0.1"
HIGHEST_PORT = 65535
LONGEST_SOCKET_PATH = 104
"""Bytes: the shortest limit of the systems that smtui runs on (macOS; Linux has 108)."""

_HOST = re.compile(
    r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?\.?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9_.-]+)?"
)


class NotAForward(ValueError):
    """The input is no forward; the message is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Destination:
    """The far end; an empty host is the node itself."""

    port: int
    host: str = ""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}" if host else str(self.port)


@dataclass(frozen=True, slots=True)
class LocalPort:
    """A local port; 0 is a free one, chosen when the forward starts."""

    port: int = 0
    address: str = LOOPBACK

    def __str__(self) -> str:
        address = f"[{self.address}]" if ":" in self.address else self.address
        return f"{address}:{self.port}"


@dataclass(frozen=True, slots=True)
class LocalSocket:
    """A unix socket on this machine."""

    path: str

    def __str__(self) -> str:
        return self.path


LocalEnd = LocalPort | LocalSocket


@dataclass(frozen=True, slots=True)
class Forward:
    """One forward through one node; `label` names the node in sentences."""

    node_id: str
    place: Place
    label: str
    destination: Destination
    local: LocalEnd = LocalPort()
    reason: str = ""
    document: str = ""
    """The account's own document of type Port, with AWS's parameters; empty for AWS's document."""

    def request(self) -> SessionRequest:
        """Return what StartSession gets. The local port must already be chosen: 0 would not show the user where."""
        parameters: dict[str, tuple[str, ...]] = {"portNumber": (str(self.destination.port),)}
        document = TO_NODE
        if self.destination.host:
            document = TO_REMOTE_HOST
            parameters["host"] = (self.destination.host,)
        if isinstance(self.local, LocalSocket):
            document = document if self.destination.host else TO_SOCKET
            parameters["localUnixSocket"] = (self.local.path,)
        else:
            parameters["localPortNumber"] = (str(self.local.port),)
        return SessionRequest(self.node_id, self.place, self.document or document, parameters, self.reason)


def parse_port(text: str) -> int:
    """Read a port, 1 to 65535; raises `NotAForward`."""
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= HIGHEST_PORT:
        raise NotAForward(f"{text!r} is not a port: a number from 1 to {HIGHEST_PORT} is needed.")
    return int(text)


def parse_destination(text: str) -> Destination:
    """Read `5432`, `db.internal:5432` or `[::1]:5432`; raises `NotAForward`."""
    host, colon, port = text.rpartition(":")
    if not colon:
        return Destination(parse_port(text))
    bracketed = host.startswith("[") and host.endswith("]")
    return Destination(parse_port(port), parse_host(host[1:-1] if bracketed else host, bracketed=bracketed))


def parse_host(text: str, *, bracketed: bool = False) -> str:
    """Check a host name or address; an IPv6 address needs brackets on a command line. Raises `NotAForward`."""
    if not _HOST.fullmatch(text):
        raise NotAForward(f"{text!r} is not a host name or address.")
    if ":" in text and not bracketed:
        raise NotAForward(f"An IPv6 address is written in brackets: [{text}].")
    return text


def parse_local_socket(text: str) -> LocalSocket:
    """Check a socket's path; raises `NotAForward` if no system accepts it."""
    if not text or "\0" in text:
        raise NotAForward("A local socket needs a path.")
    if len(text.encode()) >= LONGEST_SOCKET_PATH:
        raise NotAForward(f"The socket's path is too long: at most {LONGEST_SOCKET_PATH - 1} bytes.")
    return LocalSocket(text)
