"""ListNodes: the organisation's list, as botocore and our own adapter read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from smtui.aws.places import BotoPlaces
from smtui.demo.region import SimulatedRegion
from smtui.domain.place import Place
from tests.demo.support import client, quiet_region


@pytest.fixture(scope="module")
def running() -> Iterator[SimulatedRegion]:
    with quiet_region() as region:
        yield region


@pytest.fixture(scope="module")
def ssm(running: SimulatedRegion) -> Any:
    return client(running, "ssm")


def test_it_has_every_account_page_by_page(ssm: Any) -> None:
    pages = list(ssm.get_paginator("list_nodes").paginate(PaginationConfig={"PageSize": 20}))
    nodes = [node for page in pages for node in page["Nodes"]]
    assert len(pages) > 2
    assert {node["Owner"]["AccountId"] for node in nodes} == {"111122223333", "444455556666", "777788889999"}
    assert len({node["Id"] for node in nodes}) == len(nodes)


def test_filters_narrow_it_and_an_unknown_one_is_refused(ssm: Any) -> None:
    azure = ssm.list_nodes(Filters=[{"Key": "SourceType", "Values": ["Microsoft"], "Type": "BeginWith"}])["Nodes"]
    names = sorted(node["NodeType"]["Instance"]["Name"] for node in azure)
    assert names == ["azure-sql-1", "azure-web-1"]
    elsewhere = ssm.list_nodes(Filters=[{"Key": "AccountId", "Values": ["111122223333"], "Type": "NotEqual"}])["Nodes"]
    assert "111122223333" not in {node["Owner"]["AccountId"] for node in elsewhere}
    with pytest.raises(ClientError) as raised:
        ssm.list_nodes(Filters=[{"Key": "AvailabilityZoneId", "Values": ["x"]}])
    assert raised.value.response["Error"]["Code"] == "InvalidFilter"


def test_our_adapter_reads_what_they_are_and_when_that_was(running: SimulatedRegion) -> None:
    places = BotoPlaces.fixed(running.endpoint_url, running.access_key_id, running.secret_access_key, running.region)
    found = {facts.name: facts for page in places.at(Place()).organisation_nodes() for facts in page}
    azure = found["azure-web-1"]
    assert (azure.account, azure.region, azure.cloud) == (
        "777788889999",
        "eu-west-1",
        "Azure virtual machine in westeurope",
    )
    assert azure.captured_at is not None
    assert (azure.is_managed, found["no-profile-1"].is_managed) == (True, False)
    assert azure.platform == "Ubuntu 24.04"
