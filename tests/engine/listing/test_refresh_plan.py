"""When lists are read again by themselves, and that 100 places stay within AWS's rates."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from smtui.domain.fault import FaultKind
from smtui.domain.place import Place
from smtui.engine.fleet import Fleet
from smtui.engine.listing.refresh_plan import LONGEST_SECONDS, LastReading
from smtui.engine.offloop import OffLoop
from tests.domain.build import ssm_facts
from tests.engine.fakes import FakeAws, fault

START = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
LIST, MACHINES, CALLER = "ssm:DescribeInstanceInformation", "ec2:DescribeInstances", "sts:GetCallerIdentity"
EVERY = (LIST, MACHINES, CALLER)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def reading(took: float, *kinds: FaultKind, failures: int = 0) -> LastReading:
    return LastReading(START, after(took), frozenset(kinds), failures)


@pytest.mark.parametrize(("took", "pause"), [(0.5, 60.0), (10.0, 200.0)])
def test_reading_takes_a_twentieth_of_the_time_at_most_and_the_interval_passes_at_least(
    took: float, pause: float
) -> None:
    last = reading(took)
    assert last.pause(60) == pause
    assert not last.is_due(60, after(took + pause - 0.1))
    assert last.is_due(60, after(took + pause))
    assert last.is_due(60, after(-5)), "the clock was set back"


def test_a_place_that_fails_is_asked_less_and_less_often_and_recovers_by_itself() -> None:
    last, pauses = LastReading.first(START, START, frozenset({FaultKind.UNREACHABLE})), []
    for _ in range(6):
        pauses.append(last.pause(60))
        last = last.following(START, START, frozenset({FaultKind.TIMED_OUT}))
    assert pauses == [120, 240, 480, LONGEST_SECONDS, LONGEST_SECONDS, LONGEST_SECONDS]
    assert last.following(START, START, frozenset()).pause(60) == 60


@pytest.mark.parametrize(
    ("kind", "pause"),
    [
        (FaultKind.DENIED, LONGEST_SECONDS),
        (FaultKind.REGION_NOT_ENABLED, LONGEST_SECONDS),
        (FaultKind.CREDENTIAL_SOURCE, LONGEST_SECONDS),
        (FaultKind.EXPIRED_CREDENTIALS, None),
        (FaultKind.SSO_SIGN_IN, None),
        (FaultKind.MFA_NEEDED, None),
        (FaultKind.UNKNOWN_PROFILE, None),
    ],
)
def test_what_says_no_is_asked_seldom_and_what_needs_a_sign_in_not_before_it(
    kind: FaultKind, pause: float | None
) -> None:
    last = reading(1, kind, FaultKind.THROTTLED, failures=1)
    assert last.pause(60) == pause
    assert last.pause(3600) == (pause and 3600.0), "never more often than the user wants"
    assert last.is_due(60, after(10**6)) is (pause is not None)


# EC2 puts 20 calls a second back into an account's bucket of a Region for DescribeInstances and its like; the other two
# calls take no fewer. https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
TICK = 5
HOUR = 3600


class Hour:
    """100 places of 20 accounts under a clock that a test moves, and when each was called."""

    def __init__(self) -> None:
        self.now = START
        self.places = [Place(f"account-{n:02}", f"region-{r}") for n in range(20) for r in range(5)]
        self.aws = {
            place: FakeAws(managed=[[ssm_facts("i-0000000000000000a", seen_at=START)]]) for place in self.places
        }
        self.fleet = Fleet(self, self.places, OffLoop(), clock=lambda: self.now)

    def at(self, place: Place) -> FakeAws:
        return self.aws[place]

    async def read(self, *places: Place) -> None:
        await self.fleet.refresh(*places)

    async def pass_by(self, interval: float) -> dict[Place, Counter[str]]:
        """The calls of an hour in which the screen looks every five seconds."""
        await self.read()
        for second in range(TICK, HOUR + 1, TICK):
            self.now = after(second)
            if due := self.fleet.due(interval):
                await self.read(*due)
        return {place: Counter(aws.calls) for place, aws in self.aws.items()}


async def test_100_places_stay_within_the_rates_of_an_hour() -> None:
    hour = Hour()
    down, denied, expired, partly, *_ = hour.places
    for place, kind in ((down, FaultKind.UNREACHABLE), (denied, FaultKind.DENIED), (expired, FaultKind.SSO_SIGN_IN)):
        hour.aws[place].failing = {action: fault(action, kind) for action in EVERY}
    hour.aws[partly].failing = {MACHINES: fault(MACHINES)}
    calls = await hour.pass_by(60)
    usual = HOUR // 60 + 1
    for place, counted in calls.items():
        wanted = {down: 3 + 1 + (HOUR - 840) // 600, denied: 1 + HOUR // 600, expired: 1}.get(place, usual)
        assert counted == dict.fromkeys(EVERY, wanted), place
    total = sum((each for each in calls.values()), Counter[str]())
    assert max(total.values()) / HOUR < 2, "of all accounts and Regions together"
    hour.aws[down].failing = {}
    hour.aws[expired].failing = {}
    hour.now += timedelta(seconds=600)
    due = hour.fleet.due(60)
    assert down in due
    assert expired not in due
    await hour.read()  # as after a sign-in
    assert {state.place for state in hour.fleet.place_states() if state.fault} == {denied, partly}
    hour.now += timedelta(seconds=60)
    assert {down, expired} <= set(hour.fleet.due(60))


async def test_nothing_is_due_before_the_first_reading_nor_during_one_nor_of_a_place_that_is_not_chosen() -> None:
    hour = Hour()
    first, second, *_ = hour.places
    assert hour.fleet.due(60) == ()
    hour.fleet.choose([first])
    await asyncio.sleep(0)
    hour.now = after(10**6)
    assert hour.fleet.due(60) == ()
    await hour.read()
    hour.now = after(2 * 10**6)
    assert hour.fleet.due(60) == (first,)
    hour.fleet.choose([second])
    await hour.read()
    assert hour.fleet.due(60) == ()
