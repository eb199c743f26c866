"""Keeps what IAM Identity Center knows of sign-ins: clients, questions to a person, tokens.

Nothing happens in the background: what has ended is judged when it is asked for. Safe to use from any thread.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from hashlib import sha256

_CLIENT_LASTS = timedelta(days=90)
_QUESTION_LASTS = timedelta(minutes=10)
_CODE_LASTS = timedelta(minutes=1)
TOKEN_LASTS = timedelta(hours=8)
INTERVAL = 1
"""Seconds between two questions about a device code, as AWS names them."""
_IMPATIENT = 0.5
"""Part of the interval after which a question does not yet count as too early: clients count from the answer."""
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
ACCESS_SCOPE = "sso:account:access"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class Decision(Enum):
    """What the person has clicked."""

    OPEN = "open"
    APPROVED = "approved"
    DENIED = "denied"


class Refusal(Enum):
    """Why no token is given, by AWS's code."""

    PENDING = "AuthorizationPendingException"
    SLOW_DOWN = "SlowDownException"
    DENIED = "AccessDeniedException"
    EXPIRED = "ExpiredTokenException"
    INVALID_GRANT = "InvalidGrantException"


class NoToken(Exception):
    """No token is given, for this reason."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, slots=True)
class SsoClient:
    """A public client that has registered itself."""

    client_id: str
    secret: str = field(repr=False)
    name: str
    ends_at: datetime
    scopes: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()
    redirects: tuple[str, ...] = ()

    @property
    def may_refresh(self) -> bool:
        """Whether its tokens come with a refresh token; AWS gives none without this scope."""
        return ACCESS_SCOPE in self.scopes


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked on a page: to let a client in, by the browser's way or by a device code."""

    key: str = field(repr=False)
    """What the page's links carry; nobody else can know it."""
    client: SsoClient
    ends_at: datetime
    redirect: str = ""
    """Where the browser's way leads back to; empty for a device code."""
    state: str = field(default="", repr=False)
    challenge: str = ""
    user_code: str = ""
    device_code: str = field(default="", repr=False)
    decision: Decision = Decision.OPEN
    asked_at: float | None = None
    """When the client asked last, by the book's clock."""


@dataclass(frozen=True, slots=True)
class GivenCode:
    """What the browser brings back after the approval, good once."""

    question: Question
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class GivenToken:
    """A token and its refresh token, which is empty where there is none."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    client: SsoClient
    ends_at: datetime


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SignInBook:
    """The sign-ins of one organisation."""

    def __init__(
        self,
        now: Callable[[], datetime] = _utc_now,
        *,
        interval: int = INTERVAL,
        token_lasts: timedelta = TOKEN_LASTS,
    ) -> None:
        self._now = now
        self.interval = interval
        self.token_lasts = token_lasts
        self._lock = threading.RLock()
        self._clients: dict[str, SsoClient] = {}
        self._questions: dict[str, Question] = {}
        self._codes: dict[str, GivenCode] = {}
        self._tokens: dict[str, GivenToken] = {}

    # Clients -------------------------------------------------------------------------------------

    def register(
        self, name: str, scopes: tuple[str, ...], grants: tuple[str, ...], redirects: tuple[str, ...]
    ) -> SsoClient:
        """Add a client."""
        ends = (self._now() + _CLIENT_LASTS).replace(microsecond=0)
        client = SsoClient(secrets.token_urlsafe(16), secrets.token_urlsafe(48), name, ends, scopes, grants, redirects)
        with self._lock:
            self._clients[client.client_id] = client
        return client

    def client(self, client_id: str) -> SsoClient | None:
        """The client of this id that has not ended."""
        with self._lock:
            client = self._clients.get(client_id)
        return client if client is not None and client.ends_at > self._now() else None

    def proven(self, client_id: str, secret: str) -> SsoClient | None:
        """The client, if the secret is its own."""
        client = self.client(client_id)
        return client if client is not None and hmac.compare_digest(client.secret.encode(), secret.encode()) else None

    # Questions to a person -----------------------------------------------------------------------

    def ask_by_browser(self, client: SsoClient, redirect: str, state: str, challenge: str) -> Question:
        """A page was opened."""
        key, ends = secrets.token_urlsafe(24), self._now() + _QUESTION_LASTS
        return self._put(Question(key, client, ends, redirect, state, challenge))

    def ask_by_code(self, client: SsoClient) -> Question:
        """A device asked for a code."""
        key, ends, code = secrets.token_urlsafe(24), self._now() + _QUESTION_LASTS, _user_code()
        return self._put(Question(key, client, ends, user_code=code, device_code=secrets.token_urlsafe(48)))

    def question(self, key: str) -> Question | None:
        """The question that a page's link names, while it can be answered."""
        with self._lock:
            question = self._questions.get(key)
        is_open = question is not None and question.decision is Decision.OPEN and question.ends_at > self._now()
        return question if is_open else None

    def question_of_code(self, user_code: str) -> Question | None:
        """The question whose code somebody typed, in any case and with any blanks and dashes."""
        typed = "".join(user_code.split()).replace("-", "").upper()
        with self._lock:
            for question in self._questions.values():
                if question.user_code and hmac.compare_digest(question.user_code.replace("-", ""), typed or "-"):
                    return self.question(question.key)
        return None

    def decide(self, question: Question, *, approve: bool) -> str:
        """Record the click; returns the authorization code of the browser's way, else an empty text."""
        decided = replace(question, decision=Decision.APPROVED if approve else Decision.DENIED)
        self._put(decided)
        if not approve or not question.redirect:
            return ""
        code = secrets.token_urlsafe(32)
        with self._lock:
            self._codes[code] = GivenCode(decided, self._now() + _CODE_LASTS)
        return code

    def _put(self, question: Question) -> Question:
        with self._lock:
            self._questions[question.key] = question
        return question

    # Tokens --------------------------------------------------------------------------------------

    def by_code(self, client: SsoClient, code: str, redirect: str, verifier: str) -> GivenToken:
        """A token for the code that the browser brought; the code is spent, whatever comes of it. Raises `NoToken`."""
        with self._lock:
            given = self._codes.pop(code, None)
        if given is None or given.question.client.client_id != client.client_id:
            raise NoToken(Refusal.INVALID_GRANT)
        if given.ends_at <= self._now():
            raise NoToken(Refusal.EXPIRED)
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
        fits = hmac.compare_digest(challenge.encode(), given.question.challenge.encode())
        if not fits or redirect != given.question.redirect:
            raise NoToken(Refusal.INVALID_GRANT)
        return self._give(client)

    def by_device(self, client: SsoClient, device_code: str, at: float) -> GivenToken:
        """A token for a device code, once it is allowed; `at` is the time in seconds. Raises `NoToken`."""
        with self._lock:
            found = next((each for each in self._questions.values() if each.device_code == device_code), None)
            if not device_code or found is None or found.client.client_id != client.client_id:
                raise NoToken(Refusal.INVALID_GRANT)
            if found.ends_at <= self._now():
                raise NoToken(Refusal.EXPIRED)
            self._put(replace(found, asked_at=at))
            if found.decision is Decision.DENIED:
                raise NoToken(Refusal.DENIED)
            if found.decision is Decision.OPEN:
                early = found.asked_at is not None and at - found.asked_at < self.interval * _IMPATIENT
                raise NoToken(Refusal.SLOW_DOWN if early else Refusal.PENDING)
            del self._questions[found.key]
        return self._give(client)

    def by_refresh(self, client: SsoClient, refresh: str) -> GivenToken:
        """A new token for a refresh token, which is spent. Raises `NoToken`."""
        with self._lock:
            held = next((each for each in self._tokens.values() if refresh and each.refresh == refresh), None)
            if held is None or held.client.client_id != client.client_id:
                raise NoToken(Refusal.INVALID_GRANT)
            del self._tokens[held.access]
        return self._give(client)

    def token(self, access: str) -> GivenToken | None:
        """The token, while it is good."""
        with self._lock:
            held = self._tokens.get(access)
        return held if held is not None and held.ends_at > self._now() else None

    def revoke(self, access: str) -> None:
        """End a token and its refresh token."""
        with self._lock:
            self._tokens.pop(access, None)

    def _give(self, client: SsoClient) -> GivenToken:
        refresh = secrets.token_urlsafe(64) if client.may_refresh else ""
        token = GivenToken(secrets.token_urlsafe(64), refresh, client, self._now() + self.token_lasts)
        with self._lock:
            self._tokens[token.access] = token
        return token


def _user_code() -> str:
    letters = "".join(secrets.choice(_LETTERS) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"
