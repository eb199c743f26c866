"""Works out which profiles and Regions `enter` uses: those in use, the row under the cursor, or what was marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtui.domain.place import Place
from smtui.domain.places.choice import Choice
from smtui.tui.parts.cursor_list import Look

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from smtui.domain.places.profile import ProfileList
    from smtui.domain.places.region_fact import RegionList


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of one pane. Until the user changes them they are what is in use, and another row takes their place.

    So one key switches to a row, and two add it to what is in use.
    """

    names: tuple[str, ...] = ()
    are_own: bool = False
    """Whether the user has marked anything."""

    def look_of(self, name: str) -> Look | None:
        """Return how the mark of this one is drawn: quiet while it only says what is in use. None without a mark."""
        if name not in self.names:
            return None
        return Look.ACCENT if self.are_own else Look.QUIET

    def turned(self, name: str) -> Marks:
        """Mark this one, or take its mark away."""
        others = tuple(each for each in self.names if each != name)
        return Marks(others if name in self.names else (*self.names, name), are_own=True)

    def with_all(self, names: Sequence[str]) -> Marks:
        """Mark all of these; none, if all of them are marked."""
        return Marks(() if names and set(names) <= set(self.names) else tuple(names), are_own=True)

    def used(self, at: str | None) -> tuple[str, ...]:
        """Return what is used while the cursor is on the row `at`; None means on none of this pane."""
        return (at,) if at is not None and self.give_way_to(at) else self.names

    def give_way_to(self, at: str) -> bool:
        """Return whether this row, which has the cursor, is used alone in place of what is marked."""
        return not self.names or not (self.are_own or at in self.names)


def shown_profiles(places: Sequence[Place], known: ProfileList) -> tuple[str, ...]:
    """Return the names in the list of profiles that these places have."""
    return tuple(dict.fromkeys(known.name_of(place.profile) for place in places))


def used_regions(places: Sequence[Place], region_of: Callable[[Place], str]) -> tuple[str, ...]:
    """Return the Regions of these places, as far as they are known."""
    return tuple(dict.fromkeys(region for place in places if (region := region_of(place))))


def chosen(profiles: Sequence[str], regions: Marks, at: str | None, places: Sequence[Place]) -> Choice:
    """Return what to list. Regions that nobody has chosen are not taken along: each profile has its own."""
    nobody_chose = not regions.are_own and not any(place.region for place in places)
    wanted = regions.used(at)
    if nobody_chose and wanted == regions.names:
        return Choice(tuple(profiles))
    return Choice(tuple(profiles), wanted)


def places_of(
    choice: Choice,
    known: ProfileList,
    region_lists: Mapping[str, RegionList],
    in_use: Sequence[str],
    place_of: Callable[[str, str], Place],
) -> tuple[Place, ...]:
    """Return the places of a choice; a profile that names no Region gets the first of those in use.

    Of several profiles each is named, so that none is shown without its name; one alone is as `place_of` has it.
    Left out are places that certainly do not exist: a Region of another partition, or one that this account has not
    enabled, as long as others remain.
    """
    possible = _pairs(choice, known, in_use)
    exists = [pair for pair in possible if not pair[1] or _may_exist(region_lists.get(pair[0]), pair[1])]
    make = place_of if len(choice.profiles) <= 1 else Place
    return tuple(dict.fromkeys(make(profile, region) for profile, region in exists or possible))


def _pairs(choice: Choice, known: ProfileList, in_use: Sequence[str]) -> list[tuple[str, str]]:
    if choice.regions:
        return [(place.profile, place.region) for place in choice.places()]
    return [(profile, _own_region(profile, known, in_use)) for profile in choice.profiles]


def _own_region(name: str, known: ProfileList, in_use: Sequence[str]) -> str:
    """Return an empty text where boto3 finds one by itself."""
    profile = known.named(name)
    has_own = (profile is not None and profile.region) or name in ("", known.default_profile)
    return "" if has_own else next(iter(in_use), "")


def _may_exist(regions: RegionList | None, name: str) -> bool:
    if regions is None or not regions.regions:
        return True
    return any(region.name == name and region.is_enabled is not False for region in regions.regions)
