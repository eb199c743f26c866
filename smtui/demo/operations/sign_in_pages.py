"""Shows the pages on which a person lets a client in: one that leads back to the client, one that asks for a code.

Plain HTML without scripts. A click is a link with a key that only this page carries, so no other site can click it.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

from smtui.demo.account.organisation import USER
from smtui.demo.wire.http_server import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from smtui.demo.account.organisation import Organisation
    from smtui.demo.account.sign_in_book import Question, SsoClient

AUTHORIZE, DEVICE, DECIDE = "/authorize", "/device", "/decide"
PATHS = frozenset({AUTHORIZE, DEVICE, DECIDE})
_HTML = "text/html; charset=utf-8"
_HEADERS = (
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Frame-Options", "DENY"),
)
_STYLE = "body{font-family:sans-serif;max-width:36em;margin:4em auto;padding:0 1em}a{margin-right:1em}"
_LONGEST = 2000


def page(organisation: Organisation, request: HttpRequest) -> HttpResponse:
    """The page that a browser asked for."""
    if request.method not in {"GET", "HEAD"}:
        return _page(405, "Not possible", "<p>This page can only be read.</p>")
    given = {name: values[0] for name, values in parse_qs(request.query, max_num_fields=50).items()}
    match request.path:
        case "/authorize":
            return _authorize(organisation, given)
        case "/device":
            return _device(organisation, given.get("user_code", ""))
        case _:
            return _decide(organisation, given)


def _authorize(organisation: Organisation, given: dict[str, str]) -> HttpResponse:
    """Never leads back to an address that the client did not register."""
    client = organisation.book.client(given.get("client_id", ""))
    redirect, state, challenge = (given.get(name, "") for name in ("redirect_uri", "state", "code_challenge"))
    if client is None or not _is_registered(client, redirect):
        return _page(400, "Unknown client", "<p>No client is registered with this id and this address.</p>")
    if given.get("response_type") != "code" or not (state and challenge) or len(state + challenge) > _LONGEST:
        return _page(400, "Bad request", "<p>The request is not whole.</p>")
    if given.get("code_challenge_method") != "S256":
        return _page(400, "Bad request", "<p>Only the challenge method S256 is known.</p>")
    if not set(given.get("scopes", "").split()) <= set(client.scopes):
        return _page(400, "Bad request", "<p>The client did not register for these scopes.</p>")
    return _asked(organisation.book.ask_by_browser(client, redirect, state, challenge))


def _is_registered(client: SsoClient, redirect: str) -> bool:
    """The port is left out: the client listens at any."""
    try:
        parts = urlsplit(redirect)
        without_port = f"{parts.scheme}://{parts.hostname}{parts.path}"
        has_port = parts.port is not None
    except ValueError:
        return False
    may_ask = "authorization_code" in client.grants
    return (
        may_ask
        and has_port
        and not (parts.query or parts.fragment or parts.username)
        and without_port in client.redirects
    )


def _device(organisation: Organisation, user_code: str) -> HttpResponse:
    if not user_code:
        form = f'<form action="{DEVICE}"><p>Code <input name="user_code" autofocus> <button>Next</button></p></form>'
        return _page(200, "Type the code that your device shows", form)
    question = organisation.book.question_of_code(user_code)
    if question is None:
        return _page(400, "Unknown code", f'<p>The code is wrong, or has expired. <a href="{DEVICE}">Try again</a></p>')
    return _asked(question)


def _asked(question: Question) -> HttpResponse:
    name = escape(question.client.name)
    code = f"<p>Your device must show the code <b>{escape(question.user_code)}</b>.</p>" if question.user_code else ""
    scopes = escape(", ".join(question.client.scopes) or "your accounts")
    links = "".join(
        f'<a href="{DECIDE}?{escape(urlencode({"key": question.key, "answer": answer}))}">{answer.capitalize()}</a>'
        for answer in ("approve", "deny")
    )
    return _page(200, f"Allow {name} to use your data?", f"{code}<p>{USER} · {scopes}</p><p>{links}</p>")


def _decide(organisation: Organisation, given: dict[str, str]) -> HttpResponse:
    question, answer = organisation.book.question(given.get("key", "")), given.get("answer", "")
    if question is None or answer not in {"approve", "deny"}:
        return _page(400, "Too late", "<p>This question was answered, or has expired.</p>")
    code = organisation.book.decide(question, approve=answer == "approve")
    if question.redirect:
        back = {"code": code} if code else {"error": "access_denied", "error_description": "The user denied access"}
        location = f"{question.redirect}?{urlencode({**back, 'state': question.state})}"
        return HttpResponse(303, b"", _HTML, (*_HEADERS, ("Location", location)))
    words = "The device is signed in." if answer == "approve" else "The device is not signed in."
    return _page(200, "Done", f"<p>{words} You can close this page.</p>")


def _page(status: int, title: str, body: str) -> HttpResponse:
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head>"
        f"<body><h1>{title}</h1>{body}<hr><p>This is smtui's simulated IAM Identity Center.</p></body></html>\n"
    )
    return HttpResponse(status, text.encode(), _HTML, _HEADERS)
