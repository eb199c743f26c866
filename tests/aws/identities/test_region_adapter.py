"""The Regions of a partition, and which of them AWS says are enabled."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from smtui.aws.identities.region_adapter import RegionAdapter, partitions_of
from smtui.aws.places import BotoPlaces
from smtui.demo.story.account_facts import REGIONS, REGIONS_NOT_ENABLED
from smtui.domain.place import Place
from smtui.domain.places.region_fact import RegionFact
from tests.aws.conftest import Answer, ScriptedAws
from tests.demo.support import quiet_region

ANSWER = """<DescribeRegionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><regionInfo>
<item><regionName>eu-west-1</regionName><optInStatus>opt-in-not-required</optInStatus></item>
<item><regionName>me-south-1</regionName><optInStatus>not-opted-in</optInStatus></item>
<item><regionName>af-south-1</regionName><optInStatus>opted-in</optInStatus></item>
<item><regionName>xx-new-1</regionName></item>
</regionInfo></DescribeRegionsResponse>"""
DENIED = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors></Response>"


@pytest.fixture
def at_scripted(scripted: ScriptedAws, keys: None, monkeypatch: pytest.MonkeyPatch) -> RegionAdapter:
    monkeypatch.setenv("AWS_ENDPOINT_URL", scripted.url)
    return RegionAdapter(BotoPlaces())


def test_those_that_are_not_enabled_are_listed_as_such(at_scripted: RegionAdapter, scripted: ScriptedAws) -> None:
    scripted.answers[:] = [Answer(body=ANSWER)]
    found = at_scripted.regions("")
    assert found.problem == ""
    at = scripted.url
    assert found.regions == (
        RegionFact("af-south-1", "Africa (Cape Town)", "aws", True, at),
        RegionFact("eu-west-1", "Europe (Ireland)", "aws", True, at),
        RegionFact("me-south-1", "Middle East (Bahrain)", "aws", False, at),
        RegionFact("xx-new-1", "", "aws", None, at),
    )
    assert [region.name for region in found.enabled] == ["af-south-1", "eu-west-1"]
    assert "AllRegions=true" in scripted.requests[0].body


def test_denied_means_not_known_and_names_the_action(at_scripted: RegionAdapter, scripted: ScriptedAws) -> None:
    scripted.answers[:] = [Answer(403, DENIED)]
    found = at_scripted.regions("")
    assert found.problem == "It is not known which Regions are enabled. ec2:DescribeRegions was denied."
    assert found.enabled == ()
    names = [region.name for region in found.regions]
    assert {"eu-west-1", "me-south-1", "us-east-1"} <= set(names)
    assert "cn-north-1" not in names
    assert all(region.is_enabled is None for region in found.regions)


def test_what_files_know_is_told_without_a_call(at_scripted: RegionAdapter, scripted: ScriptedAws) -> None:
    found = at_scripted.known_regions("")
    assert found.problem == ""
    assert {"eu-west-1", "me-south-1", "us-east-1"} <= {region.name for region in found.regions}
    assert all(region.is_enabled is None for region in found.regions)
    assert scripted.requests == []


@pytest.mark.parametrize(
    ("region", "partition", "another"),
    [
        ("cn-northwest-1", "aws-cn", "cn-north-1"),
        ("us-gov-west-1", "aws-us-gov", "us-gov-east-1"),
        ("us-iso-west-1", "aws-iso", "us-iso-east-1"),
        ("us-isob-east-1", "aws-iso-b", "us-isob-east-1"),
        ("eusc-de-east-1", "aws-eusc", "eusc-de-east-1"),
    ],
)
def test_each_partition_has_its_own(
    region: str, partition: str, another: str, config: Callable[[str], None], scripted: ScriptedAws,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("AWS_ENDPOINT_URL", scripted.url)
    scripted.answers[:] = [Answer(403, DENIED)]
    config(f"[profile p]\nregion = {region}\naws_access_key_id = A\naws_secret_access_key = s\n")
    found = RegionAdapter(BotoPlaces()).regions("p")
    assert {fact.partition for fact in found.regions} == {partition}
    assert another in {fact.name for fact in found.regions}


def test_a_profile_without_region_asks_where_every_account_is(
    config: Callable[[str], None], scripted: ScriptedAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", scripted.url)
    scripted.answers[:] = [Answer(body=ANSWER)]
    config("[profile p]\naws_access_key_id = A\naws_secret_access_key = s\n")
    assert RegionAdapter(BotoPlaces()).regions("p").problem == ""
    assert "/us-east-1/ec2/" in scripted.requests[0].headers["Authorization"]


def test_a_profile_that_does_not_exist_says_so(config: Callable[[str], None]) -> None:
    config("[profile p]\n")
    assert 'There is no profile "gone".' in RegionAdapter(BotoPlaces()).regions("gone").problem


def test_every_partition_of_botocore_is_there() -> None:
    session = BotoPlaces().new_session(Place())
    names = {partition["partition"] for partition in partitions_of(session)}
    assert {"aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b"} <= names


def test_the_demo_has_regions_of_both_kinds() -> None:
    with quiet_region() as region:
        places = BotoPlaces.fixed(region.endpoint_url, region.access_key_id, region.secret_access_key, region.region)
        found = RegionAdapter(places).regions("")
    assert found.problem == ""
    assert {fact.name for fact in found.enabled} == set(REGIONS)
    assert {fact.name for fact in found.regions if fact.is_enabled is False} == set(REGIONS_NOT_ENABLED)
