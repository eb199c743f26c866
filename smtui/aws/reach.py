"""One connection to an address, the way botocore would take: TCP, a proxy where one is set, TLS for https."""

from __future__ import annotations

import os
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from smtui.domain.evidence.local import Reach

TIMEOUT = 5.0
"""Seconds, for each step."""
_PORTS = {"https": 443, "http": 80}
_MOST_HEAD = 8192


class _Refused(Exception):
    """The proxy's answer, as a sentence."""


def connect(url: str, proxy: str, authorities: str) -> Reach:
    """Connect and hang up. `proxy` is a URL or empty; `authorities` a bundle of certificates. Never raises."""
    began = time.monotonic()
    target, via = _parts(url, "https"), _parts(proxy, "http") if proxy else None
    if target is None or (proxy and via is None):
        # Neither in its own words nor in Python's: what was misread of a proxy may be a part of its password.
        return Reach(url, 0.0, f"The address of the {'endpoint' if target is None else 'proxy'} cannot be read.")
    try:
        trouble = _tried(target, via, authorities)
    except (OSError, ValueError, _Refused) as error:
        trouble = _sentence(error, via or target)
    return Reach(url, time.monotonic() - began, trouble, proxy=_named(via) if via else "")


def proxy_for(url: str, configured: Mapping[str, str] | None) -> str:
    """The proxy for the URL: of botocore's own configuration, else of the environment; empty for none."""
    from botocore.utils import get_environ_proxies

    proxies = get_environ_proxies(url) if configured is None else configured
    return str(proxies.get(urlsplit(url).scheme) or "")


def trusted_authorities(session: Any) -> str:
    """The bundle that botocore would check certificates with."""
    from botocore.httpsession import get_cert_path

    chosen = session.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE")
    return str(chosen or get_cert_path(True))


def _tried(target: SplitResult, via: SplitResult | None, authorities: str) -> str:
    """Empty, or the sentence of what is wrong; raises for what the system says."""
    with _dial(via or target) as plain:
        if target.scheme == "https":
            if via is not None:
                _ask_proxy(plain, target, via)
            context = ssl.create_default_context(cafile=authorities)
            with context.wrap_socket(plain, server_hostname=target.hostname):
                pass
    return ""


def _dial(where: SplitResult) -> socket.socket:
    """Each of the host's addresses gets its share of the time, so that the whole stays within it."""
    host, port = where.hostname or "", where.port or _PORTS.get(where.scheme, _PORTS["https"])
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    failure: OSError = OSError(f"{host} has no address")
    for family, kind, protocol, _, address in addresses:
        dialling = socket.socket(family, kind, protocol)
        dialling.settimeout(TIMEOUT / len(addresses))
        try:
            dialling.connect(address)
        except OSError as error:
            dialling.close()
            failure = error
            continue
        dialling.settimeout(TIMEOUT)
        return dialling
    raise failure


def _ask_proxy(plain: socket.socket, target: SplitResult, via: SplitResult) -> None:
    """CONNECT, as for every https request through a proxy."""
    goal = f"{target.hostname}:{target.port or _PORTS[target.scheme]}"
    head = [f"CONNECT {goal} HTTP/1.1", f"Host: {goal}"]
    if via.username:
        login = f"{unquote(via.username)}:{unquote(via.password or '')}".encode()
        head.append(f"Proxy-Authorization: Basic {b64encode(login).decode()}")
    plain.sendall("\r\n".join([*head, "", ""]).encode())
    answer = b""
    while b"\r\n\r\n" not in answer and len(answer) < _MOST_HEAD:
        data = plain.recv(_MOST_HEAD)
        if not data:
            break
        answer += data
    status = answer.partition(b"\r\n")[0].decode("latin-1")
    if status.split(" ")[1:2] != ["200"]:
        raise _Refused(f"The proxy {_named(via)} answered: {status or 'nothing'}.")


def _parts(url: str, scheme: str) -> SplitResult | None:
    """None for what is no URL with a host, as where a password is not encoded."""
    try:
        parts = urlsplit(url if "://" in url else f"{scheme}://{url}")
        return parts if parts.hostname and parts.port != 0 else None
    except ValueError:
        return None


def _named(via: SplitResult) -> str:
    """The proxy without the password that its URL may hold."""
    return f"{via.hostname}:{via.port}" if via.port else str(via.hostname)


def _sentence(error: Exception, where: SplitResult) -> str:
    """Why there was no connection, in plain words."""
    host = where.hostname or ""
    if isinstance(error, _Refused):
        return str(error)
    if isinstance(error, TimeoutError):
        return f"{host} did not answer within {TIMEOUT:.0f} s."
    if isinstance(error, socket.gaierror):
        return f"The name {host} cannot be resolved."
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"The certificate that {host} shows is not trusted: {error.verify_message}."
    if isinstance(error, ConnectionRefusedError):
        return f"{host} refuses the connection."
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"The connection to {host} failed: {said}."
