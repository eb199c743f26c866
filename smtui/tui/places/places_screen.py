"""Shows profiles and Regions (`P`, `R`): whose nodes are listed is chosen here, one place or several."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container

from smtui.tui.commands import Scope, bindings
from smtui.tui.copying import copy_word
from smtui.tui.lists.count_words import Count, counted
from smtui.tui.lists.filter_bar import FilterBar, FilteredScreen, FilterInput
from smtui.tui.parts.empty_state import Emptiness, EmptyState, Way
from smtui.tui.parts.row_table import RowTable
from smtui.tui.places import profile_rows, region_rows
from smtui.tui.places.place_marks import places_of
from smtui.tui.places.place_sentences import about_profile, about_region, product_words
from smtui.tui.places.places_model import PlacesModel
from smtui.tui.places.profile_rows import PROFILE_COLUMNS, can_sign_in, label
from smtui.tui.places.region_rows import REGION_COLUMNS, Seen, region_of_key, regions_of

if TYPE_CHECKING:
    from smtui.domain.place import Place
    from smtui.domain.places.choice import Choice
    from smtui.domain.places.profile import SsoSession
    from smtui.engine.launcher import Launcher
    from smtui.tui.desk import Desk, PlacePane

TICK_SECONDS = 1.0
"""Between two redraws of ages."""
EXAMPLES = ("profile, account, role, Region", "profile, Region", "profile")
"""Shown while no filter is typed: the first that fits."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the user has chosen."""

    choice: Choice
    places: tuple[Place, ...]


class PlacesScreen(FilteredScreen["Chosen | None"]):
    """Draws at once what the files say. A call that is slow or denied changes rows, but moves none."""

    CSS_PATH: ClassVar[list[str | PurePath]] = [Path(__file__).with_name("places.tcss")]
    AUTO_FOCUS = None
    SCOPE = Scope.PLACES
    NAME = "Places"
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (80, "-narrow"), (140, "-wide")]  # noqa: RUF012 - as Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PLACES)

    profiles = getters.query_one("#profiles", RowTable)
    regions = getters.query_one("#regions", RowTable)
    empty = getters.query_one(EmptyState)

    def __init__(self, launcher: Launcher, desk: Desk, pane: PlacePane) -> None:
        super().__init__(launcher, desk)
        self._fleet = launcher.fleet
        self._catalog = launcher.place_book.catalog
        self._model = PlacesModel(self._fleet.places, self._fleet.region)
        self._model.is_on_regions = pane == "regions"
        self._is_read = False
        self._was_able: tuple[object, ...] = ()

    def body(self) -> ComposeResult:
        """The filter and both panes."""
        yield FilterBar(EXAMPLES)
        with Container(id="panes"):
            yield RowTable(PROFILE_COLUMNS, can_mark=True, id="profiles")
            yield RowTable(REGION_COLUMNS, can_mark=True, id="regions")
            yield EmptyState()

    # Reading -----------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Show what was read before, then read the configuration anew."""
        self._place_panes()
        if self._catalog.profiles.profiles:
            self._take_profiles()
            self._ask_regions()
        else:
            self._show()
        self.work(self._read, "places", instead=True)
        self.set_interval(TICK_SECONDS, self._tick)

    async def _read(self) -> None:
        await self._catalog.read()
        self._take_profiles()
        self._ask_regions()

    def _take_profiles(self) -> None:
        """Show what was read. The cursors are put once: later they stay with their rows."""
        is_first, self._is_read = not self._is_read, True
        self._model.take_profiles(self._catalog.profiles, self._catalog.states, self._catalog.choices)
        self._show()
        if is_first:
            self._put_cursors()

    def _put_cursors(self) -> None:
        """Put the cursors on what is in use; where that was never chosen, on what was used last."""
        profiles, regions = self._model.profiles.marks.names, self._model.regions.marks.names
        was_chosen = any(place.profile for place in self._fleet.places)
        if profiles and (was_chosen or not self._model.profiles.recent):
            self.profiles.go_to(profile_rows.row_key(profiles[0]))
        if regions:
            self.regions.go_to(region_rows.row_key(regions[0]))

    def _ask_regions(self) -> None:
        """Look up the Regions of the profiles that would be used, and ask AWS which are enabled, each once."""
        for name in self._model.to_look_up():
            self.work(partial(self._look_up_regions, name), "regions")
        for name in self._model.to_ask():
            self.work(partial(self._read_regions, name), "regions")
        self._show()

    async def _look_up_regions(self, name: str) -> None:
        self._model.take_known_regions(name, await self._catalog.known_regions(name))
        self._show()

    async def _read_regions(self, name: str) -> None:
        self._model.take_regions(name, await self._catalog.regions(name))
        self._show()

    # What is shown -----------------------------------------------------------------------------

    @property
    def words(self) -> tuple[tuple[str, ...], ...]:
        """How much is marked; before anything is, how much is in use."""
        model = self._model
        profiles, regions = model.profiles.marks.names, model.regions.marks.names
        state = "marked" if model.has_own_marks else "in use"
        whole, short = product_words(len(profiles), len(regions)), f"{len(profiles)} × {len(regions)}"
        return (f"{whole} {state}",), (f"{short} {state}",)

    def _tick(self) -> None:
        if self.is_current:
            self._show()

    def _show(self) -> None:
        """Draw what has changed."""
        now, model = self._fleet.clock(), self._model
        model.see(self._fleet.place_states(earlier=True), now)
        self.profiles.show(model.profile_rows(now))
        self.regions.show(model.region_rows(now))
        self.show_header()
        self.filter_bar.count = Count(said=self._count())
        self.problems.show(tuple(filter(None, (model.profiles.known.trouble,))))
        self.empty.show(self._why_empty())
        self._moved()

    def _count(self) -> tuple[str, ...]:
        profiles = len(self._model.profiles.known.profiles)
        regions = len(regions_of(self._model.regions))
        whole = f"{counted(profiles, 'profile')} · {counted(regions, 'Region')}"
        return whole, f"{profiles} · {regions}"

    def _why_empty(self) -> Emptiness:
        if self.profiles.rows or (self._model.is_on_regions and not self.has_class("-wide")):
            return Emptiness()
        if not self._is_read:
            return Emptiness(("Reading the AWS configuration …",))
        looked = ", ".join(self._model.profiles.known.files)
        return Emptiness(
            ("No profile was found.", *((f"Looked at {looked}.",) if looked else ())),
            (Way("places.browse", "Sign in with SSO, and write a profile"),),
        )

    @on(RowTable.Moved)
    def _moved(self) -> None:
        """Say what the row under the cursor is; offer what works there."""
        self._model.at = (self.profiles.current, self.regions.current)
        self.status.variants = self._about()
        if (able := self._able()) != self._was_able:
            self._was_able = able
            self.refresh_bindings()

    def _able(self) -> tuple[object, ...]:
        return (*self.footer_labels.items(), self._model.profile)

    def _about(self) -> tuple[str, ...]:
        model, now = self._model, self._fleet.clock()
        if model.is_on_regions:
            name = region_of_key(model.at[1])
            region = next((each for each in regions_of(model.regions) if each.name == name), None)
            if region is None:
                return ()
            return about_region(region, model.regions.seen.get(region.name, Seen()), model.region_problem, now)
        if (choice := model.recent_choice) is not None:
            return (f"{', '.join(choice.profiles)} × {', '.join(choice.regions)}: chosen before.",)
        profile = model.profile
        return about_profile(profile, model.profiles.states.get(profile.name), now) if profile is not None else ()

    @property
    def footer_labels(self) -> Mapping[str, str]:
        """Say what `enter` uses, and which pane is the other one."""
        model = self._model
        region = region_of_key(model.at[1])
        row = region if model.is_on_regions else label(model.profile) if model.profile is not None else ""
        use = "Use the marked" if model.has_own_marks else "Use these"
        if not model.uses_marks:
            use = f"Use {row}" if row else "Use these"
        return {"places.use": use, "places.other-pane": "Profiles" if model.is_on_regions else "Regions"}

    @property
    def not_in_footer(self) -> Collection[str]:
        """Leave out what the other pane is for."""
        of_profiles = ("places.sign-in", "places.browse") if self._model.is_on_regions else ()
        return (*super().not_in_footer, *of_profiles)

    # Keys --------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim what makes no sense for the row under the cursor."""
        profile, works = self._model.profile, True
        if action == "filter":
            return not isinstance(self.focused, FilterInput)
        if action == "browse":
            known = self._model.profiles.known
            works = bool(known.sessions) or not known.profiles
        elif action == "sign_in":
            works = profile is not None and can_sign_in(profile)
        elif action == "copy_account":
            works = profile is not None and bool(profile.account)
        return True if works else None

    def _place_panes(self) -> None:
        """Show the pane that has the cursor, where there is no room for both, and focus it."""
        is_on_regions = self._model.is_on_regions
        self.set_class(is_on_regions, "-regions")
        (self.regions if is_on_regions else self.profiles).focus()
        self.filter_bar.set_text(self._model.filter_text)
        self.refresh_bindings()

    def action_other_pane(self) -> None:
        """Go to the other pane."""
        self._to_pane(is_on_regions=not self._model.is_on_regions)

    def action_pane(self, pane: PlacePane) -> None:
        """Go to a pane by the key that opens this screen with it."""
        self._to_pane(is_on_regions=pane == "regions")

    def _to_pane(self, *, is_on_regions: bool) -> None:
        self._model.is_on_regions = is_on_regions
        self._place_panes()
        self._ask_regions()

    def on_descendant_focus(self) -> None:
        """A click may have gone to the other pane."""
        is_on_regions = self.focused is self.regions
        if self.focused in (self.profiles, self.regions) and is_on_regions != self._model.is_on_regions:
            self._to_pane(is_on_regions=is_on_regions)

    def action_mark(self) -> None:
        """Mark the row under the cursor, or take its mark away, and go on to the next."""
        self._model.turn_mark()
        table = self.regions if self._model.is_on_regions else self.profiles
        table.action_cursor(1)
        self._ask_regions()

    def action_all_regions(self) -> None:
        """Mark every enabled Region; none if all are marked."""
        if not self._model.mark_all_regions():
            self.say(self._model.region_problem or "It is not known yet which Regions are enabled.", "warning")
        self._show()

    @on(RowTable.Chosen)
    def action_use(self) -> None:
        """List the nodes of what is marked, else of the row under the cursor."""
        model, catalog = self._model, self._catalog
        choice = model.choice()
        lists, in_use = model.regions.lists, model.regions.in_use
        places = places_of(choice, model.profiles.known, lists, in_use, catalog.place_of)
        if self._is_read and places:
            self.dismiss(Chosen(choice, places))

    def action_sign_in(self) -> None:
        """Sign in to the profile under the cursor; then what could not be asked is asked again."""
        profile = self._model.profile
        if profile is not None:
            self.work(partial(self._sign_in, profile.name), "sign-in")

    async def _sign_in(self, name: str) -> None:
        if await self._desk.sign_in(self._catalog.place_of(name, "")):
            self._model.ask_again(name)
            await self._read()

    def action_browse(self) -> None:
        """Browse the accounts and roles of the SSO session under the cursor, else of the first."""
        profile = self._model.profile
        self.work(partial(self._browse, profile.sso if profile is not None else None), "sign-in")

    async def _browse(self, session: SsoSession | None) -> None:
        before = self._fleet.places
        await self._desk.browse_accounts(session)
        if self._fleet.places != before:
            self.leave()
        else:
            self.work(self._read, "places", instead=True)

    def action_copy_account(self) -> None:
        """Copy the account of the profile under the cursor."""
        profile = self._model.profile
        if profile is not None and profile.account:
            copy_word(self, profile.account)

    # Filtering ---------------------------------------------------------------------------------

    @on(FilterBar.Changed)
    def _filter_changed(self, event: FilterBar.Changed) -> None:
        if event.text != self._model.filter_text:
            self._model.set_filter(event.text)
            self._show()

    @on(FilterBar.Done)
    def _filter_done(self) -> None:
        (self.regions if self._model.is_on_regions else self.profiles).focus()

    def leave(self) -> None:
        """Go back with nothing changed."""
        self.dismiss(None)
