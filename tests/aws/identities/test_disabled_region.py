"""A Region that the account has not enabled refuses good credentials; that is told from bad ones."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from smtui.aws.identities.disabled_region import elsewhere
from smtui.aws.places import BotoPlaces
from smtui.domain.fault import Fault, FaultKind
from smtui.domain.place import Place
from tests.aws.conftest import Answer, ScriptedAws
from tests.aws.evidence_support import fault_of

REFUSED = Answer(400, json.dumps({"__type": "UnrecognizedClientException", "message": "The token is invalid."}))


def answer(state: str) -> Answer:
    item = f"<item><regionName>me-south-1</regionName><optInStatus>{state}</optInStatus></item>"
    return Answer(body=f"<DescribeRegionsResponse><regionInfo>{item}</regionInfo></DescribeRegionsResponse>")


@pytest.fixture
def listing(scripted: ScriptedAws, keys: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Fault]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", scripted.url)
    places = BotoPlaces()
    return lambda region: fault_of(lambda: list(places.at(Place("", region)).managed_nodes()))


def test_a_region_that_is_not_enabled_is_named(listing: Callable[[str], Fault], scripted: ScriptedAws) -> None:
    scripted.answers[:] = [REFUSED, answer("not-opted-in"), REFUSED]
    fault = listing("me-south-1")
    assert fault.kind is FaultKind.REGION_NOT_ENABLED
    assert fault.sentence().startswith("Region me-south-1 is not enabled in this account")
    assert fault.sign_in == ()
    assert "/us-east-1/ec2/" in scripted.requests[1].headers["Authorization"]
    assert "RegionName.1=me-south-1" in scripted.requests[1].body
    assert listing("me-south-1").kind is FaultKind.REGION_NOT_ENABLED
    assert len(scripted.requests) == 3, "asked once"


@pytest.mark.parametrize("told", [answer("opted-in"), Answer(403, "<Response/>"), REFUSED])
def test_without_certainty_the_credentials_are_blamed(
    told: Answer, listing: Callable[[str], Fault], scripted: ScriptedAws
) -> None:
    scripted.answers[:] = [REFUSED, told]
    assert listing("me-south-1").kind is FaultKind.INVALID_CREDENTIALS


def test_of_a_region_that_every_account_has_nobody_is_asked(
    listing: Callable[[str], Fault], scripted: ScriptedAws
) -> None:
    scripted.answers[:] = [REFUSED]
    assert listing("eu-west-1").kind is FaultKind.INVALID_CREDENTIALS
    assert len(scripted.requests) == 1


def test_a_role_that_cannot_be_assumed_there_is_told_as_well(
    config: Callable[[str], None], scripted: ScriptedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", scripted.url)
    config(
        "[profile base]\naws_access_key_id = A\naws_secret_access_key = s\n"
        "[profile p]\nrole_arn = arn:aws:iam::1:role/R\nsource_profile = base\nregion = af-south-1\n"
    )
    refused = "<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>no</Message></Error></ErrorResponse>"
    session = (
        "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId>"
        "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2100-01-01T00:00:00Z"
        "</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
    )
    disabled = answer("not-opted-in").body.replace("me-south-1", "af-south-1")
    scripted.answers[:] = [Answer(403, refused), Answer(403, refused), Answer(body=session), Answer(body=disabled)]
    fault = fault_of(lambda: BotoPlaces().at(Place("p")).caller())
    assert (fault.kind, fault.code) == (FaultKind.REGION_NOT_ENABLED, "InvalidClientTokenId")


def test_other_partitions_have_nothing_to_enable() -> None:
    assert elsewhere("me-south-1") == "us-east-1"
    for region in ("", "us-east-1", "cn-north-1", "us-gov-west-1", "us-iso-east-1", "eu-isoe-west-1", "eusc-de-east-1"):
        assert elsewhere(region) == ""
