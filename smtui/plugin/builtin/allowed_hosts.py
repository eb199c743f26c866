"""Decides which hosts the plugin may connect to: the token and the keystrokes must not go anywhere else.

Sources: the Region tables of the AWS General Reference. The official plugin also checks, since 1.2.889.0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from smtui.channel.websocket import is_loopback
from smtui.domain.places.stream_endpoint import STREAM_ENDPOINT_VARIABLE

HOSTS_VARIABLE = "SMTUI_STREAM_HOSTS"
"""Further hosts that `wss` may connect to, separated by commas: a proxy, or an endpoint with a name of your own."""

_SUFFIXES = (
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "api.aws",
    "api.amazonwebservices.com.cn",
    "c2s.ic.gov",
    "sc2s.sgov.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
)
_AWS_HOST = re.compile(
    r"(?:[a-z0-9-]+\.)*ssmmessages(?:-fips)?\.[a-z0-9-]+\.(?:vpce\.)?(?:" + "|".join(map(re.escape, _SUFFIXES)) + ")"
)
_ECS_HOST = re.compile(
    r"(?:[a-z0-9-]+\.)*ecs(?:-fips)?\.[a-z0-9-]+\.(?:vpce\.)?(?:" + "|".join(map(re.escape, _SUFFIXES)) + ")"
)
_ECS_VARIABLE = "AWS_ENDPOINT_URL_ECS"
"""With it the AWS CLI passes an endpoint of any name."""


def is_of_ecs(endpoint_url: str, environ: Mapping[str, str]) -> bool:
    """Tell whether this is the endpoint that `aws ecs execute-command` passes, which has no ssm:TerminateSession."""
    if endpoint_url and endpoint_url == environ.get(_ECS_VARIABLE):
        return True
    try:
        return bool(_ECS_HOST.fullmatch(urlsplit(endpoint_url).hostname or ""))
    except ValueError:
        return False


def refusal(url: str, environ: Mapping[str, str]) -> str:
    """Return why a stream URL must not be used, as a clause; empty if it may."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return "the stream URL cannot be read"
    if parts.scheme not in ("ws", "wss") or not host or parts.username is not None:
        return "the stream URL is not one of a websocket"
    if is_loopback(host):
        return ""
    if parts.scheme == "ws":
        return f"refusing to connect to {host} without TLS"
    if host in _configured(environ) or (_AWS_HOST.fullmatch(host) and port in (None, 443)):
        return ""
    return f"{host} is not an endpoint of Session Manager (allow it with {HOSTS_VARIABLE})"


def _configured(environ: Mapping[str, str]) -> set[str]:
    hosts = {host.strip().lower() for host in environ.get(HOSTS_VARIABLE, "").split(",") if host.strip()}
    try:
        return hosts | {urlsplit(environ.get(STREAM_ENDPOINT_VARIABLE, "")).hostname or ""}
    except ValueError:
        return hosts
