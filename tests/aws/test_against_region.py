"""The gateway against the simulated Region: AWS's wire protocols, paging, signatures and error shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

import pytest

from smtui.aws.places import BotoAws, BotoPlaces
from smtui.demo.region import SimulatedRegion, demo_fleet
from smtui.domain.fault import AwsCallFailed, FaultKind
from smtui.domain.node import ConnectionStatus
from smtui.domain.place import Place
from smtui.domain.request import SessionRequest


@pytest.fixture(scope="module")
def region() -> Iterator[SimulatedRegion]:
    with SimulatedRegion(demo_fleet(2300)) as region:
        yield region


@pytest.fixture
def aws(region: SimulatedRegion) -> Iterator[BotoAws]:
    places = BotoPlaces.fixed(region.endpoint_url, region.access_key_id, region.secret_access_key, region.region)
    yield places.at(Place())
    region.faults.apply({"reset": True})


def node_id(aws: BotoAws, name: str) -> str:
    return next(one.node_id for page in aws.instances() for one in page if one.name == name)


def test_who_we_are(aws: BotoAws, region: SimulatedRegion) -> None:
    caller = aws.caller()
    assert len(caller.account) == 12
    assert caller.region == region.region


def test_every_node_of_either_side_comes_once(aws: BotoAws) -> None:
    instances = [[one.node_id for one in page] for page in aws.instances()]
    managed = [[one.node_id for one in page] for page in aws.managed_nodes()]
    ids = list(chain.from_iterable(instances))
    assert len(instances) == 3
    assert len(set(ids)) == len(ids) > 2200
    managed_ids = list(chain.from_iterable(managed))
    assert all(len(page) <= 50 for page in managed)
    assert len(set(managed_ids)) == len(managed_ids) > 2000
    assert any(one.startswith("mi-") for one in managed_ids)


def test_a_ready_node_is_connected_and_takes_a_session(aws: BotoAws, region: SimulatedRegion) -> None:
    web = node_id(aws, "web-1")
    assert aws.connection_status(web).status is ConnectionStatus.CONNECTED
    started = aws.start_session(SessionRequest(web))
    assert started.stream_url.startswith("ws://127.0.0.1:")
    assert started.endpoint_url == region.endpoint_url
    caller = aws.caller()
    [listed] = aws.active_sessions(owner=caller.arn, target=web)
    assert (listed.session_id, listed.owner, listed.target) == (started.session_id, caller.arn, web)
    assert aws.active_sessions(owner=caller.arn + "x", target=web) == []
    assert aws.active_sessions(session_id=started.session_id) == [listed]
    aws.terminate_session(started.session_id)
    assert aws.active_sessions(target=web) == []
    aws.terminate_session(started.session_id)
    assert not aws.endpoint_is_aws()


def test_an_unknown_target(aws: BotoAws) -> None:
    with pytest.raises(AwsCallFailed) as raised:
        aws.start_session(SessionRequest("i-00000000000000000"))
    assert raised.value.fault.kind in {FaultKind.TARGET_NOT_CONNECTED, FaultKind.INVALID_TARGET}


@pytest.mark.parametrize(
    ("action", "call"),
    [
        ("ssm:DescribeInstanceInformation", lambda aws: list(aws.managed_nodes())),
        ("ec2:DescribeInstances", lambda aws: list(aws.instances())),
        ("ssm:GetConnectionStatus", lambda aws: aws.connection_status("i-1")),
    ],
)
def test_a_denial_names_its_action(
    aws: BotoAws, region: SimulatedRegion, action: str, call: Callable[[BotoAws], object]
) -> None:
    region.faults.apply({"deny": [action]})
    with pytest.raises(AwsCallFailed) as raised:
        call(aws)
    assert (raised.value.fault.kind, raised.value.fault.action) == (FaultKind.DENIED, action)


def test_expired_credentials_are_reported_and_then_renewed(aws: BotoAws, region: SimulatedRegion) -> None:
    region.faults.apply({"expired": True})
    for call in (aws.caller, lambda: list(aws.managed_nodes()), lambda: list(aws.instances())):
        with pytest.raises(AwsCallFailed) as raised:
            call()
        assert raised.value.fault.kind is FaultKind.EXPIRED_CREDENTIALS
    region.faults.apply({"reset": True})
    assert aws.caller().account


def test_a_wrong_secret(region: SimulatedRegion) -> None:
    places = BotoPlaces.fixed(region.endpoint_url, region.access_key_id, "not-the-secret", region.region)
    aws = places.at(Place())
    for call in (aws.caller, lambda: list(aws.managed_nodes()), lambda: list(aws.instances())):
        with pytest.raises(AwsCallFailed) as raised:
            call()
        assert raised.value.fault.kind is FaultKind.INVALID_CREDENTIALS


def test_a_filter_takes_its_value_literally(aws: BotoAws) -> None:
    assert [one.name for one in aws.instances_with("tag:Name", "web-1")] == ["web-1"]
    for wild in ("web-?", "web*", "web-\\1", "*"):
        assert aws.instances_with("tag:Name", wild) == []
    [web] = aws.instances_with("private-ip-address", "10.0.1.12")
    assert web.name == "web-1"


def test_hybrid_nodes_come_alone(aws: BotoAws) -> None:
    names = {one.name for one in aws.hybrid_nodes()}
    assert names >= {"onprem-1", "edge-1"}
    assert all(one.node_id.startswith("mi-") for one in aws.hybrid_nodes())
