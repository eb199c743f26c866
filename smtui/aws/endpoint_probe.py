"""Connects to an endpoint as botocore would: TCP, through a proxy where one is set, TLS for https.

Source: botocore/httpsession.py.
"""

from __future__ import annotations

import socket
import ssl
import time
from base64 import b64encode
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from smtui.aws.proxy_and_trust import BundleTrouble, Trust
from smtui.diagnosis.evidence.local_facts import Reach
from smtui.domain.proxy import ADVICE_ON_SOCKS, advice, is_socks, named, refusal, socks_trouble
from smtui.domain.text import error_words

TIMEOUT = 5.0
"""Seconds, for each step."""
_PORTS = {"https": 443, "http": 80}
_MOST_HEAD = 8192


class _Refused(Exception):
    """The proxy's answer, as a sentence."""


def connect(url: str, proxy: str, trust: Trust) -> Reach:
    """Connects and hangs up. `proxy` is a URL or empty. Never raises: `trouble` says why there was no connection."""
    began = time.monotonic()
    target, via = _parts(url, "https"), _parts(proxy, "http") if proxy else None
    if target is None or (proxy and via is None):
        # The address is not quoted: a part of a misread proxy may be its password.
        return Reach(url, 0.0, f"The address of the {'endpoint' if target is None else 'proxy'} is not a valid URL.")
    trouble, untrusted = "", False
    try:
        _try(target, via, trust)
    except (OSError, ValueError, _Refused, BundleTrouble) as error:
        untrusted = isinstance(error, ssl.SSLCertVerificationError)
        trouble = _sentence(error, target, via)
    shown = named(via.geturl()) if via else ""
    return Reach(url, time.monotonic() - began, trouble, proxy=shown, untrusted=untrusted)


def _try(target: SplitResult, via: SplitResult | None, trust: Trust) -> None:
    """Raises OSError, `_Refused` with the proxy's answer, `BundleTrouble`."""
    if via is not None and is_socks(via.geturl()):
        raise _Refused(f"{socks_trouble(via.geturl(), 'smtui')}. {ADVICE_ON_SOCKS}")
    with _dial(via or target) as plain:
        if target.scheme != "https":
            return
        context = trust.context()
        through: Any = plain
        if via is not None:
            if via.scheme == "https":
                through = context.wrap_socket(plain, server_hostname=via.hostname)
            _ask_proxy(through, target, via)
        if through is plain:
            context.wrap_socket(plain, server_hostname=target.hostname).close()
        else:
            from urllib3.util.ssltransport import SSLTransport

            SSLTransport(through, context, server_hostname=target.hostname).close()


def _dial(where: SplitResult) -> socket.socket:
    """Gives each address of the host its share of the time, so that all together stay within it."""
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


def _ask_proxy(plain: Any, target: SplitResult, via: SplitResult) -> None:
    """Sends CONNECT, as for every https request through a proxy."""
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
    _, status, words = [*answer.partition(b"\r\n")[0].decode("latin-1").split(" ", 2), "", "", ""][:3]
    if status == "200":
        return
    if not status.isdigit():
        raise _Refused(f"The proxy {named(via.geturl())} closed the connection without an answer.")
    raise _Refused(f"{refusal(via.geturl(), int(status), words)}. {advice(int(status))}")


def _parts(url: str, scheme: str) -> SplitResult | None:
    """None for a URL without a host, as where a password is not encoded."""
    try:
        parts = urlsplit(url if "://" in url else f"{scheme}://{url}")
        return parts if parts.hostname and parts.port != 0 else None
    except ValueError:
        return None


def _sentence(error: Exception, target: SplitResult, via: SplitResult | None) -> str:
    """Why there was no connection, as a sentence."""
    if isinstance(error, _Refused | BundleTrouble):
        return str(error) if str(error).endswith(".") else f"{error}."
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"The certificate of {target.hostname} is not trusted here: {error.verify_message}."
    host = f"The proxy {named(via.geturl())}" if via else target.hostname or ""
    if isinstance(error, TimeoutError):
        return f"{host} did not answer within {TIMEOUT:.0f} s."
    if isinstance(error, socket.gaierror):
        return f"The name {(via or target).hostname} cannot be resolved."
    if isinstance(error, ConnectionRefusedError):
        return f"{host} refuses the connection."
    why = error.strerror if isinstance(error, OSError) and error.strerror else error_words(error)
    return f"The connection to {(via or target).hostname} failed: {why}."
