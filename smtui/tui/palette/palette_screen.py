"""Finds what can be done by its name (`:`): commands, presets, nodes, and texts about problems."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import BindingType

from smtui.tui.commands import Scope, bindings
from smtui.tui.palette.offers import NODES, PLACES, SORT, THEMES, Offers
from smtui.tui.palette.palette_list import PaletteList
from smtui.tui.palette.ranking import Offer, ranked, remember, with_inner
from smtui.tui.parts.search_sheet import SearchSheet

_LEAST_LETTERS = 3
"""Of a search in the texts."""
_HEADS = {SORT: "Sort by …", NODES: "Go to node …", PLACES: "Go to place …", THEMES: "Change the theme …"}


class PaletteScreen(SearchSheet):
    """One line an offer; those that end in `…` open a second list in the same box."""

    AUTO_FOCUS = "PaletteList"
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PALETTE)
    DEFAULT_CSS = """
    PaletteScreen {
        & > #sheet { width: 68; height: 22; }
        & ReadingPane { overflow: hidden; }
    }
    """

    lines = getters.query_one(PaletteList)

    def __init__(self, offers: Offers, used: list[str], opened: str = "") -> None:
        """`used` holds the keys of what was used last; what is done here is put first. `opened` is a second list."""
        super().__init__("Palette")
        self._source = offers
        self._used = used
        self._opened = opened
        self._is_second = False
        """Whether the list was opened from the first one, to which there is a way back."""
        self._before = ""
        """What was typed before the second list was opened."""
        self._commands: tuple[Offer, ...] = ()
        self._inner: dict[str, tuple[Offer, ...]] = {}
        self._presets: tuple[Offer, ...] = ()
        self._texts: tuple[Offer, ...] = ()
        self._is_searching = False

    def body(self) -> ComposeResult:
        """The list."""
        yield PaletteList()

    def on_mount(self) -> None:
        """List what can be done now; the presets come as soon as they are read."""
        super().on_mount()
        self._commands = (*self._source.commands(), *self._source.go_to_place())
        self._inner = {
            SORT: tuple(self._source.columns()),
            THEMES: tuple(self._source.themes()),
            PLACES: tuple(self._source.places()),
        }
        self._show(from_top=True)
        self.work(self._read_presets, "presets")

    async def _read_presets(self) -> None:
        self._presets = tuple(await self._source.presets())
        self._show(from_top=False)

    # The title -----------------------------------------------------------------------------------

    @property
    def head(self) -> str:
        """The palette, or the list that is open in it."""
        return _HEADS.get(self._opened, self._title)

    @property
    def hint(self) -> str:
        """How to search."""
        return "type to search"

    # What is listed ------------------------------------------------------------------------------

    def typed_changed(self) -> None:
        """List what fits, and look for texts."""
        self._texts = ()
        self._is_searching = len(self.typed.strip()) >= _LEAST_LETTERS and not self._opened
        if self._is_searching:
            self.work(partial(self._find_texts, self.typed), "texts", instead=True)
        self._show(from_top=True)

    async def _find_texts(self, typed: str) -> None:
        found = await self._source.texts(typed)
        if typed == self.typed and not self._opened:
            self._texts, self._is_searching = tuple(found), False
            self._show(from_top=False)

    def _show(self, *, from_top: bool) -> None:
        otherwise = "…" if self._is_searching else f"Nothing is called {self.typed.strip()}."
        for shown in self.query(PaletteList):  # none before it is composed
            shown.show(self._fitting(), otherwise, from_top=from_top)

    def _fitting(self) -> list[Offer]:
        typed = self.typed
        if self._opened == NODES:
            return self._source.nodes(typed)
        if self._opened:
            return ranked(self._inner.get(self._opened, ()), typed, ())
        offers: list[Offer] = []
        for offer in self._commands:
            offers += with_inner(offer, self._inner.get(offer.opens, ()), typed)
        return ranked([*offers, *self._presets, *self._source.go_to_node(typed), *self._texts], typed, self._used)

    # Keys ----------------------------------------------------------------------------------------

    @on(PaletteList.Chosen)
    def action_choose(self) -> None:
        """Do what the cursor is on, or open its list."""
        offer = self.lines.current
        if offer is None:
            return
        remember(self._used, offer.key)
        if offer.opens:
            self._open(offer)
        elif offer.run is not None:
            self.dismiss(False)
            self.app.call_later(offer.run)

    def action_take(self) -> None:
        """Type the name of what the cursor is on, or open its list."""
        offer = self.lines.current
        if offer is not None and offer.opens:
            self._open(offer)
        elif offer is not None:
            self.type(offer.name)

    def _open(self, offer: Offer) -> None:
        self._before, self._opened, self._is_second = self.typed, offer.opens, True
        if offer.fits is None:  # its own name was typed, not one of those that it lists
            self.typed = ""
        self.typed_changed()
        self.show_title()

    def action_back(self) -> None:
        """Close the second list, else go back."""
        if self._opened and self._is_second:
            self._opened, self.typed = "", self._before
            self.typed_changed()
            self.show_title()
        else:
            self.leave()
