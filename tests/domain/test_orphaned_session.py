"""What may be ours of what is active, and what is said of it; what is somebody else's is never offered as ours."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from smtui.domain.orphaned_session import (
    EARLIER,
    LATER,
    ActiveSession,
    OrphanedSession,
    UnansweredStart,
    question,
    suspects,
)
from smtui.domain.place import Place
from tests.domain.build import NOW, ago

OWNER = "arn:aws:sts::111122223333:assumed-role/Ops/jane@example.com"
NODE = "i-0a1b2c3d4e5f60711"
TUNNEL = "AWS-StartPortForwardingSession"
START = UnansweredStart(
    "a", "sessions-1-x.json", "web-1", Place("ops", "eu-west-1"), "https://ssm", OWNER, NODE, "", "", ago(60)
)
ACTIVE = ActiveSession("ops-1", NODE, OWNER, ago(58), "Connecting", "SSM-SessionManagerRunShell")
LEFT = OrphanedSession("ops-2", "port 80 of web-2", Place("ops", "eu-west-1"), ago(7200), 4711, True, "b")


def active(**changes: Any) -> ActiveSession:
    return replace(ACTIVE, **changes)


def start(**changes: Any) -> UnansweredStart:
    return replace(START, **changes)


@pytest.mark.parametrize(
    ("asked", "session"),
    [
        (START, ACTIVE),
        (START, active(document_name="", reason="")),
        (START, active(started_at=START.asked_at - EARLIER)),
        (START, active(started_at=START.asked_at + LATER)),
        (start(owner=""), ACTIVE),
        (start(reason="deploy"), active(reason="deploy")),
        (start(reason="deploy"), ACTIVE),
        (start(document_name=TUNNEL), active(document_name=TUNNEL)),
        (start(document_name=f"arn:aws:ssm:eu-west-1:444455556666:document/{TUNNEL}"), active(document_name=TUNNEL)),
    ],
)
def test_what_may_have_come_of_a_start(asked: UnansweredStart, session: ActiveSession) -> None:
    assert asked.may_have_begun(session)


@pytest.mark.parametrize(
    "session",
    [
        active(target="i-0a1b2c3d4e5f60712"),
        active(owner="arn:aws:sts::111122223333:assumed-role/Ops/joe@example.com"),
        active(started_at=START.asked_at - EARLIER - timedelta(seconds=1)),
        active(started_at=START.asked_at + LATER + timedelta(seconds=1)),
        active(document_name=TUNNEL),
        active(reason="by another program"),
    ],
)
def test_what_has_certainly_not(session: ActiveSession) -> None:
    assert not START.may_have_begun(session)
    assert suspects([START], [session], set(), []) == ((), "")


def test_a_suspect_is_offered_as_what_it_is() -> None:
    [orphan], words = suspects([START], [ACTIVE], set(), [])
    assert words == ""
    assert orphan.start == START
    assert (orphan.session_id, orphan.label, orphan.place) == ("ops-1", "web-1", START.place)
    assert not orphan.plugin_runs
    line = orphan.line(NOW)
    assert line.startswith("perhaps web-1, eu-west-1, started 58 s ago, ops-1")
    assert "smtui called StartSession at 11:59:00 UTC" in line


@pytest.mark.parametrize("status", ["Terminated", "Terminating", "Failed"])
def test_what_is_over_is_no_suspect(status: str) -> None:
    assert suspects([START], [active(status=status)], set(), []) == ((), "")


def test_what_another_smtui_uses_or_waits_for_is_no_suspect() -> None:
    assert suspects([START], [ACTIVE], {"ops-1"}, []) == ((), "")
    assert suspects([START], [ACTIVE], set(), [start(start_id="b", asked_at=ago(59))]) == ((), "")
    assert len(suspects([START], [ACTIVE], set(), [start(target="i-0")])[0]) == 1


def test_more_sessions_than_starts_are_named_and_none_is_offered() -> None:
    others = [ACTIVE, active(session_id="ops-3", started_at=ago(50))]
    found, words = suspects([START], others, set(), [])
    assert found == ()
    assert "1 at most: ops-1 (11:59:02 UTC), ops-3 (11:59:10 UTC)" in words
    assert words.endswith("aws ssm terminate-session --session-id ID --profile ops --region eu-west-1")
    found, words = suspects([START, start(start_id="b")], others, set(), [])
    assert [orphan.session_id for orphan in found] == ["ops-1", "ops-3"]
    assert words == ""


@pytest.mark.parametrize(
    ("orphans", "title", "notes"),
    [
        ([LEFT], "An earlier smtui left this behind. End it?", 0),
        ([LEFT, LEFT], "An earlier smtui left these behind. End them?", 0),
        (suspects([START], [ACTIVE], set(), [])[0], "An earlier smtui perhaps left this behind. End it?", 1),
        ([LEFT, *suspects([START], [ACTIVE], set(), [])[0]], "An earlier smtui left these behind. End them?", 1),
    ],
)
def test_the_question(orphans: list[OrphanedSession], title: str, notes: int) -> None:
    asked, lines = question(orphans, NOW)
    assert asked == title
    assert len(lines) == len(orphans) + notes
    assert sum("another program of yours" in line for line in lines) == notes


def test_one_that_is_certain_says_so() -> None:
    assert LEFT.line(NOW) == "port 80 of web-2, eu-west-1, started 2 h ago, its plugin still runs as process 4711"
    assert "aws ssm terminate-session --session-id ops-2 --profile ops --region eu-west-1" in LEFT.by_hand()


def test_what_cannot_be_seen_names_the_command_that_looks() -> None:
    said = START.unseen("ssm:DescribeSessions was denied.")
    assert said.startswith("ssm:DescribeSessions was denied. An earlier smtui called StartSession on web-1 at 11:59:00")
    command = shlex.split(said.partition("Check whether it is open: ")[2])
    assert (
        command
        == (
            f"aws ssm describe-sessions --state Active --filters key=Target,value={NODE} key=Owner,value={OWNER} "
            "--profile ops --region eu-west-1"
        ).split()
    )
    assert "key=Owner" not in start(owner="").unseen("No.")


def test_names_are_harmless() -> None:
    evil = start(label="\x1b]52;c;x\x07", target="i-1 $(x)")
    assert "\x1b" not in evil.unseen("\x1b[2J") + evil.pending(NOW)
    assert "'key=Target,value=i-1 $(x)'" in evil.unseen("")
    [orphan], _ = suspects([evil], [active(target="i-1 $(x)", session_id="ops\x1b[0m")], set(), [])
    assert "\x1b" not in orphan.line(NOW) + orphan.by_hand()
    assert "\x1b" not in suspects([evil], [active(target=evil.target)] * 2, set(), [])[1]


def test_for_how_long_something_can_still_come_of_it() -> None:
    assert START.can_still_begin(START.asked_at + LATER)
    assert not START.can_still_begin(START.asked_at + LATER + timedelta(seconds=1))
    assert "No session has begun in the 60 s since" in START.pending(NOW)
