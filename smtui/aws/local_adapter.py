"""Reads this machine's side of every call: credentials, clock and endpoints, and tries to connect to an endpoint.

Connects as botocore would: TCP, through a proxy where one is set, TLS for https.
Sources: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html; botocore/httpsession.py.
"""

from __future__ import annotations

import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from smtui.aws.access_adapter import is_of_aws, region_in, ssmmessages_url
from smtui.aws.api_calls import ApiCalls, headers_of, mapping, text, when
from smtui.aws.proxy_and_trust import BundleTrouble, Trust, proxy_for, trusted_by
from smtui.diagnosis.evidence.local_facts import Clock, Credentials, Endpoints, Reach
from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.proxy import ADVICE_ON_SOCKS, advice, is_socks, named, refusal, socks_trouble
from smtui.domain.text import error_words

_IDENTITY = "sts:GetCallerIdentity"
_HALF_A_SECOND = 0.5
TIMEOUT = 5.0
"""Seconds, for each step of a connection."""
_PORTS = {"https": 443, "http": 80}
_MOST_HEAD = 8192


class LocalAdapter:
    """This machine and its way to AWS. Every method may block and raises `AwsCallFailed`."""

    def __init__(self, calls: ApiCalls) -> None:
        self._calls = calls
        self._connection = calls.connection

    def credentials(self) -> Credentials:
        """The source of the credentials and when they expire, after renewing those that have expired."""
        held = self._connection.renewed().credentials
        if held is None:
            raise self._calls.failed(FaultKind.NO_CREDENTIALS, "", "Neither the profile nor the environment holds any.")
        expiry = getattr(held, "_expiry_time", None)  # private to botocore; without it there is no date to show
        return Credentials(str(getattr(held, "method", "") or ""), when(expiry))

    def clock(self) -> Clock:
        """How far this machine's clock is ahead of AWS's, in seconds, by the Date header of sts:GetCallerIdentity.

        A refusal has that header, too: AWS refuses requests of a clock that is off.
        """
        theirs = self._time_of_an_answer()
        if theirs is None:
            raise self._calls.odd_answer(_IDENTITY, "The answer has no date.")
        # The header holds whole seconds, cut off.
        return Clock((self._calls.now() - theirs).total_seconds() - _HALF_A_SECOND)

    def endpoints(self) -> Endpoints:
        """The endpoints of ssm and of the data channel, and whether they are AWS's own; no call."""
        opened, url = self._connection.opened(), self._connection.endpoint_url("ssm")
        of_aws = is_of_aws(opened.session, url)
        data_channel, configured = self._connection.stream_endpoint(), self._connection.configured_endpoints()
        if not data_channel:
            with self._connection.faults_of(opened):
                data_channel = ssmmessages_url(opened.session, opened.region) if of_aws else url
        return Endpoints(
            region=opened.region,
            ssm_url=url,
            ssmmessages_url=data_channel,
            is_aws=of_aws,
            region_in_url=region_in(url) if of_aws else "",
            configured=configured,
        )

    def reach(self, url: str) -> Reach:
        """Connects by TCP and TLS, with the proxy and certificate authorities that calls use; never raises."""
        try:
            session = self._connection.opened().session
            proxies = self._client_proxies()
            return connect(url, "" if proxies == {} else proxy_for(url), trusted_by(session))
        except AwsCallFailed as failed:
            return Reach(url, 0.0, failed.fault.sentence())

    def _client_proxies(self) -> object:
        opened = self._connection.opened()
        with self._connection.faults_of(opened):
            return self._connection.client(opened, "ssm").meta.config.proxies

    def _time_of_an_answer(self) -> datetime | None:
        try:
            answer = self._calls.call(_IDENTITY)
        except AwsCallFailed as failed:
            theirs = _date(headers_of(failed))
            if theirs is None:
                raise
            return theirs
        return _date(mapping(mapping(answer.get("ResponseMetadata")).get("HTTPHeaders")))


def _date(headers: Mapping[str, Any]) -> datetime | None:
    try:
        return parsedate_to_datetime(text(headers, "date")).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


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
