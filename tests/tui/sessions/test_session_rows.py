"""The bookkeeping of the list of sessions: order, filter, marks, and a cursor that stays with its session."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from smtui.domain.place import Place
from smtui.domain.records.account_session import AccountSession
from smtui.tui.parts.table_layout import GAP
from smtui.tui.sessions.session_columns import (
    FOR,
    NODE,
    STARTED,
    STATUS,
    WHO,
    ListedSession,
    SessionExtent,
    lasted,
    lay_out_sessions,
    log_words,
    moment,
)
from smtui.tui.sessions.session_rows import SessionRows, SessionSort
from tests.engine.fakes import NOW
from tests.sessions.session_fakes import ANA, session

PORT, REMOTE = "AWS-StartPortForwardingSession", "AWS-StartPortForwardingSessionToRemoteHost"


def ago(minutes: float) -> object:
    return NOW - timedelta(minutes=minutes)


def listed(session_id: str, *, mine: bool | None = True, node: str = "web-1", **changes: object) -> ListedSession:
    return ListedSession(session(session_id, **changes), node, mine)


def rows_of(*sessions: ListedSession) -> SessionRows:
    rows = SessionRows(lambda: NOW)
    for each in sessions:
        rows.put(each)
    rows.settle()
    return rows


def shown(rows: SessionRows) -> list[str]:
    return [row.session.session_id for row in rows.view]


OLD, NEW = listed("old", started_at=ago(60)), listed("new", started_at=ago(5))
ANAS = listed("anas", mine=False, owner=ANA, started_at=ago(1), node="db-1")
PAST = listed("past", status="Terminated", started_at=ago(2), ended_at=ago(1))
WHEN = listed("when", started_at=None)


def test_active_ones_come_first_of_these_yours_then_the_newest() -> None:
    assert shown(rows_of(PAST, ANAS, OLD, WHEN, NEW)) == ["new", "old", "when", "anas", "past"]


def test_those_that_may_be_yours_come_with_the_others() -> None:
    unknown = listed("unknown", mine=None, started_at=ago(0))
    assert shown(rows_of(ANAS, unknown, OLD)) == ["old", "unknown", "anas"]


def test_turned_round_the_oldest_come_first_in_each_group() -> None:
    rows = rows_of(PAST, ANAS, OLD, WHEN, NEW)
    rows.set_sort(SessionSort().reversed)
    assert shown(rows) == ["old", "new", "when", "anas", "past"]


@pytest.mark.parametrize(
    ("column", "order"),
    [
        (NODE, ["anas", "new", "old", "when", "past"]),
        (STARTED, ["old", "new", "past", "anas", "when"]),
        (FOR, ["anas", "past", "new", "old", "when"]),
        (STATUS, ["new", "old", "when", "anas", "past"]),
    ],
)
def test_a_column_sorts_and_what_is_alike_keeps_its_order(column: object, order: list[str]) -> None:
    rows = rows_of(PAST, ANAS, OLD, WHEN, NEW)
    rows.set_sort(SessionSort(column))  # type: ignore[arg-type]
    assert shown(rows) == order


def test_the_cursor_stays_with_its_session() -> None:
    rows = rows_of(OLD, ANAS)
    rows.move_to(1)
    rows.put(NEW)
    rows.put(PAST)
    rows.settle()
    assert rows.current is not None
    assert (rows.current.session.session_id, rows.cursor) == ("anas", 2)
    rows.put(replace(ANAS, session=replace(ANAS.session, status="Terminating")))
    rows.settle()
    assert rows.current.session.session_id == "anas"


def test_the_cursor_keeps_its_line_when_its_session_goes() -> None:
    rows = rows_of(OLD, NEW, ANAS)
    rows.move_to(1)
    rows.turn_mark()
    rows.keep_only([NEW.session.key, ANAS.session.key])
    rows.settle()
    assert shown(rows) == ["new", "anas"]
    assert rows.cursor == 1
    assert rows.marks == 0, "what is gone is not marked"


def test_a_session_that_matches_no_more_stays_while_the_cursor_is_on_it() -> None:
    rows = rows_of(OLD, ANAS)
    rows.set_filter("status:active")
    rows.move_to(0)
    rows.put(replace(OLD, session=replace(OLD.session, status="Terminating")))
    rows.settle()
    assert "old" in shown(rows)
    rows.move_to(shown(rows).index("anas"))
    rows.settle()
    assert shown(rows) == ["anas"]


def test_what_has_not_changed_is_not_worded_again() -> None:
    rows = rows_of(OLD)
    made = rows.view[0].searchable
    rows.put(replace(OLD))
    rows.settle()
    assert rows.view[0].searchable is made
    rows.put(replace(OLD, node_name="web-2"))
    rows.settle()
    assert rows.view[0].searchable is not made
    rows.set_filter("node:web-2")
    assert shown(rows) == ["old"]


# Cells -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"document_name": PORT, "s3_url": "https://x"}, "never logged"),
        ({"document_name": REMOTE}, "never logged"),
        ({"document_name": "AWS-StartSSHSession"}, "never logged"),
        ({"s3_url": "https://x"}, "S3 at its end"),
        ({"s3_url": "https://x", "status": "Terminated"}, "S3"),
        ({"log_group_url": "https://x"}, "CloudWatch"),
        ({"log_group_url": "https://x", "s3_url": "https://x"}, "CloudWatch, S3"),
        ({}, "not known"),
    ],
)
def test_what_is_known_of_the_log(given: dict[str, str], words: str) -> None:
    assert log_words(ListedSession(session("s", **given))) == words


@pytest.mark.parametrize(
    ("found", "status", "words"),
    [
        ("CloudWatch, live", "Connected", "CloudWatch, live"),
        ("CloudWatch, live", "Terminated", "CloudWatch"),
        ("S3 at its end", "Terminated", "S3"),
        ("not logged", "Connected", "not logged"),
        ("not known", "Connected", "S3 at its end"),
    ],
)
def test_what_the_preferences_say_of_the_log_comes_first(found: str, status: str, words: str) -> None:
    assert log_words(ListedSession(session("s", s3_url="https://x", status=status), log=found)) == words


def test_how_long_it_lasted() -> None:
    assert lasted(session("s", started_at=ago(35)), NOW) == "35 min"
    assert lasted(session("s", started_at=ago(90), ended_at=ago(50), status="Terminated"), NOW) == "40 min"
    assert lasted(session("s", started_at=ago(90), status="Terminated"), NOW) == "", "its end is not known"
    assert lasted(session("s", started_at=None), NOW) == ""


def test_when_it_started_by_how_long_ago_that_is() -> None:
    local = NOW.astimezone()
    assert moment(NOW, NOW) == f"{local:%H:%M}"
    assert moment(NOW - timedelta(days=2), NOW) == f"{NOW.astimezone() - timedelta(days=2):%a %H:%M}"
    long_ago = (NOW - timedelta(days=20)).astimezone()
    assert moment(NOW - timedelta(days=20), NOW) == f"{long_ago.day} {long_ago:%b %H:%M}"
    assert moment(None, NOW) == ""


# Widths ------------------------------------------------------------------------------------------

STORY = rows_of(
    listed("ops-0b77f01b2a9e4d531", reason="INC-4711 checkout is down"),
    listed("ana-0b77f01b2a9e4d532", mine=False, owner=ANA, access_type="JustInTime", node="factory-gateway"),
).extent


def titles(width: int, extent: SessionExtent) -> list[str]:
    return [slot.column.title for slot in lay_out_sessions(width, extent)]


@pytest.mark.parametrize(
    ("width", "shown_titles"),
    [
        (20, ["STATUS", "WHO", "NODE"]),
        (59, ["STATUS", "WHO", "NODE", "FOR"]),
        (79, ["STATUS", "WHO", "NODE", "KIND", "FOR"]),
        (99, ["STATUS", "WHO", "NODE", "KIND", "STARTED", "FOR", "REASON"]),
        (139, ["STATUS", "WHO", "NODE", "KIND", "STARTED", "FOR", "REASON", "LOG", "SESSION"]),
    ],
)
def test_columns_come_by_their_worth(width: int, shown_titles: list[str]) -> None:
    assert titles(width, STORY) == shown_titles


@pytest.mark.parametrize("width", [20, 40, 59, 79, 99, 139, 199, 299])
@pytest.mark.parametrize("extent", [STORY, replace(STORY, profiles=2, regions=3), SessionExtent()])
def test_no_line_is_wider_than_the_list(width: int, extent: SessionExtent) -> None:
    slots = lay_out_sessions(width, extent)
    assert slots[-1].start + slots[-1].width <= width
    assert all(left.start + left.width + GAP == right.start for left, right in pairwise(slots))


def test_sessions_of_several_places_say_which() -> None:
    def at(place: Place) -> AccountSession:
        return session("s", place=place)

    places = [Place("ops", "eu-west-1"), Place("dev", "eu-west-1"), Place("dev", "us-east-1")]
    both = rows_of(*(ListedSession(at(place), "web-1", True) for place in places)).extent
    assert {"PROFILE", "REGION"} <= set(titles(139, both))
    profiles = rows_of(*(ListedSession(at(place), "web-1", True) for place in places[:2])).extent
    assert "PROFILE" in titles(139, profiles)
    assert "REGION" not in titles(139, profiles)
    assert WHO.title in titles(30, both)


def test_what_is_searched_is_made_once_a_session() -> None:
    rows = rows_of(listed("s-1"))
    [first] = rows.searchables
    rows.put(listed("s-1"))
    assert next(iter(rows.searchables)) is first
    rows.put(listed("s-1", node="web-2"))
    assert next(iter(rows.searchables)) is not first, "the node has another Name now"
    rows.put(listed("s-1", node="web-2", status="Terminating"))
    assert next(iter(rows.searchables)).fields["status"] == "ending terminating"
    assert len(rows) == 1
