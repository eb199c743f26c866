"""Profiles, Regions and endpoints; one client for many threads; nothing of the user's for a fixed access."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from smtui.aws.places import BotoPlaces
from smtui.domain.fault import AwsCallFailed, Fault, FaultKind
from smtui.domain.place import Place
from tests.aws.conftest import ScriptedAws


def endpoint(place: Place) -> str:
    return BotoPlaces().at(place)._connection.endpoint_url("ssm")


def region(place: Place) -> str:
    return BotoPlaces().at(place)._connection.opened().region


def failed(call: Callable[[], object]) -> Fault:
    with pytest.raises(AwsCallFailed) as raised:
        call()
    return raised.value.fault


def test_the_same_aws_for_the_same_place() -> None:
    places = BotoPlaces()
    assert places.at(Place("a", "r")) is places.at(Place("a", "r"))
    assert places.at(Place("a", "r")) is not places.at(Place("b", "r"))


def test_making_one_imports_nothing_heavy() -> None:
    script = (
        "import sys; from smtui.aws.places import BotoPlaces; from smtui.domain.place import Place;"
        "BotoPlaces().at(Place()); BotoPlaces.fixed('http://x', 'a', 'b', 'c');"
        "sys.exit(any(name in sys.modules for name in ('boto3', 'botocore')))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_an_unknown_profile_names_the_known_ones(config: Callable[[str], None]) -> None:
    config("[default]\n[profile zeta]\n[profile alpha]\n")
    fault = failed(BotoPlaces().at(Place("nope", "eu-west-1")).caller)
    assert fault.kind is FaultKind.UNKNOWN_PROFILE
    assert fault.message == 'There is no profile "nope". The profiles are alpha, default, zeta.'


def test_of_many_profiles_ten_are_named(config: Callable[[str], None]) -> None:
    config("".join(f"[profile p{number:02}]\n" for number in range(25)))
    message = failed(BotoPlaces().at(Place("nope")).caller).message
    assert "p09 and 15 more" in message
    assert "p10" not in message


def test_an_unknown_profile_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nope")
    fault = failed(BotoPlaces().at(Place(region="eu-west-1")).caller)
    assert fault.message == 'There is no profile "nope". No profile is configured.'


def test_no_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "A")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    fault = failed(BotoPlaces().at(Place()).caller)
    assert (fault.kind, fault.action) == (FaultKind.NO_REGION, "")


def test_a_region_that_is_none(keys: None) -> None:
    assert failed(BotoPlaces().at(Place(region="eu west/1")).caller).kind is FaultKind.INVALID_REQUEST


def test_the_region_comes_from_the_place_the_environment_the_profile(
    config: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    config("[profile p]\nregion = sa-east-1\n")
    assert region(Place("p")) == "sa-east-1"
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-1")
    assert region(Place("p")) == "us-west-1"
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    assert region(Place("p")) == "us-west-2"
    assert region(Place("p", "eu-north-1")) == "eu-north-1"


def test_a_configuration_that_cannot_be_read(config: Callable[[str], None]) -> None:
    config("not an ini file")
    assert failed(BotoPlaces().at(Place(region="eu-west-1")).caller).kind is FaultKind.BROKEN_CONFIG


def test_an_endpoint_that_is_none(keys: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "no url at all")
    assert failed(BotoPlaces().at(Place()).caller).kind is FaultKind.INVALID_REQUEST


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("eu-west-1", "https://ssm.eu-west-1.amazonaws.com"),
        ("cn-north-1", "https://ssm.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "https://ssm.us-gov-west-1.amazonaws.com"),
    ],
)
def test_the_endpoint_is_the_partitions_own(keys: None, region: str, expected: str) -> None:
    assert endpoint(Place(region=region)) == expected
    assert BotoPlaces().at(Place(region=region)).endpoint_is_aws()


def test_sts_is_asked_in_the_region(keys: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_STS_REGIONAL_ENDPOINTS", "legacy")
    connection = BotoPlaces().at(Place(region="us-east-1"))._connection
    assert connection.endpoint_url("sts") == "https://sts.us-east-1.amazonaws.com"


def test_fips_and_dual_stack_wishes_of_the_profile_count(config: Callable[[str], None], keys: None) -> None:
    config("[profile f]\nuse_fips_endpoint = true\n[profile d]\nuse_dualstack_endpoint = true\n")
    assert endpoint(Place("f", "us-east-1")) == "https://ssm-fips.us-east-1.amazonaws.com"
    assert endpoint(Place("d", "us-east-1")) == "https://ssm.us-east-1.api.aws"
    assert BotoPlaces().at(Place("d", "us-east-1")).endpoint_is_aws()


@pytest.mark.parametrize(
    ("url", "is_aws"),
    [
        ("https://vpce-1-x.ssm.eu-west-1.vpce.amazonaws.com", True),
        ("https://ssm.us-iso-east-1.c2s.ic.gov", True),
        ("http://127.0.0.1:4566", False),
        ("https://amazonaws.com.example.org", False),
        ("https://notamazonaws.com", False),
    ],
)
def test_an_endpoint_of_the_environment(keys: None, monkeypatch: pytest.MonkeyPatch, url: str, is_aws: bool) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    assert endpoint(Place()) == url
    assert BotoPlaces().at(Place()).endpoint_is_aws() is is_aws


def test_many_threads_get_one_client(keys: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.session import Session

    made: list[str] = []
    make = Session.create_client

    def counting(self: Session, name: str, *args: object, **options: object) -> object:
        made.append(name)
        return make(self, name, *args, **options)

    monkeypatch.setattr(Session, "create_client", counting)
    connection = BotoPlaces().at(Place())._connection
    gate = threading.Barrier(24)
    got: list[tuple[object, object]] = []

    def ask(service: str) -> None:
        gate.wait()
        opened = connection.opened()
        got.append((opened, connection.client(opened, service)))

    threads = [threading.Thread(target=ask, args=(("ssm", "ec2", "sts")[n % 3],)) for n in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == ["ec2", "ssm", "sts"]
    assert len({id(opened) for opened, _ in got}) == 1
    assert len({id(client) for _, client in got}) == 3


def test_places_share_the_service_models(keys: None) -> None:
    places = BotoPlaces()
    loaders = {
        id(places.at(Place(region=name))._connection.opened().session.get_component("data_loader"))
        for name in ("eu-west-1", "eu-west-2")
    }
    assert len(loaders) == 1


def test_fixed_access_looks_at_nothing_of_the_users(
    home: Path, scripted: ScriptedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("config", "credentials"):
        (home / ".aws" / name).write_text("not an ini file")
    for name, value in {
        "AWS_PROFILE": "nope",
        "AWS_REGION": "cn-north-1",
        "AWS_ACCESS_KEY_ID": "AKIDUSER",
        "AWS_SECRET_ACCESS_KEY": "users-own",
        "AWS_SESSION_TOKEN": "users-token",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_USE_DUALSTACK_ENDPOINT": "true",
        "HTTP_PROXY": "http://127.0.0.1:1",
        "HTTPS_PROXY": "http://127.0.0.1:1",
    }.items():
        monkeypatch.setenv(name, value)
    opened: list[str] = []
    seen = threading.get_ident()

    def note(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" and threading.get_ident() == seen and str(home) in str(arguments[0]):
            opened.append(str(arguments[0]))

    sys.addaudithook(note)
    scripted.will_answer({"Status": "connected"})
    places = BotoPlaces.fixed(scripted.url, "AKIDFIXED", "fixed-secret", "us-east-1")
    places.at(Place()).connection_status("i-1")
    seen = 0
    assert opened == []
    (request,) = scripted.requests
    assert "Credential=AKIDFIXED/" in request.headers["Authorization"]
    assert "/us-east-1/ssm/" in request.headers["Authorization"]
    assert "X-Amz-Security-Token" not in request.headers
