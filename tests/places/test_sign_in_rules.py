"""What the browser's answers mean, which way comes first, and what failures say."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtui.domain.fault import FaultKind
from smtui.domain.places.sso_values import AuthorizationAsked
from smtui.places.sign_in_rules import (
    BrowserAnswer,
    browser_answer,
    clock_warning,
    new_question,
    of_call,
    page_of,
    why_with_a_code,
)
from tests.places.sign_in_support import fault

STATE = "the-state-of-this-one"
BACK = "/oauth/callback"


def test_question_is_new_each_time_and_hides_its_secret() -> None:
    one, other = new_question(41873), new_question(41873)
    assert one.redirect_uri == "http://127.0.0.1:41873/oauth/callback"
    assert one.state != other.state
    assert one.verifier != other.verifier
    assert len(one.verifier) == 64
    assert one.verifier not in repr(one)
    assert one.state not in repr(one)


def test_challenge_is_that_of_rfc_7636() -> None:
    """The example of its appendix B."""
    asked = AuthorizationAsked("http://127.0.0.1:1/oauth/callback", "s", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert asked.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.mark.parametrize(
    ("method", "target", "status", "code", "refusal"),
    [
        ("GET", f"{BACK}?code=the-code&state={STATE}", 200, "the-code", ""),
        ("GET", f"{BACK}?state={STATE}&code=the-code&extra=1", 200, "the-code", ""),
        ("GET", f"{BACK}?error=access_denied&state={STATE}", 200, "", "access_denied"),
        ("GET", f"{BACK}?error=server_error&error_description=try+later", 200, "", "server_error: try later"),
        ("GET", f"{BACK}?code=the-code&state=other", 400, "", ""),
        ("GET", f"{BACK}?error=access_denied&state=other", 400, "", ""),
        ("GET", f"{BACK}?code=the-code", 400, "", ""),
        ("GET", f"{BACK}?code=a&code=b&state={STATE}", 400, "", ""),
        ("GET", f"{BACK}?code=a&state={STATE}&state=other", 400, "", ""),
        ("GET", f"{BACK}?state={STATE}", 400, "", ""),
        ("GET", f"{BACK}?{'a=1&' * 30}", 400, "", ""),
        ("GET", BACK, 400, "", ""),
        ("GET", f"{BACK}/?code=the-code&state={STATE}", 404, "", ""),
        ("GET", "/favicon.ico", 404, "", ""),
        ("POST", f"{BACK}?code=the-code&state={STATE}", 405, "", ""),
        ("HEAD", f"{BACK}?code=the-code&state={STATE}", 405, "", ""),
    ],
)
def test_answer_of_a_browser(method: str, target: str, status: int, code: str, refusal: str) -> None:
    found = browser_answer(method, target, STATE)
    assert (found.status, found.code, found.refusal) == (status, code, refusal)
    assert found.settles == bool(code or refusal)
    assert bool(found.strange) == (status == 400)


@given(st.text(), st.text())
def test_no_answer_raises_or_passes_without_its_state(method: str, target: str) -> None:
    found = browser_answer(method, target, STATE)
    assert not found.code
    assert b"HTTP/1.1 " in page_of(found)


def test_page_holds_nothing_of_the_request() -> None:
    found = browser_answer("GET", f"{BACK}?error=%3Cscript%3Ealert(1)%3C/script%3E&state={STATE}", STATE)
    page = page_of(found)
    assert b"<script" not in page
    assert b"alert" not in page
    assert b"&lt;b&gt;" in page_of(BrowserAnswer(200, "<b>"))
    assert b"default-src 'none'" in page


def test_words_of_the_refusal_cannot_move_the_terminal() -> None:
    assert "\x1b" not in browser_answer("GET", f"{BACK}?error=%1b%5b2J&state={STATE}", STATE).refusal


@pytest.mark.parametrize(
    ("environment", "system", "word"),
    [
        ({"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22", "DISPLAY": ":10"}, "linux", "over ssh"),
        ({"SSH_TTY": "/dev/pts/1"}, "darwin", "over ssh"),
        ({}, "linux", "no display"),
        ({"DISPLAY": ":0"}, "linux", ""),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", ""),
        ({"WSL_DISTRO_NAME": "Debian"}, "linux", ""),
        ({"BROWSER": "firefox"}, "linux", ""),
        ({}, "darwin", ""),
        ({}, "win32", ""),
    ],
)
def test_which_way_comes_first(environment: dict[str, str], system: str, word: str) -> None:
    why = why_with_a_code(environment, system)
    assert (word in why) if word else not why


@pytest.mark.parametrize(
    ("kind", "code", "says", "topic"),
    [
        (FaultKind.OTHER, "InvalidRequestException", "did not accept the start URL", "sso-sign-in-failed"),
        (FaultKind.UNREACHABLE, "EndpointConnectionError", "", "aws-unreachable"),
        (FaultKind.THROTTLED, "TooManyRequestsException", "slow down", "throttled"),
        (FaultKind.OTHER, "SomethingNew", "SomethingNew", "sso-sign-in-failed"),
    ],
)
def test_failed_call_says_what_is_safe(kind: FaultKind, code: str, says: str, topic: str) -> None:
    failure = of_call(fault(kind, code, "").fault, topic)
    assert says in failure.says
    assert "Nothing was written" in failure.says
    assert failure.topic == topic


def test_clock() -> None:
    assert not clock_warning(timedelta(minutes=4))
    assert "90 min behind" in clock_warning(timedelta(minutes=-90))
