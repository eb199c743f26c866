"""Which endpoints and certificates count for a sign-in, what odd answers give, and what a wrong clock shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from smtui.aws.identities.boto_identities import BotoIdentities
from smtui.aws.identities.sso_adapter import SsoAdapter
from smtui.aws.identities.token_files import TokenFiles
from smtui.aws.places import BotoPlaces
from smtui.demo.account.organisation import START_URL
from smtui.demo.region import SimulatedRegion
from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.place import Place
from smtui.domain.places.profile import SsoSession
from smtui.domain.places.sso_values import AuthorizationAsked, ClientRegistration, DeviceCode
from smtui.places.sign_in_rules import clock_warning
from tests.demo.browser import answered
from tests.demo.support import quiet_region

SESSION = SsoSession("acme", START_URL, "eu-west-1")
ASKED = AuthorizationAsked("http://127.0.0.1:41873/oauth/callback", "a state", "v" * 64)
CLIENT = ClientRegistration("client id", "client-secret-1", datetime(2999, 1, 1, tzinfo=UTC))


@pytest.fixture(scope="module")
def region() -> Iterator[SimulatedRegion]:
    with quiet_region() as running:
        yield running


def identities(home: Path) -> BotoIdentities:
    places = BotoPlaces()
    return BotoIdentities(lambda: places, {}, home / ".aws")


@pytest.mark.parametrize(
    ("region_name", "host"),
    [
        ("eu-west-1", "oidc.eu-west-1.amazonaws.com"),
        ("us-gov-west-1", "oidc.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "oidc.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_page_is_of_the_partition(home: Path, region_name: str, host: str) -> None:
    session = SsoSession("acme", START_URL, region_name, ("sso:account:access", "other:scope"))
    page = urlsplit(identities(home).sso().authorize_url(session, CLIENT, ASKED))
    assert (page.scheme, page.hostname, page.path) == ("https", host, "/authorize")
    assert {name: values[0] for name, values in parse_qs(page.query).items()} == {
        "response_type": "code",
        "client_id": "client id",
        "redirect_uri": ASKED.redirect_uri,
        "state": "a state",
        "code_challenge_method": "S256",
        "scopes": "sso:account:access other:scope",
        "code_challenge": ASKED.challenge,
    }
    assert "+" not in page.query


def test_endpoints_of_the_profile_count(home: Path, config: Callable[[str], None]) -> None:
    config(
        "[profile ops]\nsso_session = acme\nservices = ours\n[services ours]\nsso_oidc =\n"
        f"  endpoint_url = https://oidc.internal.example\n[sso-session acme]\nsso_start_url = {START_URL}\n"
        "sso_region = eu-west-1\n"
    )
    assert identities(home).sso().authorize_url(SESSION, CLIENT, ASKED).startswith("https://oidc.internal.example/a")


def test_certificates_that_are_missing_are_a_fault(
    home: Path, config: Callable[[str], None], region: SimulatedRegion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(home / "nothing.pem"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://127.0.0.1:1")
    with pytest.raises(AwsCallFailed) as raised:
        identities(home).sso().register(SESSION, by_browser=True)
    assert "nothing.pem" in str(raised.value)


def adapter(home: Path, monkeypatch: pytest.MonkeyPatch, region: SimulatedRegion, **changed: Any) -> SsoAdapter:
    monkeypatch.setenv("AWS_ENDPOINT_URL", region.endpoint_url)
    places = BotoPlaces()
    return SsoAdapter(lambda: places, TokenFiles(lambda: home / "cache"), lambda _: "", **changed)


@pytest.mark.parametrize("hours", [1, -1])
def test_clock_that_is_off_shows_in_the_token(
    home: Path, monkeypatch: pytest.MonkeyPatch, region: SimulatedRegion, hours: int
) -> None:
    sso = adapter(home, monkeypatch, region, now=lambda: datetime.now(UTC) + timedelta(hours=hours))
    client = sso.register(SESSION, by_browser=False)
    code = sso.device_code(SESSION, client)
    assert sso.token_for_device(SESSION, client, code) is None
    answered(code.address_with_code)
    token = sso.token_for_device(SESSION, client, code)
    assert token is not None
    assert abs(token.clock_ahead - timedelta(hours=hours)) < timedelta(minutes=5)
    assert ("60 min ahead" if hours > 0 else "60 min behind") in clock_warning(token.clock_ahead)


class Odd:
    """A client whose answers lack what they must have."""

    class meta:  # noqa: N801 - botocore's name
        endpoint_url = "https://oidc.example"

    def register_client(self, **_: Any) -> dict[str, Any]:
        return {"clientId": "c", "clientSecretExpiresAt": "soon"}

    def start_device_authorization(self, **_: Any) -> dict[str, Any]:
        return {"deviceCode": 7}

    def create_token(self, **_: Any) -> dict[str, Any]:
        return {"accessToken": None, "expiresIn": 1}


class OddPlaces(BotoPlaces):
    def unsigned_client(self, service: str, place: Place) -> Any:
        return Odd()


def test_answers_that_are_not_whole_are_faults(home: Path) -> None:
    sso = SsoAdapter(OddPlaces, TokenFiles(lambda: home / "cache"), lambda _: "")
    code = DeviceCode("device-code-1", "WDJB-MJHT", "https://x", "", CLIENT.expires_at, 5.0)
    for call in (
        lambda: sso.register(SESSION, by_browser=True),
        lambda: sso.device_code(SESSION, CLIENT),
        lambda: sso.token_for_device(SESSION, CLIENT, code),
    ):
        with pytest.raises(AwsCallFailed) as raised:
            call()
        assert raised.value.fault.kind is FaultKind.SERVICE
        assert "The answer holds no" in raised.value.fault.message
