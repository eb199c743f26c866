"""The account's sessions: whose they are, in which order, what could not be seen, and how they are terminated."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from smtui.domain.place import Place
from smtui.domain.records.account_session import SessionState
from smtui.engine.offloop import OffLoop
from smtui.sessions import session_list as module
from smtui.sessions.session_list import Ending, SessionList
from tests.engine.fakes import NOW, FakeAws, fault
from tests.sessions.session_fakes import ANA, ELSEWHERE, PLACE, FakeRecords, FakeSessions, denied, session
from tests.waiting import until

ACTIVE, HISTORY = SessionState.ACTIVE, SessionState.HISTORY


class Bench:
    """One place or two, a caller who is the IAM user ops in both."""

    def __init__(self, *places: Place, read_only: bool = False) -> None:
        self.sessions = {place: FakeSessions() for place in places or (PLACE,)}
        self.aws = {place: FakeAws() for place in self.sessions}
        self.places = tuple(self.sessions)
        self.names: dict[str, str] = {}
        self.now = NOW
        self.list = SessionList(
            lambda: self.places,
            lambda place: self.aws[place],
            FakeRecords(self.sessions),
            OffLoop(),
            lambda: self.now,
            lambda place, node_id: self.names.get(node_id, ""),
            read_only=read_only,
        )

    def choose(self, *places: Place) -> None:
        """List other places from now on."""
        self.sessions |= {place: FakeSessions() for place in places if place not in self.sessions}
        self.aws |= {place: FakeAws() for place in places if place not in self.aws}
        self.places = places

    @property
    def here(self) -> FakeSessions:
        return self.sessions[PLACE]

    def ids(self, state: SessionState = ACTIVE) -> list[str]:
        return [each.session_id for each in self.list.sessions(state)]


async def test_mine_come_first_then_the_newest() -> None:
    bench = Bench()
    bench.here.pages[ACTIVE] = [
        [
            session("s-old", started_at=NOW - timedelta(hours=5)),
            session("s-ana", owner=ANA, started_at=NOW),
            session("s-new", started_at=NOW - timedelta(hours=2)),
        ],
        [session("s-when", started_at=None), session("s-ben", owner=f"{ANA}2", started_at=NOW - timedelta(minutes=1))],
    ]
    await bench.list.refresh(ACTIVE)
    assert bench.ids() == ["s-new", "s-old", "s-when", "s-ana", "s-ben"]
    assert bench.list.problems(ACTIVE) == ()
    assert bench.list.read_at(ACTIVE) == NOW
    assert bench.list.read_at(HISTORY) is None


async def test_the_list_follows_the_places_that_are_chosen() -> None:
    bench, other = Bench(), Place("audit", "eu-central-1")
    bench.here.pages[ACTIVE] = [[session("s-here")]]
    await bench.list.refresh(ACTIVE)
    bench.choose(other)
    bench.sessions[other].pages[ACTIVE] = [[session("s-there", place=other)]]
    assert bench.ids() == []
    assert bench.list.read_at(ACTIVE) is None
    await bench.list.refresh(ACTIVE)
    assert bench.ids() == ["s-there"]
    bench.choose(PLACE)
    assert bench.ids() == ["s-here"], "as it was last known"


async def test_whose_a_session_is() -> None:
    bench = Bench()
    assert bench.list.is_mine(session("s")) is None, "before the caller is known"
    await bench.list.refresh(ACTIVE)
    assert bench.list.is_mine(session("s")) is True
    assert bench.list.is_mine(session("s", owner=ANA)) is False
    assert bench.list.is_mine(session("s", owner="")) is None
    assert bench.list.is_mine(session("s", owner="arn:aws:iam::111122223333:user/OPS")) is False


async def test_what_is_mentioned_elsewhere_is_forgotten_after_two_minutes() -> None:
    bench = Bench()
    bench.here.pages[ACTIVE] = [
        [
            session("s-mine", started_at=NOW - timedelta(minutes=12)),
            session("s-ana", owner=ANA, started_at=NOW - timedelta(minutes=3)),
            session("s-over", status="Terminating"),
            session("s-elsewhere", target="i-0000000000000000b"),
        ]
    ]
    assert bench.list.lately_active() == ()
    await bench.list.refresh(ACTIVE)
    assert [each.session_id for each in bench.list.lately_active()] == ["s-mine", "s-elsewhere", "s-ana"]
    assert bench.list.words_on(PLACE, "i-0000000000000000a") == "2 active: you 12 min, ana (ops) 3 min"
    assert bench.list.words_on(PLACE, "i-0000000000000000c") == ""
    bench.now += timedelta(seconds=121)
    assert bench.list.lately_active() == ()
    assert bench.list.words_on(PLACE, "i-0000000000000000a") == ""


async def test_a_role_session_of_another_name_is_not_mine(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    caller = replace(bench.aws[PLACE].known_caller(), arn=ANA)
    monkeypatch.setattr(bench.aws[PLACE], "known_caller", lambda: caller)
    await bench.list.refresh(ACTIVE)
    assert bench.list.is_mine(session("s", owner=ANA)) is True
    assert bench.list.is_mine(session("s", owner=ANA.replace("/ana", "/ben"))) is False


async def test_pages_are_shown_as_they_come_and_listeners_are_not_flooded() -> None:
    bench = Bench()
    bench.here.gate = threading.Event()
    pages = [[session(f"s-{number}-{one}") for one in range(200)] for number in range(25)]
    bench.here.pages[HISTORY] = pages
    seen: list[int] = []
    stop = bench.list.subscribe(lambda: seen.append(len(bench.list.sessions(HISTORY))))
    reading = bench.list.refresh(HISTORY)
    both = [reading, bench.list.refresh(HISTORY)]
    waiting = asyncio.gather(*both)
    await until(lambda: len(bench.list.sessions(HISTORY)) == 200)
    assert bench.list.is_reading(HISTORY)
    began = asyncio.get_running_loop().time()
    bench.here.gate.set()
    await waiting
    assert not bench.list.is_reading(HISTORY)
    await until(lambda: seen[-1] == 5_000)
    took = asyncio.get_running_loop().time() - began
    assert len(seen) <= 4 + took / module.BEAT, "at most five calls a second"
    stop()
    calls = len(seen)
    await bench.list.refresh(HISTORY)
    assert len(seen) == calls


async def test_what_is_gone_goes_once_a_reading_is_complete() -> None:
    bench = Bench()
    bench.here.pages[ACTIVE] = [[session("s-1"), session("s-2")]]
    await bench.list.refresh(ACTIVE)
    bench.here.gate = threading.Event()
    bench.here.pages[ACTIVE] = [[session("s-3")], []]
    reading = asyncio.create_task(bench.list.refresh(ACTIVE))
    await until(lambda: "s-3" in bench.ids())
    assert set(bench.ids()) == {"s-1", "s-2", "s-3"}
    bench.here.gate.set()
    await reading
    assert bench.ids() == ["s-3"]


async def test_a_place_that_may_not_be_seen_is_a_sentence_and_the_rest_is_shown() -> None:
    bench = Bench(PLACE, ELSEWHERE)
    bench.here.pages[ACTIVE] = [[session("s-1")]]
    bench.sessions[ELSEWHERE].failing["ssm:DescribeSessions"] = denied("ssm:DescribeSessions", "User ops may not.")
    await bench.list.refresh(ACTIVE)
    assert bench.ids() == ["s-1"]
    [sentence] = bench.list.problems(ACTIVE)
    assert sentence == (
        "Not all active sessions in dev/us-east-1 are known: ssm:DescribeSessions was denied. "
        "AWS: “User ops may not”. Ask for ssm:DescribeSessions in your IAM policy, or use another profile."
    )
    assert [each.action for each in bench.list.faults(ACTIVE)] == ["ssm:DescribeSessions"]
    assert bench.list.problems(HISTORY) == ()
    assert bench.list.read_at(ACTIVE) is None, "one place was never read"
    bench.sessions[ELSEWHERE].failing.clear()
    await bench.list.refresh(ACTIVE)
    assert bench.list.problems(ACTIVE) == ()
    assert bench.list.read_at(ACTIVE) == NOW


async def test_a_reading_that_breaks_off_keeps_what_was_known() -> None:
    bench = Bench()
    bench.here.pages[ACTIVE] = [[session("s-1")], [session("s-2")]]
    await bench.list.refresh(ACTIVE)
    bench.here.pages[ACTIVE] = [[session("s-1", status="Disconnected")], [session("s-2")]]
    bench.here.failing["ssm:DescribeSessions"] = denied("ssm:DescribeSessions")
    bench.here.fails_after = 1
    await bench.list.refresh(ACTIVE)
    assert [(each.session_id, each.status) for each in bench.list.sessions(ACTIVE)] == [
        ("s-1", "Disconnected"),
        ("s-2", "Connected"),
    ]
    assert len(bench.list.problems(ACTIVE)) == 1


async def test_an_unknown_caller_is_a_sentence_and_no_session_is_called_anothers() -> None:
    bench = Bench()
    bench.here.pages[ACTIVE] = [[session("s-1")]]
    bench.aws[PLACE].is_known = False
    bench.aws[PLACE].failing["sts:GetCallerIdentity"] = fault("sts:GetCallerIdentity")
    await bench.list.refresh(ACTIVE)
    assert bench.list.is_mine(bench.list.sessions(ACTIVE)[0]) is None
    [sentence] = bench.list.problems(ACTIVE)
    assert sentence.startswith("Which sessions are yours in ops/eu-west-1 is not known: sts:GetCallerIdentity was")


async def test_names_that_the_fleet_does_not_list_are_looked_up_once() -> None:
    bench = Bench()
    bench.names["i-known"] = "web-1"
    bench.here.names["i-2"] = "web-2"
    bench.here.pages[ACTIVE] = [
        [session("s-1", target="i-known"), session("s-2", target="i-2"), session("s-3", target="i-gone")],
        [session("s-4", target="i-2"), session("s-5", target="")],
    ]
    await bench.list.refresh(ACTIVE)
    await bench.list.read_names(ACTIVE)
    await bench.list.read_names(ACTIVE)
    assert bench.here.asked_names == [["i-2", "i-gone"]]
    names = {each.session_id: bench.list.node_name(each) for each in bench.list.sessions(ACTIVE)}
    assert names == {"s-1": "web-1", "s-2": "web-2", "s-3": "", "s-4": "web-2", "s-5": ""}


async def test_names_that_may_not_be_read_are_a_sentence() -> None:
    bench = Bench()
    bench.here.pages[ACTIVE] = [[session("s-1")]]
    bench.here.failing["ec2:DescribeInstances"] = denied("ec2:DescribeInstances")
    await bench.list.refresh(ACTIVE)
    await bench.list.read_names(ACTIVE)
    [sentence] = bench.list.problems(ACTIVE)
    assert sentence.startswith("Not all names of nodes in ops/eu-west-1 are known: ec2:DescribeInstances was denied.")


async def test_sessions_are_terminated_and_each_end_is_told() -> None:
    bench = Bench()
    bench.names["i-0000000000000000a"] = "web-1"
    mine, over = session("s-mine"), session("s-over", document_name="AWS-StartPortForwardingSession")
    anas, stuck = session("s-ana", owner=ANA), session("s-stuck")
    bench.here.pages[ACTIVE] = [[mine, over, anas, stuck]]
    bench.here.ended.add("s-over")
    bench.here.failing["s-ana"] = denied("ssm:TerminateSession", "no identity-based policy allows it")
    bench.here.failing["s-stuck"] = denied("ssm:TerminateSession")
    await bench.list.refresh(ACTIVE)
    done = await bench.list.terminate([mine, over, anas, stuck])
    assert [(each.ending, each.ok) for each in done] == [
        (Ending.ENDED, True),
        (Ending.ALREADY_ENDED, True),
        (Ending.DENIED, False),
        (Ending.DENIED, False),
    ]
    assert [each.sentence for each in done] == [
        "Your shell on web-1 is terminated.",
        "Your port forward on web-1 had already ended.",
        "ana's shell on web-1 was not terminated: ssm:TerminateSession was denied. Policies usually let you "
        "terminate only your own sessions. AWS: “no identity-based policy allows it”.",
        "Your shell on web-1 was not terminated: ssm:TerminateSession was denied. "
        "Ask for ssm:TerminateSession in your IAM policy, or use another profile. AWS: “not you”.",
    ]
    assert bench.here.terminated == ["s-mine"]
    statuses = {each.session_id: each.status for each in bench.list.sessions(ACTIVE)}
    assert statuses == {
        "s-mine": "Terminating",
        "s-over": "Terminating",
        "s-ana": "Connected",
        "s-stuck": "Connected",
    }


async def test_read_only_terminates_nothing() -> None:
    bench = Bench(read_only=True)
    [refused] = await bench.list.terminate([session("s-1")])
    assert (refused.ending, refused.ok) == (Ending.REFUSED, False)
    assert "smtui is read-only" in refused.sentence
    assert bench.here.terminated == []


async def test_a_session_is_found_by_its_id_in_every_place() -> None:
    bench = Bench(PLACE, ELSEWHERE)
    bench.here.pages = {ACTIVE: [[session("s-1")]], HISTORY: [[session("s-2", status="Terminated")]]}
    bench.sessions[ELSEWHERE].pages = {ACTIVE: [[session("s-1", place=ELSEWHERE)]]}
    await bench.list.refresh(ACTIVE)
    await bench.list.refresh(HISTORY)
    assert [each.place for each in bench.list.find("s-1")] == [PLACE, ELSEWHERE]
    assert [each.status for each in bench.list.find("s-2")] == ["Terminated"]
    assert bench.list.find("s-3") == ()
