"""Describes a tunnel through an EC2 Instance Connect Endpoint, and words its failures.

The endpoint refuses with an HTTP status and a body, and ends a tunnel with a close code and a reason.
Sources: reports of `aws ec2-instance-connect open-tunnel` in public issues, such as aidansteele/rdsconn#5; condition
keys of EC2 Instance Connect in the service authorization reference.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

from smtui.domain.text import harmless

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from ssl import SSLContext

    from smtui.ssh.endpoint_choice import EndpointWay

NORMAL = frozenset({1000, 1005})
"""The close codes of an orderly end: with and without a status."""
_LOST = 1006
"""The connection broke without a close frame."""
_LONGEST = 600
_HTTP_DENIED = (401, 403)
_DENIED_WORDS = ("accessdenied", "not authorized", "unauthorized")
_UNREACHED_WORDS = ("unable to connect to target", "connection refused", "timed out")
_PERMISSION = (
    "It needs ec2-instance-connect:OpenTunnel on the endpoint. A policy may limit remotePort, privateIpAddress and "
    "maxTunnelDuration: where that is less than 3600, give --max-duration SECONDS."
)


@dataclass(frozen=True, slots=True)
class TunnelAddress:
    """Where to open a tunnel, for a minute from now. The URL is signed: it must not be logged or shown."""

    url: str = field(repr=False)
    tls: SSLContext | None
    """None for the simulated Region on this machine."""
    proxy: str = field(default="", repr=False)
    user_agent: str = ""


class TunnelFailed(Exception):
    """The tunnel cannot be opened, or broke; the message is a sentence or more, with what helps."""


class ByteTunnel(Protocol):
    """One TCP connection through an endpoint."""

    async def read(self) -> bytes:
        """The next bytes; empty at an orderly end. Raises `TunnelFailed`."""

    async def write(self, data: bytes) -> None:
        """Send bytes; waits while too much is on its way. Raises `TunnelFailed`."""

    async def close(self) -> None:
        """End the connection after what was sent."""


OpenTunnel: TypeAlias = "Callable[[TunnelAddress, EndpointWay, int], Awaitable[ByteTunnel]]"
"""Opens a tunnel to a port of the instance; raises `TunnelFailed`."""


def refusal_sentence(status: int, body: str, endpoint_id: str) -> str:
    """What the endpoint refused, in AWS's words, and the permission that it needs."""
    code, message = _error_of(body)
    said = _quotable(message or code)
    words = [f"{endpoint_id} refused the tunnel (HTTP status {status})."]
    if said:
        words.append(f"AWS says: {said}")
    if status in _HTTP_DENIED or _has(f"{code} {message}", _DENIED_WORDS):
        words.append(_PERMISSION)
    return " ".join(words)


def closing_sentence(code: int, reason: str, way: EndpointWay, port: int) -> str:
    """Why the tunnel was closed; empty for an orderly end."""
    endpoint_id, said = way.endpoint.endpoint_id, _quotable(reason)
    if code in NORMAL:
        return ""
    if _has(said, _UNREACHED_WORDS):
        return (
            f"{endpoint_id} cannot reach {way.address} on port {port}. AWS says: {said} "
            "The instance's security group must let the endpoint in, and a server must listen there."
        )
    if code == _LOST:
        return f"The connection to {endpoint_id} broke."
    return (
        f"{endpoint_id} closed the connection. AWS says: {said}"
        if said
        else (f"{endpoint_id} closed the connection without a reason (code {code}).")
    )


def text_sentence(text: str, endpoint_id: str) -> str:
    """What a text frame means: data comes in binary frames only, so it is an error."""
    said = _quotable(text)
    return f"{endpoint_id} sent an error in place of data{f': {said}' if said else '.'}"


def _error_of(body: str) -> tuple[str, str]:
    """Code and message: of AWS's JSON, else the text as the message."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return "", body
    if not isinstance(fields, dict):
        return "", body
    named = {str(name).lower(): value for name, value in fields.items() if isinstance(value, str)}
    return named.get("errorcode") or named.get("__type") or named.get("code") or "", named.get("message", "")


def _quotable(text: str) -> str:
    """Text from outside as the end of a sentence."""
    said = harmless(" ".join(text.split()))[:_LONGEST].strip()
    return said if not said or said.endswith((".", "!", "?")) else f"{said}."


def _has(text: str, words: tuple[str, ...]) -> bool:
    lower = text.lower()
    return any(word in lower for word in words)
