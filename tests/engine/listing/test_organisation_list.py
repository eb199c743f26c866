"""The organisation's list: rows of accounts that are not listed themselves, and what is asked of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from smtui.domain.node import ConnectionStatus
from smtui.domain.place import Caller, Place
from smtui.domain.places.organisation_facts import OrganisationFacts, cloud_words
from smtui.domain.places.profile import Profile, ProfileKind
from smtui.domain.places.ways_in import ways_in
from smtui.domain.readiness import Badge, readiness, reasons
from smtui.domain.short_reason import short_reason
from smtui.engine.fleet import Fleet, NodeKey
from smtui.engine.offloop import OffLoop
from tests.domain.build import ssm_facts
from tests.engine.fakes import NOW, FakeAws, fault

HOME, OTHER, NOWHERE = "111122223333", "444455556666", "999900001111"
A, B = Place("ops", "eu-west-1"), Place("audit", "us-east-1")
WEB, DB, FAR = "i-0000000000000000a", "i-0000000000000000b", "mi-0000000000000000c"


def facts(node_id: str, account: str, region: str, **given: object) -> OrganisationFacts:
    made = OrganisationFacts(node_id, account, region, NOW - timedelta(hours=2), is_managed=True)
    return replace(made, **given)  # type: ignore[arg-type]


class World:
    """One listed place, one that a profile leads to, and one that none leads to."""

    def __init__(self) -> None:
        self.aws = {
            A: FakeAws(managed=[[ssm_facts(WEB, seen_at=NOW)]]),
            B: FakeAws(managed=[[ssm_facts(DB, seen_at=NOW, computer_name="ip-10-0-0-1")]], account=OTHER),
        }
        self.aws[A].organisation = [
            [facts(WEB, HOME, "eu-west-1"), facts(DB, OTHER, "us-east-1", name="db")],
            [facts(FAR, NOWHERE, "eu-west-1", source_type="Microsoft.Compute/virtualMachines")],
        ]
        self.now = NOW
        self.fleet = Fleet(self, [A], OffLoop(), clock=lambda: self.now)

    def at(self, place: Place) -> FakeAws:
        return self.aws[place]

    async def read(self) -> None:
        await self.fleet.refresh()
        profiles = [Profile("audit", ProfileKind.ROLE, account=OTHER)]
        way_in = ways_in(profiles, {A: Caller(HOME, "arn", "AIDA", "eu-west-1")}, Place)
        await self.fleet.read_organisation(A, way_in)

    def listed(self) -> list[tuple[Place, str]]:
        return [(node.place, node.node_id) for node in self.fleet.nodes()]


async def test_its_rows_stand_beside_those_of_the_listed_places_and_never_twice() -> None:
    world = World()
    await world.read()
    assert world.listed() == [(A, WEB), (B, DB), (Place(f"({NOWHERE})", "eu-west-1"), FAR)]
    keys = world.fleet.keys()
    assert [(key.place, key.node_id) for key in keys] == world.listed()
    assert len(world.fleet) == world.fleet.expected == 3
    world.fleet.drop_organisation()
    assert world.listed() == [(A, WEB)]


async def test_a_place_that_could_not_be_listed_shows_what_the_organisation_had() -> None:
    world = World()
    for call in ("ssm:DescribeInstanceInformation", "ec2:DescribeInstances"):
        world.aws[A].failing[call] = fault(call)
    await world.read()
    assert (A, WEB) in world.listed()


async def test_nothing_is_claimed_of_them_but_what_was_collected() -> None:
    world = World()
    await world.read()
    db, far = list(world.fleet.nodes())[1:]
    assert (db.name, db.account, db.no_way_in) == ("db", OTHER, False)
    assert readiness(db, NOW).badge is Badge.UNKNOWN
    assert not readiness(db, NOW).confirmed
    said = "The organisation's list had it as managed 2 h ago; its account has not been asked since."
    assert reasons(db, NOW) == (said,)
    assert short_reason(db, readiness(db, NOW), NOW) == "organisation's list, 2 h"
    assert far.no_way_in
    assert reasons(far, NOW)[1] == f"No profile of yours leads to account {NOWHERE}."
    assert short_reason(far, readiness(far, NOW), NOW) == f"no profile for {NOWHERE}"


async def test_a_visible_one_is_asked_for_by_itself_where_a_profile_leads_there() -> None:
    world = World()
    await world.read()
    keys = [NodeKey(node.place, node.node_id) for node in world.fleet.nodes()]
    await world.fleet.probe(keys)
    await world.fleet.probe(keys)
    db = next(node for node in world.fleet.nodes() if node.node_id == DB)
    assert db.name == "db", "the name that was collected stays, before a computer name"
    assert db.ssm is not None
    assert db.connection is not None
    assert db.connection.status is ConnectionStatus.CONNECTED
    assert readiness(db, NOW).badge is Badge.READY
    assert (db.place, db.account, db.organisation is not None) == (B, OTHER, True)


async def test_one_that_its_region_does_not_list_is_asked_for_every_two_minutes_at_most() -> None:
    world = World()
    world.aws[B].managed = []
    await world.read()
    key = NodeKey(B, DB)
    for seconds in (0, 60, 119, 120):
        world.now = NOW + timedelta(seconds=seconds)
        await world.fleet.probe([key])
    assert world.aws[B].calls.count("ssm:DescribeInstanceInformation") == 2


async def test_a_denied_list_is_one_problem_and_the_rows_stay() -> None:
    world = World()
    world.aws[A].failing["ssm:ListNodes"] = fault("ssm:ListNodes")
    await world.read()
    assert [problem.fault.action for problem in world.fleet.problems()] == ["ssm:ListNodes"]
    assert world.listed() == [(A, WEB)]


def test_a_profile_that_cannot_work_leads_nowhere_and_an_answered_place_comes_first() -> None:
    profiles = [
        Profile("broken", ProfileKind.ROLE, account=OTHER, trouble="it has no source"),
        Profile("first", ProfileKind.ROLE, account=OTHER),
        Profile("second", ProfileKind.SSO, account=OTHER),
    ]
    way_in = ways_in(profiles, {A: Caller(HOME, "arn", "AIDA", "eu-west-1")}, Place)
    assert way_in(OTHER, "eu-west-1") == Place("first", "eu-west-1")
    assert way_in(HOME, "eu-west-1") == A
    assert way_in(HOME, "us-east-1") == Place("ops", "us-east-1")
    assert way_in(NOWHERE, "us-east-1") is None


def test_machines_of_other_clouds_are_called_what_they_are() -> None:
    assert cloud_words("Microsoft.Compute/virtualMachines", "westeurope") == "Azure virtual machine in westeurope"
    assert cloud_words("compute.googleapis.com/Instance") == "Google Cloud instance"
    assert (cloud_words("AWS::New::Kind", "here"), cloud_words("")) == ("AWS::New::Kind in here", "")
