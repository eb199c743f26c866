"""Starting instances against the simulated Region, and what EC2 says of a stop."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from smtui.aws.actions.power_adapter import PowerAdapter, stop_facts
from smtui.aws.places import BotoPlaces
from smtui.demo.region import SimulatedRegion
from smtui.demo.story.account_facts import made_up_id
from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.place import Place
from tests.demo.support import quiet_region

STOPPED = made_up_id("i", "stopped-1")
STOPPING = made_up_id("i", "stopping-1")


@pytest.fixture
def region() -> Iterator[SimulatedRegion]:
    with quiet_region() as running:
        yield running


@pytest.fixture
def places(region: SimulatedRegion) -> BotoPlaces:
    return BotoPlaces.fixed(region.endpoint_url, region.access_key_id, region.secret_access_key, region.region)


@pytest.fixture
def power(places: BotoPlaces) -> PowerAdapter:
    return places.power_at(Place())


def test_a_stop_is_known_and_a_dry_run_starts_nothing(power: PowerAdapter) -> None:
    power.may_start(STOPPED)
    facts = power.stop_facts(STOPPED)
    assert facts is not None
    assert (facts.state, facts.code, facts.instance_type) == ("stopped", "Client.UserInitiatedShutdown", "t3.small")
    assert facts.stopped_at is not None
    assert (datetime.now(UTC) - facts.stopped_at).days == 3
    assert power.stop_facts("i-00000000000000000") is None


def test_a_start_changes_the_state_and_again_does_nothing(power: PowerAdapter, places: BotoPlaces) -> None:
    power.start_instance(STOPPED)
    power.start_instance(STOPPED)
    facts = power.stop_facts(STOPPED)
    assert facts is not None
    assert (facts.state, facts.stopped_at, facts.code) == ("running", None, "")
    assert places.at(Place()).managed_node(STOPPED) is not None


@pytest.mark.parametrize(
    ("node_id", "deny", "code", "kind"),
    [
        (STOPPED, True, "UnauthorizedOperation", FaultKind.DENIED),
        (STOPPING, False, "IncorrectInstanceState", FaultKind.OTHER),
        ("i-00000000000000000", False, "InvalidInstanceID.NotFound", FaultKind.INVALID_TARGET),
    ],
)
def test_refusals(
    region: SimulatedRegion, power: PowerAdapter, node_id: str, deny: bool, code: str, kind: FaultKind
) -> None:
    region.faults.apply({"deny": ["ec2:StartInstances"] if deny else []})
    with pytest.raises(AwsCallFailed) as failed:
        power.start_instance(node_id)
    assert (failed.value.fault.code, failed.value.fault.kind) == (code, kind)
    if deny:
        with pytest.raises(AwsCallFailed):
            power.may_start(node_id)


@pytest.mark.parametrize(
    ("entry", "stopped_at"),
    [
        ({}, None),
        ({"StateTransitionReason": "User initiated"}, None),
        ({"StateTransitionReason": "User initiated (2026-13-40 25:61:00 GMT)"}, None),
        ({"StateTransitionReason": 7, "StateReason": "x", "State": []}, None),
        (
            {"StateTransitionReason": "User initiated (2026-11-19 09:31:02 GMT)"},
            datetime(2026, 11, 19, 9, 31, 2, tzinfo=UTC),
        ),
    ],
)
def test_a_moment_that_cannot_be_read_is_not_known(entry: dict[str, Any], stopped_at: datetime | None) -> None:
    assert stop_facts(entry).stopped_at == stopped_at
