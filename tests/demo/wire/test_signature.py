"""The verifier against botocore's own signer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from smtui.demo.wire.http_server import HttpRequest
from smtui.demo.wire.service_errors import Refusal, Refused
from smtui.demo.wire.signature import KeyPair, SignatureVerifier

KEYS = KeyPair("AKIAEXAMPLE", "a secret/of+ours")
VERIFIER = SignatureVerifier(KEYS, ("eu-west-1",))


def signed(
    *,
    url: str = "http://127.0.0.1:8000/",
    body: bytes = b"{}",
    keys: KeyPair = KEYS,
    region: str = "eu-west-1",
    service: str = "ssm",
    method: str = "POST",
    headers: dict[str, str] | None = None,
) -> HttpRequest:
    request = AWSRequest(method=method, url=url, data=body, headers={"Host": "127.0.0.1:8000", **(headers or {})})
    credentials = Credentials(keys.access_key_id, keys.secret_access_key, keys.session_token or None)
    SigV4Auth(credentials, service, region).add_auth(request)
    path, _, query = url.removeprefix("http://127.0.0.1:8000").partition("?")
    sent = tuple((name.lower(), value) for name, value in request.headers.items())
    return HttpRequest(method, path, query, sent, body)


def changed(request: HttpRequest, **parts: Any) -> HttpRequest:
    whole = {name: getattr(request, name) for name in ("method", "path", "query", "headers", "body")}
    return HttpRequest(**(whole | parts))


def without(request: HttpRequest, name: str) -> HttpRequest:
    return changed(request, headers=tuple(pair for pair in request.headers if pair[0] != name))


def refusal_of(request: HttpRequest, verifier: SignatureVerifier = VERIFIER) -> Refusal:
    with pytest.raises(Refused) as caught:
        verifier.verify(request)
    return caught.value.refusal


def test_a_rightly_signed_request_tells_its_scope() -> None:
    scope = VERIFIER.verify(signed())
    assert (scope.region, scope.service) == ("eu-west-1", "ssm")


def test_an_upgrade_with_a_query_is_checked_like_any_request() -> None:
    url = "http://127.0.0.1:8000/v1/data-channel/demo-0a?role=publish_subscribe&cell-number=AAEA%2Bx"
    upgrade = signed(url=url, method="GET", body=b"", service="ssmmessages")
    assert VERIFIER.verify(upgrade).service == "ssmmessages"
    assert refusal_of(changed(upgrade, query="role=publish_subscribe&cell-number=other")) is Refusal.WRONG_SIGNATURE


@given(body=st.binary(max_size=200), value=st.text("ab \t~!", max_size=20))
def test_whatever_botocore_signs_is_accepted(body: bytes, value: str) -> None:
    VERIFIER.verify(signed(body=body, headers={"X-Amz-Meta": value}))


@pytest.mark.parametrize(
    "part",
    [
        {"body": b"{ }"},
        {"method": "GET"},
        {"path": "/other"},
        {"query": "a=b"},
        {"path": "other"},
        {"path": "/#other"},
        {"query": "#other"},
    ],
)
def test_a_request_changed_after_signing_is_refused(part: dict[str, Any]) -> None:
    assert refusal_of(changed(signed(), **part)) is Refusal.WRONG_SIGNATURE


@pytest.mark.parametrize("name", ["x-amz-meta", "host"])
def test_every_signed_header_must_be_there(name: str) -> None:
    request = signed(headers={"X-Amz-Meta": "kept", "Host": "localhost"})
    VERIFIER.verify(request)
    assert refusal_of(without(request, name)) is Refusal.WRONG_SIGNATURE
    emptied = tuple((key, "" if key == name else value) for key, value in request.headers)
    assert refusal_of(changed(request, headers=emptied)) is Refusal.WRONG_SIGNATURE


def test_a_path_of_s3_is_signed_as_it_is() -> None:
    request = AWSRequest("GET", "http://127.0.0.1:8000/bucket/a//b/../c%20d", headers={"Host": "127.0.0.1:8000"})
    S3SigV4Auth(Credentials(KEYS.access_key_id, KEYS.secret_access_key), "s3", "eu-west-1").add_auth(request)
    sent = tuple((name.lower(), value) for name, value in request.headers.items())
    asked = HttpRequest("GET", "/bucket/a//b/../c%20d", headers=sent)
    assert VERIFIER.verify(asked).service == "s3"
    assert refusal_of(changed(asked, path="/bucket/a/c%20d")) is Refusal.WRONG_SIGNATURE


def test_a_declared_body_hash_must_be_the_bodys() -> None:
    declared = signed(body=b"", headers={"X-Amz-Content-SHA256": "0" * 64})
    assert refusal_of(declared) is Refusal.WRONG_SIGNATURE


def test_a_wrong_secret_and_an_unknown_key_are_distinguished() -> None:
    assert refusal_of(signed(keys=KeyPair("AKIAEXAMPLE", "another"))) is Refusal.WRONG_SIGNATURE
    assert refusal_of(signed(keys=KeyPair("AKIAOTHER", "a secret/of+ours"))) is Refusal.UNKNOWN_KEY


def test_a_session_token_has_to_be_the_keys_own() -> None:
    with_token = KeyPair("ASIAEXAMPLE", "secret", "token")
    verifier = SignatureVerifier(with_token, ("eu-west-1",))
    verifier.verify(signed(keys=with_token))
    assert refusal_of(signed(keys=KeyPair("ASIAEXAMPLE", "secret")), verifier) is Refusal.UNKNOWN_KEY
    assert refusal_of(signed(keys=KeyPair("ASIAEXAMPLE", "secret", "old")), verifier) is Refusal.UNKNOWN_KEY
    assert refusal_of(signed(keys=KeyPair("AKIAEXAMPLE", "a secret/of+ours", "token"))) is Refusal.UNKNOWN_KEY


@pytest.mark.parametrize(("minutes", "words"), [(6, "Signature expired: "), (-6, "Signature not yet current: ")])
def test_a_clock_more_than_five_minutes_off_is_refused(minutes: int, words: str) -> None:
    later = datetime.now(UTC) + timedelta(minutes=minutes)
    verifier = SignatureVerifier(KEYS, ("eu-west-1",), now=lambda: later)
    with pytest.raises(Refused) as caught:
        verifier.verify(signed())
    assert caught.value.refusal is Refusal.CLOCK_SKEW
    assert caught.value.detail.startswith(words)


def test_four_minutes_are_tolerated() -> None:
    SignatureVerifier(KEYS, ("eu-west-1",), now=lambda: datetime.now(UTC) + timedelta(minutes=4)).verify(signed())


def test_another_region_is_refused() -> None:
    assert refusal_of(signed(region="mars-1")) is Refusal.INCOMPLETE_SIGNATURE


def test_no_signature_and_half_a_signature_are_distinguished() -> None:
    request = signed()
    assert refusal_of(without(request, "authorization")) is Refusal.UNSIGNED
    assert refusal_of(without(request, "x-amz-date")) is Refusal.INCOMPLETE_SIGNATURE
    assert refusal_of(without(request, "host")) is Refusal.WRONG_SIGNATURE
    cut = changed(request, headers=(("authorization", request.header("authorization")[:-1]),))
    assert refusal_of(cut) is Refusal.INCOMPLETE_SIGNATURE


@given(st.text(max_size=300), st.text(max_size=30))
def test_no_authorization_header_breaks_the_verifier(authorization: str, stamp: str) -> None:
    request = HttpRequest("POST", "/", headers=(("authorization", authorization), ("x-amz-date", stamp)))
    with pytest.raises(Refused):
        VERIFIER.verify(request)


def test_secrets_stay_out_of_the_repr() -> None:
    keys = KeyPair("AKIAEXAMPLE", "the-secret", "the-token")
    assert "the-secret" not in repr(keys)
    assert "the-token" not in repr(keys)
