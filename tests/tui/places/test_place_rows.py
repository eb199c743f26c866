"""What the panes of the screen of places list, and what is said of each row."""

from __future__ import annotations

from datetime import timedelta

import pytest

from smtui.domain.fault import FaultKind
from smtui.domain.place import PendingCall, Place
from smtui.domain.places.choice import Choice
from smtui.domain.places.place_state import PlaceState
from smtui.domain.places.profile import Profile, ProfileKind, ProfileList, SsoSession
from smtui.domain.places.region_fact import RegionFact, RegionList
from smtui.domain.places.sign_in_state import SignedIn, SignInState
from smtui.tui.parts.row_table import TableRow
from smtui.tui.places.place_marks import Marks
from smtui.tui.places.place_sentences import about_profile, about_region, choice_words
from smtui.tui.places.places_model import PlacesModel, seen_by_region
from smtui.tui.places.profile_rows import ProfilesShown, moment, profile_rows, row_key, signed_in_words
from smtui.tui.places.region_rows import RegionsShown, Seen, last_answer, region_rows
from tests.engine.fakes import NOW, fault

ACME = SsoSession("acme", "https://acme.awsapps.com/start", "eu-west-1")
PROD = Profile("prod-ops", ProfileKind.SSO, account="111122223333", role="OpsEngineer", sso=ACME)
AUDIT = Profile("audit", ProfileKind.ROLE, role="SecurityAudit", chain=("prod-ops",), mfa_serial="arn:aws:iam::1:mfa/m")
OLD = Profile("old", ProfileKind.PROGRAM, detail="./creds.sh")
LOOP = Profile("loop", ProfileKind.ROLE, trouble="its source profiles form a loop: loop, other, loop.")
KNOWN = ProfileList((AUDIT, OLD, PROD, LOOP))
EARLIER = NOW - timedelta(hours=2)


def texts(rows: list[TableRow]) -> list[str]:
    return [row.heading or row.cells[0][0] for row in rows]


def test_recent_profiles_come_first_and_are_not_repeated() -> None:
    recent = (Choice(("prod-ops",)), Choice(("gone",)), Choice(("old", "prod-ops"), ("eu-west-1",)))
    rows = profile_rows(ProfilesShown(KNOWN, recent=recent), NOW)
    assert texts(rows) == ["recent", "old, prod-ops", "prod-ops", "old", "2 others", "audit", "loop"]


def test_without_recent_profiles_there_are_no_headings() -> None:
    assert texts(profile_rows(ProfilesShown(KNOWN), NOW)) == ["audit", "old", "prod-ops", "loop"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("SSO", ["prod-ops"]),
        ("security mfa", ["audit"]),
        ("creds.sh", ["old"]),
        ("1111", ["prod-ops"]),
        ("zz", ["No profile matches  zz"]),
    ],
)
def test_each_word_of_the_filter_is_somewhere_in_the_row(words: str, found: list[str]) -> None:
    assert texts(profile_rows(ProfilesShown(KNOWN, filter_text=words), NOW)) == found


@pytest.mark.parametrize(
    ("profile", "state", "words"),
    [
        (PROD, SignInState(SignedIn.YES, NOW + timedelta(hours=5)), "✓ until {at}"),
        (PROD, SignInState(SignedIn.NO, EARLIER), "✕ since {at}, L"),
        (PROD, SignInState(SignedIn.NO), "✕ signed out, L"),
        (OLD, SignInState(SignedIn.NO, note="keys were refused"), "✕ keys were refused"),
        (AUDIT, SignInState(SignedIn.ASKS_CODE), "– asks for a code"),
        (OLD, SignInState(SignedIn.BROKEN, note="./creds.sh not found"), "✕ ./creds.sh not found"),
        (OLD, SignInState(SignedIn.ALWAYS), "✓ long-lived keys"),
        (OLD, SignInState(SignedIn.NOT_KNOWN), "– not known"),
        (LOOP, SignInState(SignedIn.NOT_KNOWN), "✕ cannot be used"),
    ],
)
def test_whether_a_profile_is_signed_in(profile: Profile, state: SignInState, words: str) -> None:
    at = f"{state.until.astimezone():%H:%M}" if state.until else ""
    assert signed_in_words(profile, state, NOW)[0] == words.format(at=at)


def test_a_moment_is_as_exact_as_its_distance_allows() -> None:
    assert moment(NOW - timedelta(days=40), NOW) == f"{(NOW - timedelta(days=40)).astimezone().day} Oct"
    assert moment(NOW - timedelta(days=400), NOW) == "Oct 2025"


def test_the_trouble_of_a_profile_is_all_that_is_said_of_it() -> None:
    assert about_profile(LOOP, None, NOW) == ("loop: its source profiles form a loop: loop, other, loop.",)


def test_a_profile_says_how_it_signs_in() -> None:
    said = about_profile(PROD, SignInState(SignedIn.NO), NOW)
    assert said[1] == (
        "prod-ops: SSO session acme, https://acme.awsapps.com/start. Signed out. L signs in. "
        "Tunnels of other places go on."
    )
    assert "role SecurityAudit through prod-ops" in about_profile(AUDIT, None, NOW)[0]


REGIONS = RegionList(
    (
        RegionFact("us-east-1", "US East (N. Virginia)", "aws", True),
        RegionFact("me-south-1", "", "aws", False),
        RegionFact("eu-west-1", "Europe (Ireland)", "aws", True),
    )
)


def test_the_order_of_the_regions_does_not_depend_on_what_aws_answers() -> None:
    known = RegionList((*REGIONS.regions, RegionFact("af-south-1", "", "aws", False)))
    unknown = RegionList(tuple(RegionFact(region.name, region.title, "aws") for region in known.regions))
    before, after = (
        region_rows(RegionsShown({"prod-ops": each}, in_use=("us-east-1",), recent=("xx-old-1",)), NOW)
        for each in (unknown, known)
    )
    assert texts(before)[:-1] == texts(after)[:-1] == ["us-east-1", "af-south-1", "eu-west-1", "me-south-1"]
    assert texts(before)[-1] == "not known which are enabled"
    assert texts(after)[-1] == "2 enabled: a marks them all"


def test_before_any_list_is_known_the_regions_in_use_and_the_recent_ones_are_shown() -> None:
    shown = RegionsShown(in_use=("eu-west-1",), recent=("us-east-1",), is_reading=True)
    assert texts(region_rows(shown, NOW)) == ["eu-west-1", "us-east-1", "asking which are enabled …"]


@pytest.mark.parametrize(
    ("seen", "is_enabled", "words"),
    [
        (Seen(41, NOW - timedelta(seconds=8)), True, "8 s ago"),
        (Seen(41, NOW, waits_since=NOW - timedelta(seconds=12)), True, "no answer, 12 s"),
        (Seen(0, None, fault="denied"), True, "denied"),
        (Seen(41, NOW, fault="denied", is_partial=True), True, "in part: denied"),
        (Seen(), False, "not enabled"),
        (Seen(), None, "not known"),
        (Seen(), True, ""),
    ],
)
def test_the_last_answer_of_a_region(seen: Seen, is_enabled: bool | None, words: str) -> None:
    assert last_answer(RegionFact("eu-west-1", "", "aws", is_enabled), seen, NOW)[0] == words


def test_a_region_says_what_is_known_of_it() -> None:
    said = about_region(REGIONS.regions[1], Seen(), "", NOW)
    assert said[0] == "me-south-1: The account has not enabled it."
    denied = "It is not known which Regions are enabled. ec2:DescribeRegions was denied."
    assert denied in about_region(RegionFact("eu-west-1", "Europe (Ireland)", "aws"), Seen(), denied, NOW)[0]


def state_of(profile: str, region: str, nodes: int = 0, **given: object) -> PlaceState:
    facts: dict[str, object] = {
        "account": "", "read_at": NOW if nodes else None, "answered_at": NOW if nodes else None, "is_read": False,
        "waiting": None, "faults": (),
    } | given  # fmt: skip
    return PlaceState(place=Place(profile, region), region=region, nodes=nodes, **facts)  # type: ignore[arg-type]


def test_what_was_read_of_a_region_is_that_of_the_profiles_that_would_be_used() -> None:
    waiting = PendingCall("ssm:DescribeInstanceInformation at ssm", NOW - timedelta(seconds=12))
    states = [
        state_of("prod", "eu-west-1", 41),
        state_of("stage", "eu-west-1", 7, read_at=EARLIER),
        state_of("stage", "us-east-1", waiting=waiting),
        state_of("audit", "eu-west-1", faults=(fault("ssm:DescribeInstanceInformation"),)),
    ]
    seen = seen_by_region(states, ["prod", "stage"], KNOWN, NOW)
    assert seen == {"eu-west-1": Seen(48, EARLIER), "us-east-1": Seen(0, None, waiting.since)}
    assert seen_by_region(states, ["audit"], KNOWN, NOW)["eu-west-1"].fault == "denied"
    assert not seen_by_region(states, ["audit"], KNOWN, NOW)["eu-west-1"].is_partial
    assert seen_by_region(states, ["prod", "audit"], KNOWN, NOW)["eu-west-1"].is_partial
    twice = [state_of("prod", "eu-west-1", 40, read_at=EARLIER), state_of("prod", "eu-west-1", 41)]
    for listed in (twice, twice[::-1]):
        assert seen_by_region(listed, ["prod"], KNOWN, NOW) == {"eu-west-1": Seen(41, NOW)}
    expired = state_of("audit", "eu-west-1", faults=(fault("sts:GetCallerIdentity", FaultKind.SSO_SIGN_IN),))
    assert seen_by_region([expired], ["audit"], KNOWN, NOW)["eu-west-1"].fault == "signed out"


def model() -> PlacesModel:
    made = PlacesModel([Place("old", "eu-west-1")], lambda place: place.region)
    states = {"prod-ops": SignInState(SignedIn.YES), "audit": SignInState(SignedIn.ASKS_CODE)}
    made.take_profiles(KNOWN, states, [Choice(("old", "prod-ops"), ("eu-west-1", "us-east-1"))])
    return made


def test_the_row_under_the_cursor_takes_the_place_of_what_is_in_use() -> None:
    shown = model()
    shown.at = (row_key("prod-ops"), "")
    assert shown.choice() == Choice(("prod-ops",), ("eu-west-1",))
    shown.turn_mark()
    assert shown.choice() == Choice(("old", "prod-ops"), ("eu-west-1",))
    shown.at = (row_key("audit"), "")
    assert shown.choice() == Choice(("old", "prod-ops"), ("eu-west-1",)), "marks count, not the cursor"


def test_a_recent_choice_of_several_places_is_used_or_marked_as_a_whole() -> None:
    shown = model()
    shown.at = ("choice 0", "")
    assert shown.choice() == Choice(("old", "prod-ops"), ("eu-west-1", "us-east-1"))
    shown.turn_mark()
    shown.at = (row_key("audit"), "")
    assert shown.choice() == Choice(("old", "prod-ops"), ("eu-west-1", "us-east-1"))


def test_aws_is_asked_once_and_never_where_that_would_ask_for_a_code() -> None:
    shown = model()
    shown.at = (row_key("audit"), "")
    assert shown.to_ask() == ()
    shown.at = (row_key("prod-ops"), "")
    assert shown.to_ask() == ("prod-ops",)
    assert shown.to_ask() == ()
    shown.at = (row_key("loop"), "")
    assert shown.to_ask() == ()


def test_the_regions_of_a_profile_are_listed_before_aws_has_answered_and_what_it_answered_stays() -> None:
    shown = model()
    shown.at = (row_key("prod-ops"), "")
    assert shown.to_look_up() == ("prod-ops",)
    assert shown.to_look_up() == ()
    assert shown.to_ask() == ("prod-ops",)
    known = RegionList(tuple(RegionFact(region.name, region.title, "aws") for region in REGIONS.regions))
    shown.take_known_regions("prod-ops", known)
    assert texts(shown.region_rows(NOW)) == [
        "eu-west-1", "us-east-1", "me-south-1", "asking which are enabled …",
    ]  # fmt: skip
    shown.take_regions("prod-ops", REGIONS)
    shown.take_known_regions("prod-ops", known)
    assert texts(shown.region_rows(NOW))[-1] == "2 enabled: a marks them all"


def test_all_regions_are_the_enabled_ones() -> None:
    shown = model()
    shown.at = (row_key("prod-ops"), "")
    assert not shown.mark_all_regions(), "nothing is known yet"
    shown.take_regions("prod-ops", REGIONS)
    assert shown.mark_all_regions()
    assert shown.regions.marks == Marks(("eu-west-1", "us-east-1"), are_own=True)


@pytest.mark.parametrize(
    ("places", "words"),
    [
        ([Place("stage", "us-east-1")], "stage in us-east-1"),
        ([Place()], "default"),
        ([Place("a", "x"), Place("b", "x"), Place("a", "y"), Place("b", "y")], "2 profiles × 2 Regions"),
        ([Place("a", "x"), Place("b", "x"), Place("a", "y")], "3 places"),
    ],
)
def test_what_is_listed_from_now_on(places: list[Place], words: str) -> None:
    assert choice_words(places, "default") == words
