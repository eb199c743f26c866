"""Forwarding a port, driven by keys over tunnels in memory."""

from __future__ import annotations

import asyncio

import pytest

from smtui.domain.forward import Destination, LocalPort, LocalSocket
from smtui.domain.preset import Preset, PresetList
from smtui.engine.launcher_parts import Setup
from smtui.engine.preset_book import PresetsInMemory
from smtui.tui.forward import forward_starter
from smtui.tui.forward.choose_node import ChooseNodeScreen
from smtui.tui.forward.forward_screen import ForwardScreen
from smtui.tui.nodes.nodes_screen import NodesScreen
from smtui.tui.parts.field import Field
from smtui.tui.presets.preset_form_screen import PresetFormScreen
from smtui.tunnels.tunnel import TunnelState
from tests.tui.driving import at, forwarding, running, table_of
from tests.tui.looking import screen_text, sheet_text, told
from tests.tui.tunnels.views import FREE_PORT, view
from tests.tui.world import World, node_id, used
from tests.waiting import until

GONE = Preset("Gone", Destination(80), target="web-99")
DB_1 = Preset("Here by its target", Destination(82), target="db-1")


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
        assert "2 Tunnels ●1 " in screen_text(pilot.app).splitlines()[0]


async def test_enter_starts_the_preset_under_the_cursor() -> None:
    world = World()
    async with running(world) as pilot:
        await forwarding(pilot)
        await pilot.press("j", "enter")
        await at(pilot, NodesScreen)
        assert [tunnel.preset for tunnel in world.tunnels.views()] == ["SSH"]
        assert used(pilot.app) == [world.tunnels.views()[0].forward.node_id]


async def test_a_second_enter_while_the_hook_runs_starts_no_second_forward(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forward_starter, "SLOW_SECONDS", 0.01)
    world = World()
    world.tunnels.hook = asyncio.Event()
    async with running(world) as pilot:
        await forwarding(pilot)
        await pilot.press("j", "enter")
        await until(lambda: "Starting the forward to port 22 of db-1 …" in told(pilot.app))
        await pilot.press("enter")
        await until(lambda: "The forward to port 22 of db-1 is already starting." in sheet_text(pilot.app))
        world.tunnels.hook.set()
        await at(pilot, NodesScreen)
        assert [tunnel.preset for tunnel in world.tunnels.views()] == ["SSH"]


async def test_presets_that_lead_elsewhere_come_last_with_their_target() -> None:
    own = [Preset("Shop", Destination(80), target="web-2"), Preset("Mine", Destination(81)), DB_1]
    world = World(presets=PresetsInMemory(own))
    async with running(world) as pilot:
        await forwarding(pilot)
        names = [row.cells[1][0] if row.cells else row.heading for row in table_of(pilot).rows]
        assert names[:3] == ["presets on db-1", "Mine", "Here by its target"]
        assert names[-2:] == ["presets through other nodes", "Shop"]
        await pilot.press("G")
        await pilot.pause()
        assert "through web-2" in sheet_text(pilot.app)
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
        assert table_of(pilot).current == "Windows RM"
        await pilot.press("j")
        assert table_of(pilot).current == "Shop"


@pytest.mark.parametrize(("target", "keys"), [("", "g"), ("web-2", "G")])
async def test_what_is_typed_goes_through_the_node_of_the_title(target: str, keys: str) -> None:
    world = World(presets=PresetsInMemory([Preset("Shop", Destination(80, "shop"), target=target, document="Acme")]))
    async with running(world) as pilot:
        await forwarding(pilot)
        await pilot.press(keys, "tab" if target else "e", "down", "1")
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
        await pilot.press("tab", "tab", "tab", "tab", *"INC-9", "ctrl+s")
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
        await pilot.press("tab", "tab", *"80", "tab", *"8080", "ctrl+s")
        await until(lambda: "nginx (process 4711)" in sheet_text(pilot.app))
        assert isinstance(pilot.app.screen, ForwardScreen)


async def test_a_preset_whose_port_is_taken_shows_and_takes_the_next_free_one() -> None:
    world = World(presets=PresetsInMemory([Preset("Orders", Destination(5432, "db"), "db-1", 15433)]))
    world.tunnels.taken[15432] = "postgres (process 4711)"
    async with running(world) as pilot:
        await forwarding(pilot)
        await pilot.press(*"jjjjj")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ForwardScreen)
        row = next(row for row in table_of(pilot).rows if row.key == "PostgreSQL")
        assert [text for text, _ in row.cells[3:]] == [
            "→ 127.0.0.1:15434",
            "psql -h 127.0.0.1 -p 15434 (15432 taken)",
        ], "15433 is for Orders"
        assert '"localPortNumber": ["15434"]' in pilot.app.screen.preview.command
        assert pilot.app.screen.use.command == "psql -h 127.0.0.1 -p 15434"
        await pilot.press("enter")
        await at(pilot, NodesScreen)
        assert "Forwarding 127.0.0.1:15434 to db-1:5432 … (15432 taken)" in told(pilot.app)


async def test_our_own_tunnels_take_ports_while_the_dialog_is_open() -> None:
    world = World()
    async with running(world) as pilot:
        await forwarding(pilot)

        def local() -> str:
            return next(row.cells[3][0] for row in table_of(pilot).rows if row.key == "HTTP")

        assert local() == "→ 127.0.0.1:8080"
        world.tunnels.put(view("t9", "80", "web-1", 8080, TunnelState.OPEN, world.now))
        await until(lambda: local() == "→ 127.0.0.1:8081")
        world.tunnels.change("t9", state=TunnelState.CLOSED)
        await until(lambda: local() == "→ 127.0.0.1:8080")


async def test_what_has_no_command_is_not_copied() -> None:
    world = World(presets=PresetsInMemory([GONE]))
    async with running(world) as pilot:
        await forwarding(pilot)
        await pilot.press("G", "ctrl+y")
        await until(lambda: any(said.startswith("Not copied. The preset 'Gone'") for said in told(pilot.app)))
        assert not world.copied


@pytest.mark.parametrize("size", [(80, 24), (140, 45)])
async def test_a_new_forward_to_a_host_behind_the_node(size: tuple[int, int]) -> None:
    world = World()
    async with running(world, size) as pilot:
        await forwarding(pilot)
        await pilot.press("tab", *"db.internal", "enter", *"5432", "enter", *"15432", "enter", *"INC-7")
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
        ("db", "", "", "The port at the far end is needed."),
    ],
)
async def test_bad_input_starts_nothing_and_says_why(host: str, port: str, local: str, word: str) -> None:
    world = World()
    async with running(world) as pilot:
        await forwarding(pilot)
        await pilot.press("tab", *host, "down", *port, "down", *local, "ctrl+s")
        await pilot.pause()
        assert word in sheet_text(pilot.app)
        assert isinstance(pilot.app.screen, ForwardScreen)
        assert not world.tunnels.views()


async def test_a_local_socket() -> None:
    world = World()
    async with running(world) as pilot:
        await forwarding(pilot)
        await pilot.press("tab", "down", *"80", "down", *"/tmp/s", "ctrl+s")
        await at(pilot, NodesScreen)
        assert world.tunnels.views()[0].forward.local == LocalSocket("/tmp/s")


async def test_an_altered_preset_that_is_wrong_starts_nothing() -> None:
    world = World(presets=PresetsInMemory([Preset("Shop", Destination(80), local_port=8080)]))
    async with running(world) as pilot:
        await forwarding(pilot)
        await pilot.press("e", "down", "down", *"9", "ctrl+s")
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
        await until(lambda: "read-only" in screen_text(pilot.app))
        assert not world.tunnels.views()


async def test_the_command_is_copied_while_letters_can_be_typed() -> None:
    world = World()
    async with running(world) as pilot:
        await forwarding(pilot)
        await pilot.press("tab", *"cyd", "down", *"80", "ctrl+y")
        await until(lambda: world.copied)
        assert world.copied[0].startswith("aws ssm start-session --target ")
        assert '"host": ["cyd"]' in world.copied[0]


async def test_the_form_is_saved_as_a_preset() -> None:
    world = World()
    async with running(world) as pilot:
        await forwarding(pilot)
        await pilot.press("tab", *"db.internal", "down", *"5432", "ctrl+o")
        await at(pilot, PresetFormScreen)
        await pilot.press("ctrl+s")
        await until(lambda: "✕ is missing: a preset needs one." in screen_text(pilot.app))
        await pilot.press(*"Orders", "ctrl+s")
        await at(pilot, ForwardScreen)
        (saved,) = world.presets.load().presets
        assert (saved.name, saved.destination) == ("Orders", Destination(5432, "db.internal"))


async def test_the_last_line_says_what_enter_does_wherever_the_focus_is() -> None:
    own = [Preset("Shop", Destination(80), target="web-2"), Preset("Any", Destination(1), target="tag:env=prod"), GONE]
    world = World(presets=PresetsInMemory(own))
    async with running(world) as pilot:
        await forwarding(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, ForwardScreen)

        async def said(*keys: str) -> tuple[str, str]:
            await pilot.press(*keys)
            await pilot.pause()
            return screen.preview.lead, screen.preview.command

        assert await said() == ("enter starts preset 1:", screen.command())
        lead, command = await said("G", "k", "k")
        assert (lead, f"--target {node_id(2)}" in command) == ("enter starts the preset Shop:", True)
        lead, command = await said("j")
        assert (lead.endswith("nodes, you choose one."), command) == (True, "")
        lead, command = await said("j")
        assert ("no listed node has that name" in lead, command) == (True, "")
        lead, command = await said("g", "tab")
        assert (lead, command != "") == ("enter goes on to the next field, ctrl+s starts preset 1:", True)
        assert await said(*"db") == ("enter goes on to the next field. The port at the far end is needed.", "")
        lead, command = await said("tab", *"80")
        assert (lead, '"host": ["db"]' in command) == ("enter goes on to the next field, ctrl+s starts this:", True)
        assert await said("0", "0", "0", "0") == (
            "enter goes on to the next field. First correct what is marked ✕.",
            "",
        )
        lead, _ = await said("backspace", "backspace", "backspace", "backspace", "tab", "tab")
        assert lead == "enter starts this:"
        assert not screen.table.highlight(at_cursor=True).bgcolor, "the presets are left"
        lead, _ = await said("tab")
        assert (lead, screen.table.has_focus) == ("enter starts preset 1:", True)
        await pilot.press("enter")
        await at(pilot, NodesScreen)
        assert [tunnel.preset for tunnel in world.tunnels.views()] == ["RDP"]


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (140, 45)])
async def test_the_size_stays_while_the_presets_arrive_and_while_one_types(size: tuple[int, int]) -> None:
    world = World(presets=PresetsInMemory([DB_1]))
    async with running(world, size) as pilot:
        await pilot.press("f")
        sizes = {pilot.app.screen.query_one("#sheet").region}
        await until(lambda: table_of(pilot).rows)
        await pilot.pause()
        sizes.add(pilot.app.screen.query_one("#sheet").region)
        for key in ("j", "G", "tab", "x", "tab", "z", "tab", "tab", "y"):
            await pilot.press(key)
            sizes.add(pilot.app.screen.query_one("#sheet").region)
        assert len(sizes) == 1


class ManyTroubles:
    """An included folder in which nothing can be read."""

    def load(self) -> PresetList:
        return PresetList(unread=tuple(f"team-{number}.toml cannot be read." for number in range(9)))


async def test_the_troubles_of_included_files_leave_room_for_the_presets() -> None:
    world = World(included=ManyTroubles())
    async with running(world, (80, 24)) as pilot:
        await forwarding(pilot)
        await until(lambda: "And 8 more: 4 on the list of nodes shows them." in screen_text(pilot.app))
        assert "team-0.toml cannot be read." in screen_text(pilot.app)
        assert "team-1.toml" not in screen_text(pilot.app)
