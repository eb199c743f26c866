"""The rules of signing in through a browser or with a code: which way comes first, what an answer means, what it says.

Sources: RFC 6749 (authorization code), 7636 (PKCE), 8252 (loopback redirect), 8628 (device code); the API reference of
IAM Identity Center's OIDC service.
"""

from __future__ import annotations

import hmac
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from html import escape
from urllib.parse import parse_qs

from smtui.domain.fault import Fault, FaultKind
from smtui.domain.places.sso_values import CALLBACK_PATH, AuthorizationAsked
from smtui.domain.text import KNOWN_SECRETS, harmless
from smtui.topics import causes

BROWSER_PATIENCE = timedelta(minutes=10)
"""How long the browser's answer is waited for."""
SLOWER_BY = 5.0
"""Seconds that SlowDown adds for good between two questions about a device code (RFC 8628, 3.5)."""
TOLERABLE_SKEW = timedelta(minutes=5)
_VERIFIER_LENGTH = 64
_VERIFIER_LETTERS = string.ascii_letters + string.digits + "-._~"
_NOTHING_CHANGED = "Nothing was written: an earlier sign-in is as it was."


def new_question(port: int) -> AuthorizationAsked:
    """A question that nobody can guess or answer for the browser, answered at this port of 127.0.0.1."""
    verifier = "".join(secrets.choice(_VERIFIER_LETTERS) for _ in range(_VERIFIER_LENGTH))
    KNOWN_SECRETS.learn(verifier)
    return AuthorizationAsked(f"http://127.0.0.1:{port}{CALLBACK_PATH}", secrets.token_urlsafe(24), verifier)


# The browser's answer ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BrowserAnswer:
    """What a request to the loopback port means, and the page that it gets."""

    status: int
    page: str
    """One sentence for the browser's window."""
    code: str = field(default="", repr=False)
    """What the token is asked for with; empty for none."""
    refusal: str = ""
    """AWS's words if it sent the browser back with an error; empty for none."""
    strange: str = ""
    """What was wrong with an answer that was not accepted; empty for nothing. Waiting goes on."""

    @property
    def settles(self) -> bool:
        """Whether the browser is waited for no longer."""
        return bool(self.code or self.refusal)


def browser_answer(method: str, target: str, state: str) -> BrowserAnswer:
    """What the request for `target`, path and query, means for the question with that `state`.

    An error needs no state, since AWS may leave it out; a wrong one is no answer to this question.
    """
    path, _, query = target.partition("?")
    if path != CALLBACK_PATH:
        return BrowserAnswer(404, "There is nothing here.")
    if method != "GET":
        return BrowserAnswer(405, "Only a browser that comes from AWS's page is answered here.")
    try:
        given = parse_qs(query, keep_blank_values=True, max_num_fields=20)
    except ValueError:
        return _strange("it could not be read")
    one = {name: values[0] for name, values in given.items() if len(values) == 1}
    if "error" in one and ("state" not in given or _is_ours(one, state)):
        return _refused(one)
    if complaint := _complaint(one, state):
        return _strange(complaint)
    KNOWN_SECRETS.learn(one["code"])
    return BrowserAnswer(200, "smtui has AWS's answer. You can close this page and go back to smtui.", code=one["code"])


def _is_ours(one: Mapping[str, str], state: str) -> bool:
    return hmac.compare_digest(one.get("state", "").encode(errors="replace"), state.encode())


def _complaint(one: Mapping[str, str], state: str) -> str:
    if "state" not in one:
        return "it brought no state"
    if not _is_ours(one, state):
        return "its state belongs to another sign-in"
    return "" if one.get("code") else "it brought no code"


def _refused(one: Mapping[str, str]) -> BrowserAnswer:
    words = ": ".join(part for part in (one["error"], one.get("error_description", "")) if part)
    refusal = harmless(words) or "no reason"
    return BrowserAnswer(200, "AWS refused the sign-in. Go back to smtui, which says more.", refusal=refusal)


def _strange(what: str) -> BrowserAnswer:
    page = f"This answer was not accepted: {what}. Go back to smtui and use its newest page."
    return BrowserAnswer(400, page, strange=f"An answer at the local port was refused: {what}. Still waiting.")


def page_of(answer: BrowserAnswer) -> bytes:
    """The whole HTTP response; it holds no script, and nothing of the request."""
    words = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed"}[answer.status]
    body = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>smtui</title>'
        f"<p>{escape(answer.page)}</p></html>\n"
    ).encode()
    head = (
        f"HTTP/1.1 {answer.status} {words}\r\n"
        "Content-Type: text/html; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\n"
        "Content-Security-Policy: default-src 'none'\r\n"
        "Referrer-Policy: no-referrer\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body


# Which way comes first ---------------------------------------------------------------------------


def why_with_a_code(environment: Mapping[str, str], system: str) -> str:
    """Why the code comes first here, as a sentence; empty where a browser can be started. `system` as `sys.platform`.

    Over ssh a browser would start on the other machine, if at all, and its answer would not reach this one.
    """
    if environment.get("SSH_CONNECTION") or environment.get("SSH_TTY"):
        return "smtui runs over ssh, so a code comes first: the page can be opened on any device."
    if system in {"darwin", "win32"} or environment.get("BROWSER"):
        return ""
    if environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY") or environment.get("WSL_DISTRO_NAME"):
        return ""
    return "This machine has no display, so a code comes first: the page can be opened on any device."


NO_BROWSER = "No browser could be started here. Open the page yourself, or sign in with a code."


# How it goes wrong -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong and what is still safe, in sentences; and the id of the topic that says what to do."""

    says: str
    topic: str


SIGN_IN_TOPIC = causes.SIGN_IN_FAILED.topic
FILE_TOPIC = causes.TOKEN_NOT_KEPT.topic


def refused_by_user(words: str) -> Failure:
    """The page sent the browser back with an error, or the device code was denied."""
    said = f" ({words})" if words else ""
    return Failure(f"The sign-in was refused on AWS's page{said}. {_NOTHING_CHANGED}", SIGN_IN_TOPIC)


def nobody_answered() -> Failure:
    """Ten minutes without an answer."""
    minutes = int(BROWSER_PATIENCE.total_seconds() // 60)
    return Failure(f"The browser brought no answer within {minutes} minutes. {_NOTHING_CHANGED}", SIGN_IN_TOPIC)


def code_expired() -> Failure:
    """The device code was not allowed in time."""
    says = f"Nobody allowed the code before it expired. {_NOTHING_CHANGED}"
    return Failure(says, SIGN_IN_TOPIC)


def not_kept(sentence: str) -> Failure:
    """The sign-in worked and the token could not be written; `sentence` says why."""
    return Failure(f"{sentence} The sign-in itself worked. {_NOTHING_CHANGED}", FILE_TOPIC)


def no_port(words: str) -> Failure:
    """Nothing can listen on 127.0.0.1."""
    says = f"No port of 127.0.0.1 could be opened for the browser's answer: {words}. Sign in with a code instead."
    return Failure(says, SIGN_IN_TOPIC)


def unexpected(words: str) -> Failure:
    """Something that nobody foresaw."""
    return Failure(f"Something unexpected ended the sign-in ({words}). {_NOTHING_CHANGED}", SIGN_IN_TOPIC)


def of_call(fault: Fault, topic: str) -> Failure:
    """A call of the OIDC service failed; `topic` is the one of that kind of fault."""
    if fault.code == "AccessDeniedException":
        return refused_by_user(fault.message)
    if fault.code == "ExpiredTokenException":
        return code_expired()
    what = _BY_CODE.get(fault.code)
    if what is not None:
        said = f" ({fault.code}: {fault.message})" if fault.message else f" ({fault.code})"
        return Failure(f"{what}{said}. {_NOTHING_CHANGED}", SIGN_IN_TOPIC)
    own = fault.kind in {FaultKind.OTHER, FaultKind.INVALID_REQUEST, FaultKind.SSO_SIGN_IN}
    return Failure(f"{fault.sentence_and_advice()} {_NOTHING_CHANGED}", SIGN_IN_TOPIC if own else topic)


_BY_CODE = {
    "InvalidGrantException": "AWS did not accept the answer of the browser, or the code",
    "InvalidClientException": "AWS does not know this client any more",
    "UnauthorizedClientException": "AWS does not let this client sign in this way",
    "UnsupportedGrantTypeException": "AWS does not offer this way of signing in",
    "InvalidScopeException": "AWS does not know a scope of sso_registration_scopes",
    "InvalidRequestException": "AWS did not accept the start URL, or the Region of the SSO session",
    "InvalidRedirectUriException": "AWS does not accept an answer at a local port",
}


def clock_warning(ahead: timedelta) -> str:
    """What a clock that is off does to the sign-in; empty for one that is right."""
    if abs(ahead) <= TOLERABLE_SKEW:
        return ""
    minutes = round(abs(ahead).total_seconds() / 60)
    way = "ahead of" if ahead > timedelta() else "behind"
    return f"This machine's clock is {minutes} min {way} AWS's: AWS refuses signed calls until it is set."
