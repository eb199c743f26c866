"""Words what a proxy did, in the same way for calls of AWS, the data channel and the checks, without its login."""

from __future__ import annotations

from urllib.parse import urlsplit

from smtui.domain.text import masked

CREDENTIALS_WANTED = 407
"""The status Proxy Authentication Required."""

ADVICE_ON_LOGIN = "Put them into HTTPS_PROXY (http://USER:PASSWORD@HOST:PORT, special characters as %XX)."
ADVICE_ON_REFUSAL = "Have the proxy let the Region's endpoints through, or name them in NO_PROXY."
ADVICE_ON_PROXY = "Check HTTPS_PROXY; NO_PROXY names what is reached without a proxy."
ADVICE_ON_SOCKS = "Set HTTPS_PROXY to an HTTP proxy, or unset it where AWS can be reached directly."


def named(proxy: str) -> str:
    """Return the proxy's URL without its login: `http://***@proxy.example:3128`."""
    parts = urlsplit(proxy)
    if "@" not in parts.netloc:
        return masked(f"{parts.scheme}://{parts.netloc}")
    return f"{parts.scheme}://***@{parts.netloc.rpartition('@')[2]}"


def is_socks(proxy: str) -> bool:
    """Tell whether it is a SOCKS proxy."""
    return urlsplit(proxy).scheme.startswith("socks")


def socks_trouble(proxy: str, part: str) -> str:
    """Return that `part`, such as `botocore, which calls AWS for smtui`, cannot use a SOCKS proxy."""
    return f"{named(proxy)} is a SOCKS proxy, which is not supported by {part}"


def refusal(proxy: str, status: int, words: str) -> str:
    """Return that the proxy answered CONNECT with a status other than 200; `words` are its own."""
    said = f"{status} {words}".strip()
    if status != CREDENTIALS_WANTED:
        return f"The proxy {named(proxy)} refuses the connection: {said}"
    if "@" in urlsplit(proxy).netloc:
        return f"The proxy {named(proxy)} does not accept the user and password that it was given ({said})"
    return f"The proxy {named(proxy)} asks for a user and password ({said})"


def advice(status: int) -> str:
    """Return what to do about a refusal with this status."""
    return ADVICE_ON_LOGIN if status == CREDENTIALS_WANTED else ADVICE_ON_REFUSAL


def no_connection(proxy: str, why: str) -> str:
    """Return that the proxy cannot be reached, and why."""
    return f"The proxy {named(proxy)} cannot be reached: {why}"
