"""Lists the nodes of the places besides the home Region: a few of each status, with the same Names and other ids."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from smtui.demo.story.account_facts import ACCOUNT, OTHER_ACCOUNT, DemoPlace
from smtui.demo.story.demo_node import (
    AGENT_STOPPED,
    CUT_FROM_SSMMESSAGES,
    DAY,
    HOUR,
    UNMANAGED,
    DemoNode,
    Finding,
    Ping,
    Platform,
    hybrid,
    in_main_vpc,
)


def places_with_nodes() -> Iterator[Sequence[DemoNode]]:
    """Yield the nodes of each place that has some, besides the home Region."""
    for account, region in _MADE:
        yield nodes_at(DemoPlace(account, region))


def nodes_at(place: DemoPlace) -> Sequence[DemoNode]:
    """The nodes of the place; none in most Regions."""
    made = _MADE.get((place.account, place.region))
    return made(place) if made is not None else ()


def _team(env: str, team: str) -> dict[str, Any]:
    return {"tags": {"env": env, "team": team}}


def _stopped() -> dict[str, Any]:
    return {"ping": Ping.ABSENT, "connected": False, "state": "stopped", "causes": ("node.state",)}


def _prod_us(place: DemoPlace) -> Sequence[DemoNode]:
    web, data = _team("prod", "web"), _team("prod", "data")
    return (
        in_main_vpc("web-1", 12, place=place, ping_age=6, **web),
        in_main_vpc("web-2", 13, place=place, ping_age=14, **web),
        in_main_vpc("bastion-1", 10, place=place, ping_age=9, instance_type="t3.micro", **_team("prod", "platform")),
        in_main_vpc("api-1", 21, Platform.UBUNTU_24, place=place, ping_age=21, **_team("prod", "payments")),
        in_main_vpc("db-1", 31, Platform.RHEL_9, place=place, ping_age=12, instance_type="r6i.xlarge", **data),
        in_main_vpc("queue-1", 41, place=place, ping_age=90, causes=("node.ping",), **AGENT_STOPPED),
        in_main_vpc("batch-9", 61, place=place, **_stopped()),
        in_main_vpc("web-new", 71, place=place, profile="", causes=("identity.instance_profile",), **UNMANAGED),
    )


def _prod_central(place: DemoPlace) -> Sequence[DemoNode]:
    return (
        in_main_vpc("web-1", 12, place=place, ping_age=5, **_team("prod", "web")),
        in_main_vpc("report-1", 22, Platform.WINDOWS_2022, place=place, ping_age=31, **_team("prod", "data")),
        in_main_vpc("archive-1", 62, place=place, **_stopped()),
    )


def _stage(place: DemoPlace) -> Sequence[DemoNode]:
    web, data = _team("staging", "web"), _team("staging", "data")
    return (
        in_main_vpc("web-1", 12, place=place, ping_age=8, **web),
        in_main_vpc("bastion-1", 10, place=place, ping_age=7, instance_type="t3.micro", **_team("staging", "platform")),
        in_main_vpc("api-1", 21, Platform.UBUNTU_24, place=place, ping_age=17, **_team("staging", "payments")),
        in_main_vpc("db-1", 31, Platform.DEBIAN_12, place=place, ping_age=44, instance_type="r6i.large", **data),
        in_main_vpc("ci-1", 41, Platform.UBUNTU_18, "3.0.1390.0", place=place, ping_age=25, **_old_agent()),
        in_main_vpc(
            "policy-denied-1",
            43,
            place=place,
            profile="denied-instance-profile",
            causes=("identity.policy",),
            **CUT_FROM_SSMMESSAGES,
        ),
        in_main_vpc("agent-stopped-1", 74, place=place, ping_age=3 * HOUR, causes=("node.ping",), **AGENT_STOPPED),
        in_main_vpc("stopped-1", 81, place=place, **_stopped()),
        in_main_vpc("no-profile-1", 91, place=place, profile="", causes=("identity.instance_profile",), **UNMANAGED),
        hybrid("onprem-lab-1", "192.168.40.11", Platform.UBUNTU_22, place=place, ping_age=DAY, **AGENT_STOPPED),
    )


def _old_agent() -> dict[str, Any]:
    return {**_team("staging", "platform"), "causes": ("node.agent_version",), "finding": Finding.WARN}


def _stage_us(place: DemoPlace) -> Sequence[DemoNode]:
    return (
        in_main_vpc("web-1", 12, place=place, ping_age=10, **_team("staging", "web")),
        in_main_vpc("load-1", 22, place=place, ping_age=15, **_team("staging", "web")),
        in_main_vpc("stopped-1", 81, place=place, **_stopped()),
    )


def _stage_central(place: DemoPlace) -> Sequence[DemoNode]:
    return (
        in_main_vpc("web-1", 12, place=place, ping_age=13, **_team("staging", "web")),
        in_main_vpc("vault-1", 23, Platform.RHEL_9, place=place, ping_age=27, **_team("staging", "platform")),
        in_main_vpc("agent-stopped-1", 74, place=place, ping_age=HOUR, causes=("node.ping",), **AGENT_STOPPED),
    )


_MADE: Mapping[tuple[str, str], Callable[[DemoPlace], Sequence[DemoNode]]] = {
    (ACCOUNT, "us-east-1"): _prod_us,
    (ACCOUNT, "eu-central-1"): _prod_central,
    (OTHER_ACCOUNT, "eu-west-1"): _stage,
    (OTHER_ACCOUNT, "us-east-1"): _stage_us,
    (OTHER_ACCOUNT, "eu-central-1"): _stage_central,
}
