"""Forwarding, tunnels, presets and quitting, driven by keys over tunnels in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from textual.pilot import Pilot

from smtui.domain.forward import Destination, LocalPort, LocalSocket
from smtui.domain.orphaned_session import ActiveSession, OrphanedSession, UnansweredStart
from smtui.domain.place import Place
from smtui.domain.preset import BrokenPreset, Preset, PresetList, PresetsUnusable
from smtui.domain.version import AgentAbility
from smtui.engine.launcher import Setup
from smtui.engine.preset_book import PresetsInMemory
from smtui.tui import left_behind
from smtui.tui.forward.choose_node import ChooseNodeScreen
from smtui.tui.forward.forward_form import NEW
from smtui.tui.forward.forward_screen import ForwardScreen
from smtui.tui.nodes.nodes_screen import NodesScreen
from smtui.tui.parts.confirm import ConfirmScreen, LeftoversScreen, QuitScreen
from smtui.tui.parts.field import Field
from smtui.tui.parts.row_table import RowTable
from smtui.tui.presets.preset_form_screen import PresetFormScreen
from smtui.tui.presets.presets_screen import PresetsScreen
from smtui.tui.troubleshoot.troubleshoot_screen import TroubleshootScreen
from smtui.tui.tunnels.tunnels_screen import TunnelsScreen
from smtui.tunnels.tunnel import TunnelState
from tests.engine.fakes import NOW
from tests.tui.looking import screen_text, sheet_text, told
from tests.tui.troubleshoot.opening import broken
from tests.tui.tunnels.views import FREE_PORT, view
from tests.tui.world import World, node_id, nodes_screen, settled
from tests.waiting import until

DB_1 = Preset("Here by its target", Destination(82), target="db-1")
OPEN = view("t1", "db.internal:5432", "bastion-1", 15432, TunnelState.OPEN, NOW, connections_now=2)


@asynccontextmanager
async def running(world: World, size: tuple[int, int] = (140, 45)) -> AsyncIterator[Pilot[Any]]:
    app = world.app()
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        yield pilot


async def at(pilot: Pilot[Any], screen: type) -> None:
    await until(lambda: isinstance(pilot.app.screen, screen))
    await pilot.pause()


def table_of(pilot: Pilot[Any]) -> RowTable:
    return pilot.app.screen.query_one(RowTable)


async def forwarding(pilot: Pilot[Any]) -> None:
    await pilot.press("f")
    await at(pilot, ForwardScreen)
    await until(lambda: table_of(pilot).rows)
    await pilot.pause()


# Forward ---------------------------------------------------------------------------------------


async def test_a_preset_is_two_keys_from_the_list() -> None:
    world = World()
    async with running(world) as pilot:
        await forwarding(pilot)
        await pilot.press("3")
        await at(pilot, NodesScreen)
        (tunnel,) = world.tunnels.views()
        assert (tunnel.local, str(tunnel.forward.destination), tunnel.preset) == ("127.0.0.1:8080", "80", "HTTP")
        assert tunnel.command == ("curl", "-i", "http://{local_host}:8080/")
        assert "Forwarding 127.0.0.1:8080 to db-1:80 …" in told(pilot.app)
        assert "1 tunnel" in screen_text(pilot.app).splitlines()[0]


async def test_enter_starts_the_preset_under_the_cursor() -> None:
    world = World()
    async with running(world) as pilot:
        await forwarding(pilot)
        await pilot.press("j", "enter")
        await at(pilot, NodesScreen)
        assert [tunnel.preset for tunnel in world.tunnels.views()] == ["SSH"]


async def test_presets_that_lead_elsewhere_come_last_with_their_target() -> None:
    own = [Preset("Shop", Destination(80), target="web-2"), Preset("Mine", Destination(81)), DB_1]
    world = World(presets=PresetsInMemory(own))
    async with running(world) as pilot:
        await forwarding(pilot)
        names = [row.cells[1][0] if row.cells else row.heading for row in table_of(pilot).rows]
        assert names[:2] == ["Mine", "Here by its target"]
        assert names[-3:] == ["New…", "Presets through other nodes", "Shop"]
        await pilot.press("G")
        await pilot.pause()
        assert "on web-2" in sheet_text(pilot.app)
        assert table_of(pilot).current == "Shop"
        assert f"--target {node_id(2)}" in sheet_text(pilot.app)
        assert [field.text for field in pilot.app.screen.query(Field)] == [""] * 4, "the form is the title's node's"
        await pilot.press("enter")
        await at(pilot, NodesScreen)
        (tunnel,) = world.tunnels.views()
        assert (tunnel.forward.label, tunnel.local) == ("web-2", f"127.0.0.1:{FREE_PORT}")


async def test_the_cursor_passes_the_heading_by() -> None:
    world = World(presets=PresetsInMemory([Preset("Shop", Destination(80), target="web-2")]))
    async with running(world) as pilot:
        await forwarding(pilot)
        await pilot.press("G", "k")
        assert table_of(pilot).current == NEW
        await pilot.press("j")
        assert table_of(pilot).current == "Shop"


@pytest.mark.parametrize(("target", "keys"), [("", "g"), ("web-2", "G")])
async def test_what_is_typed_goes_through_the_node_of_the_title(target: str, keys: str) -> None:
    world = World(presets=PresetsInMemory([Preset("Shop", Destination(80, "shop"), target=target, document="Acme")]))
    async with running(world) as pilot:
        await forwarding(pilot)
        await pilot.press(keys, "tab", "down", "1")
        await until(lambda: table_of(pilot).current == NEW)
        expected = ("", "1") if target else ("shop", "801")
        assert tuple(field.text for field in pilot.app.screen.query(Field))[:2] == expected
        await pilot.press("ctrl+s")
        await at(pilot, NodesScreen)
        (tunnel,) = world.tunnels.views()
        assert (tunnel.forward.label, tunnel.preset, tunnel.forward.document) == ("db-1", "", "")
        assert (tunnel.forward.destination.host, str(tunnel.forward.destination.port)) == expected


async def test_a_reason_goes_with_the_preset() -> None:
    world = World()
    async with running(world) as pilot:
        await forwarding(pilot)
        await pilot.press("tab", "down", "down", "down", *"INC-9", "ctrl+s")
        await at(pilot, NodesScreen)
        (tunnel,) = world.tunnels.views()
        assert (tunnel.preset, tunnel.forward.reason) == ("RDP", "INC-9")


async def test_an_ambiguous_target_is_chosen_from_a_list() -> None:
    world = World(presets=PresetsInMemory([Preset("Any db", Destination(5432), target="tag:env=test")]))
    world.presets.save(Preset("Prod", Destination(5432), target="tag:env=prod"), "")
    async with running(world) as pilot:
        await forwarding(pilot)
        await pilot.press("G", "enter")
        await at(pilot, ChooseNodeScreen)
        assert "nodes match tag:env=prod" in screen_text(pilot.app)
        await pilot.press("j", "enter")
        await at(pilot, NodesScreen)
        assert len(world.tunnels.views()) == 1


async def test_choosing_no_node_starts_nothing() -> None:
    world = World(presets=PresetsInMemory([Preset("Prod", Destination(5432), target="tag:env=prod")]))
    async with running(world) as pilot:
        await forwarding(pilot)
        await pilot.press("G", "enter")
        await at(pilot, ChooseNodeScreen)
        await pilot.press("escape")
        await at(pilot, ForwardScreen)
        assert not world.tunnels.views()


async def test_an_unknown_target_is_a_sentence_in_the_form() -> None:
    world = World(presets=PresetsInMemory([Preset("Gone", Destination(80), target="web-99")]))
    async with running(world) as pilot:
        await forwarding(pilot)
        await pilot.press("G", "enter")
        await until(lambda: "but no listed node has that name" in sheet_text(pilot.app))
        assert isinstance(pilot.app.screen, ForwardScreen)
        assert not world.tunnels.views()


async def test_a_taken_port_names_its_holder_and_the_form_stays() -> None:
    world = World()
    world.tunnels.taken[8080] = "nginx (process 4711)"
    async with running(world) as pilot:
        await forwarding(pilot)
        await pilot.press("3")
        await until(lambda: "nginx (process 4711)" in sheet_text(pilot.app))
        assert isinstance(pilot.app.screen, ForwardScreen)


@pytest.mark.parametrize("size", [(80, 24), (140, 45)])
async def test_a_new_forward_to_a_host_behind_the_node(size: tuple[int, int]) -> None:
    world = World()
    async with running(world, size) as pilot:
        await forwarding(pilot)
        await pilot.press("G", "enter", *"db.internal", "enter", *"5432", "enter", *"15432", "enter", *"INC-7")
        assert '--parameters \'{"portNumber": ["5432"], "host": ["db.internal"]' in sheet_text(pilot.app)
        await pilot.press("enter")
        await at(pilot, NodesScreen)
        (tunnel,) = world.tunnels.views()
        assert tunnel.forward.destination == Destination(5432, "db.internal")
        assert tunnel.forward.local == LocalPort(15432)
        assert tunnel.forward.reason == "INC-7"
        assert tunnel.command == ()


@pytest.mark.parametrize(
    ("host", "port", "local", "word"),
    [
        ("", "0", "", "from 1 to 65535"),
        ("", "65536", "", "from 1 to 65535"),
        ("", "abc", "", "'abc' is not a port"),
        ("db internal", "80", "", "is not a host name"),
        ("", "80", "70000", "from 1 to 65535"),
        ("", "", "", "The port at the far end is needed."),
    ],
)
async def test_bad_input_starts_nothing_and_says_why(host: str, port: str, local: str, word: str) -> None:
    world = World()
    async with running(world) as pilot:
        await forwarding(pilot)
        await pilot.press("G", "enter", *host, "down", *port, "down", *local, "ctrl+s")
        await pilot.pause()
        assert word in sheet_text(pilot.app)
        assert isinstance(pilot.app.screen, ForwardScreen)
        assert not world.tunnels.views()


async def test_a_local_socket() -> None:
    world = World()
    async with running(world) as pilot:
        await forwarding(pilot)
        await pilot.press("G", "enter", "down", *"80", "down", *"/tmp/s", "ctrl+s")
        await at(pilot, NodesScreen)
        assert world.tunnels.views()[0].forward.local == LocalSocket("/tmp/s")


async def test_an_altered_preset_that_is_wrong_starts_nothing() -> None:
    world = World(presets=PresetsInMemory([Preset("Shop", Destination(80), local_port=8080)]))
    async with running(world) as pilot:
        await forwarding(pilot)
        await pilot.press("tab", "down", "down", *"9", "ctrl+s")
        await until(lambda: "from 1 to" in screen_text(pilot.app))
        assert not world.tunnels.views()  # 80809 is no port
        await pilot.press("backspace", "backspace", "ctrl+s")
        await at(pilot, NodesScreen)
        (tunnel,) = world.tunnels.views()
        assert (tunnel.local, tunnel.forward.label, tunnel.preset) == ("127.0.0.1:808", "db-1", "")


async def test_read_only_refuses_and_says_so() -> None:
    world = World(launcher_arguments={"setup": Setup(read_only=True)})
    async with running(world) as pilot:
        await forwarding(pilot)
        await pilot.press("enter")
        await until(lambda: "--read-only" in screen_text(pilot.app))
        assert not world.tunnels.views()


async def test_the_command_is_copied_while_letters_can_be_typed() -> None:
    world = World()
    async with running(world) as pilot:
        await forwarding(pilot)
        await pilot.press("G", "enter", *"cyd", "down", *"80", "ctrl+y")
        await until(lambda: world.copied)
        assert world.copied[0].startswith("aws ssm start-session --target ")
        assert '"host": ["cyd"]' in world.copied[0]


async def test_the_form_is_saved_as_a_preset() -> None:
    world = World()
    async with running(world) as pilot:
        await forwarding(pilot)
        await pilot.press("G", "enter", *"db.internal", "down", *"5432", "ctrl+o")
        await at(pilot, PresetFormScreen)
        await pilot.press("ctrl+s")
        await until(lambda: "name is missing" in screen_text(pilot.app))
        await pilot.press(*"Orders", "ctrl+s")
        await at(pilot, ForwardScreen)
        (saved,) = world.presets.load().presets
        assert (saved.name, saved.destination) == ("Orders", Destination(5432, "db.internal"))


# Tunnels ---------------------------------------------------------------------------------------


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
        assert "✕ 1 failed" in screen_text(pilot.app).splitlines()[0]


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
        assert "2 connections are open." in screen_text(pilot.app)
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


# Presets ---------------------------------------------------------------------------------------


async def test_a_preset_is_made_edited_copied_and_removed() -> None:
    world = World()
    async with running(world) as pilot:
        await pilot.press("4")
        await at(pilot, PresetsScreen)
        await pilot.press("n")
        await at(pilot, PresetFormScreen)
        await pilot.press(*"Orders", "down", "down", "down", "down", *"5432", "ctrl+s")
        await until(lambda: "1 of yours" in screen_text(pilot.app))
        await pilot.press("enter")
        await at(pilot, PresetFormScreen)
        await pilot.press("down", *"web-1", "ctrl+s")
        await until(lambda: world.presets.load().presets[0].target == "web-1")
        await at(pilot, PresetsScreen)
        await pilot.press("c")
        await at(pilot, PresetFormScreen)
        await pilot.press("ctrl+s")
        await until(lambda: "2 of yours" in screen_text(pilot.app))
        await pilot.press("x")
        await at(pilot, ConfirmScreen)
        assert "Remove the preset Orders copy?" in screen_text(pilot.app)
        await pilot.press("enter")
        await until(lambda: [preset.name for preset in world.presets.load().presets] == ["Orders"])


async def test_what_is_built_in_is_neither_edited_nor_removed() -> None:
    world = World()
    async with running(world) as pilot:
        await pilot.press("4")
        await at(pilot, PresetsScreen)
        await until(lambda: table_of(pilot).rows)
        await pilot.press("enter", "x", "delete")
        await pilot.pause()
        assert isinstance(pilot.app.screen, PresetsScreen)


class BrokenFile(PresetsInMemory):
    """A file that cannot be read."""

    def load(self) -> PresetList:
        return PresetList((), "presets.toml, line 3: the key port is missing.", (BrokenPreset("Shop", "no port"),))

    def save(self, preset: Preset, replacing: str) -> None:
        raise PresetsUnusable("presets.toml is broken and left alone.")


async def test_a_broken_file_is_told_of_and_nothing_in_it_can_be_changed() -> None:
    world = World(presets=BrokenFile())
    async with running(world, (80, 24)) as pilot:
        await pilot.press("4")
        await until(lambda: "presets.toml, line 3" in screen_text(pilot.app))
        assert "✕ Shop" in screen_text(pilot.app)
        await pilot.press("n", "c")
        await pilot.pause()
        assert isinstance(pilot.app.screen, PresetsScreen)
        await pilot.press("1")
        await forwarding(pilot)
        assert "presets.toml, line 3" in screen_text(pilot.app)


# Quitting and beginning ------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
@pytest.mark.parametrize("answer", ["q", "enter", "ctrl+c"])
async def test_quitting_asks_while_tunnels_run_and_closes_them(key: str, answer: str) -> None:
    world = World()
    world.tunnels.known["t1"] = OPEN
    async with running(world) as pilot:
        await pilot.press(key)
        await at(pilot, QuitScreen)
        assert "127.0.0.1:15432 → db.internal:5432 through bastion-1, 2 open now" in screen_text(pilot.app)
        await pilot.press(answer)
        await until(lambda: not pilot.app.is_running or pilot.app._exit)
        assert world.tunnels.calls == ["close all"]


async def test_escape_stays() -> None:
    world = World()
    world.tunnels.known["t1"] = OPEN
    async with running(world) as pilot:
        await pilot.press("q", "escape")
        await at(pilot, NodesScreen)
        assert world.tunnels.calls == []
        assert not pilot.app._exit


async def test_without_tunnels_quitting_does_not_ask() -> None:
    world = World()
    world.tunnels.known["t1"] = view("t1", "80", "web-1", 8080, TunnelState.FAILED, NOW)
    async with running(world) as pilot:
        await pilot.press("q")
        assert pilot.app._exit


@pytest.mark.parametrize(("key", "cleaned"), [("enter", ["ops-0a", "ops-0b"]), ("escape", [])])
async def test_left_overs_of_a_crash_are_offered_for_clean_up(key: str, cleaned: list[str]) -> None:
    world = World()
    began = NOW - timedelta(hours=3)
    place = Place("ops", "eu-west-1")
    world.tunnels.noted.left = [
        OrphanedSession("ops-0a", "db.internal:5432 through bastion-1", place, began, 4711, True, "a"),
        OrphanedSession("ops-0b", "web-1", place, began, 4712, False, "b"),
    ]
    world.aws.active_now = [ActiveSession("ops-0b", "i-0", "arn", began)]
    app = world.app()
    async with app.run_test(size=(140, 45)) as pilot:
        await at(pilot, LeftoversScreen)
        shown = screen_text(app)
        assert "db.internal:5432 through bastion-1, eu-west-1, started 2 h ago, its plugin still runs" in shown
        await pilot.press(key)
        await at(pilot, NodesScreen)
        await pilot.pause()
        await until(lambda: sorted(world.aws.terminated) == cleaned)


async def test_what_begins_late_is_offered_too_and_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(left_behind, "LOOK_AGAIN_SECONDS", 0.05)
    world = World()
    place, owner = Place("ops", "eu-west-1"), world.aws.known_caller().arn
    start = UnansweredStart("a", "x", "web-1", place, "https://ssm", owner, "i-1", "", "", NOW - timedelta(seconds=9))
    world.tunnels.noted.left = [OrphanedSession("ops-0a", "web-2", place, NOW, 4711, True, "a")]
    world.tunnels.noted.left_starts = [start]
    app = world.app()
    async with app.run_test(size=(140, 45)) as pilot:
        await at(pilot, LeftoversScreen)
        await pilot.press("escape")
        await at(pilot, NodesScreen)
        looked = world.aws.calls.count("ssm:DescribeSessions")
        await until(lambda: world.aws.calls.count("ssm:DescribeSessions") > looked + 2)
        assert isinstance(app.screen, NodesScreen), "what was left once is not asked about again"
        world.aws.active_now = [ActiveSession("ops-0b", "i-1", owner, NOW)]
        await at(pilot, LeftoversScreen)
        shown = screen_text(app)
        assert "perhaps web-1, eu-west-1" in shown
        assert "web-2, eu-west-1" not in shown
        await pilot.press("enter")
        await until(lambda: world.aws.terminated == ["ops-0b"])
        assert world.tunnels.noted.left_starts == []


async def test_nothing_is_offered_to_one_who_only_reads() -> None:
    world = World(launcher_arguments={"setup": Setup(read_only=True)})
    world.tunnels.noted.left = [OrphanedSession("ops-0a", "web-2", Place("ops", "eu-west-1"), NOW, 4711, True, "a")]
    app = world.app()
    async with app.run_test(size=(140, 45)) as pilot:
        await until(lambda: "Left by an earlier smtui: web-2" in " ".join(told(app)))
        assert isinstance(pilot.app.screen, NodesScreen)


async def test_numbers_lead_from_screen_to_screen() -> None:
    async with running(World()) as pilot:
        for key, screen in (("2", TunnelsScreen), ("4", PresetsScreen), ("2", TunnelsScreen), ("1", NodesScreen)):
            await pilot.press(key)
            await at(pilot, screen)
            assert len(pilot.app.screen_stack) <= 2
        await pilot.press("4", "q")
        await at(pilot, NodesScreen)
        assert nodes_screen(pilot.app) is pilot.app.screen


async def test_the_palette_offers_what_the_screen_has() -> None:
    world = World()
    world.tunnels.known["t1"] = OPEN
    async with running(world) as pilot:
        await pilot.press("2", ":", *"copy the add")
        await until(lambda: "Copy the address" in screen_text(pilot.app))
        await pilot.press("enter")
        await until(lambda: world.copied == ["127.0.0.1:15432"])


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
        assert "Forwarding db.internal:5432 through bastion-1 failed. TargetNotConnected." in shown
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
