"""`--region all`: the enabled Regions of each profile, and its own where they are not known."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from smtui.domain.place import Place
from smtui.domain.places.profile import Profile, ProfileKind, ProfileList
from smtui.domain.places.region_fact import RegionFact, RegionList
from smtui.engine.offloop import OffLoop
from smtui.places.every_region import adding, every_region
from smtui.places.place_book import PlaceBook
from smtui.store.filter_file import FiltersInMemory
from smtui.store.place_memory_file import PlacesInMemory
from tests.places.place_fakes import FakeIdentities


def fact(name: str, *, is_enabled: bool | None = True) -> RegionFact:
    return RegionFact(name, "", "aws", is_enabled)


OF_WORK = RegionList((fact("eu-west-1"), fact("me-south-1", is_enabled=False), fact("us-east-1")))
UNKNOWN = RegionList((fact("eu-west-1", is_enabled=None),), "It is not known which Regions are enabled.")


def book_of(**regions: RegionList) -> PlaceBook:
    profiles = tuple(Profile(name, ProfileKind.KEYS) for name in ("default", *regions))
    found = ProfileList(profiles, default_region="us-east-1")
    aws = FakeIdentities(found, of_regions={"": OF_WORK, **regions})
    return PlaceBook(aws, PlacesInMemory(), OffLoop(), filters=FiltersInMemory(), read_only=False)


def test_only_enabled_regions_are_meant() -> None:
    found = asyncio.run(every_region(book_of(work=OF_WORK).catalog, ["work"], []))
    assert found.places == (Place("work", "eu-west-1"), Place("work", "us-east-1"))
    assert found.problems == ()


def test_without_a_profile_the_place_that_boto3_resolves_keeps_its_name() -> None:
    found = asyncio.run(every_region(book_of().catalog, [], []))
    assert found.places == (Place("", "eu-west-1"), Place())


def test_a_profile_that_was_named_keeps_its_name() -> None:
    found = asyncio.run(every_region(book_of(default=OF_WORK).catalog, ["default"], []))
    assert found.places == (Place("default", "eu-west-1"), Place("default", "us-east-1"))


def test_an_unknown_answer_leaves_the_profile_its_own_region_and_says_so() -> None:
    catalog = book_of(work=OF_WORK, denied=UNKNOWN).catalog
    found = asyncio.run(every_region(catalog, ["denied", "work"], ["ap-south-1"]))
    assert found.places == (
        Place("denied"),
        Place("denied", "ap-south-1"),
        Place("work", "eu-west-1"),
        Place("work", "us-east-1"),
        Place("work", "ap-south-1"),
    )
    assert found.problems == ("Profile denied: It is not known which Regions are enabled.",)


def test_a_screen_begins_before_the_regions_are_known() -> None:
    done: list[str] = []
    chosen: list[Sequence[Place]] = []

    async def prepare() -> None:
        done.append("prepared")

    async def run() -> None:
        begin = adding(prepare, ["denied"], [], book_of(denied=UNKNOWN), chosen.append, done.append)
        await begin()
        assert (done, chosen) == (["prepared"], [])
        await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))

    asyncio.run(run())
    assert chosen == [(Place("denied"),)]
    assert done[1:] == ["Profile denied: It is not known which Regions are enabled."]
