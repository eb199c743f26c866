"""The catalog reads in threads, keeps what it read, and names places as the rest of smtui does."""

from __future__ import annotations

import asyncio

from smtui.domain.place import Place
from smtui.domain.places.choice import Choice
from smtui.domain.places.profile import Profile, ProfileKind, ProfileList, SsoSession
from smtui.domain.places.region_fact import RegionFact, RegionList
from smtui.domain.places.sign_in_state import SignedIn, SignInState
from smtui.domain.places.sso_values import SsoRole
from smtui.engine.offloop import OffLoop
from smtui.places.place_book import PlaceBook
from smtui.places.profile_catalog import ProfileCatalog
from smtui.store.filter_file import FiltersInMemory
from smtui.store.place_memory_file import PlacesInMemory
from tests.places.place_fakes import FakeIdentities

WORK, DEFAULT = Profile("work", ProfileKind.KEYS, "us-east-1"), Profile("default", ProfileKind.KEYS)
ENVIRONMENT = Profile("", ProfileKind.ENVIRONMENT)
IRELAND = RegionFact("eu-west-1", "Europe (Ireland)", "aws", True)


def catalog_of(*profiles: Profile, **more: RegionList) -> tuple[ProfileCatalog, FakeIdentities]:
    found = ProfileList(profiles, default_region="eu-west-1")
    aws = FakeIdentities(found, {"work": SignInState(SignedIn.ALWAYS)}, more)
    return PlaceBook(aws, PlacesInMemory(), OffLoop(), filters=FiltersInMemory(), read_only=False).catalog, aws


def test_profiles_and_their_states_are_read_together() -> None:
    catalog, _ = catalog_of(DEFAULT, WORK)
    assert asyncio.run(catalog.read()).profiles == (DEFAULT, WORK)
    assert catalog.states["work"].signed_in is SignedIn.ALWAYS
    assert catalog.states["default"].signed_in is SignedIn.NOT_KNOWN


def test_regions_are_asked_again_until_it_is_known_which_are_enabled() -> None:
    catalog, aws = catalog_of(WORK, work=RegionList((IRELAND,), "Denied."))

    async def twice() -> None:
        assert (await catalog.regions("work")).problem
        aws.of_regions["work"] = RegionList((IRELAND,))
        assert not (await catalog.regions("work")).problem
        assert (await catalog.regions("work")).enabled == (IRELAND,)

    asyncio.run(twice())
    assert aws.asked == ["regions work", "regions work"]


def test_what_boto3_resolves_by_itself_has_no_names() -> None:
    catalog, _ = catalog_of(DEFAULT, WORK)
    asyncio.run(catalog.read())
    assert catalog.place_of("default", "eu-west-1") == Place()
    assert catalog.place_of("default", "") == Place()
    assert catalog.place_of("default", "us-east-1") == Place("", "us-east-1")
    assert catalog.place_of("work", "eu-west-1") == Place("work", "eu-west-1")


def test_the_default_profile_has_its_name_where_the_environment_holds_credentials() -> None:
    catalog, _ = catalog_of(ENVIRONMENT, DEFAULT)
    asyncio.run(catalog.read())
    assert catalog.place_of("", "eu-west-1") == Place()
    assert catalog.place_of("default", "eu-west-1") == Place("default", "eu-west-1")


def test_choices_are_remembered() -> None:
    catalog, _ = catalog_of(WORK)

    async def remember() -> tuple[Choice, ...]:
        await catalog.remember(Choice(("work",), ("eu-west-1",)))
        return tuple(catalog.choices)

    assert asyncio.run(remember()) == (Choice(("work",), ("eu-west-1",)),)


def test_a_picked_role_stands_in_the_list_and_among_the_recent_choices() -> None:
    acme = SsoSession("acme", "https://acme.example/start", "eu-west-1")
    memory = PlacesInMemory()

    def catalog(*sessions: SsoSession) -> ProfileCatalog:
        aws = FakeIdentities(ProfileList((WORK,), sessions), {}, {})
        return PlaceBook(aws, memory, OffLoop(), filters=FiltersInMemory(), read_only=False).catalog

    async def names(of: ProfileCatalog) -> list[str]:
        return [profile.name for profile in (await of.read()).profiles]

    async def run() -> None:
        first = catalog(acme)
        name = first.pick(acme, SsoRole("111122223333", "Ops"))
        assert name == "acme/111122223333/Ops"
        assert await names(first) == ["work", name]
        assert name in first.states
        assert await names(catalog(acme)) == ["work"], "another run knows it only if it was chosen"
        await first.remember(Choice((name,), ("eu-west-1",)))
        assert await names(catalog(acme)) == ["work", name]
        assert await names(catalog()) == ["work"], "its session is not configured any more"

    asyncio.run(run())
