from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smtui.domain.place import Place
from smtui.domain.records.account_session import AccountSession
from smtui.tui.sessions.session_columns import ListedSession
from smtui.tui.sessions.session_sentences import about_session, terminate_question

NOW = datetime(2026, 11, 29, 18, 0, tzinfo=UTC)


def listed(minutes: float, *, mine: bool = True, **given: Any) -> ListedSession:
    session = AccountSession(
        Place(),
        "ana-1",
        "i-1",
        status="Connected",
        started_at=NOW - timedelta(minutes=minutes),
        max_minutes=60,
        **given,
    )
    return ListedSession(session, "web-1", mine=mine)


ENDS = "Your shell on web-1 ends in 5 min: 60 min are over (the account's preferences)."


def test_a_shell_of_ones_own_that_ends_soon_says_so_first() -> None:
    said = about_session(listed(55), NOW)
    assert said[0].startswith(f"{ENDS} Your shell on web-1: ")
    assert said[-1] == ENDS


@pytest.mark.parametrize(
    "other",
    [
        listed(54),
        listed(61),
        listed(55, mine=False),
        listed(55, ended_at=NOW),
        listed(55, document_name="AWS-StartPortForwardingSession"),
    ],
)
def test_others_do_not(other: ListedSession) -> None:
    assert "ends in" not in " ".join(about_session(other, NOW))


def test_a_long_reason_does_not_push_the_other_sessions_out_of_the_question() -> None:
    flood = listed(5, mine=False, reason="\x1b[2J" + "W" * 300)
    question = terminate_question([flood, listed(6)], NOW)
    assert [len(line) < 140 for line in question.lines] == [True] * len(question.lines)
    assert "\x1b" not in "".join(question.lines)
    assert question.lines[1].startswith("●  your shell on web-1 · 6 min")


def test_the_question_warns_where_several_people_are_the_same_caller() -> None:
    owner = "arn:aws:sts::111122223333:assumed-role/bastion/i-0a1b2c3d4e5f60718"
    assert "counts as you" in terminate_question([listed(5, owner=owner)], NOW).lines[-1]
    assert "counts as you" not in "".join(terminate_question([listed(5, mine=False, owner=owner)], NOW).lines)
