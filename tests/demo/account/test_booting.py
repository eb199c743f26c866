"""An instance that a call starts: pending, running, Online, then connected, each in its time."""

from __future__ import annotations

import pytest

from smtui.demo.account.switched_fleet import booting
from smtui.demo.story.account_facts import made_up_id
from smtui.demo.story.demo_node import Boot, Ping, in_main_vpc
from tests.demo.support import client, quiet_region
from tests.engine.fakes import NOW

STOPPED = made_up_id("i", "stopped-1")


@pytest.mark.parametrize(
    ("elapsed", "seen"),
    [
        (0.0, ("pending", Ping.ABSENT, False)),
        (2.9, ("pending", Ping.ABSENT, False)),
        (3.1, ("running", Ping.ABSENT, False)),
        (9.1, ("running", Ping.ONLINE, False)),
        (13.1, ("running", Ping.ONLINE, True)),
    ],
)
def test_the_way_up(elapsed: float, seen: tuple[str, Ping, bool]) -> None:
    node = booting(in_main_vpc("up", 99), Boot(0.0, NOW, 9.0, 13.0), elapsed)
    assert (node.state, node.ping, node.connected) == seen
    assert node.ping is Ping.ABSENT or elapsed - node.ping_age >= 9.0, "no ping is older than the start"


def test_a_node_that_cannot_register_never_comes() -> None:
    node = in_main_vpc("never", 98, ping=Ping.ABSENT, connected=False, profile="")
    late = booting(node, Boot(0.0, NOW), 3600.0)
    assert (late.ping, late.connected) == (Ping.ABSENT, False)


def test_start_instances_takes_its_time_when_the_region_is_told_so() -> None:
    with quiet_region() as region:
        region.faults.apply_text("boot=3600;connect=1")
        ec2, ssm = client(region, "ec2"), client(region, "ssm")
        with pytest.raises(ec2.exceptions.ClientError, match="DryRunOperation"):
            ec2.start_instances(InstanceIds=[STOPPED], DryRun=True)
        change = ec2.start_instances(InstanceIds=[STOPPED])["StartingInstances"][0]
        assert (change["PreviousState"]["Name"], change["CurrentState"]["Name"]) == ("stopped", "pending")
        instance = ec2.describe_instances(InstanceIds=[STOPPED])["Reservations"][0]["Instances"][0]
        assert (instance["State"]["Name"], "StateReason" in instance) == ("pending", False)
        assert ssm.get_connection_status(Target=STOPPED)["Status"] == "notconnected"
        ec2.stop_instances(InstanceIds=[STOPPED])
        instance = ec2.describe_instances(InstanceIds=[STOPPED])["Reservations"][0]["Instances"][0]
        assert instance["StateReason"]["Code"] == "Client.UserInitiatedShutdown"
