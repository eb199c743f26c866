"""Turns `--region all` into the Regions that are enabled, profile by profile."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtui.domain.place import Place

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from smtui.domain.places.region_fact import RegionList
    from smtui.places.place_book import PlaceBook
    from smtui.places.profile_catalog import ProfileCatalog


@dataclass(frozen=True, slots=True)
class EveryRegion:
    """The places that were meant, and what is not known of them."""

    places: tuple[Place, ...]
    problems: tuple[str, ...] = ()
    """A sentence for each profile whose enabled Regions are not known: its own Region stands for them."""


async def every_region(catalog: ProfileCatalog, profiles: Sequence[str], named: Sequence[str]) -> EveryRegion:
    """Return each profile in its enabled Regions and in those that are named beside them. All profiles at once."""
    await catalog.read()
    asked = profiles or ("",)
    found = await asyncio.gather(*(catalog.regions(profile) for profile in asked))
    places = [
        Place(profile, region) if profile else catalog.place_of(profile, region)
        for profile, listed in zip(asked, found, strict=True)
        for region in (*_enabled(listed), *named)
    ]
    problems = [
        f"{f'Profile {profile}: ' if profile else ''}{listed.problem}"
        for profile, listed in zip(asked, found, strict=True)
        if listed.problem
    ]
    return EveryRegion(tuple(dict.fromkeys(places)), tuple(problems))


def adding(
    prepare: Callable[[], Awaitable[None]],
    profiles: Sequence[str],
    named: Sequence[str],
    book: PlaceBook,
    choose: Callable[[Sequence[Place]], None],
    tell: Callable[[str], None],
) -> Callable[[], Awaitable[None]]:
    """Return a `prepare` that then asks which Regions are enabled, and chooses them once that is known.

    It does not wait: a screen begins with the places that it has.
    """
    tasks: list[asyncio.Task[None]] = []

    async def add() -> None:
        found = await every_region(book.catalog, profiles, named)
        choose(found.places)
        for sentence in found.problems:
            tell(sentence)

    async def prepare_and_add() -> None:
        await prepare()
        tasks.append(asyncio.create_task(add()))

    return prepare_and_add


def _enabled(listed: RegionList) -> tuple[str, ...]:
    """The enabled Regions; the profile's own where they are not known."""
    return tuple(region.name for region in listed.enabled) or ("",)
