"""Quitting ends tunnels too, in order, or at once when the user will not wait."""

from __future__ import annotations

import asyncio

import pytest

from smtui.domain.forward import Destination, Forward, LocalSocket
from smtui.domain.place import Place
from smtui.domain.version import AgentAbility
from smtui.engine.fleet import Fleet
from smtui.engine.launcher import Launcher
from smtui.engine.offloop import OffLoop
from smtui.tunnels.reasons import objection
from smtui.tunnels.supervisor import Tunnels
from smtui.tunnels.tunnel import TunnelState
from tests.domain.build import NOW, ssm_facts
from tests.engine.fakes import FakePlaces, FakePlugins
from tests.engine.launcher_parts import launcher_over
from tests.tunnels.tunnel_fakes import CountingAws, FakeForwardPlugins, FakeJournal
from tests.waiting import until

pytestmark = pytest.mark.integration

NODE = "i-0000000000000000a"


def forward(host: str = "") -> Forward:
    return Forward(NODE, Place(), "web-1", Destination(80, host))


def launcher_of(aws: CountingAws, plugins: FakeForwardPlugins) -> Launcher:
    off_loop = OffLoop()
    fleet = Fleet(FakePlaces(aws), [Place()], off_loop)
    tunnels = Tunnels(fleet.aws, fleet.node_at, plugins, FakeJournal(), read_only=False)
    return launcher_over(fleet, FakePlugins(), off_loop, tunnels=tunnels)


async def opened(launcher: Launcher) -> None:
    await launcher.tunnels.start(forward())
    await until(lambda: launcher.tunnels.views()[0].state is TunnelState.OPEN, launcher.tunnels.views)


async def test_settling_ends_every_tunnel() -> None:
    aws, plugins = CountingAws(), FakeForwardPlugins()
    launcher = launcher_of(aws, plugins)
    await opened(launcher)
    await launcher.settle()
    assert launcher.tunnels.views()[0].state is TunnelState.CLOSED
    assert aws.active == set()
    assert launcher.left_open() == ()


async def test_a_user_in_a_hurry_sees_what_is_left() -> None:
    aws, plugins = CountingAws(), FakeForwardPlugins(["stubborn"])
    launcher = launcher_of(aws, plugins)
    await opened(launcher)
    settling = asyncio.create_task(launcher.settle())
    await until(lambda: plugins.started[0].signals == ["INT"])
    launcher.hurry()
    await settling
    assert plugins.started[0].signals == ["INT", "KILL"]
    assert "s-0" in " ".join(launcher.left_open())


@pytest.mark.parametrize(
    ("version", "host", "phrase"),
    [
        ("2.3.600.0", "", AgentAbility.PORT_FORWARDING.phrase),
        ("3.0.1124.0", "", ""),
        ("3.0.1124.0", "db.internal", AgentAbility.REMOTE_HOST.phrase),
        ("3.3.987.0", "db.internal", ""),
        ("odd", "db.internal", ""),
    ],
)
async def test_an_agent_that_is_too_old_is_objected_to(version: str, host: str, phrase: str) -> None:
    aws = CountingAws([[ssm_facts(NODE, agent_version=version, seen_at=NOW)]])
    fleet = Fleet(FakePlaces(aws), [Place()], OffLoop(), lambda: NOW)
    assert objection(forward(host), fleet.node_at(Place(), NODE)) is None
    await fleet.refresh()
    said = objection(forward(host), fleet.node_at(Place(), NODE))
    assert (said is not None and phrase in said.sentence and said.topic == "agent-too-old") if phrase else said is None


def test_a_socket_leads_to_the_node_alone() -> None:
    fleet = Fleet(FakePlaces(CountingAws()), [Place()], OffLoop())
    through = Forward(NODE, Place(), "web-1", Destination(80, "db.internal"), LocalSocket("/tmp/s"))
    said = objection(through, fleet.node_at(Place(), NODE))
    assert said is not None
    assert "use a local port" in said.sentence
