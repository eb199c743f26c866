"""All evidence of the simulated Region, over its wire protocols: whatever a diagnosis asks, the demo can answer."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from smtui.aws.places import BotoPlaces
from smtui.demo.region import SimulatedRegion, demo_fleet
from smtui.diagnosis.evidence.reading import Unseen, value
from smtui.diagnosis.evidence.record import LOOKUPS, Evidence, Subject
from smtui.domain.fault import FaultKind
from smtui.domain.place import Place
from smtui.engine.examination import Examination, Sources
from smtui.engine.offloop import OffLoop
from smtui.plugin.plugin_host import PluginHost


@pytest.fixture(scope="module")
def region() -> Iterator[SimulatedRegion]:
    with SimulatedRegion(demo_fleet()) as region:
        yield region


@pytest.fixture
def places(region: SimulatedRegion) -> Iterator[BotoPlaces]:
    yield BotoPlaces.fixed(region.endpoint_url, region.access_key_id, region.secret_access_key, region.region)
    region.faults.apply({"reset": True})


def node_id(places: BotoPlaces, name: str) -> str:
    return next(one.node_id for page in places.at(Place()).instances() for one in page if one.name == name)


def examined(places: BotoPlaces, node: str) -> Evidence:
    def now() -> datetime:
        return datetime.now(UTC)

    sources = Sources(places.evidence_at(Place()), PluginHost(os.environ), OffLoop(40), now)
    examination = Examination(Subject(node), sources)
    asyncio.run(examination.run())
    return examination._evidence


def test_a_diagnosis_sees_everything(places: BotoPlaces) -> None:
    found = examined(places, node_id(places, "web-1"))
    unseen = {lookup.name: lookup.of(found) for lookup in LOOKUPS if lookup is not Evidence.aws_cli}
    assert {name: reading for name, reading in unseen.items() if isinstance(reading, Unseen) or reading is None} == {}
    instance = value(found.instance)
    assert instance is not None
    assert instance.subnet_id in {subnet.subnet_id for subnet in value(found.subnets)}
    assert set(instance.group_ids) <= {group.group_id for group in value(found.security_groups)}
    assert abs(value(found.clock).ahead) < 5
    policies = value(found.policies)
    assert policies is not None
    assert any('"ssm:' in policy.document for policy in policies.policies)


@pytest.mark.parametrize("node", ["i-0000000000000dead", "i-nonsense", "mi-0000000000000dead"])
def test_a_node_of_nobody_raises_nothing(places: BotoPlaces, node: str) -> None:
    found = examined(places, node)
    for reading in (found.instance, found.status_checks, found.managed, found.association):
        assert not isinstance(reading, Unseen), reading


def test_a_denied_call_is_unseen_by_its_permission(places: BotoPlaces, region: SimulatedRegion) -> None:
    node = node_id(places, "web-1")
    region.faults.apply({"deny": ["ec2:DescribeRouteTables"]})
    reading = examined(places, node).route_tables
    assert isinstance(reading, Unseen)
    assert (reading.fault.kind, reading.fault.action) == (FaultKind.DENIED, "ec2:DescribeRouteTables")
