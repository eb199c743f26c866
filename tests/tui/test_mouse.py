"""The mouse: rows, folds and fields do what they look like. Tabs, titles and footers have tests of their own."""

from __future__ import annotations

from smtui.domain.forward import Destination
from smtui.domain.preset import Preset
from smtui.engine.preset_book import PresetsInMemory
from smtui.tui.documents.document_screen import DocumentScreen
from smtui.tui.forward.choose_node import ChooseNodeScreen
from smtui.tui.forward.forward_screen import ForwardScreen
from smtui.tui.nodes.nodes_screen import NodesScreen
from smtui.tui.parts.row_table import RowTable
from smtui.tui.presets.preset_form_screen import PresetFormScreen
from smtui.tui.presets.presets_screen import PresetsScreen
from tests.tui.driving import at, forwarding, running, table_of
from tests.tui.world import World
from tests.waiting import until


async def test_a_click_opens_and_closes_a_fold_and_a_double_click_edits() -> None:
    world = World(presets=PresetsInMemory([Preset("Shop", Destination(80))]))
    async with running(world) as pilot:
        await pilot.press("4")
        await at(pilot, PresetsScreen)
        await until(lambda: table_of(pilot).row_count == 3)
        await pilot.click(RowTable, offset=(5, 3))
        await until(lambda: table_of(pilot).row_count == 13)
        await pilot.click(RowTable, offset=(5, 3))
        await until(lambda: table_of(pilot).row_count == 3)
        await pilot.click(RowTable, offset=(5, 1))
        assert table_of(pilot).current == "\N{BLACK RIGHT-POINTING SMALL TRIANGLE}", "a heading is no row"
        await pilot.click(RowTable, offset=(5, 2), times=2)
        await at(pilot, PresetFormScreen)


async def test_a_click_chooses_a_preset_or_a_field_and_a_double_click_starts() -> None:
    world = World()
    async with running(world) as pilot:
        await forwarding(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, ForwardScreen)
        await pilot.click(RowTable, offset=(10, 3))
        assert (table_of(pilot).current, world.tunnels.views()) == ("HTTP", ())
        await pilot.click(screen.fields[1].input)
        await pilot.press("9")
        await until(lambda: screen.table.left)
        await pilot.click(RowTable, offset=(10, 2))
        await until(lambda: screen.table.has_focus and not screen.table.left)
        await pilot.click(RowTable, offset=(10, 2), times=2)
        await at(pilot, NodesScreen)
        assert [tunnel.preset for tunnel in world.tunnels.views()] == ["SSH"]


async def test_a_double_click_chooses_the_node() -> None:
    world = World(presets=PresetsInMemory([Preset("Any", Destination(1), target="tag:env=prod")]))
    async with running(world) as pilot:
        await forwarding(pilot)
        await pilot.press("G", "enter")
        await at(pilot, ChooseNodeScreen)
        await pilot.click(RowTable, offset=(10, 3), times=2)
        await at(pilot, NodesScreen)
        assert len(world.tunnels.views()) == 1


async def test_a_click_shows_a_document_and_a_double_click_goes_to_its_form() -> None:
    async with running(World(), (80, 24)) as pilot:
        await pilot.press("d")
        await until(lambda: isinstance(pilot.app.screen, DocumentScreen) and pilot.app.screen._read)
        screen = pilot.app.screen
        assert isinstance(screen, DocumentScreen)
        tail = next(index for index, row in enumerate(screen.table.rows) if row.key == "Acme-TailLog")
        await pilot.click(RowTable, offset=(10, tail))
        await until(lambda: screen._document is not None and screen._document.name == "Acme-TailLog")
        assert not screen.has_class("-form")
        await pilot.click(RowTable, offset=(10, tail), times=2)
        await until(lambda: screen.has_class("-form") and screen.focused_field == 0)
