"""The tunnels, and what comes up when one fails, driven by keys over tunnels in memory."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from smtui.domain.version import AgentAbility
from smtui.tui.nodes.nodes_screen import NodesScreen
from smtui.tui.parts import working
from smtui.tui.parts.confirm import ConfirmScreen
from smtui.tui.troubleshoot.troubleshoot_screen import TroubleshootScreen
from smtui.tui.tunnels.tunnels_screen import TunnelsScreen
from smtui.tunnels.tunnel import TunnelState
from tests.engine.fakes import NOW
from tests.tui.driving import at, running, table_of
from tests.tui.looking import screen_text, told
from tests.tui.troubleshoot.opening import broken
from tests.tui.tunnels.views import view
from tests.tui.world import World
from tests.waiting import until

OPEN = view("t1", "db.internal:5432", "bastion-1", 15432, TunnelState.OPEN, NOW, connections_now=2)


async def test_the_tunnels_are_live_and_the_list_keeps_counting() -> None:
    world = World()
    async with running(world) as pilot:
        await pilot.press("2")
        await at(pilot, TunnelsScreen)
        assert "Nothing is forwarded." in screen_text(pilot.app)
        world.tunnels.put(OPEN)
        await until(lambda: "● open" in screen_text(pilot.app))
        assert "db.internal:5432" in screen_text(pilot.app)
        world.tunnels.change("t1", state=TunnelState.FAILED, last_word="agent too old")
        await until(lambda: "✕ failed" in screen_text(pilot.app))
        await until(lambda: any("failed: agent too old" in note for note in told(pilot.app)))
        await pilot.press("1")
        await at(pilot, NodesScreen)
        assert "2 Tunnels ✕1 " in screen_text(pilot.app).splitlines()[0]


async def test_the_address_is_copied() -> None:
    world = World()
    world.tunnels.known["t1"] = OPEN
    async with running(world) as pilot:
        await pilot.press("2", "enter")
        await until(lambda: world.copied == ["127.0.0.1:15432"])


async def test_stopping_asks_only_while_connections_are_open() -> None:
    world = World()
    world.tunnels.known["t1"] = OPEN
    async with running(world) as pilot:
        await pilot.press("2", "x")
        await at(pilot, ConfirmScreen)
        assert "2 clients" in screen_text(pilot.app)
        assert "enter Stop it" in screen_text(pilot.app)
        await pilot.press("escape")
        await at(pilot, TunnelsScreen)
        assert world.tunnels.active == 1
        world.tunnels.change("t1", connections_now=0)
        await pilot.press("x")
        await until(lambda: world.tunnels.calls == ["stop t1"])


async def test_restart_log_command_and_forget() -> None:
    world = World()
    world.tunnels.known["t1"] = view(
        "t1", "80", "web-1", 8080, TunnelState.CLOSED, NOW, command=("curl", "http://127.0.0.1:8080/a b")
    )
    async with running(world) as pilot:
        await pilot.press("2", "l")
        await until(lambda: "Waiting for connections..." in screen_text(pilot.app))
        await pilot.press("escape", "o")
        await until(lambda: world.copied == ["curl 'http://127.0.0.1:8080/a b'"])
        assert "The tunnel is closed." in screen_text(pilot.app)
        await pilot.press("escape", "r")
        await until(lambda: world.tunnels.calls == ["restart t1"])
        await pilot.press("delete")
        await pilot.pause()
        assert world.tunnels.active == 1, "a tunnel that runs is not forgotten"
        world.tunnels.change("t1", state=TunnelState.FAILED)
        await pilot.press("delete")
        await until(lambda: not world.tunnels.views())


async def test_a_restart_that_waits_for_its_hook_says_so_and_goes_on_without_the_screen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(working, "SLOW_SECONDS", 0.01)
    world = World()
    world.tunnels.hook = asyncio.Event()
    world.tunnels.known["t1"] = view("t1", "80", "web-1", 8080, TunnelState.CLOSED, NOW)
    async with running(world) as pilot:
        await pilot.press("2", "r")
        await until(lambda: "Restarting the tunnel to web-1:80 …" in told(pilot.app))
        await pilot.press("1")
        await at(pilot, NodesScreen)
        world.tunnels.hook.set()
        await until(lambda: world.tunnels.calls == ["restart t1"])


async def test_a_flapping_pair_among_thirty_does_not_slow_the_keys() -> None:
    world = World()
    for number in range(30):
        world.tunnels.known[f"t{number}"] = view(
            f"t{number}", "80", f"web-{number}", 8000 + number, TunnelState.OPEN, NOW
        )
    async with running(world) as pilot:
        await pilot.press("2")
        await at(pilot, TunnelsScreen)
        stop = asyncio.Event()

        async def flap() -> None:
            states = (TunnelState.RECONNECTING, TunnelState.OPEN)
            count = 0
            while not stop.is_set():
                for name in ("t3", "t4"):
                    world.tunnels.change(name, state=states[count % 2])
                count += 1
                await asyncio.sleep(0.2)  # as often as the supervisor tells

        flapping = asyncio.create_task(flap())
        table = table_of(pilot)
        for _ in range(20):
            await pilot.press("j")
        stop.set()
        await flapping
        assert table.index == 20
        assert len(told(pilot.app)) <= 4


# Troubleshooting -------------------------------------------------------------------------------

STARTING = view("t1", "db.internal:5432", "bastion-1", 15432, TunnelState.STARTING, NOW)


async def test_a_forward_that_never_opens_is_troubleshot_by_itself_and_can_be_tried_again() -> None:
    world = World(script=broken())
    async with running(world) as pilot:
        world.tunnels.put(STARTING)
        await pilot.pause()
        world.tunnels.change(
            "t1", state=TunnelState.FAILED, last_word="TargetNotConnected.", topic="target-not-connected"
        )
        await at(pilot, TroubleshootScreen)
        shown = screen_text(pilot.app)
        assert "Forwarding db.internal:5432 through bastion-1 failed: TargetNotConnected." in shown
        await pilot.press("enter")
        await until(lambda: world.tunnels.calls == ["restart t1"])
        await at(pilot, NodesScreen)


@pytest.mark.parametrize("keys", [("slash", "x"), ("f",), ("question_mark",)])
async def test_but_not_over_what_the_user_does(keys: tuple[str, ...]) -> None:
    world = World(script=broken())
    async with running(world) as pilot:
        world.tunnels.put(STARTING)
        await pilot.press(*keys)
        screen = pilot.app.screen
        world.tunnels.change("t1", state=TunnelState.FAILED, last_word="TargetNotConnected.")
        await until(lambda: told(pilot.app))
        await pilot.pause()
        assert pilot.app.screen is screen


async def test_nor_when_a_tunnel_breaks_that_had_been_open() -> None:
    world = World(script=broken())
    async with running(world) as pilot:
        world.tunnels.put(STARTING)
        world.tunnels.change("t1", state=TunnelState.OPEN)
        world.tunnels.change("t1", state=TunnelState.FAILED, last_word="gone")
        await until(lambda: any("gone" in note for note in told(pilot.app)))
        assert isinstance(pilot.app.screen, NodesScreen)


async def test_t_on_a_tunnel_examines_its_node_for_what_it_needs() -> None:
    world = World(script=broken())
    world.tunnels.known["t1"] = OPEN
    async with running(world) as pilot:
        await pilot.press("2", "t")
        await at(pilot, TroubleshootScreen)
        (subject,) = world.script.examined  # type: ignore[union-attr]
        assert (subject.node_id, subject.needs) == (OPEN.forward.node_id, AgentAbility.REMOTE_HOST)
        await pilot.press("escape")
        await at(pilot, TunnelsScreen)


async def test_t_on_a_refused_tunnel_begins_with_the_tunnel() -> None:
    world = World(script=broken())
    sentence = "bastion-1 could not connect to db.internal:5432: nothing listens there, or it is out of reach."
    world.tunnels.known["t1"] = replace(OPEN, refusal=sentence, last_word=sentence, topic="remote-port-refused")
    async with running(world) as pilot:
        await pilot.press("2")
        await until(lambda: "◐ open, refused" in screen_text(pilot.app))
        await pilot.press("t")
        await at(pilot, TroubleshootScreen)
        await until(lambda: "could not connect to db.internal:5432" in screen_text(pilot.app))
        assert "Forwarding db.internal:5432 through bastion-1 is refused" in screen_text(pilot.app)
