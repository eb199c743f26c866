"""What the header and the problem lines say of several places."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from smtui.domain.fault import Fault, FaultKind
from smtui.domain.place import PendingCall, Place
from smtui.domain.places.place_state import PlaceState
from smtui.engine.listing.problem import Problem
from smtui.tui.nodes.several_places import answered_words, header_words, place_problems
from tests.engine.fakes import NOW, fault

READ_AT = NOW - timedelta(minutes=2)
ENDED = NOW - timedelta(hours=2)
OUT = replace(fault("sts:GetCallerIdentity", FaultKind.SSO_SIGN_IN), sign_in=("aws", "sso", "login"))
DENIED = fault("ssm:DescribeInstanceInformation")


def state(profile: str, region: str, *faults: Fault, **given: object) -> PlaceState:
    facts: dict[str, object] = {
        "account": "111122223333", "nodes": 43, "read_at": READ_AT, "answered_at": READ_AT, "is_read": False,
        "waiting": None, "faults": faults,
    } | given  # fmt: skip
    return PlaceState(place=Place(profile, region), region=region, **facts)  # type: ignore[arg-type]


def late(profile: str, region: str, seconds: int) -> PlaceState:
    call = PendingCall("ssm:DescribeInstanceInformation at ssm.x.amazonaws.com", NOW - timedelta(seconds=seconds))
    return state(profile, region, nodes=0, read_at=None, answered_at=None, is_read=True, waiting=call)


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ([state("a", "x"), state("b", "x"), state("a", "y"), state("b", "y")], ("2 profiles × 2 Regions", "")),
        ([state("ops", "x"), state("ops", "y")], ("ops × 2 Regions", "")),
        ([state("ops", "x"), state("dev", "x")], ("2 profiles × x", "")),
        ([state("", "x"), state("dev", "")], ("2 profiles × x", "")),
        ([state("a", "x"), state("b", "y")], ("2 places", "")),
    ],
)
def test_the_header_counts_profiles_and_regions(states: list[PlaceState], words: tuple[str, ...]) -> None:
    assert header_words(states, "default", NOW)[0] == words


def test_the_header_says_how_many_have_answered_until_all_have() -> None:
    states = [state("a", "x"), late("b", "x", 3)]
    assert answered_words(states, NOW).startswith("1 of 2 answered ")
    assert answered_words([state("a", "x"), state("b", "x", OUT, answered_at=None)], NOW) == "1 of 2 answered"
    assert answered_words([state("a", "x")], NOW) == ""


def problems(*states: PlaceState, probing: tuple[Problem, ...] = ()) -> list[str]:
    return place_problems(states, probing, "default", {"stage": ENDED}, NOW)


def test_a_profile_that_is_signed_out_has_one_line_for_all_its_regions() -> None:
    states = [state("ops", "x"), state("stage", "x", OUT), state("stage", "y", OUT)]
    at, of = (f"{moment.astimezone():%H:%M}" for moment in (ENDED, READ_AT))
    assert problems(*states) == [f"stage: signed out since {at}, its 86 rows are of {of}.  L signs in."]
    partly = problems(state("stage", "x", OUT), state("stage", "y"))
    assert [line.partition(": ")[0] for line in partly] == ["stage/x"]
    assert problems(state("ops", "x"), state("dev", "x", OUT, nodes=0)) == ["dev: signed out.  L signs in."]


def test_one_that_is_denied_everywhere_is_said_once_and_else_by_place() -> None:
    everywhere = problems(state("ops", "x", DENIED), state("ops", "y", DENIED))
    assert len(everywhere) == 1
    assert everywhere[0].startswith("ops: ssm:DescribeInstanceInformation was denied.")
    here = problems(state("ops", "x", DENIED), state("ops", "y"))
    assert here[0].startswith("ops/x: ssm:DescribeInstanceInformation was denied.")


def test_one_that_is_denied_in_most_regions_is_one_line_and_what_a_sign_in_mends_comes_first() -> None:
    regions = [state("hub", f"r-{number}", DENIED, DENIED) for number in range(5)]
    said = problems(*regions, late("hub", "mute", 12), state("stage", "r-1", OUT), late("stage", "mute", 12))
    assert [line.partition(": ")[0] for line in said] == [
        "stage/r-1",
        "hub in 5 of 6 Regions",
        "hub/mute",
        "stage/mute",
    ]
    assert said[0].endswith("L signs in.")
    few = problems(*regions[:2], state("hub", "r-5"))
    assert [line.partition(": ")[0] for line in few] == ["hub/r-0, r-1"]


def test_a_place_that_does_not_answer_is_named_with_its_call_and_comes_last() -> None:
    said = problems(late("sandbox", "x", 12), state("ops", "x", DENIED), late("quick", "x", 2))
    assert said[-1] == "sandbox/x: no answer for 12 s, still waiting (ssm:DescribeInstanceInformation)."
    assert len(said) == 2


def test_what_keeps_nodes_from_being_probed_is_said_too() -> None:
    probing = Problem(Place("ops", "x"), fault("ssm:GetConnectionStatus"))
    assert problems(state("ops", "x"), probing=(probing,))[0].startswith("ops/x: ssm:GetConnectionStatus was denied.")
