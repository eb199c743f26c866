"""Which profiles and Regions `enter` uses, and which places these are."""

from __future__ import annotations

import pytest

from smtui.domain.place import Place
from smtui.domain.places.choice import Choice
from smtui.domain.places.profile import Profile, ProfileKind, ProfileList
from smtui.domain.places.region_fact import RegionFact, RegionList
from smtui.tui.places.place_marks import Marks, chosen, places_of, shown_profiles

IN_USE = Marks(("prod", "stage"))
PROFILES = ProfileList(
    (
        Profile("default", ProfileKind.KEYS),
        Profile("prod", ProfileKind.SSO, region="eu-west-1"),
        Profile("stage", ProfileKind.KEYS),
        Profile("china", ProfileKind.KEYS, region="cn-north-1"),
    )
)
LISTS = {
    "prod": RegionList((RegionFact("eu-west-1", "", "aws", True), RegionFact("me-south-1", "", "aws", False))),
    "stage": RegionList((RegionFact("eu-west-1", "", "aws", True), RegionFact("me-south-1", "", "aws", True))),
    "china": RegionList((RegionFact("cn-north-1", "", "aws-cn", True),)),
}


@pytest.mark.parametrize(
    ("marks", "at", "used"),
    [
        (IN_USE, "prod", ("prod", "stage")),
        (IN_USE, "audit", ("audit",)),
        (IN_USE, None, ("prod", "stage")),
        (IN_USE.turned("audit"), "old", ("prod", "stage", "audit")),
        (IN_USE.turned("stage"), "audit", ("prod",)),
        (IN_USE.turned("prod").turned("stage"), "audit", ("audit",)),
        (IN_USE.turned("prod").turned("stage"), None, ()),
    ],
)
def test_enter_uses_the_row_until_something_is_marked(marks: Marks, at: str | None, used: tuple[str, ...]) -> None:
    assert marks.used(at) == used


def test_all_are_marked_and_again_none() -> None:
    assert Marks(("eu-west-1",)).with_all(["eu-west-1", "us-east-1"]).names == ("eu-west-1", "us-east-1")
    assert Marks(("us-east-1", "eu-west-1")).with_all(["eu-west-1", "us-east-1"]) == Marks((), are_own=True)


def test_regions_that_nobody_chose_are_not_taken_along() -> None:
    soft = Marks(("eu-west-1",))
    assert chosen(["stage"], soft, None, [Place()]) == Choice(("stage",))
    assert chosen(["stage"], soft, None, [Place("prod", "eu-west-1")]) == Choice(("stage",), ("eu-west-1",))
    assert chosen(["stage"], soft, "us-east-1", [Place()]) == Choice(("stage",), ("us-east-1",))


@pytest.mark.parametrize(
    ("choice", "places"),
    [
        (Choice(("prod",)), [("prod", "")]),
        (Choice(("stage",)), [("stage", "us-east-1")]),
        (Choice(("default",)), [("default", "")]),
        (Choice(("prod", "stage"), ("eu-west-1",)), [("prod", "eu-west-1"), ("stage", "eu-west-1")]),
        (Choice(("prod", "stage"), ("me-south-1",)), [("stage", "me-south-1")]),
        (Choice(("prod",), ("me-south-1",)), [("prod", "me-south-1")]),
        (Choice(("prod", "china"), ("eu-west-1", "cn-north-1")), [("prod", "eu-west-1"), ("china", "cn-north-1")]),
        (Choice(("unread",), ("xx-west-1",)), [("unread", "xx-west-1")]),
    ],
)
def test_places_that_certainly_do_not_exist_are_left_out(choice: Choice, places: list[tuple[str, str]]) -> None:
    found = places_of(choice, PROFILES, LISTS, ["us-east-1"], Place)
    assert [(place.profile, place.region) for place in found] == places


def test_one_profile_is_the_place_that_boto3_resolves_and_several_are_named() -> None:
    def unnamed(profile: str, region: str) -> Place:
        return Place("", "") if profile == "default" else Place(profile, region)

    one = places_of(Choice(("default",), ("eu-west-1",)), PROFILES, {}, (), unnamed)
    both = places_of(Choice(("default", "prod"), ("eu-west-1",)), PROFILES, {}, (), unnamed)
    assert one == (Place(),)
    assert both == (Place("default", "eu-west-1"), Place("prod", "eu-west-1"))


def test_a_place_without_a_profile_is_shown_as_the_profile_that_counts() -> None:
    assert shown_profiles([Place(), Place("prod")], PROFILES) == ("default", "prod")
    environment = ProfileList((Profile("", ProfileKind.ENVIRONMENT), *PROFILES.profiles))
    assert shown_profiles([Place()], environment) == ("",)
