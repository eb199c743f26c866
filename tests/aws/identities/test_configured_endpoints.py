"""Endpoints of the user's own: where calls and data channels really go, and that smtui names them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.configprovider import ConfiguredEndpointProvider

from smtui.aws.credentials import for_plugin
from smtui.aws.identities.configured_endpoints import CALLED, configured_endpoints
from smtui.aws.identities.profile_reader import ProfileReader
from smtui.aws.places import BotoPlaces
from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.place import Place
from smtui.domain.request import SessionRequest
from tests.aws.conftest import ScriptedAws

HELD = {"services": "private", "endpoint_url": "https://all.corp.example"}
SERVICES = {
    "private": {
        "ssm": {"endpoint_url": "https://ssm.corp.example"},
        "kms": {"endpoint_url": "https://kms.corp.example"},
        "ssmmessages": {"endpoint_url": "https://messages.corp.example"},
    }
}
CONFIG = """[profile p]
region = eu-west-1
aws_access_key_id = AKIDEXAMPLE
aws_secret_access_key = secret
services = private
[services private]
ssm =
  endpoint_url = {ssm}
kms =
  endpoint_url = https://kms.corp.example
ec2 =
  endpoint_url = https://ec2.corp.example
sts =
  endpoint_url = https://sts.corp.example
ssmmessages =
  endpoint_url = {messages}
"""
MESSAGES = "https://vpce-0a.ssmmessages.eu-west-1.vpce.amazonaws.com"
STARTED = {
    "SessionId": "me-1",
    "StreamUrl": "wss://ssmmessages.eu-west-1.amazonaws.com/v1/data-channel/me-1?role=publish_subscribe",
    "TokenValue": "a-token-of-the-endpoints",
}


@pytest.mark.parametrize(
    ("held", "environment"),
    [
        ({}, {}),
        (HELD, {}),
        ({"endpoint_url": "https://all.corp.example"}, {}),
        ({"services": "private"}, {}),
        (HELD, {"AWS_ENDPOINT_URL": "https://env.example"}),
        (HELD, {"AWS_ENDPOINT_URL_KMS": "https://kms.env.example", "AWS_ENDPOINT_URL": "https://env.example"}),
    ],
)
def test_the_order_is_botocores(held: dict[str, str], environment: dict[str, str]) -> None:
    found = dict(configured_endpoints(held, SERVICES, environment))
    for service in CALLED:
        provider = ConfiguredEndpointProvider({"services": SERVICES}, held, service, environment)
        assert found.get(service) == provider.provide()


def test_the_data_channel_is_named_too_and_all_can_be_switched_off() -> None:
    assert dict(configured_endpoints(HELD, SERVICES, {}))["ssmmessages"] == "https://messages.corp.example"
    named = {"SMTUI_ENDPOINT_URL_SSMMESSAGES": "https://env.example"}
    assert dict(configured_endpoints({}, {}, named)) == {"ssmmessages": "https://env.example"}
    off = {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}
    assert configured_endpoints(HELD, SERVICES, off) == ()
    assert configured_endpoints(HELD | {"ignore_configured_endpoint_urls": "true"}, SERVICES, {}) == ()


@pytest.mark.parametrize("services", [{}, {"private": "x"}, {"private": {"ssm": "x"}}])
def test_a_section_that_is_no_section_raises_nothing(services: dict[str, Any]) -> None:
    assert configured_endpoints({"services": "private"}, services, {}) == ()


def test_calls_go_to_the_endpoints_of_the_profile(config: Callable[[str], None]) -> None:
    config(CONFIG.format(ssm="https://ssm.corp.example", messages=MESSAGES))
    places = BotoPlaces()
    connection = places.calls_at(Place("p")).connection
    for service in ("ssm", "ec2", "sts", "kms"):
        assert connection.endpoint_url(service) == f"https://{service}.corp.example"
    endpoints = places.evidence_at(Place("p")).endpoints()
    assert (endpoints.ssm_url, endpoints.ssmmessages_url) == ("https://ssm.corp.example", MESSAGES)
    assert dict(endpoints.configured)["kms"] == "https://kms.corp.example"
    profile = ProfileReader(places.new_session(Place())).profiles().named("p")
    assert profile is not None
    assert dict(profile.endpoints)["ssmmessages"] == MESSAGES


def test_a_session_starts_at_the_data_channel_of_the_profile(
    config: Callable[[str], None], scripted: ScriptedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    config(CONFIG.format(ssm=scripted.url, messages=MESSAGES))
    scripted.will_answer(STARTED)
    places = BotoPlaces()
    started = places.at(Place("p")).start_session(SessionRequest("i-1"))
    path = STARTED["StreamUrl"].partition(".com")[2]
    assert started.stream_url == MESSAGES.replace("https", "wss") + path
    assert started.stream_endpoint == MESSAGES
    resumed = places.records_at(Place("p")).sessions.resume("me-1")
    assert resumed is not None
    assert (resumed.stream_url, resumed.stream_endpoint) == (started.stream_url, MESSAGES)
    monkeypatch.setenv("SMTUI_ENDPOINT_URL_SSMMESSAGES", "https://messages.corp.example:8443")
    started = places.at(Place("p")).start_session(SessionRequest("i-1"))
    assert started.stream_url == f"wss://messages.corp.example:8443{path}"


def test_an_endpoint_that_cannot_be_used_starts_no_session(
    config: Callable[[str], None], scripted: ScriptedAws
) -> None:
    config(CONFIG.format(ssm=scripted.url, messages="http://messages.corp.example"))
    with pytest.raises(AwsCallFailed) as raised:
        BotoPlaces().at(Place("p")).start_session(SessionRequest("i-1"))
    assert raised.value.fault.kind is FaultKind.BROKEN_CONFIG
    assert raised.value.fault.sentence().startswith("endpoint_url of ssmmessages in [services private] must begin")
    assert scripted.requests == []


def test_a_plugin_that_gets_keys_learns_where_kms_is(config: Callable[[str], None]) -> None:
    config(CONFIG.format(ssm="https://ssm.corp.example", messages=MESSAGES))
    session = BotoPlaces().new_session(Place("p"))
    session.set_credentials("A", "s", "t")  # such as those of a role with MFA
    given = for_plugin(session, session.get_credentials())
    assert given.environment["AWS_ENDPOINT_URL_KMS"] == "https://kms.corp.example"


def test_the_answer_of_a_fixed_endpoint_stays(scripted: ScriptedAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTUI_ENDPOINT_URL_SSMMESSAGES", "https://messages.corp.example")
    scripted.will_answer(STARTED)
    places = BotoPlaces.fixed(scripted.url, "A", "s", "eu-west-1")
    started = places.at(Place()).start_session(SessionRequest("i-1"))
    assert (started.stream_url, started.stream_endpoint) == (STARTED["StreamUrl"], "")
