"""The supervisor: every tunnel on its one local port, nothing left behind, and a loop that stays free."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from smtui.domain.fault import FaultKind
from smtui.domain.forward import Destination, Forward, LocalEnd, LocalPort
from smtui.domain.place import Place
from smtui.domain.plugin_grade import PluginGrade
from smtui.plugin.plugin_output import LineKind, PluginLine
from smtui.topics.failure_topics import of_fault
from smtui.tunnels import tunnel_attempt, tunnel_run
from smtui.tunnels.state_machine import Limits
from smtui.tunnels.supervisor import TunnelRefused, Tunnels
from smtui.tunnels.tunnel import TunnelState, TunnelView
from tests.domain.build import node, ssm_facts
from tests.engine.fakes import fault
from tests.tunnels.tunnel_fakes import CountingAws, FakeForwardPlugins, FakeJournal
from tests.waiting import PATIENCE, until

pytestmark = pytest.mark.integration

QUICK = Limits(shortest_wait=0.01, longest_wait=0.05, opening=PATIENCE)
ANY_PORT = LocalPort()


class Bench:
    """The supervisor with its fakes."""

    def __init__(self, limits: Limits = QUICK, behaviours: tuple[str, ...] = ("good",)) -> None:
        self.aws = CountingAws()
        self.plugins = FakeForwardPlugins(list(behaviours))
        self.journal = FakeJournal()
        self.tunnels = Tunnels(
            lambda place: self.aws, lambda *_: None, self.plugins, self.journal, read_only=False, limits=limits
        )

    async def until_state(self, view: TunnelView, state: TunnelState) -> TunnelView:
        await until(lambda: self.view(view).state is state)
        return self.view(view)

    def view(self, view: TunnelView) -> TunnelView:
        return next(each for each in self.tunnels.views() if each.tunnel_id == view.tunnel_id)


@asynccontextmanager
async def bench(limits: Limits = QUICK, behaviours: tuple[str, ...] = ("good",)) -> AsyncIterator[Bench]:
    made = Bench(limits, behaviours)
    try:
        yield made
    finally:
        await made.tunnels.close_all()
        assert made.tunnels.active == 0
        assert made.aws.active == set()
        assert made.journal.open == {}


def to(port: int = 80, host: str = "", local: LocalEnd = ANY_PORT) -> Forward:
    return Forward("i-0000000000000000a", Place("ops", "eu-west-1"), "web-1", Destination(port, host), local)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def port_of(view: TunnelView) -> int:
    assert isinstance(view.forward.local, LocalPort)
    return view.forward.local.port


async def test_from_start_to_stop() -> None:
    async with bench() as world:
        view = await world.tunnels.start(to(5432, "db.internal"), preset="db", command=("psql", "-p", "{local_port}"))
        assert view.state is TunnelState.STARTING
        assert view.local == f"127.0.0.1:{port_of(view)}"
        assert view.command == ("psql", "-p", str(port_of(view)))
        assert (view.preset, view.warning) == ("db", "")
        view = await world.until_state(view, TunnelState.OPEN)
        assert (view.attempt, world.tunnels.active) == (0, 1)
        assert list(world.journal.open) == ["s-0"]
        await world.tunnels.stop(view.tunnel_id)
        assert world.view(view).state is TunnelState.CLOSED
        assert is_free(port_of(view))
        assert world.plugins.started[0].signals == ["INT"]
        assert world.aws.terminated == ["s-0"]
        log = world.tunnels.log(view.tunnel_id)
        assert any("session s-0 started" in line for line in log)
        assert not any("TOKEN" in line for line in log)
        world.tunnels.forget(view.tunnel_id)
        assert world.tunnels.views() == ()


async def test_our_own_probe_is_not_counted() -> None:
    async with bench() as world:
        view = await world.until_state(await world.tunnels.start(to()), TunnelState.OPEN)
        [plugin] = world.plugins.started
        plugin.say(PluginLine(LineKind.TRAFFIC, now=2, total=3, bytes_in=10, bytes_out=20))
        await until(lambda: world.view(view).bytes_in == 10)
        view = world.view(view)
        assert (view.connections_now, view.connections_total, view.bytes_out) == (2, 2, 20)
        plugin.end()
        await until(lambda: len(world.plugins.started) == 2)
        view = await world.until_state(view, TunnelState.OPEN)
        assert (view.connections_total, view.bytes_in) == (2, 10)


async def test_a_killed_plugin_comes_back_on_the_same_port() -> None:
    async with bench() as world:
        view = await world.until_state(await world.tunnels.start(to()), TunnelState.OPEN)
        for number in range(1, 4):
            world.plugins.started[-1].end()
            await until(lambda number=number: len(world.plugins.started) == number + 1)  # type: ignore[misc]
            after = await world.until_state(view, TunnelState.OPEN)
            assert after.local == view.local
        assert world.aws.peak == 1
        assert world.aws.terminated == ["s-0", "s-1", "s-2"]


async def test_what_died_is_named_while_it_is_tried_again() -> None:
    async with bench(Limits()) as world:
        view = await world.until_state(await world.tunnels.start(to()), TunnelState.OPEN)
        world.plugins.started[0].end()
        await until(lambda: world.view(view).next_try_at is not None)
        view = world.view(view)
        assert view.state is TunnelState.RECONNECTING
        assert "killed by signal 9" in view.last_word
        assert view.attempt == 2
        assert view.next_try_at is not None
        assert view.next_try_at > datetime.now(UTC)


@pytest.mark.parametrize("behaviour", ["hung", "dead"])
async def test_a_plugin_that_is_alive_but_dead_is_replaced(behaviour: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tunnel_run, "_ACCEPT_SECONDS", 0.1)
    limits = replace(QUICK, opening=2.0)  # the good one has to open within it too
    async with bench(limits, (behaviour, "good")) as world:
        view = await world.until_state(await world.tunnels.start(to()), TunnelState.OPEN)
        assert [plugin.behaviour for plugin in world.plugins.started] == [behaviour, "good"]
        assert world.aws.peak == 1
        assert any("within" in line or "accepts no connection" in line for line in world.tunnels.log(view.tunnel_id))


async def test_an_official_plugin_that_lost_its_connection_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([True, None, False, True, False, False])
    monkeypatch.setattr(tunnel_run, "_WATCH_SECONDS", 0.02)
    monkeypatch.setattr(tunnel_attempt, "has_connection", lambda pid, port: next(answers, True))
    async with bench() as world:
        world.plugins.grade = PluginGrade.FINE
        view = await world.until_state(await world.tunnels.start(to()), TunnelState.OPEN)
        await until(lambda: len(world.plugins.started) == 2)
        assert any("lost its connection" in line for line in world.tunnels.log(view.tunnel_id))
        assert next(answers, None) is None
        await world.until_state(view, TunnelState.OPEN)


async def test_a_stubborn_plugin_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tunnel_run, "_INTERRUPT_SECONDS", 0.1)
    async with bench(behaviours=("stubborn",)) as world:
        view = await world.until_state(await world.tunnels.start(to()), TunnelState.OPEN)
        await world.tunnels.stop(view.tunnel_id)
        assert world.plugins.started[0].signals == ["INT", "KILL"]
        assert is_free(port_of(view))


@pytest.mark.parametrize(
    ("kind", "starts"),
    [
        (FaultKind.DENIED, 1),
        (FaultKind.INVALID_DOCUMENT, 1),
        (FaultKind.TARGET_NOT_CONNECTED, 1),
        (FaultKind.THROTTLED, 4),
        (FaultKind.UNREACHABLE, 4),
    ],
)
async def test_a_start_that_fails(kind: FaultKind, starts: int) -> None:
    async with bench() as world:
        world.aws.failing["ssm:StartSession"] = fault("ssm:StartSession", kind)
        view = await world.until_state(await world.tunnels.start(to()), TunnelState.FAILED)
        assert world.aws.calls.count("ssm:StartSession") == starts
        assert world.aws.failing["ssm:StartSession"].sentence() in view.last_word
        assert ("Given up after 4 attempts" in view.last_word) == (starts > 1)
        assert view.topic == of_fault(fault("ssm:StartSession", kind)).topic
        del world.aws.failing["ssm:StartSession"]
        await world.tunnels.restart(view.tunnel_id)
        await world.until_state(view, TunnelState.OPEN)


async def test_a_node_that_goes_away_is_waited_for() -> None:
    async with bench() as world:
        view = await world.until_state(await world.tunnels.start(to()), TunnelState.OPEN)
        world.aws.failing["ssm:StartSession"] = fault("ssm:StartSession", FaultKind.TARGET_NOT_CONNECTED)
        world.plugins.started[0].end()
        await until(lambda: world.aws.calls.count("ssm:StartSession") > 6)
        del world.aws.failing["ssm:StartSession"]
        await world.until_state(view, TunnelState.OPEN)


async def test_a_plugin_that_cannot_start_leaves_no_session() -> None:
    async with bench() as world:
        world.plugins.error = OSError("no such file")
        view = await world.until_state(await world.tunnels.start(to()), TunnelState.FAILED)
        assert "no such file" in view.last_word
        assert world.aws.terminated == ["s-0"]


async def test_an_unusable_plugin_starts_no_session() -> None:
    async with bench() as world:
        world.plugins.grade = PluginGrade.MISSING
        await world.until_state(await world.tunnels.start(to()), TunnelState.FAILED)
        assert "ssm:StartSession" not in world.aws.calls


async def test_a_taken_port_is_refused_with_its_holder() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        async with bench() as world:
            with pytest.raises(TunnelRefused, match=rf"{port} is taken by process \d+"):
                await world.tunnels.start(to(local=LocalPort(port)))
            assert world.aws.calls == []
            assert world.tunnels.views() == ()


async def test_a_port_of_our_own_is_refused_with_the_tunnel() -> None:
    async with bench() as world:
        view = await world.until_state(await world.tunnels.start(to(5432, "db.internal")), TunnelState.OPEN)
        with pytest.raises(TunnelRefused, match=r"the tunnel to db\.internal:5432 through web-1"):
            await world.tunnels.start(to(local=view.forward.local))


async def test_two_at_once_cannot_have_the_same_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with bench() as world:
        both = [world.tunnels.start(to(local=LocalPort(port))) for _ in range(2)]
        results = await asyncio.gather(*both, return_exceptions=True)
        assert sorted(type(result).__name__ for result in results) == ["TunnelRefused", "TunnelView"]


async def test_a_port_taken_meanwhile_is_named_and_not_tried_again() -> None:
    async with bench(Limits(shortest_wait=0.3)) as world:
        view = await world.until_state(await world.tunnels.start(to()), TunnelState.OPEN)
        world.plugins.started[0].end()
        await until(lambda: world.view(view).next_try_at is not None)
        with socket.create_server(("127.0.0.1", port_of(view))):
            view = await world.until_state(view, TunnelState.FAILED)
        assert "is taken by process" in view.last_word
        assert view.topic == "local-port-in-use"
        assert len(world.plugins.started) == 1


async def test_a_refusing_destination_is_named_and_stays_open() -> None:
    async with bench() as world:
        view = await world.until_state(await world.tunnels.start(to(5432, "db.internal")), TunnelState.OPEN)
        assert view.topic == ""
        world.plugins.started[0].say(
            PluginLine(LineKind.REFUSED, "Connection to destination port failed, check SSM Agent logs.")
        )
        await until(lambda: world.view(view).refusal != "")
        refused = world.view(view)
        assert (refused.state, refused.words) == (TunnelState.OPEN, "open, refused")
        assert refused.topic == "remote-port-refused"
        assert "db.internal:5432" in refused.refusal
        assert refused.last_word == refused.refusal
        assert sum(refused.refusal in line for line in world.tunnels.log(view.tunnel_id)) == 1


async def test_a_destination_that_answers_after_all_is_refused_no_more() -> None:
    async with bench() as world:
        view = await world.until_state(await world.tunnels.start(to(5432, "db.internal")), TunnelState.OPEN)
        plugin = world.plugins.started[0]
        plugin.say(PluginLine(LineKind.TRAFFIC, bytes_in=10))
        plugin.say(PluginLine(LineKind.REFUSED, bytes_in=10))
        await until(lambda: world.view(view).refusal != "")
        plugin.say(PluginLine(LineKind.TRAFFIC, bytes_in=10, bytes_out=5))
        await until(lambda: world.view(view).bytes_out == 5)
        assert world.view(view).refusal, "what was sent proves nothing"
        plugin.say(PluginLine(LineKind.TRAFFIC, bytes_in=11, bytes_out=5))
        await until(lambda: not world.view(view).refusal)
        assert (world.view(view).words, world.view(view).topic) == ("open", "")


STALL = "smtui: a connection does not read the 4.2 MB that wait for it. The others wait."


@pytest.mark.parametrize(
    "later",
    [
        PluginLine(LineKind.TRAFFIC, now=2, total=2, bytes_in=11),
        PluginLine(LineKind.TRAFFIC, now=1, total=2, bytes_in=10),
    ],
    ids=["it reads again", "it closes"],
)
async def test_a_client_that_holds_up_the_others_is_named_until_data_goes_through(later: PluginLine) -> None:
    async with bench() as world:
        view = await world.until_state(await world.tunnels.start(to(5432, "db.internal")), TunnelState.OPEN)
        plugin = world.plugins.started[0]
        plugin.say(PluginLine(LineKind.TRAFFIC, now=2, total=2, bytes_in=10))
        plugin.say(PluginLine(LineKind.STALLED, STALL))
        await until(lambda: world.view(view).stalled)
        stalled = world.view(view)
        assert (stalled.state, stalled.words) == (TunnelState.OPEN, "open, stalled")
        assert stalled.last_word == stalled.stalled == STALL.removeprefix("smtui: ").replace("a conn", "A conn", 1)
        plugin.say(PluginLine(LineKind.TRAFFIC, now=3, total=3, bytes_in=10, bytes_out=5))
        await until(lambda: world.view(view).bytes_out == 5)
        assert world.view(view).stalled, "neither another client nor what is sent changes that"
        plugin.say(later)
        await until(lambda: not world.view(view).stalled)
        assert world.view(view).words == "open"
        assert "does not read" not in world.view(view).last_word


async def test_stop_and_restart_say_what_was_wanted_whatever_the_plugin_says() -> None:
    async with bench() as world:
        view = await world.until_state(await world.tunnels.start(to()), TunnelState.OPEN)
        world.plugins.started[0].say(PluginLine(LineKind.WORDS, "Terminate signal received, exiting."))
        await until(lambda: "Terminate" in world.view(view).last_word)
        await world.tunnels.restart(view.tunnel_id)
        assert world.view(view).last_word == "Restarting."
        await until(lambda: len(world.plugins.started) == 2)
        await world.until_state(view, TunnelState.OPEN)
        world.plugins.started[1].say(PluginLine(LineKind.WORDS, "Terminate signal received, exiting."))
        await until(lambda: "Terminate" in world.view(view).last_word)
        await world.tunnels.stop(view.tunnel_id)
        assert world.view(view).last_word == "Stopped."
        log = world.tunnels.log(view.tunnel_id)
        assert [line.split(" ", 1)[1] for line in log if "requested" in line] == [
            "restart requested.",
            "stop requested.",
        ]


async def test_a_start_that_hangs_can_be_stopped_and_is_accounted_for() -> None:
    gate = threading.Event()
    async with bench() as world:
        world.aws.gates["ssm:StartSession"] = gate
        view = await world.tunnels.start(to())
        await until(lambda: "ssm:StartSession" in world.aws.calls)
        stopping = asyncio.create_task(world.tunnels.stop(view.tunnel_id))
        await asyncio.sleep(0)
        assert world.view(view).state is TunnelState.STOPPING
        assert world.view(view).last_word == "Ending its plugin and its session."
        gate.set()
        await stopping
        assert world.view(view).state is TunnelState.CLOSED
        assert world.plugins.started == []
        assert world.aws.terminated == ["s-0"]


async def test_quitting_does_not_wait_for_a_start_that_hangs() -> None:
    gate = threading.Event()
    world = Bench()
    world.aws.gates["ssm:StartSession"] = gate
    await world.tunnels.start(to())
    await until(lambda: "ssm:StartSession" in world.aws.calls)
    await world.tunnels.close_all()
    assert not gate.is_set()
    assert "web-1" in " ".join(world.tunnels.left_open())
    gate.set()
    await until(lambda: world.tunnels.active == 0)
    assert world.aws.active == set()
    with pytest.raises(TunnelRefused):
        await world.tunnels.start(to())


async def test_a_session_that_could_not_be_ended_is_ended_when_aws_answers_again() -> None:
    async with bench() as world:
        view = await world.until_state(await world.tunnels.start(to()), TunnelState.OPEN)
        world.aws.failing["ssm:TerminateSession"] = fault("ssm:TerminateSession", FaultKind.EXPIRED_CREDENTIALS)
        world.aws.failing["ssm:StartSession"] = fault("ssm:StartSession", FaultKind.EXPIRED_CREDENTIALS)
        world.plugins.started[0].end()
        await until(lambda: world.aws.calls.count("ssm:StartSession") > 2)
        assert "s-0" in " ".join(world.tunnels.left_open())
        world.aws.failing.clear()
        await world.until_state(view, TunnelState.OPEN)
        await until(lambda: world.aws.active == {"s-1"})
        await world.tunnels.stop(view.tunnel_id)
        assert world.tunnels.left_open() == ()


async def test_a_session_that_cannot_be_ended_is_reported_at_the_end() -> None:
    world = Bench()
    view = await world.until_state(await world.tunnels.start(to()), TunnelState.OPEN)
    world.aws.failing["ssm:TerminateSession"] = fault("ssm:TerminateSession")
    await world.tunnels.stop(view.tunnel_id)
    assert world.view(view).state is TunnelState.CLOSED
    await world.tunnels.close_all()
    assert "aws ssm terminate-session --session-id s-0" in " ".join(world.tunnels.left_open())
    assert list(world.journal.open) == ["s-0"]


async def test_read_only_starts_and_ends_nothing() -> None:
    aws = CountingAws()
    tunnels = Tunnels(lambda place: aws, lambda *_: None, FakeForwardPlugins(), FakeJournal(), read_only=True)
    with pytest.raises(TunnelRefused, match="read-only"):
        await tunnels.start(to())
    assert aws.calls == []


async def test_an_objection_comes_before_anything_else() -> None:
    aws = CountingAws()
    old = node(ssm=ssm_facts(agent_version="2.3.600.0"))
    tunnels = Tunnels(lambda place: aws, lambda *_: old, FakeForwardPlugins(), FakeJournal(), read_only=False)
    with pytest.raises(TunnelRefused, match="too old for port forwarding") as refused:
        await tunnels.start(to())
    assert refused.value.topic == "agent-too-old"


@pytest.mark.parametrize(
    ("command", "words"), [(("{nope}",), "not known"), (("run", "{local_port"), "brace")], ids=["unknown", "broken"]
)
async def test_a_bad_command_is_refused(command: tuple[str, ...], words: str) -> None:
    async with bench() as world:
        with pytest.raises(TunnelRefused, match=words):
            await world.tunnels.start(to(), command=command)
        assert world.tunnels.views() == ()


async def test_another_address_is_warned_of() -> None:
    async with bench() as world:
        view = await world.tunnels.start(to(local=LocalPort(0, "0.0.0.0")))
        assert "Others on the network" in view.warning
        await world.until_state(view, TunnelState.OPEN)


async def test_official_plugins_listen_on_loopback_alone() -> None:
    async with bench() as world:
        world.plugins.grade = PluginGrade.FINE
        view = await world.until_state(await world.tunnels.start(to(local=LocalPort(0, "0.0.0.0"))), TunnelState.FAILED)
        assert "SMTUI_PLUGIN=builtin" in view.last_word
        assert "ssm:StartSession" not in world.aws.calls


async def test_thirty_tunnels_two_flapping_and_the_loop_stays_free() -> None:
    async with bench() as world:
        notices: list[float] = []
        world.tunnels.subscribe(lambda: notices.append(time.monotonic()))
        views = [await world.tunnels.start(to(1000 + number)) for number in range(30)]
        await until(lambda: all(view.state is TunnelState.OPEN for view in world.tunnels.views()))
        assert len({view.local for view in views}) == 30
        assert world.aws.peak == 30
        flapping = {port_of(view) for view in views[:2]}
        began = time.monotonic()
        busy = []
        while time.monotonic() - began < 1.5:
            for plugin in list(world.plugins.started):
                if plugin._socket is not None and plugin._socket.fileno() >= 0:
                    with contextlib.suppress(OSError):
                        if plugin._socket.getsockname()[1] in flapping:
                            plugin.end()
            for plugin in world.plugins.started[2:30]:
                plugin.say(PluginLine(LineKind.TRAFFIC, now=1, total=1, bytes_in=1, bytes_out=1))
            before = time.thread_time()
            await asyncio.sleep(0.005)
            busy.append(time.thread_time() - before)
        # The loop's own work, whatever else the machine does.
        assert sorted(busy)[len(busy) // 2] < 0.05
        assert world.aws.peak == 30
        gaps = [after - before for before, after in pairwise(notices)]
        assert min(gaps) > 0.19
        await world.tunnels.close_all()
        assert world.aws.active == set()
