"""Credentials, clock and endpoints: read without asking more of AWS than it takes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from smtui.aws.places import BotoEvidence, BotoPlaces
from smtui.diagnosis.evidence.local_facts import Credentials, Endpoints
from smtui.domain.fault import FaultKind
from smtui.domain.place import Caller, Place
from tests.aws.conftest import Answer, ScriptedAws
from tests.aws.evidence_support import ACCOUNT, NOW, StubbedAws, fault_of

CALLER = (
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/jo</Arn>"
    "<UserId>AIDA1</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
)
DENIED = (
    "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>Signature expired</Message></Error>"
    "</ErrorResponse>"
)


@pytest.fixture
def evidence(scripted: ScriptedAws) -> BotoEvidence:
    places = BotoPlaces.fixed(scripted.url, "AKID", "secret", "eu-west-1")
    places._now = lambda: NOW
    return places.evidence_at(Place())


def at_aws(region: str = "") -> BotoEvidence:
    return BotoPlaces().evidence_at(Place(region=region))


def test_the_caller(stubbed: StubbedAws) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:user/jo"
    stubbed.answers("sts", "get_caller_identity", {"Account": ACCOUNT, "Arn": arn, "UserId": "AIDA1"}, {})
    assert stubbed.evidence.caller() == Caller(ACCOUNT, arn, "AIDA1", "eu-west-1")


@pytest.mark.parametrize("status", [200, 403])
@pytest.mark.parametrize("minutes", [0, 12, -12])
def test_the_clock_is_told_by_any_answer(
    evidence: BotoEvidence, scripted: ScriptedAws, status: int, minutes: int
) -> None:
    theirs = (NOW - timedelta(minutes=minutes)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    scripted.answers[:] = [Answer(status, CALLER if status == 200 else DENIED, {"Date": theirs})]
    assert abs(evidence.clock().ahead - 60 * minutes) <= 1


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_an_answer_that_tells_no_time(evidence: BotoEvidence, scripted: ScriptedAws, date: str) -> None:
    scripted.answers[:] = [Answer(200, CALLER, {"Date": date})]
    assert fault_of(evidence.clock).kind is FaultKind.SERVICE


def test_the_fault_of_a_refusal_that_tells_no_time(stubbed: StubbedAws) -> None:
    stubbed.refuses("sts", "get_caller_identity", "InvalidClientTokenId", status=403)
    assert fault_of(stubbed.evidence.clock).kind is FaultKind.INVALID_CREDENTIALS


@pytest.mark.usefixtures("keys")
def test_keys_of_the_environment_have_no_end() -> None:
    assert at_aws().credentials() == Credentials("env", None)


@pytest.mark.usefixtures("keys")
def test_credentials_that_tell_their_end(monkeypatch: pytest.MonkeyPatch) -> None:
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", end.isoformat())
    assert at_aws().credentials() == Credentials("env", end)


@pytest.mark.usefixtures("keys")
def test_credentials_past_their_end(monkeypatch: pytest.MonkeyPatch) -> None:
    end = datetime.now(UTC) - timedelta(hours=1)
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", end.isoformat())
    assert fault_of(at_aws().credentials).kind is FaultKind.EXPIRED_CREDENTIALS


@pytest.mark.usefixtures("keys")
def test_credentials_that_run_out_while_smtui_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=2)
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", soon.isoformat())
    evidence = at_aws()
    evidence.credentials()
    later = soon.replace(microsecond=0) + timedelta(hours=2)
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", later.isoformat())
    assert evidence.credentials().expires_at == later


def test_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert fault_of(at_aws().credentials).kind is FaultKind.NO_CREDENTIALS


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    ("region", "suffix"),
    [
        ("eu-west-1", "amazonaws.com"),
        ("cn-north-1", "amazonaws.com.cn"),
        ("us-gov-west-1", "amazonaws.com"),
        ("eusc-de-east-1", "amazonaws.eu"),
    ],
)
def test_endpoints_of_every_partition(region: str, suffix: str) -> None:
    ssm, messages = (f"https://{service}.{region}.{suffix}" for service in ("ssm", "ssmmessages"))
    assert at_aws(region).endpoints() == Endpoints(region, ssm, messages, is_aws=True, region_in_url=region)


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    ("url", "region_in_url"),
    [
        ("https://ssm.us-east-1.amazonaws.com", "us-east-1"),
        ("https://vpce-0a1b2c3d-4e5f.ssm.us-east-1.vpce.amazonaws.com", "us-east-1"),
        ("https://ssm.us-east-1.api.aws", "us-east-1"),
        ("https://ssm.amazonaws.com", ""),
    ],
)
def test_an_endpoint_of_another_region_is_seen(monkeypatch: pytest.MonkeyPatch, url: str, region_in_url: str) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", url)
    found = at_aws().endpoints()
    assert (found.ssm_url, found.is_aws, found.region, found.region_in_url) == (url, True, "eu-west-1", region_in_url)
    assert found.ssmmessages_url == "https://ssmmessages.eu-west-1.amazonaws.com"


@pytest.mark.usefixtures("keys")
def test_an_endpoint_that_is_not_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "http://ssm.eu-central-1.example.com:4566"
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", url)
    assert at_aws().endpoints() == Endpoints("eu-west-1", url, url, is_aws=False)


@pytest.mark.usefixtures("keys")
def test_a_region_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", "https://ssm.eu-west-1.amazonaws.com")
    assert fault_of(at_aws("moon").endpoints).kind is FaultKind.INVALID_REQUEST


def test_no_region(config: Callable[[str], None]) -> None:
    config("")
    assert fault_of(at_aws().endpoints).kind is FaultKind.NO_REGION


def test_reaching_without_a_region_is_told_not_raised() -> None:
    assert "Region" in at_aws().reach("https://ssm.eu-west-1.amazonaws.com").trouble


def test_reaching(evidence: BotoEvidence, scripted: ScriptedAws) -> None:
    found = evidence.reach(scripted.url)
    assert (found.url, found.trouble, found.proxy) == (scripted.url, "", "")
    assert found.seconds < 5
