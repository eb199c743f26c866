"""What an earlier smtui left is found and ended; what may be the user's own is never ended without the user's word."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from smtui.domain.fault import FaultKind
from smtui.domain.orphaned_session import LATER, ActiveSession, OrphanedSession, UnansweredStart
from smtui.domain.place import Place
from smtui.engine.offloop import OffLoop
from smtui.sessions import orphans as module
from smtui.sessions.orphans import Findings, Orphans
from tests.engine.fakes import NOW, FakeAws, fault
from tests.tunnels.tunnel_fakes import FakeJournal

PLACE = Place("ops", "eu-west-1")
OWNER = "arn:aws:iam::111122223333:user/ops"
NODE = "i-0000000000000000a"
ASKED_AT = NOW - timedelta(seconds=30)
START = UnansweredStart("a", "sessions-1.json", "web-1", PLACE, "https://ssm", OWNER, NODE, "", "", ASKED_AT)
ACTIVE = ActiveSession("s-new", NODE, OWNER, ASKED_AT + timedelta(seconds=2), "Connecting")


def left(session_id: str, **changes: Any) -> OrphanedSession:
    given = OrphanedSession(session_id, "port 80 of web-1", PLACE, NOW, 1, True, "x", "https://ssm", OWNER)
    return replace(given, **changes)


class Bench:
    """An AWS and a journal in memory."""

    def __init__(self, *, read_only: bool = False) -> None:
        self.aws = FakeAws()
        self.journal = FakeJournal()
        self.now = NOW
        self.orphans = Orphans(self.journal, lambda place: self.aws, OffLoop(), lambda: self.now, read_only=read_only)

    async def find(self) -> Findings:
        return await self.orphans.find()


async def test_nothing_noted_costs_no_call() -> None:
    bench = Bench()
    assert await bench.find() == Findings()
    assert bench.aws.calls == []


async def test_they_are_ended_or_reported() -> None:
    bench = Bench()
    bench.journal.left = [left("s-a"), left("s-b")]
    found = await bench.find()
    assert await bench.orphans.end(found.orphans) == ()
    assert sorted(bench.journal.ended) == ["s-a", "s-b"]
    assert sorted(bench.aws.terminated) == ["s-a", "s-b"]
    assert bench.journal.left == []
    bench.journal.left = [left("s-c")]
    bench.aws.failing["ssm:TerminateSession"] = fault("ssm:TerminateSession")
    [sentence] = await bench.orphans.end((await bench.find()).orphans)
    assert "aws ssm terminate-session --session-id s-c" in sentence
    assert len(bench.journal.left) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"endpoint": "https://elsewhere"}, "https://elsewhere"),
        ({"owner": "arn:aws:iam::999999999999:user/ops"}, "999999999999"),
    ],
)
async def test_another_endpoint_or_account_would_lie_about_them(changes: dict[str, Any], words: str) -> None:
    """It does not know the session, and says the same as of one that has ended."""
    bench = Bench()
    long_ago = NOW - timedelta(hours=3)
    bench.journal.left = [left("s-d", started_at=long_ago, plugin_runs=False, **changes)]
    [orphan] = (await bench.find()).orphans
    [sentence] = await bench.orphans.end([orphan])
    assert words in sentence
    assert "aws ssm terminate-session --session-id s-d" in sentence
    assert bench.aws.terminated == []
    assert len(bench.journal.left) == 1
    bench.journal.left = []
    bench.journal.left_starts = [replace(START, **changes)]
    bench.aws.active_now = [ACTIVE]
    found = await bench.find()
    assert found.orphans == ()
    assert words in found.sentences[0]


async def test_what_has_ended_meanwhile_is_not_asked_about() -> None:
    bench = Bench()
    long_ago = NOW - timedelta(hours=3)
    idle = left("s-idle", started_at=long_ago, plugin_runs=False)
    running = left("s-running", started_at=long_ago, plugin_runs=False)
    fresh = left("s-fresh", started_at=NOW - timedelta(minutes=1), plugin_runs=False)
    with_plugin = left("s-plugin", started_at=long_ago)
    bench.journal.left = [idle, running, fresh, with_plugin]
    bench.aws.active_now = [ActiveSession("s-running", NODE, OWNER, long_ago)]
    assert (await bench.find()).orphans == (running, fresh, with_plugin)
    assert idle not in bench.journal.left
    bench.journal.left = [idle]
    bench.aws.failing["ssm:DescribeSessions"] = fault("ssm:DescribeSessions")
    assert (await bench.find()).orphans == (idle,), "what cannot be seen is not called ended"


async def test_a_start_whose_session_began_is_offered_and_ended() -> None:
    bench = Bench()
    bench.journal.left_starts = [START]
    bench.aws.active_now = [ACTIVE, replace(ACTIVE, session_id="s-other", target="i-1")]
    found = await bench.find()
    [orphan] = found.orphans
    assert orphan.session_id == "s-new"
    assert orphan.start == START
    assert not found.sentences
    assert not found.pending
    assert bench.aws.terminated == [], "not without the user's word"
    assert await bench.orphans.end([orphan]) == ()
    assert bench.aws.terminated == ["s-new"]
    assert bench.journal.left_starts == []


async def test_who_asked_is_taken_for_us_where_it_is_not_known() -> None:
    bench = Bench()
    bench.journal.left_starts = [replace(START, owner="")]
    bench.aws.active_now = [ACTIVE, replace(ACTIVE, session_id="s-other", owner="arn:aws:iam::111122223333:user/joe")]
    assert [each.session_id for each in (await bench.find()).orphans] == ["s-new"]


async def test_one_that_the_user_keeps_is_not_offered_again() -> None:
    bench = Bench()
    bench.journal.left_starts = [START]
    bench.journal.left = [left("s-a")]
    bench.aws.active_now = [ACTIVE]
    found = await bench.find()
    await bench.orphans.leave(found.orphans)
    assert [each.session_id for each in (await bench.find()).orphans] == ["s-a"], "which is ours for certain"
    assert bench.aws.terminated == []


async def test_a_start_of_which_nothing_came_is_waited_for_and_then_forgotten() -> None:
    bench = Bench()
    bench.journal.left_starts = [START]
    assert (await bench.find()).pending == (START,)
    assert (await bench.find()).orphans == ()
    bench.now = START.asked_at + LATER + timedelta(seconds=1)
    assert await bench.find() == Findings()
    assert bench.journal.left_starts == []


async def test_a_session_that_began_is_offered_after_nothing_more_can_begin() -> None:
    bench = Bench()
    bench.journal.left_starts = [START]
    bench.aws.active_now = [ACTIVE]
    bench.now = START.asked_at + timedelta(minutes=30)
    assert len((await bench.find()).orphans) == 1


@pytest.mark.parametrize("late", [False, True])
async def test_denied_is_said_with_the_command_and_not_for_ever(late: bool) -> None:
    bench = Bench()
    bench.journal.left_starts = [START]
    bench.aws.failing["ssm:DescribeSessions"] = fault("ssm:DescribeSessions")
    bench.now = START.asked_at + (LATER + timedelta(seconds=1) if late else timedelta(seconds=5))
    found = await bench.find()
    [sentence] = found.sentences
    assert sentence.startswith("ssm:DescribeSessions was denied. ")
    assert "aws ssm describe-sessions --state Active" in sentence
    assert not found.orphans
    assert not found.pending
    assert bench.journal.left_starts == ([] if late else [START])


async def test_more_sessions_than_starts_are_reported_alone() -> None:
    bench = Bench()
    bench.journal.left_starts = [START]
    bench.aws.active_now = [ACTIVE, replace(ACTIVE, session_id="s-two")]
    found = await bench.find()
    assert found.orphans == ()
    assert "s-new" in found.sentences[0]
    assert "s-two" in found.sentences[0]


async def test_what_others_use_is_left_alone() -> None:
    bench = Bench()
    bench.journal.left_starts = [START]
    bench.journal.known = {"s-new"}
    bench.aws.active_now = [ACTIVE]
    assert (await bench.find()).orphans == ()


async def test_places_and_nodes_are_asked_about_apart() -> None:
    bench = Bench()
    other = replace(START, start_id="b", target="i-0000000000000000b", label="web-2")
    bench.journal.left_starts = [START, other, replace(START, start_id="c")]
    bench.aws.active_now = [ACTIVE, replace(ACTIVE, session_id="s-b", target=other.target)]
    found = await bench.find()
    assert sorted(each.session_id for each in found.orphans) == ["s-b", "s-new"]
    assert [start.start_id for start in found.pending] == ["c"]
    assert bench.aws.calls.count("ssm:DescribeSessions") == 2


async def test_an_aws_that_does_not_answer_costs_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    bench = Bench()
    bench.journal.left_starts, bench.journal.left = [START], [left("s-a")]
    gate = bench.aws.gates["ssm:DescribeSessions"] = threading.Event()
    try:
        found = await bench.find()
    finally:
        gate.set()
    assert [each.session_id for each in found.orphans] == ["s-a"]
    assert found.sentences[0].startswith("AWS did not answer. ")


async def test_read_only_ends_nothing() -> None:
    bench = Bench(read_only=True)
    bench.journal.left = [left("s-a")]
    [sentence] = await bench.orphans.end((await bench.find()).orphans)
    assert "read-only" in sentence
    assert bench.aws.terminated == []


async def test_expired_credentials_end_nothing_and_say_so() -> None:
    bench = Bench()
    bench.journal.left = [left("s-a")]
    bench.aws.failing["ssm:TerminateSession"] = fault(
        "ssm:TerminateSession", FaultKind.EXPIRED_CREDENTIALS, "ExpiredToken"
    )
    [sentence] = await bench.orphans.end((await bench.find()).orphans)
    assert sentence.startswith("The AWS credentials have expired")
