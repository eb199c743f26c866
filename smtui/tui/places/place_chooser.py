"""Lists the nodes of the places that the user has chosen, says so, and remembers the choice."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.app import App
from textual.worker import WorkType

from smtui.tui.places.place_marks import Marks, chosen, places_of, used_regions
from smtui.tui.places.place_sentences import choice_words
from smtui.tui.places.places_screen import Chosen, PlacesScreen

if TYPE_CHECKING:
    from smtui.domain.places.choice import Choice
    from smtui.engine.launcher import Launcher
    from smtui.tui.desk import Desk, PlacePane


class PlaceChooser:
    """Opens the screen of places, and does what was chosen there or in the palette."""

    def __init__(self, app: App[None], launcher: Launcher, desk: Desk) -> None:
        self._app = app
        self._launcher = launcher
        self._desk = desk

    def open(self, pane: PlacePane) -> None:
        """Show the screen, with the cursor in this pane."""
        self._app.push_screen(PlacesScreen(self._launcher, self._desk, pane), self._choose)

    def go_to(self, choice: Choice) -> None:
        """List these profiles in these Regions; where the choice names none, in those that are in use."""
        fleet, catalog = self._launcher.fleet, self._launcher.place_book.catalog
        in_use = used_regions(fleet.places, fleet.region)
        if not choice.regions:
            choice = chosen(choice.profiles, Marks(in_use), None, fleet.places)
        self._choose(Chosen(choice, places_of(choice, catalog.profiles, {}, in_use, catalog.place_of)))

    def _choose(self, wanted: Chosen | None) -> None:
        if wanted is None:
            return
        fleet, catalog = self._launcher.fleet, self._launcher.place_book.catalog
        if wanted.places != fleet.places:
            fleet.choose(wanted.places, resolved=lambda place: catalog.place_of(place.profile, place.region))
            words = choice_words(wanted.places, self._launcher.setup.default_profile)
            self._app.notify(f"Listed now: {words}.", markup=False)
        remember: WorkType[None] = partial(catalog.remember, wanted.choice)
        self._app.run_worker(remember, group="places", exit_on_error=False)
