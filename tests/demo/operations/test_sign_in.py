"""IAM Identity Center as botocore's clients and a browser see it."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from smtui.demo.account.organisation import START_URL
from smtui.demo.account.sign_in_book import DEVICE_GRANT, SignInBook
from smtui.demo.region import SimulatedRegion
from smtui.demo.story.callers import OPS, PERMISSION_SETS
from tests.demo.browser import answered, opened
from tests.demo.support import client, quiet_region, set_faults

BACK = "http://127.0.0.1/oauth/callback"
VERIFIER = "v" * 64
CHALLENGE = urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


@pytest.fixture(scope="module")
def region() -> Iterator[SimulatedRegion]:
    with quiet_region() as running:
        yield running


def unsigned(region: SimulatedRegion, service: str) -> Any:
    config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
    return boto3.Session().client(service, region_name="eu-west-1", endpoint_url=region.endpoint_url, config=config)


@pytest.fixture
def oidc(region: SimulatedRegion) -> Any:
    return unsigned(region, "sso-oidc")


def registered(oidc: Any, **changed: Any) -> dict[str, str]:
    given = {
        "clientName": "a test",
        "clientType": "public",
        "scopes": ["sso:account:access"],
        "grantTypes": ["authorization_code", "refresh_token"],
        "redirectUris": [BACK],
        "issuerUrl": START_URL,
    }
    answer = oidc.register_client(**(given | changed))
    return {"clientId": answer["clientId"], "clientSecret": answer["clientSecret"]}


def page(region: SimulatedRegion, of: dict[str, str], **changed: str) -> str:
    query = {
        "response_type": "code",
        "client_id": of["clientId"],
        "redirect_uri": "http://127.0.0.1:9/oauth/callback",
        "state": "a-state",
        "code_challenge_method": "S256",
        "scopes": "sso:account:access",
        "code_challenge": CHALLENGE,
    }
    return f"{region.endpoint_url}/authorize?{urlencode(query | changed)}"


def back(address: str, word: str) -> dict[str, str]:
    """What the browser brings back after the click."""
    seen = opened(address).click(word)
    assert seen.status == 303
    assert seen.location.startswith("http://127.0.0.1:9/oauth/callback?")
    return {name: values[0] for name, values in parse_qs(urlsplit(seen.location).query).items()}


def refused(call: Any, /, **given: Any) -> str:
    with pytest.raises(ClientError) as raised:
        call(**given)
    return str(raised.value.response["Error"]["Code"])


def test_code_of_the_browser_is_good_once_and_with_its_verifier(region: SimulatedRegion, oidc: Any) -> None:
    own = registered(oidc)
    brought = back(page(region, own), "Approve")
    assert brought["state"] == "a-state"
    grant = {"grantType": "authorization_code", "redirectUri": "http://127.0.0.1:9/oauth/callback"}
    token = oidc.create_token(**own, **grant, code=brought["code"], codeVerifier=VERIFIER)
    assert token["expiresIn"] == 8 * 3600
    assert token["refreshToken"]
    again = {**own, **grant, "code": brought["code"], "codeVerifier": VERIFIER}
    assert refused(oidc.create_token, **again) == "InvalidGrantException"
    for changed in ({"codeVerifier": "w" * 64}, {"redirectUri": "http://127.0.0.1:8/oauth/callback"}):
        code = back(page(region, own), "Approve")["code"]
        assert refused(oidc.create_token, **(again | {"code": code} | changed)) == "InvalidGrantException"


def test_deny_leads_back_with_an_error(region: SimulatedRegion, oidc: Any) -> None:
    brought = back(page(region, registered(oidc)), "Deny")
    assert (brought["error"], brought["state"]) == ("access_denied", "a-state")


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": "http://127.0.0.1:9/elsewhere"},
        {"redirect_uri": "https://evil.example/oauth/callback"},
        {"redirect_uri": "http://evil@127.0.0.1:9/oauth/callback"},
        {"redirect_uri": "http://127.0.0.1:x/oauth/callback"},
        {"client_id": "nobody"},
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
        {"state": ""},
        {"scopes": "sso:account:access codewhisperer:completions"},
        {"response_type": "token"},
    ],
)
def test_page_refuses_what_the_client_did_not_register(
    region: SimulatedRegion, oidc: Any, changed: dict[str, str]
) -> None:
    seen = opened(page(region, registered(oidc), **changed))
    assert seen.status == 400
    assert "Approve" not in seen.text


def test_page_shows_names_as_text(region: SimulatedRegion, oidc: Any) -> None:
    seen = opened(page(region, registered(oidc, clientName="<script>alert(1)</script>")))
    assert "&lt;script&gt;" in seen.text
    assert "<script>" not in seen.text


def test_question_is_answered_once(region: SimulatedRegion, oidc: Any) -> None:
    seen = opened(page(region, registered(oidc)))
    assert seen.click("Deny").status == 303
    assert seen.click("Approve").status == 400


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"clientType": "confidential"}, "InvalidClientMetadataException"),
        ({"redirectUris": []}, "InvalidRequestException"),
        ({"redirectUris": ["http://10.0.0.1/oauth/callback"]}, "InvalidRedirectUriException"),
        ({"grantTypes": ["password"]}, "UnsupportedGrantTypeException"),
        ({"issuerUrl": "https://other.awsapps.com/start"}, "InvalidRequestException"),
        ({"scopes": ["Nonsense"]}, "InvalidScopeException"),
    ],
)
def test_registrations_that_are_refused(oidc: Any, changed: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as raised:
        registered(oidc, **changed)
    assert raised.value.response["Error"]["Code"] == code


def test_device_code(region: SimulatedRegion, oidc: Any) -> None:
    own = registered(oidc, grantTypes=[], redirectUris=[])
    asked = oidc.start_device_authorization(**own, startUrl=START_URL)
    assert asked["verificationUriComplete"] == f"{asked['verificationUri']}?user_code={asked['userCode']}"
    grant = {**own, "grantType": DEVICE_GRANT, "deviceCode": asked["deviceCode"]}
    assert refused(oidc.create_token, **grant) == "AuthorizationPendingException"
    assert refused(oidc.create_token, **grant) == "SlowDownException"
    assert opened(asked["verificationUri"]).status == 200
    assert opened(f"{asked['verificationUri']}?user_code=WRONG").status == 400
    typed = asked["userCode"].replace("-", "").lower()
    assert "is signed in" in answered(f"{asked['verificationUri']}?user_code={typed}").text
    assert oidc.create_token(**grant)["accessToken"]
    assert refused(oidc.create_token, **grant) == "InvalidGrantException"


def test_device_code_that_is_denied(oidc: Any) -> None:
    own = registered(oidc, grantTypes=[], redirectUris=[])
    asked = oidc.start_device_authorization(**own, startUrl=START_URL)
    answered(asked["verificationUriComplete"], "Deny")
    grant = {**own, "grantType": DEVICE_GRANT, "deviceCode": asked["deviceCode"]}
    with pytest.raises(ClientError) as raised:
        oidc.create_token(**grant)
    assert raised.value.response["error"] == "access_denied"
    assert raised.value.response["Error"]["Code"] == "AccessDeniedException"


def test_wrong_secret_and_start_url(oidc: Any) -> None:
    own = registered(oidc)
    wrong = own | {"clientSecret": "wrong"}
    assert refused(oidc.start_device_authorization, **wrong, startUrl=START_URL) == "InvalidClientException"
    assert refused(oidc.start_device_authorization, **own, startUrl="https://x") == "InvalidRequestException"


def signed_in(region: SimulatedRegion, oidc: Any) -> tuple[dict[str, str], Any]:
    own = registered(oidc)
    code = back(page(region, own), "Approve")["code"]
    grant = {"grantType": "authorization_code", "redirectUri": "http://127.0.0.1:9/oauth/callback"}
    return own, oidc.create_token(**own, **grant, code=code, codeVerifier=VERIFIER)


def test_refresh_token_is_spent(region: SimulatedRegion, oidc: Any) -> None:
    own, token = signed_in(region, oidc)
    grant = {**own, "grantType": "refresh_token", "refreshToken": token["refreshToken"]}
    new = oidc.create_token(**grant)
    assert new["accessToken"] != token["accessToken"]
    assert refused(oidc.create_token, **grant) == "InvalidGrantException"


def test_portal_pages_and_keys_that_are_accepted(region: SimulatedRegion, oidc: Any) -> None:
    _, token = signed_in(region, oidc)
    portal, access = unsigned(region, "sso"), token["accessToken"]
    pages = portal.get_paginator("list_accounts").paginate(accessToken=access, PaginationConfig={"PageSize": 1})
    accounts = [account["accountId"] for page in pages for account in page["accountList"]]
    assert accounts == list(PERMISSION_SETS)
    roles = portal.list_account_roles(accessToken=access, accountId=accounts[1])["roleList"]
    assert roles == [{"roleName": OPS, "accountId": accounts[1]}]
    keys = portal.get_role_credentials(accessToken=access, accountId=accounts[1], roleName=OPS)["roleCredentials"]
    assert keys["expiration"] > datetime.now(UTC).timestamp() * 1000
    named = {
        "aws_access_key_id": keys["accessKeyId"],
        "aws_secret_access_key": keys["secretAccessKey"],
        "aws_session_token": keys["sessionToken"],
    }
    caller = client(region, "sts", **named).get_caller_identity()
    assert caller["Account"] == accounts[1]
    assert f"/AWSReservedSSO_{OPS}_" in caller["Arn"]
    asked = {"accessToken": access, "accountId": accounts[1], "roleName": "ReadOnly"}
    assert refused(portal.get_role_credentials, **asked) == "ForbiddenException"
    portal.logout(accessToken=access)
    assert refused(portal.list_accounts, accessToken=access) == "UnauthorizedException"


def test_faults_reach_it(region: SimulatedRegion, oidc: Any) -> None:
    set_faults(region, throttle={"sso-oidc:RegisterClient": 1})
    with pytest.raises(ClientError) as raised:
        registered(oidc)
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    registered(oidc)


def test_what_ends_by_itself() -> None:
    at = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
    book = SignInBook(lambda: at)
    own = book.register("a test", ("sso:account:access",), (), ())
    question = book.ask_by_code(own)
    assert book.question_of_code(question.user_code) is not None
    at += timedelta(minutes=11)
    assert book.question_of_code(question.user_code) is None
    with pytest.raises(Exception, match="ExpiredTokenException"):
        book.by_device(own, question.device_code, 0.0)
    at += timedelta(days=91)
    assert book.client(own.client_id) is None
