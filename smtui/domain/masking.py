"""Masks secrets in text: those that this process knows, and whatever has the form of one.

Known secrets are the environment's, the credentials in use and session tokens. They are kept for the whole process,
because a text that quotes one can come from any library at any time.
"""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Iterator, Mapping

MASK = "***"

_SHORTEST = 8
_SHORTEST_PASSWORD = 6
"""Characters. A shorter secret is masked only by its place in a URL: it may be part of any word."""
_SHORTEST_PIECE = 4
_MOST_ANSWERED = 500
_SECRET_VARIABLE = re.compile(
    r"(?:SECRET|TOKEN|PASSWORD|PASSWD|SECRET_ACCESS_KEY|PRIVATE_KEY|API_?KEY)\Z", re.IGNORECASE
)
_URL_VARIABLE = re.compile(r"\A(?:.+_PROXY|AWS_ENDPOINT_URL.*)\Z", re.IGNORECASE)
_MISREAD = re.compile(r"[/:@?#\[\]\\]")
"""Characters at which a library that misreads a URL cuts an unencoded password."""


class KnownSecrets:
    """Secrets by value; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of_environment: frozenset[str] = frozenset()
        self._answered: deque[str] = deque(maxlen=_MOST_ANSWERED)
        self._all: tuple[str, ...] = ()

    def learn(self, *values: str) -> None:
        """Add keys and tokens from AWS; the oldest are dropped, as they have expired."""
        with self._lock:
            for value in values:
                if len(value) >= _SHORTEST and value not in self._answered:
                    self._answered.extend(_spellings(value))
            self._sort()

    def learn_environment(self, environ: Mapping[str, str]) -> None:
        """Add the keys, tokens and passwords of the environment, and those in URLs of proxies and endpoints."""
        secrets = [secret for name, value in environ.items() for secret in _in_variable(name, value)]
        with self._lock:
            self._of_environment |= {spelling for secret in secrets for spelling in _spellings(secret)}
            self._sort()

    def masked(self, text: str) -> str:
        """Return the text with every known secret replaced by `***`."""
        for secret in self._all:
            if secret in text:
                text = text.replace(secret, MASK)
        return text

    def _sort(self) -> None:
        """Return the secrets, longest first: one may be part of another."""
        self._all = tuple(sorted({*self._of_environment, *self._answered}, key=lambda secret: (-len(secret), secret)))


KNOWN_SECRETS = KnownSecrets()


def masked(text: str) -> str:
    """Return the text with every secret replaced by `***`."""
    text = KNOWN_SECRETS.masked(text)
    if "@" in text:
        text = _LOGIN_IN_URL.sub(rf"\g<before>{MASK}@", text)
        text = _LOGIN_WITHOUT_SCHEME.sub(f"{MASK}@", text)
    if _SUSPECT.search(text.lower()):
        for pattern in _SHAPES:
            text = pattern.sub(rf"\g<before>{MASK}", text)
    return text


def masked_strictly(text: str) -> str:
    """Mask an exception's text. It holds no names, so anything like a login is masked, even without a port."""
    text = _MISREAD_URL.sub(lambda found: f"{found['before'] or ''}{MASK}", text)
    return masked(_LOGIN_ANYWHERE.sub(f"{MASK}@", text) if "@" in text else text)


def _in_variable(name: str, value: str) -> Iterator[str]:
    if _URL_VARIABLE.match(name):
        yield from _in_url(value)
    elif _SECRET_VARIABLE.search(name) and len(value) >= _SHORTEST:
        yield value


def _in_url(url: str) -> Iterator[str]:
    """Yield the login of a URL, with or without a scheme, and the password alone; as in the URL and decoded."""
    from urllib.parse import unquote

    login, at, _ = url.rpartition("://")[2].rpartition("@")
    user, colon, password = login.partition(":")
    if not at or not password:
        return
    yield f"{user}{colon}{password}"
    yield f"{unquote(user)}:{unquote(password)}"
    yield from (f"{user}:{piece}" for piece in _MISREAD.split(password)[:1] if piece)
    for spelling in {password, unquote(password)}:
        if len(spelling) >= _SHORTEST_PASSWORD:
            yield spelling
        yield from (piece for piece in _MISREAD.split(spelling) if piece != spelling and len(piece) >= _SHORTEST_PIECE)


def _spellings(secret: str) -> Iterator[str]:
    """Yield the secret as it is, as a URL writes it, as Python and JSON quote it, and as sent to a proxy."""
    import json
    from base64 import b64encode
    from urllib.parse import quote, quote_plus

    yield secret
    quoted = (
        quote(secret, "", errors="replace"),
        quote(secret, errors="replace"),
        quote_plus(secret, errors="replace"),
    )
    yield from {*quoted, repr(secret)[1:-1], json.dumps(secret)[1:-1]} - {secret}
    if ":" in secret:
        yield b64encode(secret.encode("utf-8", "replace")).decode()


# Strangers choose the text: every repetition is bounded, or ends where the next part begins.
_LOGIN_IN_URL = re.compile(
    r"(?P<before>\b[a-zA-Z][a-zA-Z0-9+.-]{0,30}://)"
    r"(?:[^\s/?#@\"'<>]{1,512}|[^\s/:@\"'<>\[]{1,128}:(?!//|\d{1,5}[/?#])[^\s@\"'<>]{1,512})@"
)
"""The second form has an unencoded password; digits before a path are a port."""
_LOGIN_WITHOUT_SCHEME = re.compile(r"(?<![\w./:@%+~-])[\w.%+~-]{1,128}:[^\s/@\"'<>]{1,512}@(?=[\w.\[\]:-]{1,255}:\d)")
"""Only with a port behind it: a Name, a tag or a role session may also hold an @."""
_LOGIN_ANYWHERE = re.compile(r"(?<![\w./:@%+~-])[\w.%+~-]{1,128}:[^\s/@\"'<>]{1,512}@(?=[\w\[])")
_MISREAD_URL = re.compile(
    r"(?P<before>Failed to parse: |cast to integer value as |Invalid URL:? )"
    r"(?:'[^']{0,1024}'|\"[^\"]{0,1024}\"|\S{1,1024})"
    r"|(?:^|(?<=\s))\S{1,1024}(?= isn't a valid (?:URI|proxy))"
)
"""The part of an unreadable URL that urllib, urllib3 and websockets quote may be part of its password."""
_SUSPECT = re.compile(
    r"secret|token|passw|authorization|x-amz-|bearer|signature=|accesskeyid|wss?://|eyj|iqojb3|fwogzx|aqodyx"
)
"""Searched in the lower-case text first, which costs a fraction of the patterns themselves."""
_NAMES = (
    r"(?:aws_?)?secret_?access_?key|(?:aws_?)?session_?token|security_?token|token_?value|access_?token|refresh_?token"
    r"|id_?token|client_?secret|x-amz-security-token|(?:proxy-)?authorization"
)
_SHAPES = (
    re.compile(
        rf"(?P<before>\b(?:{_NAMES})[\"']?\s{{0,4}}[:=]\s{{0,4}}[\"']?(?:(?:Basic|Bearer|AWS4-HMAC-SHA256)\s{{1,4}})?)"
        r"(?!(?:Basic|Bearer|AWS4-HMAC-SHA256)\s)[^\s\"',;&<>{}()*][^\s\"'&<>{}]{0,8192}",
        re.IGNORECASE,
    ),
    re.compile(r"(?P<before>\bpassw(?:or)?d(?:=|\"\s{0,4}:\s{0,4}\"))[^\s\"'&*][^\s\"'&]{0,512}", re.IGNORECASE),
    re.compile(
        r"(?P<before>[?&](?:X-Amz-(?:Signature|Credential|Security-Token)|AWSAccessKeyId|Signature|(?:access_|id_)?token)=)"
        r"[^\s&\"'<>*][^\s&\"'<>]{0,8192}",
        re.IGNORECASE,
    ),
    re.compile(r"(?P<before>\bSignature=)[0-9a-f]{16,128}", re.IGNORECASE),
    re.compile(r"(?P<before>\bBearer\s{1,4})[\w.~+/-]{16,8192}={0,2}", re.IGNORECASE),
    re.compile(r"(?P<before>\bwss?://[^\s?\"'<>]{1,1024}\?)[^\s\"'<>*][^\s\"'<>]{0,8192}"),
    re.compile(r"(?P<before>)\beyJ[\w-]{10,4096}\.[\w-]{10,8192}(?:\.[\w-]{0,4096})?"),
    re.compile(r"(?P<before>)\b(?:IQoJb3|FwoGZX|AQoDYX)[\w+/=%-]{40,8192}"),
)
