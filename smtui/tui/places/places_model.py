"""Keeps what the screen of places shows and what was marked there; draws and asks nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from smtui.domain.ages import seconds_between
from smtui.domain.fault import NO_CALL_KINDS, FaultKind
from smtui.domain.places.sign_in_state import SignedIn
from smtui.engine.fleet import MUTE_SECONDS
from smtui.tui.places import profile_rows, region_rows
from smtui.tui.places.place_marks import Marks, chosen, shown_profiles, used_regions
from smtui.tui.places.profile_rows import ProfilesShown
from smtui.tui.places.region_rows import RegionsShown, Seen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from smtui.domain.fault import Fault
    from smtui.domain.place import Place
    from smtui.domain.places.choice import Choice
    from smtui.domain.places.place_state import PlaceState
    from smtui.domain.places.profile import Profile, ProfileList
    from smtui.domain.places.region_fact import RegionList
    from smtui.domain.places.sign_in_state import SignInState
    from smtui.tui.parts.row_table import TableRow

_CANNOT_CALL = (SignedIn.NO, SignedIn.ASKS_CODE, SignedIn.BROKEN)


class PlacesModel:
    """Rows, marks and filters of both panes."""

    def __init__(self, places: Sequence[Place], region_of: Callable[[Place], str]) -> None:
        """`places` are those in use; `region_of` gives their Regions as far as they are known."""
        self._places = tuple(places)
        self._region_of = region_of
        self.profiles = ProfilesShown()
        self.regions = RegionsShown()
        self._region_lists: dict[str, RegionList] = {}
        self._looked: set[str] = set()
        self._asked: set[str] = set()
        """Profiles whose Regions were looked up in files, and those for which AWS was asked."""
        self._answered: set[str] = set()
        self.at: tuple[str, str] = ("", "")
        """The keys of the rows under the cursors, of profiles and of Regions."""
        self.is_on_regions = False
        """Whether the cursor is in the pane of Regions."""

    # What was read -----------------------------------------------------------------------------

    def take_profiles(self, known: ProfileList, states: Mapping[str, SignInState], recent: Sequence[Choice]) -> None:
        """Show what the files say. Marks that the user has not made follow it."""
        self.profiles = replace(self.profiles, known=known, states=states, recent=recent)
        if not self.profiles.marks.are_own:
            self.profiles = replace(self.profiles, marks=Marks(shown_profiles(self._places, known)))
        if not self.regions.marks.are_own:
            in_use = used_regions(self._places, self._region_of)
            self.regions = replace(self.regions, marks=Marks(in_use), in_use=in_use)
        self.regions = replace(self.regions, recent=region_rows.recent_regions(recent))
        self._show_regions()

    def take_known_regions(self, profile: str, found: RegionList) -> None:
        """Show the Regions that files have of a profile's partition, unless AWS has answered."""
        self._region_lists.setdefault(profile, found)
        self._show_regions()

    def take_regions(self, profile: str, found: RegionList) -> None:
        """Show the Regions of a profile as AWS has answered, or why it did not."""
        self._answered.add(profile)
        self._region_lists[profile] = found
        self._show_regions()

    def to_look_up(self) -> tuple[str, ...]:
        """Return the profiles that would be used and whose Regions nobody has looked up; they count as looked up."""
        wanted = tuple(name for name in self.used_profiles if name not in self._looked)
        self._looked |= set(wanted)
        return wanted

    def to_ask(self) -> tuple[str, ...]:
        """Return the profiles whose Regions AWS can be asked for now, and was not yet; they count as asked."""
        wanted = tuple(name for name in self.used_profiles if self._can_call(name) and name not in self._asked)
        self._asked |= set(wanted)
        self._show_regions()
        return wanted

    def _can_call(self, name: str) -> bool:
        profile, state = self.profiles.known.named(name), self.profiles.states.get(name)
        is_refused = state is not None and state.signed_in in _CANNOT_CALL
        return profile is not None and not profile.trouble and not is_refused

    def ask_again(self, name: str) -> None:
        """Forget that a profile was asked for its Regions: it has signed in meanwhile."""
        self._asked.discard(name)
        self._answered.discard(name)

    def see(self, states: Iterable[PlaceState], now: datetime) -> None:
        """Show how the lists of places stand."""
        self.regions = replace(self.regions, seen=seen_by_region(states, self.used_profiles, self.profiles.known, now))

    def _show_regions(self) -> None:
        used = self.used_profiles
        lists = {name: self._region_lists[name] for name in used if name in self._region_lists}
        is_reading = any(name in self._asked and name not in self._answered for name in used)
        self.regions = replace(self.regions, lists=lists or self._region_lists, is_reading=is_reading)

    # What is shown -----------------------------------------------------------------------------

    def profile_rows(self, now: datetime) -> list[TableRow]:
        """Return the rows of the profiles."""
        return profile_rows.profile_rows(self.profiles, now)

    def region_rows(self, now: datetime) -> list[TableRow]:
        """Return the rows of the Regions."""
        return region_rows.region_rows(self.regions, now)

    @property
    def region_problem(self) -> str:
        """Why it is not known which Regions are enabled; empty if it is, or was not asked."""
        return next((each.problem for each in self.regions.lists.values() if each.problem), "")

    @property
    def profile(self) -> Profile | None:
        """The profile under the cursor."""
        name = profile_rows.profile_of_key(self.at[0])
        return self.profiles.known.named(name) if name is not None else None

    @property
    def filter_text(self) -> str:
        """The filter of the pane that has the cursor."""
        return self.regions.filter_text if self.is_on_regions else self.profiles.filter_text

    def set_filter(self, text: str) -> None:
        """Filter the pane that has the cursor."""
        if self.is_on_regions:
            self.regions = replace(self.regions, filter_text=text)
        else:
            self.profiles = replace(self.profiles, filter_text=text)

    # Marks -------------------------------------------------------------------------------------

    @property
    def recent_choice(self) -> Choice | None:
        """The recent choice under the cursor, where its row stands for a whole one."""
        number = None if self.is_on_regions else profile_rows.choice_of_key(self.at[0])
        return self.profiles.recent[number] if number is not None else None

    @property
    def has_own_marks(self) -> bool:
        """Whether the user has marked anything."""
        return self.profiles.marks.are_own or self.regions.marks.are_own

    def turn_mark(self) -> None:
        """Mark the row under the cursor, or take its mark away; of a recent choice, mark all that it has."""
        if (choice := self.recent_choice) is not None:
            self.profiles = replace(self.profiles, marks=Marks(choice.profiles, are_own=True))
            if choice.regions:
                self.regions = replace(self.regions, marks=Marks(choice.regions, are_own=True))
        elif self.is_on_regions:
            name = region_rows.region_of_key(self.at[1])
            if name is not None:
                self.regions = replace(self.regions, marks=self.regions.marks.turned(name))
        else:
            name = profile_rows.profile_of_key(self.at[0])
            if name is not None:
                self.profiles = replace(self.profiles, marks=self.profiles.marks.turned(name))
        self._show_regions()

    def mark_all_regions(self) -> bool:
        """Mark the enabled Regions, or none if all of them are marked; return False if none is known to be enabled."""
        names = region_rows.enabled(self.regions)
        if names:
            self.regions = replace(self.regions, marks=self.regions.marks.with_all(names))
        return bool(names)

    @property
    def used_profiles(self) -> tuple[str, ...]:
        """The profiles that `enter` uses."""
        if (choice := self.recent_choice) is not None and not self.has_own_marks:
            return choice.profiles
        at = None if self.is_on_regions else profile_rows.profile_of_key(self.at[0])
        return self.profiles.marks.used(at)

    def choice(self) -> Choice:
        """Return what `enter` uses: the marks, else the row under the cursor."""
        if (recent := self.recent_choice) is not None and not self.has_own_marks:
            return recent
        at = region_rows.region_of_key(self.at[1]) if self.is_on_regions else None
        return chosen(self.used_profiles, self.regions.marks, at, self._places)

    @property
    def uses_marks(self) -> bool:
        """Whether `enter` uses what is marked or in use, not just the row under the cursor."""
        if self.recent_choice is not None:
            return self.has_own_marks
        if self.is_on_regions:
            marks, name = self.regions.marks, region_rows.region_of_key(self.at[1])
        else:
            marks, name = self.profiles.marks, profile_rows.profile_of_key(self.at[0])
        return name is None or not marks.give_way_to(name)


def seen_by_region(
    states: Iterable[PlaceState], profiles: Sequence[str], known: ProfileList, now: datetime
) -> dict[str, Seen]:
    """Return what was read of each Region of these profiles, from the states of places.

    A place may have been listed under two names, with its profile's and without: then the newer list counts.
    """
    newest: dict[tuple[str, str], PlaceState] = {}
    for state in states:
        name = known.name_of(state.place.profile)
        key = name, state.region
        if state.region and name in profiles and (key not in newest or _is_newer(state, newest[key])):
            newest[key] = state
    found: dict[str, Seen] = {}
    for state in newest.values():
        found[state.region] = _added(found.get(state.region), state, now)
    return found


def _is_newer(state: PlaceState, other: PlaceState) -> bool:
    """Whether this list counts: it is being read now, or was read later."""
    if state.is_read != other.is_read:
        return state.is_read
    return state.read_at is not None and (other.read_at is None or state.read_at > other.read_at)


def _added(seen: Seen | None, state: PlaceState, now: datetime) -> Seen:
    waits = state.waiting.since if state.waiting is not None else None
    if waits is not None and seconds_between(waits, now) < MUTE_SECONDS:
        waits = None
    fault = fault_word(state.fault) if state.fault is not None else ""
    if seen is None:
        return Seen(state.nodes, state.read_at, waits, fault)
    times = [time for time in (seen.answered_at, state.read_at) if time is not None]
    since = [time for time in (seen.waits_since, waits) if time is not None]
    return Seen(
        seen.nodes + state.nodes,
        min(times, default=None),
        min(since, default=None),
        seen.fault or fault,
        is_partial=seen.is_partial or bool(seen.fault) != bool(fault),
    )


def fault_word(fault: Fault) -> str:
    """Return why a place could not be read, in a word or two."""
    if fault.kind is FaultKind.DENIED:
        return "denied"
    if fault.kind is FaultKind.SSO_SIGN_IN or fault.kind is FaultKind.EXPIRED_CREDENTIALS:
        return "signed out"
    if fault.kind in (FaultKind.TIMED_OUT, FaultKind.UNREACHABLE):
        return "no answer"
    return fault.kind.value if fault.kind in NO_CALL_KINDS else "failed"
