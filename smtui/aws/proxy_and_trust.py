"""Decides proxy and trusted certificates, in the same way for calls, the data channel and the checks.

Imports no botocore, because the plugin needs the decision before its first connection.
Sources: botocore/utils.py, botocore/httpsession.py and botocore/endpoint.py.
"""

from __future__ import annotations

import importlib.util
import os
import re
import ssl
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from smtui.domain.text import error_words

_MEANT_EMPTY = ("AWS_PAGER", "AWS_CLI_")
"""The AWS CLI reads an empty value of these as "none"."""
_OF_AWS = ("AWS_", "REQUESTS_CA_BUNDLE")
_AS_HTTP = {"wss": "https", "ws": "http"}
_PASSING_STATUS = 500
_TUNNEL_REFUSED = re.compile(r"Tunnel connection failed: (?P<status>\d{3}) ?(?P<words>[^')\"]*)")


def forget_empty_variables(environ: MutableMapping[str, str] = os.environ) -> None:
    """Removes AWS's variables that are set to an empty value, which the AWS SDKs for other languages ignore.

    botocore reads `AWS_REGION=` as a Region, and an empty AWS_MAX_ATTEMPTS as a number. Our child processes lose them,
    too: a plugin must use the same Region and profile.
    """
    for name in list(environ):
        if name.startswith(_OF_AWS) and not name.startswith(_MEANT_EMPTY) and not environ.get(name, "-").strip():
            environ.pop(name, None)


# Proxies ---------------------------------------------------------------------------------------


def proxy_for(url: str) -> str:
    """The proxy of the environment or system for an http or websocket URL, with its scheme; empty for none.

    `host:port` alone means http, as in botocore and Go. May hold a password: show `domain.proxy.named` of it.
    """
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(url)
    try:
        if proxy_bypass(parts.netloc.rpartition("@")[2]):
            return ""
    except (TypeError, OSError):
        pass  # as botocore does, where the system gives no answer
    return with_scheme(getproxies().get(_AS_HTTP.get(parts.scheme, parts.scheme)) or "")


def with_scheme(proxy: str) -> str:
    """The proxy's URL, with http where it has no scheme."""
    if not proxy or "://" in proxy:
        return proxy
    return f"http:{proxy}" if proxy.startswith("//") else f"http://{proxy}"


def refused_by_proxy(words: str) -> tuple[int, str] | None:
    """Status and reason of a proxy that refused CONNECT, from urllib3's message; None for another message."""
    found = _TUNNEL_REFUSED.search(words)
    return (int(found["status"]), found["words"].strip()) if found else None


# Certificates ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trust:
    """The trusted authorities: the path of a PEM file, and the setting that chose it (empty for botocore's file)."""

    bundle: str
    chosen_by: str = ""

    def context(self) -> ssl.SSLContext:
        """A context that trusts them; raises `BundleTrouble`."""
        if not self.bundle.strip():
            raise BundleTrouble(f"{self.chosen_by} is empty")
        try:
            return ssl.create_default_context(cafile=self.bundle)
        except OSError as error:  # ssl.SSLError is one
            why = "it holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror or error_words(error)
            raise BundleTrouble(f"The certificates of {self.chosen_by} cannot be read: {self.bundle}: {why}") from None


class BundleTrouble(Exception):
    """A CA bundle cannot be used; the text says which, and why."""


def trusted(environ: Mapping[str, str], of_profile: Callable[[], str | None]) -> Trust:
    """The bundle in botocore's order: AWS_CA_BUNDLE, the profile's ca_bundle, REQUESTS_CA_BUNDLE, botocore's own.

    `of_profile` is called only where AWS_CA_BUNDLE is not set; it returns None for a profile without a bundle.
    """
    if bundle := environ.get("AWS_CA_BUNDLE", "").strip():
        return Trust(bundle, "AWS_CA_BUNDLE")
    if (bundle_of_profile := of_profile()) is not None:
        return Trust(bundle_of_profile, "ca_bundle of the profile")
    if bundle := environ.get("REQUESTS_CA_BUNDLE", "").strip():
        return Trust(bundle, "REQUESTS_CA_BUNDLE")
    return Trust(_own_bundle())


def trusted_by(session: Any) -> Trust:
    """The bundle that a botocore session uses."""
    return trusted(os.environ, lambda: session.get_config_variable("ca_bundle"))


def names_bundle(environ: Mapping[str, str]) -> bool:
    """Whether an AWS configuration file contains `ca_bundle` at all: parsing it with botocore takes 0.3 s."""
    files = (("AWS_CONFIG_FILE", "~/.aws/config"), ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"))
    return any(_holds(environ.get(variable) or usual, b"ca_bundle") for variable, usual in files)


def _holds(file: str, word: bytes) -> bool:
    try:
        return word in Path(os.path.expandvars(file)).expanduser().read_bytes()
    except (OSError, RuntimeError):
        return False


def _own_bundle() -> str:
    """What `botocore.httpsession.get_cert_path` returns, without the import: certifi's bundle, else botocore's."""
    if importlib.util.find_spec("certifi") is not None:
        import certifi

        return certifi.where()
    spec = importlib.util.find_spec("botocore")
    folder = next(iter(spec.submodule_search_locations or ()), "") if spec is not None else ""
    return str(Path(folder, "cacert.pem"))


# Retries ---------------------------------------------------------------------------------------


def raise_permanent_failure(caught_exception: Exception | None = None, **_: object) -> None:
    """Stops botocore's retries (event `needs-retry`) of an untrusted certificate or a refusal of the proxy."""
    if caught_exception is None:
        return
    inner = str(getattr(caught_exception, "kwargs", {}).get("error", ""))
    refused = refused_by_proxy(inner)
    if "CERTIFICATE_VERIFY_FAILED" in f"{caught_exception} {inner}" or (refused and refused[0] < _PASSING_STATUS):
        raise caught_exception
