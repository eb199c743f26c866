"""Puts the data channel of sessions at an endpoint of the user's own, such as the private name of a VPC endpoint.

StartSession and ResumeSession always name AWS's own host. botocore has no setting for another one, because ssmmessages
has no API model. Source: "Improve the security of EC2 instances by using VPC endpoints for Systems Manager".
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit, urlunsplit

STREAM_ENDPOINT_VARIABLE = "SMTUI_ENDPOINT_URL_SSMMESSAGES"
SERVICE = "ssmmessages"
"""The key of a `services` section that names the same; botocore and the AWS CLI ignore it."""
_SECURE = {"https": True, "wss": True, "http": False, "ws": False}


class EndpointUnusable(Exception):
    """The setting cannot be used; the message is a sentence."""


def checked_endpoint(text: str, setting: str) -> str:
    """Return the endpoint as `https://HOST[:PORT]`; `setting` names what was set. Raises `EndpointUnusable`.

    Without TLS only this machine may be named: the token of a session would be sent in the clear.
    """
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise EndpointUnusable(f"{setting} is not a URL.") from None
    if parts.scheme not in _SECURE or not host:
        raise EndpointUnusable(f"{setting} must be a URL such as https://HOST.")
    if parts.username is not None or parts.path.strip("/") or parts.query or parts.fragment:
        raise EndpointUnusable(f"{setting} must be a URL with nothing but a host, such as https://{host}.")
    if not _SECURE[parts.scheme] and not _is_this_machine(host):
        raise EndpointUnusable(f"{setting} must begin with https://: a session's token must not be sent in the clear.")
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if _SECURE[parts.scheme] else 'http'}://{shown}{f':{port}' if port else ''}"


def endpoint_in(environment: Mapping[str, str]) -> str:
    """Return the endpoint that the environment names; empty for none. Raises `EndpointUnusable`."""
    named = environment.get(STREAM_ENDPOINT_VARIABLE, "").strip()
    return checked_endpoint(named, STREAM_ENDPOINT_VARIABLE) if named else ""


def at_endpoint(stream_url: str, endpoint: str) -> str:
    """Return a stream URL at this endpoint instead of its own host; as it is if `endpoint` is empty."""
    if not endpoint:
        return stream_url
    there, parts = urlsplit(endpoint), urlsplit(stream_url)
    return urlunsplit(parts._replace(scheme="wss" if there.scheme == "https" else "ws", netloc=there.netloc))


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
