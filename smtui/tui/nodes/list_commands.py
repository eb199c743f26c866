"""Filters and sorts the list, pins nodes, and goes to the one used last."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from textual import getters, on

from smtui.domain.settings.setting_table import COLUMNS, PINNED_FIRST, SORT
from smtui.engine.fleet import NodeKey
from smtui.tui.lists.filter_bar import FilterBar, FilterInput
from smtui.tui.nodes.node_columns import BY_ID, BY_NAME
from smtui.tui.nodes.node_commands import NodeCommands
from smtui.tui.nodes.node_rows import Sort
from smtui.tui.nodes.node_table import NodeTable
from smtui.tui.nodes.row_feed import ResortPace

if TYPE_CHECKING:
    from smtui.engine.launcher import Launcher
    from smtui.places.filter_book import FilterBook
    from smtui.tui.desk import Desk
    from smtui.tui.lists.filter_sheet import FilterSheet
    from smtui.tui.nodes.filter_help import NodeFilterHelp
    from smtui.tui.parts.page import Line

_SHEET_WIDTH = 76
"""Cells of what lies over the first rows, at most, but for a saved filter's text."""
_SHEET_MARGIN = 2
_KEPT_SECONDS = 0.3


class ListCommands(NodeCommands):
    """What one can do with the list as a whole."""

    filter_bar = getters.query_one(FilterBar)
    table = getters.query_one(NodeTable)

    def __init__(self, launcher: Launcher, desk: Desk, clock: Callable[[], float]) -> None:
        super().__init__(launcher, desk)
        self._resort_pace = ResortPace(clock)
        self._came_from: NodeKey | None = None
        """Where the cursor was before `-`."""
        self._help: NodeFilterHelp | None = None
        self._sheet: FilterSheet | None = None
        self._own_lead = self._lead_as_set
        """Whether pinned nodes stand first in this run, if that is a setting; else what is remembered counts."""
        name = launcher.setup.settings.now[SORT]
        self._rows.sort = Sort(BY_NAME[name.removeprefix("-")], name.startswith("-"))

    @property
    def _lead_as_set(self) -> bool | None:
        settings = self._launcher.setup.settings.now
        return settings[PINNED_FIRST] if settings.is_set(PINNED_FIRST) else None

    def follow_settings(self) -> None:
        """Show the columns that the settings name, and pinned nodes where they say."""
        self.show_wanted_columns()
        if self._own_lead != self._lead_as_set:
            self._own_lead = self._lead_as_set
            self._memory_changed()

    def show_wanted_columns(self) -> None:
        """Show the columns that the settings name."""
        self.table.want(tuple(BY_NAME[name] for name in self._launcher.setup.settings.now[COLUMNS]))

    def show_surroundings(self) -> None:
        """Show everything but the list itself."""
        raise NotImplementedError

    def probe_soon(self) -> None:
        """Probe the visible nodes once the list rests."""
        raise NotImplementedError

    async def on_unmount(self) -> None:
        """Give what was just remembered a moment to reach its file; a disk that hangs must not delay the exit."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_KEPT_SECONDS):
                await self._filters.kept()

    # The filter --------------------------------------------------------------------------------

    @property
    def _filters(self) -> FilterBook:
        return self._launcher.place_book.filters

    def make_filter_help(self) -> NodeFilterHelp:
        """Make what knows the filter's language."""
        from smtui.tui.nodes.filter_help import NodeFilterHelp

        self._help = NodeFilterHelp(self._rows, self._filters, self._places_label, self._ask_for_name)
        return self._help

    def on_key(self) -> None:
        """Let the rows rest; a field keeps what is typed to itself."""
        self._resort_pace.key_pressed()
        self.call_later(self._show_sheet)

    def on_descendant_blur(self) -> None:
        """Hide what is said about a filter that is not typed any more."""
        self.call_later(self._show_sheet)

    @on(FilterBar.Changed)
    def _filter_changed(self, event: FilterBar.Changed) -> None:
        if event.text == self._surroundings.filter_text:
            return
        self._resort_pace.key_pressed()
        self._surroundings.filter_text = event.text
        self._match_anew()
        self._show_sheet()

    def _match_anew(self) -> None:
        """Filter by what is typed, with the filters that are saved by now."""
        self._rows.set_filter(self._surroundings.filter_text)
        self.table.show_rows()
        self.show_surroundings()
        self.probe_soon()

    def _show_sheet(self) -> None:
        """Show how the filter can go on, or what is wrong with it; only while it is typed."""
        entry, room = self.focused, self.table.size.width
        lines: tuple[Line, ...] = ()
        if isinstance(entry, FilterInput) and entry.value.strip() and self._help is not None:
            lines = self._help.lines(entry.value, entry.cursor_position, min(_SHEET_WIDTH, room - _SHEET_MARGIN))
        if self._sheet is None:
            if not lines:
                return
            from smtui.tui.lists.filter_sheet import FilterSheet

            self._sheet = FilterSheet()
            self.query_one("#list").mount(self._sheet)
        self._sheet.show(lines, room - _SHEET_MARGIN)

    @on(FilterBar.Done)
    def _filter_done(self) -> None:
        if self._rows.view:
            self._rows.move_to(self._rows.cursor)
        if text := self._surroundings.filter_text.strip():
            self._filters.note_filter(text)
            self._note_view()
        self.table.focus()

    def action_complete(self) -> None:
        """Take the term that is near the one which no node has; without one, go to the next pane as ever.

        From the filter it does not go to an empty list: the `enter` that may follow belongs to the filter.
        """
        if mended := self._surroundings.mended_filter:
            self.filter_bar.set_text(mended)
        elif self._rows.view or not isinstance(self.focused, FilterInput):
            self.focus_next()

    def action_not_ready_only(self) -> None:
        """Show only the nodes on which no session can start; again: all."""
        still = self.table.still_point
        self._rows.show_not_ready_only(only=not self._rows.not_ready_only)
        self.table.show_rows(still)
        self.show_surroundings()
        self.probe_soon()

    # Saved filters -----------------------------------------------------------------------------

    def _ask_for_name(self, text: str) -> None:
        from smtui.tui.nodes.save_filter_screen import SaveFilterScreen

        if not text.strip():
            self.say("Nothing is typed that could be saved.")
            return
        screen = SaveFilterScreen(text.strip(), self._filters.now.saved)
        self.app.push_screen(screen, partial(self._save_as, text.strip()))

    def _save_as(self, text: str, name: str | None) -> None:
        if name:
            self.work(partial(self._save, name, text), "saving")

    async def _save(self, name: str, text: str) -> None:
        from smtui.domain.query.filter_terms import write_term

        if wrong := await self._filters.save(name, text):
            self.say(f"Not kept beyond this run: {wrong}", "warning")
        else:
            self.say(f"Saved. {write_term(name, operator='@')} finds the same.")

    def action_forget_filter(self) -> None:
        """Forget the saved filter whose name is the filter."""
        if name := self.saved_name:
            self.work(partial(self._forget, name), "saving")

    @property
    def saved_name(self) -> str:
        """The saved filter that is the whole filter now; empty if it is none."""
        from smtui.domain.query.filter_terms import split_terms
        from smtui.domain.text import folded

        terms = split_terms(self._surroundings.filter_text)
        if len(terms) != 1 or terms[0].operator != "@":
            return ""
        return next((name for name in self._filters.now.saved if folded(name) == terms[0].value), "")

    async def _forget(self, name: str) -> None:
        self.filter_bar.set_text(self._filters.now.saved.get(name, ""))
        wrong = await self._filters.forget(name)
        if wrong:
            self.say(f"The file still has it: {wrong}", "warning")
        else:
            self.say(f"Forgotten: @{name}.")

    # Sorting -----------------------------------------------------------------------------------

    @on(NodeTable.SortAsked)
    def _sort_asked(self, event: NodeTable.SortAsked) -> None:
        self.action_sort_by(event.column_id)

    def action_sort_by(self, column_id: str) -> None:
        """Sort by this column; by the same one again in reverse."""
        self._sort(self._rows.sort.toward(BY_ID[column_id]))

    def action_sort_next(self) -> None:
        """Sort by the next visible column."""
        shown = [slot.column for slot in self.table.slots]
        current = self._rows.sort.column
        following = shown.index(current) + 1 if current in shown else 0
        self._sort(Sort(shown[following % len(shown)]))

    def action_sort_reverse(self) -> None:
        """Turn the order round."""
        self._sort(self._rows.sort.reversed)

    def _sort(self, sort: Sort) -> None:
        still = self.table.still_point
        self._rows.set_sort(sort)
        self.table.show_rows(still)
        self.probe_soon()
        self._note_view()

    # What is remembered ------------------------------------------------------------------------

    async def load_memory(self) -> None:
        """Read pins, saved filters and the rest; then show them."""
        filters = self._filters
        filters.subscribe(self._memory_changed)
        await filters.load()

    def _memory_changed(self) -> None:
        now, rows = self._filters.now, self._rows
        pins = [NodeKey(node.place, node.node_id) for node in now.pins]
        used = [NodeKey(node.place, node.node_id) for node in now.used]
        still = self.table.still_point
        rows.set_pins(pins, [*pins, *used] if self._pins_lead else ())
        is_other = rows.saved != now.saved
        rows.saved = now.saved
        if is_other and "@" in self._surroundings.filter_text:
            self._match_anew()
        elif rows.is_stale:
            rows.settle()
            self.table.show_rows(still)
        else:
            self.table.repaint()

    @property
    def _pins_lead(self) -> bool:
        return self._filters.now.pinned_first if self._own_lead is None else self._own_lead

    def _places_label(self) -> str:
        return " ".join(f"{place.profile}/{place.region}" for place in self._fleet.places)

    def _note_view(self) -> None:
        from smtui.domain.query.filter_memory import View

        label, sort = self._places_label(), self._rows.sort
        known = self._filters.now.views.get(label, View())
        text = self._surroundings.filter_text.strip() or known.filter_text
        self._filters.note_view(label, View(text, sort.column.id, sort.descending))

    def action_last_view(self) -> None:
        """Filter and sort as the list of these places was last time."""
        view = self._filters.now.views.get(self._places_label())
        if view is None:
            self.say("Nothing is known of the last time.")
            return
        self.filter_bar.set_text(view.filter_text)
        if (column := BY_ID.get(view.sort)) is not None:
            self._sort(Sort(column, view.descending))

    def action_pin(self) -> None:
        """Pin the selected node, or take its pin away."""
        if row := self._rows.current:
            self._filters.turn_pin(row.key.place, row.key.node_id)
            self.work(self._say_if_not_kept, "pins")

    async def _say_if_not_kept(self) -> None:
        if wrong := await self._filters.kept():
            self.say(f"Not kept beyond this run: {wrong}", "warning")

    def action_pinned_first(self) -> None:
        """Put pinned nodes and those used last above all others, or sort them like the others."""
        first = not self._pins_lead
        if self._own_lead is None:
            self._filters.put_pinned_first(first=first)
            self.work(self._say_if_not_kept, "pins")
        else:
            self._own_lead = first
            self._memory_changed()
        self.say("Pinned and recent nodes stand first." if first else "All nodes stand where they sort.")

    def action_last_node(self) -> None:
        """Go to the node that was used last; from there, back to where the cursor was."""
        used = [NodeKey(node.place, node.node_id) for node in self._filters.now.used]
        listed = [key for key in used if self._fleet.node(key) is not None]
        here = self._rows.current.key if self._rows.current else None
        if not listed:
            self.say("No listed node has been used yet.")
        elif here != listed[0]:
            self._came_from = here
            self.go_to(listed[0])
        elif (back := self._came_from or next(iter(listed[1:]), None)) is not None:
            self._came_from = here
            self.go_to(back)

    def go_to(self, key: NodeKey) -> None:
        """Put the cursor on this node, if it is still listed; what hides it is cleared."""
        if not self.table.go_to(key):
            self.filter_bar.set_text("")
            self._rows.not_ready_only = False
            self._surroundings.filter_text = ""
            self._match_anew()
            self.table.go_to(key)
        self.table.focus()
