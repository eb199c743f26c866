"""Text from outside: what a terminal would obey, secrets, and length."""

from __future__ import annotations

import json
import unicodedata
from base64 import b64encode
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smtui.domain.text import (
    LONGEST_LINE,
    LONGEST_MESSAGE,
    LONGEST_TEXT,
    MOST_LINES,
    KnownSecrets,
    error_words,
    harmless,
    harmless_lines,
    kept_message,
    masked,
    masked_strictly,
    natural,
    printable,
)

OBEYED = {"Cc", "Cf", "Cs", "Zl", "Zp"}
HOSTILE = [
    "\x1b]52;c;cm0gLXJmIC8=\x07",
    "\x1bP$q\x1b\\",
    "\x9b31m\x90\x9d0;title\x9c",
    "\u202etxt.exe\u2066\u2069\u200e\u200f\u061c",
    "\u2028\u2029\x85",
    "\udc80\ud800",
    "\U000e0001\U000e0041\U000e007f",
    "\ufeff\u200b\u2060\u00ad\u3164",
]


def obeyed(text: str) -> str:
    return "".join(character for character in text if unicodedata.category(character) in OBEYED)


@given(st.text(st.characters()))
@example("".join(HOSTILE))
def test_nothing_is_left_that_a_terminal_obeys(text: str) -> None:
    for shown in (harmless(text), printable(text), *harmless_lines(text)):
        assert obeyed(shown) == ""
        assert printable(shown) == shown


@given(st.one_of(st.text(), st.text("\x1b:@/?=& abwssSecretToken*", max_size=60)))
@example("authorization: Basic abcdefgh")
@example("x" * (LONGEST_LINE + 1))
@example("http://user:password@host " * 1000)
def test_what_has_passed_the_gate_passes_it_unchanged(text: str) -> None:
    shown = harmless(text)
    assert harmless(shown) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Zoë é\u0301", "Zoë é\u0301"),
        ("👩\u200d💻 on call", "👩💻 on call"),
        ("می\u200cخواهم", "میخواهم"),
        ("☎\ufe0f\U000e0101", "☎"),
        ("한국어 日本語 हिन्दी עברית", "한국어 日本語 हिन्दी עברית"),
    ],
)
def test_names_of_every_script_stay_readable(text: str, shown: str) -> None:
    assert harmless(text) == shown


@given(st.integers(0, 3_000_000), st.sampled_from(["x", "日", "\x1b", "a b ", "a:b@c:1 "]))
def test_a_line_is_bounded_and_tells_how_much_was_cut(length: int, piece: str) -> None:
    shown = harmless(piece * (length // len(piece)))
    assert len(shown) <= LONGEST_LINE
    if length - len(piece) > 2 * LONGEST_LINE * len(piece):
        assert shown.endswith("more characters)")


def test_five_megabytes_of_an_error_are_a_message() -> None:
    message = kept_message("The call failed: " + "x" * 5_000_000)
    assert len(message) <= LONGEST_MESSAGE
    assert message.startswith("The call failed: xxx")
    assert message.endswith(" … (4,998,065 more characters)")
    assert error_words(ValueError("y" * 5_000_000)) == error_words(ValueError("y" * 5_000_000))[:LONGEST_MESSAGE]


def test_lines_are_bounded_in_number_and_all_together() -> None:
    lines = harmless_lines("a\n" * 50_000)
    assert len(lines) == MOST_LINES
    assert lines[-1] == "… (49,002 more lines)"
    assert sum(map(len, harmless_lines(("x" * 5_000 + "\n") * 1_000))) <= LONGEST_TEXT
    assert harmless_lines("a\tb\r\n\x1b[2J") == ["a       b", "␛[2J"]


def test_an_exception_without_words_is_reported_by_its_kind() -> None:
    assert error_words(TimeoutError()) == "TimeoutError"


# Secrets ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://user:hunter2@proxy:3128/", "http://***@proxy:3128/"),
        ("Failed to connect to proxy URL: \"http://us%40er:p%3Aw@proxy\"", 'Failed to connect to proxy URL: "http://***@proxy"'),
        ("http://user:pa/ss@proxy:3128", "http://***@proxy:3128"),
        ("socks5h://token@proxy", "socks5h://***@proxy"),
        ("user:hunter2@proxy:3128 is no URL", "***@proxy:3128 is no URL"),
        ("proxy=user:hun:ter2@[::1]:3128", "proxy=***@[::1]:3128"),
        (
            "https://b.s3.amazonaws.com/k?X-Amz-Credential=AKIA%2F1&X-Amz-Date=2026&X-Amz-Security-Token=IQ%2F&x-amz-signature=ab12",
            "https://b.s3.amazonaws.com/k?X-Amz-Credential=***&X-Amz-Date=2026&X-Amz-Security-Token=***&x-amz-signature=***",
        ),
        ("wss://ssmmessages.eu-west-1.amazonaws.com/v1/data-channel/s-1?role=x&cell-number=y", "wss://ssmmessages.eu-west-1.amazonaws.com/v1/data-channel/s-1?***"),
        ('{"SecretAccessKey": "wJalr/XUt", "Expiration": "2026"}', '{"SecretAccessKey": "***", "Expiration": "2026"}'),
        ("aws_session_token=FwoG/x+y==", "aws_session_token=***"),
        ("{'TokenValue': 'AAEAAd'}", "{'TokenValue': '***'}"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("Proxy-Authorization: Basic dXNlcjpwdw==", "Proxy-Authorization: Basic ***"),
        ("AWS4-HMAC-SHA256 Signature=0123456789abcdef0123", "AWS4-HMAC-SHA256 Signature=***"),
        ("sent eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.c2lnbmF0dXJl", "sent ***"),
        ("psql password=hunter2 host=db", "psql password=*** host=db"),
    ],
)  # fmt: skip
def test_what_is_shaped_like_a_secret_is_masked(text: str, shown: str) -> None:
    assert masked(text) == shown
    assert harmless(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_x/alice@example.com is not authorized to do: ssm:x",
        "mailto:alice@example.com",
        "Owner:alice@example.com",
        "https://docs.aws.amazon.com/x?y=z#a@b",
        "http://127.0.0.1:8780/v1@latest",
        "http://[::1]:80/a@b",
        "The StartSession response has no TokenValue.",
        "Type the password: it is not shown.",
        "You are not authorized to perform this operation. Encoded authorization failure message: abc",
        "ec2-user@10.0.0.1:/home",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert harmless(text) == text


def test_in_an_exceptions_text_a_login_needs_no_port() -> None:
    assert masked_strictly("bad proxy user:hunter2@proxy.example") == "bad proxy ***@proxy.example"


SECRET = st.text(st.characters(codec="utf-8", exclude_characters="*\x00"), min_size=8, max_size=80)


@given(SECRET, st.text(max_size=20), st.text(max_size=20))
def test_a_known_secret_is_masked_in_all_its_spellings(secret: str, before: str, after: str) -> None:
    known = KnownSecrets()
    known.learn(secret)
    for spelling in (secret, quote(secret, ""), quote(secret), json.dumps(secret)[1:-1], repr(secret)[1:-1]):
        assert spelling not in known.masked(f"{before}{spelling}{after}")


PASSWORD = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00*", exclude_categories=["Cc"]), min_size=6, max_size=40
)


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "wss_proxy", "AWS_ENDPOINT_URL_SSM"])
@pytest.mark.parametrize("scheme", ["", "http://", "socks5h://"])
def test_the_password_of_a_proxy_is_known(name: str, scheme: str) -> None:
    known = KnownSecrets()
    known.learn_environment({name: f"{scheme}user:hun%74er2@proxy:3128"})
    for spelling in ("hun%74er2", "hunter2", "user:hun%74er2", b64encode(b"user:hunter2").decode()):
        assert known.masked(f"<{spelling}>") == "<***>"
    assert known.masked("user at proxy:3128") == "user at proxy:3128"


@given(PASSWORD)
@example("se/cret#wo@rd")
def test_a_password_that_a_library_cuts_up_is_known_in_its_pieces(password: str) -> None:
    known = KnownSecrets()
    known.learn_environment({"HTTPS_PROXY": f"user:{password}@proxy:3128"})
    assert password not in known.masked(f"Port could not be cast to integer value as {password!s}")
    for piece in password.replace("#", "/").replace("@", "/").split("/"):
        if len(piece) >= 6 and not any(mark in piece for mark in ":?[]\\%"):
            assert piece not in known.masked(f"Port could not be cast to integer value as '{piece}'")


def test_keys_and_tokens_of_the_environment_are_known() -> None:
    known = KnownSecrets()
    known.learn_environment(
        {
            "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG",
            "AWS_SESSION_TOKEN": "IQoJb3JpZ2luX2VjEA",
            "AWS_WEB_IDENTITY_TOKEN_FILE": "/var/run/secrets/token",
            "PATH": "/usr/bin",
            "HTTPS_PROXY": "http://proxy:3128",
        }
    )
    said = "wJalrXUtnFEMI%2FK7MDENG IQoJb3JpZ2luX2VjEA /var/run/secrets/token /usr/bin http://proxy:3128"
    assert known.masked(said) == "*** *** /var/run/secrets/token /usr/bin http://proxy:3128"


@given(st.text("abc:/@?=&. \"'", max_size=300))
@example("a:" * 9_000 + "@")
@example("x://" * 4_000 + "@")
@example("authorization:" * 1_000)
@example("ws://?" * 2_000)
def test_masking_ends_on_any_text(text: str) -> None:
    once = masked(text)
    assert masked(once) == once, text[:100]


def test_natural_order_is_that_of_numbers() -> None:
    assert sorted(["web-10", "Web-9", "web-2"], key=natural) == ["web-2", "Web-9", "web-10"]
